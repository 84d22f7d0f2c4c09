//! The conditions in their order of application, and for each whether it holds, and for which lines.
//!
//! None of it depends on what other conditions change: rules and filters look at the cart as it is
//! stored. So all of it is settled before the first condition acts.

use super::change::is_raise;
use super::{Entry, Notes, Reason, Terms};
use crate::cart::{Cart, Item};
use crate::condition::{
    Adjustment, Answer, Application, Body, Change, Condition, Field, Filter, Outside, Phase, Scope,
};
use crate::json::Plain;
use crate::money::Amount;
use crate::order::order;
use crate::rule::{Facts, Problem, Rules};
use crate::time::Timestamp;

/// A condition in its place.
pub(super) struct Step<'c> {
    /// Phase, raise or not, order, insertion, from the highest bit down: comparing steps is comparing
    /// one number.
    key: u64,
    pub(super) name: &'c str,
    pub(super) kind: &'c str,
    pub(super) does: &'c Adjustment,
    /// The line that it sits on.
    pub(super) line: Option<u32>,
    pub(super) provider: Option<&'c str>,
    /// The lines that it acts on, if it holds.
    pub(super) place: Place,
    /// Why it does not hold.
    pub(super) not: Option<Not<'c>>,
}

/// Why a condition does not hold, and what there is to say about that.
pub(super) type Not<'c> = (Reason, Option<&'c str>);

impl<'c> Step<'c> {
    /// The line that it sits on.
    pub(super) fn own_line(&self) -> Option<usize> {
        self.line.map(|line| line as usize)
    }

    /// Whether it is in a group of this name, and holds.
    pub(super) fn competes(&self, group: &str) -> bool {
        self.not.is_none() && self.does.group.as_ref().is_some_and(|its| *its.name == *group)
    }
}

/// The lines that a condition acts on.
pub(super) struct Place {
    pub(super) lines: Matching,
    /// The same lines in groups; empty where the condition does not act by group.
    pub(super) groups: Vec<Matching>,
    /// How many pieces it acts on; `None` for all of them.
    pub(super) pieces: Option<i64>,
}

/// Some of the cart's lines, in their order.
pub(super) enum Matching {
    All,
    Line(usize),
    Some(Vec<usize>),
}

impl Matching {
    fn of(lines: Vec<usize>, of_all: usize) -> Self {
        match lines.as_slice() {
            [line] if of_all > 1 => Matching::Line(*line),
            _ if lines.len() == of_all => Matching::All,
            _ => Matching::Some(lines),
        }
    }

    /// The lines, where they stand side by side.
    pub(super) fn range(&self, of_all: usize) -> Option<core::ops::Range<usize>> {
        match self {
            Matching::All => Some(0..of_all),
            Matching::Line(line) => Some(*line..*line + 1),
            Matching::Some(_) => None,
        }
    }

    /// How many.
    pub(super) fn count(&self, of_all: usize) -> usize {
        match self {
            Matching::All => of_all,
            Matching::Line(_) => 1,
            Matching::Some(lines) => lines.len(),
        }
    }

    /// The line that stands at place `n` of them, which is below their count.
    pub(super) fn nth(&self, n: usize) -> usize {
        match self {
            Matching::All => n,
            Matching::Line(line) => *line,
            Matching::Some(lines) => lines[n],
        }
    }
}

/// The conditions of a cart in their order, and what stands last in the breakdown.
pub(super) struct Steps<'c> {
    cart: &'c Cart,
    list: Vec<Step<'c>>,
    /// Their places in the list, in the order of application; empty where they stand in it.
    sorted: Vec<usize>,
    /// Conditions that have no place in the order.
    pub(super) placeless: Vec<Entry<'c>>,
    /// When time alone may change what holds.
    pub(super) valid_until: Option<Timestamp>,
}

/// Calls `each` with every condition that may act: the lines' own, the cart's, the catalogue's, the
/// providers'.
pub(super) fn conditions<'c>(cart: &'c Cart, outside: &'c Outside, each: &mut dyn FnMut(&'c Condition)) {
    let mut all = |conditions: &'c [Condition]| {
        for condition in conditions {
            each(condition);
        }
    };
    for item in &cart.items {
        all(&item.conditions);
    }
    all(&cart.conditions);
    for definition in &outside.catalogue {
        all(core::slice::from_ref(&definition.condition));
    }
    for provided in &outside.provided {
        if let Answer::Conditions(conditions) = &provided.answer {
            all(conditions);
        }
    }
}

/// Calls `each` with each key of the catalogue that the cart refers to.
pub(super) fn references<'c>(cart: &'c Cart, each: &mut dyn FnMut(&'c str)) {
    for condition in &cart.conditions {
        if let Body::Catalogue(key) = &condition.body {
            each(key);
        }
    }
}

