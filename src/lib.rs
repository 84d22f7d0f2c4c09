//! One shopping cart that gives the same exact answer in the browser, at the edge and on a server.
//!
//! A cart is a value; commands turn it into the next value; storage keeps it; everything else
//! carries data between those three.
//!
//! In reading order:
//!
//! | | |
//! |---|---|
//! | [`money`], [`id`], [`time`], [`error`], [`json`] | the ground: amounts, names, moments, refusals, text |
//! | [`cart`], [`condition`], [`rule`] | the value |
//! | [`pricing`] | what it costs, and why |
//! | [`command`] | how it changes |
//! | [`record`], [`journal`], [`storage`] | how it is kept |
//! | [`service`] | the use case: load, apply, save, answer |
//! | [`live`] | carts in hand: decoded, changed in place, for hosts that hold their own storage |
//! | [`wire`] | the JSON that crosses every boundary |
//!
//! The crate asks no clock, no random source and no environment, and does no I/O of its own.

// No amount ever passes through floating point.
#![deny(clippy::float_arithmetic)]

#[macro_use]
mod text;

pub mod bindings;
pub mod cart;
pub mod command;
pub mod condition;
pub mod error;
pub mod id;
pub mod journal;
pub mod json;
pub mod live;
pub mod money;
mod order;
pub mod pricing;
pub mod record;
pub mod rule;
pub mod service;
pub mod storage;
pub mod time;
pub mod wire;

/// The front door's examples, kept true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
