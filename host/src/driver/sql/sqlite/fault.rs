//! What SQLite's answers mean to a caller, in words and with the file's name.
//!
//! The distinction that matters is the port's: `Unavailable` may mean that a commit happened, all
//! other kinds that it did not. A file that stayed locked is `LockTimeout`, since the lock is what a
//! commit waits for before it writes anything. SQLite's own message goes along only where it can
//! hold nothing that a shopper typed.

use pushcart::error::{Error, Kind};
use std::path::Path;

/// SQLite's primary result codes, the ones that are told apart.
mod code {
    pub(super) const ERROR: u32 = 1;
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const IOERR: u32 = 10;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const PROTOCOL: u32 = 15;
    pub(super) const TOOBIG: u32 = 18;
    pub(super) const CONSTRAINT: u32 = 19;
    pub(super) const NOTADB: u32 = 26;
}

/// The primary result code of an error that SQLite itself gave.
fn primary(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether the connection itself is gone, so that a new one must be made.
pub(super) fn is_connection_lost(error: &sqlx::Error) -> bool {
    primary(error).is_none()
}

/// Whether a rollback failed because SQLite had rolled back by itself, as it does after some errors.
pub(super) fn is_no_transaction(error: &sqlx::Error) -> bool {
    primary(error) == Some(code::ERROR)
}

/// An error of `file` as the port's.
pub(super) fn translate(error: &sqlx::Error, file: &Path, busy_timeout_ms: u64) -> Error {
    let file = file.display();
    let says = error.as_database_error().map_or("", |e| e.message());
    let unavailable = |message: String, reason: &'static str| {
        Error::new(Kind::Unavailable, message).because(reason).retry_after_ms(1000)
    };
    match primary(error) {
        Some(code::BUSY | code::LOCKED | code::PROTOCOL) => Error::new(
            Kind::LockTimeout,
            format!(
                "{file}: expected to get the write lock within {busy_timeout_ms} ms, found it held by another process"
            ),
        )
        .because("database_locked")
        .retry_after_ms(1000),
        Some(code::READONLY) => unavailable(
            format!("{file}: expected a file and a directory that can be written, found them read-only"),
            "database_read_only",
        ),
        Some(code::FULL) => unavailable(
            format!("{file}: expected room to write, found the disk or the database's size limit full"),
            "database_full",
        ),
        Some(code::CANTOPEN) => unavailable(missing(&file.to_string()), "database_not_opened"),
        Some(code::NOTADB) => {
            Error::new(Kind::Corrupt, format!("{file}: expected an SQLite database, found a file of another kind"))
                .because("not_a_database")
        }
        Some(code::CORRUPT) => Error::new(
            Kind::Corrupt,
            format!("{file}: expected a sound SQLite database, found a damaged one; restore it from a backup"),
        )
        .because("database_damaged"),
        Some(code::IOERR) => {
            unavailable(format!("{file}: expected the disk to answer, found an input or output error"), "database_io")
        }
        Some(code::TOOBIG) => Error::new(
            Kind::LimitExceeded,
            format!("{file}: expected a record within SQLite's limit of 1,000,000,000 bytes, found a larger one"),
        ),
        Some(code::CONSTRAINT) => {
            Error::invalid(format!("{file}: expected a record that the schema admits, found: {says}"))
                .because("schema_constraint")
        }
        Some(_) => {
            unavailable(format!("{file}: expected SQLite to do as it was told, found: {says}"), "database_error")
        }
        None => match error {
            sqlx::Error::PoolTimedOut => unavailable(
                format!("{file}: expected a free connection for reading, found all of them busy for too long"),
                "readers_busy",
            ),
            sqlx::Error::PoolClosed => {
                unavailable(format!("{file}: expected an open store, found it closed"), "closed")
            }
            other => {
                unavailable(format!("{file}: expected a connection to the database, found: {other}"), "database_error")
            }
        },
    }
}

/// Why a file cannot be opened, as far as it can be seen from outside.
fn missing(file: &str) -> String {
    let path = Path::new(file);
    match path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        Some(parent) => format!("{file}: expected its directory to be there, found no {}", parent.display()),
        None if path.is_dir() => format!("{file}: expected a file, found a directory"),
        None if !path.exists() => format!("{file}: expected a database file, found none"),
        None => format!(
            "{file}: expected a file that this process may open and write, found one that it may not: the file, its directory or \
             the file system is read-only or somebody else's"
        ),
    }
}
