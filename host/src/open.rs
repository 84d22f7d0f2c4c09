//! A storage URL becomes a driver: the one file that names every driver.
//!
//! A new driver is one variant of [`Location`], its line in [`SCHEMES`] and its arm in [`open`],
//! and the compiler asks for the rest. What wraps a driver (deadlines, retries, a breaker) will
//! have its place and its reason in [`open`] too, so that the order of layers stands in one place.
//!
//! A URL may hold a password. Nothing here, and nobody else, prints one but through [`redacted`].

use crate::config::Config;
use crate::driver::Driver;
use crate::driver::sql::{Sqlite, SqliteOptions, Synchronous};
use crate::outside::{Catalogue, HttpProvider, Provider, parse_list};
use crate::runtime::{COMPONENT, Runtime, RuntimeConfig};
use pushcart::error::{Error, Kind, Result};
use pushcart::storage::Memory;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

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
        let expected = |found: String| {
            Error::invalid(format!("expected a storage URL: {}; found {found}", known())).under("storage")
        };
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
                    ":memory:" => Err(expected(
                        "sqlite::memory:, which every connection would have for itself; write memory:".into(),
                    )),
                    _ if path.contains(['?', '#']) => Err(expected(
                        "a path with ? or #; SQLite is set with database.synchronous and database.busy_timeout_ms"
                            .into(),
                    )),
                    _ if path.contains('\0') => Err(expected("a path with a NUL in it".into())),
                    _ => Ok(Location::Sqlite(path.into())),
                }
            }
            _ if NOT_YET.contains(&scheme) => Err(Error::new(
                Kind::Unsupported,
                format!(
                    "expected a storage URL: {}; found {scheme}:, which this version has no driver for yet",
                    known()
                ),
            )
            .under("storage")),
            _ if scheme.len() <= 20
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) =>
            {
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
        Location::Memory => nowhere(),
        Location::Sqlite(path) => Arc::new(Sqlite::open(sqlite(config, path)).await?),
    })
}

/// Starts the runtime on an open driver.
pub fn start(config: &Config, driver: Arc<dyn Driver>) -> Result<Runtime> {
    Runtime::new(
        COMPONENT,
        driver,
        RuntimeConfig {
            deadline: config.runtime.deadline,
            instances_max: config.runtime.instances_max,
            memory_bytes_max: config.runtime.memory_bytes_max,
            settings: config.carts,
            catalogue: Arc::new(catalogue(config)?),
            providers: providers(config)?,
            provider_timeout: config.conditions.provider_timeout,
            memo_entries: config.runtime.memo_entries,
            ..RuntimeConfig::default()
        },
    )
}

/// Reads the configured catalogue of conditions. A mistake is refused with the file and the place in it.
pub fn catalogue(config: &Config) -> Result<Catalogue> {
    let Some(path) = &config.conditions.catalogue else { return Ok(Catalogue::default()) };
    let in_file = |kind, error: &dyn std::fmt::Display| {
        Error::new(kind, format!("{}: {error}", path.display())).under("catalogue").under("conditions")
    };
    let json = std::fs::read_to_string(path)
        .map_err(|error| in_file(Kind::Invalid, &format_args!("expected a file of conditions, found: {error}")))?;
    let json = json.strip_prefix('\u{feff}').unwrap_or(&json);
    Catalogue::parse(json, config.carts.default_currency).map_err(|error| in_file(error.kind(), &error))
}

/// The configured providers of conditions.
pub fn providers(config: &Config) -> Result<Vec<Arc<dyn Provider>>> {
    let named = parse_list(&config.conditions.providers)?;
    named.iter().map(|(name, url)| Ok(Arc::new(HttpProvider::new(name, url)?) as Arc<dyn Provider>)).collect()
}

/// A database's schema: the version it has, and the one that this build makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// What is there; 0 for nothing yet.
    pub found: u32,
    /// What this build makes.
    pub known: u32,
}

/// The schema of the configured storage; `None` where there is none to have. Changes nothing.
pub async fn schema(config: &Config) -> Result<Option<Schema>> {
    match Location::parse(&config.storage)? {
        Location::Memory => Ok(None),
        Location::Sqlite(path) => {
            let version = Sqlite::schema_version(&sqlite(config, path)).await?;
            Ok(Some(Schema { found: version.found, known: version.known }))
        }
    }
}

