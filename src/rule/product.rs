//! Which products are in the cart, by the ids of its lines.

use super::params::Params;
use super::{Facts, Keys};
use crate::error::Result;

/// The keys of this family.
pub const KEYS: Keys = &[
    ("has-item", &["id"]),
    ("missing-item", &["id"]),
    ("item-list-includes-any", &["ids"]),
    ("item-list-includes-all", &["ids"]),
];

/// A rule about products.
#[derive(Clone, Debug, PartialEq)]
pub enum Product {
    /// A line has the id.
    Has(Box<str>),
    /// No line has the id.
    Missing(Box<str>),
    /// A line has one of the ids.
    Any(Vec<Box<str>>),
    /// Each of the ids has a line.
    All(Vec<Box<str>>),
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Product>> {
    Ok(Some(match key {
        "has-item" => Product::Has(params.text("id")?),
        "missing-item" => Product::Missing(params.text("id")?),
        "item-list-includes-any" => Product::Any(params.texts("ids")?),
        "item-list-includes-all" => Product::All(params.texts("ids")?),
        _ => return Ok(None),
    }))
}

impl Product {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        let has = |id: &str| facts.cart.item(id).is_some();
        match self {
            Product::Has(id) => has(id),
            Product::Missing(id) => !has(id),
            Product::Any(ids) => ids.iter().any(|id| has(id)),
            Product::All(ids) => ids.iter().all(|id| has(id)),
        }
    }
}
