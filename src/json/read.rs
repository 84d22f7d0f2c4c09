//! Reading: a cursor over one JSON text that is asked for what is expected next.

use super::{Raw, write_text};
use crate::error::{Error, Kind, Result};
use crate::order::order;
use std::borrow::Cow;

/// The largest integer that a JavaScript number holds exactly: 2^53 - 1.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// How deep a document may nest at all. The settable limit for attributes and metadata is lower;
/// this one keeps the reader's own stack safe whatever the settings say.
pub(crate) const DEPTH_MAX: u32 = 128;

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// a number
    Number,
    /// text
    Text,
    /// a list
    List,
    /// an object
    Object,
}

impl Sort {
    /// What begins with this byte.
    fn of(first: u8) -> Option<Sort> {
        match first {
            b'{' => Some(Sort::Object),
            b'[' => Some(Sort::List),
            b'"' => Some(Sort::Text),
            b't' | b'f' => Some(Sort::Boolean),
            b'n' => Some(Sort::Null),
            b'-' | b'0'..=b'9' => Some(Sort::Number),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Sort::Null => "null",
            Sort::Boolean => "a boolean",
            Sort::Number => "a number",
            Sort::Text => "text",
            Sort::List => "a list",
            Sort::Object => "an object",
        }
    }
}

