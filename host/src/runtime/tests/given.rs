//! What is handed in with a call: zones, the catalogue, the providers' answers.

use super::*;
use crate::outside::{Catalogue, Question};
use async_trait::async_trait;
use pushcart::money::Currency;
use serde_json::Value;
use std::sync::Mutex;

pub(super) fn condition(body: &str) -> Request {
    Request::AddCondition { item: None, body: body.to_owned() }
}

/// A fee of 100 in the minutes of a zone.
pub(super) fn lunch(zone: &str) -> Request {
    condition(&format!(
        r#"{{"name":"Lunch","type":"fee","value":100,"rules":{{"time-window":{{"start":"13:00","end":"13:29","zone":"{zone}"}}}}}}"#
    ))
}

pub(super) async fn put(runtime: &Runtime, identifier: &str, request: Request) -> Result<Answer> {
    runtime.change(&address(identifier), request, Options::default()).await
}

pub(super) async fn totals(runtime: &Runtime, identifier: &str, at: Option<&str>) -> Value {
    let answer = runtime.totals(&address(identifier), at.map(moment)).await.unwrap();
    serde_json::from_str(&answer.body).unwrap()
}

/// The entry of a name in a breakdown: its reason, or its amount.
pub(super) fn entry(totals: &Value, name: &str) -> String {
    let entries = totals["breakdown"].as_array().unwrap();
    let found = entries.iter().find(|entry| entry["name"] == name || entry["provider"] == name);
    let entry = found.unwrap_or_else(|| panic!("no {name} in {totals}"));
    entry["reason"].as_str().map_or_else(|| entry["amount"].to_string(), str::to_owned)
}

pub(super) fn catalogue(json: &str) -> Arc<Catalogue> {
    Arc::new(Catalogue::parse(json, Currency::USD).unwrap())
}

pub(super) const SHOP: &str = r#"{"conditions": [
    {"key": "VAT", "global": true, "condition": {"name": "VAT", "type": "tax", "value": "+10%"}},
    {"key": "SUMMER", "condition": {"name": "Summer", "type": "discount", "value": "-20%"}},
    {"key": "OLD", "active": false, "condition": {"name": "Old", "type": "discount", "value": "-50%"}},
    {"key": "NOON", "condition": {"name": "Noon", "type": "fee", "value": 7,
        "rules": {"time-window": {"start": "13:00", "end": "13:29", "zone": "Europe/Berlin"}}}}]}"#;

/// No answer is remembered, so that every call enters the guest.
pub(super) fn without_memo() -> RuntimeConfig {
    RuntimeConfig { memo_entries: 0, ..config() }
}

#[tokio::test]
async fn a_zone_is_looked_up_when_a_cart_names_it_and_remembered() {
    let clock = Clock::at("2026-11-21T12:10:00Z");
    let config = RuntimeConfig { surroundings: Arc::new(clock.clone()), ..without_memo() };
    let runtime = runtime(&Shelf::new(), config);
    change(&runtime, "a").await.unwrap();
    let before = runtime.metrics().guest_calls;
    let put_on = put(&runtime, "a", lunch("Europe/Berlin")).await.unwrap();
    // The first call for it takes two rounds, and changes the cart once.
    assert_eq!(runtime.metrics().guest_calls, before + 2);
    assert_eq!(put_on.revision.unwrap().version, 2);
    assert_eq!(put_on.valid_until, Some(moment("2026-11-21T12:30:00Z")));
    assert_eq!(entry(&totals(&runtime, "a", None).await, "Lunch"), "100");
    assert_eq!(runtime.metrics().guest_calls, before + 3);

    // The offset is that of the moment asked about.
    for (at, expected) in [
        ("2026-11-21T12:29:59.999Z", "100"),
        ("2026-11-21T12:30:00Z", "rule_not_met"),
        ("2026-11-21T11:10:00Z", "rule_not_met"),
        ("2026-07-01T11:10:00Z", "100"),
        ("2026-07-01T12:10:00Z", "rule_not_met"),
    ] {
        assert_eq!(entry(&totals(&runtime, "a", Some(at)).await, "Lunch"), expected, "{at}");
    }
    clock.set("2026-07-01T11:10:00Z");
    assert_eq!(entry(&totals(&runtime, "a", None).await, "Lunch"), "100");
    assert!(runtime.explain(&address("a"), None).await.unwrap().body.contains("\"text\""));
    // Another runtime knows nothing of it, and asks again.
    let shown = runtime.show(&address("a")).await.unwrap().unwrap();
    assert!(shown.body.contains("Lunch"));
}

