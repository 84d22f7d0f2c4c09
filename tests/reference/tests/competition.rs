//! Groups, and buy X get Y.

use super::*;

fn grouped(rule: &str, conditions: &[&str]) -> Vec<Value> {
    conditions.iter().map(|text| with(text, json!({ "group": "g", "groupRule": rule }))).collect()
}

#[test]
fn exclusive_takes_the_first_that_would_apply() {
    let mut conditions = grouped(
        "exclusive",
        &[
            "a -10% cart@cart_subtotal/aggregate",
            "b -20% cart@cart_subtotal/aggregate",
            "c -30% cart@cart_subtotal/aggregate",
        ],
    );
    conditions[0]["rules"] = json!({ "always-false": {} });
    conditions[2]["order"] = (-1).into();
    conditions[2]["value"] = "/0".into();
    let totals = priced(&[(1000, 1)], &conditions);
    assert_eq!(totals["total"], 800);
    assert_eq!(entry(&totals, "a")["reason"], "rule_not_met");
    assert_eq!(entry(&totals, "c")["reason"], "division_by_zero");
    conditions[0].as_object_mut().unwrap().remove("rules");
    assert_eq!(entry(&priced(&[(1000, 1)], &conditions), "b")["reason"], "group");
}

#[test]
fn best_compares_when_the_first_comes_up_and_acts_in_its_place() {
    let conditions = [
        grouped("best", &["small -150 cart@cart_subtotal/aggregate", "large -20% cart@cart_subtotal/aggregate"]),
        vec![with("between -50% cart@cart_subtotal/aggregate", json!({ "order": 1 }))],
    ]
    .concat();
    let mut conditions = conditions;
    conditions[1]["order"] = 2.into();
    // -200 against -150 at the beginning; by the time it acts, 20 % are 100.
    let totals = priced(&[(1000, 1)], &conditions);
    assert_eq!(entry(&totals, "small")["reason"], "group");
    assert_eq!((&entry(&totals, "large")["amount"], &totals["total"]), (&json!(-100), &json!(400)));
}

#[test]
fn best_ties_go_to_the_first_and_raises_to_the_lowest() {
    let tie = grouped("best", &["a -10% cart@cart_subtotal/aggregate", "b -100 cart@cart_subtotal/aggregate"]);
    assert_eq!(entry(&priced(&[(1000, 1)], &tie), "b")["reason"], "group");
    let fees = grouped("best", &["a +10% cart@shipping/aggregate", "b +50 cart@shipping/aggregate"]);
    assert_eq!(priced(&[(1000, 1)], &fees)["shipping"], 50);
}

#[test]
fn one_group_spans_lines_and_cart() {
    let mut items = lines(&[(100, 1), (1000, 1)]);
    for (line, name) in [(0, "own a"), (1, "own b")] {
        items[line]["conditions"] =
            json!([{ "name": name, "type": "any", "value": "-50%", "group": "g", "groupRule": "best" }]);
    }
    let cart_wide = grouped("best", &["all -10% items@item_discount/per_unit"]);
    let totals = totals(&cart(items, cart_wide.into()), &terms());
    assert_eq!(column(&totals, "/net"), [100, 500]);
    assert_eq!(
        (&entry(&totals, "own a")["reason"], &entry(&totals, "all")["reason"]),
        (&json!("group"), &json!("group"))
    );
}

#[test]
fn an_included_tax_that_loses_does_not_share_the_base() {
    let mut taxes = grouped("exclusive", &["a +19% cart@tax/aggregate", "b +6% cart@tax/aggregate"]);
    taxes.push(condition("c +6% cart@tax/aggregate"));
    for tax in &mut taxes {
        tax["included"] = true.into();
    }
    let totals = priced(&[(12_500, 1)], &taxes);
    assert_eq!((&entry(&totals, "a")["amount"], &entry(&totals, "c")["amount"]), (&json!(1900), &json!(600)));
    assert_eq!(entry(&totals, "b")["reason"], "group");
    taxes.reverse();
    let totals = priced(&[(11_200, 1)], &taxes);
    assert_eq!((&entry(&totals, "b")["amount"], &entry(&totals, "c")["amount"]), (&json!(600), &json!(600)));
}

fn units(of: &[(i64, i64)], value: &str, units: Value) -> Value {
    priced(of, &[with(&format!("u {value} items@item_discount/per_unit"), json!({ "units": units }))])
}

#[test]
fn the_cheapest_units_are_taken() {
    let totals = units(&[(500, 2), (300, 1), (400, 3)], "-100%", json!({ "every": 3, "take": 1 }));
    assert_eq!(column(&totals, "/itemAdjustments"), [0, -300, -400]);
    let entry = entry(&totals, "u");
    assert_eq!((&entry["base"], &entry["exact"], &entry["amount"]), (&json!(700), &json!("-700"), &json!(-700)));
}

#[test]
fn ties_go_to_the_earlier_line_and_max_limits() {
    let totals = units(&[(300, 2), (300, 4)], "-10", json!({ "every": 2, "take": 1 }));
    assert_eq!(column(&totals, "/itemAdjustments"), [-20, -10]);
    let totals = units(&[(300, 2), (300, 4)], "-10", json!({ "every": 2, "take": 1, "max": 1 }));
    assert_eq!(column(&totals, "/itemAdjustments"), [-10, 0]);
}

#[test]
fn others_may_be_counted() {
    let counted = json!({ "every": 2, "take": 1, "of": [{ "field": "id", "op": "=", "value": "a" }] });
    let conditions = [with("u -50% items:id=b@item_discount/per_unit", json!({ "units": counted }))];
    assert_eq!(
        column(&priced(&[(500, 6), (301, 2)], &conditions), "/itemAdjustments"),
        [0, -302],
        "no more than there are"
    );
    assert_eq!(entry(&priced(&[(500, 1), (301, 2)], &conditions), "u")["reason"], "no_match");
}

#[test]
fn a_unit_changes_when_all_of_its_line_are_taken() {
    let later = condition("later -10% items@item_post/per_unit");
    let first =
        |take: i64| with("u -50 items@item_discount/per_unit", json!({ "units": { "every": 2, "take": take } }));
    let some = priced(&[(100, 2)], &[first(1), later.clone()]);
    assert_eq!((&entry(&some, "later")["base"], &some["total"]), (&json!(200), &json!(130)));
    let all = priced(&[(100, 2)], &[first(2), later]);
    assert_eq!((&entry(&all, "later")["base"], &all["total"]), (&json!(100), &json!(90)));
}

#[test]
fn a_taken_unit_is_cut_at_zero_and_capped() {
    let totals = units(&[(30, 2)], "-50", json!({ "every": 1, "take": 1 }));
    assert_eq!((&totals["total"], &entry(&totals, "u")["cutOff"]), (&json!(0), &json!(40)));
    let capped = with("u -50% items@pre_item/per_unit", json!({ "units": { "every": 2, "take": 1 }, "cap": 3 }));
    assert_eq!(priced(&[(30, 4)], &[capped])["total"], 114);
}
