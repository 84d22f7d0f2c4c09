//! Whatever the bytes: nothing panics, and what is read is written and read back as the same.
#![no_main]

#[path = "../../support/fuzz.rs"]
#[allow(dead_code, reason = "the other target's part")]
mod fuzz;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::parse(data));
