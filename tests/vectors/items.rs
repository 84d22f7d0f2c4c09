//! items-validation.json: what may go into a cart, and what is refused.

use super::{Expected, Open};
use pushcart::cart::{Limits, Settings};
use pushcart::error::Error;
use pushcart::service::{Options, Request};
use pushcart_tests::{Native, address, kinds_of, parse};
use serde_json::{Value, json};

#[test]
fn items_validation() {
    Open::load("items-validation", "ITM").run(|case, expected| {
        let then = &case["then"];
        let found = play(case);
        let refused = |found: Result<Value, Error>, allowed: &dyn Fn(&Error) -> bool| match found {
            Err(error) if allowed(&error) => Ok(()),
            other => Err(format!("expected a refusal, found {other:?}")),
        };
        match expected {
            Expected::Refused(kind) => return refused(found, &|error| error.kind().as_str() == kind),
            Expected::Accepted(_) => return found.map(drop).map_err(|e| format!("refused: {e:?}")),
            _ => {}
        }
        if then["accepted"] == false {
            let kinds = kinds_of(then["error"].as_str().unwrap_or_default());
            let reason = case["reason"].as_str().unwrap_or_default().split(' ').next().unwrap_or_default();
            let reason = if reason == "increment" { "multiple" } else { reason };
            return refused(found, &|error| {
                kinds.contains(&error.kind())
                    && (reason.is_empty() || error.reason().is_some_and(|found| found.contains(reason)))
            });
        }
        let item = found.map_err(|e| format!("refused: {e:?}"))?;
        for (theirs, ours) in [("price_minor", "price"), ("quantity", "quantity")] {
            if then.get(theirs).is_some_and(|wanted| *wanted != item[ours]) {
                return Err(format!("{ours}: expected {}, found {}", then[theirs], item[ours]));
            }
        }
        Ok(())
    });
}

/// The line that the case leaves behind.
fn play(case: &Value) -> Result<Value, Error> {
    let mut limits = Limits::default();
    for (name, value) in case["given"]["limits"].as_object().into_iter().flatten() {
        let value = value.as_u64().unwrap_or_default() as u32;
        match name.as_str() {
            "max_data_size_bytes" => limits.bytes = value,
            "max_string_length" => limits.characters = value,
            "max_item_quantity" => limits.quantity = value,
            _ => limits.items = value,
        }
    }
    let cart = Native::new(Settings { limits, ..Settings::default() });
    let change = |request| cart.change(&address(), &request, &Options::default());
    let add = |item: &Value| change(Request::AddItems(text_of(item)));
    let given = &case["given"]["item"];
    let value = case.get("value").cloned().unwrap_or(Value::Null);
    match case["when"]["do"].as_str().unwrap_or_default() {
        "construct" | "add" => add(given)?,
        "add_twice" => {
            add(&given["existing"])?;
            let before = cart.show(&address())?.map(|answer| answer.body);
            let second = add(&given["add"]);
            assert!(second.is_ok() || cart.show(&address())?.map(|answer| answer.body) == before, "nothing is changed");
            second?
        }
        "set_name" | "set_price" | "set_quantity" => {
            add(given)?;
            let field = case["when"]["do"].as_str().unwrap_or_default().trim_start_matches("set_");
            change(Request::UpdateItem { item: "product-1".into(), body: json!({ (field): value }).to_string() })?
        }
        "add_buyable" => {
            let mut item =
                json!({ "id": given["id"], "name": given["name"], "price": given["price"], "quantity": value });
            for (theirs, ours) in [
                ("stock", "stock"),
                ("min_quantity", "minQuantity"),
                ("max_quantity", "maxQuantity"),
                ("increment", "step"),
            ] {
                if given[theirs].is_number() {
                    item[ours] = given[theirs].clone();
                }
            }
            add(&item)?
        }
        "put_items" => {
            let text = "x".repeat(given["value_length"].as_u64().unwrap_or_default() as usize);
            let items: Vec<Value> = (0..given["item_count"].as_u64().unwrap_or_default())
                .map(|n| json!({ "id": format!("i{n}"), "name": "n", "price": 1, "attributes": { "a": text } }))
                .collect();
            change(Request::AddItems(Value::from(items).to_string()))?
        }
        other => panic!("unknown check {other}"),
    };
    Ok(cart.show(&address())?.map_or(Value::Null, |answer| parse(&answer.body)["items"][0].clone()))
}

/// The item as JSON text, with large and broken texts made as they are described.
fn text_of(item: &Value) -> String {
    let mut item = item.clone();
    let mut broken = false;
    if let Some(fields) = item.as_object_mut() {
        for value in fields.values_mut() {
            if let Some(repeat) = value["repeat"].as_str() {
                *value = repeat.repeat(value["times"].as_u64().unwrap_or_default() as usize).into();
            }
        }
        if let Some(attributes) = fields.get_mut("attributes") {
            let generated = attributes["generated"].clone();
            if generated.is_object() {
                let text = "x".repeat(generated["value_length"].as_u64().unwrap_or_default() as usize);
                let keys = generated["keys"].as_u64().unwrap_or_default();
                *attributes = (0..keys).map(|n| (format!("key_{n}"), Value::from(text.clone()))).collect();
            }
            broken = attributes["bad"].get("bytes_hex").is_some();
        }
    }
    // Text that is no UTF-8 can only be asked for by an escape that names half a character.
    let text = item.to_string();
    if broken { text.replace(r#"{"bytes_hex":"b131"}"#, r#""\udcb1""#) } else { text }
}
