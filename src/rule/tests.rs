//! Every key: when it holds, when it does not, and what it refuses.

use super::*;
use crate::cart::{Item, PurchaseRules};
use crate::condition::{ConditionInput, ValueInput};
use crate::id::{Incarnation, Revision};
use crate::money::Rounding;

/// Saturday, 2026-11-21T12:00:00Z.
const NOON_MS: i64 = 1_795_262_400_000;

fn condition(name: &str, kind: &str) -> crate::condition::Condition {
    ConditionInput::new(name, kind, ValueInput::Minor(0)).resolve(Currency::USD, false).unwrap()
}

fn item(id: &str, price: i64, quantity: u32, attributes: &str) -> Item {
    Item {
        id: id.into(),
        name: id.into(),
        price: Amount::new(price).unwrap(),
        quantity,
        attributes: Some(Raw::parse(attributes).unwrap()),
        conditions: Vec::new(),
        purchase: PurchaseRules::default(),
        reference: None,
    }
}

/// Two lines, 3 × 1000 and 1 × 500: 3500 before conditions.
fn cart() -> Cart {
    let mut tee = item("tee-m", 1000, 3, r#"{"category":"clothes","size":{"eu":42},"tags":["sale","new"]}"#);
    tee.conditions.push(condition("Outlet", "discount"));
    let metadata = [
        ("customer_tags", r#"["vip","b2b"]"#),
        ("tags", r#""gold, silver ,bronze""#),
        ("note", r#""leave at door""#),
        ("count", "3.0"),
        ("gift", "true"),
        ("empty", r#""""#),
        ("list", "[1,\"a\"]"),
    ];
    Cart {
        id: "cart".into(),
        revision: Revision { incarnation: Incarnation::from_bits(1), version: 1 },
        currency: Currency::USD,
        rounding: Rounding::HalfUp,
        items: vec![tee, item("mug", 500, 1, r#"{"category":"kitchen"}"#)],
        conditions: vec![condition("VAT", "tax")],
        metadata: metadata.map(|(key, value)| (key.into(), Raw::parse(value).unwrap())).into(),
        created_at: Timestamp::from_ms(0),
        updated_at: Timestamp::from_ms(0),
        expires_at: None,
        converted: None,
    }
}

fn parse(text: &str) -> Result<Rules> {
    Rules::parse(&Raw::parse(text).unwrap(), Currency::USD)
}

fn zone(name: &str, offset_s: i32) -> Zone {
    Zone { name: name.into(), offset_s, until: None }
}

fn with_facts<T>(at_ms: i64, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    let (cart, zones) = (cart(), [zone("Europe/Berlin", 3600), zone("Asia/Kolkata", 19_800)]);
    ask(&Facts {
        cart: &cart,
        subtotal: Amount::new(3500).unwrap(),
        quantity: cart.quantity(),
        at: Timestamp::from_ms(at_ms),
        zones: Zones(&zones),
    })
}

fn holds(text: &str) -> bool {
    let rules = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    with_facts(NOON_MS, |facts| rules.hold(facts))
}

/// Those of some lines that the rules hold for.
fn holds_for(text: &str, lines: &[usize]) -> Vec<usize> {
    let mut lines = lines.to_vec();
    with_facts(NOON_MS, |facts| parse(text).unwrap().retain(facts, &mut lines));
    lines
}

#[test]
fn every_key_holds_and_does_not() {
    let on_and_off: &[(&str, &[&str], &[&str])] = &[
        ("always-true", &["{}"], &[]),
        ("always-false", &[], &["{}"]),
        ("subtotal-at-least", &[r#"{"amount":3500}"#, r#"{"amount":"35.00"}"#], &[r#"{"amount":3501}"#]),
        ("subtotal-below", &[r#"{"amount":3501}"#], &[r#"{"amount":3500}"#]),
        (
            "subtotal-between",
            &[r#"{"min":3500,"max":3500}"#],
            &[r#"{"min":3501,"max":4000}"#, r#"{"min":0,"max":3499}"#],
        ),
        ("total-at-least", &[r#"{"amount":3500}"#], &[r#"{"amount":3501}"#]),
        ("total-below", &[r#"{"amount":3501}"#], &[r#"{"amount":3500}"#]),
        ("total-between", &[r#"{"min":0,"max":3500}"#], &[r#"{"min":0,"max":3499}"#]),
        ("currency-is", &[r#"{"currency":"USD"}"#], &[r#"{"currency":"EUR"}"#]),
        ("has-any-item", &["{}"], &[]),
        ("min-items", &[r#"{"min":2}"#], &[r#"{"min":3}"#]),
        ("max-items", &[r#"{"max":2}"#], &[r#"{"max":1}"#]),
        ("min-quantity", &[r#"{"min":4}"#], &[r#"{"min":5}"#]),
        ("max-quantity", &[r#"{"max":4}"#], &[r#"{"max":3}"#]),
        ("has-item", &[r#"{"id":"mug"}"#], &[r#"{"id":"Mug"}"#]),
        ("missing-item", &[r#"{"id":"cup"}"#], &[r#"{"id":"mug"}"#]),
        ("item-list-includes-any", &[r#"{"ids":["cup","mug"]}"#], &[r#"{"ids":["cup"]}"#]),
        ("item-list-includes-all", &[r#"{"ids":["mug","tee-m"]}"#], &[r#"{"ids":["mug","cup"]}"#]),
        ("has-metadata", &[r#"{"key":"empty"}"#], &[r#"{"key":"nothing"}"#]),
        (
            "metadata-equals",
            &[
                r#"{"key":"count","value":3}"#,
                r#"{"key":"nothing","value":null}"#,
                r#"{"key":"list","value":[1.0,"a"]}"#,
            ],
            &[r#"{"key":"count","value":"3"}"#, r#"{"key":"gift","value":1}"#],
        ),
        (
            "metadata-not-equals",
            &[r#"{"key":"count","value":"3"}"#, r#"{"key":"nothing","value":false}"#],
            &[r#"{"key":"count","value":3}"#, r#"{"key":"nothing","value":null}"#],
        ),
        ("metadata-in", &[r#"{"key":"count","values":[1,3]}"#], &[r#"{"key":"count","values":["3"]}"#]),
        (
            "metadata-contains",
            &[r#"{"key":"note","contains":"door"}"#, r#"{"key":"list","contains":"a"}"#],
            &[
                r#"{"key":"note","contains":"Door"}"#,
                r#"{"key":"count","contains":3}"#,
                r#"{"key":"no","contains":null}"#,
            ],
        ),
        ("metadata-flag-true", &[r#"{"key":"gift"}"#], &[r#"{"key":"empty"}"#, r#"{"key":"nothing"}"#]),
        (
            "customer-tag",
            &[r#"{"tag":"vip"}"#, r#"{"tag":"silver","metadata_key":"tags"}"#],
            &[r#"{"tag":"vi"}"#, r#"{"tag":"vip","metadata_key":"tags"}"#, r#"{"tag":"3","metadata_key":"count"}"#],
        ),
        (
            "day-of-week",
            &[
                r#"{"days":["sat"]}"#,
                r#"{"days":["Saturday"]}"#,
                r#"{"days":[6]}"#,
                r#"{"days":[-1]}"#,
                r#"{"days":["sun","mon",13]}"#,
                r#"{"days":["sat"],"zone":"Europe/Berlin"}"#,
            ],
            &[r#"{"days":["fri","sun"]}"#, r#"{"days":[7]}"#, r#"{"days":["sat"],"zone":"+12:00"}"#],
        ),
        (
            "date-window",
            &[
                r#"{"start":"2026-11-21T12:00:00Z","end":"2026-11-21T12:00:00Z"}"#,
                r#"{"start":"2026-11-21T13:00:00+01:00","end":"2027-01-01T00:00:00Z"}"#,
            ],
            &[
                r#"{"start":"2026-11-21T12:00:00.001Z","end":"2027-01-01T00:00:00Z"}"#,
                r#"{"start":"2026-01-01T00:00:00Z","end":"2026-11-21T11:59:59.999Z"}"#,
            ],
        ),
        (
            "time-window",
            &[
                r#"{"start":"12:00","end":"12:00"}"#,
                r#"{"start":"23:00","end":"12:00"}"#,
                r#"{"start":"13:00","end":"13:00","zone":"Europe/Berlin"}"#,
                r#"{"start":"17:30","end":"17:30","zone":"Asia/Kolkata"}"#,
            ],
            &[
                r#"{"start":"12:01","end":"23:00"}"#,
                r#"{"start":"12:01","end":"11:59"}"#,
                r#"{"start":"12:00","end":"12:00","zone":"Europe/Berlin"}"#,
            ],
        ),
        (
            "item-attribute-equals",
            &[r#"{"attribute":"category","value":"kitchen"}"#, r#"{"attribute":"size.eu","value":42.0}"#],
            &[r#"{"attribute":"category","value":"Kitchen"}"#],
        ),
        (
            "item-attribute-in",
            &[r#"{"attribute":"category","values":["x","clothes"]}"#],
            &[r#"{"attribute":"category","values":["x"]}"#],
        ),
        ("item-quantity-at-least", &[r#"{"quantity":3}"#], &[r#"{"quantity":4}"#]),
        ("item-quantity-at-most", &[r#"{"quantity":1}"#], &[r#"{"quantity":0}"#]),
        ("item-price-at-least", &[r#"{"amount":1000}"#], &[r#"{"amount":1001}"#]),
        ("item-price-at-most", &[r#"{"amount":"5.00"}"#], &[r#"{"amount":499}"#]),
        ("item-total-at-least", &[r#"{"amount":3000}"#], &[r#"{"amount":3001}"#]),
        ("item-total-at-most", &[r#"{"amount":500}"#], &[r#"{"amount":499}"#]),
        ("item-has-condition", &[r#"{"condition":"Outlet"}"#], &[r#"{"condition":"VAT"}"#]),
        ("item-id-prefix", &[r#"{"prefix":"tee-"}"#], &[r#"{"prefix":"ee"}"#]),
        ("cart-condition-exists", &[r#"{"condition":"VAT"}"#], &[r#"{"condition":"Outlet"}"#]),
        ("cart-condition-type-exists", &[r#"{"type":"tax"}"#], &[r#"{"type":"discount"}"#]),
    ];
    for (key, on, off) in on_and_off {
        for (cases, expected) in [(on, true), (off, false)] {
            for params in *cases {
                let text = format!(r#"{{"{key}":{params}}}"#);
                assert_eq!(holds(&text), expected, "{text}");
                assert_eq!(holds(&format!(r#"{{"not":{text}}}"#)), !expected, "not {text}");
            }
        }
    }
    let listed: Vec<&str> = on_and_off.iter().map(|(key, ..)| *key).collect();
    let known: Vec<&str> = keys().map(|(key, _)| *key).collect();
    assert!(known.iter().all(|key| listed.contains(key)), "every key is shown");
    assert_eq!(known.len(), 40);
}

#[test]
fn what_is_no_rule_is_refused_and_the_refusal_says_where() {
    for (text, path) in [
        ("{}", ""),
        (r#"{"always-true":{},"always-false":{}}"#, "always-false"),
        (r#"{"moon-phase":{}}"#, "moon-phase"),
        (r#"{"always-true":null}"#, "always-true"),
        (r#"{"always-true":{"x":1}}"#, "always-true.x"),
        (r#"{"subtotal-at-least":{}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":10.5}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":1e3}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":-1}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":"10"}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":null}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":9007199254740992}}"#, "subtotal-at-least.amount"),
        (r#"{"subtotal-at-least":{"amount":1,"min":1}}"#, "subtotal-at-least.min"),
        (r#"{"subtotal-between":{"min":2,"max":1}}"#, "subtotal-between.max"),
        (r#"{"total-between":{"max":1}}"#, "total-between.min"),
        (r#"{"currency-is":{"currency":"dollars"}}"#, "currency-is.currency"),
        (r#"{"min-items":{"min":"2"}}"#, "min-items.min"),
        (r#"{"min-items":{"min":-2}}"#, "min-items.min"),
        (r#"{"max-quantity":{"max":1.5}}"#, "max-quantity.max"),
        (r#"{"has-item":{"id":7}}"#, "has-item.id"),
        (r#"{"has-item":{"id":" "}}"#, "has-item.id"),
        (r#"{"item-list-includes-any":{"ids":[]}}"#, "item-list-includes-any.ids"),
        (r#"{"item-list-includes-all":{"ids":["a",1]}}"#, "item-list-includes-all.ids"),
        (r#"{"metadata-in":{"key":"a","values":"b"}}"#, "metadata-in.values"),
        (r#"{"metadata-equals":{"key":"a"}}"#, "metadata-equals.value"),
        (r#"{"metadata-flag-true":{}}"#, "metadata-flag-true.key"),
        (r#"{"customer-tag":{"tag":"a","metadata_key":1}}"#, "customer-tag.metadata_key"),
        (r#"{"day-of-week":{"days":["sat","caturday"]}}"#, "day-of-week.days[1]"),
        (r#"{"day-of-week":{"days":[]}}"#, "day-of-week.days"),
        (r#"{"day-of-week":{"days":[1.5]}}"#, "day-of-week.days[0]"),
        (r#"{"day-of-week":{"days":["sat"],"zone":"Mid Earth"}}"#, "day-of-week.zone"),
        (r#"{"day-of-week":{"days":["sat"],"zone":"+25:00"}}"#, "day-of-week.zone"),
        (r#"{"date-window":{"start":"2026-11-21","end":"2026-11-22T00:00:00Z"}}"#, "date-window.start"),
        (r#"{"date-window":{"start":"2026-11-23T00:00:00Z","end":"2026-11-22T00:00:00Z"}}"#, "date-window.end"),
        (r#"{"time-window":{"start":"24:00","end":"12:00"}}"#, "time-window.start"),
        (r#"{"time-window":{"start":"9:00","end":"12:00"}}"#, "time-window.start"),
        (r#"{"time-window":{"start":"09:00","end":"12:00:00"}}"#, "time-window.end"),
        (r#"{"time-window":{"start":"09:00","end":"é:00"}}"#, "time-window.end"),
        (r#"{"item-quantity-at-least":{"quantity":true}}"#, "item-quantity-at-least.quantity"),
        (r#"{"item-attribute-in":{"attribute":"a","values":[]}}"#, "item-attribute-in.values"),
        (r#"{"item-id-prefix":{"prefix":""}}"#, "item-id-prefix.prefix"),
        (r#"{"all":{"always-true":{}}}"#, "all"),
        (r#"{"all":[{"not":[]}]}"#, "all[0].not"),
        (r#"{"any":[{"always-true":{}},{"min-items":{}}]}"#, "any[1].min-items.min"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.path(), path, "{text}: {error}");
        assert!(error.message().starts_with("expected"), "{text}: {error}");
    }
}

#[test]
fn rules_nest_to_a_limit() {
    let nested =
        |levels: usize| format!("{}{{\"always-true\":{{}}}}{}", "{\"not\":".repeat(levels), "}".repeat(levels));
    assert!(parse(&nested(30)).is_ok());
    assert_eq!(parse(&nested(31)).unwrap_err().kind(), Kind::LimitExceeded);
    let wide = |rules: usize| format!(r#"{{"any":[{}]}}"#, vec![r#"{"always-false":{}}"#; rules].join(","));
    assert!(parse(&wide(RULES_MAX - 1)).is_ok());
    assert_eq!(parse(&wide(RULES_MAX)).unwrap_err().kind(), Kind::LimitExceeded);
}

#[test]
fn combinators() {
    let (yes, no) = (r#"{"always-true":{}}"#, r#"{"always-false":{}}"#);
    for (text, expected) in [
        ("{\"all\":[]}".to_owned(), true),
        ("{\"any\":[]}".to_owned(), false),
        (format!(r#"{{"all":[{yes},{no}]}}"#), false),
        (format!(r#"{{"any":[{no},{yes}]}}"#), true),
        (format!(r#"{{"not":{{"any":[{no},{{"not":{yes}}}]}}}}"#), true),
    ] {
        assert_eq!(holds(&text), expected, "{text}");
    }
}

#[test]
fn rules_about_lines_are_judged_for_whom_they_are_asked() {
    let two = r#"{"all":[{"item-quantity-at-least":{"quantity":3}},{"item-price-at-most":{"amount":500}}]}"#;
    // Each holds for some line, both for none.
    assert!(holds(two));
    assert_eq!(holds_for(two, &[0, 1]), [0usize; 0]);
    let mixed = r#"{"any":[{"min-items":{"min":9}},{"not":{"item-id-prefix":{"prefix":"tee"}}}]}"#;
    assert_eq!(holds_for(mixed, &[0, 1]), [1]);
    assert_eq!(holds_for(mixed, &[1]), [1]);
    assert_eq!(holds_for(mixed, &[0]), [0usize; 0]);
    assert_eq!(holds_for(r#"{"min-items":{"min":1}}"#, &[0, 1]), [0, 1]);
    let about_lines = |text: &str| parse(text).unwrap().are_about_lines();
    assert!(about_lines(mixed) && !about_lines(r#"{"all":[{"min-items":{"min":1}}]}"#));
}

#[test]
fn one_rule_that_cannot_be_judged_stops_the_tree() {
    let zones = [zone("Europe/Berlin", 3600), zone("Bad/Zone", 86_400)];
    for (text, problem) in [
        (r#"{"time-window":{"start":"00:00","end":"23:59","zone":"Europe/Berlin"}}"#, None),
        (
            r#"{"any":[{"always-true":{}},{"day-of-week":{"days":[1],"zone":"Asia/Tokyo"}}]}"#,
            Some(Problem::Zone("Asia/Tokyo")),
        ),
        (r#"{"not":{"day-of-week":{"days":[1],"zone":"Bad/Zone"}}}"#, Some(Problem::Zone("Bad/Zone"))),
        (r#"{"day-of-week":{"days":[1],"zone":"UTC"}}"#, None),
        (r#"{"day-of-week":{"days":[1],"zone":"-03:30"}}"#, None),
    ] {
        assert_eq!(parse(text).unwrap().problem(Zones(&zones)), problem, "{text}");
    }
    let raw = Raw::parse(r#"{"any":[{"always-true":{}},{"moon-phase":{}}]}"#).unwrap();
    let rules = Rules::stored(&raw, Currency::USD);
    assert_eq!(rules.raw(), &raw);
    assert!(
        matches!(rules.problem(Zones(&zones)), Some(Problem::Unread(why)) if why.starts_with("any[1].moon-phase: "))
    );
    let mut named = Vec::new();
    parse(r#"{"all":[{"day-of-week":{"days":[1],"zone":"A/B"}},{"not":{"time-window":{"start":"00:00","end":"00:00","zone":"C"}}}]}"#)
        .unwrap()
        .zones(&mut |zone| named.push(zone.to_owned()));
    assert_eq!(named, ["A/B", "C"]);
}

#[test]
fn the_next_change_is_when_time_changes_the_verdict_and_not_before() {
    let zones = [
        zone("Europe/Berlin", 3600),
        Zone {
            name: "Soon/Shift".into(),
            offset_s: 3600,
            until: Some(Timestamp::parse("2026-11-21T12:30:00Z").unwrap()),
        },
    ];
    for (text, expected) in [
        (r#"{"always-true":{}}"#, None),
        (r#"{"day-of-week":{"days":["sat"]}}"#, Some("2026-11-22T00:00:00.000Z")),
        (r#"{"day-of-week":{"days":["sat","sun"]}}"#, Some("2026-11-23T00:00:00.000Z")),
        (r#"{"day-of-week":{"days":["fri"],"zone":"Europe/Berlin"}}"#, Some("2026-11-26T23:00:00.000Z")),
        (r#"{"day-of-week":{"days":[0,1,2,3,4,5,6]}}"#, None),
        (
            r#"{"date-window":{"start":"2026-12-01T00:00:00Z","end":"2026-12-02T00:00:00Z"}}"#,
            Some("2026-12-01T00:00:00.000Z"),
        ),
        (
            r#"{"date-window":{"start":"2026-11-01T00:00:00Z","end":"2026-11-21T12:00:00Z"}}"#,
            Some("2026-11-21T12:00:00.001Z"),
        ),
        (r#"{"date-window":{"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}}"#, None),
        (r#"{"time-window":{"start":"11:00","end":"12:30"}}"#, Some("2026-11-21T12:31:00.000Z")),
        (r#"{"time-window":{"start":"11:00","end":"11:59"}}"#, Some("2026-11-22T11:00:00.000Z")),
        (r#"{"time-window":{"start":"22:00","end":"05:00","zone":"Europe/Berlin"}}"#, Some("2026-11-21T21:00:00.000Z")),
        (r#"{"time-window":{"start":"22:00","end":"21:59"}}"#, None),
        (r#"{"time-window":{"start":"22:00","end":"05:00","zone":"Soon/Shift"}}"#, Some("2026-11-21T12:30:00.000Z")),
        (
            r#"{"all":[{"day-of-week":{"days":["sat"]}},{"not":{"time-window":{"start":"12:30","end":"13:00"}}}]}"#,
            Some("2026-11-21T12:30:00.000Z"),
        ),
    ] {
        let rules = parse(text).unwrap();
        let at = Timestamp::from_ms(NOON_MS);
        let change = rules.changes_at(at, Zones(&zones));
        assert_eq!(change.map(|change| change.to_string()).as_deref(), expected, "{text}");
    }
    // Walked minute by minute for ten days, the verdict changes when it was said to, and only then.
    let facts = |at: i64, cart: &Cart| -> (bool, Option<Timestamp>) {
        let rules = parse(
            r#"{"any":[{"all":[{"day-of-week":{"days":["mon","tue"],"zone":"Europe/Berlin"}},{"time-window":{"start":"22:10","end":"03:07","zone":"Europe/Berlin"}}]},
                {"date-window":{"start":"2026-11-24T11:11:00Z","end":"2026-11-25T01:01:00Z"}}]}"#,
        )
        .unwrap();
        let facts =
            Facts { cart, subtotal: Amount::ZERO, quantity: 0, at: Timestamp::from_ms(at), zones: Zones(&zones) };
        (rules.hold(&facts), rules.changes_at(facts.at, facts.zones))
    };
    let cart = cart();
    let (mut verdict, mut until) = facts(NOON_MS, &cart);
    let mut changes = 0;
    for minute in 1..10 * 1440 {
        let at = NOON_MS + minute * 60_000;
        let now = facts(at, &cart);
        if now.0 != verdict {
            assert!(until.is_some_and(|until| until.as_ms() <= at), "changed before it was said to");
            changes += 1;
        }
        if until.is_some_and(|until| until.as_ms() <= at) {
            until = now.1;
        }
        verdict = now.0;
    }
    assert!(changes > 6, "{changes}");
}
