//! Our own vectors, on every face: natively, through the component, over HTTP, and through the npm package in Node and in a
//! browser, with byte-equal answers.
//!
//! A file has cases, a case has steps, and each case has a cart of its own (`user:ID`). The short forms of a
//! step and of what it expects are described in `own/README.md`.

use pushcart::cart::Settings;
use pushcart::id::Address;
use pushcart::rule::Zone;
use pushcart_tests::faces::{AllSaid, Faces, Said};
use pushcart_tests::{json_file, parse};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn carts() {
    everywhere("carts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions() {
    everywhere("conditions").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presets() {
    everywhere("presets").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules() {
    everywhere("rules").await;
    let file = json_file("vectors/own/rules.json");
    for (key, _) in pushcart::rule::keys() {
        let steps = || cases(&file).filter(|case| case["id"] == format!("RULE-{key}")).flat_map(steps);
        assert!(steps().any(|step| step["holds"] == true) || *key == "always-false", "{key} holds nowhere");
        assert!(steps().any(|step| step["holds"] == false) || *key == "always-true", "{key} holds everywhere");
        assert!(steps().any(|step| step.get("refused").is_some()), "{key} is never refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn targets() {
    everywhere("targets").await;
    let file = json_file("vectors/own/targets.json");
    let combinations = cases(&file).filter(|case| case["id"].as_str().is_some_and(|id| id.contains('@'))).count();
    assert_eq!(combinations, 2 * 10 * 4, "each scope, phase and application");
}

#[tokio::test(flavor = "multi_thread")]
async fn values() {
    everywhere("values").await;
}

/// Cases that need to know time zones. Hosts that know them themselves must know the same.
#[tokio::test(flavor = "multi_thread")]
async fn zones() {
    let file = json_file("vectors/own/zones.json");
    let offset = |value: &Value| value.as_i64().and_then(|offset| i32::try_from(offset).ok()).expect("seconds");
    let zones = file["zones"].as_object().into_iter().flatten();
    let zones = zones.map(|(name, it)| Zone { name: name.as_str().into(), offset_s: offset(it), until: None });
    run(&file, &Faces::knowing(Settings::default(), &zones.collect::<Vec<_>>()).await).await;
}

async fn everywhere(name: &str) {
    let file = json_file(&format!("vectors/own/{name}.json"));
    run(&file, &Faces::all(Settings::default()).await).await;
}

fn cases(file: &Value) -> impl Iterator<Item = &Value> {
    file["cases"].as_array().expect("cases").iter()
}

fn steps(case: &Value) -> impl Iterator<Item = &Value> {
    case["steps"].as_array().expect("steps").iter()
}

async fn run(file: &Value, faces: &Faces) {
    let mut failures = Vec::new();
    let mut ids = Vec::new();
    for case in cases(file) {
        let id = case["id"].as_str().expect("an id");
        assert!(!ids.contains(&id), "{id} is there twice");
        ids.push(id);
        let address = Address::new("", &format!("user:{id}"), "default").expect("an address");
        if let Some(cart) = case.get("cart") {
            match faces.change(&address, &change(case, cart).to_string()).await {
                Ok(Ok(_)) => {}
                other => failures.push(format!("{id}, its cart: {other:?}")),
            }
        }
        for (n, step) in steps(case).enumerate() {
            let failure = match play(faces, &address, case, step).await {
                Ok(found) => compare(step, &found).err(),
                Err(difference) => Some(difference),
            };
            if let Some(failure) = failure {
                let title = case["title"].as_str().unwrap_or_default();
                failures.push(format!("{id} ({title}), step {n}: {failure}"));
            }
        }
        // Whatever the case is about: what is left can be shown and explained, everywhere the same.
        for said in [faces.show(&address).await, faces.explain(&address, None).await] {
            match said {
                Ok(Ok(_)) => {}
                other => failures.push(format!("{id}, at its end: {other:?}")),
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// The change request of a list of commands; the case may name currency and rounding.
fn change(case: &Value, commands: &Value) -> Value {
    let mut body = json!({ "commands": commands });
    for field in ["currency", "rounding"] {
        if let Some(value) = case.get(field) {
            body[field] = value.clone();
        }
    }
    body
}

/// The condition whose rules a step is about: 10 % off, unless the case says otherwise.
fn probe(case: &Value, rules: &Value) -> Value {
    let mut condition = json!({ "name": "probe", "type": "discount", "value": "-10%" });
    for (field, value) in case["probe"].as_object().into_iter().flatten() {
        condition[field] = value.clone();
    }
    condition["rules"] = rules.clone();
    let mut command = json!({ "do": "addCondition", "condition": condition });
    if let Some(item) = case.get("on") {
        command["item"] = item.clone();
    }
    json!([command])
}

async fn play(faces: &Faces, address: &Address, case: &Value, step: &Value) -> AllSaid {
    let instance = |name: &Value| address.with_instance(name.as_str().unwrap_or("default")).expect("an instance");
    let at = step["at"].as_str();
    let commands = match (step.get("do"), step.get("rules"), step.get("preset")) {
        (Some(commands), ..) => Some(commands.clone()),
        (_, Some(rules), _) => Some(probe(case, rules)),
        (.., Some(preset)) => {
            let mut command = json!({ "do": "addPreset", "preset": preset, "name": "p" });
            if let Some(with) = step.get("with") {
                command["with"] = with.clone();
            }
            Some(json!([command]))
        }
        _ => None,
    };
    let body = commands.map(|commands| json!({ "commands": commands })).or_else(|| step.get("change").cloned());
    if let Some(body) = body {
        let said = faces.change(address, &body.to_string()).await?;
        if said.is_ok() && at.is_some() { faces.totals(address, at).await } else { Ok(said) }
    } else if let Some(name) = step.get("show") {
        faces.show(&instance(name)).await
    } else {
        faces.totals(&instance(&step["totals"]), at).await
    }
}

fn compare(step: &Value, found: &Said) -> Result<(), String> {
    if let Some(refused) = step.get("refused") {
        return match found {
            Err(refusal) if refused[0] == refusal.kind && (refused[1].is_null() || refused[1] == refusal.path) => {
                Ok(())
            }
            other => Err(format!("expected {refused}, found {other:?}")),
        };
    }
    let body = match found {
        Ok(Some(body)) if step.get("absent").is_none() => parse(body),
        Ok(None) if step.get("absent").is_some() => return Ok(()),
        other => return Err(format!("expected an answer, found {other:?}")),
    };
    let totals = ["/cart/totals", "/totals"].iter().find_map(|pointer| body.pointer(pointer)).unwrap_or(&body);
    let mut expected: Vec<(&str, Value)> = Vec::new();
    match &step["holds"] {
        Value::Null => {}
        Value::Bool(true) => expected.push(("breakdown/probe/applied", true.into())),
        reason => {
            let reason = reason.as_str().unwrap_or("rule_not_met");
            expected.extend([
                ("breakdown/probe/applied", false.into()),
                ("breakdown/probe/amount", 0.into()),
                ("breakdown/probe/reason", reason.into()),
            ]);
        }
    }
    let more = step["expect"].as_object().into_iter().flatten();
    expected.extend(more.map(|(pointer, wanted)| (pointer.as_str(), wanted.clone())));
    if expected.is_empty() {
        return Err("a step must expect something".into());
    }
    for (pointer, wanted) in expected {
        let value = match pointer.strip_prefix('/') {
            Some(pointer) => find(&body, pointer),
            None => find(totals, pointer),
        };
        if value != wanted {
            return Err(format!("{pointer}: expected {wanted}, found {value} in {body}"));
        }
    }
    Ok(())
}

/// What stands at a path: of objects by key; of lists by number, by name or id, or `*` for each; null for nothing.
fn find(value: &Value, path: &str) -> Value {
    let (step, rest) = path.split_once('/').map_or((path, None), |(step, rest)| (step, Some(rest)));
    let further = |value: &Value| rest.map_or_else(|| value.clone(), |rest| find(value, rest));
    match value {
        Value::Object(fields) => fields.get(step).map_or(Value::Null, further),
        Value::Array(list) if step == "*" => list.iter().map(further).collect(),
        Value::Array(list) => {
            let named = |entry: &&Value| entry["name"] == step || entry["id"] == step;
            let entry = step.parse().map_or_else(|_| list.iter().find(named), |index: usize| list.get(index));
            entry.map_or(Value::Null, further)
        }
        _ => Value::Null,
    }
}
