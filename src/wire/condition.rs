//! A condition.
//!
//! `{"name": "VAT", "type": "tax", "value": "+19%", "target": "cart@tax/aggregate", "order": 0,
//! "attributes": {…}, "cap": 5000, "included": false, "compoundOn": ["GST"], "group": "sales",
//! "groupRule": "best", "units": {"every": 3, "take": 1}, "rules": {…}}`; value and target also as
//! data. Where the catalogue is meant: `{"name": "Summer sale", "catalogue": "SUMMER"}`.

use super::{map, once, required, text, unknown};
use crate::condition::{Body, Condition, ConditionInput, Group, GroupRule, ListedInput, TargetInput, ValueInput};
use crate::error::{Error, Kind, Result};
use crate::json::{Fields, Plain, Raw, Reader, Sort, write_integer, write_list, write_text};
use crate::money::{Amount, Currency};

/// The fields of a condition.
pub const FIELDS: &[&str] = &[
    "name",
    "type",
    "value",
    "target",
    "order",
    "attributes",
    "cap",
    "included",
    "compoundOn",
    "group",
    "groupRule",
    "units",
    "rules",
];

/// The fields of a reference to the catalogue.
pub const REFERENCE_FIELDS: &[&str] = &["name", "type", "catalogue"];

/// Reads a condition of the cart as a caller gives it: whole, or by the catalogue.
pub fn read_listed(reader: &mut Reader<'_>) -> Result<ListedInput> {
    let (mut name, mut key) = (None, None);
    let mut ahead = reader.clone();
    let raw = if ahead.sort()? == Sort::Object { ahead.raw()? } else { Raw::trusted("{}".into()) };
    if raw.field("catalogue").is_none() {
        return read(reader).map(ListedInput::Own);
    }
    reader.object(|field, r| match field {
        "name" => once(&mut name, text(r)?),
        "catalogue" => once(&mut key, text(r)?),
        _ => Err(unknown(&["name", "catalogue"])),
    })?;
    Ok(ListedInput::Catalogue { name, key: required(key, "catalogue", "the key of a definition")? })
}

/// Reads a condition as storage keeps it. What this version does not understand is kept as it is; only
/// what has no name or type is no condition at all.
pub fn read_stored(reader: &mut Reader<'_>, currency: Currency, on_item: bool) -> Result<Condition> {
    let begin = reader.clone();
    match read(reader).and_then(|input| input.resolve_stored(currency, on_item)) {
        Ok(condition) => Ok(condition),
        Err(error) if error.is_malformed() => Err(error),
        Err(error) => {
            *reader = begin;
            unread(reader.raw()?, &error)
        }
    }
}

#[cold]
fn unread(raw: Raw, error: &Error) -> Result<Condition> {
    let named = |field: &str| match Plain::of_maybe(raw.field(field)) {
        Plain::Text(text) if !text.trim().is_empty() => Ok(Box::<str>::from(text)),
        _ => Err(Error::new(Kind::Invalid, "expected text").under(field)),
    };
    let (name, kind) = (named("name")?, named("type")?);
    let body = match Plain::of_maybe(raw.field("catalogue")) {
        Plain::Text(key) => Body::Catalogue(key.into()),
        _ => Body::Unread { why: text!("{}: {}", error.path(), error.message()).into(), raw: raw.clone() },
    };
    Ok(Condition { name, kind, body })
}

