//! How a cart changes: commands in, events out, and nothing asked for in between.
//!
//! [`apply`] takes a cart and a list of commands and gives the next cart, or refuses the whole
//! list: the cart that went in is not touched by a list that fails in its last command. Time and
//! randomness are arguments, so the same call gives the same answer, which is what makes applying
//! a list again after a conflict safe.
//!
//! One file for each family of commands; each holds what its commands require, and what they do:
//! [`items`](self) (`add`, `update`, `remove`, `reprice`, `transfer`), `conditions`, `metadata`,
//! `whole` (clear, destroy, check out). All of them work on a [`Draft`], which keeps the events and
//! the parts that changed.

mod add;
mod conditions;
mod draft;
mod event;
mod metadata;
mod outcome;
mod remove;
mod reprice;
mod transfer;
pub(crate) mod update;
mod whole;

pub use event::{ConditionFacts, Event, ItemFacts};
pub use outcome::{Outcome, Repriced};
pub use transfer::receive;

use crate::cart::{Cart, Item, ItemInput, Settings};
use crate::condition::ListedInput;
use crate::error::Result;
use crate::id::{Entropy, Revision};
use crate::json::Raw;
use crate::money::{Currency, PriceInput, Rounding};
use crate::pricing::Terms;
use crate::time::Timestamp;
use draft::Draft;

/// One requested change.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Put pieces of a thing into the cart; onto its line, if there is one.
    Add(Box<ItemInput>),
    /// Change a line.
    Update {
        /// Which.
        line: LineRef,
        /// What.
        update: Update,
    },
    /// Take a line out. No line, no change.
    Remove {
        /// Which.
        line: LineRef,
    },
    /// Drop lines, metadata and conditions without rules; the cart goes on.
    Clear,
    /// End the cart.
    Destroy,
    /// Put a condition on the cart or a line; one of the same name is replaced.
    AddCondition {
        /// The condition.
        condition: Box<ListedInput>,
        /// The line; `None` for the cart.
        on: Option<LineRef>,
    },
    /// Put the conditions of a preset on the cart or a line; those of the same names are replaced.
    AddPreset {
        /// Which.
        preset: Box<str>,
        /// The name of its condition; left out, the preset's.
        name: Option<Box<str>>,
        /// Its parameters: a JSON object.
        with: Option<Raw>,
        /// The line; `None` for the cart.
        on: Option<LineRef>,
    },
    /// Take a condition off.
    RemoveCondition {
        /// Its name.
        name: Box<str>,
        /// The line; `None` for the cart.
        on: Option<LineRef>,
    },
    /// Take all conditions of a type off.
    RemoveConditionsByType {
        /// The type.
        kind: Box<str>,
        /// The line; `None` for the cart.
        on: Option<LineRef>,
    },
    /// Take all conditions off.
    ClearConditions {
        /// The line; `None` for the cart.
        on: Option<LineRef>,
    },
    /// Set metadata; `None` removes a key.
    SetMetadata {
        /// Keys and values.
        values: Vec<(Box<str>, Option<Raw>)>,
    },
    /// Drop all metadata.
    ClearMetadata,
    /// Give lines new unit prices, or say what would change.
    Reprice {
        /// Line ids and prices.
        prices: Vec<(Box<str>, PriceInput)>,
        /// What becomes of the old ones.
        policy: RepricePolicy,
    },
    /// Close the cart as bought.
    CheckOut {
        /// The shop's order reference.
        order: Option<Box<str>>,
    },
    /// Move a line to another cart of the same identifier.
    Move {
        /// Which.
        line: LineRef,
        /// The other instance.
        to: Box<str>,
    },
}

impl Command {
    /// True when doing it again on top of somebody else's change keeps its meaning: it adds or
    /// takes away something of its own, and sets nothing that the other may have set.
    pub fn is_relative(&self) -> bool {
        match self {
            Command::Update { update, .. } => !update.is_absolute(),
            Command::Clear | Command::Destroy | Command::Reprice { .. } | Command::CheckOut { .. } => false,
            _ => true,
        }
    }
}

/// What becomes of the prices in the cart when others are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RepricePolicy {
    /// The new ones hold.
    #[default]
    Refresh,
    /// The old ones hold: the shopper was promised them. What differs is told.
    Keep,
    /// The old ones hold until somebody has been asked: what differs is told, to be sent again with
    /// refresh or keep.
    Ask,
}

impl RepricePolicy {
    /// Every policy.
    pub const ALL: [RepricePolicy; 3] = [RepricePolicy::Refresh, RepricePolicy::Keep, RepricePolicy::Ask];

    /// Its name on every wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            RepricePolicy::Refresh => "refresh",
            RepricePolicy::Keep => "keep",
            RepricePolicy::Ask => "ask",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str() == text)
            .ok_or_else(|| invalid!("expected one of refresh, keep, ask, found {:?}", text))
    }
}

/// Which line is meant: by its id, and, where lines of one id differ by their attributes, by those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRef {
    /// The line's id.
    pub id: Box<str>,
    /// The line's attributes, whole. Needed only when several lines have the id.
    pub attributes: Option<Raw>,
}

