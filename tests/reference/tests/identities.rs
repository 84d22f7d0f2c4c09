//! What holds of every cart, and whether the random carts reach everything.

use super::super::cart::PHASES;
use super::super::random::{RULES, content, random_cart, random_terms};
use super::super::{compare, totals};
use super::*;
use std::collections::BTreeMap;

const SEEDS: u64 = 2000;

fn figure(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn sum_of(values: &[Value], name: &str) -> i64 {
    values.iter().map(|value| figure(value, name)).sum()
}

#[test]
fn the_identities_hold() {
    for seed in 0..SEEDS {
        let totals = totals(&content(&random_cart(seed)), &random_terms(seed));
        let of = |name: &str| figure(&totals, name);
        let (lines, entries) = (totals["lineTotals"].as_array().unwrap(), totals["breakdown"].as_array().unwrap());
        let counted: Vec<Value> =
            entries.iter().filter(|entry| entry["applied"] == true && entry["included"] != true).cloned().collect();

        assert_eq!(of("total"), of("subtotal") + of("shipping") + of("fees") + of("tax") + of("adjustments"), "{seed}");
        assert_eq!(of("total"), of("subtotalWithoutConditions") + sum_of(&counted, "amount"), "{seed}");
        assert_eq!(of("subtotal"), sum_of(lines, "net"), "{seed}");
        assert_eq!(of("total"), sum_of(lines, "total"), "{seed}");
        assert_eq!(of("subtotalWithoutConditions"), sum_of(lines, "gross"), "{seed}");
        assert_eq!(of("savings"), of("discount") - of("adjustments"), "{seed}");
        let kinds: i64 = totals["byType"].as_object().unwrap().values().filter_map(Value::as_i64).sum();
        assert_eq!(kinds, sum_of(&counted, "amount"), "{seed}");
        for name in ["total", "subtotal", "shipping", "fees", "tax", "taxIncluded", "discount", "savings"] {
            assert!(of(name) >= 0, "{name} of {seed}");
        }

        // The shares of a phase sum to what its entries did.
        for phase in PHASES {
            let acted: i64 =
                counted.iter().filter(|entry| entry["phase"] == phase).map(|entry| figure(entry, "amount")).sum();
            let shared: i64 = lines.iter().filter_map(|line| line["shares"].get(phase)?.as_i64()).sum();
            if !["pre_item", "item_discount", "item_post"].contains(&phase) {
                assert_eq!(acted, shared, "{phase} of {seed}");
            }
        }
        for line in lines {
            assert!(figure(line, "net") >= 0, "{seed}");
            let shares = line["shares"].as_object().unwrap();
            let goods = shares.get("cart_subtotal").and_then(Value::as_i64).unwrap_or(0);
            let all: i64 = shares.values().filter_map(Value::as_i64).sum();
            assert_eq!(figure(line, "net"), figure(line, "gross") + figure(line, "itemAdjustments") + goods, "{seed}");
            assert_eq!(figure(line, "total"), figure(line, "net") + all - goods, "{seed}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_cart() {
    for seed in [0, 1, 77] {
        assert_eq!(random_cart(seed), random_cart(seed));
    }
    assert_ne!(random_cart(1), random_cart(2));
}

/// Counts every word that the random carts and their totals use.
fn count(value: &Value, path: &str, seen: &mut BTreeMap<String, u64>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                *seen.entry(format!("{path}{name}")).or_default() += 1;
                count(value, path, seen);
            }
        }
        Value::Array(list) => list.iter().for_each(|each| count(each, path, seen)),
        Value::String(text) => *seen.entry(format!("{path}={text}")).or_default() += 1,
        _ => {}
    }
}

#[test]
fn the_random_carts_reach_everything() {
    let mut seen = BTreeMap::new();
    let (mut halves, mut applied) = (0, BTreeMap::<String, u64>::new());
    for seed in 0..SEEDS {
        let request = random_cart(seed);
        let totals = totals(&content(&request), &random_terms(seed));
        count(&request, "", &mut seen);
        count(&totals["breakdown"], "out ", &mut seen);
        for entry in totals["breakdown"].as_array().unwrap().iter().filter(|entry| entry["applied"] == true) {
            *applied.entry(entry["phase"].as_str().unwrap().to_owned()).or_default() += 1;
            halves += u64::from(entry["exact"].as_str().unwrap().ends_with(".5"));
        }
    }
    let mut wanted: Vec<String> = RULES.map(String::from).to_vec();
    wanted.extend(
        ["all", "any", "not", "cap", "included", "compoundOn", "units", "of", "max", "group"].map(String::from),
    );
    wanted.extend(["percent", "amount", "factor", "divisor", "filters", "groupBy"].map(String::from));
    wanted.extend(
        ["USD", "JPY", "BHD", "half_up", "half_even", "floor", "ceil", "exclusive", "best"]
            .map(|word| format!("={word}")),
    );
    wanted.extend(
        ["=", "!=", ">", ">=", "<", "<=", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with"]
            .map(|op| format!("={op}")),
    );
    wanted.extend(["per_unit", "per_item", "per_group", "aggregate"].map(|word| format!("={word}")));
    wanted.extend(
        ["rule_not_met", "zone_unavailable", "no_match", "group", "division_by_zero", "empty_cart"]
            .map(|word| format!("out ={word}")),
    );
    wanted.extend(["cutOff", "missing", "item", "included"].map(|word| format!("out {word}")));
    for word in wanted {
        let times = seen.get(&word).copied().unwrap_or(0);
        assert!(times >= 10, "{word} comes up {times} times");
    }
    for phase in PHASES {
        assert!(applied.get(phase).is_some_and(|times| *times >= 100), "{phase} in {applied:?}");
    }
    assert!(halves >= 100, "{halves} halves");
}

#[test]
fn a_difference_is_named() {
    let reference = priced(&[(100, 1)], &[condition("d -10% cart@cart_subtotal/aggregate")]);
    let mut product = reference.clone();
    product["validUntil"] = "2026-11-22T00:00:00.000Z".into();
    assert_eq!(compare(&product, &reference), Ok(()));
    product["total"] = 91.into();
    assert_eq!(compare(&product, &reference), Err("total: the product has 91, the reference 90".into()));
    product["breakdown"][0]["exact"] = "-9".into();
    assert!(compare(&product, &reference).unwrap_err().starts_with("breakdown[0].exact: "));
    product["breakdown"] = json!([]);
    assert!(compare(&product, &reference).unwrap_err().starts_with("breakdown: "));
    let mut more = reference.clone();
    more["lineTotals"][0]["extra"] = 1.into();
    assert!(compare(&more, &reference).unwrap_err().starts_with("lineTotals[0].extra: the product has 1"));
}
