//! Filters, as data and as text, and the reasons why nothing is chosen.

use super::super::cart::{Filter, Item, filters};
use super::super::filter::{passes, passes_all};
use super::super::number::whole;
use super::*;

fn item() -> Item {
    let attributes = json!({
        "size": "M", "weight": 250, "tags": ["new", 1, {"a": 1, "b": [true]}], "on": true, "none": null,
        "brand": {"name": "Acme", "since": {"year": 1900}}, "brand.kind": "whole",
    });
    Item {
        id: "tee-m".into(),
        name: "T-shirt".into(),
        price: whole(1999),
        quantity: whole(2),
        attributes: attributes.as_object().unwrap().clone(),
        conditions: Vec::new(),
    }
}

#[test]
fn every_operator() {
    let yes_and_no = [
        ("id", "=", json!("tee-m"), true),
        ("id", "=", json!("Tee-m"), false),
        ("price", "=", json!(1999.0), true),
        ("price", "=", json!("1999"), false),
        ("total", "=", json!(3998), true),
        ("attributes.on", "=", json!(1), false),
        ("attributes.on", "=", json!(true), true),
        ("weight", "=", json!(2.5e2), true),
        ("absent", "=", json!(null), true),
        ("none", "=", json!(null), true),
        ("absent", "!=", json!("x"), true),
        ("absent", "=", json!(false), false),
        ("size", "!=", json!("M"), false),
        ("quantity", ">", json!(1), true),
        ("quantity", ">", json!(2), false),
        ("quantity", ">=", json!(2), true),
        ("quantity", "<", json!(2.5), true),
        ("quantity", "<=", json!(1), false),
        ("size", ">", json!("L"), true),
        ("size", ">", json!(1), false),
        ("size", "<=", json!(1), false),
        ("absent", "<", json!(1), false),
        ("size", "in", json!(["S", "M"]), true),
        ("weight", "in", json!(["250"]), false),
        ("absent", "in", json!([null]), true),
        ("size", "not_in", json!(["S"]), true),
        ("absent", "not_in", json!(["S"]), true),
        ("name", "contains", json!("shirt"), true),
        ("name", "contains", json!("Shirt"), false),
        ("tags", "contains", json!(1.0), true),
        ("tags", "contains", json!({"b": [true], "a": 1}), true),
        ("tags", "contains", json!("ne"), false),
        ("weight", "contains", json!("2"), false),
        ("weight", "not_contains", json!("2"), true),
        ("name", "starts_with", json!("T-"), true),
        ("name", "ends_with", json!("T-"), false),
        ("name", "ends_with", json!("shirt"), true),
        ("weight", "starts_with", json!(2), false),
        ("brand.name", "=", json!("Acme"), true),
        ("attributes.brand.since.year", "=", json!(1900), true),
        ("brand.kind", "=", json!("whole"), true),
        ("brand.absent", "=", json!(null), true),
        ("size.absent", "=", json!(null), true),
        ("brand", "=", json!({"since": {"year": 1900}, "name": "Acme"}), true),
    ];
    for (field, op, value, wanted) in yes_and_no {
        let filter = Filter { field: field.into(), op: op.into(), value };
        assert_eq!(passes(&item(), &filter), wanted, "{field} {op} {}", filter.value);
    }
}

#[test]
fn text_order_is_by_code_points() {
    // U+FF5E comes before U+1F600, although its first UTF-16 unit is the larger one.
    let mut item = item();
    item.name = "\u{FF5E}".into();
    assert!(passes(&item, &Filter { field: "name".into(), op: "<".into(), value: json!("\u{1F600}") }));
}

#[test]
fn filter_text() {
    let read = |text: &str| {
        let read = filters(&text.into());
        read.into_iter().map(|each| json!([each.field, each.op, each.value])).collect::<Vec<_>>()
    };
    assert_eq!(read("price>=10"), [json!(["price", ">=", 10])]);
    assert_eq!(
        read("a=b;c != 1.5 ; d=true;e=null"),
        [json!(["a", "=", "b"]), json!(["c", "!=", 1.5]), json!(["d", "=", true]), json!(["e", "=", null])]
    );
    assert_eq!(read("size in [S,M]"), [json!(["size", "in", ["S", "M"]])]);
    assert_eq!(read("size not-in[1, \"c; d\" ,null]"), [json!(["size", "not_in", [1, "c; d", null]])]);
    assert_eq!(read("size not-in [1]"), [json!(["size", "not_in", [1]])]);
    assert_eq!(
        read("name ~ shirt;tags !~ new"),
        [json!(["name", "contains", "shirt"]), json!(["tags", "not_contains", "new"])]
    );
    assert_eq!(read("name starts-with \"a \\\" @\""), [json!(["name", "starts_with", "a \" @"])]);
    assert_eq!(read("name = 'it\\'s'"), [json!(["name", "=", "it's"])]);
    assert_eq!(read("name = '1'"), [json!(["name", "=", "1"])]);
    assert_eq!(read("indexing = in stock"), [json!(["indexing", "=", "in stock"])]);
    assert_eq!(read("name contains T-shirt two"), [json!(["name", "contains", "T-shirt two"])]);
    let target = super::super::text::target("items:mail='a@b';x=1@item-discount/per-group#attributes.brand");
    assert_eq!((target.phase, target.application.as_str()), ("item_discount", "per_group"));
    assert_eq!(target.group_by.as_deref(), Some("attributes.brand"));
    assert!(target.items && target.filters.len() == 2 && target.filters[0].value == "a@b");
    assert!(!passes_all(&item(), &target.filters));
}

