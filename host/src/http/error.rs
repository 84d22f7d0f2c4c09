//! Problem documents (RFC 9457): the only place that turns an error into a status.
//!
//! The core's errors are sorted by what the caller can do about them, HTTP's statuses partly by who
//! is to blame. The table between the two is [`Problem::status_of`], and nothing else in the program
//! chooses a status for an error of the core. What HTTP itself refuses (a body that is too large, a
//! path that is not there) is made here too, so that every refusal has the same form.

use super::exchange::Trace;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pushcart::error::{ConflictReport, Error, Kind};
use pushcart::json::{Fields, write_list, write_text};
use pushcart::time::Timestamp;
use std::ops::{Deref, DerefMut};

/// The kind of what nobody foresaw. Its details are in the log, under the id in the answer.
pub const UNEXPECTED: &str = "unexpected";

/// Why a cart's change was refused when it named no version though it has to.
pub const PRECONDITION_REQUIRED: &str = "precondition_required";

/// How long a caller should wait when nothing better is known.
const RETRY_AFTER_MS: u64 = 1000;

/// A refusal on its way out. It is rare and large, so it travels as a pointer.
#[derive(Debug)]
pub struct Problem(Box<Details>);

impl Deref for Problem {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

/// What a refusal says.
#[derive(Debug)]
pub struct Details {
    /// The status of the answer.
    pub status: StatusCode,
    /// The error's kind.
    pub kind: &'static str,
    /// What was expected and what was found.
    pub detail: String,
    /// Where in the request.
    pub path: String,
    /// The cause in one word.
    pub reason: Option<&'static str>,
    /// The conflict report.
    pub conflict: Option<ConflictReport>,
    /// When trying again may help.
    pub retry_after_ms: Option<u64>,
    /// Under which id the log has the details.
    pub id: Option<String>,
    /// A header that belongs to the status.
    pub header: Option<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A refusal by HTTP itself.
    pub fn new(status: StatusCode, kind: Kind, reason: &'static str, detail: impl Into<String>) -> Self {
        Problem(Box::new(Details {
            status,
            kind: kind.as_str(),
            detail: detail.into(),
            path: String::new(),
            reason: Some(reason),
            conflict: None,
            retry_after_ms: None,
            id: None,
            header: None,
        }))
    }

    /// A request that cannot be read.
    pub fn malformed(reason: &'static str, detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, Kind::Invalid, reason, detail)
    }

    /// What nobody foresaw.
    pub fn unexpected(id: &str) -> Self {
        let detail = "something that nobody foresaw went wrong; the operator finds it in the log under this id";
        let mut problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Kind::Corrupt, UNEXPECTED, detail);
        problem.kind = UNEXPECTED;
        problem.reason = None;
        problem.id = Some(id.to_owned());
        problem
    }

    /// The same with a header that belongs to its status.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.header = HeaderValue::from_str(value).ok().map(|value| (name, value));
        self
    }

    /// An error of the core. `conditional` says that the request carried `If-Match` or
    /// `If-None-Match`.
    pub fn of(error: &Error, conditional: bool) -> Self {
        let status = Problem::status_of(error, conditional);
        let waits =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::LOCKED | StatusCode::TOO_MANY_REQUESTS);
        Problem(Box::new(Details {
            status,
            kind: error.kind().as_str(),
            detail: error.message().to_owned(),
            path: error.path().to_owned(),
            reason: error.reason(),
            conflict: error.report().cloned(),
            retry_after_ms: error.retry_after().or(waits.then_some(RETRY_AFTER_MS)),
            id: None,
            header: None,
        }))
    }

    /// The status of an error of the core.
    pub fn status_of(error: &Error, conditional: bool) -> StatusCode {
        if error.reason() == Some(PRECONDITION_REQUIRED) {
            return StatusCode::PRECONDITION_REQUIRED;
        }
        if error.is_malformed() {
            return StatusCode::BAD_REQUEST;
        }
        match error.kind() {
            Kind::Unauthorized => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            // That a cart was checked out is no failed precondition: the header was right.
            Kind::Conflict if conditional && error.reason() != Some("converted") => StatusCode::PRECONDITION_FAILED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::LimitExceeded if error.retry_after().is_some() => StatusCode::TOO_MANY_REQUESTS,
            Kind::Invalid | Kind::LimitExceeded | Kind::CurrencyMismatch | Kind::NotPurchasable | Kind::Unsupported => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Kind::LockTimeout => StatusCode::LOCKED,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The document.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(256);
        let mut fields = Fields::new(&mut out);
        fields
            .text("type", &format!("/problems/{}", self.kind))
            .text("title", title(self.kind))
            .integer("status", self.status.as_u16().into())
            .text("kind", self.kind)
            .text("detail", &self.detail)
            .maybe_text("path", Some(self.path.as_str()).filter(|path| !path.is_empty()))
            .maybe_text("reason", self.reason)
            .maybe_text("id", self.id.as_deref());
        if let Some(ms) = self.retry_after_ms {
            fields.integer("retryAfterMs", i64::try_from(ms).unwrap_or(i64::MAX));
        }
        if let Some(report) = &self.conflict {
            fields.with("conflict", |out| write_report(out, report));
        }
        fields.end();
        out
    }
}

