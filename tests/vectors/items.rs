//! items-validation.json: what may go into a cart, and what is refused.

use super::{Expected, Open, Shop};
use pushcart::cart::{Limits, Settings};
use pushcart::service::Request;
use pushcart_tests::faces::{Refusal, Shops};
use pushcart_tests::{kinds_of, parse};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn items_validation() {
    let mut shops = Shops::default();
    let run = async |case: &Value, expected: Expected| {
        let then = &case["then"];
        let found = play(&mut shops, case).await?;
        let refused = |found: Result<Value, Refusal>, allowed: &dyn Fn(&Refusal) -> bool| match found {
            Err(refusal) if allowed(&refusal) => Ok(()),
            other => Err(format!("expected a refusal, found {other:?}")),
        };
        match expected {
            Expected::Refused(kind) => return refused(found, &|refusal| refusal.kind == kind),
            Expected::Accepted(_) => return found.map(drop).map_err(|e| format!("refused: {e:?}")),
            _ => {}
        }
        if then["accepted"] == false {
            let kinds = kinds_of(then["error"].as_str().unwrap_or_default());
            let reason = case["reason"].as_str().unwrap_or_default().split(' ').next().unwrap_or_default();
            let reason = if reason == "increment" { "multiple" } else { reason };
            return refused(found, &|refusal| {
                kinds.iter().any(|kind| kind.as_str() == refusal.kind)
                    && (reason.is_empty() || refusal.reason.as_ref().is_some_and(|found| found.contains(reason)))
            });
        }
        let item = found.map_err(|e| format!("refused: {e:?}"))?;
        for (theirs, ours) in [("price_minor", "price"), ("quantity", "quantity")] {
            if then.get(theirs).is_some_and(|wanted| *wanted != item[ours]) {
                return Err(format!("{ours}: expected {}, found {}", then[theirs], item[ours]));
            }
        }
        Ok(())
    };
    Open::load("items-validation", "ITM").run(run).await;
}

/// The line that the case leaves behind, or the first refusal.
async fn play(shops: &mut Shops, case: &Value) -> Result<Result<Value, Refusal>, String> {
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
    let settings = Settings { limits, ..Settings::default() };
    let shop = Shop::new(shops.with(settings).await, settings, case);
    for request in requests(case) {
        let before = shop.faces.show(&shop.address).await?;
        if let Err(refusal) = shop.change(&request).await? {
            let after = shop.faces.show(&shop.address).await?;
            assert_eq!(after, before, "{}: nothing is changed", case["id"]);
            return Ok(Err(refusal));
        }
    }
    let shown = shop.faces.show(&shop.address).await?;
    Ok(shown.map(|cart| parse(&cart.expect("a cart"))["items"][0].clone()))
}

/// What the case does.
fn requests(case: &Value) -> Vec<Request> {
    let add = |item: &Value| Request::AddItems(text_of(item));
    let given = &case["given"]["item"];
    let value = case.get("value").cloned().unwrap_or(Value::Null);
    match case["when"]["do"].as_str().unwrap_or_default() {
        "construct" | "add" => vec![add(given)],
        "add_twice" => vec![add(&given["existing"]), add(&given["add"])],
        "set_name" | "set_price" | "set_quantity" => {
            let field = case["when"]["do"].as_str().unwrap_or_default().trim_start_matches("set_");
            let update = Request::UpdateItem { item: "product-1".into(), body: json!({ (field): value }).to_string() };
            vec![add(given), update]
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
            vec![add(&item)]
        }
        "put_items" => {
            let text = "x".repeat(given["value_length"].as_u64().unwrap_or_default() as usize);
            let items: Vec<Value> = (0..given["item_count"].as_u64().unwrap_or_default())
                .map(|n| json!({ "id": format!("i{n}"), "name": "n", "price": 1, "attributes": { "a": text } }))
                .collect();
            vec![Request::AddItems(Value::from(items).to_string())]
        }
        other => panic!("unknown check {other}"),
    }
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
