//! Any JSON value, checked once and kept as compact text.
//!
//! Attributes and metadata belong to the shop, not to the cart: they are carried, compared and
//! (by filters and rules) looked into, but never changed. Text is the smallest and most exact way
//! to carry them: a number comes out as it went in.

use super::{Reader, Sort};
use crate::error::Result;
use crate::order::order;
use core::fmt;

/// A checked JSON value as compact text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Raw(Box<str>);

impl Raw {
    /// Checks and compacts `text`.
    pub fn parse(text: &str) -> Result<Self> {
        Reader::whole(text, |reader| reader.raw())
    }

    pub(crate) fn trusted(text: String) -> Self {
        Raw(text.into_boxed_str())
    }

    /// The compact text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The length of the compact text in bytes: what size limits count.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for `null`, `{}` and `[]`.
    pub fn is_empty(&self) -> bool {
        matches!(&*self.0, "null" | "{}" | "[]")
    }

    /// What kind of value it is.
    pub fn sort(&self) -> Sort {
        match self.0.as_bytes().first() {
            Some(b'{') => Sort::Object,
            Some(b'[') => Sort::List,
            Some(b'"') => Sort::Text,
            Some(b't' | b'f') => Sort::Boolean,
            Some(b'n') | None => Sort::Null,
            Some(_) => Sort::Number,
        }
    }

    /// How many levels of lists and objects it nests: 0 for a plain value.
    pub fn depth(&self) -> u32 {
        let (mut depth, mut deepest, mut quoted, mut escaped) = (0u32, 0, false, false);
        for byte in self.0.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b'}' | b']' if !quoted => depth -= 1,
                _ => {}
            }
        }
        deepest
    }

    /// The text of a field of an object; `None` when there is none, or this is no object.
    pub fn field(&self, name: &str) -> Option<&str> {
        field(&self.0, name)
    }

    /// The text of what `path` names in an object: the field of that name, or else, the path cut at
    /// its points, a field of a field.
    pub fn find(&self, path: &str) -> Option<&str> {
        find(&self.0, path)
    }

    /// The same value with the fields of every object in order of their names, for comparing
    /// values that were written differently.
    #[must_use]
    pub fn sorted(&self) -> Raw {
        fn walk(reader: &mut Reader<'_>, out: &mut String) -> Result<()> {
            match reader.sort()? {
                Sort::Object => {
                    let mut fields: Vec<(String, String)> = Vec::new();
                    reader.object(|key, reader| {
                        let mut value = String::new();
                        walk(reader, &mut value)?;
                        fields.push((key.into(), value));
                        Ok(())
                    })?;
                    let mut object = super::Fields::new(out);
                    for n in order(fields.len(), &mut |a, b| fields[a] < fields[b]) {
                        object.named(&fields[n].0, |out| out.push_str(&fields[n].1));
                    }
                    object.end();
                }
                Sort::List => {
                    out.push('[');
                    reader.list(|index, reader| {
                        if index > 0 {
                            out.push(',');
                        }
                        walk(reader, out)
                    })?;
                    out.push(']');
                }
                _ => out.push_str(reader.raw()?.as_str()),
            }
            Ok(())
        }
        let mut out = String::with_capacity(self.0.len());
        match Reader::whole(&self.0, |reader| walk(reader, &mut out)) {
            Ok(()) => Raw::trusted(out),
            Err(_) => self.clone(),
        }
    }
}

fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let named = |quoted: &str| {
        let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        inner == name
            || (inner.contains('\\') && Reader::whole(quoted, |reader| reader.text()).is_ok_and(|found| found == name))
    };
    super::plain::fields(text).find(|(quoted, _)| named(quoted)).map(|(_, value)| value)
}

fn find<'t>(text: &'t str, path: &str) -> Option<&'t str> {
    field(text, path)
        .or_else(|| path.match_indices('.').find_map(|(at, _)| find(field(text, &path[..at])?, &path[at + 1..])))
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_levels_not_brackets_in_text() {
        for (text, depth) in [("1", 0), ("[]", 1), (r#"{"a":[{"b":"[[\"["}]}"#, 3)] {
            assert_eq!(Raw::parse(text).unwrap().depth(), depth, "{text}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_name_or_its_path() {
        let raw = Raw::parse(r#"{"a":{"b":{"c":1},"b.c":2},"x.y":"x","q\"":[{"a":"}"}],"e":""}"#).unwrap();
        for (path, found) in [
            ("a.b.c", Some("2")),
            ("a.b", Some(r#"{"c":1}"#)),
            ("x.y", Some("\"x\"")),
            ("q\"", Some(r#"[{"a":"}"}]"#)),
            ("e", Some("\"\"")),
            ("b", None),
            ("x", None),
            ("e.x", None),
            ("", None),
            ("a.", None),
            (".", None),
        ] {
            assert_eq!(raw.find(path), found, "{path}");
        }
        assert_eq!(Raw::parse("[1]").unwrap().find("0"), None);
        assert_eq!(Raw::parse("{}").unwrap().find("a"), None);
    }

    #[test]
    fn sorting_ignores_the_order_of_fields_only() {
        let sorted = |text: &str| Raw::parse(text).unwrap().sorted();
        assert_eq!(sorted(r#"{"b":1,"a":{"d":[2,1],"c":3}}"#).as_str(), r#"{"a":{"c":3,"d":[2,1]},"b":1}"#);
    }
}
