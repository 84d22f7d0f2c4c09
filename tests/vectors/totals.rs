//! totals.json: steps on an empty cart, then figures.

use super::{Expected, Open, address_of, condition};
use pushcart::cart::{EmptyCart, Settings};
use pushcart::money::Rounding;
use pushcart_tests::faces::{Refusal, Shops};
use pushcart_tests::parse;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn totals() {
    let mut shops = Shops::default();
    let run = async |case: &Value, expected: Expected| {
        let played = play(&mut shops, case).await?;
        let then = match expected {
            Expected::Refused(kind) => {
                return match played {
                    Err(refusal) if refusal.kind == kind => Ok(()),
                    other => Err(format!("expected {kind}, found {other:?}")),
                };
            }
            Expected::Fields(fields) => {
                let mut then = case["then"].clone();
                let mut differs = false;
                for (field, value) in fields.as_object().into_iter().flatten().filter(|(field, _)| *field != "reason") {
                    differs |= then[field] != *value;
                    then[field] = value.clone();
                }
                if !differs {
                    return Err("is listed, but does not deviate".into());
                }
                then
            }
            Expected::Accepted(_) | Expected::Then => case["then"].clone(),
        };
        let cart = played.map_err(|e| format!("refused: {e:?}"))?;
        compare(&cart, &then)
    };
    Open::load("totals", "TOT").run(run).await;
}

/// A rule of a case in our words. How many lines have an attribute is no rule of ours: what the cases ask
/// is whether so many do, of the lines that they have.
fn rule(case: &Value, lines: &[Value]) -> Value {
    let (name, mut params) = (case["rule"].as_str().unwrap_or_default(), case.clone());
    params.as_object_mut().map(|params| params.remove("rule"));
    if name != "count-items-with-attribute" {
        return json!({ (name): params });
    }
    let equals = json!({ "attribute": case["attribute"], "value": case["value"] });
    match case["at_least"].as_i64() {
        Some(1) => json!({ "item-attribute-equals": equals }),
        _ => {
            let with: Vec<&Value> = lines
                .iter()
                .filter(|line| line["attributes"][case["attribute"].as_str().unwrap_or_default()] == case["value"])
                .map(|line| &line["id"])
                .collect();
            json!({ "item-list-includes-all": { "ids": with } })
        }
    }
}

/// The cart that the case leaves behind, and its totals, or the first refusal.
async fn play(shops: &mut Shops, case: &Value) -> Result<Result<Value, Refusal>, String> {
    let given = &case["given"];
    let settings = Settings {
        default_rounding: Rounding::parse(given["rounding_mode"].as_str().unwrap_or_default()).expect("a mode"),
        empty_cart: EmptyCart::ALL
            .into_iter()
            .find(|policy| policy.as_str() == given["empty_cart_behavior"])
            .unwrap_or(EmptyCart::Destroy),
        ..Settings::default()
    };
    let (faces, address) = (shops.with(settings).await, address_of(case));
    for step in case["when"].as_array().into_iter().flatten() {
        let commands = commands(step, case["when"].as_array().map_or(&[], Vec::as_slice));
        if let Err(refusal) = faces.change(&address, &json!({ "commands": commands }).to_string()).await? {
            return Ok(Err(refusal));
        }
    }
    let shown = faces.show(&address).await?.map(|cart| cart.map_or(Value::Null, |cart| parse(&cart)));
    let totals = faces.totals(&address, None).await?.map(|totals| parse(&totals.expect("totals")));
    faces.explain(&address, None).await?.map(drop).map_err(|refusal| format!("not explained: {refusal:?}"))?;
    Ok(shown.and_then(|shown| Ok(json!({ "cart": shown, "totals": totals? }))))
}

