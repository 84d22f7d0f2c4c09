//! Carts at the limits: refused, or priced as the reference prices them.
#![no_main]

#[path = "../../support/fuzz.rs"]
#[allow(dead_code, reason = "the other target's part")]
mod fuzz;
#[path = "../../reference/mod.rs"]
#[allow(dead_code, unused_imports, reason = "a part of the tests' library")]
mod reference;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(cart) = fuzz::price(data) {
        let terms = reference::Terms { tax_shipping: true, at_ms: 1_795_262_400_000, zones: Default::default() };
        if let Err(difference) = reference::compare(&cart["totals"], &reference::totals(&cart, &terms)) {
            panic!("{difference}\n{cart}");
        }
    }
});
