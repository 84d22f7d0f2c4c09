//! The reference against the specification's worked examples and rules, one by one.

mod amounts;
mod choice;
mod competition;
mod identities;
mod rules;

use super::{Terms, totals};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// 2026-11-21T12:00:00Z, a Saturday.
const NOW_MS: i64 = 1_795_262_400_000;

fn terms() -> Terms {
    Terms { tax_shipping: true, at_ms: NOW_MS, zones: BTreeMap::from([("Europe/Berlin".to_owned(), 3600)]) }
}

/// Lines `a`, `b`, … of price and quantity.
fn lines(of: &[(i64, i64)]) -> Vec<Value> {
    let ids = ["a", "b", "c", "d", "e"];
    of.iter()
        .zip(ids)
        .map(|((price, quantity), id)| json!({ "id": id, "name": id, "price": price, "quantity": quantity }))
        .collect()
}

fn cart(items: Vec<Value>, conditions: Value) -> Value {
    json!({ "currency": "USD", "rounding": "half_up", "items": items, "conditions": conditions, "metadata": {} })
}

/// A condition from `name value target`.
fn condition(text: &str) -> Value {
    let [name, value, target] = text.splitn(3, ' ').collect::<Vec<_>>().try_into().expect("three words");
    json!({ "name": name, "type": "any", "value": value, "target": target })
}

/// The same with more fields.
fn with(text: &str, more: Value) -> Value {
    let mut condition = condition(text);
    for (name, value) in more.as_object().expect("fields") {
        condition[name] = value.clone();
    }
    condition
}

/// The totals of lines and conditions.
fn priced(of: &[(i64, i64)], conditions: &[Value]) -> Value {
    totals(&cart(lines(of), conditions.into()), &terms())
}

/// The breakdown's entry of that name.
fn entry<'a>(totals: &'a Value, name: &str) -> &'a Value {
    let entries = totals["breakdown"].as_array().expect("a breakdown");
    entries.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no entry {name} in {totals}"))
}

/// One figure of each line.
fn column(totals: &Value, pointer: &str) -> Vec<i64> {
    let lines = totals["lineTotals"].as_array().expect("lines");
    lines.iter().map(|line| line.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)).collect()
}
