//! The usual conditions, ready made.
//!
//! Each is a short constructor over values, targets, rules, groups and units that anybody could write
//! by hand; pricing knows none of them. Percentages are text without a sign (`"12.5"`), amounts are
//! prices without one: a discount takes them off, a fee puts them on.
//!
//! Over the wire they come by name: `{"do": "addPreset", "preset": "free-shipping-over", "name": …,
//! "with": {"minimum": 5000}}` (see [`named`]).

pub mod named;

use super::{ConditionInput, TargetInput, ValueInput};
use crate::json::{Fields, Raw, write_list, write_text};
use crate::money::PriceInput;

/// The order in which presets act within their phase, where it matters between them.
mod order {
    pub(super) const CAMPAIGN: i32 = 5;
    pub(super) const DISCOUNT: i32 = 10;
    pub(super) const CUSTOMER: i32 = 15;
    pub(super) const SHIPPING: i32 = 50;
    pub(super) const FREE_SHIPPING: i32 = 100;
    pub(super) const TAX: i32 = 200;
    pub(super) const COMPOUND_TAX: i32 = 210;
    pub(super) const EXEMPTION: i32 = 250;
    pub(super) const FEE: i32 = 300;
}

/// A step of a tiered preset: from `minimum` on, until the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// What the goods must cost before conditions.
    pub minimum: PriceInput,
    /// What it comes to there.
    pub value: TierValue,
}

/// What a tier comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum TierValue {
    /// A percentage.
    Percent(Box<str>),
    /// An amount.
    Amount(PriceInput),
}

/// So many percent off the goods.
pub fn percentage_discount(name: &str, percent: &str) -> ConditionInput {
    of(name, "discount", off(percent), order::DISCOUNT)
}

/// So much off the goods.
pub fn fixed_discount(name: &str, amount: &PriceInput) -> ConditionInput {
    of(name, "discount", taken(amount), order::DISCOUNT)
}

/// So many percent off the goods, at most `cap` minor units.
pub fn capped_discount(name: &str, percent: &str, cap: i64) -> ConditionInput {
    ConditionInput { cap: Some(cap), ..percentage_discount(name, percent) }
}

/// So many percent off, from a subtotal on.
pub fn percentage_discount_over(name: &str, percent: &str, minimum: &PriceInput) -> ConditionInput {
    percentage_discount(name, percent).when(&at_least(minimum))
}

/// So much off, from a subtotal on.
pub fn fixed_discount_over(name: &str, amount: &PriceInput, minimum: &PriceInput) -> ConditionInput {
    fixed_discount(name, amount).when(&at_least(minimum))
}

/// Of every `buy + get` matching pieces, `percent` off the `get` cheapest. With `buys`, every `buy` pieces
/// that pass those filters give `get` of the matching ones. Filters are text: `id=shirt;price>=1000`.
pub fn buy_x_get_y(
    name: &str,
    (buy, get): (i64, i64),
    percent: &str,
    items: Option<&str>,
    buys: Option<&str>,
    max: Option<i64>,
) -> ConditionInput {
    let mut units = String::new();
    let mut fields = Fields::new(&mut units);
    fields.integer("every", if buys.is_some() { buy } else { buy.saturating_add(get) }).integer("take", get);
    fields.maybe_text("of", buys).maybe_integer("max", max).end();
    ConditionInput {
        target: Some(items_target(items, "per_unit")),
        units: Some(Raw::trusted(units)),
        ..of(name, "discount", off(percent), order::DISCOUNT)
    }
}

/// So many percent off the goods, from a number of pieces on.
pub fn bulk_discount(name: &str, percent: &str, quantity: i64) -> ConditionInput {
    percentage_discount(name, percent).when(&rule("min-quantity", |fields| {
        fields.integer("min", quantity);
    }))
}

/// Discounts that grow with the subtotal: each from its minimum on, until the next one's.
pub fn tiered_discount(name: &str, tiers: &[Tier]) -> Vec<ConditionInput> {
    tiered(name, tiers, |name, value| {
        let value = match value {
            TierValue::Percent(percent) => off(percent),
            TierValue::Amount(amount) => taken(amount),
        };
        of(name, "discount", value, order::DISCOUNT)
    })
}

