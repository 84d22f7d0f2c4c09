//! The last changes of a cart, kept inside its record: what makes a retry harmless.
//!
//! Each committed change leaves an entry, written in the same atomic step as the change itself.
//! An entry under a caller's idempotency key holds the key's hash, a fingerprint of what was asked
//! and the results, so that a retry gets the first answer. A change without a key leaves an entry
//! under an internal key, so that the service can tell, after a lost reply, whether its commit
//! happened. Every entry names the parts it changed, which is what a conflict report tells.
//!
//! The form is lines of text, oldest first, each a JSON list: adding one copies bytes and parses
//! nothing, which keeps the price of a journal close to that of its bytes.
//!
//! Kept are, of entries with a caller's key, the last [`KEYS_KEPT`] and all younger than
//! [`KEY_AGE_MS`], at most [`KEYS_MAX`]; of the others the last [`INTERNAL_KEPT`].

use crate::error::{Error, Kind, Result};
use crate::id::{Incarnation, Revision, write_hex};
use crate::json::{Reader, write_integer, write_list, write_text};
use crate::text::integer;
use crate::time::Timestamp;

/// How many of the last keys are kept however old they are.
pub const KEYS_KEPT: usize = 32;
/// How long every key is kept: ten minutes.
pub const KEY_AGE_MS: i64 = 600_000;
/// How many keys are kept at most.
pub const KEYS_MAX: usize = 1024;
/// How many entries without a caller's key are kept. More writers than this may not come between a
/// commit and the look back after its lost reply, or the look back cannot tell.
pub const INTERNAL_KEPT: usize = 8;

/// The form's number, first in the text, so that a later form can be told.
const FORM: &str = "1\n";

/// 128 bits that stand for a text: FNV-1a.
///
/// Not cryptographic, and need not be: whoever could find two keys that collide could as well send
/// the same key twice, and hurts no cart but the own one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash128(u128);

impl Hash128 {
    /// The hash of a text.
    pub fn of(text: &str) -> Self {
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        for byte in text.bytes() {
            hash ^= u128::from(byte);
            hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        Hash128(hash)
    }

    fn write(self, out: &mut String) {
        write_hex(out, (self.0 >> 64) as u64);
        write_hex(out, self.0 as u64);
    }
}

/// Under which key a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The caller's: its hash, and the fingerprint of what was asked.
    Caller {
        /// The hash of the key.
        hash: Hash128,
        /// The hash of the commands and of what they were based on.
        fingerprint: Hash128,
    },
    /// The service's own: random.
    Internal(u64),
}

/// A change that was made before under the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The state it made.
    pub revision: Revision,
    /// Its results, as JSON.
    pub results: String,
}

/// The journal of a record or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal(String);

impl Default for Journal {
    fn default() -> Self {
        Journal(FORM.into())
    }
}

impl Journal {
    /// How the text of a journal begins.
    pub const BEGIN: &str = FORM;

    /// The entries in the text of a journal, each a JSON list.
    pub fn entries(text: &str) -> impl Iterator<Item = &str> {
        text.strip_prefix(FORM).unwrap_or_default().split_terminator('\n')
    }

