//! Puts the shop into the program: `www/`, and below `/pushcart/` the package that it is built on, laid out
//! as npm publishes it.
//!
//! `PUSHCART_SHOP` names a folder that `node www/build.mjs FOLDER` made, which is the same files in one
//! place. Where neither is there, or where `PUSHCART_COMPONENT` says that nothing is to be compiled to
//! WebAssembly, the program has no shop, and says so.

use super::write;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Extensions and what they are to a browser. Files of other extensions are an error, so that nothing is
/// served by accident.
const SORTS: [(&str, &str); 6] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
];

/// What lies beside the files and is for people and tools.
const NOT_SERVED: [&str; 3] = ["md", "mjs", "ts"];

/// Writes `shop.rs`: a table of every file with its path, sort, tag and bytes.
pub(super) fn embed(root: &Path, out: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=PUSHCART_SHOP");
    let mut files = Vec::new();
    if let Some(folder) = env::var_os("PUSHCART_SHOP").map(PathBuf::from) {
        gather(&folder, "/", &mut files).map_err(|e| format!("PUSHCART_SHOP: {e}"))?;
    } else if env::var_os("PUSHCART_COMPONENT").is_some() {
        println!(
            "cargo::warning=With PUSHCART_COMPONENT nothing is compiled to WebAssembly, so this program will serve no shop. \
             Set PUSHCART_SHOP to a folder that `node www/build.mjs FOLDER` made."
        );
    } else if root.join("www/index.html").is_file() {
        gather(&root.join("www"), "/", &mut files)?;
        gather(&root.join("pkg/src"), "/pushcart/dist/", &mut files)?;
        for input in pushcart_pkg::inputs(root)? {
            println!("cargo::rerun-if-changed={}", input.display());
        }
        let wasm = out.join("wasm");
        pushcart_pkg::build(root, &out.join("npm"))?.write(&wasm)?;
        for name in ["pushcart.js", "pushcart.wasm"] {
            files.push((format!("/pushcart/wasm/{name}"), wasm.join(name)));
        }
    } else {
        println!(
            "cargo::warning=The shop is not beside this package ({} is missing), so this program will serve none. Set \
             PUSHCART_SHOP to a folder that `node www/build.mjs FOLDER` made.",
            root.join("www/index.html").display()
        );
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (path, file) in &files {
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        let Some((_, sort)) = SORTS.iter().find(|(known, _)| *known == extension) else {
            return Err(format!("expected a file that browsers know in the shop, found {}", file.display()));
        };
        let bytes = fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let file = fs::canonicalize(file).map_err(|e| format!("cannot find {}: {e}", file.display()))?;
        // The start page is what its folder shows.
        let path = path.strip_suffix("index.html").unwrap_or(path);
        let _ = writeln!(
            table,
            "    File {{ path: {path:?}, sort: {sort:?}, tag: \"\\\"{:016x}\\\"\", bytes: include_bytes!({file:?}) }},",
            hash(&bytes)
        );
    }
    table.push_str("]\n");
    write(&out.join("shop.rs"), table.as_bytes())
}

/// The files of a folder and of those in it, each under the path where it is served.
fn gather(folder: &Path, path: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|e| format!("cannot read {}: {e}", folder.display()))?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let extension = entry.extension().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() {
            gather(&entry, &format!("{path}{name}/"), files)?;
        } else if !name.starts_with('.') && !NOT_SERVED.contains(&&*extension) {
            files.push((format!("{path}{name}"), entry));
        }
    }
    Ok(())
}

/// FNV-1a in 64 bits: files are told apart by it, not protected.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
