//! The memo, as those who try to get a wrong answer out of it.

use super::given::{SHOP, Says, catalogue, condition, entry, lunch, put, totals};
use super::*;

/// Asks for totals, and says whether the guest was entered for them.
async fn entered(runtime: &Runtime, identifier: &str, at: Option<&str>) -> (i64, bool) {
    let before = runtime.metrics().guest_calls;
    let found = totals(runtime, identifier, at).await;
    (found["total"].as_i64().unwrap(), runtime.metrics().guest_calls != before)
}

#[tokio::test]
async fn an_unchanged_cart_is_answered_without_the_guest() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    change(&runtime, "a").await.unwrap();
    let loads = || shelf.loads.load(Ordering::SeqCst);
    let before = loads();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    assert_eq!(loads(), before + 1, "the guest was handed what had been loaded");
    for n in 0..10 {
        assert_eq!(entered(&runtime, "a", None).await, (1000, false));
        assert_eq!(loads(), before + 2 + n, "storage is asked each time");
    }
    assert_eq!(runtime.metrics().memo_hits, 10);

    // The same for the other forms, each with its own answer.
    let shown = runtime.show(&address("a")).await.unwrap();
    let explained = runtime.explain(&address("a"), None).await.unwrap();
    let guest_calls = runtime.metrics().guest_calls;
    assert_eq!(runtime.show(&address("a")).await.unwrap(), shown);
    assert_eq!(runtime.explain(&address("a"), None).await.unwrap(), explained);
    assert_eq!(runtime.metrics().guest_calls, guest_calls);
    assert_ne!(shown.unwrap().body, explained.body);

    // A change is seen at once; so is one by another process.
    change(&runtime, "a").await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (2000, true));
    let other = self::runtime(&shelf, config());
    change(&other, "a").await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (3000, true));
    assert_eq!(entered(&runtime, "a", None).await, (3000, false));
}

#[tokio::test]
async fn switched_off_it_remembers_nothing() {
    let runtime = runtime(&Shelf::new(), RuntimeConfig { memo_entries: 0, ..config() });
    change(&runtime, "a").await.unwrap();
    for _ in 0..3 {
        assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    }
    assert_eq!(runtime.metrics().memo_hits, 0);
}

#[tokio::test]
async fn carts_are_not_mistaken_for_each_other() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, RuntimeConfig { memo_entries: 4, ..config() });
    for n in 1..=12 {
        for _ in 0..n {
            change(&runtime, &format!("cart {n}")).await.unwrap();
        }
    }
    for _ in 0..3 {
        for n in 1..=12 {
            assert_eq!(entered(&runtime, &format!("cart {n}"), None).await.0, 1000 * n);
        }
    }
    // The same identifier under another instance, and a cart that is not there.
    let wishlist = Address::new("", "cart 1", "wishlist").unwrap();
    assert!(runtime.totals(&wishlist, None).await.unwrap().body.contains(r#""total":0"#));
    assert_eq!(entered(&runtime, "nobody", None).await, (0, true));
    assert_eq!(entered(&runtime, "nobody", None).await, (0, true), "what is not there is not remembered");
}

#[tokio::test]
async fn a_cart_that_ended_and_began_again_is_another() {
    let runtime = runtime(&Shelf::new(), config());
    change(&runtime, "a").await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    put(&runtime, "a", Request::Destroy).await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (0, true));
    assert_eq!(runtime.show(&address("a")).await.unwrap(), None);
    // Version 1 again, of another incarnation.
    let item = Request::AddItems(r#"{"id":"mug","name":"Mug","price":5}"#.to_owned());
    let made = put(&runtime, "a", item).await.unwrap();
    assert_eq!(made.revision.unwrap().version, 1);
    assert_eq!(entered(&runtime, "a", None).await, (5, true));
}

#[tokio::test]
async fn an_expired_cart_is_gone_whatever_is_remembered() {
    let clock = Clock::at("2026-11-21T12:00:00Z");
    let mut config = RuntimeConfig { surroundings: Arc::new(clock.clone()), ..config() };
    config.settings.ttl_ms = Some(60_000);
    let runtime = runtime(&Shelf::new(), config);
    change(&runtime, "a").await.unwrap();
    runtime.show(&address("a")).await.unwrap().unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    clock.set("2026-11-21T12:00:59.999Z");
    assert_eq!(entered(&runtime, "a", None).await, (1000, false));
    clock.set("2026-11-21T12:01:00Z");
    assert_eq!(entered(&runtime, "a", None).await, (0, true));
    assert_eq!(runtime.show(&address("a")).await.unwrap(), None);
}

#[tokio::test]
async fn data_that_was_damaged_under_its_revision_is_still_found_damaged() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    change(&runtime, "a").await.unwrap();
    runtime.show(&address("a")).await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    shelf.damage(&address("a"), |record| record.items.truncate(10));
    for _ in 0..2 {
        assert_eq!(runtime.totals(&address("a"), None).await.unwrap_err().kind(), Kind::Corrupt);
        assert_eq!(runtime.show(&address("a")).await.unwrap_err().kind(), Kind::Corrupt);
    }
    shelf.damage(&address("a"), |record| record.revision.version = 0);
    assert_eq!(runtime.totals(&address("a"), None).await.unwrap_err().kind(), Kind::Corrupt);
}

