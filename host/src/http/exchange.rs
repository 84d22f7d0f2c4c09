//! One request and its answer: admitted, read, handed to its route, answered, logged.
//!
//! Everything that holds for every route stands here once, so that a route's own file says only
//! what it asks of the cart. The log gets one line per request, without identifiers, bodies or
//! tokens: the route's template says what was asked, not about whom.

use super::App;
use super::error::Problem;
use super::read::{self, Tags};
use super::routes::{Body as Wanted, Route};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use pushcart::error::{Error, Kind, Result};
use pushcart::id::{Address, Revision};
use pushcart::service::{Answer, Options};
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tower::ServiceExt;

/// What the log wants to know of an answer.
#[derive(Clone, Copy)]
pub(super) struct Trace {
    pub(super) route: Option<&'static str>,
    pub(super) kind: Option<&'static str>,
}

/// A request that was admitted and read.
pub(super) struct Exchange {
    pub(super) app: App,
    /// What stands for the names in the route's template, decoded.
    pub(super) path: Vec<String>,
    /// The parameters of the query.
    pub(super) query: Vec<(&'static str, String)>,
    /// The body; empty where the route has none.
    pub(super) body: String,
    parts: Parts,
}

impl Exchange {
    /// The cart that the path names.
    pub(super) fn address(&self) -> Result<Address> {
        Address::new("", &self.path[0], &self.path[1])
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the caller would rather read than parse.
    pub(super) fn wants_text(&self) -> bool {
        let ranges: Vec<&str> = self
            .parts
            .headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| range.split(';').next())
            .map(str::trim)
            .collect();
        let named = |name: &str| ranges.iter().any(|range| range.eq_ignore_ascii_case(name));
        named("text/plain") && !named("application/json")
    }

    /// What a change says beside its body.
    fn options(&self) -> core::result::Result<Options, Problem> {
        Ok(Options {
            currency: self.parameter("currency").map(str::to_owned),
            rounding: self.parameter("rounding").map(str::to_owned),
            based_on: read::based_on(&self.parts.headers)?,
            key: read::key(&self.parts.headers)?,
        })
    }

    /// Makes a change and answers with what became of the cart.
    pub(super) async fn change(self, request: pushcart::service::Request) -> core::result::Result<Reply, Problem> {
        let options = self.options()?;
        let conditional = options.based_on.is_some();
        let refused = |error: Error| Problem::of(&error, conditional);
        let address = self.address().map_err(refused)?;
        let answer = self.app.runtime().change(&address, request, options).await.map_err(refused)?;
        let status =
            if answer.created && self.parts.method == Method::POST { StatusCode::CREATED } else { StatusCode::OK };
        let location = (status == StatusCode::CREATED).then(|| {
            // The path as it was sent, up to the cart: what the caller encoded stays encoded.
            self.parts.uri.path().split('/').take(5).collect::<Vec<_>>().join("/")
        });
        Ok(Reply { status, location, ..Reply::of(answer) })
    }

    /// Answers a read that may have conditions: 304 when the caller has it already, 412 when it
    /// wanted another.
    pub(super) fn conditionally(&self, answer: Answer) -> core::result::Result<Reply, Problem> {
        let Some(revision) = answer.revision else { return Ok(Reply::of(answer)) };
        if let Some(tags) = read::tags(&self.parts.headers, header::IF_MATCH)?
            && !tags.hold(revision, false)
        {
            let detail = format!("expected the cart as If-Match names it, found \"{revision}\"");
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, Kind::Conflict, "if_match", detail));
        }
        let known: Option<Tags> = read::tags(&self.parts.headers, header::IF_NONE_MATCH)?;
        // A rule may hold now that did not hold before, a definition or a provider may say something
        // else, with nobody having changed the cart: only a cart that depends on none of them costs the
        // same for as long as its version stays.
        let settled = self.app.runtime().prices_by_cart_alone()
            && ["\"rules\":", "\"catalogue\":"].iter().all(|field| !answer.body.contains(field));
        if settled && known.is_some_and(|tags| tags.hold(revision, true)) {
            return Ok(Reply { status: StatusCode::NOT_MODIFIED, body: None, ..Reply::of(answer) });
        }
        Ok(Reply::of(answer))
    }
}

/// An answer on its way out.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Option<String>,
    pub(super) revision: Option<Revision>,
    pub(super) replayed: bool,
    pub(super) location: Option<String>,
    /// The body is text to read, not JSON.
    pub(super) text: bool,
}

impl Reply {
    /// JSON that is no cart's.
    pub(super) fn json(body: String) -> Self {
        Reply { status: StatusCode::OK, body: Some(body), revision: None, replayed: false, location: None, text: false }
    }

