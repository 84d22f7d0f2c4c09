//! What can go wrong, sorted by what the caller can do about it.
//!
//! A leaf of the house says what it expected and what it found; while the error travels up, each
//! floor puts its own step in front of the path, so that the caller reads
//! `commands[2].item.price` without any floor knowing the whole. The same kinds, under the same
//! names, are used by every binding and every shell.

use crate::text::Piece;
use core::fmt;

/// The result of everything in this crate that can fail.
pub type Result<T> = core::result::Result<T, Error>;

/// What the caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The request is wrong as it stands: correct it, then send it again.
    Invalid,
    /// What the request names is not there: reload the cart.
    NotFound,
    /// The cart is not as the request assumed: reload, decide again.
    Conflict,
    /// A limit of this installation is passed: send less, or ask the operator.
    LimitExceeded,
    /// The request speaks of another currency or rounding than the cart's.
    CurrencyMismatch,
    /// The item's purchase rules refuse this quantity; the reason says which.
    NotPurchasable,
    /// The cart's lock was held by others for too long: try again later.
    LockTimeout,
    /// Storage or time ran out: try again later, with the same idempotency key.
    Unavailable,
    /// This build, driver or condition cannot do that: use another.
    Unsupported,
    /// Stored data cannot be read. It was left as it is: an operator must look.
    Corrupt,
    /// The caller may not do that.
    Unauthorized,
}

impl Kind {
    /// Every kind, in the order of the specification.
    pub const ALL: [Kind; 11] = [
        Kind::Invalid,
        Kind::NotFound,
        Kind::Conflict,
        Kind::LimitExceeded,
        Kind::CurrencyMismatch,
        Kind::NotPurchasable,
        Kind::LockTimeout,
        Kind::Unavailable,
        Kind::Unsupported,
        Kind::Corrupt,
        Kind::Unauthorized,
    ];

    /// The kind's name on every wire: `not_found`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::NotFound => "not_found",
            Kind::Conflict => "conflict",
            Kind::LimitExceeded => "limit_exceeded",
            Kind::CurrencyMismatch => "currency_mismatch",
            Kind::NotPurchasable => "not_purchasable",
            Kind::LockTimeout => "lock_timeout",
            Kind::Unavailable => "unavailable",
            Kind::Unsupported => "unsupported",
            Kind::Corrupt => "corrupt",
            Kind::Unauthorized => "unauthorized",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error: its kind, what was expected and found, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: Kind,
    message: String,
    path: String,
    reason: Option<&'static str>,
    conflict: Option<ConflictReport>,
    retry_after_ms: Option<u64>,
    malformed: bool,
    needs: Option<Needs>,
}

/// What a call needs to be answered that the host has not handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names of time zones whose offset is asked for.
    pub zones: Vec<Box<str>>,
    /// Keys of the catalogue whose definition is asked for.
    pub definitions: Vec<Box<str>>,
}

/// How the cart differs from what a request was based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictReport {
    /// The version the request was based on; 0 when it was based on an absent cart.
    pub attempted_version: u64,
    /// The cart's version now; 0 when it was never there.
    pub current_version: u64,
    /// True when the cart was destroyed or created anew since.
    pub incarnation_changed: bool,
    /// The parts that changed since, as far as the cart's journal reaches:
    /// `items.tee-m`, `conditions.VAT`, `metadata.note`.
    pub changed: Vec<String>,
    /// When the cart last changed, in milliseconds since 1970.
    pub last_changed_ms: Option<i64>,
    /// True when sending the same commands again, based on the current version, keeps their
    /// meaning: the incarnation is the same, and no command is absolute or takes things away.
    pub safe_to_retry: bool,
}

impl ConflictReport {
    /// `current - attempted`.
    pub fn version_difference(&self) -> i64 {
        self.current_version as i64 - self.attempted_version as i64
    }

    /// True when exactly one change came between.
    pub fn is_minor(&self) -> bool {
        self.version_difference() == 1
    }

    /// What the caller may do next, best first.
    pub fn suggestions(&self) -> [&'static str; 2] {
        if self.is_minor() && !self.incarnation_changed {
            ["retry_with_refresh", "merge_changes"]
        } else {
            ["reload_cart", "manual_resolution_required"]
        }
    }
}

