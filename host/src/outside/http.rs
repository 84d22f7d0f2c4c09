//! A provider of conditions behind a URL.
//!
//! It is sent `POST` with `{"owner"?, "identifier", "instance", "at", "cart"?}`, and answers 200 with a
//! JSON list of conditions, or 204 for none. Plain HTTP only: a provider is a neighbour in the same
//! network; one that is further away belongs behind a proxy that speaks TLS.

use super::{Provider, Question};
use async_trait::async_trait;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use pushcart::error::{Error, Result};
use pushcart::json::Fields;
use std::fmt::Display;
use std::time::Duration;

/// A larger answer counts as a failure.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Connections are kept for the next question for so long.
const IDLE: Duration = Duration::from_secs(30);
/// A name is a word in the breakdown.
const NAME_BYTES_MAX: usize = 64;

/// A provider behind a URL.
#[derive(Debug)]
pub struct HttpProvider {
    name: String,
    url: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl HttpProvider {
    /// A provider of this name at an `http://` URL.
    pub fn new(name: &str, url: &str) -> Result<Self> {
        let url = check(name, url)?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Ok(HttpProvider { name: name.to_owned(), url, client })
    }

    async fn ask(&self, question: &Question) -> core::result::Result<String, String> {
        let said = |what: &str, error: &dyn Display| format!("expected {what} of {}, found: {error}", self.url);
        let mut request = Request::new(Full::new(Bytes::from(body(question))));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json.clone());
        request.headers_mut().insert(ACCEPT, json);
        let answer = self.client.request(request).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            said("an answer", &cause)
        })?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NO_CONTENT => return Ok("[]".to_owned()),
            other => return Err(said("200 or 204", &other)),
        }
        let bytes = match Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(said(&format!("an answer of at most {ANSWER_BYTES_MAX} bytes"), &"more"));
            }
            Err(error) => return Err(said("the whole answer", &error)),
        };
        String::from_utf8(bytes.into()).map_err(|error| said("UTF-8", &error))
    }
}

#[async_trait]
impl Provider for HttpProvider {
    fn name(&self) -> &str {
        &self.name
    }

    async fn conditions(&self, question: &Question) -> core::result::Result<String, String> {
        self.ask(question).await
    }
}

fn body(question: &Question) -> String {
    let (address, mut out) = (&question.address, String::new());
    let mut fields = Fields::new(&mut out);
    fields
        .maybe_text("owner", Some(address.owner()).filter(|owner| !owner.is_empty()))
        .text("identifier", address.identifier())
        .text("instance", address.instance())
        .time("at", question.at);
    if let Some(cart) = &question.cart {
        fields.raw("cart", cart);
    }
    fields.end();
    out
}

/// Judges a name and a URL.
fn check(name: &str, url: &str) -> Result<Uri> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) {
        return Err(Error::invalid(format!(
            "expected a provider's name of 1 to {NAME_BYTES_MAX} letters, digits, '-', '_' and '.', found {name:?}"
        )));
    }
    let expected = |found: &str| {
        Err(Error::invalid(format!(
            "expected a URL such as http://127.0.0.1:9000/conditions for {name}, found {found}"
        )))
    };
    let Ok(uri) = url.parse::<Uri>() else { return expected("something else") };
    match (uri.scheme_str(), uri.authority()) {
        (Some("https"), _) => expected("https, which this version does not speak to providers"),
        // A password has no place where settings are printed.
        (_, Some(authority)) if authority.as_str().contains('@') => expected("a user in it"),
        (Some("http"), Some(authority)) if !authority.host().is_empty() => Ok(uri),
        _ => expected("one without http:// and a host"),
    }
}

/// Reads providers as the settings have them: `NAME=URL`, with commas between.
pub(crate) fn parse_list(text: &str) -> Result<Vec<(String, String)>> {
    let mut providers: Vec<(String, String)> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, url)) = part.split_once('=') else {
            return Err(Error::invalid("expected NAME=URL with commas between, found a part without ="));
        };
        let (name, url) = (name.trim(), url.trim());
        check(name, url)?;
        if providers.iter().any(|(other, _)| other == name) {
            return Err(Error::invalid(format!("expected each provider once, found {name} twice")));
        }
        providers.push((name.to_owned(), url.to_owned()));
    }
    Ok(providers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_mistakes_named() {
        assert_eq!(parse_list("").unwrap(), []);
        let pair = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            parse_list(" vouchers = http://127.0.0.1:9000/v?a=b , quotes=http://ship.local/ ,").unwrap(),
            [pair("vouchers", "http://127.0.0.1:9000/v?a=b"), pair("quotes", "http://ship.local/")]
        );
        for (text, says) in [
            ("vouchers", "NAME=URL"),
            ("a b=http://h/", "name of 1 to 64"),
            ("v=https://h/", "https"),
            ("v=h/", "http://"),
            ("v=/path", "http://"),
            ("v=http://", "http"),
            ("v=ftp://h/", "http://"),
            ("v=http://u:hunter2@h/", "a user in it"),
            ("v=http://h/,v=http://g/", "twice"),
        ] {
            let error = parse_list(text).unwrap_err();
            assert!(error.message().contains(says) && !error.message().contains("hunter2"), "{text}: {error}");
        }
    }
}
