//! Reading rules: a tree of them as a list, and each against the table of keys.

use super::keys::{KEYS, Key, Number, Operand, Test, keys};
use super::{RULES_MAX, Rule, time};
use crate::error::{Error, Kind, Result};
use crate::json::{Plain, Raw, Reader, members, repeated, unknown};
use crate::money::amount::{parse_major, shown};
use crate::money::{Amount, Currency};
use crate::time::Timestamp;

/// Where a customer's tags are unless the rule says.
const TAGS: &str = "customer_tags";

/// Reads one rule, an object with one field, and those inside it onto the end of `list`.
pub(super) fn read(reader: &mut Reader<'_>, list: &mut Vec<Rule>, currency: Currency) -> Result<()> {
    let place = list.len();
    if place == RULES_MAX {
        let message = text!("expected at most {} rules, found more", RULES_MAX);
        return Err(Error::new(Kind::LimitExceeded, message).because("rules"));
    }
    reader.object(|key, reader| {
        if list.len() > place {
            return Err(Error::invalid("expected one key, found another (put several rules into \"all\")"));
        }
        if key == "all" || key == "any" || key == "not" {
            list.push(Rule::new(if key == "any" { Test::Any } else { Test::All }));
            if key == "not" {
                (list[place].negated, list[place].numbers[0]) = (true, 1);
                return read(reader, list, currency);
            }
            let mut rules = 0;
            reader.list(|_, reader| {
                rules += 1;
                read(reader, list, currency)
            })?;
            list[place].numbers[0] = rules;
            return Ok(());
        }
        let Some(known) = KEYS.iter().find(|known| known.taken.0 == key) else {
            let known: Vec<&str> = keys().map(|(key, _)| *key).collect();
            let message = text!("expected all, any, not or one of {}, found another", known.join(", "));
            return Err(Error::invalid(message).because("unknown_rule"));
        };
        list.push(Rule::new(known.test));
        read_key(reader, &mut list[place], known, currency)
    })?;
    if list.len() == place {
        return Err(Error::invalid("expected one key such as \"subtotal-at-least\", found none").because("missing"));
    }
    Ok(())
}

/// The name of a parameter in the table, and whether it may be left out.
fn plain(param: &'static str) -> (&'static str, bool) {
    param.strip_suffix('?').map_or((param, false), |name| (name, true))
}

/// Reads the parameters of a key: an object.
fn read_key(reader: &mut Reader<'_>, rule: &mut Rule, key: &Key, currency: Currency) -> Result<()> {
    let params = key.taken.1;
    let mut found: [Option<Raw>; 3] = [None, None, None];
    reader.object(|name, reader| {
        let Some(place) = params.iter().position(|param| plain(param).0 == name) else {
            let known: Vec<&str> = params.iter().map(|param| plain(param).0).collect();
            return Err(if known.is_empty() {
                Error::invalid("expected no parameters, found one")
            } else {
                unknown(&known)
            });
        };
        if found[place].is_some() {
            return Err(repeated());
        }
        found[place] = Some(reader.raw()?);
        Ok(())
    })?;
    rule.negated = key.negated;
    for n in 0..params.len() {
        let n = if key.test.is_about_metadata() { params.len() - 1 - n } else { n };
        let (name, optional) = plain(params[n]);
        let json = found[n].as_ref().map(Raw::as_str);
        if json.is_some() || !optional {
            rule.take(key.operands[n], json, currency).map_err(|error| error.under(name))?;
        }
    }
    if key.test == Test::Tag && rule.name.is_empty() {
        rule.name = TAGS.into();
    }
    if let [first, second, ..] = *params
        && key.test != Test::Minutes
        && rule.numbers[1] < rule.numbers[0]
    {
        let found = |n: usize| found[n].as_ref().map_or("", |raw| shown(raw.as_str()));
        let message = text!("expected {} not below {} ({}), found {}", second, first, found(0), found(1));
        return Err(Error::invalid(message).under(second));
    }
    Ok(())
}