impl Error {
    /// An error of `kind`; `message` says what was expected and what was found.
    #[cold]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            path: String::new(),
            reason: None,
            conflict: None,
            retry_after_ms: None,
            malformed: false,
            needs: None,
        }))
    }

    /// An error whose message is a template with its pieces: what `invalid!` and `refusal!` make.
    #[cold]
    #[inline(never)]
    pub(crate) fn saying(kind: Kind, template: &str, pieces: &[Piece<'_>]) -> Self {
        Error::new(kind, crate::text::filled(template, pieces))
    }

    /// A request that is well-formed but not allowed.
    #[cold]
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Kind::Invalid, message)
    }

    /// A request that cannot even be read: broken JSON, contradicting headers.
    #[cold]
    pub fn malformed(message: impl Into<String>) -> Self {
        let mut error = Error::new(Kind::Invalid, message);
        error.0.malformed = true;
        error
    }

    /// A refusal because the cart is not as the request assumed.
    #[cold]
    pub fn conflict(message: impl Into<String>, report: ConflictReport) -> Self {
        let mut error = Error::new(Kind::Conflict, message);
        error.0.conflict = Some(report);
        error
    }

    /// A call that can be answered once the host has handed in what it needs. Nothing was changed.
    #[cold]
    pub fn needing(needs: Needs) -> Self {
        let mut named = String::new();
        for name in needs.zones.iter().chain(&needs.definitions) {
            let comma = if named.is_empty() { "" } else { ", " };
            append!(&mut named, "{}{:?}", comma, name);
        }
        let message = text!("expected the host to hand in {}, found them missing", named);
        let mut error = Error::new(Kind::Unavailable, message).because("needs");
        error.0.needs = Some(needs);
        error
    }

    /// Names the rule or cause in one word that programs can compare.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// Says when trying again may help.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.0.retry_after_ms = Some(ms);
        self
    }

    /// Puts a field's name in front of the path.
    #[must_use]
    pub fn under(mut self, field: &str) -> Self {
        let rest = core::mem::take(&mut self.0.path);
        let path = &mut self.0.path;
        if field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') && !field.is_empty() {
            path.push_str(field);
            if !rest.is_empty() && !rest.starts_with('[') {
                path.push('.');
            }
        } else {
            path.push('[');
            crate::json::write_text(path, field);
            path.push(']');
            if !rest.is_empty() && !rest.starts_with('[') {
                path.push('.');
            }
        }
        path.push_str(&rest);
        self
    }

    /// Puts a place in a list in front of the path.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        let rest = core::mem::take(&mut self.0.path);
        let path = &mut self.0.path;
        path.push('[');
        crate::json::write_integer(path, index as i64);
        path.push(']');
        if !rest.is_empty() && !rest.starts_with('[') {
            path.push('.');
        }
        path.push_str(&rest);
        self
    }

    /// Takes the index in front of the path away.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        let path = &self.0.path;
        if let Some(rest) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            self.0.path = rest.1.strip_prefix('.').unwrap_or(rest.1).into();
        }
        self
    }

    /// Takes `step` away where it is the path's first step, an index in front of it aside.
    #[must_use]
    pub fn without(mut self, step: &str) -> Self {
        let path = &self.0.path;
        let at = if path.starts_with('[') { path.find(']').map_or(0, |end| end + 1) } else { 0 };
        let (index, rest) = path.split_at(at);
        let dot = usize::from(rest.starts_with('.'));
        if let Some(after) =
            rest[dot..].strip_prefix(step).filter(|after| after.is_empty() || after.starts_with(['.', '[']))
        {
            let joined = match after.strip_prefix('.') {
                Some(after) if index.is_empty() => after.to_owned(),
                _ => [index, after].concat(),
            };
            self.0.path = joined;
        }
        self
    }

    /// Where, and what was expected and found, in one text.
    pub(crate) fn to_text(&self) -> String {
        let colon = if self.0.path.is_empty() { "" } else { ": " };
        [&*self.0.path, colon, &*self.0.message].concat()
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What was expected and what was found.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the request, as `commands[2].item.price`; empty when nowhere in particular.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The cause in one word, where there is one: `insufficient_stock`.
    pub fn reason(&self) -> Option<&'static str> {
        self.0.reason
    }

    /// The conflict report, when the kind is [`Kind::Conflict`] and the cart is known.
    pub fn report(&self) -> Option<&ConflictReport> {
        self.0.conflict.as_ref()
    }

    /// What the host has to hand in before the call can be answered.
    pub fn needs(&self) -> Option<&Needs> {
        self.0.needs.as_ref()
    }

    /// When trying again may help, in milliseconds from now.
    pub fn retry_after(&self) -> Option<u64> {
        self.0.retry_after_ms
    }

    /// True when the request could not be read at all, as opposed to read and refused.
    pub fn is_malformed(&self) -> bool {
        self.0.malformed
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.as_str())?;
        f.write_str(": ")?;
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_grows_from_the_leaf_to_the_root() {
        let error = Error::invalid("expected an integer").under("price").under("item").at(2).under("commands");
        assert_eq!(error.path(), "commands[2].item.price");
        let odd = Error::invalid("x").under("a b").under("metadata");
        assert_eq!(odd.path(), r#"metadata["a b"]"#);
    }

    #[test]
    fn steps_that_the_caller_did_not_write_are_taken_away() {
        let error = || Error::invalid("x").under("price").under("item").at(2);
        assert_eq!(error().without("item").path(), "[2].price");
        assert_eq!(error().without_index().without("item").path(), "price");
        assert_eq!(error().without("price").path(), "[2].item.price");
        assert_eq!(Error::invalid("x").under("item").at(0).without("item").path(), "[0]");
        assert_eq!(Error::invalid("x").under("items").without("item").path(), "items");
    }
}
