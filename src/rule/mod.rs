//! Rules: when a condition holds, as data.
//!
//! `{"all": [{"subtotal-at-least": {"amount": 10000}}, {"not": {"day-of-week": {"days": ["sun"]}}}]}`.
//! Rules are stored with their condition and judged whenever totals are computed, by the cart as it
//! stands and the time that is handed in. They never look at what other conditions changed: amounts
//! are those before conditions. Nothing is written by judging.
//!
//! One file a family, each with its keys, their parameters and their meaning: [`value`], [`quantity`],
//! [`product`], [`metadata`], [`customer`], [`time`], [`item`], [`condition`]. How a tree of them comes to one
//! verdict is said here.

mod condition;
mod customer;
mod item;
mod metadata;
mod params;
mod product;
mod quantity;
#[cfg(test)]
mod tests;
mod time;
mod value;

pub use time::{Zone, Zones};

use crate::cart::{Cart, Item};
use crate::error::{Error, Kind, Result};
use crate::json::{Raw, Reader, Sort};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;
use params::{Args, Is};
use std::sync::Arc;

/// How many levels the JSON of a condition's rules may nest.
pub const DEPTH_MAX: u32 = 32;

/// How many rules one condition may have.
pub const RULES_MAX: usize = 256;

/// The rules of a condition: what was written, and what it means.
#[derive(Clone, Debug)]
pub struct Rules {
    raw: Raw,
    rule: Arc<core::result::Result<Rule, Box<str>>>,
}

/// What was written decides what it means, in carts of one currency.
impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

/// A predicate over a cart.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// All of them hold; of none, too.
    All(Vec<Rule>),
    /// One of them holds at least; of none, not.
    Any(Vec<Rule>),
    /// It does not hold.
    Not(Box<Rule>),
    /// One of the built-in keys.
    Is(Predicate),
}

/// A built-in rule: its row in the table of its family, and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    row: &'static Row,
    args: Args,
}

/// A key with the names of its parameters; `?` stands after one that may be left out.
pub type Key = (&'static str, &'static [&'static str]);

/// A key of a family: what its parameters are, in the order in which they are read, and when it holds.
struct Row {
    key: Key,
    takes: &'static [(&'static str, Is)],
    holds: Holds,
}

/// When a rule holds.
enum Holds {
    /// For the cart.
    Cart(fn(&Args, &Facts<'_>) -> bool),
    /// For a line.
    Line(fn(&Args, &Item) -> bool),
    /// At a time.
    At(time::When),
}

const fn on_cart(key: Key, takes: &'static [(&'static str, Is)], holds: fn(&Args, &Facts<'_>) -> bool) -> Row {
    Row { key, takes, holds: Holds::Cart(holds) }
}

const fn on_line(key: Key, takes: &'static [(&'static str, Is)], holds: fn(&Args, &Item) -> bool) -> Row {
    Row { key, takes, holds: Holds::Line(holds) }
}

impl core::fmt::Debug for Row {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.key.0)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Predicate {
    /// What it says about time.
    fn time(&self) -> Option<time::Time<'_>> {
        if let Holds::At(when) = self.row.holds { Some(time::Time { when, args: &self.args }) } else { None }
    }
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

/// Whom rules about lines are judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The cart: they hold when they do for any line, each rule by itself.
    Cart,
    /// Each line.
    Lines,
    /// One line.
    Line(usize),
}

/// What a tree of rules comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same for every line.
    Every(bool),
    /// Line by line.
    Each(Vec<bool>),
}

impl Facts<'_> {
    /// What the goods cost before conditions, in minor units.
    fn worth(&self) -> i64 {
        self.subtotal.minor()
    }
}

impl Rules {
    /// Reads rules for a cart of `currency`.
    pub fn parse(raw: &Raw, currency: Currency) -> Result<Self> {
        let depth = raw.depth();
        if depth > DEPTH_MAX {
            let message = text!("expected rules of at most {} levels of nesting, found {}", DEPTH_MAX, depth);
            return Err(Error::new(Kind::LimitExceeded, message).because("depth"));
        }
        let mut left = RULES_MAX;
        let rule = Reader::whole(raw.as_str(), |reader| read(reader, currency, &mut left))?;
        Ok(Rules { raw: raw.clone(), rule: Arc::new(Ok(rule)) })
    }

