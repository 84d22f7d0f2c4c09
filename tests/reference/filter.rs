//! Which lines a condition means. Filters read a line as it is stored, before any condition.

use super::cart::{Filter, Item};
use super::json::{MISSING, contains, equal, holds, order};
use super::number::to_json;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// A field of a line: the five that every line has, else an attribute, with or without `attributes.` before it.
pub(crate) fn field(item: &Item, name: &str) -> Value {
    match name {
        "id" => item.id.as_str().into(),
        "name" => item.name.as_str().into(),
        "price" => to_json(&item.price),
        "quantity" => to_json(&item.quantity),
        "total" => to_json(&(&item.price * &item.quantity)),
        _ => attribute(&item.attributes, name.strip_prefix("attributes.").unwrap_or(name)).clone(),
    }
}

/// An attribute by its whole name, else step by step down the names between the points; null when there is none.
pub(crate) fn attribute<'a>(attributes: &'a Map<String, Value>, name: &str) -> &'a Value {
    if let Some(value) = attributes.get(name) {
        return value;
    }
    let mut steps = name.split('.');
    let mut found = steps.next().and_then(|first| attributes.get(first));
    for step in steps {
        found = found.and_then(|value| value.as_object()).and_then(|value| value.get(step));
    }
    found.unwrap_or(&MISSING)
}

/// Whether one line passes one filter. Unlike types are never equal and never in order; the three negations are exactly
/// that, so they let a missing attribute pass.
pub(crate) fn passes(item: &Item, filter: &Filter) -> bool {
    let found = field(item, &filter.field);
    let wanted = &filter.value;
    let is_in = || wanted.as_array().is_some_and(|list| holds(list, &found));
    let ordered = |allowed: &[Ordering]| order(&found, wanted).is_some_and(|order| allowed.contains(&order));
    let texts = || Some((found.as_str()?, wanted.as_str()?));
    match filter.op.as_str() {
        "=" => equal(&found, wanted),
        "!=" => !equal(&found, wanted),
        ">" => ordered(&[Ordering::Greater]),
        ">=" => ordered(&[Ordering::Greater, Ordering::Equal]),
        "<" => ordered(&[Ordering::Less]),
        "<=" => ordered(&[Ordering::Less, Ordering::Equal]),
        "in" => is_in(),
        "not_in" => !is_in(),
        "contains" => contains(&found, wanted),
        "not_contains" => !contains(&found, wanted),
        "starts_with" => texts().is_some_and(|(found, wanted)| found.starts_with(wanted)),
        "ends_with" => texts().is_some_and(|(found, wanted)| found.ends_with(wanted)),
        op => panic!("no operator is called {op}"),
    }
}

/// Whether one line passes all of them.
pub(crate) fn passes_all(item: &Item, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| passes(item, filter))
}
