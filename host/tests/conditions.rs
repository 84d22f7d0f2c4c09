//! Conditions that do not stand in the cart, from end to end: providers that are real servers, and the
//! program with a catalogue.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use pushcart::id::Address;
use pushcart::service::{Options, Request};
use pushcart_host::config::{Config, Sources};
use pushcart_host::open;
use pushcart_host::runtime::Runtime;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// A provider on a port of its own, which answers as it is told to.
#[derive(Clone)]
struct Vouchers {
    told: Arc<Mutex<Told>>,
    asked: Arc<Mutex<Vec<Value>>>,
    url: String,
}

#[derive(Clone)]
enum Told {
    Answer(u16, Vec<u8>),
    Slow,
    Huge,
    HangUp,
}

impl Vouchers {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/conditions?shop=1", listener.local_addr().unwrap());
        let vouchers = Vouchers { told: Arc::new(Mutex::new(Told::Slow)), asked: Arc::default(), url };
        let app = Router::new().route("/conditions", post(answer)).with_state(vouchers.clone());
        tokio::spawn(async { axum::serve(listener, app).await });
        vouchers
    }

    fn answers(&self, status: u16, body: &str) {
        *self.told.lock().unwrap() = Told::Answer(status, body.as_bytes().to_vec());
    }

    fn is(&self, told: Told) {
        *self.told.lock().unwrap() = told;
    }
}

