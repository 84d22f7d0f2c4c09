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
mod totals;

use pushcart_tests::json_file;
use serde_json::Value;
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
    fn run(mut self, mut run: impl FnMut(&Value, Expected) -> Result<(), String>) {
        for case in std::mem::take(&mut self.cases) {
            let id = case["id"].as_str().unwrap_or_default().to_owned();
            let expected = self.expected(&id);
            if let Err(failure) = run(&case, expected) {
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
