//! The JSON that crosses every boundary: one set of shapes for every shell, and for storage.
//!
//! Reading is strict: an unknown field is refused by name, a wrong type says what was expected,
//! and the path says where. Writing is canonical: the same value is the same bytes in every host.
//! The domain's own types know nothing of JSON; each file here holds one shape, both ways.
//!
//! | | |
//! |---|---|
//! | [`item`], [`condition`] | what goes into a cart, also as storage keeps it |
//! | [`command`] | change requests |
//! | [`content`], [`totals`], [`explain`] | what a cart looks like and costs, and why |
//! | [`outside`] | what the host hands in: the catalogue, the providers' answers |
//! | [`event`], [`outcome`] | what happened, and what came of each command |

pub mod command;
pub mod condition;
pub mod content;
pub mod event;
pub mod explain;
pub mod item;
pub mod outcome;
pub mod outside;
pub mod totals;

use crate::error::Result;
use crate::json::{Raw, Reader, Sort};
use crate::json::{once, required, unknown};

/// Text, kept.
fn text(reader: &mut Reader<'_>) -> Result<Box<str>> {
    reader.text().map(|text| text.into_owned().into_boxed_str())
}

/// Any JSON object, kept as it is.
fn map(reader: &mut Reader<'_>) -> Result<Raw> {
    if reader.sort()? != Sort::Object {
        // Asking for an object gives the refusal its words.
        reader.object(|_, _| Ok(()))?;
    }
    reader.raw()
}

/// A count of pieces within what a machine word holds.
fn count(reader: &mut Reader<'_>, least: u32) -> Result<u32> {
    let found = reader.integer()?;
    u32::try_from(found)
        .ok()
        .filter(|count| *count >= least)
        .ok_or_else(|| invalid!("expected an integer of {} to {}, found {}", least, u32::MAX, found))
}
