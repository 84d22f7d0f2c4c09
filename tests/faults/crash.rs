//! `kill -9` under load: nothing that was acknowledged is lost, and nothing is there twice.
//!
//! Writers add lines, each under its own idempotency key, while the server is killed. After the
//! restart every acknowledged line must be there, exactly once; then every line that was not
//! acknowledged is sent again under its key, and all must be there, exactly once.

use pushcart_tests::process::Process;
use pushcart_tests::{full, parse};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WRITERS: usize = 16;
const CARTS: u64 = 8;

#[derive(Default)]
struct Sent {
    acknowledged: Vec<u64>,
    unknown: Vec<u64>,
}

fn url(base: &str, round: u64, n: u64) -> String {
    format!("{base}/v1/carts/round%3A{round}/cart-{}", n % CARTS)
}

async fn add(client: &reqwest::Client, base: &str, round: u64, n: u64) -> bool {
    let body = serde_json::json!({ "id": format!("line-{n}"), "name": "N", "price": 100 });
    let sent = client
        .post(format!("{}/items", url(base, round, n)))
        .header("idempotency-key", format!("key-{n}"))
        .json(&body)
        .send()
        .await;
    match sent {
        Ok(response) => {
            let acknowledged = response.status().is_success();
            acknowledged && response.bytes().await.is_ok()
        }
        Err(_) => false,
    }
}

/// How many pieces each line of a round has.
async fn lines(client: &reqwest::Client, base: &str, round: u64) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for cart in 0..CARTS {
        let response = client.get(url(base, round, cart)).send().await.expect("an answer");
        if response.status() == 404 {
            continue;
        }
        let body = parse(&response.text().await.expect("a body"));
        for item in body["items"].as_array().expect("items") {
            let id = item["id"].as_str().expect("an id").to_owned();
            assert!(found.insert(id, item["quantity"].as_u64().expect("a quantity")).is_none(), "one line, one cart");
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_doubled() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = format!("sqlite:{}", directory.path().join("carts.db").display());
    let arguments = ["--storage", storage.as_str()];
    let rounds = if full() { 40 } else { 4 };
    let mut total = 0;
    for round in 0..rounds {
        let mut server = Process::serve(&arguments);
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().expect("a client");
        let (next, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let sent = Arc::new(Mutex::new(Sent::default()));
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let (client, base) = (client.clone(), server.url.clone());
            let (next, stop, sent) = (next.clone(), stop.clone(), sent.clone());
            writers.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let acknowledged = add(&client, &base, round, n).await;
                    let mut sent = sent.lock().expect("no writer panics");
                    if acknowledged {
                        sent.acknowledged.push(n);
                    } else {
                        sent.unknown.push(n);
                        return;
                    }
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(200 + round * 37 % 400)).await;
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("a writer");
        }
        let sent = std::mem::take(&mut *sent.lock().expect("no writer panics"));
        assert!(!sent.acknowledged.is_empty(), "round {round}: the writers got through");
        total += sent.acknowledged.len();

        let server = Process::serve(&arguments);
        let found = lines(&client, &server.url, round).await;
        for n in &sent.acknowledged {
            assert_eq!(found.get(&format!("line-{n}")), Some(&1), "round {round}: acknowledged line {n}");
        }
        assert!(found.values().all(|quantity| *quantity == 1), "round {round}: nothing is doubled: {found:?}");

        // A retry under the same key settles what nobody knew.
        for n in &sent.unknown {
            assert!(add(&client, &server.url, round, *n).await, "round {round}: line {n} again");
        }
        let found = lines(&client, &server.url, round).await;
        assert_eq!(found.len(), sent.acknowledged.len() + sent.unknown.len());
        assert!(found.values().all(|quantity| *quantity == 1), "round {round}: {found:?}");
    }
    println!("{rounds} kills, {total} acknowledged lines, none lost, none doubled");
}
