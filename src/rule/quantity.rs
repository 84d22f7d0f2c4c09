//! How much is in the cart: lines are counted by `items`, pieces by `quantity`.

use super::params::{Params, Within};
use super::{Facts, Keys};
use crate::error::Result;

/// The keys of this family.
pub const KEYS: Keys = &[
    ("has-any-item", &[]),
    ("min-items", &["min"]),
    ("max-items", &["max"]),
    ("min-quantity", &["min"]),
    ("max-quantity", &["max"]),
];

/// A rule about how much is in the cart.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// So many lines.
    Lines(Within<i64>),
    /// So many pieces.
    Pieces(Within<i64>),
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Quantity>> {
    Ok(Some(match key {
        "has-any-item" => Quantity::Lines(Within::at_least(1)),
        "min-items" => Quantity::Lines(Within::at_least(params.count("min")?)),
        "max-items" => Quantity::Lines(Within::at_most(params.count("max")?)),
        "min-quantity" => Quantity::Pieces(Within::at_least(params.count("min")?)),
        "max-quantity" => Quantity::Pieces(Within::at_most(params.count("max")?)),
        _ => return Ok(None),
    }))
}

impl Quantity {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Quantity::Lines(within) => within.holds(facts.cart.items.len() as i64),
            Quantity::Pieces(within) => within.holds(facts.quantity),
        }
    }
}
