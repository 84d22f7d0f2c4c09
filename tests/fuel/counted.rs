//! The guest whose instructions are counted: the core, a cart in memory, and nothing between.
//!
//! It is an example of the root package, so that it is built from the same lock file and in the same
//! profile as the component, and adds nothing to either.

// Naming functions for the linker counts as unsafe.
#![allow(unsafe_code)]

#[path = "../support/priced.rs"]
#[allow(unreachable_pub)]
mod priced;

use pushcart::cart::Cart;
use pushcart::pricing::{self, Terms};
use pushcart::time::Timestamp;
use std::hint::black_box;
use std::sync::Mutex;

static CART: Mutex<Option<Cart>> = Mutex::new(None);

/// Builds the cart that is priced from now on.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(lines: u32, conditions: u32) {
    *CART.lock().expect("one thread") = Some(priced::cart(lines as usize, conditions as usize));
}

/// Prices it: what is to be paid.
#[unsafe(no_mangle)]
pub extern "C" fn totals() -> i64 {
    let cart = CART.lock().expect("one thread");
    let cart = black_box(cart.as_ref()).expect("a cart");
    black_box(pricing::totals(cart, &Terms::at(Timestamp::from_ms(0)))).expect("small amounts").total.minor()
}
