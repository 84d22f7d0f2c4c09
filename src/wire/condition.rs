//! A condition.
//!
//! `{"name": "VAT", "type": "tax", "value": "+19%", "target": "cart@tax/aggregate", "order": 0,
//! "attributes": {…}, "cap": 5000}`; value and target also as data.

use super::{map, once, required, text, unknown};
use crate::condition::{Condition, ConditionInput, TargetInput, ValueInput};
use crate::error::{Error, Result};
use crate::json::{Fields, Reader, Sort, write_integer, write_list, write_text};
use crate::money::Amount;

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
    "rules",
];

/// Reads a condition as a caller gives it, or as storage keeps it.
pub fn read(reader: &mut Reader<'_>) -> Result<ConditionInput> {
    let (mut name, mut kind, mut the_value, mut the_target, mut order) = (None, None, None, None, None);
    let (mut attributes, mut cap, mut included, mut compound_on) = (None, None, None, None);
    let (mut group, mut group_rule, mut rules) = (None, None, None);
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
        rules,
        included: included.unwrap_or(false),
        compound_on: compound_on.unwrap_or_default(),
        group,
        group_rule,
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
        .map_err(|_| Error::invalid(format!("expected an order within {} and {}, found {found}", i32::MIN, i32::MAX)))
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
    let mut fields = Fields::new(out);
    fields.text("name", &condition.name).text("type", &condition.kind).text("value", condition.value.as_str());
    fields.with("target", |out| {
        out.push('"');
        condition.target.write(out);
        out.push('"');
    });
    fields.integer("order", i64::from(condition.order));
    if let Some(attributes) = &condition.attributes {
        fields.raw("attributes", attributes.as_str());
    }
    fields.maybe_integer("cap", condition.cap.map(Amount::minor));
    fields.end();
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
    if let Some(rules) = &condition.rules {
        fields.raw("rules", rules.as_str());
    }
    fields.end();
}
