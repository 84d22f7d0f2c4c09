//! Presets by name: `{"preset": "free-shipping-over", "name": "Free over 50", "with": {"minimum": 5000}}`.
//!
//! The name may be left out: it is the preset's then. What comes of it are conditions like any others.

use super::{Preset, TABLE, Tier};
use crate::condition::{ConditionInput, filter};
use crate::error::{Error, Result};
use crate::json::{Raw, Reader, Sort, once, repeated, required, unknown};
use crate::money::amount::{parse_major, shown};
use crate::money::{Amount, Currency, Decimal};
use crate::text::whole;

/// Every preset with its parameters; `?` stands after one that may be left out.
pub const PRESETS: &[(&str, &[&str])] = &{
    let mut presets: [(&str, &[&str]); TABLE.len()] = [("", &[]); TABLE.len()];
    let mut n = 0;
    while n < TABLE.len() {
        presets[n] = (TABLE[n].name, TABLE[n].params);
        n += 1;
    }
    presets
};

/// What a parameter came as.
pub(super) enum Given {
    Text(Box<str>),
    Integer(i64),
    Texts(Vec<Box<str>>),
    Tiers(Vec<Tier>),
}

/// The parameters of a preset. Each name has one shape, whatever the preset; of a name that no preset knows,
/// nothing is kept but that it was there.
#[derive(Default)]
pub(super) struct With(Vec<(Box<str>, Option<Given>)>);

impl With {
    pub(super) fn find(&self, name: &str) -> Option<&Given> {
        self.0.iter().find(|(given, _)| **given == *name).and_then(|(_, value)| value.as_ref())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Given::Text(text)) = self.find(name) { Some(text) } else { None }
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        if let Some(Given::Integer(integer)) = self.find(name) { Some(*integer) } else { None }
    }

    pub(super) fn texts(&self, name: &str) -> &[Box<str>] {
        if let Some(Given::Texts(texts)) = self.find(name) { texts } else { &[] }
    }

    pub(super) fn tiers(&self) -> &[Tier] {
        if let Some(Given::Tiers(tiers)) = self.find("tiers") { tiers } else { &[] }
    }
}

/// The conditions of a preset in a cart of `currency`; its parameters are the JSON object `with`.
pub fn conditions(
    preset: &str,
    name: Option<&str>,
    with: Option<&Raw>,
    currency: Currency,
) -> Result<Vec<ConditionInput>> {
    let plain = preset.replace('_', "-");
    let Some(preset) = TABLE.iter().find(|known| known.name == plain) else {
        let known: Vec<&str> = TABLE.iter().map(|known| known.name).collect();
        return Err(invalid!("expected one of {}, found {:?}", known.join(", "), preset).under("preset"));
    };
    check(preset, with, currency)
        .map(|with| preset.make(name.unwrap_or(preset.name), &with))
        .map_err(|error| error.under("with"))
}

/// The parameters, if they are those that the preset takes.
fn check(preset: &Preset, with: Option<&Raw>, currency: Currency) -> Result<With> {
    let with = match with {
        Some(raw) => Reader::whole(raw.as_str(), |reader| read(reader, currency))?,
        None => With::default(),
    };
    let plain = |param: &&'static str| param.trim_end_matches('?');
    let params: Vec<&str> = preset.params.iter().map(plain).collect();
    if let Some((given, _)) = with.0.iter().find(|(given, _)| !params.contains(&&**given)) {
        return Err(unknown(if params.is_empty() { &["none at all"] } else { &params }).under(given));
    }
    // Products are asked for first, then the others in their order.
    let products = preset.params.iter().filter(|param| **param == "products");
    let mut asked = products.chain(preset.params);
    match asked.find(|param| !param.ends_with('?') && with.find(param).is_none()) {
        Some(param) => Err(Error::invalid("expected a value, found nothing").because("missing").under(param)),
        None => Ok(with),
    }
}

fn read(reader: &mut Reader<'_>, currency: Currency) -> Result<With> {
    let mut with = With::default();
    reader.object(|field, r| {
        if with.0.iter().any(|(given, _)| **given == *field) {
            return Err(repeated());
        }
        let given = match field {
            "percent" => Given::Text(percent(r)?),
            "amount" | "minimum" | "below" => Given::Integer(price(r, currency)?),
            "cap" => Given::Integer(count(r, 0)?),
            "buy" | "get" | "max" | "quantity" => Given::Integer(count(r, 1)?),
            "items" | "buys" => Given::Text(filters(r)?),
            "product" | "start" | "end" | "zone" | "tag" | "metadata_key" => Given::Text(text(r)?),
            "products" | "on" => Given::Texts(texts(r)?),
            "tiers" => Given::Tiers(tiers(r, currency)?),
            _ => {
                r.raw()?;
                with.0.push((field.into(), None));
                return Ok(());
            }
        };
        with.0.push((field.into(), Some(given)));
        Ok(())
    })?;
    Ok(with)
}

