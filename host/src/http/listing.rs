//! The carts of everybody, page by page, for operators.
//!
//! A page goes on after the last cart of the page before, not after a count of carts, so that carts
//! which come and go between two pages neither repeat others nor hide them. The cursor holds that
//! cart's place and is opaque: hexadecimal, so that it needs no encoding in a URL.

use super::carts::moment;
use super::error::Problem;
use super::exchange::{Exchange, Reply};
use crate::runtime::Runtime;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::json::{Fields, Reader, write_list};
use pushcart::storage::{Found, Scan};
use pushcart::time::Timestamp;

/// How many carts a page has when nothing is said.
pub const LIMIT: u32 = 100;
/// How many it has at most.
pub const LIMIT_MAX: u32 = 1000;

pub(super) async fn list(exchange: Exchange) -> core::result::Result<Reply, Problem> {
    let updated_before = moment(&exchange, "updatedBefore")?;
    let limit = match exchange.parameter("limit") {
        None => LIMIT,
        Some(text) => text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(|| {
            Problem::malformed("query", format!("limit: expected a whole number from 1 to {LIMIT_MAX}, found {text:?}"))
        })?,
    };
    let page = page(exchange.app.runtime(), updated_before, limit, exchange.parameter("after")).await;
    page.map(Reply::json).map_err(|error| Problem::of(&error, false))
}

/// One page as JSON: `{"carts": […], "next": …}`, the latter only when there is more.
pub async fn page(
    runtime: &Runtime,
    updated_before: Option<Timestamp>,
    limit: u32,
    after: Option<&str>,
) -> Result<String> {
    let driver = runtime.driver();
    if !driver.capabilities().scan {
        let detail = format!("expected a driver that can list carts by age; {} cannot", driver.name());
        return Err(Error::new(Kind::Unsupported, detail));
    }
    let after = after
        .map(|text| read_cursor(text).ok_or_else(|| Error::malformed("after: expected the `next` of an earlier page")))
        .transpose()?;
    // One more than asked for tells whether there is another page.
    let query = Scan { owner: String::new(), updated_before, after, limit: limit + 1 };
    let mut found = driver.scan(&query, runtime.surroundings().now()).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let mut out = String::new();
    let mut fields = Fields::new(&mut out);
    fields.with("carts", |out| write_list(out, &found, write_found));
    if let Some(last) = found.last().filter(|_| more) {
        fields.text("next", &cursor(last));
    }
    fields.end();
    Ok(out)
}

fn write_found(out: &mut String, found: &Found) {
    let mut fields = Fields::new(out);
    fields
        .text("identifier", found.address.identifier())
        .text("instance", found.address.instance())
        .integer("version", found.revision.version as i64)
        .text("incarnation", &found.revision.incarnation.to_string())
        .text("currency", &found.currency)
        .integer("quantity", found.summary.quantity)
        .integer("lines", found.summary.lines)
        .integer("total", found.summary.total)
        .time("updatedAt", found.updated_at);
    if let Some(at) = found.expires_at {
        fields.time("expiresAt", at);
    }
    if let Some(at) = found.converted_at {
        fields.time("convertedAt", at);
    }
    fields.end();
}

fn cursor(found: &Found) -> String {
    let mut json = String::new();
    Fields::new(&mut json)
        .integer("at", found.updated_at.as_ms())
        .text("owner", found.address.owner())
        .text("identifier", found.address.identifier())
        .text("instance", found.address.instance())
        .end();
    json.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn read_cursor(text: &str) -> Option<(Timestamp, Address)> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
    let json = String::from_utf8(bytes?).ok()?;
    let (mut at, mut owner, mut identifier, mut instance) = (None, None, None, None);
    Reader::whole(&json, |reader| {
        reader.object(|key, reader| {
            match key {
                "at" => {
                    at = Some(reader.raw()?.as_str().parse::<i64>().map_err(|_| Error::malformed("expected a number"))?)
                }
                "owner" => owner = Some(reader.text()?.into_owned()),
                "identifier" => identifier = Some(reader.text()?.into_owned()),
                "instance" => instance = Some(reader.text()?.into_owned()),
                _ => return Err(Error::malformed("expected nothing else")),
            }
            Ok(())
        })
    })
    .ok()?;
    Some((Timestamp::from_ms(at?), Address::new(&owner?, &identifier?, &instance?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushcart::id::{Incarnation, Revision};
    use pushcart::storage::Summary;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for identifier in ["user:42", "a\"b\\\0/€", "😀"] {
            let found = Found {
                address: Address::new("", identifier, "default").unwrap(),
                revision: Revision { incarnation: Incarnation::from_bits(1), version: 1 },
                currency: "USD".into(),
                updated_at: Timestamp::from_ms(1_795_262_400_000),
                expires_at: None,
                converted_at: None,
                summary: Summary::default(),
            };
            assert_eq!(read_cursor(&cursor(&found)), Some((found.updated_at, found.address)));
        }
        for bad in ["", "0", "zz", "7b7d", "éé", "+1+1"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