fn commands(step: &Value, steps: &[Value]) -> Vec<Value> {
    let id = &step["id"];
    match step["do"].as_str().unwrap_or_default() {
        "add" => {
            let mut item = json!({ "id": id, "name": id, "price": step["price_minor"], "quantity": step["quantity"] });
            match step["price_input_form"].as_str() {
                Some("string") => item["price"] = step["price_input"].clone(),
                Some("none") => drop(item.as_object_mut().map(|item| item.remove("price"))),
                _ => {}
            }
            if let Some(attributes) = step.get("attributes") {
                item["attributes"] = attributes.clone();
            }
            if let Some(conditions) = step.get("conditions").and_then(Value::as_array) {
                item["conditions"] = conditions.iter().map(condition).collect();
            }
            vec![json!({ "do": "add", "item": item })]
        }
        "update" => {
            let mut command = json!({ "do": "update", "id": id });
            if let Some(to) = step.get("set") {
                command["quantity"] = to.clone();
            }
            if let Some(by) = step.get("delta") {
                command["delta"] = by.clone();
            }
            if let Some(price) = step.get("price_minor") {
                command["price"] = price.clone();
            }
            vec![command]
        }
        "remove" => vec![json!({ "do": "remove", "id": id })],
        "clear" => vec![json!({ "do": "clear" })],
        "add_condition" => {
            let mut commands = Vec::new();
            if let Some(kind) = step.get("replace_type") {
                commands.push(json!({ "do": "removeConditionsByType", "type": kind }));
            }
            commands.push(json!({ "do": "addCondition", "condition": condition(&step["condition"]) }));
            commands
        }
        "register_dynamic" => {
            let mut condition = condition(&step["condition"]);
            let rules: Vec<Value> =
                step["rules"].as_array().into_iter().flatten().map(|case| rule(case, steps)).collect();
            condition["rules"] = json!({ "all": rules });
            vec![json!({ "do": "addCondition", "condition": condition })]
        }
        "remove_condition" | "remove_dynamic" => vec![json!({ "do": "removeCondition", "name": step["name"] })],
        "remove_conditions_by_type" => vec![json!({ "do": "removeConditionsByType", "type": step["type"] })],
        "clear_conditions" => vec![json!({ "do": "clearConditions" })],
        "add_item_condition" => {
            vec![json!({ "do": "addCondition", "condition": condition(&step["condition"]), "item": id })]
        }
        "remove_item_condition" => vec![json!({ "do": "removeCondition", "name": step["name"], "item": id })],
        "clear_item_conditions" => vec![json!({ "do": "clearConditions", "item": id })],
        other => panic!("unknown step {other}"),
    }
}

fn compare(found: &Value, then: &Value) -> Result<(), String> {
    let (cart, totals) = (&found["cart"], &found["totals"]);
    let mut wrong = Vec::new();
    let mut check = |what: &str, expected: &Value, found: Value| {
        if !expected.is_null() && *expected != found {
            wrong.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    for (theirs, ours) in [
        ("subtotal_without_conditions", "subtotalWithoutConditions"),
        ("subtotal", "subtotal"),
        ("total", "total"),
        ("savings", "savings"),
        ("quantity", "quantity"),
        ("lines", "lines"),
    ] {
        check(theirs, &then[theirs], totals[ours].clone());
    }
    let lines: serde_json::Map<String, Value> = cart["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| (item["id"].as_str().unwrap_or_default().into(), item["subtotal"].clone()))
        .collect();
    check("line_subtotals", &then["line_subtotals"], lines.into());
    // They count the copies that rules which hold leave behind; ours are one condition that applies or not.
    let counts = |condition: &&Value| {
        let entry =
            totals["breakdown"].as_array().into_iter().flatten().find(|entry| entry["name"] == condition["name"]);
        let on_cart = condition["target"].as_str().is_some_and(|target| target.starts_with("cart"));
        condition.get("rules").is_none() || (on_cart && entry.is_some_and(|entry| entry["applied"] == true))
    };
    let conditions = cart["conditions"].as_array().into_iter().flatten().filter(counts).count();
    check("cart_conditions", &then["cart_conditions"], conditions.into());
    for (phase, change) in then["phase_changes"].as_object().into_iter().flatten() {
        let expected = change["after"].as_i64().unwrap_or(0) - change["before"].as_i64().unwrap_or(0);
        let sum: i64 = totals["breakdown"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["phase"] == **phase && entry.get("item").is_none())
            .filter_map(|entry| entry["amount"].as_i64())
            .sum();
        check(phase, &expected.into(), sum.into());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
