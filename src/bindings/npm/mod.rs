//! The core in JavaScript: what `pkg/` is made of.
#![allow(unsafe_code, unreachable_pub, reason = "wasm-bindgen generates glue, and wants its exports public")]

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this build.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
