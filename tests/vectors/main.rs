//! The open vectors: facts about carts that people use, and about what a better one does.
//!
//! A case is followed as it stands unless `open.json` says otherwise and why; that list is checked
//! too: an id in it that no longer deviates fails, so the list can only shrink.

mod conditions;
mod conflicts;
mod documents;
mod items;
mod own;
mod policies;
mod storage;
mod strangers;
mod totals;

use pushcart::cart::Settings;
use pushcart::id::Address;
use pushcart::service::{Options, Request};
use pushcart_tests::faces::{Faces, Refusal, Said};
use pushcart_tests::{Native, json_file, parse};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The cases of an open file, and what `open.json` says about each.
struct Open {
    cases: Vec<Value>,
    deviations: Value,
    used: BTreeSet<String>,
    failures: Vec<String>,
    ran: usize,
    prefix: &'static str,
}

enum Expected {
    /// As `then` says, with these fields replaced.
    Fields(Value),
    /// A refusal of this kind.
    Refused(String),
    /// Accepted, with these fields.
    Accepted(Value),
    /// As `then` says.
    Then,
}

impl Open {
    fn load(name: &str, prefix: &'static str) -> Self {
        Open {
            cases: json_file(&format!("vectors/open/{name}.json"))["cases"].as_array().cloned().unwrap_or_default(),
            deviations: json_file("vectors/open.json"),
            used: BTreeSet::new(),
            failures: Vec::new(),
            ran: 0,
            prefix,
        }
    }

    fn expected(&mut self, id: &str) -> Expected {
        let found = |part: &str| self.deviations[part].get(id).cloned();
        let expected = if let Some(fields) = found("fields") {
            Expected::Fields(fields)
        } else if let Some(refused) = found("refused") {
            Expected::Refused(refused["kind"].as_str().unwrap_or_default().into())
        } else if let Some(accepted) = found("accepted") {
            Expected::Accepted(accepted)
        } else {
            return Expected::Then;
        };
        self.used.insert(id.into());
        expected
    }

    /// Runs each case; `run` says what went wrong.
    async fn run(mut self, mut run: impl AsyncFnMut(&Value, Expected) -> Result<(), String>) {
        for case in std::mem::take(&mut self.cases) {
            let id = case["id"].as_str().unwrap_or_default().to_owned();
            let expected = self.expected(&id);
            if let Err(failure) = run(&case, expected).await {
                self.failures.push(format!("{id} ({}): {failure}", case["title"].as_str().unwrap_or_default()));
            }
            self.ran += 1;
        }
        for part in ["fields", "refused", "accepted"] {
            for id in self.deviations[part].as_object().into_iter().flatten().map(|(id, _)| id) {
                if id.starts_with(self.prefix) && !self.used.contains(id) {
                    self.failures.push(format!("{id} is listed under {part}, but there is no such case"));
                }
            }
        }
        assert!(self.ran > 0);
        assert!(
            self.failures.is_empty(),
            "{} of {} cases:\n{}",
            self.failures.len(),
            self.ran,
            self.failures.join("\n")
        );
    }
}

/// The default cart of whom a case is about.
fn address_of(case: &Value) -> Address {
    let id = case["id"].as_str().expect("an id");
    Address::new("", &format!("user:{id}"), "default").expect("an address")
}

/// The carts of one case: on all faces, and once more where requests may be short.
struct Shop<'f> {
    faces: &'f Faces,
    native: Native,
    address: Address,
}

impl<'f> Shop<'f> {
    fn new(faces: &'f Faces, settings: Settings, case: &Value) -> Self {
        Shop { faces, native: Native::new(settings), address: address_of(case) }
    }

    /// Makes a change that has a short form, on all faces by the change request that says the same; and holds that the
    /// short form comes to the same.
    async fn change(&self, short: &Request) -> Result<Said, String> {
        let said = self.faces.change(&self.address, &in_full(short)).await?;
        let natively = self.native.change(&self.address, short, &Options::default());
        let same = match (&said, &natively) {
            (Ok(Some(body)), Ok(answer)) => parse(body)["cart"]["items"] == parse(&answer.body)["cart"]["items"],
            (Err(refusal), Err(error)) => in_short(refusal, short) == in_short(&error.clone().into(), short),
            _ => false,
        };
        if same { Ok(said) } else { Err(format!("in short, {short:?} comes to {natively:?}; in full to {said:?}")) }
    }
}

/// A refusal as it would be of the short form: where in it, but not at which column.
fn in_short(refusal: &Refusal, short: &Request) -> Refusal {
    let is_list = matches!(short, Request::AddItems(list) if list.starts_with('['));
    let path = refusal.path.strip_prefix("commands").map_or(refusal.path.clone(), |path| {
        let path = path.replacen("].item", "]", 1);
        if is_list { path } else { path.trim_start_matches("[0]").trim_start_matches('.').into() }
    });
    let message = refusal.message.split(" at line ").next().unwrap_or_default();
    Refusal { path, message: message.into(), ..refusal.clone() }
}

/// The change request that says the same as a short one.
fn in_full(short: &Request) -> String {
    let commands = match short {
        Request::AddItems(list) if list.starts_with('[') => {
            let list: Vec<Value> = serde_json::from_str(list).expect("a list");
            Value::from_iter(list.into_iter().map(|item| json!({ "do": "add", "item": item }))).to_string()
        }
        // As it stands: it may hold what is no text.
        Request::AddItems(item) => format!(r#"[{{"do":"add","item":{item}}}]"#),
        Request::UpdateItem { item, body } => {
            let mut command = json!({ "do": "update", "id": item });
            let fields: serde_json::Map<String, Value> = serde_json::from_str(body).expect("an object");
            command.as_object_mut().expect("one").extend(fields);
            json!([command]).to_string()
        }
        other => panic!("no case has {other:?}"),
    };
    format!(r#"{{"commands":{commands}}}"#)
}

/// A condition of a case as the wire has it. Numbers in major units become minor units, because
/// fractions as JSON numbers are refused.
fn condition(case: &Value) -> Value {
    let value = match case["value_form"].as_str() {
        Some("decimal number (major units)") => {
            let minor = case["parsed"]["minor"].as_i64().expect("an amount");
            Value::from(if case["parsed"]["op"] == "sub" { -minor } else { minor })
        }
        _ => case["value"].clone(),
    };
    let mut condition =
        serde_json::json!({"name": case["name"], "type": case["type"], "value": value, "target": case["target"]});
    if let Some(rules) = case.get("rules") {
        condition["rules"] = rules.clone();
    }
    if let Some(order) = case.get("order") {
        condition["order"] = order.clone();
    }
    condition
}
