//! Judging: whether rules hold.

use super::keys::Test;
use super::{Facts, Rule, Rules, time};
use crate::cart::Item;
use crate::json::Plain;
use std::borrow::Cow;

impl Rules {
    /// Whether they hold for the cart; of rules about lines each does by itself when it does for any line.
    /// Rules that cannot be judged do not: see [`Rules::problem`].
    pub fn hold(&self, facts: &Facts<'_>) -> bool {
        self.judge(&mut |rule, _| rule.holds(facts, None))
    }

    /// Keeps of `lines`, places in the cart, those that they hold for.
    pub fn retain(&self, facts: &Facts<'_>, lines: &mut Vec<usize>) {
        // Every rule is judged once, however many lines there are; those about lines once a line.
        let mut known = Vec::new();
        for rule in &self.list {
            known.push(!rule.test.is_about_lines() && rule.holds(facts, None));
        }
        lines.retain(|line| {
            let item = facts.cart.items.get(*line);
            item.is_some()
                && self.judge(&mut |rule, place| {
                    if rule.test.is_about_lines() { rule.holds(facts, item) } else { known[place] }
                })
        });
    }

    fn judge(&self, leaf: &mut dyn FnMut(&Rule, usize) -> bool) -> bool {
        !self.list.is_empty() && tree(&self.list, &mut 0, leaf)
    }
}

/// Whether the rule at `place` holds, with those inside it; leaves `place` at the next.
fn tree(list: &[Rule], place: &mut usize, leaf: &mut dyn FnMut(&Rule, usize) -> bool) -> bool {
    let rule = &list[*place];
    *place += 1;
    if rule.test > Test::Any {
        return leaf(rule, *place - 1);
    }
    let any = rule.test == Test::Any;
    let mut holds = !any;
    for _ in 0..rule.numbers[0] {
        if tree(list, place, leaf) == any {
            holds = any;
        }
    }
    holds != rule.negated
}

impl Rule {
    /// Whether it holds, for a line or, where it asks about lines and there is none given, for any.
    fn holds(&self, facts: &Facts<'_>, item: Option<&Item>) -> bool {
        let cart = facts.cart;
        if self.test.is_about_lines() {
            return match item {
                Some(item) => self.holds_for(item),
                None => cart.items.iter().any(|item| self.holds_for(item)),
            };
        }
        let holds = match self.test {
            Test::Empty => cart.items.is_empty(),
            Test::Subtotal => self.bounds(facts.subtotal.minor()),
            Test::Lines => self.bounds(cart.items.len() as i64),
            Test::Pieces => self.bounds(facts.quantity),
            Test::Currency => *self.name == *cart.currency.code(),
            Test::AnyId => self.values.iter().any(|id| cart.item(id).is_some()),
            Test::EachId => self.values.iter().all(|id| cart.item(id).is_some()),
            Test::Null | Test::Metadata | Test::Contains | Test::On | Test::Tag => {
                let mut metadata = cart.metadata.iter();
                let found = metadata.find(|(there, _)| *there == self.name).map(|(_, value)| value.as_str());
                self.holds_of(&Plain::of_maybe(found))
            }
            Test::Named => cart.conditions.iter().any(|condition| condition.name == self.name),
            Test::OfType => cart.conditions.iter().any(|condition| condition.kind == self.name),
            Test::Days | Test::Dates | Test::Minutes => time::holds(self, facts.at, facts.zones),
            _ => true,
        };
        holds != self.negated
    }

    /// Whether it holds of a metadata value.
    fn holds_of(&self, found: &Plain<'_>) -> bool {
        match (self.test, &*self.values, found) {
            (Test::Null, ..) => matches!(found, Plain::Null),
            (Test::On, ..) => found.is_truthy(),
            (Test::Contains, [part, ..], _) => found.contains(&Plain::of(part)),
            (Test::Tag, [tag, ..], Plain::Text(tags)) => tags.split(',').any(|found| found.trim() == tag.trim()),
            (Test::Tag, [tag, ..], _) => found.contains(&Plain::Text(Cow::Borrowed(tag))),
            (Test::Metadata, ..) => self.has_value(found),
            _ => false,
        }
    }

    /// Whether a rule about lines holds for one.
    fn holds_for(&self, item: &Item) -> bool {
        let quantity = i64::from(item.quantity);
        let number = match self.test {
            Test::Attribute => {
                let found = item.attributes.as_ref().and_then(|attributes| attributes.find(&self.name));
                return self.has_value(&Plain::of_maybe(found));
            }
            Test::HasCondition => return item.conditions.iter().any(|condition| condition.name == self.name),
            Test::Prefix => return item.id.starts_with(&*self.name),
            Test::Quantity => quantity,
            Test::Price => item.price.minor(),
            _ => item.price.minor().saturating_mul(quantity),
        };
        self.bounds(number)
    }

    fn has_value(&self, found: &Plain<'_>) -> bool {
        self.values.iter().any(|value| Plain::of(value).same(found))
    }

    fn bounds(&self, number: i64) -> bool {
        self.numbers[0] <= number && number <= self.numbers[1]
    }
}