/// Reads a condition as a caller gives it.
pub fn read(reader: &mut Reader<'_>) -> Result<ConditionInput> {
    let (mut name, mut kind, mut the_value, mut the_target, mut order) = (None, None, None, None, None);
    let (mut attributes, mut cap, mut included, mut compound_on) = (None, None, None, None);
    let (mut group, mut group_rule, mut units, mut rules) = (None, None, None, None);
    reader.object(|field, r| match field {
        "name" => once(&mut name, text(r)?),
        "type" => once(&mut kind, text(r)?),
        "value" => once(&mut the_value, value(r)?),
        "target" => once(&mut the_target, target(r)?),
        "order" => once(&mut order, read_order(r)?),
        "attributes" => once(&mut attributes, map(r)?),
        "cap" => once(&mut cap, r.integer()?),
        "included" => once(&mut included, r.boolean()?),
        "compoundOn" => once(&mut compound_on, names(r)?),
        "group" => once(&mut group, text(r)?),
        "groupRule" => once(&mut group_rule, text(r)?),
        "units" => once(&mut units, map(r)?),
        "rules" => once(&mut rules, map(r)?),
        _ => Err(unknown(FIELDS)),
    })?;
    Ok(ConditionInput {
        name: required(name, "name", "the condition's name")?,
        kind: required(kind, "type", "the condition's type, such as discount, tax, shipping or fee")?,
        value: required(the_value, "value", "a value such as \"-10%\"")?,
        target: the_target,
        order: order.unwrap_or(0),
        attributes,
        cap,
        included: included.unwrap_or(false),
        compound_on: compound_on.unwrap_or_default(),
        group,
        group_rule,
        units,
        rules,
    })
}

/// Reads a list of conditions.
pub fn read_list(reader: &mut Reader<'_>) -> Result<Vec<ConditionInput>> {
    let mut conditions = Vec::new();
    reader.list(|_, r| {
        conditions.push(read(r)?);
        Ok(())
    })?;
    Ok(conditions)
}

fn read_order(reader: &mut Reader<'_>) -> Result<i32> {
    let found = reader.integer()?;
    i32::try_from(found)
        .map_err(|_| invalid!("expected an order within {} and {}, found {}", i32::MIN, i32::MAX, found))
}

/// Reads a value: text, an integer in minor units, or `{"percent" | "amount" | "factor" | "divisor": …}`.
fn value(reader: &mut Reader<'_>) -> Result<ValueInput> {
    match reader.sort()? {
        Sort::Text => text(reader).map(ValueInput::Text),
        Sort::Number => match super::item::price(reader)? {
            crate::money::PriceInput::Minor(minor) => Ok(ValueInput::Minor(minor)),
            price => Ok(ValueInput::Amount(price)),
        },
        Sort::Object => {
            let mut value = None;
            reader.object(|field, r| match field {
                "percent" => once(&mut value, ValueInput::Percent(text(r)?)),
                "amount" => once(&mut value, ValueInput::Amount(super::item::price(r)?)),
                "factor" => once(&mut value, ValueInput::Factor(text(r)?)),
                "divisor" => once(&mut value, ValueInput::Divisor(text(r)?)),
                _ => Err(unknown(&["percent", "amount", "factor", "divisor"])),
            })?;
            value.ok_or_else(|| Error::invalid("expected one of percent, amount, factor, divisor, found none"))
        }
        // Asking for text gives the refusal its words.
        _ => text(reader).map(ValueInput::Text),
    }
}

fn target(reader: &mut Reader<'_>) -> Result<TargetInput> {
    if reader.sort()? != Sort::Object {
        return text(reader).map(TargetInput::Text);
    }
    let (mut scope, mut phase, mut application, mut filters, mut group_by) = (None, None, None, None, None);
    reader.object(|field, r| match field {
        "scope" => once(&mut scope, text(r)?),
        "phase" => once(&mut phase, text(r)?),
        "application" => once(&mut application, text(r)?),
        "filters" => once(&mut filters, r.raw()?),
        "groupBy" => once(&mut group_by, text(r)?),
        _ => Err(unknown(&["scope", "filters", "phase", "application", "groupBy"])),
    })?;
    Ok(TargetInput::Data {
        scope: required(scope, "scope", "a scope")?,
        phase: required(phase, "phase", "a phase")?,
        application: required(application, "application", "an application")?,
        filters,
        group_by,
    })
}

fn names(reader: &mut Reader<'_>) -> Result<Vec<Box<str>>> {
    let mut names = Vec::new();
    reader.list(|_, r| {
        names.push(text(r)?);
        Ok(())
    })?;
    Ok(names)
}

