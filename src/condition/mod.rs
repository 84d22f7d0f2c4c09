//! Conditions: named adjustments of what a cart costs.
//!
//! - [`value`]: how much: percentages, amounts, factors, divisors;
//! - [`target`]: where: scope, phase, application.
//!
//! A condition here is data. What it does to a cart is decided in [`crate::pricing`] alone.

pub mod target;
pub mod value;

pub use target::{Application, Phase, Scope, Target, TargetInput};
pub use value::{Value, ValueInput};

use crate::error::Result;
use crate::json::Raw;
use crate::money::{Amount, Currency};

/// A named adjustment.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Unique in its list.
    pub name: Box<str>,
    /// A label: discount, tax, shipping, fee, surcharge, … It chose the target when none was given,
    /// and is what `byType` sums by; it decides nothing else.
    pub kind: Box<str>,
    /// How much.
    pub value: Value,
    /// Where.
    pub target: Target,
    /// Lower acts first within a phase; ties act in the order of insertion.
    pub order: i32,
    /// The shop's own data: a JSON object.
    pub attributes: Option<Raw>,
    /// The most that one change may be, up or down.
    pub cap: Option<Amount>,
}

/// A condition as a caller gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionInput {
    /// See [`Condition::name`].
    pub name: Box<str>,
    /// See [`Condition::kind`].
    pub kind: Box<str>,
    /// See [`Condition::value`].
    pub value: ValueInput,
    /// Left out, it follows the type.
    pub target: Option<TargetInput>,
    /// See [`Condition::order`].
    pub order: i32,
    /// See [`Condition::attributes`].
    pub attributes: Option<Raw>,
    /// See [`Condition::cap`].
    pub cap: Option<i64>,
}

impl ConditionInput {
    /// The condition in a cart of `currency`; `on_item` when it is put on a line.
    ///
    /// Limits on the length of names are the command's business.
    pub fn resolve(&self, _currency: Currency, _on_item: bool) -> Result<Condition> {
        Err(crate::error::Error::invalid("not yet"))
    }
}