    /// The runtime's answer.
    pub(super) fn of(answer: Answer) -> Self {
        Reply { revision: answer.revision, replayed: answer.replayed, ..Reply::json(answer.body) }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => {
                let mut response = Body::from(body).into_response();
                let sort = if self.text { "text/plain; charset=utf-8" } else { "application/json" };
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(sort));
                response
            }
            None => Body::empty().into_response(),
        };
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(tag) = self.revision.and_then(|revision| HeaderValue::from_str(&format!("\"{revision}\"")).ok()) {
            headers.insert(header::ETAG, tag);
        }
        if self.replayed {
            headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

/// Answers a request for one of the routes.
pub(super) async fn dispatch(app: App, route: &'static Route, request: Request<Body>) -> Response {
    let mut response = match run(app, route, request).await {
        Ok(reply) => reply.into_response(),
        Err(problem) => problem.into_response(),
    };
    let kind = response.extensions().get::<Trace>().and_then(|trace| trace.kind);
    response.extensions_mut().insert(Trace { route: Some(route.path), kind });
    response
}

async fn run(app: App, route: &'static Route, request: Request<Body>) -> core::result::Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    app.guard().admit(&parts, route.open, route.change)?;
    let path = read::path(route.path, parts.uri.path())?;
    let known: Vec<&'static str> = route.query.iter().map(|parameter| parameter.name).collect();
    let query = read::query(parts.uri.query(), &known)?;
    let body = read_body(&app, route, &parts.headers, body).await?;
    let limit = app.http().request_timeout;
    let exchange = Exchange { app, path, query, body, parts };
    tokio::time::timeout(limit, (route.handler)(exchange)).await.unwrap_or_else(|_| {
        let detail =
            format!("expected an answer within {} ms, found none yet; a change may still happen", limit.as_millis());
        let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, Kind::Unavailable, "request_timeout", detail);
        problem.retry_after_ms = Some(1000);
        Err(problem)
    })
}

async fn read_body(app: &App, route: &Route, headers: &HeaderMap, body: Body) -> core::result::Result<String, Problem> {
    let unsupported =
        |reason, detail: String| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Kind::Unsupported, reason, detail);
    if let Some(coding) = read::single(headers, header::CONTENT_ENCODING)?
        && !coding.eq_ignore_ascii_case("identity")
    {
        return Err(unsupported("content_encoding", "expected a body without Content-Encoding, found one".into()));
    }
    let most = match route.body {
        Wanted::None => 0,
        Wanted::Json(_) => app.http().body_bytes_max,
    };
    let too_large = || match route.body {
        Wanted::None => Problem::malformed("body", "expected no body, found one"),
        Wanted::Json(_) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Kind::LimitExceeded,
            "body_too_large",
            format!("expected a body of at most {most} bytes, found a larger one"),
        ),
    };
    // What is too large by its own account is refused before a byte of it is read.
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let arrives = announced.is_some_and(|length| length > 0) || headers.contains_key(header::TRANSFER_ENCODING);
    if matches!(route.body, Wanted::Json(_)) && arrives {
        match read::single(headers, header::CONTENT_TYPE)? {
            Some(content_type) if read::is_json(content_type) => {}
            found => {
                let found = found.map_or_else(|| "none".to_owned(), |found| format!("{found:?}"));
                return Err(unsupported(
                    "content_type",
                    format!("expected Content-Type: application/json, found {found}"),
                ));
            }
        }
    }
    let limit = app.http().body_timeout;
    let bytes = match tokio::time::timeout(limit, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(_)) => return Err(Problem::malformed("body", "expected the whole body, found an end in the middle")),
        Err(_) => {
            let detail = format!("expected the whole body within {} ms", limit.as_millis());
            let problem = Problem::new(StatusCode::REQUEST_TIMEOUT, Kind::Unavailable, "body_timeout", detail);
            return Err(problem.with(header::CONNECTION, "close"));
        }
    };
    if bytes.is_empty() && matches!(route.body, Wanted::Json(_)) {
        return Err(Problem::malformed("body", "expected a JSON body, found none"));
    }
    String::from_utf8(bytes.into())
        .map_err(|_| Problem::malformed("body", "expected a body in UTF-8, found other bytes"))
}

/// Answers any request: what is around the routes.
pub(super) async fn answer(app: &App, router: axum::Router, request: Request<Body>) -> Response {
    let started = Instant::now();
    let _in_flight = app.enter();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let outcome = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await;
    let mut response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        // The panic's own message went to standard error already, by the panic hook.
        Err(_) => Problem::unexpected(&id).into_response(),
    };
    let trace = response.extensions().get::<Trace>().copied().unwrap_or(Trace { route: None, kind: None });
    let status = response.status();
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let (route, kind) = (trace.route.unwrap_or("none"), trace.kind.unwrap_or(""));
    let us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status.is_server_error() {
        tracing::error!(target: "pushcart::http", %method, route, status = status.as_u16(), us, kind, id, "request");
    } else {
        tracing::info!(target: "pushcart::http", %method, route, status = status.as_u16(), us, kind, id, "request");
    }
    response
}

/// The caller's own id for the request, if it is a plain word; else a random one.
fn request_id(headers: &HeaderMap) -> String {
    let sent = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    sent.filter(plain).map_or_else(
        || {
            let mut bits = [0; 8];
            // An id of zeros serves nobody badly enough to refuse the request for it.
            let _ = getrandom::fill(&mut bits);
            format!("{:016x}", u64::from_le_bytes(bits))
        },
        str::to_owned,
    )
}
