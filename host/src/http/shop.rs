//! The shop: the files of `www/` and of the npm package, which the build put into the program.
//!
//! They are no part of the API: they hold nothing to protect, so that a browser gets them without a token,
//! and they are sent with a policy under which the page can do no more than it needs.

use super::App;
use super::error::Problem;
use super::exchange::Trace;
use super::read::{self, Tags};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pushcart::error::Kind;

/// One file.
struct File {
    path: &'static str,
    sort: &'static str,
    /// Its entity tag, quotes included; another one for other bytes.
    tag: &'static str,
    bytes: &'static [u8],
}

/// Every file, by its path.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/shop.rs"));

/// The page's own policy (`www/index.html` has it too, for servers that send none), and that nobody may
/// frame it.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'";

/// Where the page asks what this server offers it. Among the files is the answer of servers that offer
/// nothing.
const OFFER: &str = "/server.json";

/// Whether this program has a shop to show.
pub fn is_here() -> bool {
    !FILES.is_empty()
}

/// The answer to a request for one of the shop's files; `None` when it is for none of them.
pub(super) fn answer(app: &App, parts: &Parts) -> Option<Response> {
    let path = parts.uri.path();
    let file = FILES.iter().find(|file| file.path == path).filter(|_| app.http().shop)?;
    let mut response = find(app, parts, file).unwrap_or_else(IntoResponse::into_response);
    let kind = response.extensions().get::<Trace>().and_then(|trace| trace.kind);
    response.extensions_mut().insert(Trace { route: Some(file.path), kind });
    Some(response)
}

fn find(app: &App, parts: &Parts, file: &File) -> Result<Response, Problem> {
    app.guard().admit(parts, true, false)?;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let detail = format!("expected GET or HEAD, found {}", parts.method);
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, Kind::Unsupported, "method", detail);
        return Err(problem.with(header::ALLOW, "GET, HEAD"));
    }
    if file.path == OFFER {
        // A page has no token, so where one is needed it has no carts on the server either.
        let offer = if app.http().operator_token.is_none() { r#"{"server":"/"}"# } else { r#"{"server":null}"# };
        return Ok(sent(file, Body::from(offer)));
    }
    let has = match read::tags(&parts.headers, header::IF_NONE_MATCH)? {
        Some(Tags::Any) => true,
        Some(Tags::List(list)) => list.iter().any(|(tag, _)| *tag == file.tag.trim_matches('"')),
        None => false,
    };
    let mut response = sent(file, Body::from(file.bytes));
    if has {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    // It may be kept, and is asked about each time: a new version shows at once.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(header::ETAG, HeaderValue::from_static(file.tag));
    Ok(response)
}

fn sent(file: &File, body: Body) -> Response {
    let mut response = body.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, file.sort),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
