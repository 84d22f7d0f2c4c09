//! Rules: the forty keys, and all, any, not. All of them read the cart as stored, before any condition, so the same
//! rule has the same answer in every phase.

use super::Terms;
use super::cart::{Cart, Item};
use super::filter::attribute;
use super::json::{MISSING, contains, equal, holds};
use super::number::{self, Q, sum, whole};
use super::time;
use num_traits::Zero;
use serde_json::Value;

/// Why a rule cannot be evaluated: the reason that the breakdown gives.
pub(crate) type Trouble = &'static str;

const ERROR: Trouble = "rule_error";
const NO_ZONE: Trouble = "zone_unavailable";

/// Whether a rule tree holds. With a line, item rules speak of that line; without one, of any line, each by itself.
///
/// Every part is evaluated even where the answer is known already: one part in error makes the whole tree not met,
/// inside `not` too, and the first such part in the order of the document gives the reason.
pub(crate) fn holds_for(rule: &Value, cart: &Cart, line: Option<&Item>, terms: &Terms) -> Result<bool, Trouble> {
    let (key, parameters) = only_field(rule)?;
    match key {
        "all" | "any" => {
            let parts = parameters.as_array().ok_or(ERROR)?;
            let mut answers = Vec::new();
            for part in parts {
                answers.push(holds_for(part, cart, line, terms)?);
            }
            Ok(if key == "all" { answers.iter().all(|yes| *yes) } else { answers.iter().any(|yes| *yes) })
        }
        "not" => Ok(!holds_for(parameters, cart, line, terms)?),
        _ if is_item_rule(key) => item_rule(key, parameters, cart, line),
        _ => cart_rule(key, parameters, cart, terms),
    }
}

/// Whether a tree has a rule about items in it.
pub(crate) fn speaks_of_items(rule: &Value) -> bool {
    match only_field(rule) {
        Ok(("all" | "any", parts)) => parts.as_array().is_some_and(|parts| parts.iter().any(speaks_of_items)),
        Ok(("not", part)) => speaks_of_items(part),
        Ok((key, _)) => is_item_rule(key),
        Err(_) => false,
    }
}

/// The ten keys that judge a line. `item-list-…` are about the cart, in spite of their names.
fn is_item_rule(key: &str) -> bool {
    key.starts_with("item-") && !key.starts_with("item-list-")
}

fn only_field(rule: &Value) -> Result<(&str, &Value), Trouble> {
    let fields = rule.as_object().filter(|fields| fields.len() == 1).ok_or(ERROR)?;
    fields.iter().next().map(|(key, value)| (key.as_str(), value)).ok_or(ERROR)
}

fn text<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, Trouble> {
    parameters.get(name).and_then(Value::as_str).ok_or(ERROR)
}

fn number(parameters: &Value, name: &str) -> Result<Q, Trouble> {
    match parameters.get(name) {
        Some(Value::Number(number)) => Ok(number::of_json(number)),
        _ => Err(ERROR),
    }
}

fn list<'a>(parameters: &'a Value, name: &str) -> Result<&'a [Value], Trouble> {
    parameters.get(name).and_then(Value::as_array).map(Vec::as_slice).ok_or(ERROR)
}

fn any_value<'a>(parameters: &'a Value, name: &str) -> Result<&'a Value, Trouble> {
    parameters.get(name).ok_or(ERROR)
}

/// The rules that judge a line. At the level of the cart, one line that holds is enough.
fn item_rule(key: &str, parameters: &Value, cart: &Cart, line: Option<&Item>) -> Result<bool, Trouble> {
    let judge: Box<dyn Fn(&Item) -> bool> = match key {
        "item-attribute-equals" => {
            let (name, value) = (text(parameters, "attribute")?, any_value(parameters, "value")?);
            Box::new(move |item| equal(attribute(&item.attributes, name), value))
        }
        "item-attribute-in" => {
            let (name, values) = (text(parameters, "attribute")?, list(parameters, "values")?);
            Box::new(move |item| holds(values, attribute(&item.attributes, name)))
        }
        "item-quantity-at-least" => {
            let least = number(parameters, "quantity")?;
            Box::new(move |item| item.quantity >= least)
        }
        "item-quantity-at-most" => {
            let most = number(parameters, "quantity")?;
            Box::new(move |item| item.quantity <= most)
        }
        "item-price-at-least" => {
            let least = number(parameters, "amount")?;
            Box::new(move |item| item.price >= least)
        }
        "item-price-at-most" => {
            let most = number(parameters, "amount")?;
            Box::new(move |item| item.price <= most)
        }
        "item-total-at-least" => {
            let least = number(parameters, "amount")?;
            Box::new(move |item| &item.price * &item.quantity >= least)
        }
        "item-total-at-most" => {
            let most = number(parameters, "amount")?;
            Box::new(move |item| &item.price * &item.quantity <= most)
        }
        "item-has-condition" => {
            let name = text(parameters, "condition")?;
            Box::new(move |item| item.conditions.iter().any(|each| each == name))
        }
        "item-id-prefix" => {
            let prefix = text(parameters, "prefix")?;
            Box::new(move |item| item.id.starts_with(prefix))
        }
        _ => return Err(ERROR),
    };
    Ok(match line {
        Some(line) => judge(line),
        None => cart.items.iter().any(judge),
    })
}

