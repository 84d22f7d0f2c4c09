//! A slot as a row's values, and a row's cells as a slot.
//!
//! What is read is not trusted: a cell that is not what was written there makes the whole row
//! unreadable, and the error names the row by its number, never by whose cart it is. Whether the
//! lists hold what a cart can hold is the core's to judge; here they must look like JSON lists or
//! objects from both ends, which is what a cut-off or overwritten text does not.

use pushcart::error::{Error, Kind, Result};
use pushcart::id::{Address, Incarnation, Revision};
use pushcart::storage::{EndReason, Found, Record, Slot, StoredEvent, Summary, Tombstone, Write};
use pushcart::time::Timestamp;
use std::sync::Arc;

/// A value on its way into a statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// Shared, so that a statement can be sent again without copying a whole cart.
    Text(Arc<str>),
    Integer(i64),
}

/// A row that a database answered; cells are counted from 0.
pub(super) trait Cells {
    /// The text in a cell, or what is there instead.
    fn text(&self, cell: usize) -> core::result::Result<Option<String>, String>;
    /// The integer in a cell, or what is there instead.
    fn integer(&self, cell: usize) -> core::result::Result<Option<i64>, String>;
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

pub(super) fn time(value: Timestamp) -> Value {
    Value::Text(value.to_string().into())
}

fn maybe<T>(value: Option<T>, write: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, write)
}

/// Refuses what no row can hold, before anything is written.
pub(super) fn check(write: &Write) -> Result<()> {
    let (Slot::Record(Record { revision, .. }) | Slot::Tombstone(Tombstone { revision, .. })) = &write.slot;
    version(*revision).map(drop)
}

fn version(revision: Revision) -> Result<Value> {
    i64::try_from(revision.version).map(Value::Integer).map_err(|_| {
        Error::new(
            Kind::LimitExceeded,
            format!("expected a version of at most {}, found {}", i64::MAX, revision.version),
        )
    })
}

/// The values of `write` in the order of the columns, then its address.
pub(super) fn values(write: &Write) -> Result<Vec<Value>> {
    // Room for what a statement compares and for a few events, so that it need not grow.
    let mut out = Vec::with_capacity(40);
    match &write.slot {
        Slot::Record(record) => {
            out.extend([
                text(&record.id),
                Value::Text(record.revision.incarnation.to_string().into()),
                version(record.revision)?,
                text(&record.currency),
                text(&record.rounding),
                text(&record.items),
                text(&record.conditions),
                text(&record.metadata),
                text(&record.journal),
                Value::Integer(record.summary.quantity),
                Value::Integer(record.summary.lines),
                Value::Integer(record.summary.total),
                time(record.created_at),
                time(record.updated_at),
                maybe(record.expires_at, time),
                maybe(record.converted_at, time),
                maybe(record.order.as_deref(), text),
            ]);
            out.extend((0..5).map(|_| Value::Null));
        }
        Slot::Tombstone(tombstone) => {
            let successor = tombstone.successor.as_ref();
            out.extend([
                Value::Null,
                Value::Text(tombstone.revision.incarnation.to_string().into()),
                version(tombstone.revision)?,
                text(""),
                text(""),
                text("[]"),
                text("[]"),
                text("{}"),
                text(&tombstone.journal),
                Value::Integer(0),
                Value::Integer(0),
                Value::Integer(0),
                time(tombstone.ended_at),
                time(tombstone.ended_at),
                time(tombstone.expires_at),
                Value::Null,
                Value::Null,
                time(tombstone.ended_at),
                text(tombstone.reason.as_str()),
                maybe(successor.map(Address::owner), text),
                maybe(successor.map(Address::identifier), text),
                maybe(successor.map(Address::instance), text),
            ]);
        }
    }
    out.extend(address(&write.address));
    Ok(out)
}

pub(super) fn address(address: &Address) -> [Value; 3] {
    [text(address.owner()), text(address.identifier()), text(address.instance())]
}

/// Appends what a statement compares a revision with.
pub(super) fn push_revision(out: &mut Vec<Value>, revision: Revision) -> Result<()> {
    out.push(Value::Text(revision.incarnation.to_string().into()));
    out.push(version(revision)?);
    Ok(())
}

pub(super) fn push_events(out: &mut Vec<Value>, events: &[StoredEvent]) {
    for event in events {
        out.extend([text(&event.id), text(&event.kind), text(&event.body)]);
    }
}

/// Reads cells with names for what they are, so that an error can say them.
struct Row<'a, C> {
    cells: &'a C,
    table: &'a str,
    next: usize,
}

