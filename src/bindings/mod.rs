//! What carries calls between the core and the machine it runs in; one file per kind of machine.
//!
//! What every binding needs is here: an error crosses a boundary as plain text and numbers, and
//! becomes an [`Error`] again on the other side.

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod component;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod npm;

#[cfg(all(target_arch = "wasm32", feature = "npm", feature = "component"))]
compile_error!("npm and component are two bindings of one module: build with --no-default-features and one of them");

use crate::error::{ConflictReport, Error, Kind, Needs};
use crate::json::Reader;
use crate::text::whole;
use std::sync::Mutex;

/// An error as it crosses a boundary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainError {
    /// The kind's name. One that is not known counts as `unavailable`, the kind that promises least.
    pub kind: String,
    /// What was expected and what was found.
    pub message: String,
    /// Where: `commands[2].item.price`.
    pub path: String,
    /// The cause in one word.
    pub reason: Option<String>,
    /// The request could not be read at all.
    pub malformed: bool,
    /// When trying again may help.
    pub retry_after_ms: Option<u64>,
    /// How the cart differs from what the request was based on.
    pub conflict: Option<ConflictReport>,
    /// What the host has to hand in before the call can be answered.
    pub needs: Option<Needs>,
}

impl From<PlainError> for Error {
    fn from(plain: PlainError) -> Self {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == plain.kind).unwrap_or(Kind::Unavailable);
        let mut error = match plain.conflict {
            Some(report) => Error::conflict(plain.message, report),
            None if plain.needs.is_some() => Error::needing(plain.needs.unwrap_or_default()),
            None if plain.malformed => Error::malformed(plain.message),
            None => Error::new(kind, plain.message),
        };
        if let Some(reason) = plain.reason.as_deref().and_then(word) {
            error = error.because(reason);
        }
        if let Some(ms) = plain.retry_after_ms {
            error = error.retry_after_ms(ms);
        }
        for step in steps(&plain.path).into_iter().rev() {
            error = match step {
                Step::Field(field) => error.under(&field),
                Step::At(index) => error.at(index),
            };
        }
        error
    }
}

impl From<&Error> for PlainError {
    fn from(error: &Error) -> Self {
        PlainError {
            kind: error.kind().as_str().to_owned(),
            message: error.message().to_owned(),
            path: error.path().to_owned(),
            reason: error.reason().map(str::to_owned),
            malformed: error.is_malformed(),
            retry_after_ms: error.retry_after(),
            conflict: error.report().cloned(),
            needs: error.needs().cloned(),
        }
    }
}

/// Reasons that came from the other side, kept for good: they are few, and all known to one of the
/// two programs. The bound is for a partner that invents them.
static WORDS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
const WORDS_MAX: usize = 256;
const WORD_BYTES_MAX: usize = 64;

/// The word as text that lives as long as the program; `None` for what is no word.
fn word(text: &str) -> Option<&'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if text.is_empty() || text.len() > WORD_BYTES_MAX || !text.bytes().all(plain) {
        return None;
    }
    let mut words = WORDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(known) = words.iter().find(|known| **known == text) {
        return Some(known);
    }
    if words.len() == WORDS_MAX {
        return None;
    }
    let kept: &'static str = Box::leak(text.into());
    words.push(kept);
    Some(kept)
}

enum Step {
    Field(String),
    At(usize),
}

/// Takes a path apart as [`Error::under`] and [`Error::at`] put it together. What does not read as
/// one is a single field.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, length) = if rest.starts_with("[\"") {
            let Some(close) = quoted_end(rest) else { break };
            let Ok(field) = Reader::whole(&rest[1..close], |reader| reader.text()) else { break };
            (Step::Field(field.into_owned()), close + 1)
        } else if let Some(inner) = rest.strip_prefix('[') {
            let Some(close) = inner.find(']') else { break };
            let Some(index) = whole(&inner[..close]).map(|index| index as usize) else { break };
            (Step::At(index), close + 2)
        } else {
            let length = rest.find(['.', '[']).unwrap_or(rest.len());
            (Step::Field(rest[..length].to_owned()), length)
        };
        steps.push(step);
        rest = &rest[length..];
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    if !rest.is_empty() {
        steps.push(Step::Field(rest.to_owned()));
    }
    steps
}

/// Where the `]` of `["…"]` stands.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(2) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return text[at + 1..].starts_with(']').then_some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(error: &Error) -> Error {
        PlainError::from(error).into()
    }

    #[test]
    fn an_error_crosses_unchanged() {
        let report = ConflictReport {
            attempted_version: 1,
            current_version: 3,
            incarnation_changed: false,
            changed: vec!["items.tee".into()],
            last_changed_ms: Some(7),
            safe_to_retry: true,
        };
        for error in [
            Error::invalid("x").under("price").under("item").at(2).under("commands"),
            Error::invalid("x").under("a \"]\\ b").at(0).at(12).under("metadata"),
            Error::invalid("x").under("c").under("é").under(""),
            Error::malformed("broken"),
            Error::new(Kind::Unavailable, "later").because("breaker_open").retry_after_ms(250),
            Error::conflict("changed", report),
        ] {
            assert_eq!(there_and_back(&error), error, "{error:?}");
        }
    }

    #[test]
    fn what_the_other_side_invents_is_held_in_bounds() {
        let odd = |kind: &str, path: &str, reason: &str| {
            Error::from(PlainError {
                kind: kind.into(),
                path: path.into(),
                reason: Some(reason.into()),
                ..PlainError::default()
            })
        };
        assert_eq!(odd("surprise", "", "ok").kind(), Kind::Unavailable);
        assert_eq!(odd("invalid", "", "Not a word").reason(), None);
        assert_eq!(odd("invalid", "", &"w".repeat(65)).reason(), None);
        for path in ["[", "[x]", "[\"open", "[\"a\"b", "[99999999999999999999]", "a..b", "é["] {
            odd("invalid", path, "ok");
        }
    }
}