/// The rules that judge the cart as a whole. Bounds are inclusive, `-below` is not.
fn cart_rule(key: &str, parameters: &Value, cart: &Cart, terms: &Terms) -> Result<bool, Trouble> {
    let lines = || whole(cart.items.len() as i64);
    let quantity = || sum(cart.items.iter().map(|item| &item.quantity));
    let plain_total = || sum(&cart.items.iter().map(|item| &item.price * &item.quantity).collect::<Vec<_>>());
    let has_item = |id: &Value| cart.items.iter().any(|item| id.as_str() == Some(&item.id));
    let metadata = || Ok::<_, Trouble>(cart.metadata.get(text(parameters, "key")?).unwrap_or(&MISSING));
    Ok(match key {
        "always-true" => true,
        "always-false" => false,
        "has-any-item" => !cart.items.is_empty(),
        "min-items" => lines() >= number(parameters, "min")?,
        "max-items" => lines() <= number(parameters, "max")?,
        "min-quantity" => quantity() >= number(parameters, "min")?,
        "max-quantity" => quantity() <= number(parameters, "max")?,
        // Subtotal and total mean the same in a rule: price × quantity of all lines, without conditions.
        "subtotal-at-least" | "total-at-least" => plain_total() >= number(parameters, "amount")?,
        "subtotal-below" | "total-below" => plain_total() < number(parameters, "amount")?,
        "subtotal-between" | "total-between" => {
            let (min, max) = (number(parameters, "min")?, number(parameters, "max")?);
            if max < min {
                return Err(ERROR);
            }
            min <= plain_total() && plain_total() <= max
        }
        "has-item" => has_item(&text(parameters, "id")?.into()),
        "missing-item" => !has_item(&text(parameters, "id")?.into()),
        "item-list-includes-any" => list(parameters, "ids")?.iter().any(has_item),
        "item-list-includes-all" => list(parameters, "ids")?.iter().all(has_item),
        "has-metadata" => !metadata()?.is_null(),
        "metadata-equals" => equal(metadata()?, any_value(parameters, "value")?),
        "metadata-not-equals" => !equal(metadata()?, any_value(parameters, "value")?),
        "metadata-in" => holds(list(parameters, "values")?, metadata()?),
        "metadata-contains" => contains(metadata()?, any_value(parameters, "contains")?),
        "metadata-flag-true" => truthy(metadata()?),
        "customer-tag" => {
            let tag = text(parameters, "tag")?;
            let key = match parameters.get("metadata_key") {
                Some(_) => text(parameters, "metadata_key")?,
                None => "customer_tags",
            };
            match cart.metadata.get(key) {
                Some(Value::Array(tags)) => holds(tags, &tag.into()),
                Some(Value::String(tags)) => tags.split(',').any(|each| each.trim() == tag),
                _ => false,
            }
        }
        "currency-is" => text(parameters, "currency")? == cart.currency,
        // The list as stored, whether or not the condition in it applies.
        "cart-condition-exists" => {
            let wanted = text(parameters, "condition")?;
            cart.listed.iter().any(|(name, _)| name == wanted)
        }
        "cart-condition-type-exists" => {
            let wanted = text(parameters, "type")?;
            cart.listed.iter().any(|(_, kind)| kind == wanted)
        }
        "day-of-week" => {
            let days = list(parameters, "days")?.iter().map(day).collect::<Result<Vec<_>, _>>()?;
            days.contains(&time::weekday(local_ms(parameters, terms)?))
        }
        "date-window" => {
            let instant = |name| time::instant_ns(text(parameters, name)?).ok_or(ERROR);
            let (start, end) = (instant("start")?, instant("end")?);
            let now = i128::from(terms.at_ms) * 1_000_000;
            start <= now && now <= end
        }
        "time-window" => {
            let clock = |name| time::clock(text(parameters, name)?).ok_or(ERROR);
            let (start, end) = (clock("start")?, clock("end")?);
            // Whole minutes: the last one is in until its last millisecond. A window may pass midnight.
            let now = time::minute(local_ms(parameters, terms)?);
            if start <= end { start <= now && now <= end } else { now >= start || now <= end }
        }
        _ => return Err(ERROR),
    })
}

/// True, a number but 0, a text but "", "0" and "false", a list or an object with something in it.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => !number::of_json(number).is_zero(),
        Value::String(text) => !["", "0", "false"].contains(&text.as_str()),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// A day's name, its first three letters, or its number modulo 7 from Sunday = 0.
fn day(value: &Value) -> Result<i64, Trouble> {
    const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    match value {
        Value::Number(number) => number.as_i64().map(|number| number.rem_euclid(7)).ok_or(ERROR),
        Value::String(text) => {
            let text = text.to_lowercase();
            let named = NAMES.iter().position(|name| text == *name || text == name[..3]);
            named.map(|day| day as i64).ok_or(ERROR)
        }
        _ => Err(ERROR),
    }
}

/// The time where the rule's zone is. No zone is UTC; an offset speaks for itself; any other name is for the context
/// to know, and it may not.
fn local_ms(parameters: &Value, terms: &Terms) -> Result<i64, Trouble> {
    let zone = match parameters.get("zone") {
        None => "UTC",
        Some(_) => text(parameters, "zone")?,
    };
    let offset = match (zone, time::fixed_offset(zone)) {
        ("UTC", _) => 0,
        (_, Some(offset)) => offset,
        _ => i64::from(*terms.zones.get(zone).ok_or(NO_ZONE)?),
    };
    Ok(terms.at_ms + offset * 1000)
}