    /// The journal in this stored text.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Journal::default());
        }
        if !text.starts_with(FORM) {
            return Err(Error::new(
                Kind::Corrupt,
                "expected a journal of form 1, found another: it was written by a newer version, or damaged",
            ));
        }
        Ok(Journal(text.into()))
    }

    /// The text to store.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The text to store.
    pub fn into_text(self) -> String {
        self.0
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.0[FORM.len()..].split_terminator('\n')
    }

    /// The change that was made under this key, if any.
    ///
    /// Refused with `invalid`: a caller's key that came with another request before.
    pub fn find(&self, key: Key) -> Result<Option<Replay>> {
        let mut start = String::with_capacity(40);
        start_of(&mut start, key);
        let Some(line) = self.lines().filter(|line| line.starts_with(&start)).last() else { return Ok(None) };
        let entry = Entry::read(line)?;
        if let Key::Caller { fingerprint, .. } = key {
            let mut wanted = String::with_capacity(32);
            fingerprint.write(&mut wanted);
            if entry.fingerprint != wanted {
                return Err(Error::invalid(
                    "expected a new idempotency key for a new request, found one that came with another request before",
                )
                .because("key_reused"));
            }
        }
        Ok(Some(Replay { revision: entry.revision, results: entry.results }))
    }

    /// Adds the entry of a change, and drops what need not be kept.
    ///
    /// Refused with `limit_exceeded`: a caller's key that would push out one that is younger than
    /// [`KEY_AGE_MS`]; the error says when there is room again.
    pub fn push(
        &mut self,
        key: Key,
        revision: Revision,
        now: Timestamp,
        changed: &[String],
        results: &str,
    ) -> Result<()> {
        let is_caller = matches!(key, Key::Caller { .. });
        let (mut callers_left, mut internal_left) = (usize::from(is_caller), usize::from(!is_caller));
        let mut lines = Vec::with_capacity(KEYS_KEPT);
        for line in self.lines() {
            *(if is_callers(line) { &mut callers_left } else { &mut internal_left }) += 1;
            lines.push(line);
        }
        let mut kept = String::with_capacity(self.0.len() + results.len() + 160);
        kept.push_str(FORM);
        for line in lines {
            let keep = if is_callers(line) {
                let age = now.as_ms().saturating_sub(at_of(line)?);
                if callers_left > KEYS_MAX && age < KEY_AGE_MS {
                    return Err(refusal!(
                        Kind::LimitExceeded,
                        "expected at most {} idempotency keys for one cart in ten minutes, found one more",
                        KEYS_MAX
                    )
                    .because("idempotency_keys")
                    .retry_after_ms((KEY_AGE_MS - age).max(1) as u64));
                }
                let keep = (callers_left <= KEYS_KEPT || age < KEY_AGE_MS) && callers_left <= KEYS_MAX;
                callers_left -= usize::from(!keep);
                keep
            } else {
                let keep = internal_left <= INTERNAL_KEPT;
                internal_left -= usize::from(!keep);
                keep
            };
            if keep {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        start_of(&mut kept, key);
        if let Key::Caller { fingerprint, .. } = key {
            fingerprint.write(&mut kept);
        }
        kept.push_str("\",");
        write_integer(&mut kept, now.as_ms());
        kept.push_str(",\"");
        revision.write(&mut kept);
        kept.push_str("\",");
        write_list(&mut kept, changed, |out, part| write_text(out, part));
        kept.push(',');
        kept.push_str(if is_caller { results } else { "[]" });
        kept.push_str("]\n");
        self.0 = kept;
        Ok(())
    }

    /// What a successor of this cart must still know: the callers' keys.
    #[must_use]
    pub fn inherited(&self) -> Journal {
        let mut kept = String::from(FORM);
        for line in self.lines().filter(|line| is_callers(line)) {
            kept.push_str(line);
            kept.push('\n');
        }
        Journal(kept)
    }

    /// The parts that changed after `base`, in order of their first change; `None` when the journal
    /// does not reach back so far.
    pub fn changed_since(&self, base: Revision, current: u64) -> Option<Vec<String>> {
        let mut parts: Vec<String> = Vec::new();
        let mut covered = 0;
        for line in self.lines() {
            let entry = Entry::read(line).ok()?;
            if entry.revision.incarnation == base.incarnation && entry.revision.version > base.version {
                covered += 1;
                for part in entry.changed {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
            }
        }
        (covered == current.saturating_sub(base.version)).then_some(parts)
    }

    /// Whether a commit on top of `base` that is not in the journal certainly did not happen.
    pub fn reaches_back_to(&self, base: Option<Revision>, current: Option<Revision>) -> bool {
        match (base, current) {
            (Some(base), Some(current)) if base.incarnation == current.incarnation => {
                current.version - base.version <= INTERNAL_KEPT as u64
            }
            (None, Some(current)) => current.version <= INTERNAL_KEPT as u64,
            (None, None) => true,
            _ => false,
        }
    }
}

/// `["k","HASH","` or `["i","TOKEN","`: the part of a line that a key decides.
fn start_of(out: &mut String, key: Key) {
    match key {
        Key::Caller { hash, .. } => {
            out.push_str("[\"k\",\"");
            hash.write(out);
        }
        Key::Internal(token) => {
            out.push_str("[\"i\",\"");
            write_hex(out, token);
        }
    }
    out.push_str("\",\"");
}

fn is_callers(line: &str) -> bool {
    line.starts_with("[\"k\"")
}

/// The time of a line, without reading the rest of it.
fn at_of(line: &str) -> Result<i64> {
    line.split(',').nth(3).and_then(integer).ok_or_else(damaged)
}

#[cold]
fn damaged() -> Error {
    Error::new(Kind::Corrupt, "expected a readable journal in storage, found a damaged line; it was left as it is")
}

struct Entry {
    fingerprint: String,
    revision: Revision,
    changed: Vec<String>,
    results: String,
}

impl Entry {
    fn read(line: &str) -> Result<Entry> {
        let mut entry = Entry {
            fingerprint: String::new(),
            revision: Revision { incarnation: Incarnation::from_bits(0), version: 0 },
            changed: Vec::new(),
            results: String::new(),
        };
        Reader::whole(line, |r| {
            r.list(|index, r| {
                match index {
                    0 | 1 => drop(r.text()?),
                    2 => entry.fingerprint = r.text()?.into_owned(),
                    3 => drop(r.integer()?),
                    4 => entry.revision = Revision::parse(&r.text()?)?,
                    5 => r.list(|_, r| {
                        entry.changed.push(r.text()?.into_owned());
                        Ok(())
                    })?,
                    _ => entry.results = r.raw()?.as_str().into(),
                }
                Ok(())
            })
        })
        .map_err(|_| damaged())?;
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(version: u64) -> Revision {
        Revision { incarnation: Incarnation::from_bits(7), version }
    }

    fn key(name: &str, asked: &str) -> Key {
        Key::Caller { hash: Hash128::of(name), fingerprint: Hash128::of(asked) }
    }

    #[test]
    fn a_key_finds_its_first_results_and_refuses_another_request() {
        let mut journal = Journal::default();
        let now = Timestamp::from_ms(1000);
        journal.push(key("a", "x"), revision(1), now, &["items.q\"".into()], r#"[{"do":"add"}]"#).unwrap();
        journal.push(Key::Internal(5), revision(2), now, &["cart".into()], "[1]").unwrap();
        let journal = Journal::parse(&journal.into_text()).unwrap();
        let replay = journal.find(key("a", "x")).unwrap().unwrap();
        assert_eq!((replay.revision, replay.results.as_str()), (revision(1), r#"[{"do":"add"}]"#));
        assert_eq!(journal.find(key("a", "y")).unwrap_err().reason(), Some("key_reused"));
        assert_eq!(journal.find(key("b", "x")).unwrap(), None);
        assert!(journal.find(Key::Internal(5)).unwrap().is_some());
        assert_eq!(journal.changed_since(revision(0), 2).unwrap(), ["items.q\"", "cart"]);
        assert_eq!(journal.changed_since(revision(1), 2).unwrap(), ["cart"]);
        assert_eq!(journal.changed_since(revision(0), 3), None);
    }

    #[test]
    fn keys_are_kept_by_number_and_by_age() {
        let mut journal = Journal::default();
        let at = |ms| Timestamp::from_ms(ms);
        for n in 0..100 {
            journal.push(key(&n.to_string(), ""), revision(n), at(n as i64), &[], "[]").unwrap();
            journal.push(Key::Internal(n), revision(n), at(n as i64), &[], "[]").unwrap();
        }
        assert_eq!(journal.lines().filter(|line| is_callers(line)).count(), 100, "all are young");
        assert_eq!(journal.lines().filter(|line| !is_callers(line)).count(), INTERNAL_KEPT);
        journal.push(key("late", ""), revision(101), at(KEY_AGE_MS + 99), &[], "[]").unwrap();
        assert_eq!(journal.lines().filter(|line| is_callers(line)).count(), KEYS_KEPT);
        assert!(journal.find(key("late", "")).unwrap().is_some());
        assert!(journal.find(key("99", "")).unwrap().is_some());
        assert!(journal.find(key("0", "")).unwrap().is_none());
        assert_eq!(journal.inherited().lines().count(), KEYS_KEPT);
    }

    #[test]
    fn a_key_never_pushes_out_a_younger_one() {
        let mut journal = Journal::default();
        for n in 0..KEYS_MAX as i64 {
            journal.push(key(&n.to_string(), ""), revision(1), Timestamp::from_ms(n), &[], "[]").unwrap();
        }
        let error = journal.push(key("one more", ""), revision(1), Timestamp::from_ms(2000), &[], "[]").unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (Kind::LimitExceeded, Some(KEY_AGE_MS as u64 - 2000)));
        journal.push(Key::Internal(1), revision(1), Timestamp::from_ms(2000), &[], "[]").unwrap();
        journal.push(key("later", ""), revision(1), Timestamp::from_ms(KEY_AGE_MS), &[], "[]").unwrap();
        assert!(journal.find(key("0", "")).unwrap().is_none());
        assert!(journal.find(key("1", "")).unwrap().is_some());
    }
}
