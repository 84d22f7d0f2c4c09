//! The parameters of a rule: an object whose fields are checked against what the rule takes.

use crate::error::{Error, Result};
use crate::json::{Plain, Raw, Reader, members, repeated, unknown};
use crate::money::amount::{parse_major, shown};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;

/// A rule's parameters, read.
pub(super) struct Params {
    values: Vec<(Box<str>, Raw)>,
    currency: Currency,
}

/// A range of which either end may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<T> {
    /// The least that is in.
    pub least: Option<T>,
    /// The most that is in.
    pub most: Option<T>,
}

impl<T: PartialOrd + Copy> Within<T> {
    pub(super) fn at_least(least: T) -> Self {
        Within { least: Some(least), most: None }
    }

    pub(super) fn at_most(most: T) -> Self {
        Within { least: None, most: Some(most) }
    }

    pub(super) fn holds(&self, value: T) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }
}

impl Params {
    /// Reads an object that has the fields `names`; those with a `?` may be left out.
    pub(super) fn read(reader: &mut Reader<'_>, names: &[&str], currency: Currency) -> Result<Self> {
        let mut values: Vec<(Box<str>, Raw)> = Vec::new();
        reader.object(|name, reader| {
            let plain = |known: &&str| known.trim_end_matches('?') == name;
            if !names.iter().any(plain) {
                let known: Vec<&str> = names.iter().map(|name| name.trim_end_matches('?')).collect();
                return Err(if known.is_empty() {
                    Error::invalid("expected no parameters, found one")
                } else {
                    unknown(&known)
                });
            }
            if values.iter().any(|(there, _)| **there == *name) {
                return Err(repeated());
            }
            values.push((name.into(), reader.raw()?));
            Ok(())
        })?;
        Ok(Params { values, currency })
    }

    pub(super) fn maybe(&self, name: &str) -> Option<&Raw> {
        self.values.iter().find(|(there, _)| **there == *name).map(|(_, value)| value)
    }

    fn get<T>(&self, name: &str, expected: &str, read: impl FnOnce(&Raw) -> Result<Option<T>>) -> Result<T> {
        let Some(value) = self.maybe(name) else {
            return Err(invalid!("expected {}, found nothing", expected).because("missing").under(name));
        };
        let refused = || invalid!("expected {}, found {}", expected, shown(value.as_str()));
        read(value).and_then(|found| found.ok_or_else(refused)).map_err(|error| error.under(name))
    }

    /// A whole number of 0 or more.
    pub(super) fn count(&self, name: &str) -> Result<i64> {
        self.get(name, "a whole number of 0 or more", |value| match Plain::of(value.as_str()) {
            Plain::Integer(count) if count >= 0 && !value.as_str().contains(['.', 'e', 'E']) => Ok(Some(count)),
            _ => Ok(None),
        })
    }

    /// An amount of 0 or more: an integer in minor units, or text in major units with a point.
    pub(super) fn amount(&self, name: &str) -> Result<Amount> {
        let expected = "an amount of 0 or more: an integer in minor units or text in major units with a point";
        self.get(name, expected, |value| {
            let amount = match Plain::of(value.as_str()) {
                Plain::Integer(minor) if !value.as_str().contains(['.', 'e', 'E']) => Amount::new(minor)?,
                Plain::Text(text) => parse_major(&text, self.currency)?,
                _ => return Ok(None),
            };
            Ok((amount >= Amount::ZERO).then_some(amount))
        })
    }

    /// Text that is not blank.
    pub(super) fn text(&self, name: &str) -> Result<Box<str>> {
        self.get(name, "text that is not blank", |value| Ok(not_blank(value.as_str())))
    }

    /// Texts, one at least.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<Box<str>>> {
        self.get(name, "a list of texts that are not blank", |value| {
            let texts: Option<Vec<Box<str>>> = members(value.as_str()).map(not_blank).collect();
            Ok(texts.filter(|texts| !texts.is_empty()))
        })
    }

    /// Any value.
    pub(super) fn value(&self, name: &str) -> Result<Raw> {
        self.get(name, "a value", |value| Ok(Some(value.clone())))
    }

    /// Any values, one at least.
    pub(super) fn values(&self, name: &str) -> Result<Vec<Raw>> {
        self.get(name, "a list of values", |value| {
            let values: Vec<Raw> = members(value.as_str()).map(|member| Raw::trusted(member.into())).collect();
            Ok((!values.is_empty()).then_some(values))
        })
    }

    /// An RFC 3339 time.
    pub(super) fn time(&self, name: &str) -> Result<Timestamp> {
        self.get(name, "an RFC 3339 time such as \"2026-11-21T12:00:00Z\"", |value| match Plain::of(value.as_str()) {
            Plain::Text(text) => Timestamp::parse(&text).map(Some),
            _ => Ok(None),
        })
    }

    /// Two of which the second must not be below the first.
    pub(super) fn range<T: PartialOrd>(
        &self,
        names: [&str; 2],
        read: impl Fn(&Self, &str) -> Result<T>,
    ) -> Result<(T, T)> {
        let (least, most) = (read(self, names[0])?, read(self, names[1])?);
        if most < least {
            let found = |name| self.maybe(name).map_or("", |raw| shown(raw.as_str()));
            let (first, second) = (names[0], names[1]);
            return Err(invalid!(
                "expected {} not below {} ({}), found {}",
                second,
                first,
                found(first),
                found(second)
            )
            .under(second));
        }
        Ok((least, most))
    }
}

fn not_blank(json: &str) -> Option<Box<str>> {
    match Plain::of(json) {
        Plain::Text(text) if !text.trim().is_empty() => Some(text.into()),
        _ => None,
    }
}
