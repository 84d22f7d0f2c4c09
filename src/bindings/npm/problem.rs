//! Refusals: they are thrown as the JSON of a problem, of which the package makes its `CartError`.

use crate::error::{ConflictReport, Error};
use crate::json::{Fields, write_list, write_text};
use crate::time::Timestamp;
use wasm_bindgen::JsValue;

/// The result of every export that can be refused.
pub(super) type Answered<T> = Result<T, JsValue>;

/// What is thrown.
#[cold]
#[inline(never)]
pub(super) fn thrown(error: Error) -> JsValue {
    let mut out = String::new();
    let mut fields = Fields::new(&mut out);
    fields.text("kind", error.kind().as_str()).text("message", error.message()).text("path", error.path());
    fields.maybe_text("reason", error.reason());
    if error.is_malformed() {
        fields.boolean("malformed", true);
    }
    fields.maybe_integer("retryAfterMs", error.retry_after().map(|ms| ms as i64));
    if let Some(report) = error.report() {
        fields.with("conflict", |out| conflict(out, report));
    }
    if let Some(needs) = error.needs() {
        fields.with("needs", |out| {
            let mut fields = Fields::new(out);
            fields.with("zones", |out| write_list(out, &needs.zones, |out, zone| write_text(out, zone)));
            fields.with("definitions", |out| write_list(out, &needs.definitions, |out, key| write_text(out, key)));
            fields.end();
        });
    }
    fields.end();
    JsValue::from_str(&out)
}

fn conflict(out: &mut String, report: &ConflictReport) {
    let mut fields = Fields::new(out);
    fields.integer("attemptedVersion", report.attempted_version as i64);
    fields.integer("currentVersion", report.current_version as i64);
    fields.integer("versionDifference", report.version_difference());
    fields.boolean("minor", report.is_minor()).boolean("incarnationChanged", report.incarnation_changed);
    fields.with("changed", |out| write_list(out, &report.changed, |out, part| write_text(out, part)));
    if let Some(ms) = report.last_changed_ms {
        fields.time("lastChangedAt", Timestamp::from_ms(ms));
    }
    fields.boolean("safeToRetry", report.safe_to_retry);
    fields.with("suggestions", |out| write_list(out, report.suggestions(), write_text)).end();
}
