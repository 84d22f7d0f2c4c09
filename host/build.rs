//! Builds the cart as a WebAssembly component, so that `cargo build` is the whole build.
//!
//! A nested cargo compiles the root package for wasm32-unknown-unknown, a target that offers no
//! system at all, and wit-component wraps the module: what comes out imports storage and nothing
//! else. `PUSHCART_COMPONENT` names a component that was built elsewhere, and skips all of that.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";

/// `[profile.component]` in the workspace's Cargo.toml.
const PROFILE: &str = "component";

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
    println!("cargo::rerun-if-env-changed=PUSHCART_COMPONENT");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(var("OUT_DIR")?);
    let component = match env::var_os("PUSHCART_COMPONENT") {
        Some(path) => prebuilt(Path::new(&path))?,
        None => build(&out)?,
    };
    write(&out.join("pushcart.wasm"), &component)
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

fn build(out: &Path) -> Result<Vec<u8>, String> {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?).join("..");
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
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if !has_target(&rustc) {
        add_target(&rustc)?;
    }

    // A directory of its own: cargo holds the lock of the outer one as long as this runs.
    let target_dir = out.join("guest");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    clean(&mut cargo)
        .current_dir(&root)
        .args(["rustc", "--locked", "--package", "pushcart", "--lib", "--crate-type", "cdylib"])
        .args([
            "--no-default-features",
            "--features",
            "component",
            "--profile",
            PROFILE,
            "--target",
            TARGET,
            "--target-dir",
        ])
        .arg(&target_dir)
        .args(["--", "-C"])
        .arg(format!("link-arg=-zstack-size={STACK_BYTES}"));
    let output = cargo
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|e| format!("cannot start {cargo:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "The cart could not be built for {TARGET} ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let module = target_dir.join(TARGET).join(PROFILE).join("pushcart.wasm");
    let module = fs::read(&module).map_err(|e| format!("cannot read the module {}: {e}", module.display()))?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|e| format!("The cart's module does not fit wit/pushcart.wit: {e:#}"))
}

/// Takes out of the environment what was meant for the host: flags for instrumentation, a wrapper
/// such as clippy's, another target or directory, the host's own features. What says how to reach
/// a registry and how many jobs may run stays.
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
        Ok(output) if output.status.success() && has_target(rustc) => {
            println!("cargo::warning=Pushcart needs the target {TARGET}: installed it with `{command}`");
            return Ok(());
        }
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
         - without rustup:  install your distribution's package for it (Debian: libstd-rust-dev-wasm32)\n\
         - without either:  set PUSHCART_COMPONENT to the path of a component that was built elsewhere"
    ))
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