/// So many percent off each line, or each line that passes the filters.
pub fn item_percentage(name: &str, percent: &str, items: Option<&str>) -> ConditionInput {
    ConditionInput {
        target: Some(items_target(items, "per_item")),
        ..of(name, "discount", off(percent), order::DISCOUNT)
    }
}

/// So much off each line, or each line that passes the filters.
pub fn item_fixed(name: &str, amount: &PriceInput, items: Option<&str>) -> ConditionInput {
    ConditionInput {
        target: Some(items_target(items, "per_item")),
        ..of(name, "discount", taken(amount), order::DISCOUNT)
    }
}

/// So many percent off the goods while a product is among them.
pub fn product_discount(name: &str, percent: &str, product: &str) -> ConditionInput {
    percentage_discount(name, percent).when(&rule("has-item", |fields| {
        fields.text("id", product);
    }))
}

/// So many percent off the goods while one of several products is among them.
pub fn any_product_discount<T: AsRef<str>>(name: &str, percent: &str, products: &[T]) -> ConditionInput {
    let ids = |out: &mut String| write_list(out, products, |out, id| write_text(out, id.as_ref()));
    percentage_discount(name, percent).when(&rule("item-list-includes-any", |fields| {
        fields.with("ids", ids);
    }))
}

/// So many percent off between two instants, both in: RFC 3339.
pub fn flash_sale(name: &str, percent: &str, start: &str, end: &str) -> ConditionInput {
    of(name, "discount", off(percent), order::CAMPAIGN).when(&rule("date-window", |fields| {
        fields.text("start", start).text("end", end);
    }))
}

/// So many percent off between two times of day, `HH:MM`, both in; in UTC where no zone is named.
pub fn happy_hour(name: &str, percent: &str, start: &str, end: &str, zone: Option<&str>) -> ConditionInput {
    of(name, "discount", off(percent), order::CAMPAIGN).when(&rule("time-window", |fields| {
        fields.text("start", start).text("end", end).maybe_text("zone", zone);
    }))
}

