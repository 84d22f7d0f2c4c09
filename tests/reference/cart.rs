//! A cart as its Content shows it, read into what the reference works on. The cart is one that the product accepted;
//! what cannot be read here is a fault of the test, and panics.

use super::number::{self, Q, Rounding, ten_to};
use super::text;
use serde_json::{Map, Value};

/// The phases in their order. `custom` stands before `grand_total`.
pub(crate) const PHASES: [&str; 10] = [
    "pre_item",
    "item_discount",
    "item_post",
    "cart_subtotal",
    "shipping",
    "taxable",
    "tax",
    "payment",
    "custom",
    "grand_total",
];

/// The phases that act on single lines, before there are goods as a whole.
pub(crate) fn is_item_phase(phase: &str) -> bool {
    ["pre_item", "item_discount", "item_post"].contains(&phase)
}

pub(crate) struct Cart {
    pub(crate) currency: String,
    pub(crate) rounding: Rounding,
    pub(crate) items: Vec<Item>,
    pub(crate) metadata: Map<String, Value>,
    /// The cart's own list as stored: name and type of each condition, whether or not it applies.
    pub(crate) listed: Vec<(String, String)>,
    /// Every condition of the lines, line by line, and then of the cart, each list in its order.
    pub(crate) conditions: Vec<Condition>,
}

/// A line as stored.
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) price: Q,
    pub(crate) quantity: Q,
    pub(crate) attributes: Map<String, Value>,
    /// The names of its own conditions.
    pub(crate) conditions: Vec<String>,
}

pub(crate) enum Change {
    Percent(Q),
    Amount(Q),
    Factor(Q),
    Divisor(Q),
}

pub(crate) struct Filter {
    pub(crate) field: String,
    pub(crate) op: String,
    pub(crate) value: Value,
}

/// Where a condition acts.
pub(crate) struct Target {
    pub(crate) items: bool,
    pub(crate) filters: Vec<Filter>,
    pub(crate) phase: &'static str,
    pub(crate) application: String,
    pub(crate) group_by: Option<String>,
}

/// Buy X, get Y.
pub(crate) struct Units {
    pub(crate) every: Q,
    pub(crate) take: Q,
    pub(crate) of: Option<Vec<Filter>>,
    pub(crate) max: Option<Q>,
}

pub(crate) struct Condition {
    /// The line whose own it is; none for the cart's.
    pub(crate) owner: Option<usize>,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) change: Change,
    pub(crate) target: Target,
    pub(crate) order: i64,
    pub(crate) rules: Option<Value>,
    pub(crate) cap: Option<Q>,
    pub(crate) included: bool,
    pub(crate) compound_on: Vec<String>,
    pub(crate) group: Option<String>,
    pub(crate) best: bool,
    pub(crate) units: Option<Units>,
}

impl Condition {
    /// A percentage above zero.
    pub(crate) fn is_rate(&self) -> bool {
        matches!(&self.change, Change::Percent(percent) if *percent > number::zero())
    }

    /// What acts first in shipping and tax: percentages and amounts above zero.
    pub(crate) fn is_raise(&self) -> bool {
        self.is_rate() || matches!(&self.change, Change::Amount(amount) if *amount > number::zero())
    }
}

fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} should be text in {value}")).to_owned()
}

fn number_of(value: &Value, field: &str) -> Option<Q> {
    value.get(field).map(|number| match number {
        Value::Number(number) => number::of_json(number),
        _ => panic!("{field} should be a number in {value}"),
    })
}

fn list_of<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn map_of(value: &Value, field: &str) -> Map<String, Value> {
    value.get(field).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// How many decimal places a currency's major unit has.
fn exponent(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "PYG" | "UGX" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "KWD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 3,
        _ => 2,
    }
}

/// Reads a cart's Content.
pub(crate) fn read(content: &Value) -> Cart {
    let currency = text_of(content, "currency");
    let items: Vec<Item> = list_of(content, "items").iter().map(item).collect();
    let mut conditions = Vec::new();
    for (line, content) in list_of(content, "items").iter().enumerate() {
        conditions.extend(list_of(content, "conditions").iter().map(|each| condition(each, Some(line), &currency)));
    }
    let own = list_of(content, "conditions");
    conditions.extend(own.iter().map(|each| condition(each, None, &currency)));
    Cart {
        rounding: Rounding::named(content.get("rounding").and_then(Value::as_str).unwrap_or("half_up")),
        metadata: map_of(content, "metadata"),
        listed: own.iter().map(|each| (text_of(each, "name"), text_of(each, "type"))).collect(),
        items,
        conditions,
        currency,
    }
}

fn item(content: &Value) -> Item {
    Item {
        id: text_of(content, "id"),
        name: text_of(content, "name"),
        price: number_of(content, "price").expect("an item has a price"),
        quantity: number_of(content, "quantity").unwrap_or_else(number::one),
        attributes: map_of(content, "attributes"),
        conditions: list_of(content, "conditions").iter().map(|each| text_of(each, "name")).collect(),
    }
}

