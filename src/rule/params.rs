//! The parameters of a rule: an object whose fields are checked against what the rule takes.

use super::time;
use crate::error::{Error, Result};
use crate::json::{Plain, Raw, Reader, members, repeated, unknown};
use crate::money::amount::{parse_major, shown};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;

/// What a parameter is.
#[derive(Clone, Copy)]
pub(super) enum Is {
    /// A whole number of 0 or more.
    Count,
    /// An amount of 0 or more: an integer in minor units, or text in major units with a point.
    Amount,
    /// Text that is not blank.
    Text,
    /// The same; left out, it is this.
    MaybeText(&'static str),
    /// Texts, one at least.
    Texts,
    /// Any value.
    Value,
    /// Any values, one at least.
    Values,
    /// An RFC 3339 time.
    Time,
    /// Days of the week.
    Days,
    /// `HH:MM`.
    Minute,
    /// A time zone; left out, UTC.
    Zone,
    /// A currency's code.
    Currency,
}

impl Is {
    /// Its name in descriptions.
    pub(super) fn name(self) -> &'static str {
        match self {
            Is::Count => "count",
            Is::Amount => "amount",
            Is::Text | Is::MaybeText(_) => "text",
            Is::Texts => "texts",
            Is::Value => "value",
            Is::Values => "values",
            Is::Time => "time",
            Is::Days => "days",
            Is::Minute => "minute",
            Is::Zone => "zone",
            Is::Currency => "currency",
        }
    }
}

/// A parameter, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arg {
    /// A count, an amount in minor units, a moment, bits of days, a minute of the day, seconds from UTC.
    Integer(i64),
    Text(Box<str>),
    Texts(Vec<Box<str>>),
    Values(Vec<Raw>),
}

/// A rule's parameters in the order of its row, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Args(Vec<Arg>);

impl Args {
    pub(super) fn get(&self, n: usize) -> Option<&Arg> {
        self.0.get(n)
    }

    pub(super) fn integer(&self, n: usize) -> i64 {
        if let Some(Arg::Integer(integer)) = self.get(n) { *integer } else { 0 }
    }

    pub(super) fn text(&self, n: usize) -> &str {
        if let Some(Arg::Text(text)) = self.get(n) { text } else { "" }
    }

    pub(super) fn texts(&self, n: usize) -> &[Box<str>] {
        if let Some(Arg::Texts(texts)) = self.get(n) { texts } else { &[] }
    }

    pub(super) fn values(&self, n: usize) -> &[Raw] {
        if let Some(Arg::Values(values)) = self.get(n) { values } else { &[] }
    }

    /// From the first to the second, both in.
    pub(super) fn range(&self) -> core::ops::RangeInclusive<i64> {
        self.integer(0)..=self.integer(1)
    }

    /// Whether one of the values is the same as what was found.
    pub(super) fn is_any(&self, n: usize, found: &Plain<'_>) -> bool {
        self.values(n).iter().any(|value| Plain::of(value.as_str()).same(found))
    }
}

/// Reads an object that has the fields `names`, of which those with a `?` may be left out, as what the row
/// `takes`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    names: &[&str],
    takes: &[(&'static str, Is)],
    currency: Currency,
) -> Result<Args> {
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
    let find = |name: &str| values.iter().find(|(there, _)| **there == *name).map(|(_, value)| value);
    let mut args = Vec::with_capacity(takes.len());
    for (name, is) in takes {
        args.push(arg(*is, find(name), currency).map_err(|error| error.under(name))?);
    }
    // Of two that are ends of a range, the second must not be below the first.
    if let ([(first, is), (second, _)], [Arg::Integer(least), Arg::Integer(most)]) = (takes, &*args)
        && matches!(is, Is::Amount | Is::Time)
        && most < least
    {
        let found = |name| find(name).map_or("", |raw| shown(raw.as_str()));
        return Err(invalid!("expected {} not below {} ({}), found {}", second, first, found(first), found(second))
            .under(second));
    }
    Ok(Args(args))
}

fn arg(is: Is, value: Option<&Raw>, currency: Currency) -> Result<Arg> {
    let expected = match is {
        Is::Count => "a whole number of 0 or more",
        Is::Amount => "an amount of 0 or more: an integer in minor units or text in major units with a point",
        Is::Text | Is::MaybeText(_) | Is::Minute | Is::Zone | Is::Currency => "text that is not blank",
        Is::Texts => "a list of texts that are not blank",
        Is::Value => "a value",
        Is::Values | Is::Days => "a list of values",
        Is::Time => "an RFC 3339 time such as \"2026-11-21T12:00:00Z\"",
    };
    let Some(value) = value else {
        return match is {
            Is::MaybeText(text) => Ok(Arg::Text(text.into())),
            Is::Zone => Ok(Arg::Integer(0)),
            _ => Err(invalid!("expected {}, found nothing", expected).because("missing")),
        };
    };
    let json = value.as_str();
    let whole = |integer: i64| Some(integer).filter(|_| !json.contains(['.', 'e', 'E']));
    let found = match (is, Plain::of(json)) {
        (Is::Count, Plain::Integer(count)) => whole(count).filter(|count| *count >= 0).map(Arg::Integer),
        (Is::Amount, plain) => {
            let amount = match plain {
                Plain::Integer(minor) => whole(minor).map(Amount::new).transpose()?,
                Plain::Text(text) => Some(parse_major(&text, currency)?),
                _ => None,
            };
            amount.filter(|amount| *amount >= Amount::ZERO).map(|amount| Arg::Integer(amount.minor()))
        }
        (Is::Time, Plain::Text(text)) => Some(Arg::Integer(Timestamp::parse(&text)?.as_ms())),
        (Is::Text | Is::MaybeText(_) | Is::Minute | Is::Zone | Is::Currency, _) => match (is, not_blank(json)) {
            (_, None) => None,
            (Is::Minute, Some(text)) => Some(Arg::Integer(time::minute(&text)?)),
            (Is::Zone, Some(name)) => Some(time::clock(name)?),
            (_, Some(text)) => {
                if matches!(is, Is::Currency) {
                    Currency::parse(&text)?;
                }
                Some(Arg::Text(text))
            }
        },
        (Is::Texts, _) => {
            let texts: Option<Vec<Box<str>>> = members(json).map(not_blank).collect();
            texts.filter(|texts| !texts.is_empty()).map(Arg::Texts)
        }
        (Is::Value, _) => Some(Arg::Values(vec![value.clone()])),
        (Is::Values | Is::Days, _) => {
            let values: Vec<Raw> = members(json).map(|member| Raw::trusted(member.into())).collect();
            match is {
                _ if values.is_empty() => None,
                Is::Days => Some(Arg::Integer(time::days(&values)?)),
                _ => Some(Arg::Values(values)),
            }
        }
        _ => None,
    };
    found.ok_or_else(|| invalid!("expected {}, found {}", expected, shown(json)))
}

fn not_blank(json: &str) -> Option<Box<str>> {
    match Plain::of(json) {
        Plain::Text(text) if !text.trim().is_empty() => Some(text.into()),
        _ => None,
    }
}
