//! Random lists of commands: after every step the invariants hold, and a refused list leaves no
//! trace.

use super::cases;
use proptest::prelude::*;
use pushcart::service::{Options, Request};
use pushcart_tests::{Native, address, parse};
use serde_json::{Value, json};

fn condition() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        (-12_000i64..12_000).prop_map(|n| format!("{}.{:02}%", n / 100, (n % 100).abs())),
        (-3000i64..3000).prop_map(|n| n.to_string()),
        (0u32..30).prop_map(|n| format!("*{}.{}", n / 10, n % 10)),
        (0u32..5).prop_map(|n| format!("/{n}")),
    ];
    let target = prop::sample::select(vec![
        "cart@cart_subtotal/aggregate",
        "cart@shipping/aggregate",
        "cart@taxable/aggregate",
        "cart@tax/aggregate",
        "cart@payment/aggregate",
        "cart@custom/aggregate",
        "cart@grand_total/aggregate",
        "items@pre_item/aggregate",
        "items@item_discount/per_unit",
        "items@item_discount/per_item",
        "items@item_post/aggregate",
        "items@cart_subtotal/aggregate",
        "items@tax/aggregate",
    ]);
    let kind = prop::sample::select(vec!["discount", "tax", "shipping", "fee", "other"]);
    (0..6u32, kind, value, target, -2..3i32, prop::option::of(0..500i64)).prop_map(
        |(name, kind, value, target, order, cap)| {
            let mut condition =
                json!({ "name": format!("c{name}"), "type": kind, "value": value, "target": target, "order": order });
            if let Some(cap) = cap {
                condition["cap"] = cap.into();
            }
            condition
        },
    )
}

fn command() -> impl Strategy<Value = Value> {
    let id = (0..6u32).prop_map(|n| format!("i{n}"));
    prop_oneof![
        6 => (id.clone(), 0..100_000i64, 1..40i64).prop_map(|(id, price, quantity)| json!({ "do": "add", "item": { "id": id, "name": "N", "price": price, "quantity": quantity } })),
        2 => (id.clone(), -10..10i64).prop_map(|(id, by)| json!({ "do": "update", "id": id, "delta": by })),
        2 => (id.clone(), 0..20i64).prop_map(|(id, to)| json!({ "do": "update", "id": id, "quantity": to })),
        1 => id.clone().prop_map(|id| json!({ "do": "remove", "id": id })),
        4 => condition().prop_map(|condition| json!({ "do": "addCondition", "condition": condition })),
        2 => (condition(), id.clone()).prop_map(|(mut condition, id)| {
            if condition["target"].as_str().is_some_and(|target| !target.contains("item_") && !target.contains("pre_")) {
                condition["target"] = "items@item_discount/per_unit".into();
            }
            json!({ "do": "addCondition", "condition": condition, "item": id })
        }),
        1 => (0..6u32).prop_map(|n| json!({ "do": "removeCondition", "name": format!("c{n}") })),
        1 => (0..4u32, any::<Option<i32>>()).prop_map(|(n, value)| json!({ "do": "setMetadata", "values": { (format!("k{n}")): value } })),
        1 => (id, 0..100_000i64).prop_map(|(id, price)| json!({ "do": "reprice", "prices": { (id): price } })),
        1 => prop::sample::select(vec![json!({ "do": "clear" }), json!({ "do": "clearConditions" }), json!({ "do": "clearMetadata" }), json!({ "do": "destroy" })]),
    ]
}

fn sum(values: &Value, field: &str) -> i64 {
    values.as_array().into_iter().flatten().map(|value| value[field].as_i64().unwrap_or(0)).sum()
}

/// The identities of a cart's totals.
fn check_totals(cart: &Value) -> Result<(), TestCaseError> {
    let totals = &cart["totals"];
    let figure = |name: &str| totals[name].as_i64().unwrap();
    let total = figure("total");
    prop_assert_eq!(
        total,
        figure("subtotal") + figure("shipping") + figure("fees") + figure("tax") + figure("adjustments")
    );
    prop_assert_eq!(total, figure("subtotalWithoutConditions") + sum(&totals["breakdown"], "amount"), "{}", totals);
    prop_assert_eq!(figure("subtotal"), sum(&totals["lineTotals"], "net"));
    prop_assert_eq!(total, sum(&totals["lineTotals"], "total"), "{}", totals);
    prop_assert_eq!(figure("savings"), figure("discount") - figure("adjustments"));
    for book in ["subtotal", "shipping", "fees", "tax", "total", "discount"] {
        prop_assert!(figure(book) >= 0, "{book} in {totals}");
    }
    prop_assert!(figure("adjustments") <= 0);
    let gross: i64 = cart["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["price"].as_i64().unwrap() * item["quantity"].as_i64().unwrap())
        .sum();
    prop_assert_eq!(figure("subtotalWithoutConditions"), gross);
    prop_assert_eq!(figure("quantity"), sum(&cart["items"], "quantity"));
    let kinds: i64 = totals["byType"].as_object().into_iter().flatten().filter_map(|(_, amount)| amount.as_i64()).sum();
    prop_assert_eq!(kinds, sum(&totals["breakdown"], "amount"));
    Ok(())
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn the_invariants_hold_after_every_change(lists in prop::collection::vec(prop::collection::vec(command(), 1..5), 1..12)) {
        let cart = Native::new(Default::default());
        let show = || cart.show(&address()).unwrap();
        for commands in lists {
            let before = show();
            let body = json!({ "commands": commands }).to_string();
            let answer = cart.change(&address(), &Request::Change(body.clone()), &Options::default());
            let after = show();
            match answer {
                Err(error) => {
                    prop_assert_eq!(before.map(|it| it.body), after.map(|it| it.body), "a refused list leaves no trace: {:?}", error);
                    prop_assert!(error.path().starts_with("commands["), "{:?} for {}", error, body);
                }
                Ok(answer) => {
                    let answer_json = parse(&answer.body);
                    let events = answer_json["events"].as_array().unwrap();
                    prop_assert_eq!(answer_json["results"].as_array().unwrap().len(), commands.len());
                    let version = |answer: &Option<pushcart::service::Answer>| answer.as_ref().and_then(|it| it.revision);
                    match (version(&before), version(&after)) {
                        (Some(old), Some(new)) if old.incarnation == new.incarnation => {
                            prop_assert_eq!(new.version, old.version + u64::from(!events.is_empty()));
                        }
                        (_, Some(new)) => prop_assert_eq!(new.version, 1),
                        _ => {}
                    }
                    if let Some(after) = &after {
                        // What is read back is what was answered: evaluating twice is evaluating once.
                        prop_assert_eq!(&answer_json["cart"], &parse(&after.body));
                        check_totals(&answer_json["cart"])?;
                    }
                    for (index, event) in events.iter().enumerate() {
                        let id = event["id"].as_str().unwrap();
                        let suffix = format!(".{index}");
                        prop_assert!(id.ends_with(&suffix));
                    }
                    if let Some(last) = events.last() {
                        prop_assert_eq!(&last["type"], "cart.updated");
                    }
                }
            }
        }
    }
}
