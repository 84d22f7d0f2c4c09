//! Bringing a schema up to date: numbered steps, each applied once, and a record of which.
//!
//! The steps are files compiled into the binary, one folder per dialect. What was applied is kept
//! in the database, per table name, with a checksum of the step's text: a step that was edited
//! after it ran, and a schema that a newer Pushcart made, stop the start instead of being guessed
//! at. What to do is decided here; running it is the database's own business.

use pushcart::error::{Error, Kind, Result};

/// The table that keeps what was applied.
pub(super) const TABLE: &str = "pushcart_migrations";

/// One step of a schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    pub(super) version: u32,
    pub(super) name: &'static str,
    /// With `{carts}` for the table's name.
    pub(super) sql: &'static str,
}

impl Migration {
    pub(super) fn for_table(&self, table: &str) -> String {
        self.sql.replace("{carts}", table)
    }

    /// FNV-1a of the text as it stands in the file: enough to notice an edit, which is all it is for.
    pub(super) fn checksum(&self) -> String {
        let hash = self
            .sql
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

/// A step that is in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: String,
}

/// What a migration found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationReport {
    /// The table of carts.
    pub table: String,
    /// The schema's version before; 0 when there was none.
    pub before: u32,
    /// The schema's version now.
    pub after: u32,
    /// What was applied, in order.
    pub applied: Vec<Applied>,
}

/// A row of [`TABLE`].
pub(super) struct Found {
    pub(super) version: u32,
    pub(super) checksum: String,
}

/// The version that `known` leads to.
pub(super) fn latest(known: &[Migration]) -> u32 {
    known.last().map_or(0, |step| step.version)
}

/// Which of the `known` steps are still to be applied, after those that were `found`.
pub(super) fn missing<'k>(known: &'k [Migration], found: &[Found], place: &str) -> Result<&'k [Migration]> {
    let latest = latest(known);
    if let Some(newer) = found.iter().map(|step| step.version).max().filter(|version| *version > latest) {
        return Err(Error::new(
            Kind::Unsupported,
            format!(
                "{place}: expected a schema of version {latest} or older, which is what this Pushcart knows, found \
                 version {newer}, which a newer one made; use that one, or a database of its own"
            ),
        )
        .because("schema_newer"));
    }
    for (step, known) in found.iter().zip(known) {
        if step.version != known.version || step.checksum != known.checksum() {
            return Err(Error::new(
                Kind::Unsupported,
                format!(
                    "{place}: expected schema step {} \"{}\" as this Pushcart has it, found step {} with another text",
                    known.version, known.name, step.version
                ),
            )
            .because("schema_differs"));
        }
    }
    Ok(&known[found.len().min(known.len())..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Migration; 2] =
        [Migration { version: 1, name: "a", sql: "A {carts}" }, Migration { version: 2, name: "b", sql: "B" }];

    fn found(version: u32) -> Found {
        let checksum = KNOWN.iter().find(|step| step.version == version).map_or_else(String::new, Migration::checksum);
        Found { version, checksum }
    }

    #[test]
    fn only_what_is_missing_is_applied() {
        assert_eq!(missing(&KNOWN, &[], "x").unwrap().len(), 2);
        assert_eq!(missing(&KNOWN, &[found(1)], "x").unwrap()[0].version, 2);
        assert!(missing(&KNOWN, &[found(1), found(2)], "x").unwrap().is_empty());
    }

    #[test]
    fn a_newer_schema_and_an_edited_step_are_refused() {
        let error = missing(&KNOWN, &[found(1), found(2), found(3)], "carts.db").unwrap_err();
        assert!(
            error.message().contains("version 2 or older") && error.message().contains("found version 3"),
            "{error}"
        );
        let edited = Found { version: 1, checksum: "0".into() };
        assert_eq!(missing(&KNOWN, &[edited], "carts.db").unwrap_err().reason(), Some("schema_differs"));
    }
}
