//! The conditions in their order of application, and for each whether it holds, and for which lines.
//!
//! None of it depends on what other conditions change: rules and filters look at the cart as it is
//! stored. So all of it is settled before the first condition acts.

use super::change::{Effect, is_raise};
use super::{Entry, Notes, Reason, Terms};
use crate::cart::{Cart, Item};
use crate::condition::{Adjustment, Answer, Application, Body, Condition, Field, Filter, Outside, Phase, Scope};
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
    pub(super) standing: Standing<'c>,
}

/// Whether a condition holds.
pub(super) enum Standing<'c> {
    /// It does, for the line that it sits on, or for all.
    Holds,
    /// It does, for these lines.
    HoldsFor(Box<Place>),
    /// It does not, and why.
    Not(Reason, Option<&'c str>),
}

impl Step<'_> {
    pub(super) fn holds(&self) -> bool {
        !matches!(self.standing, Standing::Not(..))
    }

    /// The line that it sits on.
    pub(super) fn own_line(&self) -> Option<usize> {
        self.line.map(|line| line as usize)
    }

    /// The lines that it acts on, if it holds.
    pub(super) fn lines(&self) -> Option<Matching> {
        match &self.standing {
            Standing::Holds => Some(self.own_line().map_or(Matching::All, Matching::Line)),
            Standing::HoldsFor(place) => Some(place.lines.clone()),
            Standing::Not(..) => None,
        }
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

impl Place {
    /// The line that a condition sits on, or all lines.
    pub(super) fn plain(line: Option<usize>) -> Self {
        Place { lines: line.map_or(Matching::All, Matching::Line), groups: Vec::new(), pieces: None }
    }
}

/// Some of the cart's lines, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Calls `each` with each line.
    pub(super) fn each(&self, of_all: usize, mut each: impl FnMut(usize)) {
        match self {
            Matching::All => (0..of_all).for_each(each),
            Matching::Line(line) => each(*line),
            Matching::Some(lines) => lines.iter().copied().for_each(each),
        }
    }

    /// The lines as a list.
    pub(super) fn list(&self, of_all: usize) -> Vec<usize> {
        let mut list = Vec::new();
        self.each(of_all, |line| list.push(line));
        list
    }
}

/// The conditions of a cart in their order, and what stands last in the breakdown.
pub(super) struct Steps<'c> {
    pub(super) list: Vec<Step<'c>>,
    /// Conditions that have no place in the order.
    pub(super) placeless: Vec<Entry<'c>>,
    /// When time alone may change what holds.
    pub(super) valid_until: Option<Timestamp>,
}

/// Where a condition comes from.
struct Origin<'c> {
    name: &'c str,
    kind: &'c str,
    line: Option<usize>,
    provider: Option<&'c str>,
}

/// Calls `each` with every condition that may act: the lines' own, the cart's, the catalogue's, the
/// providers'.
pub(super) fn conditions<'c>(cart: &'c Cart, outside: &'c Outside, mut each: impl FnMut(&'c Condition)) {
    cart.items.iter().flat_map(|item| &item.conditions).for_each(&mut each);
    cart.conditions.iter().for_each(&mut each);
    outside.catalogue.iter().map(|definition| &definition.condition).for_each(&mut each);
    for provided in &outside.provided {
        if let Answer::Conditions(conditions) = &provided.answer {
            conditions.iter().for_each(&mut each);
        }
    }
}

