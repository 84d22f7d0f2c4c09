//! The core in JavaScript: what the package `pushcart` (in `pkg/`) is made of.
//!
//! Only texts of JSON, numbers and names cross here, and most calls carry one name and one number: a cart
//! never crosses as a tree of objects. The package's own JavaScript makes objects of it, when somebody asks.
//!
//! - `shelf`: a page's own carts, in hand ([`crate::live`]), kept in Web storage or nowhere;
//! - `service`: the use case over a driver that is written in JavaScript;
//! - `options`: what a cart is created with; `surroundings`: clock and randomness; `problem`: refusals.
#![allow(unsafe_code, unreachable_pub, reason = "wasm-bindgen generates glue, and wants its exports public")]

mod driver;
mod options;
mod problem;
mod service;
mod shelf;
mod surroundings;
mod web;