    /// Reads rules as storage keeps them: what this version does not know is kept, and is a
    /// [`Problem`] when it is judged.
    pub fn stored(raw: &Raw, currency: Currency) -> Self {
        Rules::parse(raw, currency).unwrap_or_else(|error| Rules {
            raw: raw.clone(),
            rule: Arc::new(Err(text!("{}: {}", error.path(), error.message()).into())),
        })
    }

    /// As they were written.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The tree, where this version knows it.
    pub fn rule(&self) -> Option<&Rule> {
        (*self.rule).as_ref().ok()
    }

    /// Why they cannot be judged: the first rule of the tree that cannot, also inside `not`, also where
    /// the others would have decided.
    pub fn problem(&self, zones: Zones<'_>) -> Option<Problem<'_>> {
        match &*self.rule {
            Ok(rule) => rule.unknown_zone(zones).map(Problem::Zone),
            Err(message) => Some(Problem::Unread(message)),
        }
    }

    /// Calls `zone` with each named time zone.
    pub fn zones<'r>(&'r self, zone: &mut dyn FnMut(&'r str)) {
        if let Ok(rule) = &*self.rule {
            rule.visit(&mut |predicate| {
                if let Some(name) = predicate.time().and_then(time::Time::zone) {
                    zone(name);
                }
            });
        }
    }

    /// The first moment after `at` at which time alone may change the verdict.
    pub fn changes_at(&self, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
        let mut first: Option<Timestamp> = None;
        if let Ok(rule) = &*self.rule {
            rule.visit(&mut |predicate| {
                if let Some(change) = predicate.time().and_then(|time| time.changes_at(at, zones)) {
                    first = Some(first.map_or(change, |first| first.min(change)));
                }
            });
        }
        first
    }
}

impl Rule {
    /// Whether any of its rules is about a line.
    pub fn is_about_lines(&self) -> bool {
        let mut found = false;
        self.visit(&mut |predicate| found |= matches!(predicate.row.holds, Holds::Line(_)));
        found
    }

    /// What it comes to.
    ///
    /// Every rule is judged once, however many lines there are; those about lines once a line.
    pub fn judge(&self, facts: &Facts<'_>, whom: Judged) -> Verdict {
        match self {
            Rule::All(rules) => rules
                .iter()
                .fold(Verdict::Every(true), |verdict, rule| verdict.both(rule.judge(facts, whom), |a, b| a && b)),
            Rule::Any(rules) => rules
                .iter()
                .fold(Verdict::Every(false), |verdict, rule| verdict.both(rule.judge(facts, whom), |a, b| a || b)),
            Rule::Not(rule) => match rule.judge(facts, whom) {
                Verdict::Every(holds) => Verdict::Every(!holds),
                Verdict::Each(lines) => Verdict::Each(lines.into_iter().map(|holds| !holds).collect()),
            },
            Rule::Is(Predicate { row, args }) => match row.holds {
                Holds::Cart(holds) => Verdict::Every(holds(args, facts)),
                Holds::At(when) => Verdict::Every(time::Time { when, args }.holds(facts.at, facts.zones)),
                Holds::Line(holds) => {
                    let items = &facts.cart.items;
                    match whom {
                        Judged::Cart => Verdict::Every(items.iter().any(|item| holds(args, item))),
                        Judged::Lines => Verdict::Each(items.iter().map(|item| holds(args, item)).collect()),
                        Judged::Line(line) => Verdict::Every(items.get(line).is_some_and(|item| holds(args, item))),
                    }
                }
            },
        }
    }

    fn unknown_zone(&self, zones: Zones<'_>) -> Option<&str> {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().find_map(|rule| rule.unknown_zone(zones)),
            Rule::Not(rule) => rule.unknown_zone(zones),
            Rule::Is(predicate) => {
                predicate.time().and_then(time::Time::zone).filter(|name| zones.find(name).is_none())
            }
        }
    }

