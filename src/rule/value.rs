//! What the cart is worth: all amounts are those of the goods before conditions, so that no rule
//! depends on what another condition did. `total-…` are other names of `subtotal-…`.

use super::params::{Params, Within};
use super::{Facts, Keys};
use crate::error::{Error, Result};
use crate::money::{Amount, Currency};

/// The keys of this family.
pub const KEYS: Keys = &[
    ("subtotal-at-least", &["amount"]),
    ("subtotal-below", &["amount"]),
    ("subtotal-between", &["min", "max"]),
    ("total-at-least", &["amount"]),
    ("total-below", &["amount"]),
    ("total-between", &["min", "max"]),
    ("currency-is", &["currency"]),
];

/// A rule about worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The goods cost this much before conditions.
    Subtotal(Within<Amount>),
    /// The goods cost less before conditions.
    Below(Amount),
    /// The cart's currency.
    Currency(Currency),
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Value>> {
    Ok(Some(match key {
        "subtotal-at-least" | "total-at-least" => Value::Subtotal(Within::at_least(params.amount("amount")?)),
        "subtotal-below" | "total-below" => Value::Below(params.amount("amount")?),
        "subtotal-between" | "total-between" => {
            let (least, most) = params.range(["min", "max"], Params::amount)?;
            Value::Subtotal(Within { least: Some(least), most: Some(most) })
        }
        "currency-is" => {
            let code = params.text("currency")?;
            Value::Currency(Currency::parse(&code).map_err(|error: Error| error.under("currency"))?)
        }
        _ => return Ok(None),
    }))
}

impl Value {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Value::Subtotal(within) => within.holds(facts.subtotal),
            Value::Below(amount) => facts.subtotal < *amount,
            Value::Currency(currency) => facts.cart.currency == *currency,
        }
    }
}