fn write_report(out: &mut String, report: &ConflictReport) {
    let mut fields = Fields::new(out);
    fields
        .integer("attemptedVersion", report.attempted_version as i64)
        .integer("currentVersion", report.current_version as i64)
        .integer("versionDifference", report.version_difference())
        .boolean("minor", report.is_minor())
        .boolean("incarnationChanged", report.incarnation_changed)
        .with("changed", |out| write_list(out, &report.changed, |out, part| write_text(out, part)));
    if let Some(ms) = report.last_changed_ms {
        fields.time("lastChangedAt", Timestamp::from_ms(ms));
    }
    fields
        .boolean("safeToRetry", report.safe_to_retry)
        .with("suggestions", |out| write_list(out, report.suggestions(), write_text))
        .end();
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, ms.div_ceil(1000).max(1).into());
        }
        if let Some((name, value)) = self.header.clone() {
            headers.insert(name, value);
        }
        response.extensions_mut().insert(Trace { route: None, kind: Some(self.kind) });
        response
    }
}

/// What a kind means, in a line.
pub fn title(kind: &str) -> &'static str {
    about(kind).map_or("Something unexpected went wrong", |(title, _)| title)
}

/// What a kind means, and what the caller can do.
pub fn about(kind: &str) -> Option<(&'static str, &'static str)> {
    let Some(kind) = Kind::ALL.into_iter().find(|known| known.as_str() == kind) else {
        return (kind == UNEXPECTED).then_some((
            "Something unexpected went wrong",
            "Give the id to the operator. A change may have happened; send it again with the same idempotency key.",
        ));
    };
    Some(match kind {
        Kind::Invalid => ("The request is wrong as it stands", "Correct what the path names, then send it again."),
        Kind::NotFound => ("What the request names is not there", "Reload the cart."),
        Kind::Conflict => (
            "The cart is not as the request assumed",
            "Reload the cart and decide again; the conflict report says what changed.",
        ),
        Kind::LimitExceeded => (
            "A limit of this installation is passed",
            "Send less, wait if the answer says how long, or ask the operator.",
        ),
        Kind::CurrencyMismatch => {
            ("The cart has another currency or rounding", "Use the cart's, or begin another cart.")
        }
        Kind::NotPurchasable => {
            ("The item's purchase rules refuse this quantity", "The reason says which rule; change the quantity.")
        }
        Kind::LockTimeout => ("The cart was held by others for too long", "Try again later."),
        Kind::Unavailable => {
            ("Storage or time ran out", "Try again later, with the same idempotency key: the change may have happened.")
        }
        Kind::Unsupported => ("This installation cannot do that", "The detail says what it can do."),
        Kind::Corrupt => ("Stored data cannot be read", "It was left as it is. An operator must look."),
        Kind::Unauthorized => ("The caller may not do that", "Send a token that may."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ConflictReport {
        ConflictReport {
            attempted_version: 5,
            current_version: 10,
            incarnation_changed: false,
            changed: vec!["items.tee-m".into()],
            last_changed_ms: Some(0),
            safe_to_retry: false,
        }
    }

    #[test]
    fn every_kind_has_its_status() {
        let status = |error: Error| Problem::of(&error, false).status.as_u16();
        let expected = [422, 404, 409, 422, 422, 422, 423, 503, 422, 500, 403];
        for (kind, expected) in Kind::ALL.into_iter().zip(expected) {
            assert_eq!(status(Error::new(kind, "x")), expected, "{kind}");
            assert!(about(kind.as_str()).is_some());
        }
        assert_eq!(status(Error::malformed("x")), 400);
        assert_eq!(status(Error::invalid("x").because("precondition_required")), 428);
        assert_eq!(status(Error::new(Kind::LimitExceeded, "x").retry_after_ms(1)), 429);
        assert_eq!(Problem::of(&Error::conflict("x", report()), true).status.as_u16(), 412);
        assert_eq!(Problem::of(&Error::new(Kind::Conflict, "x").because("converted"), true).status.as_u16(), 409);
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        let after = |error: Error| {
            Problem::of(&error, false)
                .into_response()
                .headers()
                .get("retry-after")
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(after(Error::new(Kind::Unavailable, "x")).as_deref(), Some("1"));
        assert_eq!(after(Error::new(Kind::Unavailable, "x").retry_after_ms(1001)).as_deref(), Some("2"));
        assert_eq!(after(Error::new(Kind::LimitExceeded, "x").retry_after_ms(0)).as_deref(), Some("1"));
        assert_eq!(after(Error::invalid("x")), None);
    }

    #[test]
    fn a_conflict_is_told_whole() {
        let problem = Problem::of(&Error::conflict("expected version 5, found 10", report()).under("x"), false);
        assert_eq!(
            problem.to_json(),
            r#"{"type":"/problems/conflict","title":"The cart is not as the request assumed","status":409,"kind":"conflict","detail":"expected version 5, found 10","path":"x","conflict":{"attemptedVersion":5,"currentVersion":10,"versionDifference":5,"minor":false,"incarnationChanged":false,"changed":["items.tee-m"],"lastChangedAt":"1970-01-01T00:00:00.000Z","safeToRetry":false,"suggestions":["reload_cart","manual_resolution_required"]}}"#
        );
    }
}
