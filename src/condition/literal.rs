//! Words and values in the text of a target: what needs no quotes, and what quotes hold.

use super::scan::Scan;
use crate::error::Result;
use crate::json::{Plain, Raw, Reader};

/// Characters that a word of a target needs no quotes for.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// The value that an unquoted word is, where it is not text.
fn as_literal(word: &str) -> Option<Raw> {
    let other = matches!(word, "true" | "false" | "null") || word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    other.then(|| Raw::parse(word).ok()).flatten()
}

/// Reads one value; without quotes it ends before one of `stops`. Objects, and lists inside lists, are
/// JSON.
pub(super) fn literal(scan: &mut Scan<'_>, stops: &[char]) -> Result<Raw> {
    scan.blank();
    if scan.rest().starts_with(['{', '[']) {
        let mut reader = Reader::new(scan.rest());
        let value =
            reader.raw().map_err(|error| invalid!("{} in the value at character {}", error.message(), scan.place()))?;
        scan.skip(reader.consumed());
        return Ok(value);
    }
    let text = if scan.rest().starts_with(['\'', '"']) {
        scan.quoted()?
    } else {
        let found = scan.until(stops);
        let word = found.trim_end();
        if word.is_empty() {
            scan.back(found.len());
            return Err(scan.expected("a value, '' for empty text"));
        }
        if let Some(value) = as_literal(word) {
            return Ok(value);
        }
        word.to_owned()
    };
    let mut json = String::with_capacity(text.len() + 2);
    crate::json::write_text(&mut json, &text);
    Ok(Raw::trusted(json))
}

/// Reads the rest of a list of values, whose `[` was read.
pub(super) fn list(scan: &mut Scan<'_>) -> Result<Raw> {
    let mut json = String::from("[");
    scan.blank();
    if !scan.take("]") {
        loop {
            json.push_str(literal(scan, &[',', ']'])?.as_str());
            scan.blank();
            if scan.take("]") {
                break;
            }
            if !scan.take(",") {
                return Err(scan.expected("',' or ']'"));
            }
            json.push(',');
        }
    }
    json.push(']');
    Ok(Raw::trusted(json))
}

/// Appends a plain value as [`literal`] reads it.
pub(super) fn write_literal(out: &mut String, json: &str) {
    match Plain::of(json) {
        Plain::Text(text) if text.is_empty() => out.push_str("''"),
        Plain::Text(text) if as_literal(&text).is_some() => write_quoted(out, &text),
        Plain::Text(text) => write_word(out, &text),
        _ => out.push_str(json),
    }
}

/// Appends a word, in quotes where it needs them.
pub(super) fn write_word(out: &mut String, text: &str) {
    if !text.is_empty() && text.chars().all(is_plain) {
        out.push_str(text);
    } else {
        write_quoted(out, text);
    }
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
}