    fn visit<'r>(&'r self, visit: &mut dyn FnMut(&'r Predicate)) {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| rule.visit(visit)),
            Rule::Not(rule) => rule.visit(visit),
            Rule::Is(predicate) => visit(predicate),
        }
    }
}

impl Verdict {
    fn both(self, other: Verdict, of: fn(bool, bool) -> bool) -> Verdict {
        match (self, other) {
            (Verdict::Every(a), Verdict::Every(b)) => Verdict::Every(of(a, b)),
            (Verdict::Every(a), Verdict::Each(lines)) | (Verdict::Each(lines), Verdict::Every(a)) => {
                Verdict::Each(lines.into_iter().map(|b| of(a, b)).collect())
            }
            (Verdict::Each(a), Verdict::Each(b)) => {
                Verdict::Each(a.into_iter().zip(b).map(|(a, b)| of(a, b)).collect())
            }
        }
    }
}

const CONSTANTS: &[Row] =
    &[on_cart(("always-true", &[]), &[], |_, _| true), on_cart(("always-false", &[]), &[], |_, _| false)];

const FAMILIES: [&[Row]; 9] = [
    CONSTANTS,
    value::KEYS,
    quantity::KEYS,
    product::KEYS,
    metadata::KEYS,
    customer::KEYS,
    time::KEYS,
    item::KEYS,
    condition::KEYS,
];

/// Every built-in key with its parameters, family by family.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    rows().map(|row| &row.key)
}

/// What each parameter of each built-in key is, by the name that a description has for it: `count`, `amount`, `text`,
/// `texts`, `value`, `values`, `time`, `days`, `minute`, `zone` or `currency`.
pub fn shapes() -> impl Iterator<Item = (&'static str, impl Iterator<Item = (&'static str, &'static str)>)> {
    rows().map(|row| (row.key.0, row.takes.iter().map(|(name, is)| (*name, is.name()))))
}

fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.into_iter().flatten()
}

/// Reads one rule: an object with one field.
fn read(reader: &mut Reader<'_>, currency: Currency, left: &mut usize) -> Result<Rule> {
    let mut rule: Option<Rule> = None;
    if *left == 0 {
        let message = text!("expected at most {} rules, found more", RULES_MAX);
        return Err(Error::new(Kind::LimitExceeded, message).because("rules"));
    }
    *left -= 1;
    reader.object(|key, reader| {
        if rule.is_some() {
            return Err(Error::invalid("expected one key, found another (put several rules into \"all\")"));
        }
        rule = Some(match key {
            "all" => Rule::All(read_list(reader, currency, left)?),
            "any" => Rule::Any(read_list(reader, currency, left)?),
            "not" => Rule::Not(Box::new(read(reader, currency, left)?)),
            _ => Rule::Is(read_predicate(key, reader, currency)?),
        });
        Ok(())
    })?;
    rule.ok_or_else(|| Error::invalid("expected one key such as \"subtotal-at-least\", found none").because("missing"))
}

fn read_list(reader: &mut Reader<'_>, currency: Currency, left: &mut usize) -> Result<Vec<Rule>> {
    let mut rules = Vec::new();
    reader.list(|_, reader| {
        rules.push(read(reader, currency, left)?);
        Ok(())
    })?;
    Ok(rules)
}

fn read_predicate(key: &str, reader: &mut Reader<'_>, currency: Currency) -> Result<Predicate> {
    let Some(row) = rows().find(|row| row.key.0 == key) else {
        let known: Vec<&str> = keys().map(|(key, _)| *key).collect();
        let known = known.join(", ");
        return Err(invalid!("expected all, any, not or one of {}, found another", known).because("unknown_rule"));
    };
    if reader.sort()? != Sort::Object {
        // Asking for an object gives the refusal its words.
        reader.object(|_, _| Ok(()))?;
    }
    Ok(Predicate { row, args: params::read(reader, row.key.1, row.takes, currency)? })
}
