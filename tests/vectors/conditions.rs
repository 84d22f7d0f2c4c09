//! conditions-parsing.json: values, targets, filters and prices as text.

use super::{Expected, Open, Shop};
use pushcart::cart::Settings;
use pushcart::condition::{Target, TargetInput};
use pushcart::error::Kind;
use pushcart::json::Raw;
use pushcart::service::Request;
use pushcart_tests::faces::{Faces, Refusal};
use pushcart_tests::parse;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn conditions_parsing() {
    let faces = Faces::all(Settings::default()).await;
    let run = async |case: &Value, expected: Expected| {
        let (given, then) = (&case["given"], &case["then"]);
        let shop = Shop::new(&faces, Settings::default(), case);
        match case["when"]["do"].as_str().unwrap_or_default() {
            "parse_and_apply" => apply(&shop, given, &case["when"]["amount"], then, &expected).await,
            "parse" => refused(shop.adjust(1000, &given["value"]).await?, then, &expected),
            "construct" => {
                let condition = json!({ "name": given["name"], "type": given["type"], "value": given["value"], "target": given["target"] });
                refused(shop.with_condition(1000, &condition).await?, then, &expected)
            }
            "parse_target" => target(given["target"].as_str().unwrap_or_default(), then, &expected),
            "preset_target" => preset(given, then),
            "filter_text" | "filter" => filter(given, then, &expected),
            "parse_price" => price(&shop, given, then, &expected).await,
            other => Err(format!("unknown check {other}")),
        }
    };
    Open::load("conditions-parsing", "CND").run(run).await;
}

type Outcome = Result<Value, Refusal>;

impl Shop<'_> {
    async fn adjust(&self, amount: i64, value: &Value) -> Result<Outcome, String> {
        let condition =
            json!({ "name": "c", "type": "modifier", "value": value, "target": "cart@cart_subtotal/aggregate" });
        self.with_condition(amount, &condition).await
    }

    /// The totals of a cart of one piece at `amount`, with one condition.
    async fn with_condition(&self, amount: i64, condition: &Value) -> Result<Outcome, String> {
        let commands = json!({ "commands": [
            { "do": "add", "item": { "id": "x", "name": "x", "price": amount } },
            { "do": "addCondition", "condition": condition },
        ]});
        if let Err(refusal) = self.faces.change(&self.address, &commands.to_string()).await? {
            return Ok(Err(refusal));
        }
        Ok(self.faces.totals(&self.address, None).await?.map(|totals| parse(&totals.expect("totals"))))
    }
}

fn refused(found: Outcome, then: &Value, expected: &Expected) -> Result<(), String> {
    if then["valid"] != false || !matches!(expected, Expected::Then) {
        return Err("expected a case that is refused as it stands".into());
    }
    match found {
        Err(refusal) if refusal.kind == "invalid" && !refusal.path.is_empty() => Ok(()),
        other => Err(format!("expected a refusal with a path, found {other:?}")),
    }
}

async fn apply(
    shop: &Shop<'_>,
    given: &Value,
    amount: &Value,
    then: &Value,
    expected: &Expected,
) -> Result<(), String> {
    let found = shop.adjust(amount.as_i64().unwrap_or_default(), &given["value"]).await?;
    match expected {
        Expected::Then => {
            let totals = found.map_err(|e| format!("refused: {e:?}"))?;
            let entry = &totals["breakdown"][0];
            if totals["total"] != then["result"] || entry["amount"] != then["adjustment"] {
                return Err(format!("expected {} by {}, found {totals}", then["result"], then["adjustment"]));
            }
            Ok(())
        }
        Expected::Refused(kind) => deviates(found, kind),
        _ => Err("expected another list".into()),
    }
}

fn deviates(found: Outcome, kind: &str) -> Result<(), String> {
    match found {
        Err(refusal) if refusal.kind == kind => Ok(()),
        other => Err(format!("expected {kind}, found {other:?}")),
    }
}