/// What an update changes; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// The number of pieces.
    pub quantity: Option<QuantityChange>,
    /// The unit price.
    pub price: Option<PriceInput>,
    /// The name.
    pub name: Option<Box<str>>,
    /// The attributes: replaced, not merged.
    pub attributes: Option<Raw>,
}

impl Update {
    /// True when it sets anything to a value that does not depend on what was there.
    pub fn is_absolute(&self) -> bool {
        matches!(self.quantity, Some(QuantityChange::To(_)))
            || self.price.is_some()
            || self.name.is_some()
            || self.attributes.is_some()
    }
}

/// A change of a line's quantity. At 0 or below the line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityChange {
    /// To so many.
    To(i64),
    /// By so many.
    By(i64),
}

/// Everything that [`apply`] must not ask for itself.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub entropy: Entropy,
    /// What the shop decided.
    pub settings: &'a Settings,
    /// What the price depends on besides the cart.
    pub terms: Terms<'a>,
    /// The currency that the caller speaks of; a new cart's currency.
    pub currency: Option<Currency>,
    /// The rounding that the caller speaks of; a new cart's rounding.
    pub rounding: Option<Rounding>,
}

/// What came of a list of commands.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The cart as it is now; `None` when there is none (any more).
    pub cart: Option<Cart>,
    /// What happened, in order; empty when nothing did.
    pub events: Vec<Event>,
    /// One for each command.
    pub outcomes: Vec<Outcome>,
    /// The parts that changed: `items.tee-m`, `conditions.VAT`, `metadata.note`.
    pub changed: Vec<String>,
    /// The state that this change made: of the cart, or of the one that it ended.
    pub revision: Revision,
    /// A cart was created.
    pub created: bool,
    /// Lines on their way to other instances.
    pub moved: Vec<Moved>,
}

/// A line on its way to another instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The line.
    pub item: Item,
    /// Where to.
    pub to: Box<str>,
    /// Which command said so.
    pub command: usize,
}

impl Applied {
    /// Whether anything changed. If not, nothing is saved and the version stays.
    pub fn is_change(&self) -> bool {
        !self.changed.is_empty()
    }
}

/// Applies `commands` to `cart` (`None` when there is none): all of them, or none.
///
/// An error's path begins with the index of the command that was refused: `[2].item.price`.
pub fn apply(cart: Option<Cart>, commands: &[Command], context: &Context<'_>) -> Result<Applied> {
    let mut draft = Draft::new(cart, context)?;
    let mut outcomes = Vec::with_capacity(commands.len());
    for (index, command) in commands.iter().enumerate() {
        draft.command = index;
        outcomes.push(step(&mut draft, command).map_err(|e| e.at(index))?);
    }
    draft.finish(outcomes)
}

/// Applies one command to a cart where it is, for who holds it: the list that was applied is empty of all else.
///
/// Only for what refuses before it changes anything, and leaves a cart: adding, updating and removing a line
/// which is not the last one. A refusal leaves the cart as it was.
pub(crate) fn apply_in_place(cart: &mut Cart, command: &Command, context: &Context<'_>) -> Result<Applied> {
    debug_assert!(matches!(command, Command::Add(_) | Command::Update { .. } | Command::Remove { .. }));
    let mut draft = Draft::new(Some(core::mem::replace(cart, Cart::placeholder(cart))), context)?;
    match step(&mut draft, command) {
        Ok(outcome) => {
            let mut applied = draft.finish(vec![outcome])?;
            if let Some(changed) = applied.cart.take() {
                *cart = changed;
            }
            Ok(applied)
        }
        Err(error) => {
            *cart = draft.cart;
            Err(error.at(0))
        }
    }
}

fn step(draft: &mut Draft<'_>, command: &Command) -> Result<Outcome> {
    draft.writable()?;
    match command {
        Command::Add(item) => add::apply(draft, item),
        Command::Update { line, update } => update::apply(draft, line, update),
        Command::Remove { line } => remove::apply(draft, line),
        Command::Clear => whole::clear(draft),
        Command::Destroy => whole::destroy(draft),
        Command::AddCondition { condition, on } => conditions::add(draft, condition, on.as_ref()),
        Command::AddPreset { preset, name, with, on } => {
            conditions::add_preset(draft, (preset, name.as_deref(), with.as_ref()), on.as_ref())
        }
        Command::RemoveCondition { name, on } => conditions::remove(draft, name, on.as_ref()),
        Command::RemoveConditionsByType { kind, on } => conditions::remove_by_type(draft, kind, on.as_ref()),
        Command::ClearConditions { on } => conditions::clear(draft, on.as_ref()),
        Command::SetMetadata { values } => metadata::set(draft, values),
        Command::ClearMetadata => metadata::clear(draft),
        Command::Reprice { prices, policy } => reprice::apply(draft, prices, *policy),
        Command::CheckOut { order } => whole::check_out(draft, order.as_deref()),
        Command::Move { line, to } => transfer::send(draft, line, to),
    }
}
