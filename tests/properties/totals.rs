//! What holds for the totals of every cart, whatever its conditions are.
//!
//! The carts are those of the reference's generator: a seed is a cart with everything that is legal.

use super::{cases, terms::Priced};
use proptest::prelude::*;
use pushcart::condition::{Target, Value as ConditionValue};
use pushcart::money::Currency;
use pushcart_tests::reference::random::{self, Rng};
use serde_json::{Value, json};

fn sum(list: &Value, field: &str) -> i64 {
    list.as_array().into_iter().flatten().map(|value| value[field].as_i64().unwrap_or(0)).sum()
}

fn figure(totals: &Value, name: &str) -> i64 {
    totals[name].as_i64().unwrap_or_else(|| panic!("{name} in {totals}"))
}

/// The identities of the specification.
fn identities(totals: &Value) -> Result<(), TestCaseError> {
    let of = |name: &str| figure(totals, name);
    let total = of("total");
    prop_assert_eq!(total, of("subtotal") + of("shipping") + of("fees") + of("tax") + of("adjustments"));
    let entries = totals["breakdown"].as_array().expect("a breakdown");
    let counted = |entry: &&Value| entry["applied"] == true && entry.get("included").is_none();
    let amounts = |entries: &mut dyn Iterator<Item = &Value>| entries.map(|entry| figure(entry, "amount")).sum::<i64>();
    prop_assert_eq!(total, of("subtotalWithoutConditions") + amounts(&mut entries.iter().filter(counted)));
    let included = |entry: &&Value| entry["applied"] == true && entry.get("included").is_some();
    prop_assert_eq!(of("taxIncluded"), amounts(&mut entries.iter().filter(included)));
    prop_assert_eq!(of("subtotal"), sum(&totals["lineTotals"], "net"));
    prop_assert_eq!(total, sum(&totals["lineTotals"], "total"));
    prop_assert_eq!(of("savings"), of("discount") - of("adjustments"));
    let kinds: i64 = totals["byType"].as_object().into_iter().flatten().filter_map(|(_, amount)| amount.as_i64()).sum();
    prop_assert_eq!(kinds, total - of("subtotalWithoutConditions"));
    for book in ["subtotal", "shipping", "fees", "tax", "taxIncluded", "total", "discount"] {
        prop_assert!(of(book) >= 0, "{book} in {totals}");
    }
    prop_assert!(of("adjustments") <= 0);
    // Each is a part of its base. Together they may be more than the goods where they are on different lines,
    // or rounded up.
    for entry in entries.iter().filter(included) {
        prop_assert!(figure(entry, "amount") <= figure(entry, "base"), "{entry}");
    }
    for phase in ["cart_subtotal", "shipping", "taxable", "tax", "payment", "custom", "grand_total"] {
        let shares: i64 = totals["lineTotals"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|line| line["shares"][phase].as_i64().unwrap_or(0))
            .sum();
        let of_phase = |entry: &&Value| counted(entry) && entry["phase"] == phase;
        prop_assert_eq!(shares, amounts(&mut entries.iter().filter(of_phase)), "{} in {}", phase, totals);
    }
    for line in totals["lineTotals"].as_array().into_iter().flatten() {
        let shares: i64 =
            line["shares"].as_object().into_iter().flatten().filter_map(|(_, share)| share.as_i64()).sum();
        prop_assert_eq!(figure(line, "total"), figure(line, "gross") + figure(line, "itemAdjustments") + shares);
    }
    for entry in entries {
        prop_assert_eq!(entry["applied"] == true, entry.get("reason").is_none());
    }
    Ok(())
}

/// The commands of a cart with others after them.
fn with(mut request: Value, more: &[Value]) -> Value {
    request["commands"].as_array_mut().expect("commands").extend_from_slice(more);
    request
}

