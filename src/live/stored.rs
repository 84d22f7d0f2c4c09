//! A cart as one JSON object: what a page keeps, and what drivers are given that look into texts and not columns.
//!
//! `{"format": 1, "id": …, "currency": …, "rounding": …, "revision": "INCARNATION.VERSION", "items": […],
//! "updatedAt": …, "expiresAt": …, "summary": {"quantity": …, "lines": …, "total": …}, "conditions": […],
//! "metadata": {…}, "journal": […], "createdAt": …, "convertedAt": …, "order": …}`, in that order so that what
//! stays the same is written once; of a cart that ended,
//! `{"format": 1, "ended": "destroyed", "revision": …, "journal": […], "endedAt": …, "expiresAt": …}`.
//!
//! The shapes of items, conditions and metadata are those of the wire. Before format 1 there were carts
//! without a name for their format: `{"items": […] or {id: item}, "conditions": …, "metadata": …}`. They
//! are read as they are, and written as format 1.

use crate::error::{Error, Kind, Result};
use crate::id::{Address, Entropy, Revision};
use crate::journal::Journal;
use crate::json::{Fields, Raw, Reader, Sort, write_list, write_text};
use crate::storage::{EndReason, Record, Slot, Summary, Tombstone};
use crate::time::Timestamp;

/// The newest format, which is the one that is written.
pub const FORMAT: i64 = 1;

/// What a cart of an older format lacks is made up from this.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade<'a> {
    /// The currency of new carts.
    pub currency: &'a str,
    /// The rounding of new carts.
    pub rounding: &'a str,
    /// When.
    pub now: Timestamp,
    /// Its id and its incarnation.
    pub entropy: Entropy,
}

/// How a stored cart begins: what never changes.
pub fn begin(out: &mut String, record: &Record) {
    let mut fields = Fields::new(out);
    fields.integer("format", FORMAT).text("id", &record.id);
    fields.text("currency", &record.currency).text("rounding", &record.rounding);
}

/// What follows: what each change changes. The lines' text is of its own.
pub fn change(
    out: &mut String,
    revision: Revision,
    items: &str,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    summary: &Summary,
) {
    let mut fields = Fields::going_on(out);
    fields.with("revision", |out| quoted(out, |out| revision.write(out))).raw("items", items);
    fields.time("updatedAt", updated_at);
    maybe_time(&mut fields, "expiresAt", expires_at);
    fields.with("summary", |out| {
        let mut fields = Fields::new(out);
        fields.integer("quantity", summary.quantity).integer("lines", summary.lines).integer("total", summary.total);
        fields.end();
    });
}

/// How it ends: what only larger changes change.
pub fn end(out: &mut String, record: &Record) {
    let mut fields = Fields::going_on(out);
    fields.raw("conditions", &record.conditions).raw("metadata", &record.metadata);
    fields.with("journal", |out| write_journal(out, &record.journal)).time("createdAt", record.created_at);
    maybe_time(&mut fields, "convertedAt", record.converted_at);
    fields.maybe_text("order", record.order.as_deref());
    fields.end();
}

/// Appends what stands at an address.
pub fn write(out: &mut String, slot: &Slot) {
    match slot {
        Slot::Record(record) => {
            begin(out, record);
            let (updated_at, expires_at) = (record.updated_at, record.expires_at);
            change(out, record.revision, &record.items, updated_at, expires_at, &record.summary);
            end(out, record);
        }
        Slot::Tombstone(tombstone) => write_ended(out, tombstone),
    }
}

/// Appends what is left of a cart that ended.
pub fn write_ended(out: &mut String, tombstone: &Tombstone) {
    let mut fields = Fields::new(out);
    fields.integer("format", FORMAT).text("ended", tombstone.reason.as_str());
    fields.with("revision", |out| quoted(out, |out| tombstone.revision.write(out)));
    if let Some(successor) = &tombstone.successor {
        fields.with("successor", |out| write_address(out, successor));
    }
    fields.with("journal", |out| write_journal(out, &tombstone.journal));
    fields.time("endedAt", tombstone.ended_at).time("expiresAt", tombstone.expires_at).end();
}

/// Appends an address.
pub fn write_address(out: &mut String, address: &Address) {
    let mut fields = Fields::new(out);
    fields.text("owner", address.owner()).text("identifier", address.identifier());
    fields.text("instance", address.instance()).end();
}

fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}

fn maybe_time(fields: &mut Fields<'_>, name: &str, time: Option<Timestamp>) {
    if let Some(time) = time {
        fields.time(name, time);
    }
}

/// The journal's lines are JSON lists, and a list of them needs no escapes.
fn write_journal(out: &mut String, journal: &str) {
    write_list(out, Journal::entries(journal), String::push_str);
}

/// The fields as they come, before it is known what they make up.
#[derive(Default)]
struct Parts<'t> {
    format: i64,
    id: Option<String>,
    ended: Option<String>,
    revision: Option<String>,
    currency: Option<String>,
    rounding: Option<String>,
    items: Option<Raw>,
    conditions: Option<Raw>,
    metadata: Option<Raw>,
    journal: String,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    converted_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    order: Option<String>,
    successor: Option<Address>,
    summary: Summary,
    /// Lines by id, as the oldest carts had them.
    by_id: Option<Reader<'t>>,
}

