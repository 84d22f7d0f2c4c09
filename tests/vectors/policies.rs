//! storage-contract.json, the cases of whole carts: what becomes of a cart whose last line went.

use pushcart::cart::{EmptyCart, Settings};
use pushcart::service::{Options, Request};
use pushcart_tests::{Native, address, json_file, parse};
use serde_json::{Value, json};

#[test]
fn empty_cart_policies() {
    let file = json_file("vectors/open/storage-contract.json");
    let cases = file["cases"].as_array().into_iter().flatten();
    let mut ran = 0;
    for case in cases.filter(|case| case["given"].get("empty_cart_behavior").is_some()) {
        let policy = EmptyCart::ALL.into_iter().find(|policy| policy.as_str() == case["given"]["empty_cart_behavior"]);
        let cart = Native::new(Settings { empty_cart: policy.expect("a known policy"), ..Settings::default() });
        for step in case["when"].as_array().into_iter().flatten() {
            let found = play(&cart, step["op"].as_str().unwrap_or_default(), &step["args"]);
            if let Some(expected) = step.get("expect") {
                assert_eq!(found, *expected, "{}: {}", case["id"], step["op"]);
            }
        }
        ran += 1;
    }
    assert_eq!(ran, 3);
}

fn play(cart: &Native, op: &str, args: &Value) -> Value {
    let change = |command: Value| {
        let body = json!({ "commands": [command] }).to_string();
        cart.change(&address(), &Request::Change(body), &Options::default()).expect("a legal change");
        Value::Null
    };
    let shown = cart.show(&address()).expect("a readable cart").map(|answer| parse(&answer.body));
    let part = |pointer: &str| shown.as_ref().and_then(|cart| cart.pointer(pointer)).cloned().unwrap_or(Value::Null);
    match op {
        "cart_add" => change(
            json!({ "do": "add", "item": { "id": args[0], "name": args[0], "price": args[1], "quantity": args[2] } }),
        ),
        "cart_set_metadata" => {
            change(json!({ "do": "setMetadata", "values": { (args[0].as_str().unwrap_or_default()): args[1] } }))
        }
        "cart_add_discount" => change(
            json!({ "do": "addCondition", "condition": { "name": args[0], "type": "discount", "value": args[1] } }),
        ),
        "cart_remove" => change(json!({ "do": "remove", "id": args[0] })),
        "cart_is_empty" => part("/items").as_array().is_none_or(Vec::is_empty).into(),
        "cart_exists" => shown.is_some().into(),
        "cart_has_condition" => {
            part("/conditions").as_array().is_some_and(|list| list.iter().any(|it| it["name"] == args[0])).into()
        }
        "cart_get_metadata" => {
            part("/metadata").get(args[0].as_str().unwrap_or_default()).cloned().unwrap_or(Value::Null)
        }
        other => panic!("unknown step {other}"),
    }
}
