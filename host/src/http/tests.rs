//! The API as a caller sees it: over a socket, on a port of its own.
//!
//! Requests are written by hand, byte by byte, because half of what is tried here no client would
//! send.

use super::{App, router, server};
use crate::config::{Config, Sources};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: JoinHandle<()>,
}

async fn start(settings: &[(&str, &str)]) -> Server {
    let mut flags = vec![("storage".to_owned(), "memory:".to_owned(), "--storage".to_owned())];
    flags.extend(settings.iter().map(|(key, value)| (key.to_string(), value.to_string(), "--set".to_owned())));
    let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
    let driver = crate::open::open(&config).await.unwrap();
    let app = App::new(crate::open::start(&config, driver).unwrap(), config.http);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(async move {
        server::serve(listener, app, async { drop(stopped.await) }).await.unwrap();
    });
    Server { address, stop: Some(stop), done }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn of(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        Answer { status: head[9..12].parse().unwrap(), head: head.into(), body: body.into() }
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        finish(stream).await
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                request.push_str("content-type: application/json\r\n");
            }
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body.unwrap_or_default());
        self.raw(request.as_bytes()).await
    }

    async fn add(&self, cart: &str) -> Answer {
        self.send("POST", &format!("/v1/carts/{cart}/items"), &[], Some(TEE)).await
    }
}

async fn finish(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await.expect("an end").ok();
    Answer::of(&bytes)
}

const TEE: &str = r#"{"id":"tee-m","name":"T-shirt","price":1999,"quantity":2}"#;

