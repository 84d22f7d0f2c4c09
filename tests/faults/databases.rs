//! Databases that cannot be used say so, at the start or in the answer, and are left as they are.

use pushcart_tests::parse;
use pushcart_tests::process::{Process, binary, with_mounts};
use std::process::Command;

fn run(arguments: &[&str]) -> (i32, String) {
    let output =
        Command::new(binary()).args(arguments).current_dir(std::env::temp_dir()).output().expect("the program");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn what_is_no_database_stops_the_start_and_stays_as_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("letter.txt");
    std::fs::write(&path, "Dear database, I am a letter. ".repeat(100)).expect("a file");
    let before = std::fs::read(&path).expect("the file");
    let (code, text) = run(&["serve", "--listen", "127.0.0.1:0", "--storage", &format!("sqlite:{}", path.display())]);
    assert!(code != 0 && text.contains("expected an SQLite database") && text.contains("letter.txt"), "{code}: {text}");
    assert_eq!(std::fs::read(&path).expect("the file"), before);
    let nowhere = directory.path().join("no/such/place/carts.db");
    let (code, text) =
        run(&["serve", "--listen", "127.0.0.1:0", "--storage", &format!("sqlite:{}", nowhere.display())]);
    assert!(code != 0 && text.contains("director"), "{code}: {text}");
}

#[test]
fn storage_that_nobody_knows_is_refused_with_advice_and_without_secrets() {
    let (code, text) = run(&["serve", "--listen", "127.0.0.1:0", "--storage", "oracle://scott:tiger@db/carts"]);
    assert!(code != 0 && text.contains("sqlite:") && !text.contains("tiger"), "{code}: {text}");
}

#[test]
fn settings_with_a_wrong_key_or_value_stop_the_start_with_file_and_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pushcart.toml");
    for (settings, line, hint) in [
        ("storage = \"memory:\"\n\n[limits]\nmax_itms = 5\n", ":4", "max_items"),
        ("[money]\nrounding_mode = \"up\"\n", ":2", "half_up"),
        ("[limits]\nmax_items = \"many\"\n", ":2", "whole number"),
        ("listen = 127.0.0.1\n", ":1", ""),
    ] {
        std::fs::write(&path, settings).expect("a file");
        let (code, text) = run(&["serve", "--config", &path.display().to_string(), "--listen", "127.0.0.1:0"]);
        assert!(
            code != 0 && text.contains(&format!("pushcart.toml{line}")) && text.contains(hint),
            "{settings:?}: {code}: {text}"
        );
    }
}

#[test]
fn another_address_needs_a_token() {
    let (code, text) = run(&["serve", "--listen", "0.0.0.0:0", "--storage", "memory:"]);
    assert!(code != 0 && text.contains("operator_token"), "{code}: {text}");
}

#[tokio::test]
async fn memory_says_that_carts_die_with_it_and_a_stop_is_graceful() {
    let mut server = Process::serve(&["--storage", "memory:"]);
    let client = reqwest::Client::new();
    let ready = client.get(format!("{}/readyz", server.url)).send().await.expect("an answer");
    assert_eq!(ready.status(), 200);
    let document = parse(
        &client
            .get(format!("{}/openapi.json", server.url))
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a body"),
    );
    assert!(document["paths"]["/v1/carts/{identifier}/{instance}"]["get"].is_object());
    assert!(server.greeting.contains("die with this process"), "{}", server.greeting);
    let stopped = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().expect("kill");
    assert!(stopped.success());
    let status = server.wait(std::time::Duration::from_secs(10)).expect("it stops");
    assert!(status.success(), "{status}");
}

/// Plain SQL can read what the cart wrote.
#[tokio::test]
async fn the_command_line_and_the_server_share_a_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = format!("sqlite:{}", directory.path().join("carts.db").display());
    let (code, text) = run(&[
        "--storage",
        &storage,
        "cart",
        "add",
        "user:42",
        "--item",
        "mug",
        "--name",
        "Mug",
        "--price",
        "12.50",
        "--quantity",
        "2",
        "--json",
    ]);
    assert_eq!(code, 0, "{text}");
    let server = Process::serve(&["--storage", &storage]);
    let url = format!("{}/v1/carts/user%3A42/default", server.url);
    let cart = parse(&reqwest::get(&url).await.expect("an answer").text().await.expect("a body"));
    assert_eq!(cart["totals"]["total"], 2500);
    let (code, text) = run(&["--storage", &storage, "cart", "totals", "user:42", "--json"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(parse(&text)["total"], 2500);
    let (code, text) = run(&["--storage", &storage, "cart", "show", "nobody", "--json"]);
    assert!(code != 0 && text.contains("not_found"), "{code}: {text}");
    let (code, text) = run(&["--storage", &storage, "doctor"]);
    assert_eq!(code, 0, "{text}");
}

/// A disk of 1 MiB fills up: the change that does not fit is refused, and nothing that was there goes.
#[tokio::test]
async fn a_full_disk_says_so_and_keeps_what_it_has() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = "mount -t tmpfs -o size=1m tmpfs \"$1\"; exec \"$0\" serve --listen 127.0.0.1:0 --storage \"sqlite:$1/carts.db\"";
    let server = Process::listening(with_mounts(script, directory.path()));
    let client = reqwest::Client::new();
    let note = "x".repeat(60_000);
    let mut kept = 0;
    let refusal = loop {
        let body =
            serde_json::json!({ "id": "i", "name": "N", "price": 1, "attributes": { "note": note } }).to_string();
        let url = format!("{}/v1/carts/user%3A{kept}/default/items", server.url);
        let response =
            client.post(url).header("content-type", "application/json").body(body).send().await.expect("an answer");
        if response.status().is_success() {
            kept += 1;
            assert!(kept < 100, "1 MiB holds no {kept} carts of 60 kB");
            continue;
        }
        assert_eq!(response.status(), 503);
        break parse(&response.text().await.expect("a body"));
    };
    assert!(kept > 0 && refusal["kind"] == "unavailable", "{refusal}");
    assert!(refusal["detail"].as_str().is_some_and(|detail| detail.contains("full")), "{refusal}");
    for cart in 0..kept {
        let url = format!("{}/v1/carts/user%3A{cart}/default/totals", server.url);
        let totals = parse(&client.get(url).send().await.expect("an answer").text().await.expect("a body"));
        assert_eq!(totals["total"], 1, "cart {cart} of {kept}");
    }
}

#[test]
fn a_read_only_directory_stops_the_start_and_says_so() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = format!("sqlite:{}", directory.path().join("carts.db").display());
    let (code, text) = run(&["--storage", &storage, "cart", "add", "u", "--item", "a", "--name", "A", "--price", "1"]);
    assert_eq!(code, 0, "{text}");
    let script = "mount --bind \"$1\" \"$1\"; mount -o remount,ro,bind \"$1\"; exec \"$0\" serve --listen 127.0.0.1:0 --storage \"sqlite:$1/carts.db\"";
    let output = with_mounts(script, directory.path()).output().expect("unshare");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("read-only") && text.contains("carts.db"), "{text}");
}
