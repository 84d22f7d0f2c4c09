//! Callers that mean harm, or know no better: each is refused with its kind and path, nothing is
//! changed, and the server stays up.

use pushcart_tests::parse;
use pushcart_tests::process::Process;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

fn server() -> Process {
    Process::serve(&["--storage", "memory:"])
}

fn connect(server: &Process) -> TcpStream {
    let address = server.url.trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream
}

/// Whatever the server says until it closes the connection.
fn rest(stream: &mut TcpStream) -> String {
    let mut found = Vec::new();
    drop(stream.read_to_end(&mut found));
    String::from_utf8_lossy(&found).into_owned()
}

async fn total(server: &Process) -> i64 {
    let response =
        reqwest::get(format!("{}/v1/carts/user%3A42/default/totals", server.url)).await.expect("the server is up");
    parse(&response.text().await.expect("a body"))["total"].as_i64().expect("a total")
}

struct Refused {
    status: u16,
    problem: Value,
}

async fn send(server: &Process, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Refused {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", server.url)).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|value| value.to_str().expect("text").to_owned());
    let text = response.text().await.expect("a body");
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{status} {text}");
    Refused { status, problem: parse(&text) }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const ITEMS: &str = "/v1/carts/user%3A42/default/items";
const COMMANDS: &str = "/v1/carts/user%3A42/default/commands";

#[tokio::test]
async fn bad_requests_are_refused_by_kind_and_path_and_change_nothing() {
    let server = server();
    let deep = format!(
        r#"{{"id":"a","name":"N","price":1,"attributes":{}{}}}"#,
        r#"{"a":"#.repeat(10_000),
        "}".repeat(10_000)
    );
    let deep_but_readable =
        format!(r#"{{"id":"a","name":"N","price":1,"attributes":{{"a":{}1{}}}}}"#, "[".repeat(40), "]".repeat(40));
    let many = format!(
        "[{}]",
        (0..1001).map(|n| format!(r#"{{"id":"i{n}","name":"N","price":1}}"#)).collect::<Vec<_>>().join(",")
    );
    let long = "x".repeat(256);
    #[rustfmt::skip]
    let cases: Vec<(&str, &str, String, u16, &str, &str)> = vec![
        ("POST", ITEMS, "".into(), 400, "invalid", ""),
        ("POST", ITEMS, "{".into(), 400, "invalid", ""),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1}}"#.into(), 400, "invalid", ""),
        ("POST", ITEMS, r#"{"id":"a","id":"b","name":"N","price":1}"#.into(), 400, "invalid", "id"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"version":7}"#.into(), 422, "invalid", "version"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"total":7}"#.into(), 422, "invalid", "total"),
        ("POST", ITEMS, r#"{"id":"a","name":"N"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":null}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":19.99}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1e3}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1e309}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":NaN}"#.into(), 400, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":"NaN"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":"Infinity"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":"1999"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":"19.999"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":"-1.00"}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":-1}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":9007199254740992}"#.into(), 422, "invalid", "price"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":9007199254740991,"quantity":2}"#.into(), 422, "limit_exceeded", ""),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"quantity":0}"#.into(), 422, "invalid", "quantity"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"quantity":-3}"#.into(), 422, "invalid", "quantity"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"quantity":"3"}"#.into(), 422, "invalid", "quantity"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"quantity":1.5}"#.into(), 422, "invalid", "quantity"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"quantity":10001}"#.into(), 422, "limit_exceeded", "quantity"),
        ("POST", ITEMS, r#"{"id":"","name":"N","price":1}"#.into(), 422, "invalid", "id"),
        ("POST", ITEMS, r#"{"id":"a","name":"   ","price":1}"#.into(), 422, "invalid", "name"),
        ("POST", ITEMS, format!(r#"{{"id":"{long}","name":"N","price":1}}"#), 422, "limit_exceeded", "id"),
        ("POST", ITEMS, r#"{"id":"a","name":"N","price":1,"attributes":[1]}"#.into(), 422, "invalid", "attributes"),
        ("POST", ITEMS, deep, 422, "limit_exceeded", "*"),
        ("POST", ITEMS, deep_but_readable, 422, "limit_exceeded", "attributes"),
        ("POST", ITEMS, many, 422, "limit_exceeded", "[1000]"),
        ("POST", ITEMS, "[1]".into(), 422, "invalid", "[0]"),
        ("POST", ITEMS, r#""text""#.into(), 422, "invalid", ""),
        ("POST", "/v1/carts/user%3A42/default/items?currency=ABC", r#"{"id":"a","name":"N","price":1}"#.into(), 422, "invalid", "currency"),
        ("POST", "/v1/carts/user%3A42/default/items?curency=USD", r#"{"id":"a","name":"N","price":1}"#.into(), 400, "invalid", "*"),
        ("POST", COMMANDS, r#"{"commands":[{"do":"add","item":{"id":"a","name":"N","price":1}},{"do":"update","id":"gone","delta":1}]}"#.into(), 404, "not_found", "commands[1].id"),
        ("POST", COMMANDS, r#"{"commands":[{"do":"checkOut"}]}"#.into(), 428, "invalid", "commands[0]"),
        ("POST", COMMANDS, r#"{"commands":[],"basedOn":"yesterday"}"#.into(), 400, "invalid", "basedOn"),
        ("POST", "/v1/carts/user%3A42/default/conditions", r#"{"name":"c","type":"tax","value":"1e309"}"#.into(), 422, "invalid", "value"),
        ("PATCH", "/v1/carts/user%3A42/default/items/gone", r#"{"delta":1}"#.into(), 404, "not_found", "*"),
        ("PATCH", "/v1/carts/user%3A42/default/metadata", r#"["a"]"#.into(), 422, "invalid", ""),
        ("GET", "/v1/carts/user%3A42/default", "".into(), 404, "not_found", "*"),
        ("GET", "/v1/carts/%FF/default", "".into(), 400, "invalid", "*"),
        ("GET", "/v1/nowhere", "".into(), 404, "*", "*"),
        ("PUT", "/v1/carts/user%3A42/default", "".into(), 405, "*", "*"),
        ("POST", "/healthz", "".into(), 405, "*", "*"),
    ];
    let mut failures = Vec::new();
    for (method, path, body, status, kind, at) in cases {
        let shown: String = body.chars().take(100).collect();
        let headers = if body.is_empty() && method == "GET" { vec![] } else { vec![JSON] };
        let refused = send(&server, method, path, &headers, body.into_bytes()).await;
        let problem = &refused.problem;
        let found_path = problem["path"].as_str().unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or_default();
        if refused.status != status
            || (kind != "*" && problem["kind"] != kind)
            || (at != "*" && found_path != at)
            || detail.is_empty()
        {
            failures.push(format!(
                "{method} {path} {shown}: expected {status} {kind} at {at:?}, found {} {problem}",
                refused.status
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(total(&server).await, 0, "nothing is changed");
}

#[tokio::test]
async fn bodies_of_other_kinds_and_sizes_are_refused() {
    let server = server();
    let body = br#"{"id":"a","name":"N","price":1}"#.to_vec();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        assert_eq!(send(&server, "POST", ITEMS, &[("content-type", kind)], body.clone()).await.status, 415, "{kind}");
    }
    assert_eq!(send(&server, "POST", ITEMS, &[], body.clone()).await.status, 415);
    assert_eq!(send(&server, "POST", ITEMS, &[JSON, ("content-encoding", "gzip")], body.clone()).await.status, 415);
    assert_eq!(send(&server, "POST", ITEMS, &[JSON], vec![0xff, 0xfe, b'{']).await.status, 400);
    for header in [("if-match", "nonsense"), ("if-none-match", "nonsense")] {
        assert!(
            [400, 412].contains(&send(&server, "POST", ITEMS, &[JSON, header], body.clone()).await.status),
            "{header:?}"
        );
    }
    assert_eq!(send(&server, "POST", ITEMS, &[JSON, ("idempotency-key", "")], body.clone()).await.status, 400);

    // 100 MB that are announced are refused before they are sent; that are not, before they are kept.
    let mut stream = connect(&server);
    write!(stream, "POST {ITEMS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n").expect("a head");
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("an answer without the body");
    assert_eq!(&head, b"HTTP/1.1 413");
    let mut stream = connect(&server);
    write!(stream, "POST {ITEMS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n").expect("a head");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..1600 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let answer = rest(&mut stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(total(&server).await, 0);
}

#[tokio::test]
async fn slow_and_half_closed_connections_hold_nobody_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let settings = directory.path().join("pushcart.toml");
    std::fs::write(&settings, "[http]\nrequest_timeout_ms = 1000\nheader_timeout_ms = 1000\nbody_timeout_ms = 1000\n")
        .expect("a file");
    let server = Process::serve(&["--storage", "memory:", "--config", &settings.display().to_string()]);
    let started = Instant::now();
    // One that never ends its head, one that never sends its body, one that drips it.
    let mut head = connect(&server);
    head.write_all(b"POST /v1/carts/a/b/items HTTP/1.1\r\nhost: local").expect("half a head");
    let mut body = connect(&server);
    write!(
        body,
        "POST {ITEMS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{{"
    )
    .expect("half a body");
    let mut drip = connect(&server);
    write!(
        drip,
        "POST {ITEMS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n"
    )
    .expect("a head");
    let dripping = std::thread::spawn(move || {
        for _ in 0..60 {
            if drip.write_all(b" ").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        rest(&mut drip)
    });
    let mut half = connect(&server);
    write!(
        half,
        "POST {ITEMS} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{{"
    )
    .expect("half a body");
    half.shutdown(Shutdown::Write).expect("half a close");
    for _ in 0..10 {
        assert_eq!(total(&server).await, 0, "others are served meanwhile");
    }
    drop(rest(&mut half));
    let answer = rest(&mut body);
    assert!(answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 503"), "{answer}");
    rest(&mut head);
    let answer = dripping.join().expect("the dripping one");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(20), "none of them waits for ever");
    assert_eq!(total(&server).await, 0);
}

#[tokio::test]
async fn what_is_no_http_is_closed() {
    let server = server();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        &[b'A'; 100_000],
    ] {
        let mut stream = connect(&server);
        drop(stream.write_all(noise));
        drop(stream.shutdown(Shutdown::Write));
        let answer = rest(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(total(&server).await, 0);
}

/// Identifiers that separators, patterns and databases trip over: each is a cart of its own.
#[tokio::test]
async fn hostile_identifiers_are_carts_of_their_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = format!("sqlite:{}", directory.path().join("carts.db").display());
    for storage in ["memory:", storage.as_str()] {
        let server = Process::serve(&["--storage", storage]);
        let client = reqwest::Client::new();
        let long = "ł".repeat(255);
        let names = [
            "user:42",
            "user",
            "*",
            "user*",
            "{user}",
            "%",
            "%25",
            "%2F",
            "a/b",
            "a",
            "a\0b",
            "a\nb",
            "😀",
            "Alice",
            "alice",
            "alice ",
            " alice",
            "é",
            "e\u{301}",
            "'; DROP TABLE carts; --",
            "\"",
            "\\",
            "__proto__",
            "constructor",
            "?x=1",
            "#",
            "+",
            " ",
            &long,
        ];
        let url = |name: &str| {
            let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
            format!("{}/v1/carts/{encoded}/default", server.url)
        };
        for (n, name) in names.iter().enumerate() {
            let body = format!(r#"{{"id":"i","name":"N","price":{}}}"#, n + 1);
            let response = client
                .post(format!("{}/items", url(name)))
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .expect("an answer");
            assert_eq!(response.status(), 201, "{name:?} on {storage}");
        }
        for (n, name) in names.iter().enumerate() {
            let text = client.get(url(name)).send().await.expect("an answer").text().await.expect("a body");
            let cart = parse(&text);
            assert_eq!(
                (cart["identifier"].as_str(), cart["totals"]["total"].as_u64()),
                (Some(*name), Some(n as u64 + 1)),
                "{name:?} on {storage}"
            );
        }
        // Clients fold these two away before they send them, as the URL standard tells them; who sends
        // them all the same means a name.
        for (name, price) in [("..", 77), (".", 78)] {
            let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
            let body = format!(r#"{{"id":"i","name":"N","price":{price}}}"#);
            let mut stream = connect(&server);
            write!(
                stream,
                "POST /v1/carts/{encoded}/default/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .expect("a request");
            let answer = rest(&mut stream);
            assert!(
                answer.starts_with("HTTP/1.1 201") && answer.contains(&format!(r#""identifier":"{name}""#)),
                "{name}: {answer}"
            );
        }
        let too_long = "x".repeat(256);
        let refused = send(&server, "GET", &format!("/v1/carts/{too_long}/default"), &[], vec![]).await;
        assert_eq!(refused.status, 422, "{}", refused.problem);
    }
}
