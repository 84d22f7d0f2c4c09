//! `cargo run -p pushcart-pkg [-- FOLDER] [--sizes]`: fills `pkg/wasm`, or the folder named; with
//! `--sizes` it says where the module's bytes are, and writes nothing.

use pushcart_pkg::{Names, compile, generate, sizes};
use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}\n");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    // At run time cargo says it anew: worktrees may share a target directory, and with it this program.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = here.ancestors().nth(2).ok_or("expected this crate two folders below the project's root")?;
    let mut folder = root.join("pkg/wasm");
    let mut report = false;
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--sizes" => report = true,
            flag if flag.starts_with('-') => return Err(format!("expected a folder or --sizes, found {flag:?}")),
            path => folder = PathBuf::from(path),
        }
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let linked = compile(root, &target.join("pkg"))?;
    if report {
        print!("{}", sizes::report(&generate(&linked, Names::Kept)?.module)?);
        return Ok(());
    }
    let binding = generate(&linked, Names::Removed)?;
    binding.write(&folder)?;
    println!("{}: {} bytes of WebAssembly", folder.display(), binding.module.len());
    Ok(())
}
