//! The core in JavaScript: what `pkg/` is made of.
#![allow(unsafe_code, reason = "wasm-bindgen's generated glue")]

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this build.
#[wasm_bindgen]
#[must_use]
pub(crate) fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
