//! What a cart costs, and why.
//!
//! One pure function, [`totals`]: it reads a cart and terms, and writes nothing anywhere. It goes
//! through the phases in order, and in each through the conditions in order; every condition changes
//! one book by one rounded amount, which is shared out over the lines at once.
//!
//! - `pipeline`: which condition acts when, on which base, into which book;
//! - `change`: how much one condition changes one base: exact, rounded, capped, cut;
//! - `books`: goods, shipping, fees, tax and reductions, none of them ever below 0;
//! - `lines`: each line's amounts, in columns, and the sharing out;
//! - [`Totals`]: the answer. Its JSON is written in [`crate::wire::totals`].
//!
//! What a value or a target means as data is said in [`crate::condition`]; all rounding happens in
//! [`crate::money::rounding`].

mod books;
mod change;
mod lines;
mod pipeline;
mod totals;

#[cfg(test)]
mod tests;

pub use totals::{Entry, LineTotal, Reason, Shares, Totals};

use crate::cart::Cart;
use crate::error::Result;

/// What the price of a cart depends on besides the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether shipping is part of the taxable amount.
    pub tax_shipping: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Terms { tax_shipping: true }
    }
}

impl From<&crate::cart::Settings> for Terms {
    fn from(settings: &crate::cart::Settings) -> Self {
        Terms { tax_shipping: settings.tax_shipping }
    }
}

/// What `cart` costs under `terms`.
///
/// Fails with `limit_exceeded` where an amount would leave ±(2^53 - 1) minor units, and with nothing
/// else.
pub fn totals<'c>(cart: &'c Cart, terms: &Terms) -> Result<Totals<'c>> {
    pipeline::run(cart, terms)
}
