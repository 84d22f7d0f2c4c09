//! Conditions that do not stand in the cart, and those that this version does not understand.

use super::*;
use crate::condition::{Answer, Body, Condition, Definition, Outside, Provided};
use crate::json::Reader;
use crate::wire;

fn stored(json: &str) -> Condition {
    Reader::whole(json, |reader| wire::condition::read_stored(reader, Currency::USD, false)).unwrap()
}

fn definition(key: &str, active: bool, global: bool, json: &str) -> Definition {
    Definition { key: key.into(), active, global, condition: stored(json) }
}

fn refers(mut sample: Sample, name: &str, key: &str) -> Sample {
    let (name, kind) = (name.into(), "discount".into());
    sample.0.conditions.push(Condition { name, kind, body: Body::Catalogue(key.into()) });
    sample
}

fn said(sample: &Sample, outside: &Outside) -> Vec<(String, i64, String, Option<String>)> {
    let terms = Terms { outside, ..Terms::at(Timestamp::from_ms(0)) };
    let totals = totals(&sample.0, &terms).unwrap();
    check(&totals);
    let entries = totals.breakdown.iter().map(|entry| {
        let reason = entry.reason.map_or("", Reason::as_str);
        (entry.name.into(), entry.amount.minor(), reason.into(), entry.provider().map(Into::into))
    });
    entries.collect()
}

fn entry_of(name: &str, amount: i64, reason: &str, provider: Option<&str>) -> (String, i64, String, Option<String>) {
    (name.into(), amount, reason.into(), provider.map(Into::into))
}

#[test]
fn the_catalogue_says_what_a_reference_does() {
    let outside = Outside {
        catalogue: vec![
            definition("SUMMER", true, false, r#"{"name":"Summer sale","type":"discount","value":"-10%"}"#),
            definition("WINTER", false, false, r#"{"name":"Winter sale","type":"discount","value":"-50%"}"#),
            definition("EVERYONE", true, true, r#"{"name":"Handling","type":"fee","value":"+100"}"#),
            definition("SOON", false, true, r#"{"name":"Soon","type":"fee","value":"+999"}"#),
        ],
        provided: Vec::new(),
    };
    let sample = refers(refers(refers(cart(&[(1000, 1)]), "Mine", "SUMMER"), "Cold", "WINTER"), "Gone", "GONE");
    assert_eq!(
        said(&sample, &outside),
        [
            entry_of("Mine", -100, "", None),
            entry_of("Handling", 100, "", None),
            entry_of("Cold", 0, "inactive", None),
            entry_of("Gone", 0, "not_in_catalogue", None),
        ]
    );
    // Who refers to what holds for everyone has it once.
    let sample = refers(cart(&[(1000, 1)]), "Mine", "EVERYONE");
    assert_eq!(said(&sample, &outside), [entry_of("Mine", 100, "", None)]);
}

#[test]
fn providers_are_named_and_their_failures_told() {
    let shipping = stored(r#"{"name":"Parcel","type":"shipping","value":"+599"}"#);
    let odd = stored(r#"{"name":"Odd","type":"discount","value":"ten percent"}"#);
    let provided = |provider: &str, answer| Provided { provider: provider.into(), answer };
    let outside = Outside {
        catalogue: Vec::new(),
        provided: vec![
            provided("quotes", Answer::Conditions(vec![shipping, odd])),
            provided("vouchers", Answer::Failed("503".into())),
            provided("loyalty", Answer::Slow),
        ],
    };
    let sample = cart(&[(1000, 1)]).with("-10%", "cart@cart_subtotal/aggregate");
    assert_eq!(
        said(&sample, &outside),
        [
            entry_of("-10%", -100, "", None),
            entry_of("Parcel", 599, "", Some("quotes")),
            entry_of("Odd", 0, "unsupported", Some("quotes")),
            entry_of("vouchers", 0, "provider_failed", Some("vouchers")),
            entry_of("loyalty", 0, "provider_slow", Some("loyalty")),
        ]
    );
    assert_eq!(said(&sample, &Outside::default()).len(), 1, "what is withdrawn is gone");
}

#[test]
fn what_another_version_stored_is_kept_and_not_applied() {
    for (json, reason) in [
        (r#"{"name":"n","type":"t","value":"-10%","rules":{"moon-phase":{"is":"full"}}}"#, "rule_error"),
        (r#"{"name":"n","type":"t","value":"-10%","target":"galaxy@tax/aggregate"}"#, "unsupported"),
        (r#"{"name":"n","type":"t","value":{"permille":"5"}}"#, "unsupported"),
        (r#"{"name":"n","type":"t","value":"-10%","stackable":true}"#, "unsupported"),
    ] {
        let mut sample = cart(&[(1000, 1)]);
        sample.0.conditions.push(stored(json));
        assert_eq!(said(&sample, &Outside::default()), [entry_of("n", 0, reason, None)], "{json}");
        let mut out = String::new();
        wire::condition::write(&mut out, &sample.0.conditions[0]);
        assert_eq!(stored(&out), sample.0.conditions[0]);
        if reason == "unsupported" {
            assert_eq!(out, json, "as it was stored");
        }
    }
    for json in [r#"{"type":"t","value":"-10%","x":1}"#, r#"{"name":"n","type":" ","x":1}"#, "7"] {
        assert!(Reader::whole(json, |reader| wire::condition::read_stored(reader, Currency::USD, false)).is_err());
    }
}

#[test]
fn rules_of_time_bound_how_long_totals_hold() {
    let day = |from: &str, to: &str| {
        stored(&format!(
            r#"{{"name":"d","type":"t","value":"-10%","rules":{{"date-window":{{"start":"{from}","end":"{to}"}}}}}}"#
        ))
    };
    let mut sample = cart(&[(1000, 1)]);
    sample.0.conditions.push(day("1970-01-02T00:00:00Z", "1970-01-03T00:00:00Z"));
    sample.0.conditions.push(day("1970-01-05T00:00:00Z", "1970-01-06T00:00:00Z"));
    let until = |sample: &Sample, at: &str| {
        let terms = Terms::at(Timestamp::parse(at).unwrap());
        let totals = totals(&sample.0, &terms).unwrap();
        (totals.total.minor(), totals.valid_until.map(|until| until.to_string()))
    };
    assert_eq!(until(&sample, "1970-01-01T00:00:00Z"), (1000, Some("1970-01-02T00:00:00.000Z".into())));
    assert_eq!(until(&sample, "1970-01-03T00:00:00Z"), (900, Some("1970-01-03T00:00:00.001Z".into())));
    assert_eq!(until(&sample, "1970-01-06T00:00:00.001Z"), (1000, None));
}
