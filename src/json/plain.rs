//! Looking into values that belong to the shop: comparing them strictly, by type and exact value.
//!
//! Filters and rules ask three questions of an attribute or a metadata value: is it the same, does
//! it come before, does it contain. Numbers are compared as the decimals they are, never as floating
//! point: `1.0` is `1`, and 0.1 is not what a machine makes of it.

use super::{Raw, Reader};
use crate::text::{contains, integer};
use core::cmp::Ordering;
use std::borrow::Cow;

/// A JSON value, as far as comparing needs it. It borrows the compact text that it was read from.
#[derive(Clone, Debug)]
pub enum Plain<'a> {
    /// `null`; what is missing is the same.
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A whole number of 64 bits, however it was written.
    Integer(i64),
    /// Any other number, as its text.
    Number(&'a str),
    /// Text.
    Text(Cow<'a, str>),
    /// A list or an object, as its compact text.
    Compound(&'a str),
}

impl<'a> Plain<'a> {
    /// The value of compact JSON text. What is no JSON is [`Plain::Null`]: nobody hands such in.
    pub fn of(text: &'a str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => {
                let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
                if inner.contains('\\') {
                    Reader::whole(text, |reader| reader.text()).map_or(Plain::Null, Plain::Text)
                } else {
                    Plain::Text(Cow::Borrowed(inner))
                }
            }
            Some(b't') => Plain::Boolean(true),
            Some(b'f') => Plain::Boolean(false),
            Some(b'{' | b'[') => Plain::Compound(text),
            Some(b'-' | b'0'..=b'9') => match integer(text) {
                Some(integer) => Plain::Integer(integer),
                None => Digits::of(text).whole().map_or(Plain::Number(text), Plain::Integer),
            },
            _ => Plain::Null,
        }
    }

    /// The value of an optional one; [`Plain::Null`] for none.
    pub fn of_maybe(text: Option<&'a str>) -> Self {
        text.map_or(Plain::Null, Plain::of)
    }

    /// Whether both are the same value of the same type. Objects are, whatever the order of their
    /// fields.
    pub fn same(&self, other: &Plain<'_>) -> bool {
        match (self, other) {
            (Plain::Null, Plain::Null) => true,
            (Plain::Boolean(a), Plain::Boolean(b)) => a == b,
            (Plain::Integer(a), Plain::Integer(b)) => a == b,
            (Plain::Number(a), Plain::Number(b)) => Digits::of(a).cmp(&Digits::of(b)).is_eq(),
            (Plain::Text(a), Plain::Text(b)) => a == b,
            (Plain::Compound(a), Plain::Compound(b)) => a == b || canonical(a) == canonical(b),
            _ => false,
        }
    }

    /// Which comes first: of two numbers the smaller, of two texts the one whose characters come
    /// first. `None` for anything else: unlike values have no order.
    pub fn order(&self, other: &Plain<'_>) -> Option<Ordering> {
        match (self, other) {
            (Plain::Integer(a), Plain::Integer(b)) => Some(a.cmp(b)),
            (Plain::Text(a), Plain::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Plain::Integer(a), Plain::Number(b)) => Some(Digits::of_integer(*a).cmp(&Digits::of(b))),
            (Plain::Number(a), Plain::Integer(b)) => Some(Digits::of(a).cmp(&Digits::of_integer(*b))),
            (Plain::Number(a), Plain::Number(b)) => Some(Digits::of(a).cmp(&Digits::of(b))),
            _ => None,
        }
    }

    /// Whether text contains text, or a list has a member that is the same.
    pub fn contains(&self, part: &Plain<'_>) -> bool {
        match (self, part) {
            (Plain::Text(whole), Plain::Text(part)) => contains(whole, part),
            (Plain::Compound(text), _) => members(text).any(|member| Plain::of(member).same(part)),
            _ => false,
        }
    }

    /// Whether a shop would call it switched on: `true`, a number but 0, text but `""`, `"0"` and
    /// `"false"`, a list or an object that holds something.
    pub fn is_truthy(&self) -> bool {
        match self {
            Plain::Null => false,
            Plain::Boolean(on) => *on,
            Plain::Integer(number) => *number != 0,
            Plain::Number(_) => true,
            Plain::Text(text) => !matches!(text.as_ref(), "" | "0" | "false"),
            Plain::Compound(text) => text.len() > 2,
        }
    }

    /// Text that is the same for the same values and no others.
    pub fn key(&self) -> String {
        match self {
            Plain::Null => "null".into(),
            Plain::Boolean(on) => if *on { "true" } else { "false" }.into(),
            Plain::Integer(number) => text!("{}", number),
            Plain::Number(text) => Digits::of(text).key(),
            Plain::Text(text) => {
                let mut out = String::with_capacity(text.len() + 2);
                super::write_text(&mut out, text);
                out
            }
            Plain::Compound(text) => canonical(text),
        }
    }
}

