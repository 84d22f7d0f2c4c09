//! A cart as stored data, and back.
//!
//! The shapes of items, conditions and metadata in storage are those of the wire, so that a plain
//! query can read what a caller can. What is stored is never trusted: whatever cannot be read back whole
//! is `corrupt`, and stays as it is.

use crate::cart::{Cart, Conversion};
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::json::{Fields, Reader, write_list};
use crate::money::{Currency, Rounding};
use crate::pricing::Totals;
use crate::storage::{Record, Summary};
use crate::wire;

/// Writes a cart with the journal of its changes. The totals are kept as a summary only: they are
/// computed whenever they are asked for.
pub fn write(cart: &Cart, totals: &Totals<'_>, journal: Journal) -> Record {
    let mut items = String::with_capacity(cart.items.len() * 160 + 2);
    write_list(&mut items, &cart.items, |out, item| wire::item::write(out, item, None));
    let mut conditions = String::with_capacity(cart.conditions.len() * 128 + 2);
    write_list(&mut conditions, &cart.conditions, wire::condition::write);
    let mut metadata = String::new();
    let mut map = Fields::new(&mut metadata);
    for (key, value) in &cart.metadata {
        map.named(key, |out| out.push_str(value.as_str()));
    }
    map.end();
    Record {
        id: cart.id.as_ref().into(),
        revision: cart.revision,
        currency: cart.currency.code().into(),
        rounding: cart.rounding.as_str().into(),
        items,
        conditions,
        metadata,
        journal: journal.into_text(),
        created_at: cart.created_at,
        updated_at: cart.updated_at,
        expires_at: cart.expires_at,
        converted_at: cart.converted.as_ref().map(|conversion| conversion.at),
        order: cart.converted.as_ref().and_then(|conversion| conversion.order.as_deref().map(Into::into)),
        summary: Summary { quantity: cart.quantity(), lines: cart.items.len() as i64, total: totals.total.minor() },
    }
}

/// Reads a cart back.
pub fn read(record: &Record) -> Result<Cart> {
    let in_part = |part: &'static str| move |error: Error| corrupt(&error.under(part));
    let currency = Currency::parse(&record.currency).map_err(in_part("currency"))?;
    let rounding = Rounding::parse(&record.rounding).map_err(in_part("rounding"))?;
    // The summary is only a hint of how many there are, and a wrong one does no harm.
    let mut items = Vec::with_capacity(record.summary.lines.clamp(0, 1000) as usize);
    Reader::whole(&record.items, |r| {
        r.list(|_, r| {
            items.push(wire::item::read_stored(r, currency)?);
            Ok(())
        })
    })
    .map_err(in_part("items"))?;
    let mut conditions = Vec::new();
    Reader::whole(&record.conditions, |r| {
        r.list(|_, r| {
            conditions.push(wire::condition::read_stored(r, currency, false)?);
            Ok(())
        })
    })
    .map_err(in_part("conditions"))?;
    let mut metadata: Vec<(Box<str>, _)> = Vec::new();
    Reader::whole(&record.metadata, |r| {
        r.object(|key, r| {
            metadata.push((key.into(), r.raw()?));
            Ok(())
        })
    })
    .map_err(in_part("metadata"))?;
    Ok(Cart {
        id: record.id.as_str().into(),
        revision: record.revision,
        currency,
        rounding,
        items,
        conditions,
        metadata,
        created_at: record.created_at,
        updated_at: record.updated_at,
        expires_at: record.expires_at,
        converted: record.converted_at.map(|at| Conversion { at, order: record.order.as_deref().map(Into::into) }),
    })
}

/// What is wrong with stored data says where, but not what was found: it may be anybody's.
#[cold]
fn corrupt(error: &Error) -> Error {
    refusal!(
        Kind::Corrupt,
        "expected a readable cart in storage, found one whose {} cannot be read; it was left as it is",
        error.path()
    )
}
