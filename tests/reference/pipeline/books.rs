//! The books that a cart's money goes through.

use crate::reference::cart::Cart;
use crate::reference::number::{Q, sum, zero};
use num_traits::Signed;
use std::collections::BTreeMap;

/// The books. Goods, shipping, tax and the taxable amount are kept by line, and each book is the sum over the lines;
/// fees and reductions are single figures.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) lines: Vec<Line>,
    /// F.
    pub(crate) fees: Q,
    /// R, as a positive figure.
    pub(crate) reductions: Q,
    /// The amounts of the entries in phase tax so far: name, and amount by line.
    pub(super) taxes: Vec<(String, Vec<Q>)>,
}

/// What one line holds of the books.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) quantity: Q,
    /// U, the current price of one.
    pub(super) unit: Q,
    /// L; from cart_subtotal on with its shares of that, so that their sum is G.
    pub(crate) goods: Q,
    /// Its part of S.
    pub(crate) shipping: Q,
    /// Its part of B.
    pub(super) taxable: Q,
    /// Its part of T.
    pub(crate) tax: Q,
    /// What the item phases did to it.
    pub(crate) item_adjustments: Q,
    /// What each later phase gave it or took from it.
    pub(crate) shares: BTreeMap<&'static str, Q>,
}

impl Books {
    /// All at price × quantity, nothing else yet.
    pub(super) fn open(cart: &Cart) -> Books {
        let line = |price: &Q, quantity: &Q| Line {
            quantity: quantity.clone(),
            unit: price.clone(),
            goods: price * quantity,
            shipping: zero(),
            taxable: zero(),
            tax: zero(),
            item_adjustments: zero(),
            shares: BTreeMap::new(),
        };
        Books {
            lines: cart.items.iter().map(|item| line(&item.price, &item.quantity)).collect(),
            fees: zero(),
            reductions: zero(),
            taxes: Vec::new(),
        }
    }

    pub(super) fn column(&self, lines: &[usize], of: fn(&Line) -> &Q) -> Vec<Q> {
        lines.iter().map(|&line| of(&self.lines[line]).clone()).collect()
    }

    pub(super) fn book(&self, of: fn(&Line) -> &Q) -> Q {
        sum(self.lines.iter().map(of))
    }

    /// P = G + S + F + T − R, which is the total too.
    pub(crate) fn total(&self) -> Q {
        self.book(|line| &line.goods) + self.book(|line| &line.shipping) + &self.fees + self.book(|line| &line.tax)
            - &self.reductions
    }

    /// What is more goes to the fees, what is less to the reductions.
    pub(super) fn fee_or_reduction(&mut self, amount: &Q) {
        if amount.is_negative() {
            self.reductions -= amount;
        } else {
            self.fees += amount;
        }
    }
}