/// Reads what stands at an address. Whatever is not as it is written here is `corrupt`, with its place;
/// a format that is not known yet has the reason `newer`.
pub fn read(reader: &mut Reader<'_>, upgrade: &Upgrade<'_>) -> Result<Slot> {
    let mut parts = Parts::default();
    reader.object(|field, r| parts.field(field, r)).map_err(|error| damaged(&error))?;
    if parts.format > FORMAT {
        let message = text!(
            "expected a cart of format {} or before, found format {}: a later version wrote it, and it was left as it is",
            FORMAT,
            parts.format,
        );
        return Err(Error::new(Kind::Corrupt, message).because("newer"));
    }
    parts.slot(upgrade).map_err(|error| damaged(&error))
}

impl<'t> Parts<'t> {
    fn field(&mut self, field: &str, r: &mut Reader<'t>) -> Result<()> {
        match field {
            "format" => self.format = r.integer()?,
            "id" => self.id = Some(r.text()?.into_owned()),
            "ended" => self.ended = Some(r.text()?.into_owned()),
            "revision" => self.revision = Some(r.text()?.into_owned()),
            "currency" => self.currency = Some(r.text()?.into_owned()),
            "rounding" => self.rounding = Some(r.text()?.into_owned()),
            "order" => self.order = Some(r.text()?.into_owned()),
            "items" => {
                if r.sort()? == Sort::Object {
                    self.by_id = Some(r.clone());
                }
                self.items = Some(r.raw()?);
            }
            "conditions" => self.conditions = Some(r.raw()?),
            "metadata" => self.metadata = Some(r.raw()?),
            "journal" => {
                self.journal.push_str(Journal::BEGIN);
                r.list(|_, r| {
                    self.journal.push_str(r.raw()?.as_str());
                    self.journal.push('\n');
                    Ok(())
                })?;
            }
            "createdAt" => self.created_at = Some(time(r)?),
            "updatedAt" => self.updated_at = Some(time(r)?),
            "expiresAt" => self.expires_at = Some(time(r)?),
            "convertedAt" => self.converted_at = Some(time(r)?),
            "endedAt" => self.ended_at = Some(time(r)?),
            "successor" => self.successor = Some(read_address(r)?),
            "summary" => {
                let summary = &mut self.summary;
                r.object(|field, r| {
                    let value = r.integer()?;
                    match field {
                        "quantity" => summary.quantity = value,
                        "lines" => summary.lines = value,
                        "total" => summary.total = value,
                        _ => {}
                    }
                    Ok(())
                })?;
            }
            // What another version of the same format added is kept out, not refused.
            _ => drop(r.raw()?),
        }
        Ok(())
    }

    fn slot(self, upgrade: &Upgrade<'_>) -> Result<Slot> {
        let is_old = self.format == 0;
        let revision = match &self.revision {
            Some(text) => Revision::parse(text).map_err(|error| error.under("revision"))?,
            None if is_old => Revision { incarnation: upgrade.entropy.incarnation(), version: 1 },
            None => return Err(missing("revision")),
        };
        if let Some(reason) = &self.ended {
            return Ok(Slot::Tombstone(Tombstone {
                revision,
                reason: EndReason::parse(reason).ok_or_else(|| missing("ended"))?,
                successor: self.successor,
                journal: self.journal,
                ended_at: self.ended_at.ok_or_else(|| missing("endedAt"))?,
                expires_at: self.expires_at.ok_or_else(|| missing("expiresAt"))?,
            }));
        }
        let made_up = |value: Option<String>, field: &str, otherwise: &dyn Fn() -> String| match value {
            Some(value) => Ok(value),
            None if is_old => Ok(otherwise()),
            None => Err(missing(field)),
        };
        let at = |time: Option<Timestamp>, field| match time {
            Some(time) => Ok(time),
            None if is_old => Ok(upgrade.now),
            None => Err(missing(field)),
        };
        let list = |raw: Option<Raw>, field: &str, empty: &str| match raw {
            Some(raw) => Ok(String::from(raw.as_str())),
            None if is_old => Ok(empty.into()),
            None => Err(missing(field)),
        };
        let items = match self.by_id.filter(|_| is_old) {
            Some(by_id) => listed(by_id)?,
            None => list(self.items, "items", "[]")?,
        };
        Ok(Slot::Record(Record {
            id: made_up(self.id, "id", &|| upgrade.entropy.cart_id().into())?,
            revision,
            currency: made_up(self.currency, "currency", &|| upgrade.currency.into())?,
            rounding: made_up(self.rounding, "rounding", &|| upgrade.rounding.into())?,
            items,
            conditions: list(self.conditions, "conditions", "[]")?,
            metadata: list(self.metadata, "metadata", "{}")?,
            journal: self.journal,
            created_at: at(self.created_at, "createdAt")?,
            updated_at: at(self.updated_at, "updatedAt")?,
            expires_at: self.expires_at,
            converted_at: self.converted_at,
            order: self.order,
            summary: self.summary,
        }))
    }
}

