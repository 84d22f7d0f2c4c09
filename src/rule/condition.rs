//! What other conditions the cart has: those in its own list, whether or not they apply just now, so
//! that no rule depends on another's verdict.

use super::params::Params;
use super::{Facts, Keys};
use crate::error::Result;

/// The keys of this family.
pub const KEYS: Keys = &[("cart-condition-exists", &["condition"]), ("cart-condition-type-exists", &["type"])];

/// A rule about the cart's conditions.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One has the name.
    Named(Box<str>),
    /// One has the type.
    OfType(Box<str>),
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Condition>> {
    Ok(Some(match key {
        "cart-condition-exists" => Condition::Named(params.text("condition")?),
        "cart-condition-type-exists" => Condition::OfType(params.text("type")?),
        _ => return Ok(None),
    }))
}

impl Condition {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        let mut conditions = facts.cart.conditions.iter();
        match self {
            Condition::Named(name) => conditions.any(|condition| condition.name == *name),
            Condition::OfType(kind) => conditions.any(|condition| condition.kind == *kind),
        }
    }
}