async fn answer(State(vouchers): State<Vouchers>, body: Bytes) -> Response {
    vouchers.asked.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    let told = vouchers.told.lock().unwrap().clone();
    match told {
        Told::Answer(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Told::Slow => {
            sleep(Duration::from_secs(60)).await;
            "[]".into_response()
        }
        Told::Huge => format!("[{}]", " ".repeat(300 * 1024)).into_response(),
        Told::HangUp => {
            let parts = [Ok("["), Err(std::io::Error::other("told to hang up"))];
            Body::from_stream(futures_util::stream::iter(parts)).into_response()
        }
    }
}

const VOUCHER: &str = r#"[{"name":"Voucher","type":"discount","value":-100}]"#;

async fn runtime(settings: &[(&str, &str)]) -> Runtime {
    let mut flags = vec![("storage".to_owned(), "memory:".to_owned(), "--storage".to_owned())];
    flags.extend(settings.iter().map(|(key, value)| (key.to_string(), value.to_string(), "--set".to_owned())));
    let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
    let driver = open::open(&config).await.unwrap();
    open::start(&config, driver).unwrap()
}

fn address() -> Address {
    Address::new("", "user:42", "default").unwrap()
}

async fn totals(runtime: &Runtime) -> Value {
    serde_json::from_str(&runtime.totals(&address(), None).await.unwrap().body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_behind_a_url_is_asked_and_whatever_it_does_is_told() {
    let vouchers = Vouchers::start().await;
    vouchers.answers(200, VOUCHER);
    let providers = format!("vouchers={},gone=http://127.0.0.1:1/", vouchers.url);
    // Longer than any answer takes that is not kept back.
    let patient = [("conditions.providers", &*providers), ("conditions.provider_timeout_ms", "4000")];
    let runtime = runtime(&patient).await;
    let item = Request::AddItems(r#"{"id":"tee","name":"Tee","price":1000}"#.to_owned());
    let made = runtime.change(&address(), item, Options::default()).await.unwrap();
    assert!(made.body.contains(r#""total":900"#), "{}", made.body);

    let found = totals(&runtime).await;
    assert_eq!((found["discount"].as_i64(), found["total"].as_i64()), (Some(100), Some(900)));
    let entries = found["breakdown"].as_array().unwrap();
    assert_eq!((&entries[0]["name"], &entries[0]["provider"]), (&json!("Voucher"), &json!("vouchers")));
    assert_eq!((&entries[1]["provider"], &entries[1]["reason"]), (&json!("gone"), &json!("provider_failed")));
    {
        let asked = vouchers.asked.lock().unwrap();
        let first = &asked[0];
        assert_eq!((&first["identifier"], &first["instance"]), (&json!("user:42"), &json!("default")));
        assert!(first["at"].is_string() && first.get("owner").is_none() && first.get("cart").is_none(), "{first}");
        assert_eq!(asked[1]["cart"]["items"][0]["id"], "tee");
        assert_eq!(asked[1]["cart"]["totals"]["total"], 1000);
    }

    for told in [Told::Answer(200, b"[]".to_vec()), Told::Answer(204, Vec::new())] {
        vouchers.is(told);
        let found = totals(&runtime).await;
        assert_eq!((found["discount"].as_i64(), found["total"].as_i64()), (Some(0), Some(1000)), "withdrawn");
        assert!(!found.to_string().contains("Voucher"));
    }
    for (told, reason) in [
        (Told::Answer(500, VOUCHER.into()), "provider_failed"),
        (Told::Answer(302, VOUCHER.into()), "provider_failed"),
        (Told::Answer(200, b"<html>it works</html>".to_vec()), "provider_failed"),
        (Told::Answer(200, b"{\"conditions\":[]}".to_vec()), "provider_failed"),
        (Told::Answer(200, b"[\xff]".to_vec()), "provider_failed"),
        (Told::Answer(200, Vec::new()), "provider_failed"),
        (Told::Huge, "provider_failed"),
        (Told::HangUp, "provider_failed"),
        (Told::Slow, "provider_slow"),
    ] {
        vouchers.is(told);
        let start = Instant::now();
        let found = totals(&runtime).await;
        assert!(start.elapsed() < Duration::from_secs(20));
        let entry = found["breakdown"].as_array().unwrap().iter().find(|entry| entry["provider"] == "vouchers");
        let entry = entry.unwrap_or_else(|| panic!("{reason}: {found}"));
        assert_eq!((entry["reason"].as_str(), &entry["applied"]), (Some(reason), &json!(false)), "{found}");
        assert_eq!(found["total"], 1000);
        let explained = runtime.explain(&address(), None).await.unwrap().body;
        assert!(explained.contains(reason) && explained.contains("its provider"), "{explained}");
        assert!(!explained.contains("127.0.0.1"), "where a provider lives is nobody's business: {explained}");
    }
    vouchers.answers(200, VOUCHER);
    assert_eq!(totals(&runtime).await["total"], 900);
}

/// Runs the program in a directory with these files.
fn program(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pushcart"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        // Compiled once, not once a test.
        .env("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_program_reads_its_catalogue_and_explains_what_came_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let run = |arguments: &[&str]| program(directory.path(), arguments);
    write("pushcart.toml", "[conditions]\ncatalogue = \"shop.json\"\n");
    write(
        "shop.json",
        r#"{"conditions": [
            {"key": "VAT", "global": true, "condition": {"name": "VAT", "type": "tax", "value": "+10%"}},
            {"key": "NOON", "condition": {"name": "Noon", "type": "discount", "value": "-50%",
                "rules": {"time-window": {"start": "12:00", "end": "12:59", "zone": "Europe/Berlin"}}}}]}"#,
    );
    let added = run(&["cart", "add", "user:42", "--item", "tee", "--name", "Tee", "--price", "1000"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    let noon = run(&["cart", "conditions", "add", "user:42", "--json-body", r#"{"catalogue":"NOON"}"#]);
    assert!(noon.status.success(), "{}", text(&noon.stderr));
    let none = run(&["cart", "conditions", "add", "user:42", "--json-body", r#"{"catalogue":"MOON"}"#]);
    assert!(!none.status.success() && text(&none.stderr).contains("MOON"), "{}", text(&none.stderr));

    let summer = run(&["cart", "explain", "user:42", "--at", "2026-07-01T10:30:00Z"]);
    let (said, wrong) = (text(&summer.stdout), text(&summer.stderr));
    assert!(said.contains("-50% of 10.00 is -5.00") && said.contains("total: 5.50 USD"), "{said}{wrong}");
    let winter = text(&run(&["cart", "explain", "user:42", "--at", "2026-12-01T10:30:00Z"]).stdout);
    assert!(winter.contains("its rules do not hold") && winter.contains("total: 11.00 USD"), "{winter}");
    let data = run(&["cart", "explain", "user:42", "--at", "2026-07-01T10:30:00Z", "--json"]);
    let data: Value = serde_json::from_slice(&data.stdout).unwrap();
    assert_eq!((data["total"].as_i64(), data["steps"][0]["amount"].as_i64()), (Some(550), Some(-500)));

    let doctor = text(&run(&["doctor"]).stdout);
    assert!(doctor.contains("catalogue") && doctor.contains("2 conditions, 1 of them for every cart"), "{doctor}");

    write(
        "shop.json",
        r#"{"conditions": [{"key": "VAT", "condition": {"name": "VAT", "type": "tax", "value": "much"}}]}"#,
    );
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["cart", "show", "user:42"], &["doctor"]] {
        let refused = run(arguments);
        assert!(!refused.status.success(), "{arguments:?}");
        let said = text(&refused.stderr) + &text(&refused.stdout);
        assert!(said.contains("shop.json: conditions[0].condition.value: expected"), "{arguments:?}: {said}");
    }
    std::fs::remove_file(directory.path().join("shop.json")).unwrap();
    let refused = run(&["cart", "show", "user:42"]);
    assert!(text(&refused.stderr).contains("shop.json: expected a file of conditions"), "{}", text(&refused.stderr));
}