/// `{id: item}` as a list of items, each with its id.
fn listed(mut by_id: Reader<'_>) -> Result<String> {
    let mut out = String::from("[");
    by_id.object(|id, r| {
        let item = r.raw()?;
        if out.len() > 1 {
            out.push(',');
        }
        if item.field("id").is_some() || item.sort() != Sort::Object {
            out.push_str(item.as_str());
        } else {
            out.push_str("{\"id\":");
            write_text(&mut out, id);
            out.push_str(if item.is_empty() { "" } else { "," });
            out.push_str(&item.as_str()[1..]);
        }
        Ok(())
    })?;
    out.push(']');
    Ok(out)
}

fn time(reader: &mut Reader<'_>) -> Result<Timestamp> {
    Timestamp::parse(&reader.text()?)
}

/// Reads an address.
pub fn read_address(reader: &mut Reader<'_>) -> Result<Address> {
    let mut names = [String::new(), String::new(), String::new()];
    reader.object(|field, r| {
        let place = ["owner", "identifier", "instance"].iter().position(|known| *known == field);
        let text = r.text()?;
        if let Some(name) = place.and_then(|place| names.get_mut(place)) {
            *name = text.into_owned();
        }
        Ok(())
    })?;
    let [owner, identifier, instance] = &names;
    Address::new(owner, identifier, instance)
}

#[cold]
fn missing(field: &str) -> Error {
    Error::invalid("expected a value, found none").under(field)
}

/// What is wrong says where, but not what was found: it may be anybody's.
#[cold]
fn damaged(error: &Error) -> Error {
    if error.kind() == Kind::Corrupt {
        return error.clone();
    }
    let place = if error.path().is_empty() { "text" } else { error.path() };
    let message = text!("expected a stored cart, found one whose {} cannot be read; it was left as it is", place);
    Error::new(Kind::Corrupt, message).because("unreadable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade() -> Upgrade<'static> {
        Upgrade { currency: "EUR", rounding: "half_up", now: Timestamp::from_ms(7), entropy: Entropy([1, 2, 3, 4]) }
    }

    fn reread(text: &str) -> Result<Slot> {
        Reader::whole(text, |reader| read(reader, &upgrade()))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let record = Record {
            id: "c".into(),
            revision: Revision::parse("0000000000000007.3").unwrap(),
            currency: "USD".into(),
            rounding: "floor".into(),
            items: r#"[{"id":"a","name":"A","price":1,"quantity":2}]"#.into(),
            conditions: "[]".into(),
            metadata: r#"{"__proto__":1}"#.into(),
            journal: String::from(Journal::BEGIN) + "[\"i\",\"00\",\"\",5,\"0000000000000007.3\",[\"a\\\"b\"],[]]\n",
            created_at: Timestamp::from_ms(5),
            updated_at: Timestamp::from_ms(6),
            expires_at: Some(Timestamp::from_ms(9)),
            converted_at: None,
            order: None,
            summary: Summary { quantity: 2, lines: 1, total: 2 },
        };
        let tombstone = Tombstone {
            revision: record.revision,
            reason: EndReason::Swapped,
            successor: Some(Address::new("o", "i\0", "n").unwrap()),
            journal: record.journal.clone(),
            ended_at: Timestamp::from_ms(5),
            expires_at: Timestamp::from_ms(50),
        };
        for slot in [Slot::Record(record), Slot::Tombstone(tombstone)] {
            let mut text = String::new();
            write(&mut text, &slot);
            assert_eq!(reread(&text).unwrap(), slot, "{text}");
        }
    }

    #[test]
    fn carts_of_the_oldest_format_are_upgraded() {
        for items in [r#"[{"id":"a","name":"A","price":1}]"#, r#"{"a":{"name":"A","price":1}}"#] {
            let Slot::Record(record) = reread(&format!(r#"{{"items":{items}}}"#)).unwrap() else { panic!() };
            assert_eq!(record.items, r#"[{"id":"a","name":"A","price":1}]"#);
            assert_eq!((record.currency.as_str(), record.revision.version), ("EUR", 1));
            assert_eq!((record.conditions.as_str(), record.metadata.as_str()), ("[]", "{}"));
        }
        let Slot::Record(record) = reread(r#"{"items":{"x":{}}}"#).unwrap() else { panic!() };
        assert_eq!(record.items, r#"[{"id":"x"}]"#);
    }

    #[test]
    fn what_is_not_ours_or_newer_says_so() {
        for text in ["[]", "1", r#"{"format":1}"#, r#"{"format":1,"revision":"x"}"#, r#"{"items":3,"items":"#, "{"] {
            let error = reread(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Corrupt, "{text}");
        }
        assert_eq!(reread(r#"{"format":2,"new":true}"#).unwrap_err().reason(), Some("newer"));
    }
}