#[tokio::test]
async fn a_name_that_is_no_zone_is_told_in_the_breakdown() {
    let runtime = runtime(&Shelf::new(), without_memo());
    change(&runtime, "a").await.unwrap();
    put(&runtime, "a", lunch("Mars/Olympus")).await.unwrap();
    let before = runtime.metrics().guest_calls;
    assert_eq!(entry(&totals(&runtime, "a", None).await, "Lunch"), "zone_unavailable");
    assert_eq!(runtime.metrics().guest_calls, before + 2);
    // More zones than are remembered are handed in all the same.
    let names = ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "Africa/Lagos"];
    for zone in names {
        put(&runtime, "b", add()).await.unwrap();
        put(&runtime, "b", lunch(zone)).await.unwrap();
        assert_ne!(entry(&totals(&runtime, "b", None).await, "Lunch"), "zone_unavailable", "{zone}");
    }
}

#[tokio::test]
async fn the_catalogue_holds_for_all_and_is_referred_to_by_key() {
    let config = RuntimeConfig { catalogue: catalogue(SHOP), ..without_memo() };
    let runtime = runtime(&Shelf::new(), config);
    let made = change(&runtime, "a").await.unwrap();
    assert!(made.body.contains(r#""total":1100"#), "{}", made.body);
    let before = runtime.metrics().guest_calls;
    put(&runtime, "a", condition(r#"{"catalogue":"SUMMER"}"#)).await.unwrap();
    assert_eq!(runtime.metrics().guest_calls, before + 2);
    let found = totals(&runtime, "a", None).await;
    assert_eq!((found["subtotal"].as_i64(), found["total"].as_i64()), (Some(800), Some(880)));
    assert_eq!(runtime.metrics().guest_calls, before + 3);
    put(&runtime, "a", condition(r#"{"catalogue":"OLD"}"#)).await.unwrap();
    put(&runtime, "a", condition(r#"{"catalogue":"NOON"}"#)).await.unwrap();
    let found = totals(&runtime, "a", None).await;
    assert_eq!((entry(&found, "Old"), entry(&found, "Noon")), ("inactive".into(), "7".into()));
    let found = totals(&runtime, "a", Some("2026-11-21T12:30:00Z")).await;
    assert_eq!(entry(&found, "Noon"), "rule_not_met");

    let error = put(&runtime, "a", condition(r#"{"catalogue":"WINTER"}"#)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound, "{error}");
    assert_eq!(error.needs(), None);

    // What is taken out of the catalogue is missed, aloud.
    runtime.replace_catalogue(Arc::default());
    let found = totals(&runtime, "a", None).await;
    assert_eq!((entry(&found, "Summer"), found["total"].as_i64()), ("not_in_catalogue".into(), Some(1000)));
}

/// A provider that says what it is told to.
pub(super) struct Says {
    name: &'static str,
    pub(super) answer: Mutex<std::result::Result<String, String>>,
    delay: Mutex<Duration>,
    pub(super) asked: Mutex<Vec<Question>>,
}

impl Says {
    pub(super) fn new(name: &'static str, answer: &str) -> Arc<Self> {
        Arc::new(Says {
            name,
            answer: Mutex::new(Ok(answer.to_owned())),
            delay: Mutex::default(),
            asked: Mutex::default(),
        })
    }

    pub(super) fn say(&self, answer: std::result::Result<&str, &str>) {
        *self.answer.lock().unwrap() = answer.map(str::to_owned).map_err(str::to_owned);
    }
}

#[async_trait]
impl Provider for Says {
    fn name(&self) -> &str {
        self.name
    }

    async fn conditions(&self, question: &Question) -> std::result::Result<String, String> {
        self.asked.lock().unwrap().push(question.clone());
        let delay = *self.delay.lock().unwrap();
        sleep(delay).await;
        let answer = self.answer.lock().unwrap().clone();
        assert_ne!(answer, Err("panic".to_owned()), "told to");
        answer
    }
}

const VOUCHER: &str = r#"[{"name":"Voucher","type":"discount","value":-100}]"#;

#[tokio::test]
async fn a_provider_is_asked_each_time_and_its_silence_is_told() {
    let (vouchers, quotes) = (
        Says::new("vouchers", VOUCHER),
        Says::new("quotes", r#"[{"name":"Parcel","type":"shipping","value":"+5.00"}]"#),
    );
    let providers: Vec<Arc<dyn Provider>> = vec![vouchers.clone(), quotes.clone()];
    let runtime =
        runtime(&Shelf::new(), RuntimeConfig { providers, provider_timeout: Duration::from_millis(100), ..config() });
    let made = change(&runtime, "a").await.unwrap();
    assert!(made.body.contains(r#""total":1400"#), "{}", made.body);
    let found = totals(&runtime, "a", None).await;
    assert_eq!((found["discount"].as_i64(), found["shipping"].as_i64()), (Some(100), Some(500)));
    let shown = runtime.show(&address("a")).await.unwrap().unwrap();
    let shown: Value = serde_json::from_str(&shown.body).unwrap();
    assert_eq!(shown["conditions"], serde_json::json!([]), "what a provider says is not stored");

    {
        let asked = vouchers.asked.lock().unwrap();
        assert!(asked[0].cart.is_none(), "before the first add there is no cart");
        let cart: Value = serde_json::from_str(asked[1].cart.as_deref().unwrap()).unwrap();
        assert_eq!((cart["items"][0]["id"].as_str(), cart["totals"]["total"].as_i64()), (Some("tee"), Some(1000)));
        assert_eq!((asked[1].address.identifier(), asked[1].at), ("a", asked[1].now));
    }

    vouchers.say(Ok("[]"));
    let found = totals(&runtime, "a", None).await;
    assert_eq!((found["discount"].as_i64(), found["total"].as_i64()), (Some(0), Some(1500)));

    for (answer, reason) in [
        (Err("secret detail"), "provider_failed"),
        (Err("panic"), "provider_failed"),
        (Ok("[{"), "provider_failed"),
        (Ok("{}"), "provider_failed"),
        (Ok(r#"[{"name":"x"}]"#), "provider_failed"),
    ] {
        vouchers.say(answer);
        let found = totals(&runtime, "a", None).await;
        assert_eq!((entry(&found, "vouchers").as_str(), found["total"].as_i64()), (reason, Some(1500)), "{answer:?}");
        assert!(!found.to_string().contains("secret"), "{found}");
    }
    vouchers.say(Ok(VOUCHER));
    *vouchers.delay.lock().unwrap() = Duration::from_secs(60);
    let start = Instant::now();
    let found = totals(&runtime, "a", None).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!((entry(&found, "vouchers").as_str(), found["shipping"].as_i64()), ("provider_slow", Some(500)));
    // A change is not held up for longer either, and is made.
    let changed = change(&runtime, "a").await.unwrap();
    assert!(changed.body.contains("provider_slow") && changed.revision.unwrap().version == 2, "{}", changed.body);
    *vouchers.delay.lock().unwrap() = Duration::ZERO;
    assert_eq!(totals(&runtime, "a", None).await["total"], 2400);
}

#[tokio::test]
async fn a_provider_has_no_more_time_than_the_call() {
    let provider = Says::new("vouchers", VOUCHER);
    *provider.delay.lock().unwrap() = Duration::from_secs(60);
    let providers: Vec<Arc<dyn Provider>> = vec![provider];
    let runtime =
        runtime(&Shelf::new(), RuntimeConfig { providers, provider_timeout: Duration::from_secs(60), ..config() });
    in_time(Duration::from_millis(60), async |deadline| {
        let _ = runtime.change_by(&address("a"), add(), Options::default(), deadline).await;
    })
    .await;
}

#[tokio::test]
async fn providers_need_names_of_their_own() {
    for names in [["a", "a"], ["a", ""]] {
        let providers: Vec<Arc<dyn Provider>> = names.into_iter().map(|name| Says::new(name, "[]") as _).collect();
        let driver: Arc<dyn Driver> = Shelf::new();
        let error = Runtime::new(COMPONENT, driver, RuntimeConfig { providers, ..config() }).unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
    }
}

#[tokio::test]
async fn what_providers_say_may_need_zones_too() {
    let provider = Says::new(
        "vouchers",
        r#"[{"name":"Noon","type":"fee","value":9,"rules":{"time-window":{"start":"21:00","end":"21:29","zone":"Asia/Tokyo"}}}]"#,
    );
    let providers: Vec<Arc<dyn Provider>> = vec![provider];
    let runtime = runtime(&Shelf::new(), RuntimeConfig { providers, ..config() });
    change(&runtime, "a").await.unwrap();
    assert_eq!(entry(&totals(&runtime, "a", None).await, "Noon"), "9");
    let before = runtime.metrics().guest_calls;
    assert_eq!(entry(&totals(&runtime, "a", Some("2026-11-21T12:30:00Z")).await, "Noon"), "rule_not_met");
    assert_eq!(runtime.metrics().guest_calls, before + 1, "what the provider is shown was remembered");
}
