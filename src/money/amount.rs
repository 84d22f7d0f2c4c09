//! An amount of money in minor units, and the reading of prices.

use super::Currency;
use crate::error::{Error, Kind, Result};

/// An amount in minor units of the cart's currency (cents for USD, yen for JPY).
///
/// INVARIANT: within ±(2^53 - 1), so that a JavaScript number holds it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// The largest amount: 2^53 - 1 minor units.
    pub const MAX: Amount = Amount(crate::json::INTEGER_MAX);

    /// The amount of `minor` minor units, if it is within bounds.
    pub fn new(minor: i64) -> Result<Self> {
        if (-Self::MAX.0..=Self::MAX.0).contains(&minor) { Ok(Amount(minor)) } else { Err(too_large()) }
    }

    /// The same for an intermediate result.
    pub fn from_wide(minor: i128) -> Result<Self> {
        i64::try_from(minor).map_err(|_| too_large()).and_then(Amount::new)
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, or `limit_exceeded`.
    pub fn plus(self, other: Amount) -> Result<Self> {
        Amount::new(self.0 + other.0)
    }

    /// The difference, or `limit_exceeded`.
    pub fn minus(self, other: Amount) -> Result<Self> {
        Amount::new(self.0 - other.0)
    }

    /// The product, or `limit_exceeded`.
    pub fn times(self, factor: i64) -> Result<Self> {
        self.0.checked_mul(factor).ok_or_else(too_large).and_then(Amount::new)
    }

    /// The same amount with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Amount(-self.0)
    }
}

#[cold]
fn too_large() -> Error {
    Error::new(
        Kind::LimitExceeded,
        format!("expected amounts within ±{} minor units, found a larger one", Amount::MAX.0),
    )
    .because("amount")
}

/// A price as a caller gave it: only with the cart's currency does it become an [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PriceInput {
    /// An integer: minor units.
    Minor(i64),
    /// Text with a point: major units, such as `"19.99"`.
    Text(Box<str>),
}

impl PriceInput {
    /// The price in `currency`: 0 or more minor units.
    pub fn resolve(&self, currency: Currency) -> Result<Amount> {
        let amount = match self {
            PriceInput::Minor(minor) => Amount::new(*minor)?,
            PriceInput::Text(text) => parse_major(text, currency)?,
        };
        if amount < Amount::ZERO {
            return Err(Error::invalid(format!("expected a price of 0 or more minor units, found {}", amount.0)));
        }
        Ok(amount)
    }
}

/// Reads text in major units with a point.
pub fn parse_major(_text: &str, _currency: Currency) -> Result<Amount> {
    Err(Error::invalid("not yet"))
}
