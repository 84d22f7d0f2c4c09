//! Builds `counted.rs` for wasm32-unknown-unknown as host/build.rs builds the component, and runs it.

use pushcart_tests::{file, priced, yardstick};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmtime::{Config, Engine, Instance, Module, Store, TypedFunc};

const TARGET: &str = "wasm32-unknown-unknown";

/// Variables of cargo that say how to reach a registry, how to print and how many jobs may run.
/// Whatever else cargo has set is meant for the tests: their target, directory, profile and flags.
const KEPT: [&str; 7] =
    ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_TERM_", "CARGO_BUILD_JOBS"];
const GONE: [&str; 5] = ["RUSTFLAGS", "RUSTDOCFLAGS", "RUSTC_WORKSPACE_WRAPPER", "CLIPPY_ARGS", "CLIPPY_CONF_DIR"];

/// An instance of the guest.
pub(crate) struct Guest {
    store: Store<()>,
    prepare: TypedFunc<(u32, u32), ()>,
    totals: TypedFunc<(), i64>,
}

impl Guest {
    pub(crate) fn new() -> Self {
        let engine = Engine::new(Config::new().consume_fuel(true)).expect("an engine");
        let module = Module::from_file(&engine, build()).expect("a module");
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX).expect("fuel");
        let instance = Instance::new(&mut store, &module, &[]).expect("a module without imports");
        let prepare = instance.get_typed_func(&mut store, "prepare").expect("prepare");
        let totals = instance.get_typed_func(&mut store, "totals").expect("totals");
        Guest { store, prepare, totals }
    }

    /// The instructions that pricing such a cart takes, once the guest has the memory for it.
    pub(crate) fn totals(&mut self, lines: u32, conditions: u32) -> u64 {
        self.prepare.call(&mut self.store, (lines, conditions)).expect("a cart");
        let mut count = || {
            let before = self.store.get_fuel().expect("fuel");
            let total = self.totals.call(&mut self.store, ()).expect("totals");
            (before - self.store.get_fuel().expect("fuel"), total)
        };
        count();
        // The allocator walks a few steps more or fewer, by what it finds free.
        let (taken, total) = (0..4).map(|_| count()).min().expect("a count");
        if conditions as usize == priced::CONDITIONS.len() {
            let mut sums = yardstick::Sums::new(lines as usize);
            sums.price(&yardstick::Columns::of(lines as usize));
            assert_eq!(total, sums.total, "what is counted is what is right");
        }
        taken
    }
}

/// The guest's module.
fn build() -> PathBuf {
    // A directory of its own: its profile and flags are not those of the tests.
    let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counted");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_cargo = text.starts_with("CARGO_") && !KEPT.iter().any(|kept| text.starts_with(kept));
        if of_cargo || GONE.contains(&&*text) {
            cargo.env_remove(&name);
        }
    }
    let output = cargo
        .current_dir(file(".."))
        .args(["build", "--locked", "--package", "pushcart", "--example", "counted", "--profile", "component"])
        .arg("--no-default-features")
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .output()
        .unwrap_or_else(|e| panic!("cannot start {cargo:?}: {e}"));
    assert!(
        output.status.success(),
        "the guest could not be built for {TARGET} (`rustup target add {TARGET}` if it is missing):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let module = target_dir.join(TARGET).join("component/examples/counted.wasm");
    assert!(fs::metadata(&module).is_ok(), "expected cargo to write {}", module.display());
    module
}
