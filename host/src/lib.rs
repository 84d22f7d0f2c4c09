//! Runs the Pushcart component: storage drivers, HTTP server and command line.
#![cfg(not(target_arch = "wasm32"))]

pub mod cli;
pub mod config;
pub mod driver;
pub mod http;
pub mod open;
pub mod outside;
pub mod runtime;
#[cfg(feature = "testing")]
pub mod testing;
