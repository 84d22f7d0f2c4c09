//! Carts in SQL databases: one shape of statements, one mapping of rows, and a file per database.
//!
//! What is the same everywhere is said once: `statements` writes the SQL for a table,
//! `row` turns a slot into values and back, `migration` brings a schema up to date. What
//! differs between databases is data, a `Dialect`; what differs in behaviour (how connections
//! are kept, how commits queue, what an error code means) is the database's own folder.

mod migration;
mod row;
pub mod sqlite;
mod statements;

pub use migration::{Applied, MigrationReport};
pub use sqlite::{SchemaVersion, Sqlite, SqliteOptions, Synchronous};

use pushcart::error::{Error, Result};

/// What differs between SQL databases in how a statement is written.
struct Dialect {
    /// Appends the `n`th placeholder, counted from 1.
    placeholder: fn(&mut String, usize),
    /// Between the columns and the assignments of an insert that replaces.
    upsert: &'static str,
    /// How such an assignment names the new value of a column.
    upsert_value: fn(&mut String, &str),
    /// After an insert that does nothing where the row exists.
    or_nothing: &'static str,
    /// A condition that holds when the statement before changed exactly one row.
    changed_one: &'static str,
    /// A condition that holds when the stored lists of a row can be read: a row that cannot is
    /// never overwritten.
    readable: &'static str,
    /// Begins a transaction that may write at once.
    begin: &'static str,
    /// The schema, step by step.
    migrations: &'static [migration::Migration],
    /// Creates the table of migrations, if it is not there.
    migrations_table: &'static str,
}

/// A table's name goes into statements as text, so it is checked instead of quoted.
fn check_table(name: &str) -> Result<()> {
    let mut bytes = name.bytes();
    let good = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.len() <= 63;
    if good {
        Ok(())
    } else {
        Err(Error::invalid(format!(
            "expected 1 to 63 letters, digits and underscores that begin with no digit, found {name:?}"
        ))
        .under("table"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_is_a_plain_word() {
        for name in ["carts", "_c", "A1", &"t".repeat(63)] {
            assert!(check_table(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "a-b", "a b", "a;drop table x", "é", "a\0", &"t".repeat(64)] {
            assert!(check_table(name).is_err(), "{name}");
        }
    }
}
