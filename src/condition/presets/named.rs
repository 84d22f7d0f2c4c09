//! Presets by name: `{"preset": "free-shipping-over", "name": "Free over 50", "with": {"minimum": 5000}}`.
//!
//! The name may be left out: it is the preset's then. What comes of it are conditions like any others.

use super::{Tier, TierValue};
use crate::condition::filter;
use crate::condition::{ConditionInput, presets};
use crate::error::{Error, Result};
use crate::json::{Raw, Reader, Sort, once, repeated, required, unknown};
use crate::money::amount::{parse_major, shown};
use crate::money::{Amount, Currency, Decimal, PriceInput};

/// Every preset with its parameters; `?` stands after one that may be left out.
pub const PRESETS: &[(&str, &[&str])] = &[
    ("percentage-discount", &["percent"]),
    ("fixed-discount", &["amount"]),
    ("capped-discount", &["percent", "cap"]),
    ("percentage-discount-over", &["percent", "minimum"]),
    ("fixed-discount-over", &["amount", "minimum"]),
    ("buy-x-get-y", &["buy", "get", "percent?", "items?", "buys?", "max?"]),
    ("bulk-discount", &["percent", "quantity"]),
    ("tiered-discount", &["tiers"]),
    ("item-percentage", &["percent", "items?"]),
    ("item-fixed", &["amount", "items?"]),
    ("product-discount", &["percent", "product"]),
    ("any-product-discount", &["percent", "products"]),
    ("flash-sale", &["percent", "start", "end"]),
    ("happy-hour", &["percent", "start", "end", "zone?"]),
    ("weekend-discount", &["percent", "zone?"]),
    ("customer-tag-discount", &["percent", "tag", "metadata_key?"]),
    ("vip-discount", &["percent"]),
    ("flat-shipping", &["amount"]),
    ("tiered-shipping", &["tiers"]),
    ("percentage-shipping", &["percent"]),
    ("free-shipping", &[]),
    ("free-shipping-over", &["minimum"]),
    ("tax", &["percent"]),
    ("included-tax", &["percent"]),
    ("compound-tax", &["percent", "on"]),
    ("tax-exemption", &[]),
    ("service-fee", &["amount"]),
    ("surcharge", &["percent"]),
    ("small-order-fee", &["amount", "below"]),
];

/// The parameters of a preset. Each name has one shape, whatever the preset.
#[derive(Default)]
struct With {
    given: Vec<Box<str>>,
    percent: Option<Box<str>>,
    amount: Option<PriceInput>,
    minimum: Option<PriceInput>,
    below: Option<PriceInput>,
    cap: Option<i64>,
    buy: Option<i64>,
    get: Option<i64>,
    max: Option<i64>,
    quantity: Option<i64>,
    items: Option<Box<str>>,
    buys: Option<Box<str>>,
    product: Option<Box<str>>,
    products: Option<Vec<Box<str>>>,
    on: Option<Vec<Box<str>>>,
    start: Option<Box<str>>,
    end: Option<Box<str>>,
    zone: Option<Box<str>>,
    tag: Option<Box<str>>,
    metadata_key: Option<Box<str>>,
    tiers: Option<Vec<Tier>>,
}

/// The conditions of a preset in a cart of `currency`; its parameters are the JSON object `with`.
pub fn conditions(
    preset: &str,
    name: Option<&str>,
    with: Option<&Raw>,
    currency: Currency,
) -> Result<Vec<ConditionInput>> {
    let plain = preset.replace('_', "-");
    let Some((preset, params)) = PRESETS.iter().find(|(known, _)| **known == plain) else {
        let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
        let message = text!("expected one of {}, found {:?}", known.join(", "), preset);
        return Err(Error::invalid(message).under("preset"));
    };
    let with = match with {
        Some(raw) => {
            Reader::whole(raw.as_str(), |reader| read(reader, currency)).map_err(|error| error.under("with"))?
        }
        None => With::default(),
    };
    let plain = |param: &&str| param.trim_end_matches('?').to_owned();
    if let Some(given) = with.given.iter().find(|given| !params.iter().any(|param| *plain(param) == ***given)) {
        let known: Vec<String> = params.iter().map(plain).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(unknown(if known.is_empty() { &["none at all"] } else { &known }).under(given).under("with"));
    }
    make(preset, name.unwrap_or(preset), with).map_err(|error| error.under("with"))
}

