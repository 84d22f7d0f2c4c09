//! A storage URL becomes a driver: the one file that names every driver.
//!
//! A new driver is one variant of [`Location`], its line in [`SCHEMES`] and its arm in [`open`],
//! and the compiler asks for the rest. What wraps a driver (deadlines, retries, a breaker) will
//! have its place and its reason in [`open`] too, so that the order of layers stands in one place.
//!
//! A URL may hold a password. Nothing here, and nobody else, prints one but through [`redacted`].

use crate::config::Config;
use crate::driver::memory::MemoryDriver;
use crate::driver::sql::{Sqlite, SqliteOptions, Synchronous};
use crate::driver::Driver;
use crate::runtime::{Runtime, RuntimeConfig};
use pushcart::error::{Error, Kind, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// Where carts are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this process.
    Memory,
    /// In a file of SQLite.
    Sqlite(PathBuf),
}

/// Every scheme, and how its URLs look.
const SCHEMES: &[(&str, &str)] = &[("memory", "memory:"), ("sqlite", "sqlite:PATH")];

/// Schemes that will be known one day; to say so is better than to call them unknown.
const NOT_YET: &[&str] = &["redis", "rediss", "postgres", "postgresql", "mysql", "mariadb"];

/// What older systems called their storages, and what to write instead.
const OLD_NAMES: &[(&str, &str)] = &[
    ("database", "write sqlite:carts.db"),
    ("array", "write memory:"),
    ("session", "the session driver lives in browsers; write sqlite:carts.db"),
    ("cache", "the cache driver comes in a later version; write sqlite:carts.db"),
];

/// The URLs that are understood, for messages.
pub fn known() -> String {
    SCHEMES.iter().map(|(_, form)| *form).collect::<Vec<_>>().join(" or ")
}

impl Location {
    /// Reads a storage URL. The error never repeats more of it than a known word.
    pub fn parse(url: &str) -> Result<Self> {
        let expected = |found: String| Error::invalid(format!("expected a storage URL: {}; found {found}", known())).under("storage");
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(match OLD_NAMES.iter().find(|(name, _)| *name == url) {
                Some((name, advice)) => expected(format!("{name:?}; {advice}")),
                None => expected("text without a scheme; a file is written sqlite:PATH".into()),
            });
        };
        match scheme {
            "memory" if rest.is_empty() => Ok(Location::Memory),
            "memory" => Err(expected("more text after memory:".into())),
            "sqlite" => {
                // `sqlite://carts.db` and `sqlite:///var/carts.db` are how others write it.
                let path = rest.strip_prefix("//").unwrap_or(rest);
                match path {
                    "" => Err(expected("sqlite: without a path; write sqlite:carts.db".into())),
                    ":memory:" => Err(expected("sqlite::memory:, which every connection would have for itself; write memory:".into())),
                    _ if path.contains(['?', '#']) => {
                        Err(expected("a path with ? or #; SQLite is set with database.synchronous and database.busy_timeout_ms".into()))
                    }
                    _ if path.contains('\0') => Err(expected("a path with a NUL in it".into())),
                    _ => Ok(Location::Sqlite(path.into())),
                }
            }
            _ if NOT_YET.contains(&scheme) => Err(Error::new(
                Kind::Unsupported,
                format!("expected a storage URL: {}; found {scheme}:, which this version has no driver for yet", known()),
            )
            .under("storage")),
            _ if scheme.len() <= 20 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) => {
                Err(expected(format!("the unknown scheme {scheme}:")))
            }
            _ => Err(expected("text without a scheme; a file is written sqlite:PATH".into())),
        }
    }
}

/// A storage URL as it may be printed: without a name, a password, or the values of parameters.
///
/// It takes away too much rather than too little: everything up to the last `@`, because a password
/// that was not encoded may hold any of the characters that would end it.
pub fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':') else { return "***".into() };
    if matches!(Location::parse(url), Ok(Location::Memory | Location::Sqlite(_))) {
        return url.into();
    }
    let (slashes, rest) = match rest.strip_prefix("//") {
        Some(rest) => ("//", rest),
        None => ("", rest),
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => ("***@", rest),
        None => ("", rest),
    };
    let (place, parameters) = match rest.split_once(['?', '#']) {
        Some((place, _)) => (place, "?***"),
        None => (rest, ""),
    };
    format!("{scheme}:{slashes}{user}{place}{parameters}")
}

/// Opens the configured storage.
pub async fn open(config: &Config) -> Result<Arc<dyn Driver>> {
    Ok(match Location::parse(&config.storage)? {
        Location::Memory => Arc::new(MemoryDriver::default()),
        Location::Sqlite(path) => Arc::new(Sqlite::open(sqlite(config, path)).await?),
    })
}

/// Starts the runtime on an open driver.
pub fn start(config: &Config, driver: Arc<dyn Driver>) -> Result<Runtime> {
    Runtime::new(
        driver,
        RuntimeConfig {
            deadline: config.runtime.deadline,
            instances_max: config.runtime.instances_max,
            memory_bytes_max: config.runtime.memory_bytes_max,
            settings: config.carts,
            ..RuntimeConfig::default()
        },
    )
}

fn sqlite(config: &Config, path: PathBuf) -> SqliteOptions {
    SqliteOptions {
        path,
        table: config.database.table.clone(),
        synchronous: if config.database.synchronous == "normal" { Synchronous::Normal } else { Synchronous::Full },
        busy_timeout: config.database.busy_timeout,
        ..SqliteOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_and_others_refused_with_advice() {
        assert_eq!(Location::parse("memory:").unwrap(), Location::Memory);
        for (url, path) in [
            ("sqlite:carts.db", "carts.db"),
            ("sqlite://carts.db", "carts.db"),
            ("sqlite:/var/carts.db", "/var/carts.db"),
            ("sqlite:///var/carts.db", "/var/carts.db"),
            ("sqlite:C:\\carts.db", "C:\\carts.db"),
        ] {
            assert_eq!(Location::parse(url).unwrap(), Location::Sqlite(path.into()), "{url}");
        }
        for (url, advice) in [
            ("sqlite::memory:", "write memory:"),
            ("sqlite:", "write sqlite:carts.db"),
            ("carts.db", "sqlite:PATH"),
            ("database", "write sqlite:carts.db"),
            ("mongodb://localhost", "unknown scheme mongodb:"),
            ("redis://localhost", "no driver for yet"),
            ("memory:x", "more text"),
            ("sqlite:a.db?mode=ro", "database.synchronous"),
        ] {
            let error = Location::parse(url).unwrap_err();
            assert!(error.message().contains(advice), "{url}: {error}");
        }
    }

    #[test]
    fn no_password_is_ever_printed() {
        for (url, shown) in [
            ("postgres://shop:hunter2@db/carts", "postgres://***@db/carts"),
            ("postgres://shop:hun/t@er2@db:5432/carts?password=hunter2", "postgres://***@db:5432/carts?***"),
            ("redis://:hunter2@cache", "redis://***@cache"),
            ("redis://cache#hunter2", "redis://cache?***"),
            ("mysql:shop:hunter2@db", "mysql:***@db"),
            ("hunter2", "***"),
            ("sqlite:carts.db", "sqlite:carts.db"),
            ("memory:", "memory:"),
        ] {
            assert_eq!(redacted(url), shown);
            if let Err(error) = Location::parse(url) {
                assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }
}
