//! What one command came to.

use super::RepricePolicy;
use crate::money::Amount;

/// A line whose price is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repriced {
    /// The line.
    pub id: Box<str>,
    /// The unit price in the cart.
    pub old: Amount,
    /// The one that was given.
    pub new: Amount,
    /// How many pieces there are.
    pub quantity: u32,
}

/// The result of one command, in the place of the command.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Of add.
    Added {
        /// The line.
        id: Box<str>,
        /// What it holds now.
        quantity: u32,
        /// What was added.
        added: u32,
    },
    /// Of update.
    Updated {
        /// The line.
        id: Box<str>,
        /// What it holds now; 0 when it went.
        quantity: u32,
    },
    /// Of remove.
    Removed {
        /// The line.
        id: Box<str>,
        /// Whether it was there.
        removed: bool,
    },
    /// Of clear.
    Cleared {
        /// Whether there was anything to drop.
        cleared: bool,
    },
    /// Of destroy.
    Destroyed {
        /// Whether there was a cart.
        destroyed: bool,
    },
    /// Of addCondition.
    ConditionAdded {
        /// Its name.
        name: Box<str>,
        /// Whether one of that name was there.
        replaced: bool,
    },
    /// Of addPreset.
    PresetAdded {
        /// The names of its conditions.
        names: Vec<Box<str>>,
    },
    /// Of removeCondition, removeConditionsByType and clearConditions.
    ConditionsRemoved {
        /// The command's name.
        command: &'static str,
        /// The names of those that went.
        names: Vec<Box<str>>,
    },
    /// Of setMetadata.
    MetadataSet {
        /// The keys that have a new value.
        set: Vec<Box<str>>,
        /// The keys that went.
        removed: Vec<Box<str>>,
    },
    /// Of clearMetadata.
    MetadataCleared {
        /// The keys that went.
        removed: Vec<Box<str>>,
    },
    /// Of reprice.
    Repriced {
        /// What became of the old prices.
        policy: RepricePolicy,
        /// The lines whose price is another.
        changed: Vec<Repriced>,
        /// The ids that no line has.
        missing: Vec<Box<str>>,
    },
    /// Of checkOut.
    CheckedOut {
        /// The shop's order reference.
        order: Option<Box<str>>,
    },
    /// Of move.
    Moved {
        /// The line.
        id: Box<str>,
        /// Where it went.
        to: Box<str>,
        /// How many pieces.
        quantity: u32,
    },
}