impl<'c> Steps<'c> {
    /// All conditions, in the order of application.
    pub(super) fn of(cart: &'c Cart, terms: &Terms<'c>, subtotal: Amount, quantity: i64) -> Self {
        let mut steps =
            Steps { list: Vec::with_capacity(cart.conditions.len()), placeless: Vec::new(), valid_until: None };
        // Lines with conditions of their own are rare: the rest is passed over in one short loop.
        let any = cart.items.iter().fold(0, |any, item| any | item.conditions.len()) > 0;
        let items = if any { &*cart.items } else { &[] };
        for (line, item) in items.iter().enumerate() {
            for condition in &item.conditions {
                let (name, kind) = (&*condition.name, &*condition.kind);
                steps.add(Origin { name, kind, line: Some(line), provider: None }, &condition.body, cart);
            }
        }
        let outside = terms.outside;
        for condition in &cart.conditions {
            let origin = Origin { name: &condition.name, kind: &condition.kind, line: None, provider: None };
            match &condition.body {
                Body::Catalogue(key) => match outside.definition(key) {
                    Some(definition) => {
                        let active = definition.active;
                        steps.add(origin, &definition.condition.body, cart);
                        if !active && let Some(step) = steps.list.last_mut() {
                            step.standing = Standing::Not(Reason::Inactive, Some(key));
                        }
                    }
                    None => steps.note(origin, cart, Reason::NotInCatalogue, Some(key)),
                },
                body => steps.add(origin, body, cart),
            }
        }
        if !outside.catalogue.is_empty() {
            steps.add_global(cart, outside);
        }
        for provided in &outside.provided {
            let provider = Some(&*provided.provider);
            let failure = match &provided.answer {
                Answer::Conditions(conditions) => {
                    for condition in conditions {
                        let origin = Origin { name: &condition.name, kind: &condition.kind, line: None, provider };
                        steps.add(origin, &condition.body, cart);
                    }
                    continue;
                }
                Answer::Failed(why) => (Reason::ProviderFailed, Some(&**why)),
                Answer::Slow => (Reason::ProviderSlow, None),
            };
            let origin = Origin { name: &provided.provider, kind: "provider", line: None, provider };
            steps.note(origin, cart, failure.0, failure.1);
        }
        steps.sort();
        steps.stand(cart, terms, subtotal, quantity);
        steps
    }

    /// Puts the list in the order of application.
    fn sort(&mut self) {
        if self.list.is_sorted_by_key(|step| step.key) {
            return;
        }
        let mut list: Vec<Option<Step<'c>>> = self.list.drain(..).map(Some).collect();
        let key = |step: &Option<Step<'c>>| step.as_ref().map(|step| step.key);
        for n in order(list.len(), &mut |a, b| key(&list[a]) < key(&list[b])) {
            self.list.extend(list[n].take());
        }
    }

    /// The catalogue's definitions for every cart, but those that the cart refers to itself.
    fn add_global(&mut self, cart: &'c Cart, outside: &'c Outside) {
        let referred = |key: &str| {
            let mut conditions = cart.conditions.iter();
            conditions.any(|condition| matches!(&condition.body, Body::Catalogue(named) if **named == *key))
        };
        for definition in &outside.catalogue {
            if definition.global && definition.active && !referred(&definition.key) {
                let condition = &definition.condition;
                let origin = Origin { name: &condition.name, kind: &condition.kind, line: None, provider: None };
                self.add(origin, &condition.body, cart);
            }
        }
    }

    fn add(&mut self, origin: Origin<'c>, body: &'c Body, cart: &'c Cart) {
        let does = match body {
            Body::Own(does) => does,
            Body::Unread { why, .. } => return self.note(origin, cart, Reason::Unsupported, Some(why)),
            // A definition of the catalogue does not refer to another.
            Body::Catalogue(key) => return self.note(origin, cart, Reason::NotInCatalogue, Some(key)),
        };
        let phase = does.target.phase();
        let late = matches!(phase, Phase::Shipping | Phase::Tax) && !is_raise(does);
        // The lowest order first: flipping the sign bit makes signed numbers compare as unsigned.
        let order = (does.order as u32) ^ (1 << 31);
        let inserted = self.list.len() as u64;
        self.list.push(Step {
            key: (phase as u64) << 60 | u64::from(late) << 59 | u64::from(order) << 27 | inserted,
            name: origin.name,
            kind: origin.kind,
            does,
            line: origin.line.map(|line| line as u32),
            provider: origin.provider,
            standing: Standing::Holds,
        });
    }

    fn note(&mut self, origin: Origin<'c>, cart: &'c Cart, reason: Reason, detail: Option<&'c str>) {
        self.placeless.push(Entry {
            name: origin.name,
            kind: origin.kind,
            value: "",
            item: origin.line.map(|line| &*cart.items[line].id),
            phase: None,
            base: None,
            exact: None,
            amount: Amount::ZERO,
            cut_off: None,
            included: false,
            applied: false,
            reason: Some(reason),
            notes: Some(Box::new(Notes { provider: origin.provider, missing: Vec::new(), detail })),
        });
    }

