//! Builds the cart as a WebAssembly component, and the shop that the server shows, so that `cargo build` is
//! the whole build.
//!
//! A nested cargo compiles the root package for wasm32-unknown-unknown, a target that offers no
//! system at all, and wit-component wraps the module: what comes out imports storage and nothing
//! else. `PUSHCART_COMPONENT` names a component that was built elsewhere, and skips all of that.

#[path = "build/shop.rs"]
mod shop;

use pushcart_pkg::nested::{self, Guest};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// The guest's stack. The linker puts it below the heap, so that an overflow traps instead of
/// writing over data. Its default of 1 MiB would be most of a small instance.
const STACK_BYTES: u32 = 256 * 1024;

/// How a component starts; a core module has another version and layer.
const COMPONENT_MAGIC: &[u8] = b"\0asm\x0d\0\x01\0";

fn main() {
    if let Err(message) = run() {
        eprintln!("\n{message}\n");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    // The guest is no host: the library is empty there.
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        return Ok(());
    }
    println!("cargo::rerun-if-env-changed=PUSHCART_COMPONENT");
    for own in ["build.rs", "build"] {
        println!("cargo::rerun-if-changed={own}");
    }
    let out = PathBuf::from(var("OUT_DIR")?);
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?).join("..");
    let component = match env::var_os("PUSHCART_COMPONENT") {
        Some(path) => prebuilt(Path::new(&path))?,
        None => build(&root, &out)?,
    };
    write(&out.join("pushcart.wasm"), &component)?;
    shop::embed(&root, &out)
}

fn prebuilt(path: &Path) -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    let bytes = fs::read(path).map_err(|e| format!("PUSHCART_COMPONENT: cannot read {}: {e}", path.display()))?;
    if !bytes.starts_with(COMPONENT_MAGIC) {
        return Err(format!(
            "PUSHCART_COMPONENT: expected a WebAssembly component, found something else in {}",
            path.display()
        ));
    }
    Ok(bytes)
}

fn build(root: &Path, out: &Path) -> Result<Vec<u8>, String> {
    for input in ["src", "wit", "Cargo.toml", "Cargo.lock"] {
        let path = root.join(input);
        if !path.exists() {
            return Err(format!(
                "The cart's source is not beside this package: {} is missing. Set PUSHCART_COMPONENT to the path of a \
                 component that was built for this version.",
                path.display()
            ));
        }
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let module = nested::compile(&Guest {
        root,
        // A directory of its own: cargo holds the lock of the outer one as long as this runs.
        target_dir: &out.join("guest"),
        feature: "component",
        profile: "component",
        linker_arguments: &[format!("-zstack-size={STACK_BYTES}")],
    })
    .map_err(|e| format!("{e}\n\nOr set PUSHCART_COMPONENT to the path of a component that was built elsewhere."))?;
    let module = fs::read(&module).map_err(|e| format!("cannot read the module {}: {e}", module.display()))?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|e| format!("The cart's module does not fit wit/pushcart.wit: {e:#}"))
}

/// Writes a file unless it is as it should be: an unchanged component compiles nothing anew.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn var(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("expected cargo to set {name}"))
}
