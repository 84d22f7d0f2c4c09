//! Conditions: put on and taken off a cart or a line.

use super::{ConditionFacts, Draft, Event, LineRef, Outcome};
use crate::condition::presets::named;
use crate::condition::{Condition, ConditionInput, ListedInput};
use crate::error::{Error, Result};
use crate::json::Raw;

/// A condition as it may stand in this cart.
pub(super) fn check(draft: &Draft<'_>, input: &ConditionInput, on_item: bool) -> Result<Condition> {
    let limits = &draft.context.settings.limits;
    limits.text(&input.name).map_err(|e| e.under("name"))?;
    limits.text(&input.kind).map_err(|e| e.under("type"))?;
    if let Some(attributes) = &input.attributes {
        limits.raw(attributes).map_err(|e| e.under("attributes"))?;
    }
    if let Some(group) = &input.group {
        limits.text(group).map_err(|e| e.under("group"))?;
    }
    for (index, name) in input.compound_on.iter().enumerate() {
        limits.text(name).map_err(|e| e.at(index).under("compoundOn"))?;
    }
    input.resolve(draft.cart.currency, on_item)
}

/// The same of one for the cart, which may refer to the catalogue.
fn check_listed(draft: &Draft<'_>, input: &ListedInput, on_item: bool) -> Result<Condition> {
    match input {
        ListedInput::Own(input) => check(draft, input, on_item),
        ListedInput::Catalogue { .. } if on_item => {
            let message =
                "expected a condition that says itself what it does, found a reference: the catalogue is for carts";
            Err(Error::invalid(message).under("catalogue"))
        }
        ListedInput::Catalogue { name, key } => {
            let limits = &draft.context.settings.limits;
            limits.text(key).map_err(|e| e.under("catalogue"))?;
            if let Some(name) = name {
                limits.text(name).map_err(|e| e.under("name"))?;
            }
            input.resolve(draft.cart.currency, draft.context.terms.outside)
        }
    }
}

/// A group has one phase and one rule, all over the cart: in the cart's conditions, in those of its lines, and in
/// `more`, without those that `replaced` says are about to go (line and condition).
pub(super) fn check_group(
    draft: &Draft<'_>,
    condition: &Condition,
    more: &[Condition],
    replaced: &dyn Fn(Option<usize>, &Condition) -> bool,
) -> Result<()> {
    let in_cart = |other: &&Condition| !replaced(None, other);
    draft.cart.conditions.iter().chain(more).filter(in_cart).try_for_each(|other| check_beside(condition, other))?;
    for (line, item) in draft.cart.items.iter().enumerate() {
        let on_line = |other: &&Condition| !replaced(Some(line), other);
        item.conditions.iter().filter(on_line).try_for_each(|other| check_beside(condition, other))?;
    }
    Ok(())
}

fn check_beside(condition: &Condition, other: &Condition) -> Result<()> {
    let (Some(does), Some(its)) = (condition.adjustment(), other.adjustment()) else { return Ok(()) };
    let (Some(group), Some(there)) = (&does.group, &its.group) else { return Ok(()) };
    if group.name != there.name {
        return Ok(());
    }
    if there.rule != group.rule {
        let (expected, found) = (there.rule.as_str(), group.rule.as_str());
        return Err(
            invalid!("expected {}, as the group {:?} has it, found {}", expected, group.name, found).under("groupRule")
        );
    }
    let (expected, found) = (its.target.phase(), does.target.phase());
    if expected != found {
        return Err(invalid!("expected phase {}, as the group {:?} has it, found {}", expected, group.name, found)
            .under("group"));
    }
    Ok(())
}

pub(super) fn add(draft: &mut Draft<'_>, input: &ListedInput, on: Option<&LineRef>) -> Result<Outcome> {
    let condition = check_listed(draft, input, on.is_some()).map_err(|e| e.under("condition"))?;
    let place = place(draft, on)?;
    let name = condition.name.clone();
    let there = list(draft, place).iter().position(|other| other.name == name);
    // All but the one that it replaces.
    check_group(draft, &condition, &[], &|line, other| line == place && other.name == name)
        .map_err(|e| e.under("condition"))?;
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

/// The conditions of a preset, one after the other.
pub(super) fn add_preset(
    draft: &mut Draft<'_>,
    (preset, name, with): (&str, Option<&str>, Option<&Raw>),
    on: Option<&LineRef>,
) -> Result<Outcome> {
    // A line that is not there is not the preset's fault.
    place(draft, on)?;
    let inputs = named::conditions(preset, name, with, draft.cart.currency)?;
    let mut names = Vec::with_capacity(inputs.len());
    for input in inputs {
        let name = input.name.clone();
        add(draft, &ListedInput::Own(input), on).map_err(|error| named::locate(&error))?;
        names.push(name);
    }
    Ok(Outcome::PresetAdded { names })
}

pub(super) fn remove(draft: &mut Draft<'_>, name: &str, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "removeCondition", "removed", &|condition| &*condition.name == name)
}

pub(super) fn remove_by_type(draft: &mut Draft<'_>, kind: &str, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "removeConditionsByType", "type_removed", &|condition| &*condition.kind == kind)
}

pub(super) fn clear(draft: &mut Draft<'_>, on: Option<&LineRef>) -> Result<Outcome> {
    take(draft, on, "clearConditions", "cleared", &|_| true)
}

fn take(
    draft: &mut Draft<'_>,
    on: Option<&LineRef>,
    command: &'static str,
    reason: &'static str,
    goes: &dyn Fn(&Condition) -> bool,
) -> Result<Outcome> {
    let place = place(draft, on)?;
    let mut names = Vec::new();
    while let Some(index) = list(draft, place).iter().position(goes) {
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
            draft.changed(&["conditions.", name].concat());
            None
        }
    }
}
