//! The open vectors of storage and of conflicts, run through the finer operations on each driver.
//!
//! `DEVIATIONS` and `SKIPPED` are complete: a case that is in neither is run as it stands, and one
//! that is named there and no longer in the file fails. The vectors speak of maps by key, so an
//! absent map and an empty list read alike.

use pushcart::cart::Settings;
use pushcart::id::{Address, Entropy, Revision};
use pushcart::storage::operations::{Instances, Operations};
use pushcart::storage::{Committed, Loaded, Memory, Precondition, Record, Slot, Summary, Write};
use pushcart::time::Timestamp;
use pushcart_host::driver::sql::{Sqlite, SqliteOptions};
use pushcart_host::driver::{AsStorage, Driver};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const STORAGE: &str = include_str!("open/storage-contract.json");
const CONFLICT: &str = include_str!("open/conflict.json");

/// Cases that a step of another floor decides, and which.
const SKIPPED: &[(&str, &str)] = &[
    ("STO-032", "foreign keys in the same key space: no driver here has one"),
    ("STO-050", "damaged text: a case of the contract suite, which needs the driver's own way in"),
    ("STO-061", "whole carts: run by policies.rs"),
    ("STO-062", "whole carts: run by policies.rs"),
    ("STO-063", "whole carts: run by policies.rs"),
    ("CNF-005", "suggestions with the cart attached: the wire"),
    ("CNF-012", "locks: an option of drivers that have them"),
];

/// Steps where the vectors themselves prefer another answer than the one they record.
const DEVIATIONS: &[(&str, usize, &str)] = &[("STO-057", 2, "2"), ("STO-058", 1, "[]"), ("STO-058", 3, "true")];

fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).expect("the vectors are JSON");
    file["cases"].as_array().expect("cases").clone()
}

fn id(case: &Value) -> &str {
    case["id"].as_str().expect("an id")
}

fn skipped(case: &Value) -> bool {
    SKIPPED.iter().any(|(skipped, _)| *skipped == id(case))
}

async fn drivers() -> Vec<(Arc<dyn Driver>, Option<tempfile::TempDir>)> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let sqlite = Sqlite::open(SqliteOptions::new(directory.path().join("carts.db"))).await.expect("a new file opens");
    vec![(Arc::new(Memory::new()), None), (Arc::new(sqlite), Some(directory))]
}

fn start() -> Timestamp {
    Timestamp::from_ms(1_795_262_400_000)
}

struct Run {
    driver: Arc<dyn Driver>,
    settings: Settings,
    now: Timestamp,
    steps: u64,
    saved: HashMap<String, Value>,
}

impl Run {
    async fn step(&mut self, op: &str, args: &[Value]) -> pushcart::error::Result<Value> {
        self.steps += 1;
        if op == "advance_seconds" {
            self.now = self.now.plus_ms(args[0].as_u64().expect("seconds") * 1000);
            return Ok(Value::Null);
        }
        let storage = AsStorage(self.driver.clone());
        let entropy = Entropy([1, 2, 3, 4]).derive(self.steps);
        let on = Operations::new(&storage, &self.settings, self.now, entropy);
        let text = |n: usize| args[n].as_str().expect("a text argument");
        let json = |n: usize| args[n].to_string();
        let parsed = |text: String| serde_json::from_str::<Value>(&text).expect("stored JSON");
        let cart = || Address::new("", text(0), text(1));
        Ok(match op {
            "put_items" => drop_it(on.put_items(&cart()?, &json(2)).await?),
            "put_conditions" => drop_it(on.put_conditions(&cart()?, &json(2)).await?),
            "put_both" => drop_it(on.put_both(&cart()?, &json(2), &json(3)).await?),
            "put_metadata" => drop_it(on.put_metadata(&cart()?, text(2), &json(3)).await?),
            "put_metadata_batch" => drop_it(on.put_metadata_batch(&cart()?, &json(2)).await?),
            "clear_metadata" => drop_it(on.clear_metadata(&cart()?).await?),
            "clear_all" => drop_it(on.clear_all(&cart()?).await?),
            "forget" => json!(on.forget(&cart()?).await?),
            "forget_identifier" => json!(on.forget_identifier("", text(0)).await?),
            "flush" => json!(on.flush("").await?),
            "has" => json!(on.has(&cart()?).await?),
            "get_items" => parsed(on.get_items(&cart()?).await?),
            "get_conditions" => parsed(on.get_conditions(&cart()?).await?),
            "get_all_metadata" => parsed(on.get_all_metadata(&cart()?).await?),
            "get_metadata" => on.get_metadata(&cart()?, text(2)).await?.map_or(Value::Null, parsed),
            "get_instances" => json!(on.instances("", text(0)).await?),
            "get_version" => json!(on.version(&cart()?).await?),
            "get_id" => json!(on.id(&cart()?).await?),
            "get_created_at" => json!(on.created_at(&cart()?).await?.map(|at| at.to_string())),
            "swap_identifier" => {
                json!(on.rename("", text(0), text(1), Instances::One(text(2)), true).await?)
            }
            other => panic!("a step that this runner does not know: {other}"),
        })
    }