/// So many percent off on Saturdays and Sundays; in UTC where no zone is named.
pub fn weekend_discount(name: &str, percent: &str, zone: Option<&str>) -> ConditionInput {
    of(name, "discount", off(percent), order::CAMPAIGN).when(&rule("day-of-week", |fields| {
        fields.raw("days", r#"["sat","sun"]"#).maybe_text("zone", zone);
    }))
}

/// So many percent off for customers that have a tag in the cart's metadata.
pub fn customer_tag_discount(name: &str, percent: &str, tag: &str, metadata_key: Option<&str>) -> ConditionInput {
    of(name, "discount", off(percent), order::CUSTOMER).when(&rule("customer-tag", |fields| {
        fields.text("tag", tag).maybe_text("metadata_key", metadata_key);
    }))
}

/// So many percent off for customers tagged `vip`.
pub fn vip_discount(name: &str, percent: &str) -> ConditionInput {
    customer_tag_discount(name, percent, "vip", None)
}

/// Shipping at one price.
pub fn flat_shipping(name: &str, amount: &PriceInput) -> ConditionInput {
    of(name, "shipping", added(amount), order::SHIPPING)
}

/// Shipping whose price depends on the subtotal: each from its minimum on, until the next one's.
pub fn tiered_shipping(name: &str, tiers: &[Tier]) -> Vec<ConditionInput> {
    tiered(name, tiers, |name, value| {
        let value = match value {
            TierValue::Percent(percent) => on(percent),
            TierValue::Amount(amount) => added(amount),
        };
        of(name, "shipping", value, order::SHIPPING)
    })
}

/// Shipping as so many percent of the goods.
pub fn percentage_shipping(name: &str, percent: &str) -> ConditionInput {
    of(name, "shipping", on(percent), order::SHIPPING)
}

/// Shipping for nothing, whatever it would cost.
pub fn free_shipping(name: &str) -> ConditionInput {
    of(name, "shipping", off("100"), order::FREE_SHIPPING)
}

/// Shipping for nothing, from a subtotal on.
pub fn free_shipping_over(name: &str, minimum: &PriceInput) -> ConditionInput {
    free_shipping(name).when(&at_least(minimum))
}

/// A tax on top of the prices.
pub fn tax(name: &str, percent: &str) -> ConditionInput {
    of(name, "tax", on(percent), order::TAX)
}

/// A tax that the prices contain.
pub fn included_tax(name: &str, percent: &str) -> ConditionInput {
    ConditionInput { included: true, ..tax(name, percent) }
}

/// A tax on top of the prices and of earlier taxes.
pub fn compound_tax<T: AsRef<str>>(name: &str, percent: &str, taxes: &[T]) -> ConditionInput {
    ConditionInput {
        compound_on: taxes.iter().map(|name| name.as_ref().into()).collect(),
        order: order::COMPOUND_TAX,
        ..tax(name, percent)
    }
}

/// No tax.
pub fn tax_exemption(name: &str) -> ConditionInput {
    of(name, "tax", off("100"), order::EXEMPTION)
}

/// A fee.
pub fn service_fee(name: &str, amount: &PriceInput) -> ConditionInput {
    of(name, "fee", added(amount), order::FEE)
}

/// A surcharge of so many percent of what is to be paid.
pub fn surcharge(name: &str, percent: &str) -> ConditionInput {
    of(name, "surcharge", on(percent), order::FEE)
}

/// A fee on carts below a subtotal.
pub fn small_order_fee(name: &str, amount: &PriceInput, below: &PriceInput) -> ConditionInput {
    service_fee(name, amount).when(&rule("subtotal-below", |fields| price(fields, "amount", below)))
}

impl ConditionInput {
    /// The same condition, only while a rule holds; its JSON is trusted.
    fn when(self, rule: &str) -> Self {
        ConditionInput { rules: Some(Raw::trusted(rule.into())), ..self }
    }
}

fn of(name: &str, kind: &str, value: ValueInput, order: i32) -> ConditionInput {
    ConditionInput { order, ..ConditionInput::new(name, kind, value) }
}

fn on(percent: &str) -> ValueInput {
    ValueInput::Percent(percent.into())
}

fn off(percent: &str) -> ValueInput {
    ValueInput::Percent(text!("-{}", percent).into())
}

fn added(amount: &PriceInput) -> ValueInput {
    ValueInput::Amount(amount.clone())
}

fn taken(amount: &PriceInput) -> ValueInput {
    ValueInput::Amount(match amount {
        PriceInput::Minor(minor) => PriceInput::Minor(-minor),
        PriceInput::Text(text) => PriceInput::Text(text!("-{}", text.trim()).into()),
    })
}

fn items_target(filters: Option<&str>, application: &str) -> TargetInput {
    let filters = filters.map(|filters| text!(":{}", filters)).unwrap_or_default();
    TargetInput::Text(text!("items{}@item_discount/{}", filters, application).into())
}

fn rule(key: &str, params: impl FnOnce(&mut Fields<'_>)) -> String {
    let mut out = String::new();
    let write = |out: &mut String| {
        let mut fields = Fields::new(out);
        params(&mut fields);
        fields.end();
    };
    Fields::new(&mut out).with(key, write).end();
    out
}

fn price(fields: &mut Fields<'_>, name: &str, price: &PriceInput) {
    match price {
        PriceInput::Minor(minor) => fields.integer(name, *minor),
        PriceInput::Text(text) => fields.text(name, text),
    };
}

fn at_least(minimum: &PriceInput) -> String {
    rule("subtotal-at-least", |fields| price(fields, "amount", minimum))
}

/// One condition for each tier, named `name 1`, `name 2`, …; `tiers` stand in the order of their minimums.
fn tiered(name: &str, tiers: &[Tier], make: impl Fn(&str, &TierValue) -> ConditionInput) -> Vec<ConditionInput> {
    let rules = tiers.iter().enumerate().map(|(index, tier)| match tiers.get(index + 1) {
        Some(next) => {
            let below = rule("subtotal-below", |fields| price(fields, "amount", &next.minimum));
            [r#"{"all":["#, &at_least(&tier.minimum), ",", &below, "]}"].concat()
        }
        None => at_least(&tier.minimum),
    });
    let numbered = tiers.iter().enumerate().map(|(index, tier)| make(&text!("{} {}", name, index + 1), &tier.value));
    numbered.zip(rules).map(|(condition, rule)| condition.when(&rule)).collect()
}
