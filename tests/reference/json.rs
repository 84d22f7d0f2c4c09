//! How JSON values compare: strictly by type, numbers by what they say, objects without regard to the order of fields.

use super::number;
use serde_json::Value;
use std::cmp::Ordering;

/// Equal in type and in value, however deep.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number::of_json(a) == number::of_json(b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// Before, same or after: numbers among numbers, texts among texts by their code points, nothing else.
pub(crate) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(number::of_json(a).cmp(&number::of_json(b))),
        (Value::String(a), Value::String(b)) => Some(a.chars().cmp(b.chars())),
        _ => None,
    }
}

/// A list holds an equal member.
pub(crate) fn holds(list: &[Value], member: &Value) -> bool {
    list.iter().any(|each| equal(each, member))
}

/// `contains`: a text has the other in it, a list has it as a member; else no.
pub(crate) fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
        (Value::Array(list), member) => holds(list, member),
        _ => false,
    }
}

/// What stands for an attribute or a key that is not there.
pub(crate) static MISSING: Value = Value::Null;
