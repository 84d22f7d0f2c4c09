//! Panics cut off a small library, as the linker leaves it: what they needed is gone, and all the rest is there.

use pushcart_pkg::reach::{Addresses, LINKER_ARGUMENT};
use pushcart_pkg::{nested, snip};
use std::fs;
use std::process::Command;
use walrus::{Module, ModuleConfig};

const SOURCE: &str = r#"
    trait Says { fn says(&self) -> &'static str; }
    struct Loud;
    struct Quiet;
    impl Says for Loud { fn says(&self) -> &'static str { "a text of a method that is called by its address" } }
    impl Says for Quiet { fn says(&self) -> &'static str { "a text of a method in a table that only a panic has" } }

    static TABLE: [&str; 2] = ["a text in a table that is read", "another text in that table"];
    static VOICES: [&(dyn Says + Sync); 1] = [&Loud];
    static FAILURES: [&(dyn Says + Sync); 1] = [&Quiet];

    #[unsafe(no_mangle)]
    pub extern "C" fn read(index: usize) -> usize { TABLE[index].len() }

    #[unsafe(no_mangle)]
    pub extern "C" fn voice(index: usize) -> *const u8 { VOICES[index].says().as_ptr() }

    #[unsafe(no_mangle)]
    pub extern "C" fn check(number: u32) -> u32 {
        if number > 7 { panic!("a text that only a panic says: {number} {}", FAILURES[number as usize % 2].says()) }
        number
    }
"#;

fn linked(arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (source, module) = (folder.path().join("lib.rs"), folder.path().join("lib.wasm"));
    fs::write(&source, SOURCE).unwrap();
    nested::install_target().unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--target", "wasm32-unknown-unknown", "--edition", "2024", "--crate-type", "cdylib", "-Copt-level=s"])
        .args(["-Clto=fat", "-Cpanic=abort", "-o"])
        .args([&module, &source])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(module).unwrap()
}

fn parsed(linked: &[u8]) -> Module {
    ModuleConfig::new().generate_producers_section(false).generate_name_section(false).parse(linked).unwrap()
}

fn holds(module: &[u8], text: &str) -> bool {
    module.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_only_panics_need_is_gone_and_nothing_else() {
    let linked = linked(&[&format!("-Clink-arg={LINKER_ARGUMENT}")]);
    let mut module = parsed(&linked);
    let addresses = Addresses::take(&linked, &mut module).unwrap();
    let whole = module.emit_wasm();
    snip::snip(&mut module).unwrap();
    addresses.cut(&mut module).unwrap();
    let cut = module.emit_wasm();

    for text in [
        "a text in a table that is read",
        "another text in that table",
        "a text of a method that is called by its address",
    ] {
        assert!(holds(&whole, text) && holds(&cut, text), "{text}");
    }
    for text in
        ["a text that only a panic says", "a text of a method in a table that only a panic has", "index out of bounds"]
    {
        assert!(holds(&whole, text) && !holds(&cut, text), "{text}");
    }
    assert!(cut.len() * 4 < whole.len(), "{} of {} bytes are left", cut.len(), whole.len());
    for export in ["read", "voice", "check"] {
        assert!(module.exports.get_func(export).is_ok(), "{export}");
    }
}

#[test]
fn a_module_without_relocations_is_refused() {
    let linked = linked(&[]);
    let error = Addresses::take(&linked, &mut parsed(&linked)).err().unwrap();
    assert_eq!(error, "expected a module that was linked with --emit-relocs, found no linking");
}

#[test]
fn relocations_of_another_file_are_refused() {
    let linked = linked(&[&format!("-Clink-arg={LINKER_ARGUMENT}")]);
    let mut shifted = parsed(&linked);
    // One function less: every call is of another one now.
    let first = shifted.funcs.iter_local().map(|(id, _)| id).next().unwrap();
    shifted.exports.remove("check").unwrap();
    shifted.funcs.delete(first);
    let other = shifted.emit_wasm();
    let mut module = parsed(&other);
    let error = Addresses::take(&other, &mut module).err().unwrap();
    assert!(error.starts_with("expected a call of "), "{error}");
}
