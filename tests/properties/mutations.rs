//! The vectors, mutated: nothing that is read from text panics, and what is read is written and read back as the
//! same. And carts at the limits, from random bytes.

use pushcart::time::Timestamp;
use pushcart_tests::faces::Face;
use pushcart_tests::reference::random::Rng;
use pushcart_tests::reference::{Terms, compare, totals};
use pushcart_tests::{NOW_MS, address, file, fuzz, millions, parse};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// 10^4 mutations in CI, 10^6 in full.
const MUTATIONS: u64 = 10_000;

/// Every text and every small piece of JSON in the vectors.
fn corpus() -> Vec<String> {
    let mut texts = BTreeSet::new();
    for folder in ["vectors/own", "vectors/open"] {
        for entry in std::fs::read_dir(file(folder)).expect("the vectors") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "json") {
                gather(&parse(&std::fs::read_to_string(&path).expect("a readable file")), &mut texts);
            }
        }
    }
    texts.into_iter().collect()
}

fn gather(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|value| gather(value, texts)),
        Value::Object(fields) => fields.iter().for_each(|(_, value)| gather(value, texts)),
        _ => {}
    }
    let text = value.to_string();
    if (2..2000).contains(&text.len()) {
        texts.insert(text);
    }
}

/// What parsers trip over.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ";",
    ":",
    "@",
    "/",
    "#",
    "%",
    "*",
    "+",
    "-",
    "--",
    ".",
    "..",
    "=",
    "!=",
    ">=",
    "~",
    "!~",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{0}",
    "\u{7f}",
    "é",
    "e\u{301}",
    "\u{1f6d2}",
    "\u{feff}",
    "\u{2028}",
    "null",
    "true",
    "in",
    "not_in",
    "not-contains",
    "starts_with",
    "_",
    "0",
    "-0",
    "1e9",
    "1E-400",
    "9007199254740991",
    "9007199254740992",
    "-9223372036854775808",
    "99999999999999999999999",
    "0.000000000001",
    "999999999999999",
    "NaN",
    "\\u0000",
    "\\ud800",
    "\\ud83d\\uded2",
    "{\"all\":[",
    "{\"not\":",
    "items",
    "cart",
    "per_group#",
    "attributes.",
    "@item_discount/per_item",
    "24:00",
    "2026-02-29T23:59:60Z",
    "+23:59",
];

/// One to four changes of a text, as bytes: some of them are no longer UTF-8.
fn mutated(rng: &mut Rng, corpus: &[String]) -> Vec<u8> {
    let mut bytes = rng.pick(corpus).into_bytes();
    for _ in 0..rng.between(1, 4) {
        let place = |rng: &mut Rng, bytes: &[u8]| rng.between(0, bytes.len() as i64) as usize;
        let (from, to) = (place(rng, &bytes), place(rng, &bytes));
        let (from, to) = (from.min(to), from.max(to));
        match rng.between(0, 6) {
            0 if from < bytes.len() => bytes[from] ^= 1 << rng.between(0, 7),
            1 => drop(bytes.drain(from..to.min(from + 8))),
            2 => drop(bytes.splice(from..from, rng.pick(PIECES).bytes())),
            3 => drop(bytes.splice(from..to.min(from + 4), rng.pick(PIECES).bytes())),
            4 => {
                let other = rng.pick(corpus);
                let cut = place(rng, other.as_bytes());
                bytes.truncate(from);
                bytes.extend(&other.as_bytes()[cut..]);
            }
            5 if bytes.len() < 4000 => {
                let again = bytes[from..to].to_vec();
                drop(bytes.splice(to..to, again));
            }
            _ => drop(bytes.splice(from..from, rng.bits().to_string().bytes())),
        }
    }
    bytes
}

/// Runs `check` for each number, on every processor; a panic names its number.
fn each(count: u64, check: impl Fn(u64) + Sync) {
    let workers = std::thread::available_parallelism().map_or(2, |workers| workers.get() as u64);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let check = &check;
            scope.spawn(move || {
                for number in (worker..count).step_by(workers as usize) {
                    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(number)));
                    assert!(caught.is_ok(), "number {number}");
                }
            });
        }
    });
}

#[test]
fn what_is_read_is_written_and_read_back_as_the_same() {
    let corpus = corpus();
    assert!(corpus.len() > 1000, "{}", corpus.len());
    each(corpus.len() as u64, |number| fuzz::parse(corpus[number as usize].as_bytes()));
    each(if millions() { MUTATIONS * 100 } else { MUTATIONS }, |number| {
        fuzz::parse(&mutated(&mut Rng::new(number), &corpus));
    });
}

