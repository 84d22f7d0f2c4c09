//! 64 writers at one cart through the server: none lost, none doubled, versions without gaps.

use pushcart_tests::process::Process;
use pushcart_tests::{full, parse};
use std::collections::BTreeSet;

async fn race(storage: &str) {
    let server = Process::serve(&["--storage", storage]);
    let client = reqwest::Client::new();
    let url = format!("{}/v1/carts/user%3A42/default", server.url);
    let (writers, each) = (64, if full() { 100 } else { 10 });
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let (client, url) = (client.clone(), url.clone());
        tasks.push(tokio::spawn(async move {
            let mut versions = Vec::new();
            for n in 0..each {
                // Everybody adds to one line; every writer has a line of its own besides.
                let id = if n % 2 == 0 { "shared".to_owned() } else { format!("own-{writer}") };
                let body = serde_json::json!({ "id": id, "name": "N", "price": 1 });
                let response = client.post(format!("{url}/items")).json(&body).send().await.expect("an answer");
                let status = response.status();
                let etag = response.headers().get("etag").map(|tag| tag.to_str().expect("text").to_owned());
                let text = response.text().await.expect("a body");
                assert!(status.is_success(), "{status} {text}");
                versions.push(etag.expect("an etag"));
            }
            versions
        }));
    }
    let mut versions = BTreeSet::new();
    for task in tasks {
        for version in task.await.expect("a writer") {
            assert!(versions.insert(version.clone()), "two changes made {version}");
        }
    }
    let cart = parse(&client.get(&url).send().await.expect("an answer").text().await.expect("a body"));
    assert_eq!(cart["totals"]["quantity"], writers * each);
    assert_eq!(cart["version"], writers * each, "one step for each change");
    assert_eq!(versions.len() as u64, writers * each);
}

#[tokio::test(flavor = "multi_thread")]
async fn none_lost_none_doubled_in_memory() {
    race("memory:").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn none_lost_none_doubled_in_sqlite() {
    let directory = tempfile::tempdir().expect("a directory");
    race(&format!("sqlite:{}", directory.path().join("carts.db").display())).await;
}

/// Two servers on one file: what the queue of one process cannot order, preconditions do.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_file_lose_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = format!("sqlite:{}", directory.path().join("carts.db").display());
    let servers = [Process::serve(&["--storage", &storage]), Process::serve(&["--storage", &storage])];
    let client = reqwest::Client::new();
    let each = if full() { 200 } else { 20 };
    let mut tasks = Vec::new();
    for writer in 0..8usize {
        let (client, url) = (client.clone(), format!("{}/v1/carts/user%3A42/default", servers[writer % 2].url));
        tasks.push(tokio::spawn(async move {
            for _ in 0..each {
                let body = serde_json::json!({ "id": "shared", "name": "N", "price": 1 });
                // A writer that others were faster than too often is told so, and may simply try again.
                loop {
                    let response = client.post(format!("{url}/items")).json(&body).send().await.expect("an answer");
                    if response.status() == 409 {
                        continue;
                    }
                    assert!(response.status().is_success(), "{}", response.text().await.expect("a body"));
                    break;
                }
            }
        }));
    }
    for task in tasks {
        task.await.expect("a writer");
    }
    let url = format!("{}/v1/carts/user%3A42/default", servers[0].url);
    let cart = parse(&client.get(&url).send().await.expect("an answer").text().await.expect("a body"));
    assert_eq!(cart["totals"]["quantity"], 8 * each);
}
