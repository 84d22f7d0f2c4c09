//! What a cart costs, and why.
//!
//! One pure function, [`totals`]: it reads a cart and terms, and writes nothing anywhere. It goes
//! through the phases in order, and in each through the conditions in order; every condition changes
//! one book by one rounded amount, which is shared out over the lines at once.
//!
//! - `steps`: the conditions in their order, and for each whether it holds, and for which lines;
//! - `pipeline`: what each does: on which base, into which book;
//! - `tax`: taxes that the prices contain, and taxes on taxes;
//! - `change`: how much one condition changes one base: exact, rounded, capped, cut;
//! - `books`: goods, shipping, fees, tax and reductions, none of them ever below 0;
//! - `lines`: each line's amounts, in columns, and the sharing out;
//! - `explain`: the breakdown in words;
//! - [`Totals`]: the answer. Its JSON is written in [`crate::wire::totals`].
//!
//! What a value or a target means as data is said in [`crate::condition`]; all rounding happens in
//! [`crate::money::rounding`].

mod books;
mod change;
mod explain;

mod lines;
mod pipeline;
mod steps;
mod tax;
mod totals;

#[cfg(test)]
mod tests;

pub use totals::{Entry, LineTotal, LineTotals, Notes, Reason, Shares, Totals};

use crate::cart::Cart;
use crate::condition::Outside;
use crate::error::Result;
use crate::rule::Zones;
use crate::time::Timestamp;

/// What the price of a cart depends on besides the cart.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// Whether shipping is part of the taxable amount.
    pub tax_shipping: bool,
    /// The time that rules are judged by.
    pub at: Timestamp,
    /// What is known of time zones at that time.
    pub zones: Zones<'t>,
    /// Conditions that do not stand in the cart.
    pub outside: &'t Outside,
}

static NOTHING_OUTSIDE: Outside = Outside { catalogue: Vec::new(), provided: Vec::new() };

impl Terms<'_> {
    /// Terms of a cart whose conditions all stand in it, at a time.
    pub fn at(at: Timestamp) -> Self {
        Terms { tax_shipping: true, at, zones: Zones::default(), outside: &NOTHING_OUTSIDE }
    }
}

/// What `cart` costs under `terms`.
///
/// Fails with `limit_exceeded` where an amount would leave ±(2^53 - 1) minor units, and with nothing
/// else.
pub fn totals<'c>(cart: &'c Cart, terms: &Terms<'c>) -> Result<Totals<'c>> {
    pipeline::run(cart, terms)
}

/// Calls `zone` with each time zone that the rules of the cart's conditions name.
pub fn zones<'c>(cart: &'c Cart, outside: &'c Outside, mut zone: impl FnMut(&'c str)) {
    steps::conditions(cart, outside, &mut |condition| {
        if let Some(rules) = condition.adjustment().and_then(|adjustment| adjustment.rules.as_ref()) {
            rules.zones(&mut zone);
        }
    });
}

/// Calls `key` with each key of the catalogue that the cart refers to.
pub fn catalogue_keys<'c>(cart: &'c Cart, mut key: impl FnMut(&'c str)) {
    steps::references(cart, &mut key);
}