impl<C: Cells> Row<'_, C> {
    fn corrupt(&self, column: &str, expected: &str, found: &str) -> Error {
        let number = self.cells.integer(0).ok().flatten();
        let number = number.map_or_else(|| "of unknown number".into(), |number| number.to_string());
        Error::new(
            Kind::Corrupt,
            format!("row {number} of table {}, column {column}: expected {expected}, found {found}", self.table),
        )
        .because("stored_row")
    }

    fn maybe_text(&mut self, column: &str) -> Result<Option<String>> {
        self.next += 1;
        self.cells.text(self.next - 1).map_err(|found| self.corrupt(column, "text", &found))
    }

    fn text(&mut self, column: &str) -> Result<String> {
        self.maybe_text(column)?.ok_or_else(|| self.corrupt(column, "text", "nothing"))
    }

    fn integer(&mut self, column: &str) -> Result<i64> {
        self.next += 1;
        self.cells
            .integer(self.next - 1)
            .and_then(|value| value.ok_or_else(|| "nothing".into()))
            .map_err(|found| self.corrupt(column, "an integer", &found))
    }

    fn json(&mut self, column: &str) -> Result<String> {
        let text = self.text(column)?;
        match (text.as_bytes().first(), text.as_bytes().last()) {
            (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')) if text.len() > 1 => Ok(text),
            _ => Err(self.corrupt(column, "a JSON list or object", "something else")),
        }
    }

    fn maybe_time(&mut self, column: &str) -> Result<Option<Timestamp>> {
        let Some(text) = self.maybe_text(column)? else { return Ok(None) };
        // Moments are compared as text inside the database, so only the one form will do.
        match Timestamp::parse(&text) {
            Ok(time) if text.len() == 24 && text.ends_with('Z') && text.as_bytes()[10] == b'T' => Ok(Some(time)),
            _ => Err(self.corrupt(column, "a time such as 2026-11-21T12:00:00.000Z", "something else")),
        }
    }

    fn time(&mut self, column: &str) -> Result<Timestamp> {
        self.maybe_time(column)?.ok_or_else(|| self.corrupt(column, "a time", "nothing"))
    }

    fn revision(&mut self) -> Result<Revision> {
        let incarnation = self.text("incarnation")?;
        let incarnation = Incarnation::parse(&incarnation)
            .ok_or_else(|| self.corrupt("incarnation", "16 lower-case hexadecimal digits", "something else"))?;
        let version = self.integer("version")?;
        match u64::try_from(version) {
            Ok(version @ 1..) => Ok(Revision { incarnation, version }),
            _ => Err(self.corrupt("version", "an integer of at least 1", &version.to_string())),
        }
    }

    fn summary(&mut self) -> Result<Summary> {
        Ok(Summary {
            quantity: self.integer("quantity")?,
            lines: self.integer("lines")?,
            total: self.integer("total")?,
        })
    }

    fn address(&self, owner: &str, identifier: &str, instance: &str) -> Result<Address> {
        Address::new(owner, identifier, instance)
            .map_err(|error| self.corrupt(error.path(), "a name of 1 to 255 characters", "something else"))
    }
}

/// The slot in a row that holds its number, then the columns in their order.
pub(super) fn slot(table: &str, cells: &impl Cells) -> Result<Slot> {
    let mut row = Row { cells, table, next: 1 };
    let id = row.maybe_text("id")?;
    let revision = row.revision()?;
    let currency = row.text("currency")?;
    let rounding = row.text("rounding")?;
    let items = row.json("items")?;
    let conditions = row.json("conditions")?;
    let metadata = row.json("metadata")?;
    let journal = row.text("journal")?;
    let summary = row.summary()?;
    let created_at = row.time("created_at")?;
    let updated_at = row.time("updated_at")?;
    let expires_at = row.maybe_time("expires_at")?;
    let converted_at = row.maybe_time("converted_at")?;
    let order = row.maybe_text("order_reference")?;
    let Some(ended_at) = row.maybe_time("ended_at")? else {
        let id = id.ok_or_else(|| row.corrupt("id", "text", "nothing"))?;
        return Ok(Slot::Record(Record {
            id,
            revision,
            currency,
            rounding,
            items,
            conditions,
            metadata,
            journal,
            created_at,
            updated_at,
            expires_at,
            converted_at,
            order,
            summary,
        }));
    };
    let reason = row.text("end_reason")?;
    let reason = EndReason::parse(&reason).ok_or_else(|| row.corrupt("end_reason", "a known reason", "another"))?;
    let successor = (
        row.maybe_text("successor_owner")?,
        row.maybe_text("successor_identifier")?,
        row.maybe_text("successor_instance")?,
    );
    let successor = match successor {
        (None, None, None) => None,
        (Some(owner), Some(identifier), Some(instance)) => Some(row.address(&owner, &identifier, &instance)?),
        _ => return Err(row.corrupt("successor_identifier", "a whole address or none", "a part of one")),
    };
    let expires_at = expires_at.ok_or_else(|| row.corrupt("expires_at", "a time", "nothing"))?;
    Ok(Slot::Tombstone(Tombstone { revision, reason, successor, journal, ended_at, expires_at }))
}

/// What a scan found in a row.
pub(super) fn found(table: &str, owner: &str, cells: &impl Cells) -> Result<Found> {
    let mut row = Row { cells, table, next: 1 };
    let (identifier, instance) = (row.text("identifier")?, row.text("instance")?);
    Ok(Found {
        address: row.address(owner, &identifier, &instance)?,
        revision: row.revision()?,
        currency: row.text("currency")?,
        updated_at: row.time("updated_at")?,
        expires_at: row.maybe_time("expires_at")?,
        converted_at: row.maybe_time("converted_at")?,
        summary: row.summary()?,
    })
}
