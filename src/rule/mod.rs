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

pub mod condition;
pub mod customer;
pub mod item;
pub mod metadata;
mod params;
pub mod product;
pub mod quantity;
#[cfg(test)]
mod tests;
pub mod time;
pub mod value;

pub use params::Within;
pub use time::{Zone, Zones};

use crate::cart::Cart;
use crate::error::{Error, Kind, Result};
use crate::json::{Raw, Reader, Sort};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;
use params::Params;

/// How many levels the JSON of a condition's rules may nest.
pub const DEPTH_MAX: u32 = 32;

/// How many rules one condition may have.
pub const RULES_MAX: usize = 256;

/// The rules of a condition: what was written, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    raw: Raw,
    rule: core::result::Result<Rule, Box<str>>,
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

/// A built-in rule, by family.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// `always-true`, `always-false`
    Constant(bool),
    /// What the cart is worth.
    Value(value::Value),
    /// How much is in it.
    Quantity(quantity::Quantity),
    /// Which products are in it.
    Product(product::Product),
    /// The shop's notes on it.
    Metadata(metadata::Metadata),
    /// Who the customer is.
    Customer(customer::Tag),
    /// What time it is.
    Time(time::Time),
    /// What a line is like.
    Item(item::Test),
    /// What other conditions there are.
    Condition(condition::Condition),
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
        Ok(Rules { raw: raw.clone(), rule: Ok(rule) })
    }

    /// Reads rules as storage keeps them: what this version does not know is kept, and is a
    /// [`Problem`] when it is judged.
    pub fn stored(raw: &Raw, currency: Currency) -> Self {
        Rules::parse(raw, currency).unwrap_or_else(|error| Rules {
            raw: raw.clone(),
            rule: Err(text!("{}: {}", error.path(), error.message()).into()),
        })
    }

    /// As they were written.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// The tree, where this version knows it.
    pub fn rule(&self) -> Option<&Rule> {
        self.rule.as_ref().ok()
    }

    /// Why they cannot be judged: the first rule of the tree that cannot, also inside `not`, also where
    /// the others would have decided.
    pub fn problem(&self, zones: Zones<'_>) -> Option<Problem<'_>> {
        match &self.rule {
            Ok(rule) => rule.unknown_zone(zones).map(Problem::Zone),
            Err(message) => Some(Problem::Unread(message)),
        }
    }

    /// Calls `zone` with each named time zone.
    pub fn zones<'r>(&'r self, zone: &mut impl FnMut(&'r str)) {
        if let Ok(rule) = &self.rule {
            rule.visit(&mut |predicate| {
                if let Predicate::Time(time) = predicate
                    && let Some(name) = time.zone()
                {
                    zone(name);
                }
            });
        }
    }

    /// The first moment after `at` at which time alone may change the verdict.
    pub fn changes_at(&self, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
        let mut first: Option<Timestamp> = None;
        if let Ok(rule) = &self.rule {
            rule.visit(&mut |predicate| {
                if let Predicate::Time(time) = predicate
                    && let Some(change) = time.changes_at(at, zones)
                {
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
        self.visit(&mut |predicate| found |= matches!(predicate, Predicate::Item(_)));
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
            Rule::Is(Predicate::Item(test)) => {
                let items = &facts.cart.items;
                match whom {
                    Judged::Cart => Verdict::Every(items.iter().any(|item| test.holds(item))),
                    Judged::Lines => Verdict::Each(items.iter().map(|item| test.holds(item)).collect()),
                    Judged::Line(line) => Verdict::Every(items.get(line).is_some_and(|item| test.holds(item))),
                }
            }
            Rule::Is(predicate) => Verdict::Every(match predicate {
                Predicate::Constant(holds) => *holds,
                Predicate::Value(value) => value.holds(facts),
                Predicate::Quantity(quantity) => quantity.holds(facts),
                Predicate::Product(product) => product.holds(facts),
                Predicate::Metadata(metadata) => metadata.holds(facts),
                Predicate::Customer(tag) => tag.holds(facts),
                Predicate::Time(time) => time.holds(facts.at, facts.zones),
                Predicate::Condition(condition) => condition.holds(facts),
                Predicate::Item(_) => false,
            }),
        }
    }

    fn unknown_zone(&self, zones: Zones<'_>) -> Option<&str> {
        match self {
            Rule::All(rules) | Rule::Any(rules) => rules.iter().find_map(|rule| rule.unknown_zone(zones)),
            Rule::Not(rule) => rule.unknown_zone(zones),
            Rule::Is(Predicate::Time(time)) => time.zone().filter(|name| zones.find(name).is_none()),
            Rule::Is(_) => None,
        }
    }

    fn visit<'r>(&'r self, visit: &mut impl FnMut(&'r Predicate)) {
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

/// A family's keys with the parameters of each; `?` stands after one that may be left out.
pub type Keys = &'static [(&'static str, &'static [&'static str])];

const CONSTANTS: Keys = &[("always-true", &[]), ("always-false", &[])];

/// Every built-in key with its parameters, family by family.
pub fn keys() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        CONSTANTS,
        value::KEYS,
        quantity::KEYS,
        product::KEYS,
        metadata::KEYS,
        customer::KEYS,
        time::KEYS,
        item::KEYS,
        condition::KEYS,
    ]
    .into_iter()
    .flatten()
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
    let Some((_, names)) = keys().find(|(known, _)| *known == key) else {
        let known: Vec<&str> = keys().map(|(key, _)| *key).collect();
        let message = text!("expected all, any, not or one of {}, found another", known.join(", "));
        return Err(Error::invalid(message).because("unknown_rule"));
    };
    if reader.sort()? != Sort::Object {
        // Asking for an object gives the refusal its words.
        reader.object(|_, _| Ok(()))?;
    }
    let params = Params::read(reader, names, currency)?;
    Ok(match key {
        "always-true" => Predicate::Constant(true),
        "always-false" => Predicate::Constant(false),
        _ => {
            let families = [
                value::read(key, &params)?.map(Predicate::Value),
                quantity::read(key, &params)?.map(Predicate::Quantity),
                product::read(key, &params)?.map(Predicate::Product),
                metadata::read(key, &params)?.map(Predicate::Metadata),
                customer::read(key, &params)?.map(Predicate::Customer),
                time::read(key, &params)?.map(Predicate::Time),
                item::read(key, &params)?.map(Predicate::Item),
                condition::read(key, &params)?.map(Predicate::Condition),
            ];
            // A key of a table that its family does not read would be a mistake here, not of the caller.
            families.into_iter().flatten().next().ok_or_else(|| Error::invalid("expected a rule that is read"))?
        }
    })
}