/// Where a cart at the limits has a price, it is the reference's, which knows no limits.
#[test]
fn prices_at_the_limits_are_refused_or_right() {
    let carts = if millions() { MUTATIONS * 10 } else { MUTATIONS / 5 };
    let accepted = std::sync::atomic::AtomicU64::new(0);
    each(carts, |number| {
        let mut rng = Rng::new(number);
        let bytes: Vec<u8> = (0..rng.between(0, 300)).map(|_| rng.bits() as u8).collect();
        if let Some(cart) = fuzz::price(&bytes) {
            accepted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let terms = Terms { tax_shipping: true, at_ms: NOW_MS, zones: Default::default() };
            if let Err(difference) = compare(&cart["totals"], &totals(&cart, &terms)) {
                panic!("{difference}\n{cart}");
            }
        }
    });
    let accepted = accepted.into_inner();
    assert!(accepted > carts / 20, "only {accepted} of {carts} carts were accepted");
}

/// The largest cart that the limits on lines and pieces allow, at the largest price: refused, whatever the step.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_cart_is_refused_and_nothing_wraps() {
    const MOST: i64 = (1 << 53) - 1;
    let line = |number: usize, price: i64, quantity: i64| json!({ "do": "add", "item": { "id": number.to_string(), "name": "N", "price": price, "quantity": quantity } });
    let lines = |count: usize, price: i64, quantity: i64| -> Vec<Value> {
        (0..count).map(|number| line(number, price, quantity)).collect()
    };
    let body = |commands: &[Value]| json!({ "commands": commands }).to_string();
    for face in [Face::native(), Face::component()] {
        let refused = |said: pushcart_tests::faces::Said| {
            let refusal = said.expect_err("too much");
            assert_eq!(refusal.kind, "limit_exceeded", "{}: {refusal:?}", face.name());
        };
        for price in [MOST, MOST / 10_000 + 1, MOST / 10_000_000 + 1] {
            refused(face.change(&address(), &body(&lines(1000, price, 10_000))).await);
        }
        refused(face.change(&address(), &body(&lines(1001, 0, 1))).await);
        refused(face.change(&address(), &body(&lines(1, 0, 10_001))).await);
        assert_eq!(face.show(&address()).await, Ok(None));

        // The most that fits, and one more of anything.
        let most = MOST / 10_000_000;
        let said = face.change(&address(), &body(&lines(1000, most, 10_000))).await;
        assert_eq!(parse(&said.expect("it fits").expect("a cart"))["cart"]["totals"]["total"], most * 10_000_000);
        let rest = MOST - most * 10_000_000;
        let update = json!({ "do": "update", "id": "0", "price": most, "quantity": 10_000 });
        let fee = |amount: i64| json!({ "do": "addCondition", "condition": { "name": "fee", "type": "fee", "value": amount } });
        refused(face.change(&address(), &body(&[update.clone(), fee(rest + 1)])).await);
        let said = face.change(&address(), &body(&[update, fee(rest)])).await;
        assert_eq!(parse(&said.expect("it fits").expect("a cart"))["cart"]["totals"]["total"], MOST);
        for value in ["+999999999999999%", "*999999999999999", "/0.000000000001", "+1", "+0.000000000001%"] {
            for target in [
                "cart@tax/aggregate",
                "items@item_discount/per_unit",
                "items@item_post/aggregate",
                "cart@shipping/aggregate",
            ] {
                let condition = json!({ "do": "addCondition", "condition": { "name": "c", "type": "t", "value": value, "target": target } });
                match face.change(&address(), &body(&[condition])).await {
                    Err(refusal) => assert_eq!(refusal.kind, "limit_exceeded", "{refusal:?}"),
                    // Factors of shipping find nothing there; a tiny part of one unit is none.
                    Ok(said) => {
                        let totals = parse(&said.expect("a cart"))["cart"]["totals"].take();
                        assert_eq!(totals["total"], MOST, "{value} on {target}");
                    }
                }
            }
        }
        assert!(Timestamp::parse("9999-12-31T23:59:59.999Z").is_ok());
        face.totals(&address(), Some("9999-12-31T23:59:59.999Z")).await.expect("a far time is a time");
    }
}
