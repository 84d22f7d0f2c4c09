//! What wasmtime makes of `wit/pushcart.wit`, shut in a module of its own because nobody wrote it:
//! the lints do not apply, and [`super::words`] is the only reader.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

wasmtime::component::bindgen!({
    world: "cart",
    path: "../wit",
    imports: { default: async | trappable },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
