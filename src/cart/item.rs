//! A line of the cart.

use super::PurchaseRules;
use crate::condition::{Condition, ConditionInput};
use crate::json::Raw;
use crate::money::{Amount, PriceInput};

/// A line: so many pieces of one thing at one price.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The shop's id of the thing.
    pub id: Box<str>,
    /// What the shopper reads.
    pub name: Box<str>,
    /// The unit price before conditions.
    pub price: Amount,
    /// How many pieces: 1 or more.
    pub quantity: u32,
    /// The shop's own data about the line: a JSON object.
    pub attributes: Option<Raw>,
    /// The conditions on this line; names are unique.
    pub conditions: Vec<Condition>,
    /// How many pieces may be bought at once.
    pub purchase: PurchaseRules,
    /// What the line stands for in the shop's own system. Never resolved here.
    pub reference: Option<Reference>,
}

/// A type and an id in the shop's own system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// `product`, …
    pub kind: Box<str>,
    /// Its id there.
    pub id: Box<str>,
}

/// An item as a caller gave it: read, but not yet checked against the cart it goes into.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemInput {
    /// See [`Item::id`].
    pub id: Box<str>,
    /// See [`Item::name`].
    pub name: Box<str>,
    /// See [`Item::price`].
    pub price: PriceInput,
    /// How many pieces to add; 1 when left out.
    pub quantity: Option<i64>,
    /// See [`Item::attributes`].
    pub attributes: Option<Raw>,
    /// `None` leaves the conditions of a line that is there as they are.
    pub conditions: Option<Vec<ConditionInput>>,
    /// See [`Item::purchase`]; what is left out stays as it is.
    pub purchase: PurchaseRules,
    /// See [`Item::reference`].
    pub reference: Option<Reference>,
}
