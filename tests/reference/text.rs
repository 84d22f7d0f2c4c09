//! Targets as text: `scope[:filters]@phase/application[#field]`.

use super::cart::{Filter, Target, operator, phase};
use serde_json::Value;

/// The operators that are signs, the longer before those they begin with.
const SIGNS: [&str; 8] = ["!=", ">=", "<=", "!~", "=", ">", "<", "~"];
/// The operators that are words and have a space on each side.
const WORDS: [&str; 10] = [
    "in",
    "not_in",
    "not-in",
    "contains",
    "not_contains",
    "not-contains",
    "starts_with",
    "starts-with",
    "ends_with",
    "ends-with",
];

/// Reads a whole target. The filters end at the first `@` outside quotes.
pub(crate) fn target(text: &str) -> Target {
    let at = outside_quotes(text, '@').first().copied().unwrap_or_else(|| panic!("no @ in the target {text}"));
    let (before, after) = (&text[..at], &text[at + 1..]);
    let (scope, filter_text) = before.split_once(':').unwrap_or((before, ""));
    let (phase_name, how) = after.split_once('/').unwrap_or_else(|| panic!("no / in the target {text}"));
    let (application, group_by) = match how.split_once('#') {
        Some((application, field)) => (application, Some(field.to_owned())),
        None => (how, None),
    };
    Target {
        items: match scope {
            "items" => true,
            "cart" => false,
            _ => panic!("no scope is called {scope}"),
        },
        filters: filters(filter_text),
        phase: phase(phase_name),
        application: application.replace('-', "_"),
        group_by,
    }
}

/// Reads filters: `field op value`, with `;` between.
pub(crate) fn filters(text: &str) -> Vec<Filter> {
    split(text, ';').into_iter().filter(|part| !part.trim().is_empty()).map(filter).collect()
}

fn filter(text: &str) -> Filter {
    for (at, _) in text.char_indices() {
        let rest = &text[at..];
        let word = rest.strip_prefix(' ').and_then(|rest| {
            WORDS.iter().find(|word| rest.strip_prefix(**word).is_some_and(|rest| rest.starts_with([' ', '['])))
        });
        if let Some(word) = word {
            return made(&text[..at], word, &rest[1 + word.len()..]);
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            return made(&text[..at], sign, &rest[sign.len()..]);
        }
    }
    panic!("no operator in the filter {text}")
}

fn made(field: &str, op: &str, value: &str) -> Filter {
    Filter { field: field.trim().into(), op: operator(op), value: literal(value.trim()) }
}

/// A list in brackets, an object as JSON, a quoted text, a number, true, false, null, or the bare text.
fn literal(text: &str) -> Value {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let members = if inside.trim().is_empty() { Vec::new() } else { split(inside, ',') };
        return members.into_iter().map(|member| literal(member.trim())).collect();
    }
    let mut signs = text.chars();
    if let Some(quote @ ('"' | '\'')) = signs.next()
        && text.len() > 1
        && text.ends_with(quote)
    {
        let mut plain = String::new();
        let mut escaped = false;
        for sign in text[1..text.len() - 1].chars() {
            if sign == '\\' && !escaped {
                escaped = true;
            } else {
                plain.push(sign);
                escaped = false;
            }
        }
        return plain.into();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null | Value::Object(_))) => value,
        _ => text.into(),
    }
}

/// Where a sign stands outside quotes and brackets.
fn outside_quotes(text: &str, wanted: char) -> Vec<usize> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0;
    // A quote opens only where a value may begin: an apostrophe within a bare word is itself.
    let mut before = '=';
    for (at, sign) in text.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if sign == '\\' {
                escaped = true;
            } else if sign == open {
                quote = None;
            }
        } else {
            match sign {
                '"' | '\'' if " =<>~[,{:".contains(before) => quote = Some(sign),
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ if sign == wanted && depth == 0 => found.push(at),
                _ => {}
            }
        }
        before = sign;
    }
    found
}

fn split(text: &str, between: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in outside_quotes(text, between) {
        parts.push(&text[start..at]);
        start = at + between.len_utf8();
    }
    parts.push(&text[start..]);
    parts
}
