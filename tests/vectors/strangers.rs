//! What another version stored: conditions that this one does not know are shown as they are, do nothing and say
//! so, and survive every change of the cart.

use pushcart::storage::{Committed, Precondition, Record, Slot, Write};
use pushcart::time::Timestamp;
use pushcart_tests::faces::Face;
use pushcart_tests::{NOW_MS, address, parse};
use serde_json::Value;

/// A condition as it is stored, and the reason that its entry gives.
const STRANGERS: &[(&str, &str, &str)] = &[
    (
        "an unknown rule",
        r#"{"name":"moon","type":"discount","value":"-10%","target":"cart@cart_subtotal/aggregate","order":0,"rules":{"moon-phase":{"is":"full"}}}"#,
        "rule_error",
    ),
    (
        "an unknown rule inside not",
        r#"{"name":"no moon","type":"discount","value":"-10%","target":"cart@cart_subtotal/aggregate","order":0,"rules":{"any":[{"always-true":{}},{"not":{"moon-phase":{"is":"full"}}}]}}"#,
        "rule_error",
    ),
    (
        "an unknown parameter of a rule",
        r#"{"name":"odd","type":"discount","value":"-10%","target":"cart@cart_subtotal/aggregate","order":0,"rules":{"min-items":{"min":1,"distinct":true}}}"#,
        "rule_error",
    ),
    (
        "an unknown field",
        r#"{"name":"colourful","type":"discount","value":"-10%","target":"cart@cart_subtotal/aggregate","order":0,"colour":{"r":255,"g":0.50}}"#,
        "unsupported",
    ),
    (
        "an unknown field beside rules",
        r#"{"name":"both","type":"discount","value":"-10%","order":3,"rules":{"always-true":{}},"colour":"red"}"#,
        "unsupported",
    ),
    (
        "an unknown phase",
        r#"{"name":"lunar","type":"tax","value":"+7%","target":"cart@moon/aggregate","order":-1,"attributes":{"b":1,"a":2}}"#,
        "unsupported",
    ),
    (
        "an unknown scope",
        r#"{"name":"orbit","type":"tax","value":"+7%","target":"orbit@tax/aggregate"}"#,
        "unsupported",
    ),
    (
        "an unknown operator",
        r#"{"name":"near","type":"discount","value":"-10%","target":"items:price near 5@item_discount/per_item","order":0}"#,
        "unsupported",
    ),
    ("an unknown value", r#"{"value":"^2","type":"fee","name":"squared"}"#, "unsupported"),
    ("a value of an unknown kind", r#"{"name":"formula","type":"fee","value":{"power":"2"},"order":0}"#, "unsupported"),
    (
        "an unknown rule of groups",
        r#"{"name":"worst","type":"discount","value":"-10%","group":"g","groupRule":"worst"}"#,
        "unsupported",
    ),
    (
        "unknown units",
        r#"{"name":"dear","type":"discount","value":"-100%","target":"items@item_discount/per_unit","units":{"every":2,"take":1,"from":"dearest"}}"#,
        "unsupported",
    ),
];

const ITEM: &str = r#"{"do":"add","item":{"id":"x","name":"X","price":1000}}"#;

/// Puts conditions into the stored cart, behind every door.
async fn plant(face: &Face, change: impl Fn(&mut Record)) {
    let now = Timestamp::from_ms(NOW_MS);
    let write = |mut record: Record| {
        change(&mut record);
        let precondition = Precondition::Exactly(record.revision);
        [Write { address: address(), precondition, slot: Slot::Record(record), events: Vec::new() }]
    };
    let committed = match face {
        Face::Native(native) => {
            let record = native.memory().load(&address(), now).record().expect("a cart");
            native.memory().commit(&write(record), now)
        }
        Face::Component(runtime) => {
            let loaded = runtime.driver().load(&address(), now).await.expect("a load");
            runtime.driver().commit(&write(loaded.record().expect("a cart")), now).await
        }
        Face::Http(_) | Face::Package(_) => panic!("there is no door to the storage of {}", face.name()),
    };
    assert_eq!(committed.expect("a commit"), Committed::Done);
}

/// The text of the condition where it stands in a body.
fn stands(body: &str, stored: &str) -> bool {
    body.contains(stored)
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_of_another_version_are_kept() {
    for (on_line, suffix) in [(false, ""), (true, ", on a line")] {
        for (title, stored, reason) in STRANGERS {
            // On a line scope cart means the line: those targets are written out there.
            let stored = &if on_line {
                stored.replace("cart@cart_subtotal/aggregate", "items@item_discount/per_unit")
            } else {
                (*stored).to_owned()
            };
            let place = format!("{title}{suffix}");
            let mut told: Vec<Vec<String>> = Vec::new();
            for face in [Face::native(), Face::component()] {
                let mut bodies = Vec::new();
                let mut say = |said: pushcart_tests::faces::Said| -> Value {
                    let body = said.unwrap_or_else(|refusal| panic!("{place}: {refusal:?}")).expect("a cart");
                    let json = parse(&body);
                    bodies.push(body);
                    json
                };
                say(face.change(&address(), &format!(r#"{{"commands":[{ITEM}]}}"#)).await);
                plant(&face, |record| {
                    if on_line {
                        let item = record.items.strip_suffix("}]").expect("one item");
                        record.items = format!(r#"{item},"conditions":[{stored}]}}]"#);
                    } else {
                        record.conditions = format!("[{stored}]");
                    }
                })
                .await;
                let shown = say(face.show(&address()).await);
                let entry = &shown["totals"]["breakdown"][0];
                assert_eq!(entry["applied"], false, "{place}: {entry}");
                assert_eq!(entry["reason"], *reason, "{place}: {entry}");
                assert_eq!(entry["amount"], 0, "{place}: {entry}");
                assert_eq!(shown["totals"]["total"], 1000, "{place}");
                say(face.totals(&address(), Some("2030-01-01T00:00:00Z")).await);

                // Any other change leaves it as it is.
                let more = r#"{"commands":[{"do":"update","id":"x","quantity":2},{"do":"addCondition","condition":{"name":"known","type":"discount","value":"-10%"}},{"do":"setMetadata","values":{"k":1}}]}"#;
                let changed = say(face.change(&address(), more).await);
                assert_eq!(changed["cart"]["totals"]["total"], 1800, "{place}");
                say(face.show(&address()).await);
                let record = match &face {
                    Face::Native(native) => {
                        let loaded = native.memory().load(&address(), Timestamp::from_ms(NOW_MS));
                        loaded.record().expect("a cart")
                    }
                    Face::Component(runtime) => {
                        let loaded = runtime.driver().load(&address(), Timestamp::from_ms(NOW_MS)).await;
                        loaded.expect("a load").record().expect("a cart")
                    }
                    Face::Http(_) | Face::Package(_) => unreachable!(),
                };
                let kept = if on_line { &record.items } else { &record.conditions };
                assert!(stands(kept, stored), "{place}: {stored} in {kept}");

                // It has a name like any other: it can be replaced and removed.
                let name = parse(stored)["name"].clone();
                let line = if on_line { r#","item":"x""# } else { "" };
                let remove = format!(r#"{{"commands":[{{"do":"removeCondition","name":{name}{line}}}]}}"#);
                let removed = say(face.change(&address(), &remove).await);
                assert_eq!(removed["results"][0]["removed"][0], name, "{place}");
                assert_eq!(removed["events"][0]["impact"], 0, "{place}");
                // Everything between the planting and the removal shows it, but for the totals alone.
                for body in &bodies[1..bodies.len() - 1] {
                    assert!(
                        stands(body, stored) || parse(body).get("breakdown").is_some(),
                        "{place}: {stored} in {body}"
                    );
                }
                told.push(bodies);
            }
            assert_eq!(told[0], told[1], "{place}: the component says something else");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_keeps_those_with_rules() {
    let face = Face::native();
    face.change(&address(), &format!(r#"{{"commands":[{ITEM}]}}"#)).await.expect("a cart");
    plant(&face, |record| {
        let all: Vec<&str> = STRANGERS.iter().map(|(_, stored, _)| *stored).collect();
        record.conditions = format!("[{}]", all.join(","));
    })
    .await;
    let body = face.change(&address(), r#"{"commands":[{"do":"clear"}]}"#).await.expect("an answer").expect("a cart");
    for (title, stored, _) in STRANGERS {
        assert_eq!(stands(&body, stored), stored.contains("\"rules\""), "{title} in {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_condition_at_all_is_corrupt_and_left_alone() {
    for stored in
        [r#"{"name":"x"}"#, r#"{"type":"fee","value":"+1"}"#, "5", r#"{"name":" ","type":"fee","value":"+1"}"#]
    {
        let face = Face::native();
        face.change(&address(), &format!(r#"{{"commands":[{ITEM}]}}"#)).await.expect("a cart");
        plant(&face, |record| record.conditions = format!("[{stored}]")).await;
        let refusal = face.show(&address()).await.expect_err(stored);
        assert_eq!(refusal.kind, "corrupt", "{stored}");
        let change = r#"{"commands":[{"do":"setMetadata","values":{"k":1}}]}"#;
        assert_eq!(face.change(&address(), change).await.expect_err(stored).kind, "corrupt", "{stored}");
    }
}