#[test]
fn filters_read_what_is_stored() {
    let totals = priced(
        &[(100, 1), (200, 1)],
        &[condition("half -50% items@pre_item/per_unit"), condition("big -1 items:price>150@item_discount/per_unit")],
    );
    assert_eq!(column(&totals, "/net"), [50, 99]);
}

#[test]
fn reasons_have_their_precedence() {
    let reason =
        |more: Value, text: &str| entry(&priced(&[(100, 1), (200, 1)], &[with(text, more)]), "c")["reason"].clone();
    let none = "c /0 items:id=z@item_discount/per_item";
    let some = "c /0 items:id=a@item_discount/per_item";
    assert_eq!(
        reason(json!({ "rules": { "any": [{ "always-true": {} }, { "not": { "has-item": {} } }] } }), none),
        "rule_error"
    );
    let zone = json!({ "day-of-week": { "days": ["sat"], "zone": "Mars/Base" } });
    assert_eq!(reason(json!({ "rules": { "all": [zone, { "nonsense": {} }] } }), none), "zone_unavailable");
    assert_eq!(reason(json!({ "rules": { "all": [{ "nonsense": {} }, zone] } }), none), "rule_error");
    assert_eq!(reason(json!({ "rules": { "always-false": {} } }), none), "rule_not_met");
    assert_eq!(reason(json!({ "rules": { "item-id-prefix": { "prefix": "z" } } }), none), "no_match");
    assert_eq!(reason(json!({ "rules": { "item-id-prefix": { "prefix": "b" } } }), some), "rule_not_met");
    assert_eq!(
        reason(json!({ "rules": { "all": [{ "item-id-prefix": { "prefix": "a" } }, { "always-false": {} }] } }), some),
        "rule_not_met"
    );
    assert_eq!(reason(json!({ "rules": { "item-id-prefix": { "prefix": "a" } } }), some), "division_by_zero");
    assert_eq!(reason(json!({}), none), "no_match");
    let text = "c /0 items@item_discount/per_unit";
    assert_eq!(reason(json!({ "units": { "every": 5, "take": 1 } }), text), "no_match");
}

#[test]
fn item_rules_choose_lines_for_items_and_ask_for_any_line_for_the_cart() {
    let rules = json!({ "not": { "item-price-at-least": { "amount": 150 } } });
    let items = priced(&[(100, 1), (200, 1)], &[with("c -10 items@item_discount/per_item", json!({ "rules": rules }))]);
    assert_eq!(column(&items, "/net"), [90, 200]);
    let whole = priced(&[(100, 1), (200, 1)], &[with("c -10 cart@cart_subtotal/aggregate", json!({ "rules": rules }))]);
    assert_eq!(entry(&whole, "c")["reason"], "rule_not_met");
    // Each rule by itself: no line is both, but one is each.
    let both =
        json!({ "all": [{ "item-price-at-least": { "amount": 150 } }, { "item-id-prefix": { "prefix": "a" } }] });
    let whole = priced(&[(100, 1), (200, 1)], &[with("c -10 cart@cart_subtotal/aggregate", json!({ "rules": both }))]);
    assert_eq!(whole["total"], 290);
}

#[test]
fn a_lines_own_condition_changes_its_line_alone() {
    let mut items = lines(&[(100, 1), (100, 2)]);
    items[1]["conditions"] = json!([
        condition("own -10% items@cart_subtotal/aggregate"),
        condition("tax +10% items@tax/aggregate"),
        condition("moved -1 cart@tax/aggregate"),
    ]);
    let totals = totals(&cart(items, json!([])), &terms());
    assert_eq!(column(&totals, "/itemAdjustments"), [0, -2]);
    assert_eq!(column(&totals, "/net"), [100, 178]);
    assert_eq!(column(&totals, "/shares/tax"), [0, 18]);
    assert_eq!(entry(&totals, "moved")["phase"], "item_discount");
}
