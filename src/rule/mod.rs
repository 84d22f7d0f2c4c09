//! Rules: when a condition holds, as data.
//!
//! `{"all": [{"subtotal-at-least": {"amount": 10000}}, {"not": {"day-of-week": {"days": ["sun"]}}}]}`.
//! Rules are stored with their condition and judged whenever totals are computed, by the cart as it
//! stands and the time that is handed in. They never look at what other conditions changed: amounts
//! are those before conditions. Nothing is written by judging.
//!
//! A rule is a question with operands. Which keys there are, with the question and the parameters of each, is
//! said in one table, [`keys`]; `read` reads them, `judge` says whether they hold, and [`time`] knows what
//! depends on the time.

mod judge;
mod keys;
mod read;
#[cfg(test)]
mod tests;
pub mod time;

pub use keys::{keys, shapes};
pub use time::{Zone, Zones};

use crate::cart::Cart;
use crate::error::{Error, Kind, Result};
use crate::json::{Raw, Reader};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;
use core::fmt;
use keys::Test;

/// How many levels the JSON of a condition's rules may nest.
pub const DEPTH_MAX: u32 = 32;

/// How many rules one condition may have.
pub const RULES_MAX: usize = 256;

/// The rules of a condition: what was written, and what it means.
#[derive(Clone)]
pub struct Rules {
    raw: Raw,
    /// A tree: after a rule of other rules stand those. Empty where this version does not know them.
    list: Vec<Rule>,
    /// Why it does not.
    unread: Box<str>,
}

/// A rule with its operands, as far as its test has any.
#[derive(Clone)]
struct Rule {
    test: Test,
    /// Whether it holds where the test does not.
    negated: bool,
    /// How far its clock is from UTC, where that is no named zone.
    offset_s: i32,
    /// The bounds, both in; or how many rules it is made of; or days.
    numbers: [i64; 2],
    /// What it is about: a metadata key, an attribute, a named zone.
    name: Box<str>,
    /// What that is compared with: compact JSON, or texts.
    values: Vec<Box<str>>,
}

/// What rules are judged by.
#[derive(Clone, Copy)]
pub struct Facts<'c> {
    /// The cart.
    pub cart: &'c Cart,
    /// What its goods cost before conditions.
    pub subtotal: Amount,
    /// How many pieces it holds.
    pub quantity: i64,
    /// The time.
    pub at: Timestamp,
    /// What is known of time zones.
    pub zones: Zones<'c>,
}

/// Why rules cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem<'r> {
    /// They are not rules that this version knows; what was wrong with them.
    Unread(&'r str),
    /// The offset of this zone is not known.
    Zone(&'r str),
}

impl Rules {
    /// Reads rules for a cart of `currency`.
    pub fn parse(raw: &Raw, currency: Currency) -> Result<Self> {
        let depth = raw.depth();
        if depth > DEPTH_MAX {
            let message = text!("expected rules of at most {} levels of nesting, found {}", DEPTH_MAX, depth);
            return Err(Error::new(Kind::LimitExceeded, message).because("depth"));
        }
        let mut list = Vec::new();
        Reader::whole(raw.as_str(), |reader| read::read(reader, &mut list, currency))?;
        Ok(Rules { raw: raw.clone(), list, unread: Box::default() })
    }

    /// Reads rules as storage keeps them: what this version does not know is kept, and is a
    /// [`Problem`] when it is judged.
    pub fn stored(raw: &Raw, currency: Currency) -> Self {
        Rules::parse(raw, currency).unwrap_or_else(|error| {
            let unread = text!("{}: {}", error.path(), error.message()).into();
            Rules { raw: raw.clone(), list: Vec::new(), unread }
        })
    }

    /// As they were written.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// Why they cannot be judged: the first rule of the tree that cannot, also inside `not`, also where
    /// the others would have decided.
    pub fn problem(&self, zones: Zones<'_>) -> Option<Problem<'_>> {
        if self.list.is_empty() {
            return Some(Problem::Unread(&self.unread));
        }
        let mut names = self.list.iter().filter_map(Rule::zone);
        names.find(|name| zones.find(name).is_none()).map(Problem::Zone)
    }

    /// Calls `zone` with each named time zone.
    pub fn zones<'r>(&'r self, zone: &mut dyn FnMut(&'r str)) {
        self.list.iter().filter_map(Rule::zone).for_each(zone);
    }

    /// The first moment after `at` at which time alone may change the verdict.
    pub fn changes_at(&self, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
        let mut first: Option<Timestamp> = None;
        for rule in &self.list {
            if rule.test.is_about_time()
                && let Some(change) = time::changes_at(rule, at, zones)
                && first.is_none_or(|first| change < first)
            {
                first = Some(change);
            }
        }
        first
    }

    /// Whether any of them is about a line.
    pub fn are_about_lines(&self) -> bool {
        self.list.iter().any(|rule| rule.test.is_about_lines())
    }
}

// For a cart of one currency the text says what they mean.
impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

impl Rule {
    #[inline(never)]
    fn new(test: Test) -> Self {
        Rule {
            test,
            negated: false,
            offset_s: 0,
            numbers: [i64::MIN, i64::MAX],
            name: Box::default(),
            values: Vec::new(),
        }
    }

    /// The named time zone that it needs.
    fn zone(&self) -> Option<&str> {
        (self.test.is_about_time() && !self.name.is_empty()).then_some(&*self.name)
    }
}