/// Whether the configured storage was ever made.
pub fn exists(config: &Config) -> Result<bool> {
    Ok(match Location::parse(&config.storage)? {
        Location::Memory => true,
        Location::Sqlite(path) => path.exists(),
    })
}

/// Whether storage that was never made could be.
pub fn may_make(config: &Config) -> Result<()> {
    let Location::Sqlite(path) = Location::parse(&config.storage)? else { return Ok(()) };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found = match std::fs::metadata(parent) {
        Ok(found) if found.is_dir() && !found.permissions().readonly() => return Ok(()),
        Ok(_) => "something else".into(),
        Err(error) => error.to_string(),
    };
    Err(Error::new(
        Kind::Unavailable,
        format!("expected a directory that may be written at {}, found: {found}", parent.display()),
    ))
}

/// A driver for trying the cart on when there is no storage to try it on.
pub fn nowhere() -> Arc<dyn Driver> {
    Arc::new(Memory::default())
}

/// Brings the schema up to date, and says from where to where and by which steps; `None` where
/// there is no schema.
pub async fn migrate(config: &Config) -> Result<Option<(Schema, Vec<String>)>> {
    match Location::parse(&config.storage)? {
        Location::Memory => Ok(None),
        Location::Sqlite(path) => {
            let report = Sqlite::migrate(&sqlite(config, path)).await?;
            let steps = report.applied.iter().map(|step| format!("{} {}", step.version, step.name)).collect();
            Ok(Some((Schema { found: report.before, known: report.after }, steps)))
        }
    }
}

/// One thing that was looked at, and how it was found.
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// What was found, or what is wrong.
    pub outcome: Result<String>,
}

/// Looks at the storage itself, beside the driver: may it be read and written, is it whole. Changes
/// nothing.
pub async fn examine(config: &Config) -> Vec<Finding> {
    match Location::parse(&config.storage) {
        Ok(Location::Sqlite(path)) => examine_sqlite(config, &path).await,
        Ok(Location::Memory) | Err(_) => Vec::new(),
    }
}

async fn examine_sqlite(config: &Config, path: &Path) -> Vec<Finding> {
    let failed = |what: &str, error: &sqlx::Error| {
        Error::new(Kind::Unavailable, format!("expected to {what} {}, found: {error}", path.display()))
    };
    let options = || {
        SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(Duration::from_millis(config.database.busy_timeout_ms))
            .disable_statement_logging()
    };
    let mut findings = Vec::new();
    let mut reader = match options().read_only(true).connect().await {
        Ok(reader) => reader,
        Err(error) => return vec![Finding { name: "storage read", outcome: Err(failed("read", &error)) }],
    };
    let journal = sqlx::query_scalar::<_, String>("PRAGMA journal_mode").fetch_one(&mut reader).await;
    findings.push(Finding {
        name: "storage journal",
        outcome: match journal {
            Ok(mode) if mode == "wal" => Ok("write-ahead".into()),
            Ok(mode) => Ok(format!("{mode}; the driver turns it to write-ahead when it opens the file")),
            Err(error) => Err(failed("read", &error)),
        },
    });
    let check = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)").fetch_one(&mut reader).await;
    findings.push(Finding {
        name: "storage integrity",
        outcome: match check {
            Ok(word) if word == "ok" => Ok("quick_check finds nothing wrong".into()),
            Ok(found) => Err(Error::new(Kind::Corrupt, format!("expected a whole file, found: {found}"))),
            Err(error) => Err(Error::new(Kind::Corrupt, format!("expected a whole file, found: {error}"))),
        },
    });
    drop(reader.close().await);
    // A transaction that may write, and does not, needs every permission that a commit needs.
    let write = async {
        let mut writer = options().connect().await?;
        sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut writer).await?;
        writer.close().await
    };
    let outcome = write.await.map(|()| "may be written".into()).map_err(|error| failed("write", &error));
    findings.push(Finding { name: "storage write", outcome });
    findings
}

fn sqlite(config: &Config, path: PathBuf) -> SqliteOptions {
    SqliteOptions {
        table: config.database.table.clone(),
        synchronous: if config.database.synchronous == "normal" { Synchronous::Normal } else { Synchronous::Full },
        busy_timeout_ms: config.database.busy_timeout_ms,
        migrate: config.database.migrate,
        ..SqliteOptions::new(path)
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