/// Compact JSON with sorted fields, and every number written in one way.
fn canonical(text: &str) -> String {
    fn walk(text: &str, out: &mut String) {
        match text.as_bytes().first() {
            Some(b'{') => {
                out.push('{');
                for (name, value) in fields(text) {
                    out.push_str(name);
                    out.push(':');
                    walk(value, out);
                    out.push(',');
                }
                out.push('}');
            }
            Some(b'[') => {
                out.push('[');
                for member in members(text) {
                    walk(member, out);
                    out.push(',');
                }
                out.push(']');
            }
            Some(b'-' | b'0'..=b'9') => out.push_str(&Plain::of(text).key()),
            _ => out.push_str(text),
        }
    }
    let sorted = Raw::trusted(text.into()).sorted();
    let mut out = String::with_capacity(text.len());
    walk(sorted.as_str(), &mut out);
    out
}

/// Where the value that begins at `from` ends, in compact JSON.
fn value_end(bytes: &[u8], from: usize) -> usize {
    let quoted_end = |from: usize| {
        let mut at = from + 1;
        loop {
            at = super::plain_until(bytes, at);
            match bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(b'"') => return at + 1,
                Some(_) => at += 1,
                None => return bytes.len(),
            }
        }
    };
    match bytes.get(from) {
        Some(b'"') => quoted_end(from),
        Some(b'{' | b'[') => {
            let (mut at, mut depth) = (from, 0u32);
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => {
                        at = quoted_end(at);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
            at
        }
        _ => {
            let rest = bytes.get(from..).unwrap_or_default();
            from + rest.iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(rest.len())
        }
    }
}

/// The fields of a compact object: each name in its quotes, and the value's text.
pub(super) fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 1;
    core::iter::from_fn(move || {
        if bytes.first() != Some(&b'{') || bytes.get(at) != Some(&b'"') {
            return None;
        }
        let name_end = value_end(bytes, at);
        let value_at = name_end + 1;
        let end = value_end(bytes, value_at);
        let field = (text.get(at..name_end)?, text.get(value_at..end)?);
        at = end + 1;
        Some(field)
    })
}

/// The members of a compact list; none of anything else.
pub(crate) fn members(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 1;
    core::iter::from_fn(move || {
        if bytes.first() != Some(&b'[') || at + 1 >= bytes.len() {
            return None;
        }
        let end = value_end(bytes, at);
        let member = text.get(at..end)?;
        at = end + 1;
        Some(member)
    })
}

