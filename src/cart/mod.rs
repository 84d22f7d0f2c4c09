//! The aggregate: items, conditions, metadata, currency, version.
//!
//! A cart is a value. It is changed only by [`crate::command::apply`], priced by
//! [`crate::pricing`], and carried to and from storage by [`crate::record`].

mod item;
mod limits;
mod purchase;
mod settings;

pub use item::{Item, ItemInput, Reference};
pub use limits::Limits;
pub use purchase::PurchaseRules;
pub use settings::{EmptyCart, LineIdentity, Settings};

use crate::condition::Condition;
use crate::id::Revision;
use crate::json::Raw;
use crate::money::{Currency, Rounding};
use crate::time::Timestamp;

/// A shopping cart.
#[derive(Clone, Debug, PartialEq)]
pub struct Cart {
    /// The cart's own id, random, the same for the whole incarnation.
    pub id: Box<str>,
    /// Which life of the cart this is, and how many changes were committed in it.
    pub revision: Revision,
    /// Set at creation; everything in the cart is in it.
    pub currency: Currency,
    /// How adjustments are rounded; set at creation.
    pub rounding: Rounding,
    /// The lines, in the order they were first added.
    pub items: Vec<Item>,
    /// The conditions on the cart, in the order they were first added; names are unique.
    pub conditions: Vec<Condition>,
    /// The shop's own notes, in the order they were first set; keys are unique, no value is null.
    pub metadata: Vec<(Box<str>, Raw)>,
    /// When this incarnation was created.
    pub created_at: Timestamp,
    /// When the last change was committed.
    pub updated_at: Timestamp,
    /// When the cart ends if nobody changes it; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Set when the cart was checked out: it is read-only since.
    pub converted: Option<Conversion>,
}

/// That, when and as which order a cart was checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// When.
    pub at: Timestamp,
    /// The shop's order reference, if it gave one.
    pub order: Option<Box<str>>,
}

impl Cart {
    /// The line with this id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| &*item.id == id)
    }

    /// What stands in the place of a cart while it is being changed. Allocates nothing.
    pub(crate) fn placeholder(of: &Cart) -> Self {
        Cart {
            id: Box::default(),
            revision: of.revision,
            currency: of.currency,
            rounding: of.rounding,
            items: Vec::new(),
            conditions: Vec::new(),
            metadata: Vec::new(),
            created_at: of.created_at,
            updated_at: of.updated_at,
            expires_at: None,
            converted: None,
        }
    }

    /// How many pieces the cart holds, over all lines.
    pub fn quantity(&self) -> i64 {
        self.items.iter().map(|item| i64::from(item.quantity)).sum()
    }
}