impl<'c> Steps<'c> {
    /// All conditions, in the order of application.
    #[inline(never)]
    pub(super) fn of(cart: &'c Cart, terms: &Terms<'c>, subtotal: Amount, quantity: i64) -> Self {
        let mut steps = Steps {
            cart,
            list: Vec::with_capacity(cart.conditions.len()),
            sorted: Vec::new(),
            placeless: Vec::new(),
            valid_until: None,
        };
        // Lines with conditions of their own are rare: the rest is passed over in one short loop.
        let any = cart.items.iter().fold(0, |any, item| any | item.conditions.len()) > 0;
        let items = if any { &*cart.items } else { &[] };
        for (line, item) in items.iter().enumerate() {
            for condition in &item.conditions {
                steps.add(condition, &condition.body, Some(line as u32), None);
            }
        }
        let outside = terms.outside;
        for condition in &cart.conditions {
            let Body::Catalogue(key) = &condition.body else {
                steps.add(condition, &condition.body, None, None);
                continue;
            };
            match outside.definition(key) {
                // A definition of the catalogue does not refer to another: that is noted as one that is not there.
                None => steps.add(condition, &condition.body, None, None),
                Some(definition) => {
                    steps.add(condition, &definition.condition.body, None, None);
                    if !definition.active
                        && let Some(step) = steps.list.last_mut()
                    {
                        step.not = Some((Reason::Inactive, Some(key)));
                    }
                }
            }
        }
        // The catalogue's definitions for every cart, but those that the cart refers to itself.
        for definition in &outside.catalogue {
            let mut own = cart.conditions.iter();
            if definition.global
                && definition.active
                && !own.any(|own| matches!(&own.body, Body::Catalogue(named) if *named == definition.key))
            {
                steps.add(&definition.condition, &definition.condition.body, None, None);
            }
        }
        for provided in &outside.provided {
            let provider = &*provided.provider;
            let failure = match &provided.answer {
                Answer::Conditions(conditions) => {
                    for condition in conditions {
                        steps.add(condition, &condition.body, None, Some(provider));
                    }
                    continue;
                }
                Answer::Failed(why) => (Reason::ProviderFailed, Some(&**why)),
                Answer::Slow => (Reason::ProviderSlow, None),
            };
            steps.note(Entry::blank(provider, "provider"), Some(provider), failure);
        }
        let list = &steps.list;
        if !list.is_sorted_by_key(|step| step.key) {
            steps.sorted = order(list.len(), &mut |a, b| list[a].key < list[b].key);
        }
        steps.stand(terms, subtotal, quantity);
        steps
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The step at a place in the order of application.
    pub(super) fn step(&self, n: usize) -> &Step<'c> {
        &self.list[self.sorted.get(n).copied().unwrap_or(n)]
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> &[Step<'c>] {
        &self.list
    }

    fn add(&mut self, condition: &'c Condition, body: &'c Body, line: Option<u32>, provider: Option<&'c str>) {
        let (name, kind) = (&*condition.name, &*condition.kind);
        let not = match body {
            Body::Own(does) => {
                let phase = does.target.phase();
                let late = matches!(phase, Phase::Shipping | Phase::Tax) && !is_raise(does);
                // The lowest order first: flipping the sign bit makes signed numbers compare as unsigned.
                let order = (does.order as u32) ^ (1 << 31);
                let inserted = self.list.len() as u64;
                let lines = line.map_or(Matching::All, |line| Matching::Line(line as usize));
                return self.list.push(Step {
                    key: (phase as u64) << 60 | u64::from(late) << 59 | u64::from(order) << 27 | inserted,
                    name,
                    kind,
                    does,
                    line,
                    provider,
                    place: Place { lines, groups: Vec::new(), pieces: None },
                    not: None,
                });
            }
            Body::Unread { why, .. } => (Reason::Unsupported, Some(&**why)),
            Body::Catalogue(key) => (Reason::NotInCatalogue, Some(&**key)),
        };
        let mut entry = Entry::blank(name, kind);
        entry.item = line.map(|line| &*self.cart.items[line as usize].id);
        self.note(entry, provider, not);
    }

    fn note(&mut self, mut entry: Entry<'c>, provider: Option<&'c str>, not: Not<'c>) {
        entry.reason = Some(not.0);
        entry.notes = Some(Box::new(Notes { provider, missing: Vec::new(), detail: not.1 }));
        self.placeless.push(entry);
    }

    /// Settles for each step whether it holds.
    #[inline(never)]
    fn stand(&mut self, terms: &Terms<'c>, subtotal: Amount, quantity: i64) {
        let cart = self.cart;
        let facts = Facts { cart, subtotal, quantity, at: terms.at, zones: terms.zones };
        let mut columns = Columns { items: &cart.items, known: Vec::new() };
        for step in &mut self.list {
            if let Some(rules) = &step.does.rules
                && let Some(change) = rules.changes_at(terms.at, terms.zones)
                && self.valid_until.is_none_or(|first| change < first)
            {
                self.valid_until = Some(change);
            }
            if step.not.is_none() {
                step.not = settle(step, &facts, &mut columns).err();
            }
        }
    }
}

/// Settles whether a condition holds, and for which lines.
fn settle<'c>(step: &mut Step<'c>, facts: &Facts<'c>, columns: &mut Columns<'c>) -> Result<(), Not<'c>> {
    let (does, items) = (step.does, &facts.cart.items);
    if items.is_empty() {
        return Err((Reason::EmptyCart, None));
    }
    let by_line = does.target.scope() == Scope::Items;
    let mut by_lines = None;
    if let Some(rules) = &does.rules {
        match rules.problem(facts.zones) {
            Some(Problem::Unread(why)) => return Err((Reason::RuleError, Some(why))),
            Some(Problem::Zone(zone)) => return Err((Reason::ZoneUnavailable, Some(zone))),
            None => {}
        }
        if by_line && rules.are_about_lines() {
            by_lines = Some(rules);
        } else if !rules.hold(facts) {
            return Err((Reason::RuleNotMet, None));
        }
    }
    let special = by_lines.is_some()
        || !does.target.filters().is_empty()
        || does.target.application() == Application::PerGroup
        || does.units.is_some();
    if special {
        choose_lines(step, facts, columns, by_lines)?;
    }
    if matches!(does.value.change(), Change::DivisionByZero) {
        return Err((Reason::DivisionByZero, None));
    }
    Ok(())
}

