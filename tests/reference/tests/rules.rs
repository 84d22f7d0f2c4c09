//! Each of the forty keys: where it holds, where it does not, and what it cannot read.

use super::super::random::RULES;
use super::super::{rule, time};
use super::*;

fn a_cart() -> Value {
    let mut cart = cart(lines(&[(100, 2), (300, 1)]), json!([{ "name": "S", "type": "sale", "value": "/0" }]));
    cart["items"][0]["attributes"] = json!({ "size": "M", "brand": { "name": "Acme" } });
    cart["items"][1]["conditions"] = json!([{ "name": "own", "type": "any", "value": "/0" }]);
    cart["metadata"] = json!({
        "n": null, "zero": 0, "text": "vip, press", "tags": ["vip", 1], "customer_tags": ["staff"], "falsy": "false",
        "deep": { "a": 1, "b": [2] }, "empty": [], "yes": "no",
    });
    cart
}

/// What a rule says of the cart; or its trouble.
fn says(rule: &Value, at_ms: i64) -> Result<bool, &'static str> {
    let cart = super::super::cart::read(&a_cart());
    rule::holds_for(rule, &cart, None, &Terms { at_ms, ..terms() })
}

#[test]
fn every_key_has_a_true_and_a_false_case() {
    let cases = [
        ("always-true", vec![json!({})], vec![]),
        ("always-false", vec![], vec![json!({})]),
        ("has-any-item", vec![json!({})], vec![]),
        ("min-items", vec![json!({"min": 2})], vec![json!({"min": 3})]),
        ("max-items", vec![json!({"max": 2})], vec![json!({"max": 1})]),
        ("min-quantity", vec![json!({"min": 3})], vec![json!({"min": 4})]),
        ("max-quantity", vec![json!({"max": 3})], vec![json!({"max": 2})]),
        ("subtotal-at-least", vec![json!({"amount": 500})], vec![json!({"amount": 501})]),
        ("subtotal-below", vec![json!({"amount": 501})], vec![json!({"amount": 500})]),
        ("subtotal-between", vec![json!({"min": 500, "max": 500})], vec![json!({"min": 501, "max": 600})]),
        ("total-at-least", vec![json!({"amount": 500})], vec![json!({"amount": 501})]),
        ("total-below", vec![json!({"amount": 501})], vec![json!({"amount": 500})]),
        ("total-between", vec![json!({"min": 0, "max": 500})], vec![json!({"min": 0, "max": 499})]),
        ("has-item", vec![json!({"id": "a"})], vec![json!({"id": "z"})]),
        ("missing-item", vec![json!({"id": "z"})], vec![json!({"id": "a"})]),
        ("item-list-includes-any", vec![json!({"ids": ["z", "a"]})], vec![json!({"ids": ["z"]})]),
        ("item-list-includes-all", vec![json!({"ids": ["b", "a"]})], vec![json!({"ids": ["z", "a"]})]),
        ("has-metadata", vec![json!({"key": "zero"})], vec![json!({"key": "n"}), json!({"key": "absent"})]),
        (
            "metadata-equals",
            vec![json!({"key": "deep", "value": {"b": [2.0], "a": 1}}), json!({"key": "absent", "value": null})],
            vec![json!({"key": "zero", "value": "0"}), json!({"key": "zero", "value": false})],
        ),
        ("metadata-not-equals", vec![json!({"key": "zero", "value": "0"})], vec![json!({"key": "zero", "value": 0.0})]),
        ("metadata-in", vec![json!({"key": "zero", "values": [1, 0]})], vec![json!({"key": "zero", "values": ["0"]})]),
        (
            "metadata-contains",
            vec![json!({"key": "text", "contains": "p, p"}), json!({"key": "tags", "contains": 1})],
            vec![
                json!({"key": "tags", "contains": "vi"}),
                json!({"key": "zero", "contains": 0}),
                json!({"key": "absent", "contains": null}),
            ],
        ),
        (
            "metadata-flag-true",
            vec![json!({"key": "yes"}), json!({"key": "tags"}), json!({"key": "deep"})],
            vec![json!({"key": "zero"}), json!({"key": "falsy"}), json!({"key": "empty"}), json!({"key": "n"})],
        ),
        (
            "customer-tag",
            vec![
                json!({"tag": "staff"}),
                json!({"tag": "press", "metadata_key": "text"}),
                json!({"tag": "vip", "metadata_key": "tags"}),
            ],
            vec![
                json!({"tag": "vip"}),
                json!({"tag": "pres", "metadata_key": "text"}),
                json!({"tag": "x", "metadata_key": "zero"}),
            ],
        ),
        ("currency-is", vec![json!({"currency": "USD"})], vec![json!({"currency": "JPY"})]),
        ("cart-condition-exists", vec![json!({"condition": "S"})], vec![json!({"condition": "own"})]),
        ("cart-condition-type-exists", vec![json!({"type": "sale"})], vec![json!({"type": "any"})]),
        (
            "day-of-week",
            vec![
                json!({"days": ["sat"]}),
                json!({"days": ["monday", 13]}),
                json!({"days": ["Saturday"], "zone": "Europe/Berlin"}),
            ],
            vec![json!({"days": ["sunday", 5]}), json!({"days": [6], "zone": "+12:00"})],
        ),
        (
            "date-window",
            vec![
                json!({"start": "2026-11-21T12:00:00Z", "end": "2026-11-21T12:00:00.000Z"}),
                json!({"start": "2026-11-21T13:30:00+01:30", "end": "2027-01-01T00:00:00Z"}),
            ],
            vec![
                json!({"start": "2026-11-21T12:00:00.001Z", "end": "2027-01-01T00:00:00Z"}),
                json!({"start": "2026-01-01T00:00:00Z", "end": "2026-11-21T11:59:59.999999Z"}),
            ],
        ),
        (
            "time-window",
            vec![
                json!({"start": "12:00", "end": "12:00"}),
                json!({"start": "13:00", "end": "14:00", "zone": "Europe/Berlin"}),
                json!({"start": "22:00", "end": "12:00"}),
            ],
            vec![
                json!({"start": "12:01", "end": "13:00"}),
                json!({"start": "22:00", "end": "11:59"}),
                json!({"start": "12:00", "end": "12:59", "zone": "+01:00"}),
            ],
        ),
        (
            "item-attribute-equals",
            vec![
                json!({"attribute": "size", "value": "M"}),
                json!({"attribute": "brand.name", "value": "Acme"}),
                json!({"attribute": "size", "value": null}),
            ],
            vec![json!({"attribute": "size", "value": "L"})],
        ),
        (
            "item-attribute-in",
            vec![json!({"attribute": "size", "values": ["L", "M"]})],
            vec![json!({"attribute": "size", "values": ["L"]})],
        ),
        ("item-quantity-at-least", vec![json!({"quantity": 2})], vec![json!({"quantity": 3})]),
        ("item-quantity-at-most", vec![json!({"quantity": 1})], vec![json!({"quantity": 0})]),
        ("item-price-at-least", vec![json!({"amount": 300})], vec![json!({"amount": 301})]),
        ("item-price-at-most", vec![json!({"amount": 100})], vec![json!({"amount": 99})]),
        ("item-total-at-least", vec![json!({"amount": 300})], vec![json!({"amount": 301})]),
        ("item-total-at-most", vec![json!({"amount": 200})], vec![json!({"amount": 199})]),
        ("item-has-condition", vec![json!({"condition": "own"})], vec![json!({"condition": "S"})]),
        ("item-id-prefix", vec![json!({"prefix": "b"})], vec![json!({"prefix": "ab"})]),
    ];
    let keys: Vec<&str> = cases.iter().map(|(key, _, _)| *key).collect();
    assert_eq!(keys, RULES);
    for (key, yes, no) in cases {
        for (parameters, wanted) in
            yes.into_iter().map(|each| (each, true)).chain(no.into_iter().map(|each| (each, false)))
        {
            let rule = json!({ (key): parameters });
            assert_eq!(says(&rule, NOW_MS), Ok(wanted), "{rule}");
            assert_eq!(says(&json!({ "not": rule }), NOW_MS), Ok(!wanted), "not {rule}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_an_error_inside_not_too() {
    let bad = [
        json!({"unknown": {}}),
        json!({"min-items": {}}),
        json!({"min-items": {"min": "2"}}),
        json!({"subtotal-between": {"min": 2, "max": 1}}),
        json!({"has-item": {"id": 1}}),
        json!({"day-of-week": {"days": ["someday"]}}),
        json!({"date-window": {"start": "yesterday", "end": "2026-01-01T00:00:00Z"}}),
        json!({"date-window": {"start": "2026-02-29T00:00:00Z", "end": "2026-03-01T00:00:00Z"}}),
        json!({"time-window": {"start": "24:00", "end": "01:00"}}),
        json!({"item-price-at-least": {}}),
        json!({"all": {}}),
        json!({}),
    ];
    for rule in bad {
        assert_eq!(says(&rule, NOW_MS), Err("rule_error"), "{rule}");
        assert_eq!(says(&json!({ "not": rule }), NOW_MS), Err("rule_error"));
        assert_eq!(says(&json!({ "any": [{ "always-true": {} }, rule] }), NOW_MS), Err("rule_error"));
    }
    let zone = json!({"time-window": {"start": "00:00", "end": "23:59", "zone": "Asia/Tokyo"}});
    assert_eq!(says(&zone, NOW_MS), Err("zone_unavailable"));
}

#[test]
fn combinators_nest() {
    let (yes, no) = (json!({"always-true": {}}), json!({"always-false": {}}));
    assert_eq!(says(&json!({"all": [yes, {"any": [no, {"not": no}]}]}), NOW_MS), Ok(true));
    assert_eq!(says(&json!({"all": [yes, {"any": [no, {"not": yes}]}]}), NOW_MS), Ok(false));
}

#[test]
fn the_last_minute_is_in_as_a_whole() {
    let rule = json!({"time-window": {"start": "11:00", "end": "12:00"}});
    assert_eq!(says(&rule, NOW_MS + 59_999), Ok(true));
    assert_eq!(says(&rule, NOW_MS + 60_000), Ok(false));
}

#[test]
fn the_calendar() {
    assert_eq!(time::instant_ns("2026-11-21T12:00:00Z"), Some(i128::from(NOW_MS) * 1_000_000));
    assert_eq!(time::instant_text(NOW_MS + 1), "2026-11-21T12:00:00.001Z");
    for ms in [0, -1, 951_782_399_999, 951_782_400_000, 4_102_444_800_000, 1_709_164_800_000] {
        assert_eq!(time::instant_ns(&time::instant_text(ms)), Some(i128::from(ms) * 1_000_000), "{ms}");
    }
    assert_eq!(time::weekday(NOW_MS), 6);
    assert_eq!(time::weekday(-1), 3);
    assert_eq!(time::fixed_offset("-09:30"), Some(-34_200));
    assert_eq!(time::fixed_offset("Europe/Berlin"), None);
}