/// A percentage of 0 or more, as text or as an integer.
fn percent(reader: &mut Reader<'_>) -> Result<Box<str>> {
    let found = match reader.sort()? {
        Sort::Number => text!("{}", reader.integer()?).into(),
        _ => text(reader)?,
    };
    if Decimal::parse(&found)?.is_negative() {
        return Err(invalid!("expected a percentage of 0 or more, without a sign, found {:?}", found));
    }
    Ok(found.trim_start_matches('+').into())
}

/// An amount of 0 or more: an integer in minor units, or text in major units with a point.
fn price(reader: &mut Reader<'_>, currency: Currency) -> Result<i64> {
    let amount = match reader.sort()? {
        Sort::Text => {
            let text = reader.text()?;
            if text.trim().starts_with(['-', '+']) {
                let message = text!("expected an amount of 0 or more, without a sign, found {:?}", shown(&text));
                return Err(Error::invalid(message));
            }
            parse_major(&text, currency)?
        }
        _ => Amount::new(reader.integer()?)?,
    };
    if amount < Amount::ZERO {
        let message = text!("expected an amount of 0 or more, without a sign, found {}", amount.minor());
        return Err(Error::invalid(message));
    }
    Ok(amount.minor())
}

/// Filters as text.
fn filters(reader: &mut Reader<'_>) -> Result<Box<str>> {
    let found = text(reader)?;
    filter::parse_list(&found)?;
    Ok(found)
}

fn text(reader: &mut Reader<'_>) -> Result<Box<str>> {
    reader.text().map(|text| text.into_owned().into_boxed_str())
}

/// Where in `with` stands what a condition that was made of it was refused for.
pub fn locate(error: &Error) -> Error {
    let last = error.path().rsplit('.').next().unwrap_or_default();
    let (field, index) = last.split_once('[').map_or((last, None), |(field, rest)| {
        (field, rest.strip_suffix(']').and_then(whole).map(|index| index as usize))
    });
    let mut located = Error::new(error.kind(), error.message());
    if let Some(reason) = error.reason() {
        located = located.because(reason);
    }
    if let Some(index) = index {
        located = located.at(index);
    }
    match field {
        "name" | "" => located.under("name"),
        "id" => located.under("product").under("with"),
        "ids" => located.under("products").under("with"),
        "compoundOn" => located.under("on").under("with"),
        "min" => located.under("quantity").under("with"),
        field => located.under(field).under("with"),
    }
}

fn count(reader: &mut Reader<'_>, least: i64) -> Result<i64> {
    let found = reader.integer()?;
    if found < least {
        return Err(invalid!("expected a whole number of {} or more, found {}", least, found));
    }
    Ok(found)
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<Box<str>>> {
    let mut texts = Vec::new();
    reader.list(|_, r| {
        texts.push(text(r)?);
        Ok(())
    })?;
    Ok(texts)
}

/// `[{"minimum": 0, "amount": 599}, {"minimum": 5000, "percent": "10"}]`, in the order of their minimums.
fn tiers(reader: &mut Reader<'_>, currency: Currency) -> Result<Vec<Tier>> {
    let mut tiers: Vec<Tier> = Vec::new();
    reader.list(|_, r| {
        let (mut minimum, mut value) = (None, None);
        r.object(|field, r| match field {
            "minimum" => once(&mut minimum, price(r, currency)?),
            "percent" => once(&mut value, Given::Text(percent(r)?)),
            "amount" => once(&mut value, Given::Integer(price(r, currency)?)),
            _ => Err(unknown(&["minimum", "percent", "amount"])),
        })?;
        let minimum = required(minimum, "minimum", "the subtotal from which it holds")?;
        let value =
            value.ok_or_else(|| Error::invalid("expected percent or amount, found neither").because("missing"))?;
        if let Some(Tier { minimum: before, .. }) = tiers.last()
            && minimum <= *before
        {
            return Err(
                invalid!("expected more than the {} of the tier before, found {}", before, minimum).under("minimum")
            );
        }
        tiers.push(Tier { minimum, value });
        Ok(())
    })?;
    if tiers.is_empty() { Err(Error::invalid("expected one tier at least, found none")) } else { Ok(tiers) }
}