    /// Settles for each step whether it holds.
    fn stand(&mut self, cart: &'c Cart, terms: &Terms<'c>, subtotal: Amount, quantity: i64) {
        let facts = Facts { cart, subtotal, quantity, at: terms.at, zones: terms.zones };
        let mut columns = Columns { items: &cart.items, known: Vec::new() };
        for step in &mut self.list {
            if let Some(rules) = &step.does.rules
                && let Some(change) = rules.changes_at(terms.at, terms.zones)
            {
                self.valid_until = Some(self.valid_until.map_or(change, |first| first.min(change)));
            }
            if step.holds() {
                match place(step, &facts, &mut columns) {
                    Ok(None) => {}
                    Ok(Some(place)) => step.standing = Standing::HoldsFor(Box::new(place)),
                    Err((reason, detail)) => step.standing = Standing::Not(reason, detail),
                }
            }
        }
    }
}

type Not<'c> = (Reason, Option<&'c str>);

/// The lines that a condition holds for; `None` where it is as it was.
fn place<'c>(step: &Step<'c>, facts: &Facts<'c>, columns: &mut Columns<'c>) -> Result<Option<Place>, Not<'c>> {
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
    let place = if special { Some(special_place(step, facts, columns, by_lines)?) } else { None };
    if Effect::of(does, facts.cart.rounding).is_none() {
        return Err((Reason::DivisionByZero, None));
    }
    Ok(place)
}

fn special_place<'c>(
    step: &Step<'c>,
    facts: &Facts<'c>,
    columns: &mut Columns<'c>,
    by_lines: Option<&Rules>,
) -> Result<Place, Not<'c>> {
    let (does, items) = (step.does, &facts.cart.items);
    let mut lines: Vec<usize> = step.own_line().map_or_else(|| (0..items.len()).collect(), |line| vec![line]);
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
    let pieces_of = |lines: &[usize]| lines.iter().map(|line| i64::from(items[*line].quantity)).sum::<i64>();
    let mut pieces = None;
    if let Some(units) = &does.units {
        let counted = match &units.of {
            None => pieces_of(&lines),
            Some(filters) => {
                let mut counted: Vec<usize> = (0..items.len()).collect();
                retain(&mut counted, filters, columns);
                pieces_of(&counted)
            }
        };
        let taken = units.taken(counted).min(pieces_of(&lines));
        if taken == 0 {
            return Err((Reason::NoMatch, None));
        }
        pieces = Some(taken);
    }
    let mut groups = Vec::new();
    if let (Application::PerGroup, Some(field)) = (does.target.application(), does.target.group_by()) {
        groups = columns.groups(field, &lines).into_iter().map(|group| Matching::of(group, items.len())).collect();
    }
    Ok(Place { lines: Matching::of(lines, items.len()), groups, pieces })
}

/// Keeps the lines that pass all filters.
fn retain<'c>(lines: &mut Vec<usize>, filters: &'c [Filter], columns: &mut Columns<'c>) {
    for filter in filters {
        let test = filter.test();
        // One line alone is not worth a column.
        if let [line] = **lines {
            let passes = columns.items.get(line).is_some_and(|item| test.passes(&filter.field().of(item)));
            lines.retain(|_| passes);
        } else if !lines.is_empty() {
            let column = columns.of(filter.field());
            lines.retain(|line| column.get(*line).is_some_and(|value| test.passes(value)));
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
        let index = self.known.iter().position(|(known, _)| *known == field).unwrap_or_else(|| {
            self.known.push((field, self.items.iter().map(|item| field.of(item)).collect()));
            self.known.len() - 1
        });
        &self.known[index].1
    }

    /// The lines by their values of a field, in the order of their first lines.
    fn groups(&mut self, field: &'c Field, lines: &[usize]) -> Vec<Vec<usize>> {
        let column = self.of(field);
        let keys: Vec<String> = lines.iter().map(|line| column[*line].key()).collect();
        let sorted = order(keys.len(), &mut |a, b| keys[a] < keys[b]);
        // Lines of one value stand side by side now, the first of them first: it stands for its group.
        let mut first = vec![0; keys.len()];
        for (at, n) in sorted.iter().enumerate() {
            first[*n] = match at.checked_sub(1).map(|before| sorted[before]) {
                Some(before) if keys[before] == keys[*n] => first[before],
                _ => *n,
            };
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut places = vec![0; keys.len()];
        for (n, line) in lines.iter().enumerate() {
            if first[n] == n {
                places[n] = groups.len();
                groups.push(Vec::new());
            }
            groups[places[first[n]]].push(*line);
        }
        groups
    }
}