fn make(preset: &str, name: &str, with: With) -> Result<Vec<ConditionInput>> {
    let missing =
        |field: &'static str| move || Error::invalid("expected a value, found nothing").because("missing").under(field);
    let text = |value: &Option<Box<str>>, field| value.clone().ok_or_else(missing(field));
    let price = |value: &Option<PriceInput>, field| value.clone().ok_or_else(missing(field));
    let count = |value: Option<i64>, field| value.ok_or_else(missing(field));
    let percent = || text(&with.percent, "percent");
    let amount = || price(&with.amount, "amount");
    let minimum = || price(&with.minimum, "minimum");
    let (items, zone) = (with.items.as_deref(), with.zone.as_deref());
    let tiers = || with.tiers.as_deref().ok_or_else(missing("tiers"));
    Ok(vec![match preset {
        "percentage-discount" => presets::percentage_discount(name, &percent()?),
        "fixed-discount" => presets::fixed_discount(name, &amount()?),
        "capped-discount" => presets::capped_discount(name, &percent()?, count(with.cap, "cap")?),
        "percentage-discount-over" => presets::percentage_discount_over(name, &percent()?, &minimum()?),
        "fixed-discount-over" => presets::fixed_discount_over(name, &amount()?, &minimum()?),
        "buy-x-get-y" => {
            let pieces = (count(with.buy, "buy")?, count(with.get, "get")?);
            let percent = with.percent.as_deref().unwrap_or("100");
            presets::buy_x_get_y(name, pieces, percent, items, with.buys.as_deref(), with.max)
        }
        "bulk-discount" => presets::bulk_discount(name, &percent()?, count(with.quantity, "quantity")?),
        "tiered-discount" => return Ok(presets::tiered_discount(name, tiers()?)),
        "item-percentage" => presets::item_percentage(name, &percent()?, items),
        "item-fixed" => presets::item_fixed(name, &amount()?, items),
        "product-discount" => presets::product_discount(name, &percent()?, &text(&with.product, "product")?),
        "any-product-discount" => {
            let products = with.products.as_deref().ok_or_else(missing("products"))?;
            presets::any_product_discount(name, &percent()?, products)
        }
        "flash-sale" => presets::flash_sale(name, &percent()?, &text(&with.start, "start")?, &text(&with.end, "end")?),
        "happy-hour" => {
            presets::happy_hour(name, &percent()?, &text(&with.start, "start")?, &text(&with.end, "end")?, zone)
        }
        "weekend-discount" => presets::weekend_discount(name, &percent()?, zone),
        "customer-tag-discount" => {
            let key = with.metadata_key.as_deref();
            presets::customer_tag_discount(name, &percent()?, &text(&with.tag, "tag")?, key)
        }
        "vip-discount" => presets::vip_discount(name, &percent()?),
        "flat-shipping" => presets::flat_shipping(name, &amount()?),
        "tiered-shipping" => return Ok(presets::tiered_shipping(name, tiers()?)),
        "percentage-shipping" => presets::percentage_shipping(name, &percent()?),
        "free-shipping" => presets::free_shipping(name),
        "free-shipping-over" => presets::free_shipping_over(name, &minimum()?),
        "tax" => presets::tax(name, &percent()?),
        "included-tax" => presets::included_tax(name, &percent()?),
        "compound-tax" => presets::compound_tax(name, &percent()?, with.on.as_deref().ok_or_else(missing("on"))?),
        "tax-exemption" => presets::tax_exemption(name),
        "service-fee" => presets::service_fee(name, &amount()?),
        "surcharge" => presets::surcharge(name, &percent()?),
        _ => presets::small_order_fee(name, &amount()?, &price(&with.below, "below")?),
    }])
}

fn read(reader: &mut Reader<'_>, currency: Currency) -> Result<With> {
    let mut with = With::default();
    reader.object(|field, r| {
        if with.given.iter().any(|given| **given == *field) {
            return Err(repeated());
        }
        with.given.push(field.into());
        match field {
            "percent" => with.percent = Some(percent(r)?),
            "amount" => with.amount = Some(price(r, currency)?),
            "minimum" => with.minimum = Some(price(r, currency)?),
            "below" => with.below = Some(price(r, currency)?),
            "cap" => with.cap = Some(count(r, 0)?),
            "buy" => with.buy = Some(count(r, 1)?),
            "get" => with.get = Some(count(r, 1)?),
            "max" => with.max = Some(count(r, 1)?),
            "quantity" => with.quantity = Some(count(r, 1)?),
            "items" => with.items = Some(filters(r)?),
            "buys" => with.buys = Some(filters(r)?),
            "product" => with.product = Some(text(r)?),
            "products" => with.products = Some(texts(r)?),
            "on" => with.on = Some(texts(r)?),
            "start" => with.start = Some(text(r)?),
            "end" => with.end = Some(text(r)?),
            "zone" => with.zone = Some(text(r)?),
            "tag" => with.tag = Some(text(r)?),
            "metadata_key" => with.metadata_key = Some(text(r)?),
            "tiers" => with.tiers = Some(tiers(r, currency)?),
            _ => drop(r.raw()?),
        }
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
fn price(reader: &mut Reader<'_>, currency: Currency) -> Result<PriceInput> {
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
    Ok(PriceInput::Minor(amount.minor()))
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
    let (field, index) = last
        .split_once('[')
        .map_or((last, None), |(field, rest)| (field, rest.strip_suffix(']').and_then(|index| index.parse().ok())));
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
            "percent" => once(&mut value, TierValue::Percent(percent(r)?)),
            "amount" => once(&mut value, TierValue::Amount(price(r, currency)?)),
            _ => Err(unknown(&["minimum", "percent", "amount"])),
        })?;
        let minimum = required(minimum, "minimum", "the subtotal from which it holds")?;
        let value =
            value.ok_or_else(|| Error::invalid("expected percent or amount, found neither").because("missing"))?;
        if let (Some(Tier { minimum: PriceInput::Minor(before), .. }), PriceInput::Minor(after)) =
            (tiers.last(), &minimum)
            && after <= before
        {
            let message = text!("expected more than the {} of the tier before, found {}", before, after);
            return Err(Error::invalid(message).under("minimum"));
        }
        tiers.push(Tier { minimum, value });
        Ok(())
    })?;
    if tiers.is_empty() { Err(Error::invalid("expected one tier at least, found none")) } else { Ok(tiers) }
}