/// Appends a condition.
pub fn write(out: &mut String, condition: &Condition) {
    let does = match &condition.body {
        Body::Own(does) => does,
        Body::Catalogue(key) => {
            Fields::new(out).text("name", &condition.name).text("type", &condition.kind).text("catalogue", key).end();
            return;
        }
        Body::Unread { raw, .. } => return out.push_str(raw.as_str()),
    };
    let mut fields = Fields::new(out);
    fields.text("name", &condition.name).text("type", &condition.kind).text("value", does.value.as_str());
    fields.with("target", |out| does.target.write_json(out));
    fields.integer("order", i64::from(does.order));
    if let Some(attributes) = &does.attributes {
        fields.raw("attributes", attributes.as_str());
    }
    fields.maybe_integer("cap", does.cap.map(Amount::minor));
    if does.included {
        fields.boolean("included", true);
    }
    if !does.compound_on.is_empty() {
        fields.with("compoundOn", |out| write_list(out, &does.compound_on, |out, name| write_text(out, name)));
    }
    if let Some(Group { name, rule }) = &does.group {
        fields.text("group", name);
        if *rule != GroupRule::Exclusive {
            fields.text("groupRule", rule.as_str());
        }
    }
    if let Some(units) = &does.units {
        fields.raw("units", units.raw().as_str());
    }
    if let Some(rules) = &does.rules {
        fields.raw("rules", rules.raw().as_str());
    }
    fields.end();
}

/// Appends a reference to the catalogue, or a condition as a caller gave it.
pub fn write_listed(out: &mut String, condition: &ListedInput) {
    match condition {
        ListedInput::Own(input) => write_input(out, input),
        ListedInput::Catalogue { name, key } => {
            Fields::new(out).maybe_text("name", name.as_deref()).text("catalogue", key).end();
        }
    }
}

/// Appends a condition as a caller gave it.
pub fn write_input(out: &mut String, condition: &ConditionInput) {
    let mut fields = Fields::new(out);
    fields.text("name", &condition.name).text("type", &condition.kind);
    fields.with("value", |out| match &condition.value {
        ValueInput::Text(text) => write_text(out, text),
        ValueInput::Minor(minor) => write_integer(out, *minor),
        ValueInput::Percent(text) => Fields::new(out).text("percent", text).end(),
        ValueInput::Amount(amount) => {
            Fields::new(out).with("amount", |out| super::item::write_price(out, amount)).end()
        }
        ValueInput::Factor(text) => Fields::new(out).text("factor", text).end(),
        ValueInput::Divisor(text) => Fields::new(out).text("divisor", text).end(),
    });
    match &condition.target {
        Some(TargetInput::Text(text)) => {
            fields.text("target", text);
        }
        Some(TargetInput::Data { scope, phase, application, filters, group_by }) => {
            fields.with("target", |out| {
                let mut fields = Fields::new(out);
                fields.text("scope", scope);
                if let Some(filters) = filters {
                    fields.raw("filters", filters.as_str());
                }
                fields.text("phase", phase).text("application", application);
                fields.maybe_text("groupBy", group_by.as_deref()).end();
            });
        }
        None => {}
    }
    fields.integer("order", i64::from(condition.order));
    if let Some(attributes) = &condition.attributes {
        fields.raw("attributes", attributes.as_str());
    }
    fields.maybe_integer("cap", condition.cap);
    if condition.included {
        fields.boolean("included", true);
    }
    if !condition.compound_on.is_empty() {
        fields.with("compoundOn", |out| write_list(out, &condition.compound_on, |out, name| write_text(out, name)));
    }
    fields.maybe_text("group", condition.group.as_deref()).maybe_text("groupRule", condition.group_rule.as_deref());
    if let Some(units) = &condition.units {
        fields.raw("units", units.as_str());
    }
    if let Some(rules) = &condition.rules {
        fields.raw("rules", rules.as_str());
    }
    fields.end();
}