#[tokio::test]
async fn a_cart_is_made_shown_changed_and_ended() {
    let server = start(&[]).await;
    let missing = server.send("GET", "/v1/carts/user:42/default", &[], None).await;
    assert_eq!((missing.status, missing.json()["kind"].as_str()), (404, Some("not_found")));
    assert_eq!(missing.header("content-type"), Some("application/problem+json"));
    assert_eq!(missing.header("etag"), None);
    let zero = server.send("GET", "/v1/carts/user:42/default/totals", &[], None).await;
    assert_eq!((zero.status, zero.json()["total"].as_i64(), zero.header("etag")), (200, Some(0), None));

    let made = server.add("user:42/default").await;
    assert_eq!(made.status, 201);
    assert_eq!(made.header("location"), Some("/v1/carts/user:42/default"));
    assert_eq!(made.header("content-type"), Some("application/json"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(made.json()["cart"]["totals"]["total"], 3998);
    assert_eq!(server.add("user:42/default").await.status, 200);

    let shown = server.send("GET", "/v1/carts/user:42/default", &[], None).await;
    let cart = shown.json();
    let tag = format!("\"{}.{}\"", cart["incarnation"].as_str().unwrap(), cart["version"]);
    assert_eq!(shown.header("etag"), Some(tag.as_str()));
    assert_eq!(cart["version"], 2);
    let known = server.send("GET", "/v1/carts/user:42/default", &[("if-none-match", &format!("W/{tag}"))], None).await;
    assert_eq!((known.status, known.body.as_str(), known.header("etag")), (304, "", Some(tag.as_str())));
    let head = server.send("HEAD", "/v1/carts/user:42/default", &[], None).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length").unwrap(), shown.body.len().to_string());

    let updated = server
        .send("PATCH", "/v1/carts/user:42/default/items/tee-m", &[("if-match", &tag)], Some(r#"{"quantity":5}"#))
        .await;
    assert_eq!((updated.status, updated.json()["cart"]["totals"]["total"].as_i64()), (200, Some(9995)));
    let stale = server
        .send("PATCH", "/v1/carts/user:42/default/items/tee-m", &[("if-match", &tag)], Some(r#"{"quantity":6}"#))
        .await;
    assert_eq!(stale.status, 412);
    assert_eq!(stale.json()["conflict"]["versionDifference"], 1);
    let weak = server.send("POST", "/v1/carts/user:42/default/clear", &[("if-match", "W/\"x\"")], None).await;
    assert_eq!(weak.status, 412);
    let present = server.send("POST", "/v1/carts/user:42/default/items", &[("if-none-match", "*")], Some(TEE)).await;
    assert_eq!(present.status, 412);

    let instances = server.send("GET", "/v1/carts/user:42", &[], None).await;
    assert_eq!(instances.body, r#"{"identifier":"user:42","instances":["default"],"count":1}"#);
    let gone = server.send("DELETE", "/v1/carts/user:42/default/items/nothing", &[], None).await;
    assert_eq!((gone.status, gone.body.as_str(), gone.header("content-type")), (204, "", None));
    let ended = server.send("DELETE", "/v1/carts/user:42/default", &[], None).await;
    assert_eq!((ended.status, ended.header("etag")), (200, None));
    assert_eq!(ended.json()["cart"]["exists"], false);
}

#[tokio::test]
async fn a_key_makes_a_change_once() {
    let server = start(&[]).await;
    let key = [("idempotency-key", "\"8e03978e\"")];
    let first = server.send("POST", "/v1/carts/k/default/items", &key, Some(TEE)).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None));
    let bare = [("Idempotency-Key", "8e03978e")];
    let again = server.send("POST", "/v1/carts/k/default/items", &bare, Some(TEE)).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(again.json()["cart"]["totals"]["quantity"], 2);
    let other = server.send("POST", "/v1/carts/k/default/clear", &bare, None).await;
    assert_eq!(other.status, 422);
    let bad = server.send("POST", "/v1/carts/k/default/clear", &[("idempotency-key", "a b")], None).await;
    assert_eq!((bad.status, bad.json()["reason"].as_str()), (400, Some("idempotency_key")));
}

#[tokio::test]
async fn names_survive_the_path() {
    let server = start(&[]).await;
    for (encoded, name) in
        [("a%2Fb", "a/b"), ("%252F", "%2F"), ("%00", "\0"), ("a+b", "a+b"), ("%E2%82%AC%20", "€ "), ("..%2F", "../")]
    {
        assert_eq!(server.add(&format!("{encoded}/{encoded}")).await.status, 201, "{encoded}");
        let shown = server.send("GET", &format!("/v1/carts/{encoded}/{encoded}"), &[], None).await.json();
        assert_eq!((shown["identifier"].as_str(), shown["instance"].as_str()), (Some(name), Some(name)));
    }
    for bad in ["%FF", "%zz", "%"] {
        assert_eq!(server.send("GET", &format!("/v1/carts/{bad}/default"), &[], None).await.status, 400, "{bad}");
    }
    for missing in ["/v1/carts/a/b/", "/v1/carts/a/b/c", "/nothing", "/v2/carts/a/b"] {
        let answer = server.send("GET", missing, &[], None).await;
        assert_eq!((answer.status, answer.json()["kind"].as_str()), (404, Some("not_found")), "{missing}");
    }
    assert_eq!(server.send("GET", &format!("/v1/carts/{}/default", "i".repeat(256)), &[], None).await.status, 422);
    let empty = server.send("GET", "/v1/carts//default", &[], None).await;
    assert_eq!((empty.status, empty.json()["path"].as_str()), (422, Some("identifier")));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_what_it_is() {
    let server = start(&[]).await;
    let items = "/v1/carts/a/b/items";
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        assert_eq!(
            server.send("POST", items, &[("content-type", content_type)], Some(TEE)).await.status,
            415,
            "{content_type}"
        );
    }
    assert_eq!(server.send("POST", items, &[("content-type", "")], Some(TEE)).await.status, 415);
    assert_eq!(server.send("POST", items, &[("content-encoding", "gzip")], Some(TEE)).await.status, 415);
    assert_eq!(server.send("POST", items, &[], None).await.status, 400);
    assert_eq!(server.send("POST", items, &[], Some("{")).await.status, 400);
    assert_eq!(server.send("POST", "/v1/carts/a/b/clear", &[], Some("{}")).await.status, 400);
    let query = server.send("POST", "/v1/carts/a/b/items?curency=EUR", &[], Some(TEE)).await;
    assert_eq!((query.status, query.json()["detail"].as_str().unwrap().contains("curency")), (400, true));
    assert_eq!(server.send("GET", "/v1/carts/a/b?at=now", &[], None).await.status, 400);
    assert_eq!(server.send("GET", "/v1/carts/a/b/totals?at=now", &[], None).await.status, 400);
    assert_eq!(server.send("GET", "/v1/carts?limit=0", &[], None).await.status, 400);
    assert_eq!(server.send("GET", "/v1/carts?after=zz", &[], None).await.status, 400);
    let list = server.send("GET", "/v1/carts?updatedBefore=2026-11-21T12:00:00%2B01:00&limit=5", &[], None).await;
    assert_eq!((list.status, list.body.as_str()), (200, r#"{"carts":[]}"#));
    let wrong = server.send("POST", items, &[], Some(r#"{"id":"a","name":"b","price":1.5}"#)).await;
    assert_eq!((wrong.status, wrong.json()["kind"].as_str()), (422, Some("invalid")));

    let mut broken = format!("POST {items} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n").into_bytes();
    broken.extend([0xff, 0xfe]);
    assert_eq!(server.raw(&broken).await.status, 400);

    let method = server.send("PUT", "/v1/carts/a/b", &[], None).await;
    assert_eq!((method.status, method.json()["reason"].as_str()), (405, Some("method")));
    let mut allow: Vec<&str> = method.header("allow").unwrap().split(',').map(str::trim).collect();
    allow.sort_unstable();
    assert_eq!(allow, ["DELETE", "GET", "HEAD"]);
    assert_eq!(server.send("OPTIONS", "/v1/carts/a/b", &[], None).await.status, 405);
}

#[tokio::test]
async fn other_sites_and_names_are_kept_out() {
    let server = start(&[]).await;
    let foreign = server.send("POST", "/v1/carts/a/b/clear", &[("sec-fetch-site", "cross-site")], None).await;
    assert_eq!((foreign.status, foreign.json()["kind"].as_str()), (403, Some("unauthorized")));
    let rebound = server.raw(b"GET /v1/carts/a/b HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await;
    assert_eq!((rebound.status, rebound.json()["reason"].as_str()), (403, Some("host")));
    let plain = server.send("GET", "/v1/carts/a/b/totals", &[("origin", "https://shop.example")], None).await;
    assert!(!plain.head.to_ascii_lowercase().contains("access-control"));
}

#[tokio::test]
async fn a_token_opens_everything_but_health() {
    let server = start(&[("http.operator_token", "correct-horse-battery")]).await;
    let refused = server.send("GET", "/v1/carts/a/b/totals", &[], None).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer realm=\"pushcart\"")));
    assert_eq!(server.send("GET", "/nowhere", &[], None).await.status, 401);
    let right = [("authorization", "Bearer correct-horse-battery")];
    assert_eq!(server.send("GET", "/v1/carts/a/b/totals", &right, None).await.status, 200);
    for open in ["/healthz", "/readyz", "/openapi.json", "/problems/conflict"] {
        assert_eq!(server.send("GET", open, &[], None).await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn the_document_lists_every_route_and_every_route_in_it_answers() {
    let server = start(&[]).await;
    let document = server.send("GET", "/openapi.json", &[], None).await.json();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            let real = path
                .replace("{identifier}", "u")
                .replace("{instance}", "i")
                .replace("{id}", "tee-m")
                .replace("{name}", "VAT")
                .replace("{kind}", "conflict");
            let body = operation.get("requestBody").map(|_| if path.ends_with("/items") { TEE } else { "{}" });
            let answer = server.send(&method.to_ascii_uppercase(), &real, &[], body).await;
            // It is there: whatever it says, it is not that there is no such route or method.
            assert_ne!(answer.status, 405, "{method} {path}");
            assert!(answer.status != 404 || answer.json()["reason"] != "route", "{method} {path}");
            assert!(answer.status < 500, "{method} {path}: {}", answer.status);
            let listed = operation["responses"].as_object().unwrap();
            assert!(
                answer.status >= 400 || listed.contains_key(&answer.status.to_string()),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
    assert_eq!(operations, super::routes::ROUTES.len());
    for route in super::routes::ROUTES {
        assert_eq!(route.change, route.method != super::routes::Verb::Get, "{}", route.name);
        assert!(document["paths"][route.path].get(route.method.as_str()).is_some());
    }
}

/// Whether `value` is as `schema` says, and has nothing that it does not mention.
fn conforms(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let schema = document.pointer(&pointer[1..]).ok_or_else(|| pointer.to_owned())?;
        return conforms(document, schema, value).map_err(|error| format!("{pointer}: {error}"));
    }
    let wrong = |what: &str| Err(format!("expected {what} {schema}, found {value}"));
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !right || schema.get("const").is_some_and(|only| only != value) {
        return wrong("the type of");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return wrong("a word of");
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        // What all choices share counts as a part of each: nothing may be there that neither mentions.
        let choices: Vec<Value> = choices.iter().map(|choice| with_shared(document, schema, choice)).collect();
        let errors: Vec<String> = choices.iter().filter_map(|choice| conforms(document, choice, value).err()).collect();
        if errors.len() + 1 != choices.len() {
            return Err(format!("expected exactly one of {}, found {value}: {errors:?}", choices.len()));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return wrong(&format!("{name} of"));
        }
    }
    if let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, field) in fields {
            match properties.get(name).or(schema.get("additionalProperties").filter(|others| others.is_object())) {
                Some(schema) => conforms(document, schema, field).map_err(|error| format!("{name}: {error}"))?,
                None => return wrong(&format!("no {name} in")),
            }
        }
    }
    for element in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
        conforms(document, &schema["items"], element)?;
    }
    Ok(())
}

/// A choice of `schema` together with what its `allOf` asks for.
fn with_shared(document: &Value, schema: &Value, choice: &Value) -> Value {
    let mut whole = choice.clone();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let part = part["$ref"].as_str().map_or(part, |pointer| document.pointer(&pointer[1..]).unwrap());
        for (name, its) in part["properties"].as_object().into_iter().flatten() {
            whole["properties"][name] = its.clone();
        }
        let required = part["required"].as_array().cloned().unwrap_or_default();
        whole["required"].as_array_mut().unwrap().extend(required);
    }
    whole
}

#[tokio::test]
async fn answers_are_as_the_document_says() {
    let server = start(&[]).await;
    let document = server.send("GET", "/openapi.json", &[], None).await.json();
    let cart = "/v1/carts/user:42/default";
    let tax = r#"{"name":"VAT","type":"tax","value":"+19%"}"#;
    let commands = r#"{"commands":[{"do":"add","item":{"id":"mug","name":"Mug","price":"9.50","attributes":{"colour":"red"},"conditions":[{"name":"Off","type":"discount","value":-100}],"maxQuantity":5,"ref":{"type":"product","id":"7"}}},
        {"do":"addCondition","condition":{"name":"Sale","type":"discount","value":{"percent":"-10"}}},{"do":"setMetadata","values":{"note":"gift","n":1}},{"do":"reprice","prices":{"mug":900,"none":1}},
        {"do":"removeConditionsByType","type":"none"},{"do":"move","id":"mug","to":"wishlist"}]}"#;
    let steps: &[(&str, &str, Option<&str>, &str)] = &[
        ("POST", "/items", Some(TEE), "addItems"),
        ("POST", "/conditions", Some(tax), "addCondition"),
        (
            "POST",
            "/items/tee-m/conditions",
            Some(r#"{"name":"Off","type":"discount","value":"-10%"}"#),
            "addItemCondition",
        ),
        ("PATCH", "/metadata", Some(r#"{"note":"gift","n":[1,{"a":null}]}"#), "setMetadata"),
        ("PATCH", "/metadata", Some(r#"{"n":null}"#), "setMetadata"),
        ("PATCH", "/items/tee-m", Some(r#"{"delta":1}"#), "updateItem"),
        ("POST", "/commands", Some(commands), "changeCart"),
        ("GET", "", None, "showCart"),
        ("GET", "/totals", None, "showTotals"),
        ("DELETE", "/items/tee-m/conditions/Off", None, "removeItemCondition"),
        ("DELETE", "/conditions/VAT", None, "removeCondition"),
        ("DELETE", "/items/none", None, "removeItem"),
        ("POST", "/clear", None, "clearCart"),
        ("DELETE", "", None, "destroyCart"),
    ];
    for (method, tail, body, name) in steps {
        let answer = server.send(method, &format!("{cart}{tail}"), &[], *body).await;
        assert!(answer.status < 300, "{method} {tail}: {} {}", answer.status, answer.body);
        let operations =
            document["paths"].as_object().unwrap().values().flat_map(|methods| methods.as_object().unwrap().values());
        let operation = operations.into_iter().find(|operation| operation["operationId"] == *name).unwrap();
        let content = &operation["responses"][answer.status.to_string()]["content"]["application/json"]["schema"];
        if content.is_null() {
            assert_eq!(answer.body, "", "{method} {tail}");
        } else {
            conforms(&document, content, &answer.json()).unwrap_or_else(|error| panic!("{method} {tail}: {error}"));
        }
    }
    let problem = &document["components"]["schemas"]["Problem"];
    for (method, path, headers) in [
        ("GET", "/nowhere", &[][..]),
        ("PUT", cart, &[]),
        ("GET", "/v1/carts/a/b", &[]),
        ("POST", "/v1/carts/a/b/clear", &[("if-match", "\"0000000000009f2c.3\"")]),
    ] {
        let answer = server.send(method, path, headers, None).await;
        conforms(&document, problem, &answer.json()).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    }
    server.add("user:42/default").await;
    for (path, schema) in [
        ("/v1/carts", "Listing"),
        ("/v1/carts/user:42", "Instances"),
        ("/readyz", "Health"),
        ("/problems/conflict", "ProblemKind"),
    ] {
        let answer = server.send("GET", path, &[], None).await.json();
        conforms(&document, &document["components"]["schemas"][schema], &answer)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[tokio::test]
async fn a_listing_goes_on_where_it_ended() {
    let server = start(&[]).await;
    for n in 0..5 {
        assert_eq!(server.add(&format!("user:{n}/default")).await.status, 201);
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.send("GET", &format!("/v1/carts?limit=2{after}"), &[], None).await.json();
        let carts = page["carts"].as_array().unwrap();
        assert!(carts.len() <= 2);
        found.extend(carts.iter().map(|cart| cart["identifier"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    found.sort();
    assert_eq!(found, ["user:0", "user:1", "user:2", "user:3", "user:4"]);
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_read() {
    let server = start(&[]).await;
    let size = 100 << 20;
    let mut stream = server.connect().await;
    let head = format!(
        "POST /v1/carts/a/b/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {size}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A client that sends on regardless still gets to read the answer.
    let (mut read, mut write) = stream.into_split();
    let sender = tokio::spawn(async move {
        let chunk = vec![b' '; 64 * 1024];
        let mut sent = 0;
        while sent < size && write.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
    });
    let mut bytes = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), read.read_to_end(&mut bytes)).await.unwrap().ok();
    sender.abort();
    assert_eq!(Answer::of(&bytes).status, 413);

    let chunked = b"POST /v1/carts/a/b/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let small = start(&[("http.body_bytes_max", "1024")]).await;
    let mut request = chunked.to_vec();
    request.extend(b"800\r\n");
    request.extend(vec![b' '; 0x800]);
    request.extend(b"\r\n0\r\n\r\n");
    assert_eq!(small.raw(&request).await.status, 413);
}

#[tokio::test]
async fn slow_senders_are_not_waited_for() {
    let server = start(&[
        ("http.body_timeout_ms", "200"),
        ("http.header_timeout_ms", "200"),
        ("http.request_timeout_ms", "200"),
    ])
    .await;
    let began = Instant::now();
    let body = server.raw(b"POST /v1/carts/a/b/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{").await;
    assert_eq!((body.status, body.header("connection")), (408, Some("close")));
    let mut header = server.connect().await;
    header.write_all(b"GET /healthz HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut bytes = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), header.read_to_end(&mut bytes)).await.expect("an end").ok();
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_half_closed_connection_gets_its_answer() {
    let server = start(&[]).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(finish(stream).await.status, 200);
    let mut cut = server.connect().await;
    cut.write_all(b"POST /v1/carts/a/b/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{").await.unwrap();
    cut.shutdown().await.unwrap();
    assert_eq!(finish(cut).await.status, 400);
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let mut server = start(&[]).await;
    let body = TEE.as_bytes();
    let mut slow = server.connect().await;
    let head = format!(
        "POST /v1/carts/s/d/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&body[..10]).await.unwrap();
    let idle = server.connect().await;
    let mut kept = server.connect().await;
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    kept.read_buf(&mut Vec::new()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "no new connections");
    slow.write_all(&body[10..]).await.unwrap();
    assert_eq!(finish(slow).await.status, 201);
    let began = Instant::now();
    tokio::time::timeout(Duration::from_secs(5), server.done).await.expect("an end").unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "idle connections hold nothing up");
    drop((idle, kept));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let mut server = start(&[("http.shutdown_timeout_ms", "200")]).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"POST /v1/carts/s/d/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(2), server.done).await.expect("an end").unwrap();
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let server = start(&[]).await;
    let kept = server.send("GET", "/healthz", &[("x-request-id", "abc-1")], None).await;
    assert_eq!(kept.header("x-request-id"), Some("abc-1"));
    let odd = server.send("GET", "/healthz", &[("x-request-id", "a b\"c")], None).await;
    assert_eq!(odd.header("x-request-id").map(str::len), Some(16));
}

#[test]
fn the_router_is_built_from_the_table() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let flags = vec![("storage".into(), "memory:".into(), "--storage".into())];
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let driver = crate::open::open(&config).await.unwrap();
        assert!(router(App::new(crate::open::start(&config, driver).unwrap(), config.http)).has_routes());
    });
}

#[tokio::test]
async fn a_total_is_explained_as_data_and_in_words() {
    let server = start(&[]).await;
    server.add("user:42/default").await;
    let vat = r#"{"name":"VAT","type":"tax","value":"+19%","rules":{"date-window":{"start":"2026-01-01T00:00:00Z","end":"2027-12-31T23:59:59Z"}}}"#;
    assert_eq!(server.send("POST", "/v1/carts/user:42/default/conditions", &[], Some(vat)).await.status, 200);
    let path = "/v1/carts/user:42/default/explain";
    let data = server.send("GET", &format!("{path}?at=2026-11-21T12:00:00Z"), &[], None).await;
    assert_eq!((data.status, data.header("content-type")), (200, Some("application/json")));
    let found = data.json();
    assert_eq!((found["total"].as_i64(), found["steps"][0]["amount"].as_i64()), (Some(4758), Some(760)));
    assert!(data.header("etag").is_some());
    let words = found["text"].as_str().unwrap().to_owned();
    let at = format!("{path}?at=2026-11-21T12:00:00Z");
    for (path, accept, sort) in [
        (at.clone() + "&format=text", "", "text/plain; charset=utf-8"),
        (at.clone(), "text/plain", "text/plain; charset=utf-8"),
        (at.clone(), "Text/Plain;q=0.9, */*;q=0.1", "text/plain; charset=utf-8"),
        (at.clone() + "&format=json", "text/plain", "application/json"),
        (at.clone(), "application/json, text/plain", "application/json"),
        (at.clone(), "text/html, */*", "application/json"),
    ] {
        let answer = server.send("GET", &path, &[("accept", accept)], None).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(sort)), "{path} {accept}");
        assert_eq!(sort == "application/json", answer.body != words, "{}", answer.body);
    }
    // Long after, the tax no longer holds.
    let later = server.send("GET", &format!("{path}?at=2028-01-01T00:00:00Z&format=text"), &[], None).await;
    assert!(later.body.contains("its rules do not hold") && later.body.contains("total: 39.98 USD"), "{}", later.body);
    assert_eq!(server.send("GET", &format!("{path}?format=xml"), &[], None).await.status, 400);
    assert_eq!(server.send("GET", &format!("{path}?at=noon"), &[], None).await.status, 400);
    let nobody = server.send("GET", "/v1/carts/nobody/default/explain", &[], None).await;
    assert_eq!((nobody.status, nobody.json()["total"].as_i64()), (200, Some(0)));
}

#[tokio::test]
async fn a_cart_that_others_have_a_word_in_is_never_called_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.json");
    let shop = r#"{"conditions":[{"key":"VAT","global":true,"condition":{"name":"VAT","type":"tax","value":"+10%"}}]}"#;
    std::fs::write(&file, shop).unwrap();
    for (settings, status) in [(vec![], 304), (vec![("conditions.catalogue", file.to_str().unwrap())], 200)] {
        let server = start(&settings).await;
        server.add("user:42/default").await;
        let shown = server.send("GET", "/v1/carts/user:42/default", &[], None).await;
        let tag = shown.header("etag").unwrap().to_owned();
        let again = server.send("GET", "/v1/carts/user:42/default", &[("if-none-match", &tag)], None).await;
        assert_eq!(again.status, status, "{settings:?}");
    }
}

#[tokio::test]
async fn the_shop_is_shown_beside_the_api() {
    let server = start(&[]).await;
    let page = server.send("GET", "/", &[], None).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    let own = page.body.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(policy, format!("{own}; frame-ancestors 'none'"));
    assert!(!["unsafe-inline", "'unsafe-eval'", "*", "http"].iter().any(|loose| policy.contains(loose)), "{policy}");

    let tag = page.header("etag").unwrap();
    for known in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let again = server.send("GET", "/", &[("if-none-match", &known)], None).await;
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag)), "{known}");
    }
    assert_eq!(server.send("GET", "/", &[("if-none-match", "\"x\"")], None).await.status, 200);
    let head = server.send("HEAD", "/", &[], None).await;
    assert_eq!((head.status, head.body.as_str(), head.header("etag")), (200, "", Some(tag)));
    assert_eq!(head.header("content-length").unwrap(), page.body.len().to_string());

    for (path, sort) in [
        ("/style.css", "text/css; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/products.json", "application/json"),
        ("/drawings/mug.svg", "image/svg+xml"),
        ("/pushcart/dist/browser.js", "text/javascript; charset=utf-8"),
        ("/pushcart/wasm/pushcart.wasm", "application/wasm"),
    ] {
        let file = server.send("HEAD", path, &[], None).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(sort)), "{path}");
        assert_eq!(file.header("content-security-policy"), Some(policy), "{path}");
    }
    // What is for people and tools is not for browsers, and a path is compared as it is.
    for path in ["/README.md", "/build.mjs", "/index.html", "/drawings", "/drawings/", "/./main.js", "/%6dain.js", "//"]
    {
        let missing = server.send("GET", path, &[], None).await;
        assert_eq!((missing.status, missing.json()["kind"].as_str()), (404, Some("not_found")), "{path}");
    }
    let post = server.send("POST", "/", &[], Some("{}")).await;
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    let stranger = server.raw(b"GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await;
    assert_eq!(stranger.status, 403);
}

#[tokio::test]
async fn what_the_shop_is_offered_depends_on_the_token() {
    let offer = async |settings: &[(&str, &str)]| {
        let answer = start(settings).await.send("GET", "/server.json", &[], None).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        answer.json()["server"].as_str().map(str::to_owned)
    };
    assert_eq!(offer(&[]).await.as_deref(), Some("/"));
    assert_eq!(offer(&[("http.operator_token", "correct-horse-battery")]).await, None);

    let off = start(&[("http.shop", "false")]).await;
    for path in ["/", "/server.json", "/main.js", "/pushcart/wasm/pushcart.wasm"] {
        assert_eq!(off.send("GET", path, &[], None).await.status, 404, "{path}");
    }
    assert_eq!(off.send("GET", "/healthz", &[], None).await.status, 200);
}
