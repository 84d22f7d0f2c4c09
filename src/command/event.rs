//! What happened, past tense.

use crate::cart::Item;
use crate::condition::Condition;
use crate::json::Raw;
use crate::money::Amount;

/// Something that happened to a cart.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A cart began.
    Created,
    /// Its lines, metadata and conditions without rules were dropped.
    Cleared,
    /// It ended.
    Destroyed,
    /// Pieces were added.
    ItemAdded(ItemFacts),
    /// A line changed.
    ItemUpdated(ItemFacts),
    /// A line went.
    ItemRemoved(ItemFacts),
    /// A condition was put on the cart or a line, or replaced there.
    ConditionAdded {
        /// The condition.
        condition: ConditionFacts,
        /// The line; `None` for the cart.
        item: Option<Box<str>>,
        /// By how much the total changed.
        impact: Amount,
    },
    /// A condition was taken off.
    ConditionRemoved {
        /// The condition.
        condition: ConditionFacts,
        /// The line; `None` for the cart.
        item: Option<Box<str>>,
        /// By how much the total changed.
        impact: Amount,
        /// What asked for it: `removed`, `type_removed`, `cleared`.
        reason: &'static str,
    },
    /// A metadata value was set.
    MetadataAdded {
        /// Its key.
        key: Box<str>,
        /// The value.
        value: Raw,
    },
    /// A metadata value was removed.
    MetadataRemoved {
        /// Its key.
        key: Box<str>,
    },
    /// Several metadata values were set at once.
    MetadataBatchAdded {
        /// Their keys.
        keys: Vec<Box<str>>,
    },
    /// All metadata was dropped.
    MetadataCleared,
    /// The cart was closed as bought.
    CheckedOut {
        /// The shop's order reference.
        order: Option<Box<str>>,
    },
    /// Closes every committed change.
    Updated,
}

impl Event {
    /// The event's type on every wire.
    pub const fn kind(&self) -> &'static str {
        match self {
            Event::Created => "cart.created",
            Event::Cleared => "cart.cleared",
            Event::Destroyed => "cart.destroyed",
            Event::ItemAdded(_) => "cart.item.added",
            Event::ItemUpdated(_) => "cart.item.updated",
            Event::ItemRemoved(_) => "cart.item.removed",
            Event::ConditionAdded { item: None, .. } => "cart.condition.added",
            Event::ConditionAdded { .. } => "cart.item.condition.added",
            Event::ConditionRemoved { item: None, .. } => "cart.condition.removed",
            Event::ConditionRemoved { .. } => "cart.item.condition.removed",
            Event::MetadataAdded { .. } => "cart.metadata.added",
            Event::MetadataRemoved { .. } => "cart.metadata.removed",
            Event::MetadataBatchAdded { .. } => "cart.metadata.batch_added",
            Event::MetadataCleared => "cart.metadata.cleared",
            Event::CheckedOut { .. } => "cart.checked_out",
            Event::Updated => "cart.updated",
        }
    }
}

/// What an event says of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemFacts {
    /// The line's id.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its quantity after the event; of a line that went, before.
    pub quantity: u32,
    /// Its unit price.
    pub price: Amount,
}

impl ItemFacts {
    pub(super) fn of(item: &Item) -> Self {
        ItemFacts { id: item.id.clone(), name: item.name.clone(), quantity: item.quantity, price: item.price }
    }
}

/// What an event says of a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionFacts {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub kind: Box<str>,
    /// Its value as text; `None` where the catalogue says it.
    pub value: Option<Box<str>>,
    /// Its target as text, likewise.
    pub target: Option<Box<str>>,
}

impl ConditionFacts {
    pub(super) fn of(condition: &Condition) -> Self {
        ConditionFacts {
            name: condition.name.clone(),
            kind: condition.kind.clone(),
            value: condition.adjustment().map(|does| does.value.as_str().into()),
            target: condition.adjustment().map(|does| does.target.to_text().into()),
        }
    }
}
