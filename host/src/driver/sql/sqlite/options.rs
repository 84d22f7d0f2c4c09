//! Where the file is and how it is used: as a struct for code, as a URL for settings.
//!
//! Everything is checked when it is read, so that a wrong word stops the start and not the first
//! commit. How the two kinds of connection differ is said here too.

use crate::driver::sql::check_table;
use pushcart::error::{Error, Result};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::path::PathBuf;
use std::time::Duration;

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// The loss of power.
    #[default]
    Full,
    /// The end of the process, also by force.
    Normal,
}

/// Where the file is and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The database file. It is created when it is missing, its directory is not.
    pub path: PathBuf,
    /// The table of carts; the outbox's name is this one and `_outbox`.
    pub table: String,
    /// What an acknowledged commit survives.
    pub synchronous: Synchronous,
    /// How long to wait for another process that writes.
    pub busy_timeout_ms: u64,
    /// How many connections read.
    pub readers: u32,
    /// Whether opening brings the schema up to date.
    pub migrate: bool,
}

impl SqliteOptions {
    /// The defaults for a file: table `carts`, FULL, 5 s, 4 readers, migrating.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SqliteOptions {
            path: path.into(),
            table: "carts".into(),
            synchronous: Synchronous::Full,
            busy_timeout_ms: 5000,
            readers: 4,
            migrate: true,
        }
    }

    /// Reads `sqlite:carts.db` or `sqlite:///var/lib/carts.db?synchronous=normal&table=carts`, with
    /// `busy_timeout_ms`, `readers` and `migrate` besides.
    pub fn parse(url: &str) -> Result<Self> {
        let rest = url.strip_prefix("sqlite:").ok_or_else(|| {
            Error::invalid(format!(
                "expected \"sqlite:\" and a file name, found {:?}",
                url.split(':').next().unwrap_or(url)
            ))
        })?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| Error::invalid("expected a file name in UTF-8, found other bytes").under("path"))?;
        if path.is_empty() || path == ":memory:" {
            return Err(Error::invalid(
                "expected a file name after \"sqlite:\", found none; carts that need no file are kept by \"memory:\"",
            )
            .under("path"));
        }
        let mut options = SqliteOptions::new(path.as_ref());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let wrong = |expected: &str| Error::invalid(format!("expected {expected}, found {value:?}")).under(name);
            match name {
                "table" => options.table = value.into(),
                "synchronous" => {
                    options.synchronous = match value.to_ascii_lowercase().as_str() {
                        "full" => Synchronous::Full,
                        "normal" => Synchronous::Normal,
                        _ => return Err(wrong("full or normal")),
                    }
                }
                "busy_timeout_ms" => options.busy_timeout_ms = value.parse().map_err(|_| wrong("milliseconds"))?,
                "readers" => options.readers = value.parse().map_err(|_| wrong("a number of connections"))?,
                "migrate" => options.migrate = value.parse().map_err(|_| wrong("true or false"))?,
                _ => {
                    return Err(Error::invalid(format!(
                        "expected table, synchronous, busy_timeout_ms, readers or migrate, found {name:?}"
                    )));
                }
            }
        }
        check_table(&options.table)?;
        Ok(options)
    }

    pub(super) fn check(&self) -> Result<()> {
        check_table(&self.table)?;
        if self.readers == 0 || self.readers > 256 {
            return Err(
                Error::invalid(format!("expected 1 to 256 connections, found {}", self.readers)).under("readers")
            );
        }
        Ok(())
    }

    fn connect_options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .busy_timeout(Duration::from_millis(self.busy_timeout_ms))
            .statement_cache_capacity(64)
            .disable_statement_logging()
    }

    pub(super) fn writer(&self) -> SqliteConnectOptions {
        let synchronous = match self.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        };
        self.connect_options().create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(synchronous)
    }

    pub(super) fn reader(&self) -> SqliteConnectOptions {
        self.connect_options().pragma("query_only", "ON")
    }
}
