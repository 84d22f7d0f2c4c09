//! What the host hands in: definitions of the catalogue, and what providers answer.
//!
//! `[{"key": "SUMMER", "active": true, "global": false, "condition": {…}}]`, and a list of conditions.
//! Conditions are read as stored ones are: what this version does not understand is reported in the
//! breakdown, and no reason to show no price at all.

use super::{condition, once, required, text, unknown};
use crate::condition::{Condition, Definition};
use crate::error::Result;
use crate::json::Reader;
use crate::money::Currency;

/// Reads a catalogue.
pub fn read_catalogue(json: &str, currency: Currency) -> Result<Vec<Definition>> {
    let mut definitions = Vec::new();
    Reader::whole(json, |reader| {
        reader.list(|_, reader| {
            definitions.push(read_definition(reader, currency)?);
            Ok(())
        })
    })?;
    Ok(definitions)
}

fn read_definition(reader: &mut Reader<'_>, currency: Currency) -> Result<Definition> {
    let (mut key, mut active, mut global, mut the_condition) = (None, None, None, None);
    reader.object(|field, r| match field {
        "key" => once(&mut key, text(r)?),
        "active" => once(&mut active, r.boolean()?),
        "global" => once(&mut global, r.boolean()?),
        "condition" => once(&mut the_condition, condition::read_stored(r, currency, false)?),
        _ => Err(unknown(&["key", "active", "global", "condition"])),
    })?;
    Ok(Definition {
        key: required(key, "key", "the definition's key")?,
        active: active.unwrap_or(true),
        global: global.unwrap_or(false),
        condition: required(the_condition, "condition", "a condition")?,
    })
}

/// Reads what a provider answered.
pub fn read_answer(json: &str, currency: Currency) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    Reader::whole(json, |reader| {
        reader.list(|_, reader| {
            conditions.push(condition::read_stored(reader, currency, false)?);
            Ok(())
        })
    })?;
    Ok(conditions)
}