    fn follows(&mut self, rule: &Value, found: &Value) -> bool {
        if let Some(name) = rule["save_as"].as_str() {
            self.saved.insert(name.into(), found.clone());
        }
        rule.as_object().expect("a rule").iter().all(|(rule, wanted)| match rule.as_str() {
            "save_as" => true,
            "set_equals" => {
                let sorted = |value: &Value| {
                    let mut texts: Vec<String> =
                        value.as_array().expect("a list").iter().map(Value::to_string).collect();
                    texts.sort();
                    texts
                };
                sorted(wanted) == sorted(found)
            }
            "integer_at_least" => found.as_i64() >= wanted.as_i64(),
            "non_empty_string" => found.as_str().is_some_and(|text| !text.is_empty()),
            "greater_than" => found.as_i64() > self.saved[wanted.as_str().expect("a name")].as_i64(),
            "same_as" => *found == self.saved[wanted.as_str().expect("a name")],
            other => panic!("a rule that this runner does not know: {other}"),
        })
    }
}

fn drop_it(_: Revision) -> Value {
    Value::Null
}

fn alike(found: &Value, wanted: &Value) -> bool {
    let empty = |value: &Value| *value == json!({}) || *value == json!([]);
    found == wanted || (empty(found) && empty(wanted))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vectors_of_storage_hold_on_every_driver() {
    let (mut run_cases, mut wrong) = (0, Vec::new());
    for case in cases(STORAGE).iter().filter(|case| !skipped(case)) {
        for (driver, _directory) in drivers().await {
            let ttl_ms = case["given"]["ttl_seconds"].as_u64().map(|seconds| seconds * 1000);
            let settings = Settings { ttl_ms, ..Settings::default() };
            let mut run = Run { driver: driver.clone(), settings, now: start(), steps: 0, saved: HashMap::new() };
            run_cases += 1;
            for (index, step) in case["when"].as_array().expect("steps").iter().enumerate() {
                let op = step["op"].as_str().expect("an op");
                let found = run.step(op, step["args"].as_array().expect("args")).await.expect("a step succeeds");
                let preferred = DEVIATIONS.iter().find(|(of, at, _)| *of == id(case) && *at == index);
                let good = if let Some((.., preferred)) = preferred {
                    found == serde_json::from_str::<Value>(preferred).expect("JSON")
                } else if let Some(wanted) = step.get("expect") {
                    alike(&found, wanted)
                } else {
                    step.get("expect_rule").is_none_or(|rule| run.follows(rule, &found))
                };
                if !good {
                    wrong.push(format!(
                        "{} on {}, step {index} ({op}): found {found}, {step}",
                        id(case),
                        driver.name()
                    ));
                }
            }
            driver.close().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(run_cases, 2 * 33);
}

fn record(version: u64, applied: &[String]) -> Record {
    Record {
        id: "1".into(),
        revision: Revision::parse(&format!("00000000000000aa.{version}")).expect("a revision"),
        currency: "USD".into(),
        rounding: "half_up".into(),
        items: json!(applied).to_string(),
        conditions: "[]".into(),
        metadata: "{}".into(),
        journal: String::new(),
        created_at: start(),
        updated_at: start(),
        expires_at: None,
        converted_at: None,
        order: None,
        summary: Summary::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vectors_of_conflicts_hold_on_every_driver() {
    let mut run_cases = 0;
    for case in cases(CONFLICT).iter().filter(|case| !skipped(case)) {
        for (driver, _directory) in drivers().await {
            run_cases += 1;
            match id(case) {
                "CNF-006" => {
                    let report = pushcart::error::ConflictReport {
                        attempted_version: 5,
                        current_version: 5,
                        incarnation_changed: false,
                        changed: vec![],
                        last_changed_ms: None,
                        safe_to_retry: false,
                    };
                    assert_eq!(json!(report.version_difference()), case["then"]["version_difference"]);
                    assert_eq!(json!(report.is_minor()), case["then"]["is_minor_conflict"]);
                    assert_eq!(json!(report.suggestions()), case["then"]["resolution_suggestions"]);
                }
                "CNF-007" | "CNF-008" | "CNF-010" => interleaved(&*driver, case).await,
                "CNF-011" => stale_write_is_told(&*driver).await,
                "CNF-014" => one_step_each(driver.clone(), case).await,
                other => panic!("a case that this runner does not know: {other}"),
            }
            driver.close().await;
        }
    }
    assert_eq!(run_cases, 2 * 6);
}

/// Writers that each write on the version they read.
async fn interleaved(driver: &dyn Driver, case: &Value) {
    let cart = Address::new("", "cart", "default").expect("an address");
    let mut applied: Vec<String> = Vec::new();
    if let Some(version) = case["given"]["initial_version"].as_u64() {
        let slot = Slot::Record(record(version, &applied));
        let first = Write { address: cart.clone(), precondition: Precondition::Absent, slot, events: vec![] };
        assert_eq!(driver.commit(&[first], start()).await.expect("a commit"), Committed::Done);
    }
    for step in case["when"].as_array().expect("steps") {
        let found = driver.load(&cart, start()).await.expect("a load").record();
        if step["do"] == "read" {
            assert_eq!(json!(found.map(|record| record.revision.version)), step["version"], "{}: {step}", id(case));
            continue;
        }
        let expected = step["expected_version"].as_u64();
        let mut next = applied.clone();
        next.push(step["writer"].as_str().expect("a writer").into());
        let write = Write {
            address: cart.clone(),
            precondition: expected
                .map_or(Precondition::Absent, |version| Precondition::Exactly(record(version, &[]).revision)),
            slot: Slot::Record(record(expected.unwrap_or(0) + 1, &next)),
            events: vec![],
        };
        let committed = driver.commit(&[write], start()).await.expect("a commit");
        assert_eq!(committed == Committed::Done, step["result"] == "ok", "{}: {step}", id(case));
        if committed == Committed::Done {
            applied = next;
        }
        let after = driver.load(&cart, start()).await.expect("a load").revision();
        assert_eq!(json!(after.map(|revision| revision.version)), step["version_after"], "{}: {step}", id(case));
    }
    assert_eq!(json!(applied), case["then"]["applied"], "{}", id(case));
}

/// The peer accepts the stale write; the vectors prefer a conflict that says 1 and 2.
async fn stale_write_is_told(driver: &dyn Driver) {
    let cart = Address::new("", "cart", "default").expect("an address");
    let write = |before: Option<u64>, items: &[&str]| Write {
        address: cart.clone(),
        precondition: before
            .map_or(Precondition::Absent, |version| Precondition::Exactly(record(version, &[]).revision)),
        slot: Slot::Record(record(
            before.unwrap_or(0) + 1,
            &items.iter().map(|item| String::from(*item)).collect::<Vec<_>>(),
        )),
        events: vec![],
    };
    for (before, items) in [(None, vec!["a"]), (Some(1), vec!["a", "b"])] {
        assert_eq!(driver.commit(&[write(before, &items)], start()).await.expect("a commit"), Committed::Done);
    }
    match driver.commit(&[write(Some(1), &["a", "c"])], start()).await.expect("a commit") {
        Committed::Conflict { index: 0, current: Loaded::Record(current) } => {
            assert_eq!(current.revision.version, 2);
            assert_eq!(current.items, r#"["a","b"]"#);
        }
        other => panic!("expected a conflict with version 2, found {other:?}"),
    }
}

async fn one_step_each(driver: Arc<dyn Driver>, case: &Value) {
    let (storage, settings) = (AsStorage(driver), Settings::default());
    let on = Operations::new(&storage, &settings, start(), Entropy([1, 2, 3, 4]));
    let cart = Address::new("", "cart", "default").expect("an address");
    for step in case["when"].as_array().expect("steps") {
        let revision = match step["do"].as_str().expect("an op") {
            "put_items" => on.put_items(&cart, "[]").await,
            "put_conditions" => on.put_conditions(&cart, "[]").await,
            "put_metadata" => on.put_metadata(&cart, "k", "1").await,
            "put_metadata_batch" => on.put_metadata_batch(&cart, r#"{"a":1,"b":2,"k":null}"#).await,
            "put_both" => on.put_both(&cart, "[]", "[]").await,
            "clear_metadata" => on.clear_metadata(&cart).await,
            "clear_all" => on.clear_all(&cart).await,
            other => panic!("a write that this runner does not know: {other}"),
        };
        assert_eq!(json!(revision.expect("a write").version), step["version_after"], "{step}");
    }
}

#[test]
fn every_exception_names_a_case_that_is_there() {
    let all: Vec<Value> = [cases(STORAGE), cases(CONFLICT)].concat();
    for name in SKIPPED.iter().map(|(id, _)| id).chain(DEVIATIONS.iter().map(|(id, ..)| id)) {
        assert!(all.iter().any(|case| id(case) == *name), "{name}");
    }
}