impl Rule {
    /// Takes an operand from a parameter's value.
    fn take(&mut self, operand: Operand, json: Option<&str>, currency: Currency) -> Result<()> {
        let taken = match json {
            Some(json) => self.try_take(operand, json, currency)?,
            None => false,
        };
        if taken {
            return Ok(());
        }
        let expected = match operand {
            Operand::Least(Number::Count) | Operand::Most(Number::Count) => "a whole number of 0 or more",
            Operand::Least(Number::Amount) | Operand::Most(Number::Amount) | Operand::Below => {
                "an amount of 0 or more: an integer in minor units or text in major units with a point"
            }
            Operand::Least(Number::Instant) | Operand::Most(Number::Instant) => {
                "an RFC 3339 time such as \"2026-11-21T12:00:00Z\""
            }
            Operand::Texts => "a list of texts that are not blank",
            Operand::Value => "a value",
            Operand::Values | Operand::Days => "a list of values",
            _ => "text that is not blank",
        };
        Err(match json {
            Some(json) => invalid!("expected {}, found {}", expected, shown(json)),
            None => invalid!("expected {}, found nothing", expected).because("missing"),
        })
    }

    /// `false` where the value is not of the operand's sort.
    fn try_take(&mut self, operand: Operand, json: &str, currency: Currency) -> Result<bool> {
        match operand {
            Operand::Least(number) | Operand::Most(number) => {
                let Some(value) = read_number(number, json, currency)? else { return Ok(false) };
                self.numbers[usize::from(matches!(operand, Operand::Most(_)))] = value;
            }
            Operand::Below => {
                let Some(value) = read_number(Number::Amount, json, currency)? else { return Ok(false) };
                self.numbers[1] = value - 1;
            }
            Operand::Days => {
                self.numbers[0] = 0;
                for (index, day) in members(json).enumerate() {
                    self.numbers[0] |= 1 << time::read_day(day).map_err(|error| error.at(index))?;
                }
                return Ok(self.numbers[0] != 0);
            }
            Operand::Value => self.values.push(json.into()),
            Operand::Values => {
                self.values.extend(members(json).map(Box::from));
                return Ok(!self.values.is_empty());
            }
            Operand::Texts => {
                for member in members(json) {
                    let Some(text) = not_blank(member) else { return Ok(false) };
                    self.values.push(text);
                }
                return Ok(!self.values.is_empty());
            }
            Operand::Zone | Operand::Code | Operand::Name | Operand::Text => {
                let Some(text) = not_blank(json) else { return Ok(false) };
                match operand {
                    Operand::Text => self.values.push(text),
                    Operand::Zone => (self.offset_s, self.name) = time::read_zone(text)?,
                    _ => self.name = text,
                }
                if matches!(operand, Operand::Code) {
                    Currency::parse(&self.name)?;
                }
            }
        }
        Ok(true)
    }
}

/// `None` where the value is not of the number's sort.
fn read_number(number: Number, json: &str, currency: Currency) -> Result<Option<i64>> {
    let value = match Plain::of(json) {
        Plain::Integer(value) if is_plain(json) => match number {
            Number::Count => value,
            Number::Amount => {
                Amount::check(value)?;
                value
            }
            _ => -1,
        },
        Plain::Text(text) => match number {
            Number::Amount => parse_major(&text, currency)?.minor(),
            Number::Instant => Timestamp::parse(&text)?.as_ms(),
            Number::Minute if !text.trim().is_empty() => time::read_minute(&text)?,
            _ => -1,
        },
        _ => -1,
    };
    Ok((value >= 0).then_some(value))
}

/// Whether a number is written with digits alone.
fn is_plain(json: &str) -> bool {
    !json.contains(['.', 'e', 'E'])
}

fn not_blank(json: &str) -> Option<Box<str>> {
    match Plain::of(json) {
        Plain::Text(text) if !text.trim().is_empty() => Some(text.into()),
        _ => None,
    }
}