/// A cursor over one JSON text.
///
/// Each method reads exactly one value or fails with an error whose path is relative to the value
/// it was asked for; [`Reader::object`] and [`Reader::list`] put their step in front. A clone is a
/// place to come back to.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// A cursor at the beginning of `text`.
    pub fn new(text: &'a str) -> Self {
        Reader { text, at: 0, depth: 0 }
    }

    /// Reads `text` as one value with nothing after it.
    pub fn whole<T>(text: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<T> {
        let mut reader = Reader::new(text);
        let value = read(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// Refuses whatever follows.
    fn end(&mut self) -> Result<()> {
        self.blank();
        if self.at < self.text.len() {
            return Err(self.broken("expected the end of the JSON text"));
        }
        Ok(())
    }

    /// How many bytes have been read.
    pub(crate) fn consumed(&self) -> usize {
        self.at
    }

    /// What comes next, without reading it.
    pub fn sort(&mut self) -> Result<Sort> {
        self.blank();
        self.peek().and_then(Sort::of).ok_or_else(|| self.broken("expected a JSON value"))
    }

    /// Reads an object, field by field, in the order of the text.
    ///
    /// `field` reads the value of each key; refusing unknown and repeated keys is its business.
    pub fn object(&mut self, mut field: impl FnMut(&str, &mut Reader<'a>) -> Result<()>) -> Result<()> {
        self.fields(&mut field)
    }

    fn fields(&mut self, field: &mut dyn FnMut(&str, &mut Reader<'a>) -> Result<()>) -> Result<()> {
        self.expect(Sort::Object, "an object")?;
        self.enter()?;
        if !self.take(b'}') {
            loop {
                if !self.take(b'"') {
                    return Err(self.broken("expected a field's name in quotes"));
                }
                let key = self.quoted()?;
                if !self.take(b':') {
                    return Err(self.broken("expected ':' after a field's name"));
                }
                field(&key, self).map_err(|e| e.under(&key))?;
                if self.take(b',') {
                    continue;
                }
                if self.take(b'}') {
                    break;
                }
                return Err(self.broken("expected ',' or '}'"));
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a list, element by element.
    pub fn list(&mut self, mut element: impl FnMut(usize, &mut Reader<'a>) -> Result<()>) -> Result<()> {
        self.elements(&mut element)
    }

    fn elements(&mut self, element: &mut dyn FnMut(usize, &mut Reader<'a>) -> Result<()>) -> Result<()> {
        self.expect(Sort::List, "a list")?;
        self.enter()?;
        if !self.take(b']') {
            let mut index = 0;
            loop {
                element(index, self).map_err(|e| e.at(index))?;
                index += 1;
                if self.take(b',') {
                    continue;
                }
                if self.take(b']') {
                    break;
                }
                return Err(self.broken("expected ',' or ']'"));
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads text. It is borrowed when it holds no escapes.
    pub fn text(&mut self) -> Result<Cow<'a, str>> {
        self.expect(Sort::Text, "text")?;
        self.quoted()
    }

    /// The rest of a text after its first quote.
    fn quoted(&mut self) -> Result<Cow<'a, str>> {
        let from = self.at;
        let bytes = self.text.as_bytes();
        let at = super::plain_until(bytes, from);
        match bytes.get(at) {
            Some(b'"') => {
                self.at = at + 1;
                return Ok(Cow::Borrowed(&self.text[from..at]));
            }
            Some(b'\\') => {}
            _ => {
                self.at = at;
                return Err(self.broken("expected the closing quote of a text, without control characters in it"));
            }
        }
        let mut out = String::from(&self.text[from..at]);
        self.at = at;
        self.escaped(&mut out)?;
        Ok(Cow::Owned(out))
    }

    /// The rest of a text from its first escape on.
    fn escaped(&mut self, out: &mut String) -> Result<()> {
        let bytes = self.text.as_bytes();
        loop {
            let from = self.at;
            self.at = super::plain_until(bytes, from);
            out.push_str(&self.text[from..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escape = self.peek();
                    self.at += 1;
                    out.push(match escape {
                        Some(b'"') => '"',
                        Some(b'\\') => '\\',
                        Some(b'/') => '/',
                        Some(b'b') => '\u{8}',
                        Some(b'f') => '\u{c}',
                        Some(b'n') => '\n',
                        Some(b'r') => '\r',
                        Some(b't') => '\t',
                        Some(b'u') => self.code_point()?,
                        _ => {
                            self.at -= 1;
                            return Err(self.broken("expected an escape of JSON text"));
                        }
                    });
                }
                _ => return Err(self.broken("expected the closing quote of a text, without control characters in it")),
            }
        }
    }

    fn code_point(&mut self) -> Result<char> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..0xdc00 => {
                let second = if self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u") {
                    self.at += 2;
                    self.hex4()?
                } else {
                    0
                };
                if !(0xdc00..0xe000).contains(&second) {
                    return Err(self.broken("expected the second half of a surrogate pair"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| self.broken("expected a Unicode character, found half a surrogate pair"))
    }

    fn hex4(&mut self) -> Result<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let mut value = 0;
        for digit in digits.unwrap_or(b"?") {
            match (*digit as char).to_digit(16) {
                Some(digit) => value = value * 16 + digit,
                None => return Err(self.broken("expected four hexadecimal digits")),
            }
        }
        self.at += 4;
        Ok(value)
    }

    /// Reads a whole number within ±(2^53 - 1).
    ///
    /// A number with a point or an exponent is refused, also when it is whole: nothing that goes
    /// through floating point on its way here can be told from what was meant.
    pub fn integer(&mut self) -> Result<i64> {
        self.expect(Sort::Number, "an integer")?;
        let from = self.at;
        let bytes = self.text.as_bytes();
        let negative = bytes[from] == b'-';
        let mut at = from + usize::from(negative);
        let first = at;
        let mut value: i64 = 0;
        while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
            // What is too large stays so, and need not be exact.
            if value <= INTEGER_MAX {
                value = value * 10 + i64::from(digit - b'0');
            }
            at += 1;
        }
        let plain = at > first
            && (bytes[first] != b'0' || at == first + 1)
            && !matches!(bytes.get(at), Some(b'.' | b'e' | b'E'));
        if !plain {
            let text = self.number()?;
            return Err(invalid!("expected an integer, found {}", text).because("fraction"));
        }
        self.at = at;
        if value > INTEGER_MAX {
            let found = &self.text[from..at];
            let found = if found.len() > 40 { "a longer number" } else { found };
            return Err(
                invalid!("expected an integer within ±{}, found {}", INTEGER_MAX, found).because("out_of_range")
            );
        }
        Ok(if negative { -value } else { value })
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool> {
        self.expect(Sort::Boolean, "a boolean")?;
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Err(self.broken("expected true or false"))
        }
    }

    /// Reads `null` if it comes next, and says whether it did.
    pub fn null(&mut self) -> Result<bool> {
        if self.sort()? != Sort::Null {
            return Ok(false);
        }
        if self.word("null") { Ok(true) } else { Err(self.broken("expected null")) }
    }

    /// Reads any value, checks it, and keeps it as compact text.
    ///
    /// Refused, besides broken JSON: an object that names a field twice, and a number that no
    /// other reader could hold (more than 40 characters, or an exponent beyond ±300).
    pub fn raw(&mut self) -> Result<Raw> {
        self.blank();
        let from = self.at;
        if self.is_compact() {
            return Ok(Raw::trusted(self.text[from..self.at].into()));
        }
        self.at = from;
        let mut out = String::new();
        self.compact(&mut out)?;
        Ok(Raw::trusted(out))
    }

    /// Steps over a value that is as [`Reader::compact`] would write it; `false`, at no particular
    /// place, when it is not or when that cannot be told cheaply. What storage gives back is so
    /// written, and most of what callers send.
    fn is_compact(&mut self) -> bool {
        const KEYS_MAX: usize = 12;
        let bytes = self.text.as_bytes();
        let plain_text = |reader: &mut Self| {
            let from = reader.at + 1;
            let at = super::plain_until(bytes, from);
            reader.at = at + 1;
            (bytes.get(at) == Some(&b'"')).then(|| &bytes[from..at])
        };
        match self.peek() {
            Some(b'"') => plain_text(self).is_some(),
            Some(b'-' | b'0'..=b'9') => self.number().is_ok(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(open @ (b'{' | b'[')) => {
                if self.enter().is_err() {
                    return false;
                }
                let close = if open == b'{' { b'}' } else { b']' };
                let mut keys: [&[u8]; KEYS_MAX] = [&[]; KEYS_MAX];
                let mut count = 0;
                self.at += 1;
                let good = 'fields: {
                    if self.peek() == Some(close) {
                        break 'fields true;
                    }
                    loop {
                        if open == b'{' {
                            if self.peek() != Some(b'"') {
                                break 'fields false;
                            }
                            let Some(key) = plain_text(self) else { break 'fields false };
                            if count == KEYS_MAX || keys[..count].contains(&key) || self.peek() != Some(b':') {
                                break 'fields false;
                            }
                            keys[count] = key;
                            count += 1;
                            self.at += 1;
                        }
                        if !self.is_compact() {
                            break 'fields false;
                        }
                        match self.peek() {
                            Some(b',') => self.at += 1,
                            found => break 'fields found == Some(close),
                        }
                    }
                };
                self.depth -= 1;
                self.at += 1;
                good
            }
            _ => false,
        }
    }

    fn compact(&mut self, out: &mut String) -> Result<()> {
        match self.sort()? {
            Sort::Null => {
                self.null()?;
                out.push_str("null");
            }
            Sort::Boolean => out.push_str(if self.boolean()? { "true" } else { "false" }),
            Sort::Number => out.push_str(self.number()?),
            Sort::Text => write_text(out, &self.text()?),
            Sort::List => {
                out.push('[');
                let mut first = true;
                self.list(|_, reader| {
                    if !core::mem::take(&mut first) {
                        out.push(',');
                    }
                    reader.compact(out)
                })?;
                out.push(']');
            }
            Sort::Object => {
                out.push('{');
                let mut keys: Vec<String> = Vec::new();
                self.object(|key, reader| {
                    if !keys.is_empty() {
                        out.push(',');
                    }
                    keys.push(key.into());
                    write_text(out, key);
                    out.push(':');
                    reader.compact(out)
                })?;
                out.push('}');
                let sorted = order(keys.len(), &mut |a, b| keys[a] < keys[b]);
                if let Some(pair) = sorted.windows(2).find(|pair| keys[pair[0]] == keys[pair[1]]) {
                    return Err(repeated().under(&keys[pair[0]]));
                }
            }
        }
        Ok(())
    }

    /// A number's own text.
    fn number(&mut self) -> Result<&'a str> {
        let from = self.at;
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            let first = at;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            (at > first).then_some(at)
        };
        let mut at = from + usize::from(bytes.get(from) == Some(&b'-'));
        let whole = at;
        let mut exponent = "";
        let good = 'number: {
            let Some(end) = digits(at) else { break 'number false };
            if bytes[whole] == b'0' && end > whole + 1 {
                break 'number false;
            }
            at = end;
            if bytes.get(at) == Some(&b'.') {
                let Some(end) = digits(at + 1) else { break 'number false };
                at = end;
            }
            if matches!(bytes.get(at), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
                let Some(end) = digits(at + 1 + sign) else { break 'number false };
                exponent = &self.text[at + 1 + sign..end];
                at = end;
            }
            true
        };
        if !good {
            return Err(self.broken("expected a JSON number"));
        }
        self.at = at;
        let exponent = exponent.trim_start_matches('0');
        if at - from > 40 || exponent.len() > 3 || (exponent.len() == 3 && exponent > "300") {
            return Err(Error::invalid(
                "expected a number of at most 40 characters and an exponent within ±300, found a longer one",
            )
            .because("out_of_range"));
        }
        Ok(&self.text[from..at])
    }

    fn expect(&mut self, wanted: Sort, name: &str) -> Result<()> {
        self.blank();
        if self.peek().and_then(Sort::of) != Some(wanted) {
            return Err(self.unexpected(name));
        }
        if matches!(wanted, Sort::Text | Sort::List | Sort::Object) {
            self.at += 1;
        }
        Ok(())
    }

    #[cold]
    fn unexpected(&mut self, wanted: &str) -> Error {
        match self.sort() {
            Ok(found) => invalid!("expected {}, found {}", wanted, found.name()),
            Err(broken) => broken,
        }
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(refusal!(Kind::LimitExceeded, "expected at most {} levels of nesting, found more", DEPTH_MAX)
                .because("depth"));
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    fn broken(&self, expected: &str) -> Error {
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').filter(|b| **b & 0xc0 != 0x80).count() + 1;
        let found = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => text!("{:?}", found),
            None => "the end".into(),
        };
        Error::malformed(text!("{}, found {} at line {}, column {}", expected, found, line, column))
    }
}

/// The refusal of a field that stands twice in one object.
#[cold]
pub(crate) fn repeated() -> Error {
    Error::malformed("expected each field once, found it again")
}

/// Fills a field once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(repeated());
    }
    *slot = Some(value);
    Ok(())
}

/// The refusal of a field that the shape does not have.
#[cold]
pub(crate) fn unknown(known: &[&str]) -> Error {
    invalid!("expected one of the fields {}, found another", known.join(", ")).because("unknown_field")
}

/// A field that must be there.
pub(crate) fn required<T>(slot: Option<T>, field: &str, expected: &str) -> Result<T> {
    slot.ok_or_else(|| invalid!("expected {}, found nothing", expected).because("missing").under(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(text: &str) -> Result<String> {
        Reader::whole(text, |r| r.raw()).map(|raw| raw.as_str().into())
    }

    #[test]
    fn any_value_is_kept_and_compacted() {
        for (text, kept) in [
            (" null ", "null"),
            ("[ 1 , 2.50, -0.0e-7 ]", "[1,2.50,-0.0e-7]"),
            (r#"{ "a" : [ { } , [ ] ] , "é" : "\u00e9\ud83d\ude00\/" }"#, r#"{"a":[{},[]],"é":"é😀/"}"#),
            (r#""\u0001\n""#, r#""\u0001\n""#),
        ] {
            assert_eq!(compact(text).unwrap(), kept);
        }
    }

    #[test]
    fn broken_text_is_malformed() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "{'a':1}",
            "01",
            "1.",
            "-",
            "nul",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "1 2",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "NaN",
            "Infinity",
        ] {
            let error = compact(text).expect_err(text);
            assert!(error.is_malformed(), "{text}: {error:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(10_000);
        assert_eq!(compact(&deep).unwrap_err().kind(), Kind::LimitExceeded);
        let fine = "[".repeat(128) + &"]".repeat(128);
        assert!(compact(&fine).is_ok());
    }

    #[test]
    fn integers_are_exact_or_refused() {
        let read = |text: &str| Reader::whole(text, |r| r.integer());
        assert_eq!(read("-0").unwrap(), 0);
        assert_eq!(read("9007199254740991").unwrap(), INTEGER_MAX);
        assert_eq!(read("-9007199254740991").unwrap(), -INTEGER_MAX);
        for text in ["9007199254740992", "1.0", "1e3", "1E+309", "99999999999999999999999", "\"1\"", "true", "01"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_says_where() {
        let error = compact("{\n  \"a\": tru }").unwrap_err();
        assert_eq!(error.to_string(), "a: expected true or false, found 't' at line 2, column 8");
    }
}