#[tokio::test]
async fn an_answer_ends_when_time_may_change_it() {
    let clock = Clock::at("2026-11-21T12:10:00Z");
    let runtime = runtime(&Shelf::new(), RuntimeConfig { surroundings: Arc::new(clock.clone()), ..config() });
    change(&runtime, "a").await.unwrap();
    put(&runtime, "a", lunch("Europe/Berlin")).await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1100, true));
    assert_eq!(entered(&runtime, "a", None).await, (1100, false));
    // Another time than now is judged by itself, in both directions, and pushes nothing out.
    assert_eq!(entered(&runtime, "a", Some("2026-11-21T12:20:00Z")).await, (1100, false));
    assert_eq!(entered(&runtime, "a", Some("2026-11-21T12:30:00Z")).await, (1000, true));
    assert_eq!(entered(&runtime, "a", Some("2026-11-21T12:09:59Z")).await, (1100, true));
    assert_eq!(entered(&runtime, "a", Some("2026-11-21T11:59:59Z")).await, (1000, true));
    assert_eq!(entered(&runtime, "a", None).await, (1100, false));
    clock.set("2026-11-21T12:29:59.999Z");
    assert_eq!(entered(&runtime, "a", None).await, (1100, false));
    clock.set("2026-11-21T12:30:00Z");
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    assert_eq!(entered(&runtime, "a", None).await, (1000, false));
    // A clock that is set back.
    clock.set("2026-11-21T12:10:00Z");
    assert_eq!(entered(&runtime, "a", None).await, (1100, true));
}

#[tokio::test]
async fn an_answer_ends_with_the_offset_it_was_computed_by() {
    // In Berlin clocks go from 02:00 to 03:00 on 28 March 2027, at 01:00 UTC.
    let clock = Clock::at("2027-03-28T00:59:00Z");
    let runtime = runtime(&Shelf::new(), RuntimeConfig { surroundings: Arc::new(clock.clone()), ..config() });
    change(&runtime, "a").await.unwrap();
    let rule = r#"{"name":"Early","type":"fee","value":100,"rules":{"time-window":{"start":"03:00","end":"03:59","zone":"Europe/Berlin"}}}"#;
    put(&runtime, "a", condition(rule)).await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    assert_eq!(entered(&runtime, "a", None).await, (1000, false));
    clock.set("2027-03-28T01:00:00Z");
    assert_eq!(entered(&runtime, "a", None).await, (1100, true));
}

#[tokio::test]
async fn another_catalogue_makes_another_answer() {
    let runtime = runtime(&Shelf::new(), RuntimeConfig { catalogue: catalogue(SHOP), ..config() });
    change(&runtime, "a").await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1100, true));
    assert_eq!(entered(&runtime, "a", None).await, (1100, false));
    runtime.replace_catalogue(catalogue(&SHOP.replace("+10%", "+20%")));
    assert_eq!(entered(&runtime, "a", None).await, (1200, true));
    runtime.replace_catalogue(Arc::default());
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    runtime.replace_catalogue(catalogue(SHOP));
    assert_eq!(entered(&runtime, "a", None).await, (1100, true));
}

#[tokio::test]
async fn what_a_provider_says_is_part_of_the_answer_and_its_failures_are_not_kept() {
    let provider = Says::new("vouchers", r#"[{"name":"Voucher","type":"discount","value":-100}]"#);
    let providers: Vec<Arc<dyn Provider>> = vec![provider.clone()];
    let runtime = runtime(&Shelf::new(), RuntimeConfig { providers, ..config() });
    change(&runtime, "a").await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (900, true));
    assert_eq!(entered(&runtime, "a", None).await, (900, false));
    provider.say(Ok("[]"));
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    provider.say(Err("down"));
    for _ in 0..2 {
        assert_eq!(entered(&runtime, "a", None).await, (1000, true));
        assert_eq!(entry(&totals(&runtime, "a", None).await, "vouchers"), "provider_failed");
    }
    provider.say(Ok(r#"[{"name":"Voucher","type":"discount","value":-100}]"#));
    assert_eq!(entered(&runtime, "a", None).await.0, 900);
    // The cart as providers see it is one without them, and not taken for the answer.
    let shown = runtime.show(&address("a")).await.unwrap().unwrap();
    assert!(shown.body.contains("Voucher"), "{}", shown.body);
    assert!(provider.asked.lock().unwrap().iter().flat_map(|asked| &asked.cart).all(|cart| !cart.contains("Voucher")));
}

#[tokio::test]
async fn a_cart_without_its_zone_is_remembered_as_such() {
    let runtime = runtime(&Shelf::new(), config());
    change(&runtime, "a").await.unwrap();
    put(&runtime, "a", lunch("Mars/Olympus")).await.unwrap();
    assert_eq!(entered(&runtime, "a", None).await, (1000, true));
    assert_eq!(entered(&runtime, "a", None).await, (1000, false));
    assert_eq!(entry(&totals(&runtime, "a", None).await, "Lunch"), "zone_unavailable");
}
