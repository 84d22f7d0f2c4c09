//! The usual conditions, ready made.
//!
//! Each is a row of a table over values, targets, rules, groups and units that anybody could write by hand;
//! pricing knows none of them. Percentages are text without a sign (`"12.5"`), amounts are
//! prices without one: a discount takes them off, a fee puts them on.
//!
//! They come by name: `{"do": "addPreset", "preset": "free-shipping-over", "name": …,
//! "with": {"minimum": 5000}}`. [`named`] reads that; what the names mean is said here.

pub mod named;

use super::{ConditionInput, TargetInput, ValueInput};
use crate::json::{Fields, Raw, write_integer, write_list, write_text};
use crate::money::PriceInput;
use named::{Given, With};

/// A preset: which parameters it takes, and what it makes of them.
struct Preset {
    name: &'static str,
    /// `?` stands after one that may be left out.
    params: &'static [&'static str],
    /// The type of the condition.
    kind: &'static str,
    /// Its order within its phase, where it matters between presets.
    order: i32,
    worth: Worth,
    /// The rule that it holds by: a key, and for each of its parameters that of the preset, or a value after `=`.
    rule: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    acts: Acts,
}

/// What a condition's value is made of.
#[derive(Clone, Copy)]
enum Worth {
    /// So many percent off.
    Off,
    /// So many percent on top.
    On,
    /// An amount off.
    Taken,
    /// An amount on top.
    Added,
    /// Everything off.
    Free,
}

/// What is special about how a preset acts.
#[derive(Clone, Copy, PartialEq)]
enum Acts {
    /// Nothing: on what its type says.
    Plainly,
    /// At most so much: parameter `cap`.
    Capped,
    /// On each line, or each line that passes the filters `items`.
    OnLines,
    /// On `get` of every `buy + get` matching pieces, the cheapest first. With `buys`, on `get` of the matching
    /// pieces for every `buy` that pass those filters.
    OnPieces,
    /// In steps that grow with the subtotal: each from its minimum on, until the next one's.
    InTiers,
    /// As a part of the prices.
    Included,
    /// Also on the taxes `on`.
    OnTaxes,
}

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

const FROM_MINIMUM: Option<(&str, &[(&str, &str)])> = Some(("subtotal-at-least", &[("amount", "minimum")]));

