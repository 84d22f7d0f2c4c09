//! A cargo inside another: compiles the root package for a browser or a guest, whoever asks.
//!
//! The outer cargo leaves its settings in the environment, and they are meant for another target;
//! the inner one must not see them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// One build of the root package for WebAssembly.
pub struct Guest<'a> {
    /// The folder with the workspace's `Cargo.toml`.
    pub root: &'a Path,
    /// Where the nested cargo works. Not the outer one's directory, whose lock is held.
    pub target_dir: &'a Path,
    /// The one feature: which binding.
    pub feature: &'a str,
    /// A profile of the workspace's `Cargo.toml`.
    pub profile: &'a str,
    /// What the linker is told besides.
    pub linker_arguments: &'a [String],
}

/// Builds it, and says where the module is. A target that is missing is installed.
///
/// # Errors
///
/// The target is missing and cannot be installed, or the package does not build.
pub fn compile(guest: &Guest<'_>) -> Result<PathBuf, String> {
    install_target()?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    clean(&mut cargo)
        .current_dir(guest.root)
        .args(["rustc", "--locked", "--package", "pushcart", "--lib", "--crate-type", "cdylib"])
        .args(["--no-default-features", "--features", guest.feature, "--profile", guest.profile])
        .args(["--target", TARGET, "--target-dir"])
        .arg(guest.target_dir)
        .arg("--")
        .args(guest.linker_arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
    let output = cargo.output().map_err(|e| format!("cannot start {cargo:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "The cart could not be built for {TARGET} ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(guest.target_dir.join(TARGET).join(guest.profile).join("pushcart.wasm"))
}

/// Installs the wasm target, where it is missing.
///
/// # Errors
///
/// It is missing and cannot be installed; the text says what can be done.
pub fn install_target() -> Result<(), String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if has_target(&rustc) { Ok(()) } else { add_target(&rustc) }
}

/// Takes out of the environment what was meant for the outer build: flags for instrumentation, a
/// wrapper such as clippy's, another target or directory, features. What says how to reach a
/// registry and how many jobs may run stays.
fn clean(cargo: &mut Command) -> &mut Command {
    const KEPT: [&str; 9] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
        "CARGO_MAKEFLAGS",
        "CARGO_INCREMENTAL",
        "CARGO_BUILD_JOBS",
    ];
    const GONE: [&str; 8] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "PROFILE",
        "TARGET",
        "OPT_LEVEL",
    ];
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_cargo = text.starts_with("CARGO_") && !KEPT.iter().any(|kept| text.starts_with(kept));
        if of_cargo || GONE.contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Whether this compiler's own directory for the target holds a standard library.
fn has_target(rustc: &OsString) -> bool {
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else { return false };
    let Ok(entries) = fs::read_dir(String::from_utf8_lossy(&output.stdout).trim()) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn add_target(rustc: &OsString) -> Result<(), String> {
    // Under rustup's proxies this names the toolchain that runs now; without it, rustup takes the
    // one that is active in this directory, which is the same.
    let toolchain = env::var("RUSTUP_TOOLCHAIN").ok();
    let mut arguments = vec!["target", "add", TARGET];
    if let Some(toolchain) = &toolchain {
        arguments.extend(["--toolchain", toolchain]);
    }
    let command = format!("rustup {}", arguments.join(" "));
    let why = match Command::new("rustup").args(&arguments).output() {
        Ok(output) if output.status.success() && has_target(rustc) => return Ok(()),
        Ok(output) if output.status.success() => {
            format!("`{command}` succeeded, but {} still does not find it", rustc.to_string_lossy())
        }
        Ok(output) => format!("`{command}` failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end()),
        Err(e) => format!("`{command}` could not be started: {e}"),
    };
    Err(format!(
        "Pushcart's cart is compiled to WebAssembly, and this Rust toolchain lacks the target {TARGET}.\n{why}\n\n\
         Do one of these, then build again:\n\
         - with rustup:     rustup target add {TARGET}\n\
         - without rustup:  install your distribution's package for it (Debian: libstd-rust-dev-wasm32)"
    ))
}