fn condition(name: &str, value: &str, target: &str, order: i64) -> Value {
    json!({ "do": "addCondition", "condition": { "name": name, "type": "label", "value": value, "target": target, "order": order } })
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn the_breakdown_and_the_shares_add_up(seed: u64) {
        let priced = Priced::new(&random::random_cart(seed), &random::random_terms(seed));
        identities(&priced.totals())?;
    }

    #[test]
    fn evaluating_twice_is_evaluating_once(seed: u64) {
        let priced = Priced::new(&random::random_cart(seed), &random::random_terms(seed));
        let shown = priced.show();
        let totals = priced.totals();
        if !shown.is_null() {
            prop_assert_eq!(&shown["totals"], &totals);
            prop_assert_eq!(&priced.answer["totals"], &totals);
        }
        prop_assert_eq!(priced.show(), shown);
    }

    #[test]
    fn where_orders_differ_the_order_of_insertion_does_not_matter(seed: u64) {
        let mut request = random::random_cart(seed);
        let terms = random::random_terms(seed);
        let commands = request["commands"].as_array_mut().expect("commands");
        let is_condition = |command: &Value| command["do"] == "addCondition" && command.get("item").is_none();
        let places: Vec<usize> = (0..commands.len()).filter(|at| is_condition(&commands[*at])).collect();
        for (order, place) in places.iter().enumerate() {
            commands[*place]["condition"]["order"] = order.into();
        }
        let first = Priced::new(&request, &terms).totals();
        let mut rng = Rng::new(seed);
        let commands = request["commands"].as_array_mut().expect("commands");
        for place in (1..places.len()).rev() {
            commands.swap(places[place], places[rng.between(0, place as i64) as usize]);
        }
        prop_assert_eq!(first, Priced::new(&request, &terms).totals());
    }

    #[test]
    fn everything_off_leaves_exactly_nothing(seed: u64) {
        let off = condition("everything", "-100%", "cart@grand_total/aggregate", i64::from(i32::MAX));
        let totals = Priced::new(&with(random::random_cart(seed), &[off]), &random::random_terms(seed)).totals();
        prop_assert_eq!(figure(&totals, "total"), 0);
        prop_assert_eq!(sum(&totals["lineTotals"], "total"), 0);
        let goods = [
            condition("a", "-100%", "items@item_post/aggregate", i64::from(i32::MAX)),
            condition("b", "-100%", "cart@cart_subtotal/aggregate", i64::from(i32::MAX)),
        ];
        let totals = Priced::new(&with(random::random_cart(seed), &goods), &random::random_terms(seed)).totals();
        prop_assert_eq!(figure(&totals, "subtotal"), 0);
        identities(&totals)?;
    }

    #[test]
    fn the_tax_that_a_price_contains_and_the_net_make_the_gross(
        price in 0..10_000_000i64, quantity in 1..20i64, rates in prop::collection::vec(0..30_000_000i64, 1..4),
    ) {
        let mut commands = vec![json!({ "do": "add", "item": { "id": "a", "name": "A", "price": price, "quantity": quantity } })];
        for (index, rate) in rates.iter().enumerate() {
            let percent = format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000);
            commands.push(json!({ "do": "addCondition", "condition": { "name": format!("T{index}"), "type": "tax", "value": { "percent": percent }, "included": true } }));
        }
        let request = json!({ "currency": "EUR", "commands": commands });
        let totals = Priced::new(&request, &random::random_terms(0)).totals();
        let gross = price * quantity;
        prop_assert_eq!(figure(&totals, "total"), gross);
        prop_assert_eq!(figure(&totals, "tax"), 0);
        let whole = 100_000_000 + rates.iter().sum::<i64>();
        for (index, rate) in rates.iter().enumerate() {
            // tax = gross × r / (100 + Σ r), so tax × (100 + Σ r) is within half of it of gross × r.
            let tax = figure(&totals["breakdown"][index], "amount");
            let off = i128::from(tax) * i128::from(whole) - i128::from(gross) * i128::from(*rate);
            prop_assert!(off.abs() * 2 <= i128::from(whole), "{tax} of {gross}");
        }
        prop_assert_eq!(figure(&totals, "taxIncluded"), sum(&totals["breakdown"], "amount"));
        prop_assert!(figure(&totals, "taxIncluded") <= gross);
    }

    #[test]
    fn a_cart_scales_with_its_currencys_exponent(
        // Round enough that nothing is ever rounded: two percentages of two decimals, one after the other.
        prices in prop::collection::vec((1..80i64, 1..5i64), 1..6),
        discount in 0..10_000i64, tax in 0..10_000i64, shipping in 0..100i64, fee in -100..100i64,
    ) {
        const UNIT: i64 = 100_000_000;
        let request = |currency: &str, scale: i64| {
            let mut commands: Vec<Value> = prices.iter().enumerate().map(|(index, (price, quantity))| {
                json!({ "do": "add", "item": { "id": index.to_string(), "name": "N", "price": price * UNIT * scale, "quantity": quantity } })
            }).collect();
            let percent = |value: i64, sign: &str| format!("{sign}{}.{:02}%", value / 100, value % 100);
            commands.push(condition("d", &percent(discount, "-"), "cart@cart_subtotal/aggregate", 0));
            commands.push(condition("s", &format!("+{}", shipping * UNIT * scale), "cart@shipping/aggregate", 0));
            commands.push(condition("t", &percent(tax, "+"), "cart@tax/aggregate", 0));
            commands.push(condition("f", &format!("{}", fee * UNIT * scale), "cart@grand_total/aggregate", 0));
            Priced::new(&json!({ "currency": currency, "commands": commands }), &random::random_terms(0)).totals()
        };
        let (yen, dinar) = (request("JPY", 1), request("BHD", 1000));
        for name in ["subtotal", "discount", "shipping", "fees", "tax", "adjustments", "total", "savings"] {
            prop_assert_eq!(figure(&yen, name) * 1000, figure(&dinar, name), "{}", name);
        }
    }

    #[test]
    fn what_was_printed_is_read_back(seed: u64) {
        let content = random::content(&random::random_cart(seed));
        let on_lines = content["items"].as_array().into_iter().flatten().flat_map(|item| item["conditions"].as_array());
        for given in content["conditions"].as_array().into_iter().chain(on_lines).flatten() {
            let Some(target) = given.get("target") else { continue };
            let request = json!({ "commands": [
                { "do": "add", "item": { "id": "a", "name": "A", "price": 1 } },
                { "do": "addCondition", "condition": given },
            ]});
            // A line's own condition may have a target that only a line has.
            let Ok(priced) = Priced::try_new(&request, &random::random_terms(0)) else { continue };
            let kept = &priced.answer["conditions"][0];
            let text = kept["target"].as_str().expect("text");
            let read = Target::parse(text).map_err(|e| TestCaseError::fail(format!("{target} as {text}: {e}")))?;
            prop_assert_eq!(read.to_string(), text);
            let mut data = String::new();
            read.write_data(&mut data);
            let mut again = given.clone();
            again["target"] = serde_json::from_str(&data).expect("data");
            again["value"] = kept["value"].clone();
            let again = json!({ "commands": [
                { "do": "add", "item": { "id": "a", "name": "A", "price": 1 } },
                { "do": "addCondition", "condition": again },
            ]});
            prop_assert_eq!(&Priced::new(&again, &random::random_terms(0)).answer["conditions"][0], kept);
            let value = kept["value"].as_str().expect("text");
            let currency = Currency::parse("USD").expect("a currency");
            let read = ConditionValue::parse(value, currency).expect("a value");
            prop_assert_eq!(read.as_str(), value);
        }
    }
}
