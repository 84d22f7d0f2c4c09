//! The use case: load, apply, save; apply again on conflict; answer with totals.
//!
//! Everything that changes or shows a cart, from whatever shell, is one of the calls here, with
//! the same words: a [`Call`] says which cart and when, a [`Request`] what is wanted, and an
//! [`Answer`] is the JSON that goes back.

use crate::cart::Settings;
use crate::id::{Address, Entropy, Revision};
use crate::time::Timestamp;

/// Which cart, and everything that the core must not ask for itself.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which cart.
    pub address: Address,
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub entropy: Entropy,
    /// What the shop decided.
    pub settings: Settings,
}

/// A change that is asked for, still as the JSON it came in.
///
/// The short forms exist so that an error's path speaks of what the caller sent: `price`, not
/// `commands[0].item.price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A change request: `{"commands": […], "basedOn": …, "idempotencyKey": …}`.
    Change(String),
    /// One item, or a list of them, to add.
    AddItems(String),
    /// `{"quantity": 5}` or `{"delta": 1}`, price, name, attributes, for the line `item`.
    UpdateItem {
        /// The line's id.
        item: String,
        /// What to change.
        body: String,
    },
    /// Remove a line.
    RemoveItem {
        /// The line's id.
        item: String,
    },
    /// A condition to put on the cart, or on a line.
    AddCondition {
        /// The line's id; `None` for the cart.
        item: Option<String>,
        /// The condition.
        body: String,
    },
    /// Take a condition off the cart, or off a line.
    RemoveCondition {
        /// The line's id; `None` for the cart.
        item: Option<String>,
        /// The condition's name.
        name: String,
    },
    /// Metadata values to set; null removes.
    SetMetadata(String),
    /// Empty the cart.
    Clear,
    /// End the cart.
    Destroy,
}

/// What the caller knows of the cart it wants to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BasedOn {
    /// There is none.
    Absent,
    /// There is one, whichever.
    Exists,
    /// It is in one of these states; none at all never matches.
    OneOf(Vec<Revision>),
}

/// What goes with a request beside its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The currency, when the change creates the cart; else it must agree.
    pub currency: Option<String>,
    /// The rounding mode, likewise.
    pub rounding: Option<String>,
    /// With it, a mismatch is a conflict and nothing is applied again.
    pub based_on: Option<BasedOn>,
    /// The idempotency key.
    pub key: Option<String>,
}

/// The JSON that goes back, and what a shell must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The JSON.
    pub body: String,
    /// The cart's state; `None` when there is no cart (now).
    pub revision: Option<Revision>,
    /// The change created the cart.
    pub created: bool,
    /// The change was made before, under the same key: these are its first results.
    pub replayed: bool,
    /// How often the change was applied again after a conflict.
    pub replays: u32,
}