fn target(text: &str, then: &Value, expected: &Expected) -> Result<(), String> {
    let found = Target::parse(text);
    if !matches!(expected, Expected::Then) {
        return Err("expected another list".into());
    }
    if then["valid"] == false {
        return match found {
            Err(error) if error.kind() == Kind::Invalid => Ok(()),
            other => Err(format!("expected a refusal, found {other:?}")),
        };
    }
    let target = found.map_err(|e| format!("refused: {e:?}"))?;
    let hyphens = |text: &Value| text.as_str().unwrap_or_default().replace('-', "_");
    let parts = [target.scope().as_str(), target.phase().as_str(), target.application().as_str()];
    let wanted = [hyphens(&then["scope"]), hyphens(&then["phase"]), hyphens(&then["application"])];
    if parts != wanted || target.to_string() != hyphens(&then["text"]) {
        return Err(format!("expected {then}, found {target}"));
    }
    let mut data = String::new();
    target.write_data(&mut data);
    let data = parse(&data);
    let filters: Vec<Value> = then["filters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|filter| json!({ "field": filter["field"], "op": filter["operator"], "value": filter["value"] }))
        .collect();
    let grouping = then.get("grouping_preset").unwrap_or(&Value::Null);
    if data["filters"].as_array().map_or(&[][..], Vec::as_slice) != filters || data["groupBy"] != *grouping {
        return Err(format!("expected {then}, found {data}"));
    }
    Ok(())
}

fn preset(given: &Value, then: &Value) -> Result<(), String> {
    let target = Target::preset(given["preset"].as_str().unwrap_or_default()).map_err(|e| format!("refused: {e:?}"))?;
    let wanted = then["text"].as_str().unwrap_or_default().replace('-', "_");
    if target.to_string() == wanted { Ok(()) } else { Err(format!("expected {wanted}, found {target}")) }
}

/// A filter as data, and its text, both ways.
fn filter(given: &Value, then: &Value, expected: &Expected) -> Result<(), String> {
    let data = json!([{ "field": given["field"], "op": given["operator"], "value": given["value"] }]).to_string();
    let input = TargetInput::Data {
        scope: "items".into(),
        phase: "item_discount".into(),
        application: "per_item".into(),
        filters: Some(Raw::parse(&data).map_err(|e| e.to_string())?),
        group_by: None,
    };
    let found = input.resolve(false);
    if then["valid"] == false {
        return match found {
            Err(error) if error.path() == "filters[0].field" => Ok(()),
            other => Err(format!("expected a refusal, found {other:?}")),
        };
    }
    let wanted = match expected {
        Expected::Accepted(accepted) => &accepted["text"],
        _ => &then["text"],
    };
    let text = format!("items:{}@item_discount/per_item", wanted.as_str().unwrap_or_default());
    let target = found.map_err(|e| format!("refused: {e:?}"))?;
    if target.to_string() != text {
        return Err(format!("expected {text}, found {target}"));
    }
    match Target::parse(&text) {
        Ok(read) if read == target => Ok(()),
        other => Err(format!("expected {text} to be read back, found {other:?}")),
    }
}

async fn price(shop: &Shop<'_>, given: &Value, then: &Value, expected: &Expected) -> Result<(), String> {
    let item = json!({ "id": "x", "name": "x", "price": given["price"] }).to_string();
    let found = shop
        .change(&Request::AddItems(item))
        .await?
        .map(|said| parse(&said.expect("an answer"))["cart"]["items"][0]["price"].clone());
    let wanted = match expected {
        Expected::Refused(kind) => return deviates(found, kind),
        Expected::Accepted(accepted) => &accepted["minor"],
        _ if then["valid"] == false => {
            return match found {
                Err(refusal) if refusal.path == "commands[0].item.price" => Ok(()),
                other => Err(format!("expected a refusal at the price, found {other:?}")),
            };
        }
        _ => &then["minor"],
    };
    match found {
        Ok(price) if price == *wanted => Ok(()),
        other => Err(format!("expected {wanted}, found {other:?}")),
    }
}
