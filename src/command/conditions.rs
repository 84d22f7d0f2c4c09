//! Conditions: put on and taken off a cart or a line.

use super::{ConditionFacts, Draft, Event, LineRef, Outcome};
use crate::condition::{Condition, ConditionInput};
use crate::error::Result;

/// A condition as it may stand in this cart.
pub(super) fn check(draft: &Draft<'_>, input: &ConditionInput, on_item: bool) -> Result<Condition> {
    let limits = &draft.context.settings.limits;
    limits.text(&input.name).map_err(|e| e.under("name"))?;
    limits.text(&input.kind).map_err(|e| e.under("type"))?;
    if let Some(attributes) = &input.attributes {
        limits.raw(attributes).map_err(|e| e.under("attributes"))?;
    }
    input.resolve(draft.cart.currency, on_item)
}

pub(super) fn add(draft: &mut Draft<'_>, input: &ConditionInput, on: Option<&LineRef>) -> Result<Outcome> {
    let condition = check(draft, input, on.is_some()).map_err(|e| e.under("condition"))?;
    let place = place(draft, on)?;
    let name = condition.name.clone();
    let there = list(draft, place).iter().position(|other| other.name == name);
    if there.is_some_and(|index| list(draft, place)[index] == condition) {
        return Ok(Outcome::ConditionAdded { name, replaced: true });
    }
    let before = draft.total()?;
    draft.open();
    let facts = ConditionFacts::of(&condition);
    match there {
        Some(index) => list(draft, place)[index] = condition,
        None => list(draft, place).push(condition),
    }
    let impact = draft.total()?.minus(before)?;
    let item = note(draft, place, &name);
    draft.event(Event::ConditionAdded { condition: facts, item, impact });
    Ok(Outcome::ConditionAdded { name, replaced: there.is_some() })
}

pub(super) fn remove(draft: &mut Draft<'_>, name: &str, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "removeCondition", "removed", |condition| &*condition.name == name)
}

pub(super) fn remove_by_type(draft: &mut Draft<'_>, kind: &str, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "removeConditionsByType", "type_removed", |condition| &*condition.kind == kind)
}

pub(super) fn clear(draft: &mut Draft<'_>, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "clearConditions", "cleared", |_| true)
}

fn take(
    draft: &mut Draft<'_>,
    on: Option<&LineRef>,
    command: &'static str,
    reason: &'static str,
    goes: impl Fn(&Condition) -> bool,
) -> Result<Outcome> {
    let place = place(draft, on)?;
    let mut names = Vec::new();
    while let Some(index) = list(draft, place).iter().position(&goes) {
        let before = draft.total()?;
        let condition = list(draft, place).remove(index);
        let impact = draft.total()?.minus(before)?;
        let item = note(draft, place, &condition.name);
        draft.event(Event::ConditionRemoved { condition: ConditionFacts::of(&condition), item, impact, reason });
        names.push(condition.name);
    }
    Ok(Outcome::ConditionsRemoved { command, names })
}

/// The line that is meant, or `None` for the cart.
fn place(draft: &Draft<'_>, on: Option<&LineRef>) -> Result<Option<usize>> {
    on.map(|line| draft.require(line).map_err(|e| e.under("item"))).transpose()
}

fn list<'d>(draft: &'d mut Draft<'_>, place: Option<usize>) -> &'d mut Vec<Condition> {
    match place {
        Some(index) => &mut draft.cart.items[index].conditions,
        None => &mut draft.cart.conditions,
    }
}

fn note(draft: &mut Draft<'_>, place: Option<usize>, name: &str) -> Option<Box<str>> {
    match place {
        Some(index) => {
            let id = draft.cart.items[index].id.clone();
            draft.changed_line(&id);
            Some(id)
        }
        None => {
            draft.changed(["conditions.", name].concat());
            None
        }
    }
}
