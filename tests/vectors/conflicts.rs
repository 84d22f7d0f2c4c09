//! conflict.json: reports, and interleavings of writers.

use super::{Expected, Open};
use pushcart::error::ConflictReport;
use pushcart::id::Revision;
use pushcart::service::{BasedOn, Options, Request};
use pushcart_tests::{Native, address, parse};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
async fn conflict() {
    let run = async |case: &Value, expected| {
        if !matches!(expected, Expected::Then) {
            return Err("expected no deviation".into());
        }
        match case["id"].as_str().unwrap_or_default() {
            // Writers that re-read under a lock: what a change without a base version does by itself.
            "CNF-012" => replayed(case),
            "CNF-014" => every_write_takes_one_step(case),
            _ if case["when"]["do"] == "conflict_payload" => payload(case),
            _ => interleaving(case),
        }
    };
    Open::load("conflict", "CNF").run(run).await;
}

fn payload(case: &Value) -> Result<(), String> {
    let (given, then) = (&case["given"], &case["then"]);
    let report = ConflictReport {
        attempted_version: given["attempted_version"].as_u64().unwrap_or_default(),
        current_version: given["current_version"].as_u64().unwrap_or_default(),
        incarnation_changed: false,
        changed: Vec::new(),
        last_changed_ms: None,
        safe_to_retry: false,
    };
    let wanted: Vec<&str> =
        then["resolution_suggestions"].as_array().into_iter().flatten().filter_map(Value::as_str).take(2).collect();
    if report.version_difference() != then["version_difference"].as_i64().unwrap_or_default()
        || report.is_minor() != (then["is_minor_conflict"] == true)
        || report.suggestions() != *wanted
    {
        return Err(format!("expected {then}, found {report:?}"));
    }
    Ok(())
}

fn interleaving(case: &Value) -> Result<(), String> {
    let cart = Native::new(Default::default());
    let mut known: BTreeMap<u64, Revision> = BTreeMap::new();
    let mut applied: Vec<String> = Vec::new();
    let write = |n: usize, writer: &str, base: Option<Revision>| {
        let body = json!({ "id": format!("{writer}-{n}"), "name": "n", "price": 1 }).to_string();
        let based_on = Some(base.map_or(BasedOn::Absent, |revision| BasedOn::OneOf(vec![revision])));
        cart.change(&address(), &Request::AddItems(body), &Options { based_on, ..Options::default() })
    };
    if let Some(version) = case["given"]["initial_version"].as_u64() {
        assert_eq!(version, 1);
        let answer = write(0, "initial", None).map_err(|e| format!("{e:?}"))?;
        known.extend(answer.revision.map(|revision| (1, revision)));
    }
    let mut read: BTreeMap<String, u64> = BTreeMap::new();
    for (n, step) in case["when"].as_array().into_iter().flatten().enumerate() {
        let writer = step["writer"].as_str().unwrap_or_default();
        let now = known.keys().last().copied();
        match step["do"].as_str().unwrap_or_default() {
            "read" | "read_items" => {
                let version = now.ok_or("nothing to read")?;
                if step.get("version").is_some_and(|wanted| *wanted != version) {
                    return Err(format!("expected version {}, found {version}", step["version"]));
                }
                read.insert(writer.into(), version);
            }
            _ => {
                // A step that names its base version has it; else the writer's last read is it.
                let base = match step.get("expected_version") {
                    Some(version) => version.as_u64(),
                    None => read.get(writer).copied(),
                };
                let answer = write(n + 1, writer, base.map(|version| known[&version]));
                let prefers_conflict = case.get("prefer").is_some() && base != now;
                let wanted = if prefers_conflict { "conflict" } else { step["result"].as_str().unwrap_or("ok") };
                match (wanted, answer) {
                    ("ok", Ok(answer)) => {
                        let revision = answer.revision.ok_or("no revision")?;
                        if step["version_after"] != revision.version {
                            return Err(format!("expected version {}, found {revision}", step["version_after"]));
                        }
                        known.insert(revision.version, revision);
                        applied.push(writer.into());
                    }
                    ("conflict", Err(error)) => {
                        let report = error.report().ok_or("no report")?;
                        let versions = (Some(report.attempted_version), Some(report.current_version));
                        if versions != (base, now) {
                            return Err(format!("expected a conflict of {base:?} and {now:?}, found {report:?}"));
                        }
                    }
                    (wanted, found) => return Err(format!("{wanted} expected of {writer}, found {found:?}")),
                }
            }
        }
    }
    if case.get("flag").is_none() && case["then"]["applied"] != json!(applied) {
        return Err(format!("expected {}, found {applied:?}", case["then"]["applied"]));
    }
    Ok(())
}

fn replayed(case: &Value) -> Result<(), String> {
    let cart = Native::new(Default::default());
    for id in ["a", "b", "c"] {
        let body = json!({ "id": id, "name": "n", "price": 1 }).to_string();
        cart.change(&address(), &Request::AddItems(body), &Options::default()).map_err(|e| format!("{e:?}"))?;
    }
    let shown = cart.show(&address()).map_err(|e| format!("{e:?}"))?.map(|answer| parse(&answer.body));
    let items: serde_json::Map<String, Value> = shown
        .iter()
        .flat_map(|cart| cart["items"].as_array().into_iter().flatten())
        .map(|item| (item["id"].as_str().unwrap_or_default().into(), item["quantity"].clone()))
        .collect();
    if case["prefer"] == Value::from(items.clone()) {
        Ok(())
    } else {
        Err(format!("expected {}, found {items:?}", case["prefer"]))
    }
}

fn every_write_takes_one_step(case: &Value) -> Result<(), String> {
    let cart = Native::new(Default::default());
    let commands = [
        json!([{ "do": "add", "item": { "id": "a", "name": "n", "price": 1 } }]),
        json!([{ "do": "addCondition", "condition": { "name": "c", "type": "fee", "value": "+1" } }]),
        json!([{ "do": "setMetadata", "values": { "k": 1 } }]),
        json!([{ "do": "setMetadata", "values": { "l": 1, "m": 2 } }]),
        json!([{ "do": "add", "item": { "id": "b", "name": "n", "price": 1 } }, { "do": "addCondition", "condition": { "name": "d", "type": "fee", "value": "+1" } }]),
        json!([{ "do": "clearMetadata" }]),
        json!([{ "do": "clear" }]),
    ];
    let steps = case["when"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(steps.len(), commands.len());
    for (step, commands) in steps.iter().zip(commands) {
        let body = json!({ "commands": commands }).to_string();
        let answer =
            cart.change(&address(), &Request::Change(body), &Options::default()).map_err(|e| format!("{e:?}"))?;
        if answer.revision.map(|revision| revision.version) != step["version_after"].as_u64() {
            return Err(format!(
                "{}: expected version {}, found {:?}",
                step["do"], step["version_after"], answer.revision
            ));
        }
    }
    Ok(())
}