fn condition(content: &Value, owner: Option<usize>, currency: &str) -> Condition {
    let kind = text_of(content, "type");
    Condition {
        owner,
        name: text_of(content, "name"),
        change: change(&content["value"], currency),
        target: target(content.get("target"), &kind, owner.is_some()),
        kind,
        order: content.get("order").map_or(0, |order| order.as_i64().expect("order is a whole number")),
        rules: content.get("rules").cloned(),
        cap: number_of(content, "cap"),
        included: content.get("included").and_then(Value::as_bool).unwrap_or(false),
        compound_on: list_of(content, "compoundOn").iter().map(|name| name.as_str().expect("a name").into()).collect(),
        group: content.get("group").map(|_| text_of(content, "group")),
        best: content.get("groupRule").and_then(Value::as_str) == Some("best"),
        units: content.get("units").map(units),
    }
}

fn units(content: &Value) -> Units {
    Units {
        every: number_of(content, "every").expect("units have `every`"),
        take: number_of(content, "take").expect("units have `take`"),
        of: content.get("of").map(filters),
        max: number_of(content, "max"),
    }
}

/// Section 5: `-10%`, `-500`, `+5.00`, `*0.9`, `/2`, or the same as data. Without a point a fixed amount is in minor
/// units, with one in major units of the cart's currency.
fn change(value: &Value, currency: &str) -> Change {
    let plain = |value: &Value| match value {
        Value::Number(number) => number::of_json(number),
        Value::String(text) => number::decimal(text).unwrap_or_else(|| panic!("{text} should be a number")),
        _ => panic!("{value} should be a number"),
    };
    let money = |text: &str| {
        let amount = number::decimal(text).unwrap_or_else(|| panic!("{text} should be an amount"));
        if text.contains('.') { amount * ten_to(exponent(currency)) } else { amount }
    };
    match value {
        Value::Object(data) => match data.iter().next().expect("a value has one field") {
            (key, value) if key == "percent" => Change::Percent(plain(value)),
            (key, Value::String(text)) if key == "amount" => Change::Amount(money(text)),
            (key, value) if key == "amount" => Change::Amount(plain(value)),
            (key, value) if key == "factor" => Change::Factor(plain(value)),
            (key, value) if key == "divisor" => Change::Divisor(plain(value)),
            (key, _) => panic!("no kind of value is called {key}"),
        },
        Value::Number(number) => Change::Amount(number::of_json(number)),
        Value::String(text) => {
            let text = text.trim();
            if let Some(percent) = text.strip_suffix('%').or_else(|| text.strip_prefix('%')) {
                Change::Percent(plain(&percent.into()))
            } else if let Some(factor) = text.strip_prefix('*') {
                Change::Factor(plain(&factor.into()))
            } else if let Some(divisor) = text.strip_prefix('/') {
                Change::Divisor(plain(&divisor.into()))
            } else {
                Change::Amount(money(text))
            }
        }
        _ => panic!("{value} should be a condition's value"),
    }
}

/// A target as text, as data, or left out. On an item, a target that is left out or that speaks of the cart is
/// `items@item_discount/per_unit`; on the cart the type chooses the phase.
fn target(target: Option<&Value>, kind: &str, own: bool) -> Target {
    let read = match target {
        Some(Value::String(text)) => text::target(text),
        Some(data) => Target {
            items: text_of(data, "scope") == "items",
            filters: data.get("filters").map(filters).unwrap_or_default(),
            phase: phase(&text_of(data, "phase")),
            application: text_of(data, "application").replace('-', "_"),
            group_by: data.get("groupBy").map(|_| text_of(data, "groupBy")),
        },
        None => text::target(match kind {
            "shipping" => "cart@shipping/aggregate",
            "tax" => "cart@tax/aggregate",
            "fee" | "surcharge" => "cart@grand_total/aggregate",
            _ => "cart@cart_subtotal/aggregate",
        }),
    };
    if own && !read.items { text::target("items@item_discount/per_unit") } else { read }
}

/// A list of filters as data, or their text.
pub(crate) fn filters(content: &Value) -> Vec<Filter> {
    match content {
        Value::String(text) => text::filters(text),
        _ => content
            .as_array()
            .expect("filters are a list")
            .iter()
            .map(|filter| Filter {
                field: text_of(filter, "field"),
                op: operator(&text_of(filter, "op")),
                value: filter["value"].clone(),
            })
            .collect(),
    }
}

/// The phase of that name; hyphens are read.
pub(crate) fn phase(name: &str) -> &'static str {
    let name = name.replace('-', "_");
    PHASES.iter().find(|phase| **phase == name).unwrap_or_else(|| panic!("no phase is called {name}"))
}

/// An operator's one name: hyphens are read, and the two short signs.
pub(crate) fn operator(name: &str) -> String {
    match name {
        "~" => "contains".into(),
        "!~" => "not_contains".into(),
        name => name.replace('-', "_"),
    }
}
