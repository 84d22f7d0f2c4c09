//! Builds what the npm package needs of WebAssembly: the module, and the JavaScript that speaks
//! with it.
//!
//! `cargo run -p pushcart-pkg` writes it into `pkg/wasm`; a build script calls [`build`] itself:
//!
//! ```no_run
//! # fn main() -> Result<(), String> {
//! # let (root, out) = (std::path::Path::new(".."), std::path::Path::new("out"));
//! for input in pushcart_pkg::inputs(root)? {
//!     println!("cargo::rerun-if-changed={}", input.display());
//! }
//! // A target directory of its own: cargo holds the lock of the outer one while a build script runs.
//! pushcart_pkg::build(root, &out.join("npm"))?.write(&out.join("wasm"))?;
//! # Ok(())
//! # }
//! ```
//!
//! The other modules are the parts of it: a host whose own guest is built the same way needs
//! [`nested`] too.

pub mod names;
pub mod nested;
pub mod reach;
pub mod sizes;
pub mod snip;

use base64::Engine as _;
use nested::Guest;
use reach::Addresses;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// The stem of every generated file's name, and the name of the module in the glue's types.
const NAME: &str = "pushcart";

/// The stack of the module in bytes, the same as a server's guest has. The linker puts it below the
/// heap, so that an overflow traps instead of writing over data.
const STACK_BYTES: u32 = 256 * 1024;

/// What the package needs of WebAssembly.
pub struct Binding {
    /// `pushcart.js`: classes over the module's exports. Its default export takes a module, bytes, a
    /// response or a URL, and knows no address by itself.
    pub javascript: String,
    /// `pushcart.d.ts`: the types of it.
    pub types: String,
    /// `pushcart.wasm`.
    pub module: Vec<u8>,
}

/// What the result depends on: the files and directories to watch under `root`, the folder with
/// the workspace's `Cargo.toml`.
///
/// # Errors
///
/// One of them is missing, so this is not the project's source.
pub fn inputs(root: &Path) -> Result<Vec<PathBuf>, String> {
    ["src", "Cargo.toml", "Cargo.lock"]
        .map(|name| root.join(name))
        .into_iter()
        .map(|path| {
            if path.exists() {
                Ok(path)
            } else {
                Err(format!("expected the cart's source: {} is missing", path.display()))
            }
        })
        .collect()
}

/// Compiles the root package, cuts off what only panics need, and generates the glue.
///
/// `target_dir` keeps the nested cargo's work between builds; nothing else may hold its lock.
///
/// # Errors
///
/// The sources are missing, the wasm target is and cannot be installed, or the package does not
/// build; the text holds what cargo said.
pub fn build(root: &Path, target_dir: &Path) -> Result<Binding, String> {
    generate(&compile(root, target_dir)?, Names::Removed)
}

/// Compiles the root package as the linker leaves it, which is what [`build`] works on.
///
/// # Errors
///
/// As [`build`].
pub fn compile(root: &Path, target_dir: &Path) -> Result<Vec<u8>, String> {
    inputs(root)?;
    let module = nested::compile(&Guest {
        root,
        target_dir,
        feature: "npm",
        profile: "npm",
        linker_arguments: &[format!("-zstack-size={STACK_BYTES}"), reach::LINKER_ARGUMENT.into()],
    })?;
    fs::read(&module).map_err(|e| format!("cannot read the module {}: {e}", module.display()))
}

/// Whether functions keep their names in the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// As a report of sizes needs it.
    Kept,
    /// As it is published: a browser needs none of them.
    Removed,
}

/// Turns a linked module into the binding.
///
/// # Errors
///
/// The module was not built with the version of wasm-bindgen that this is.
pub fn generate(linked: &[u8], names: Names) -> Result<Binding, String> {
    let mut module = walrus::ModuleConfig::new()
        .generate_name_section(names == Names::Kept)
        .generate_producers_section(false)
        .parse(linked)
        .map_err(|e| format!("cannot read the linked module: {e:#}"))?;
    let addresses = Addresses::take(linked, &mut module)?;
    snip::snip(&mut module)?;
    let mut output = Bindgen::new()
        .input_module(NAME, module)
        .web(true)
        .and_then(|bindgen| bindgen.demangle(false).typescript(true).omit_default_module_path(true).generate_output())
        .map_err(|e| format!("wasm-bindgen cannot read the module: {e:#}"))?;
    let long = output.js().to_owned();
    let javascript = names::shorten(output.wasm_mut(), &long)?;
    // Not before: what describes the binding to wasm-bindgen is still in the module until then.
    addresses.cut(output.wasm_mut())?;
    // Everything is one file: an import of another would be a path that nobody serves.
    let snippets = output.snippets().values().flatten().count();
    if snippets + output.local_modules().len() + output.npm_dependencies().len() > 0 {
        return Err("expected a binding without JavaScript of its own, found snippets or npm dependencies in it".into());
    }
    Ok(Binding { javascript, types: types(output.ts().unwrap_or_default()), module: output.wasm_mut().emit_wasm() })
}

/// The generated types: without `Symbol.dispose`, which the compilers of many users do not know yet, and without what
/// is nobody's business.
fn types(generated: &str) -> String {
    let known = generated.lines().filter(|line| !line.contains("[Symbol.dispose]"));
    names::shorten_types(&known.flat_map(|line| [line, "\n"]).collect::<String>())
}

impl Binding {
    /// Writes the files into a folder, which is made if need be. A file that is as it should be is left
    /// alone, so that nothing that watches it runs again. `inline.js` is the module once more, as
    /// text, for machines that have no file to read and none to fetch.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&self.module, 10);
        let inline = base64::engine::general_purpose::STANDARD.encode(packed);
        let files: [(&str, &[u8]); 5] = [
            ("pushcart.js", self.javascript.as_bytes()),
            ("pushcart.d.ts", self.types.as_bytes()),
            ("pushcart.wasm", &self.module),
            ("inline.js", &format!("export default \"{inline}\";\n").into_bytes()),
            (
                "inline.d.ts",
                b"/** `pushcart.wasm`, compressed (zlib), in base64. */\ndeclare const module: string;\nexport default module;\n",
            ),
        ];
        for (name, bytes) in files {
            let path = folder.join(name);
            if fs::read(&path).is_ok_and(|found| found == bytes) {
                continue;
            }
            fs::write(&path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_the_project_is_refused() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(inputs(&here.join("../..")).is_ok_and(|inputs| inputs.len() == 3));
        let error = inputs(&here.join("src")).unwrap_err();
        assert!(error.starts_with("expected the cart's source: ") && error.ends_with("is missing"), "{error}");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(
            generate(b"\0asm", Names::Removed).is_err_and(|error| error.starts_with("cannot read the linked module"))
        );
    }
}