#[inline(never)]
fn choose_lines<'c>(
    step: &mut Step<'c>,
    facts: &Facts<'c>,
    columns: &mut Columns<'c>,
    by_lines: Option<&Rules>,
) -> Result<(), Not<'c>> {
    let (does, items) = (step.does, &facts.cart.items);
    let mut lines = match step.own_line() {
        Some(line) => vec![line],
        None => (0..items.len()).collect(),
    };
    retain(&mut lines, does.target.filters(), columns);
    if lines.is_empty() {
        return Err((Reason::NoMatch, None));
    }
    if let Some(rules) = by_lines {
        rules.retain(facts, &mut lines);
        if lines.is_empty() {
            return Err((Reason::RuleNotMet, None));
        }
    }
    let place = &mut step.place;
    if let Some(units) = &does.units {
        let pieces = pieces_of(items, &lines);
        let mut counted = pieces;
        if let Some(filters) = &units.of {
            let mut others = (0..items.len()).collect();
            retain(&mut others, filters, columns);
            counted = pieces_of(items, &others);
        }
        let taken = units.taken(counted).min(pieces);
        if taken == 0 {
            return Err((Reason::NoMatch, None));
        }
        place.pieces = Some(taken);
    }
    if let (Application::PerGroup, Some(field)) = (does.target.application(), does.target.group_by()) {
        columns.group(field, &lines, &mut place.groups);
    }
    place.lines = Matching::of(lines, items.len());
    Ok(())
}

fn pieces_of(items: &[Item], lines: &[usize]) -> i64 {
    let mut pieces = 0;
    for line in lines {
        pieces += i64::from(items[*line].quantity);
    }
    pieces
}

/// Keeps the lines that pass all filters.
fn retain<'c>(lines: &mut Vec<usize>, filters: &'c [Filter], columns: &mut Columns<'c>) {
    for filter in filters {
        let test = filter.test();
        // One line alone is not worth a column.
        if let [line] = **lines {
            if !test.passes(&filter.field().of(&columns.items[line])) {
                lines.clear();
            }
        } else if !lines.is_empty() {
            let column = columns.of(filter.field());
            lines.retain(|line| test.passes(&column[*line]));
        }
    }
}

/// The lines' values of the fields that filters and groups read, each looked up once.
struct Columns<'c> {
    items: &'c [Item],
    known: Vec<(&'c Field, Vec<Plain<'c>>)>,
}

impl<'c> Columns<'c> {
    fn of(&mut self, field: &'c Field) -> &[Plain<'c>] {
        let known = self.known.iter().position(|(known, _)| *known == field);
        let place = known.unwrap_or(self.known.len());
        if known.is_none() {
            let mut column = Vec::with_capacity(self.items.len());
            for item in self.items {
                column.push(field.of(item));
            }
            self.known.push((field, column));
        }
        &self.known[place].1
    }

    /// Puts the lines into groups by their values of a field, in the order of their first lines.
    #[inline(never)]
    fn group(&mut self, field: &'c Field, lines: &[usize], into: &mut Vec<Matching>) {
        let column = self.of(field);
        let mut keys = Vec::new();
        for line in lines {
            keys.push(column[*line].key());
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut last = None;
        // Lines of one value stand side by side, the first of them first.
        for n in &order(keys.len(), &mut |a, b| keys[a] < keys[b]) {
            let key = Some(&keys[*n]);
            if key != last {
                groups.push(Vec::new());
                last = key;
            }
            if let Some(group) = groups.last_mut() {
                group.push(lines[*n]);
            }
        }
        for n in &order(groups.len(), &mut |a, b| groups[a][0] < groups[b][0]) {
            into.push(Matching::of(core::mem::take(&mut groups[*n]), self.items.len()));
        }
    }
}