/// A decimal number of any length: `0.digits × 10^exponent`, without zeros at either end.
#[derive(Debug, PartialEq, Eq)]
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits: Vec<u8> = whole.bytes().chain(decimals.bytes()).collect();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let end = digits.iter().rposition(|digit| *digit != b'0').map_or(leading, |last| last + 1);
        let digits = digits.get(leading..end).unwrap_or_default().to_vec();
        if digits.is_empty() {
            return Digits { negative: false, digits, exponent: 0 };
        }
        let exponent = integer(exponent.trim_start_matches('+')).unwrap_or(0);
        Digits { negative, digits, exponent: exponent + whole.len() as i64 - leading as i64 }
    }

    fn of_integer(number: i64) -> Self {
        Digits::of(&text!("{}", number))
    }

    /// Text that is the same for the same numbers and no others.
    fn key(&self) -> String {
        let mut key = String::from(if self.negative { "-0." } else { "0." });
        key.extend(self.digits.iter().map(|digit| char::from(*digit)));
        append!(&mut key, "e{}", self.exponent);
        key
    }

    /// The number, when it is a whole one of 64 bits.
    fn whole(&self) -> Option<i64> {
        let places = usize::try_from(self.exponent).unwrap_or(0);
        if places > 19 || places < self.digits.len() {
            return self.digits.is_empty().then_some(0);
        }
        let padded = self.digits.iter().copied().chain(core::iter::repeat(b'0')).take(places);
        let value = padded.fold(0i128, |value, digit| value * 10 + i128::from(digit - b'0'));
        i64::try_from(if self.negative { -value } else { value }).ok()
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Digits| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        };
        let absolute = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        match sign(self).cmp(&sign(other)) {
            Ordering::Equal if self.digits.is_empty() => Ordering::Equal,
            Ordering::Equal if self.negative => absolute().reverse(),
            Ordering::Equal => absolute(),
            order => order,
        }
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (Raw::parse(a).unwrap(), Raw::parse(b).unwrap());
        let (a, b) = (Plain::of(a.as_str()), Plain::of(b.as_str()));
        let same = a.same(&b);
        assert_eq!(same, b.same(&a));
        assert_eq!(same, a.key() == b.key(), "{a:?} {b:?}");
        same
    }

    #[test]
    fn the_same_is_the_same_type_and_value() {
        for (a, b) in [
            ("1", "1.0"),
            ("1e3", "1000"),
            ("1000e-3", "1"),
            ("0", "-0.0"),
            ("0.5", "5e-1"),
            ("123456789012345678901", "1.23456789012345678901e20"),
            ("\"a\"", "\"\\u0061\""),
            ("null", "null"),
            (r#"{"a":1,"b":[2.0]}"#, r#"{"b":[2],"a":1.0}"#),
            ("[]", "[]"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("1", "\"1\""),
            ("true", "1"),
            ("null", "false"),
            ("null", "\"\""),
            ("0.1", "0.10000000000000001"),
            ("[1,2]", "[2,1]"),
            ("[]", "{}"),
            ("9223372036854775807", "9223372036854775808"),
            ("\"A\"", "\"a\""),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn only_numbers_and_texts_have_an_order() {
        let order = |a: &str, b: &str| Plain::of(a).order(&Plain::of(b));
        for (a, b) in [
            ("1", "2"),
            ("-2", "-1.5"),
            ("-0.5", "0"),
            ("0.09", "0.1"),
            ("9", "1e1"),
            ("-1e300", "-1"),
            ("\"a\"", "\"b\""),
            ("\"Z\"", "\"a\""),
            ("\"\"", "\"a\""),
            ("99999999999999999999", "1e20"),
        ] {
            assert_eq!(order(a, b), Some(Ordering::Less), "{a} {b}");
            assert_eq!(order(b, a), Some(Ordering::Greater), "{a} {b}");
        }
        assert_eq!(order("1.50", "1.5"), Some(Ordering::Equal));
        for (a, b) in [("1", "\"1\""), ("true", "false"), ("null", "null"), ("[1]", "[1]")] {
            assert_eq!(order(a, b), None);
        }
    }

    #[test]
    fn text_contains_text_and_a_list_its_members() {
        let contains = |a: &str, b: &str| Plain::of(a).contains(&Plain::of(b));
        assert!(contains(r#""red shirt""#, r#""shirt""#));
        assert!(contains(r#"["a","b,]\"",3]"#, r#""b,]\"""#));
        assert!(contains(r#"["a",3.0]"#, "3"));
        assert!(contains(r#"[[1],{"a":[2]}]"#, r#"{"a":[2.0]}"#));
        assert!(!contains(r#"["red shirt"]"#, r#""shirt""#));
        assert!(!contains("[]", "null"));
        assert!(!contains(r#"{"a":1}"#, r#""a""#));
        assert!(!contains("12", "2"));
    }

    #[test]
    fn what_a_shop_calls_on() {
        for on in ["true", "1", "-0.5", "\"no\"", "[0]", r#"{"a":null}"#] {
            assert!(Plain::of(on).is_truthy(), "{on}");
        }
        for off in ["false", "null", "0", "0.00", "-0", "\"\"", "\"0\"", "\"false\"", "[]", "{}"] {
            assert!(!Plain::of(off).is_truthy(), "{off}");
        }
    }
}