const fn discount(name: &'static str, params: &'static [&'static str]) -> Preset {
    let (order, acts) = (order::DISCOUNT, Acts::Plainly);
    Preset { name, params, kind: "discount", order, worth: Worth::Off, rule: None, acts }
}

const fn shipping(name: &'static str, params: &'static [&'static str], worth: Worth) -> Preset {
    Preset { kind: "shipping", order: order::SHIPPING, worth, ..discount(name, params) }
}

const fn tax(name: &'static str, params: &'static [&'static str], acts: Acts) -> Preset {
    Preset { kind: "tax", order: order::TAX, worth: Worth::On, acts, ..discount(name, params) }
}

const fn fee(name: &'static str, params: &'static [&'static str]) -> Preset {
    Preset { kind: "fee", order: order::FEE, worth: Worth::Added, ..discount(name, params) }
}

/// Every preset.
const TABLE: [Preset; 29] = [
    // So many percent off the goods, or so much; at most the cap; from a subtotal on.
    discount("percentage-discount", &["percent"]),
    Preset { worth: Worth::Taken, ..discount("fixed-discount", &["amount"]) },
    Preset { acts: Acts::Capped, ..discount("capped-discount", &["percent", "cap"]) },
    Preset { rule: FROM_MINIMUM, ..discount("percentage-discount-over", &["percent", "minimum"]) },
    Preset { worth: Worth::Taken, rule: FROM_MINIMUM, ..discount("fixed-discount-over", &["amount", "minimum"]) },
    Preset { acts: Acts::OnPieces, ..discount("buy-x-get-y", &["buy", "get", "percent?", "items?", "buys?", "max?"]) },
    // From a number of pieces on.
    Preset {
        rule: Some(("min-quantity", &[("min", "quantity")])),
        ..discount("bulk-discount", &["percent", "quantity"])
    },
    Preset { acts: Acts::InTiers, ..discount("tiered-discount", &["tiers"]) },
    Preset { acts: Acts::OnLines, ..discount("item-percentage", &["percent", "items?"]) },
    Preset { acts: Acts::OnLines, worth: Worth::Taken, ..discount("item-fixed", &["amount", "items?"]) },
    // While a product, or one of several, is among the goods.
    Preset { rule: Some(("has-item", &[("id", "product")])), ..discount("product-discount", &["percent", "product"]) },
    Preset {
        rule: Some(("item-list-includes-any", &[("ids", "products")])),
        ..discount("any-product-discount", &["percent", "products"])
    },
    // Between two instants, both in: RFC 3339.
    Preset {
        order: order::CAMPAIGN,
        rule: Some(("date-window", &[("start", "start"), ("end", "end")])),
        ..discount("flash-sale", &["percent", "start", "end"])
    },
    // Between two times of day, `HH:MM`, both in; in UTC where no zone is named.
    Preset {
        order: order::CAMPAIGN,
        rule: Some(("time-window", &[("start", "start"), ("end", "end"), ("zone", "zone")])),
        ..discount("happy-hour", &["percent", "start", "end", "zone?"])
    },
    Preset {
        order: order::CAMPAIGN,
        rule: Some(("day-of-week", &[("days", r#"=["sat","sun"]"#), ("zone", "zone")])),
        ..discount("weekend-discount", &["percent", "zone?"])
    },
    // For customers that have a tag in the cart's metadata.
    Preset {
        order: order::CUSTOMER,
        rule: Some(("customer-tag", &[("tag", "tag"), ("metadata_key", "metadata_key")])),
        ..discount("customer-tag-discount", &["percent", "tag", "metadata_key?"])
    },
    Preset {
        order: order::CUSTOMER,
        rule: Some(("customer-tag", &[("tag", r#"="vip""#)])),
        ..discount("vip-discount", &["percent"])
    },
    shipping("flat-shipping", &["amount"], Worth::Added),
    Preset { acts: Acts::InTiers, ..shipping("tiered-shipping", &["tiers"], Worth::Added) },
    // As so many percent of the goods.
    shipping("percentage-shipping", &["percent"], Worth::On),
    // For nothing, whatever it would cost; from a subtotal on.
    Preset { order: order::FREE_SHIPPING, ..shipping("free-shipping", &[], Worth::Free) },
    Preset {
        order: order::FREE_SHIPPING,
        rule: FROM_MINIMUM,
        ..shipping("free-shipping-over", &["minimum"], Worth::Free)
    },
    // On top of the prices; contained in them; on top of the prices and of earlier taxes; none.
    tax("tax", &["percent"], Acts::Plainly),
    tax("included-tax", &["percent"], Acts::Included),
    Preset { order: order::COMPOUND_TAX, ..tax("compound-tax", &["percent", "on"], Acts::OnTaxes) },
    Preset { order: order::EXEMPTION, worth: Worth::Free, ..tax("tax-exemption", &[], Acts::Plainly) },
    fee("service-fee", &["amount"]),
    // So many percent of what is to be paid.
    Preset { kind: "surcharge", worth: Worth::On, ..fee("surcharge", &["percent"]) },
    // On carts below a subtotal.
    Preset { rule: Some(("subtotal-below", &[("amount", "below")])), ..fee("small-order-fee", &["amount", "below"]) },
];

/// A step of a tiered preset: from `minimum` minor units on, until the next one.
struct Tier {
    /// What the goods must cost before conditions.
    minimum: i64,
    /// What it comes to there: a percentage, or an amount.
    value: Given,
}

impl Preset {
    /// The conditions that it makes. What it takes is there.
    fn make(&self, name: &str, with: &With) -> Vec<ConditionInput> {
        if self.acts == Acts::InTiers {
            return self.tiers(name, with.tiers());
        }
        let worth = match self.worth {
            Worth::Taken | Worth::Added => with.find("amount"),
            _ => with.find("percent"),
        };
        let mut condition = self.condition(name, worth);
        condition.rules = self.rule.map(|(key, params)| {
            rule(key, |fields| {
                for (param, from) in params {
                    match (from.strip_prefix('='), with.find(from)) {
                        (Some(json), _) => fields.raw(param, json),
                        (None, Some(given)) => fields.with(param, |out| given.write(out)),
                        (None, None) => continue,
                    };
                }
            })
        });
        match self.acts {
            Acts::Plainly | Acts::InTiers => {}
            Acts::Capped => condition.cap = with.integer("cap"),
            Acts::Included => condition.included = true,
            Acts::OnTaxes => condition.compound_on = with.texts("on").to_vec(),
            Acts::OnLines => condition.target = Some(lines(with, "per_item")),
            Acts::OnPieces => {
                condition.target = Some(lines(with, "per_unit"));
                condition.units = Some(units(with));
            }
        }
        vec![condition]
    }

    /// A condition of its kind, worth so much: all of it where nothing else is said.
    fn condition(&self, name: &str, worth: Option<&Given>) -> ConditionInput {
        let value = match (self.worth, worth) {
            (Worth::Off | Worth::Taken | Worth::Free, Some(Given::Text(percent))) => {
                ValueInput::Percent(text!("-{}", percent).into())
            }
            (_, Some(Given::Text(percent))) => ValueInput::Percent(percent.clone()),
            (Worth::Off | Worth::Taken, Some(Given::Integer(minor))) => ValueInput::Amount(PriceInput::Minor(-minor)),
            (_, Some(Given::Integer(minor))) => ValueInput::Amount(PriceInput::Minor(*minor)),
            _ => ValueInput::Percent("-100".into()),
        };
        ConditionInput { order: self.order, ..ConditionInput::new(name, self.kind, value) }
    }

    /// One condition for each tier, named `name 1`, `name 2`, …; they stand in the order of their minimums.
    fn tiers(&self, name: &str, tiers: &[Tier]) -> Vec<ConditionInput> {
        let mut conditions = Vec::with_capacity(tiers.len());
        for (index, tier) in tiers.iter().enumerate() {
            let mut condition = self.condition(&text!("{} {}", name, index + 1), Some(&tier.value));
            let amount = |key: &str, minor: i64| {
                rule(key, |fields| {
                    fields.integer("amount", minor);
                })
            };
            let from = amount("subtotal-at-least", tier.minimum);
            condition.rules = Some(match tiers.get(index + 1) {
                Some(next) => {
                    let below = amount("subtotal-below", next.minimum);
                    Raw::trusted([r#"{"all":["#, from.as_str(), ",", below.as_str(), "]}"].concat())
                }
                None => from,
            });
            conditions.push(condition);
        }
        conditions
    }
}

impl Given {
    fn write(&self, out: &mut String) {
        match self {
            Given::Text(text) => write_text(out, text),
            Given::Integer(integer) => write_integer(out, *integer),
            Given::Texts(texts) => write_list(out, texts, |out, text| write_text(out, text)),
            Given::Tiers(_) => {}
        }
    }
}

/// The lines that pass the filters `items`: `id=shirt;price>=1000`.
fn lines(with: &With, application: &str) -> TargetInput {
    let (colon, filters) = with.text("items").map_or(("", ""), |filters| (":", filters));
    TargetInput::Text(text!("items{}{}@item_discount/{}", colon, filters, application).into())
}

fn units(with: &With) -> Raw {
    let (buy, get, buys) = (with.integer("buy").unwrap_or(1), with.integer("get").unwrap_or(1), with.text("buys"));
    let mut units = String::new();
    let mut fields = Fields::new(&mut units);
    fields.integer("every", if buys.is_some() { buy } else { buy.saturating_add(get) }).integer("take", get);
    fields.maybe_text("of", buys).maybe_integer("max", with.integer("max")).end();
    Raw::trusted(units)
}

fn rule(key: &str, params: impl FnOnce(&mut Fields<'_>)) -> Raw {
    let mut out = String::new();
    let write = |out: &mut String| {
        let mut fields = Fields::new(out);
        params(&mut fields);
        fields.end();
    };
    Fields::new(&mut out).with(key, write).end();
    Raw::trusted(out)
}
