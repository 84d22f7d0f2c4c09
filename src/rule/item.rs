//! What a line is like, as it is stored: price and quantity before conditions.
//!
//! Under scope items these are judged line by line; on the cart as a whole they mean "any line".

use super::Keys;
use super::params::{Params, Within};
use crate::cart::Item;
use crate::error::Result;
use crate::json::{Plain, Raw};
use crate::money::Amount;

/// The keys of this family.
pub const KEYS: Keys = &[
    ("item-attribute-equals", &["attribute", "value"]),
    ("item-attribute-in", &["attribute", "values"]),
    ("item-quantity-at-least", &["quantity"]),
    ("item-quantity-at-most", &["quantity"]),
    ("item-price-at-least", &["amount"]),
    ("item-price-at-most", &["amount"]),
    ("item-total-at-least", &["amount"]),
    ("item-total-at-most", &["amount"]),
    ("item-has-condition", &["condition"]),
    ("item-id-prefix", &["prefix"]),
];

/// A test of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// An attribute is one of the values; one that is not there is null.
    Attribute {
        /// Its name, or its path inside objects.
        name: Box<str>,
        /// The values.
        values: Vec<Raw>,
    },
    /// So many pieces.
    Quantity(Within<i64>),
    /// The unit price.
    Price(Within<Amount>),
    /// Price × quantity, in minor units.
    Total(Within<i64>),
    /// A condition of this name sits on the line.
    HasCondition(Box<str>),
    /// The id begins so.
    IdPrefix(Box<str>),
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Test>> {
    let minor = |params: &Params| params.amount("amount").map(Amount::minor);
    Ok(Some(match key {
        "item-attribute-equals" => {
            Test::Attribute { name: params.text("attribute")?, values: vec![params.value("value")?] }
        }
        "item-attribute-in" => Test::Attribute { name: params.text("attribute")?, values: params.values("values")? },
        "item-quantity-at-least" => Test::Quantity(Within::at_least(params.count("quantity")?)),
        "item-quantity-at-most" => Test::Quantity(Within::at_most(params.count("quantity")?)),
        "item-price-at-least" => Test::Price(Within::at_least(params.amount("amount")?)),
        "item-price-at-most" => Test::Price(Within::at_most(params.amount("amount")?)),
        "item-total-at-least" => Test::Total(Within::at_least(minor(params)?)),
        "item-total-at-most" => Test::Total(Within::at_most(minor(params)?)),
        "item-has-condition" => Test::HasCondition(params.text("condition")?),
        "item-id-prefix" => Test::IdPrefix(params.text("prefix")?),
        _ => return Ok(None),
    }))
}

impl Test {
    pub(super) fn holds(&self, item: &Item) -> bool {
        let quantity = i64::from(item.quantity);
        match self {
            Test::Attribute { name, values } => {
                let found = Plain::of_maybe(item.attributes.as_ref().and_then(|attributes| attributes.find(name)));
                values.iter().any(|value| Plain::of(value.as_str()).same(&found))
            }
            Test::Quantity(within) => within.holds(quantity),
            Test::Price(within) => within.holds(item.price),
            Test::Total(within) => within.holds(item.price.minor().saturating_mul(quantity)),
            Test::HasCondition(name) => item.conditions.iter().any(|condition| condition.name == *name),
            Test::IdPrefix(prefix) => item.id.starts_with(&**prefix),
        }
    }
}
