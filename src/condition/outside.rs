//! Conditions that do not stand in the cart: the host hands them in with each call.
//!
//! - A **catalogue** holds named definitions that the shop keeps once. A cart refers to one by its key;
//!   a global one holds for every cart. Switched off, a definition stays and does nothing.
//! - A **provider** (a voucher service, a shipping quote) was asked by the host before the call. What it
//!   answered goes into this call's totals and nowhere else, so what it no longer says is gone; that it
//!   failed, or was slow, goes into the breakdown.

use super::Condition;

/// What the host handed in, in the cart's currency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// Definitions: the global ones, and those that the cart refers to.
    pub catalogue: Vec<Definition>,
    /// What each provider answered, in the order they were asked.
    pub provided: Vec<Provided>,
}

/// A definition of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name in the catalogue.
    pub key: Box<str>,
    /// Switched on.
    pub active: bool,
    /// It holds for every cart, also for one that does not refer to it.
    pub global: bool,
    /// What it does.
    pub condition: Condition,
}

/// What a provider came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Provided {
    /// Which.
    pub provider: Box<str>,
    /// What it said.
    pub answer: Answer,
}

/// What a provider said.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Its conditions, none of them stored.
    Conditions(Vec<Condition>),
    /// It failed, or its answer could not be read; why.
    Failed(Box<str>),
    /// It did not answer in time.
    Slow,
}

impl Outside {
    /// The definition of a key.
    pub fn definition(&self, key: &str) -> Option<&Definition> {
        self.catalogue.iter().find(|definition| *definition.key == *key)
    }
}
