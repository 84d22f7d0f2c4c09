//! Carts in an SQLite file: the database that needs no server.
//!
//! The file is kept in write-ahead mode, so that readers and the writer do not wait for each
//! other: reads go to a few connections of their own, commits to the one in `writer`. By default
//! an acknowledged commit survives the loss of power (`synchronous` FULL); NORMAL is several times
//! faster, and then the last commits may be missing after a loss of power, though not after the
//! end of the process, and never half of one.

mod fault;
mod options;
mod writer;

pub use options::{SqliteOptions, Synchronous};

use super::migration::{self, Migration, MigrationReport};
use super::row::{self, Cells, Value};
use super::statements::{Sql, Statements};
use super::{Applied, Dialect};
use crate::driver::Driver;
use async_trait::async_trait;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::storage::{
    Atomic, Capabilities, Committed, Durable, Found, Loaded, Scan, Slot, StoredEvent, Write, each_cart_once,
};
use pushcart::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{ConnectOptions, Connection, Row, Sqlite as Database, TypeInfo, ValueRef};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use writer::{Commit, Job};

const DIALECT: Dialect = Dialect {
    placeholder: |out, _| out.push('?'),
    upsert: " ON CONFLICT (owner, identifier, instance) DO UPDATE SET",
    upsert_value: |out, column| {
        out.push_str("excluded.");
        out.push_str(column);
    },
    or_nothing: " ON CONFLICT DO NOTHING",
    changed_one: "changes() = 1",
    readable: "json_valid(items) AND json_valid(conditions) AND json_valid(metadata)",
    begin: "BEGIN IMMEDIATE",
    migrations: &[Migration {
        version: 1,
        name: "carts",
        sql: include_str!("../../../../migrations/sqlite/0001_carts.sql"),
    }],
    migrations_table: "CREATE TABLE IF NOT EXISTS pushcart_migrations (
        table_name TEXT    NOT NULL,
        version    INTEGER NOT NULL,
        name       TEXT    NOT NULL,
        checksum   TEXT    NOT NULL,
        applied_at TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        PRIMARY KEY (table_name, version)
    ) STRICT",
};

/// The version of a file's schema, and the one that this build makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// In the file; 0 when there is none.
    pub found: u32,
    /// What this build makes.
    pub known: u32,
}

/// What the writer's task and the readers share.
struct Shared {
    statements: Statements,
    begin: Sql,
    commit: Sql,
    rollback: Sql,
    table: String,
    path: PathBuf,
    busy_timeout_ms: u64,
}

impl Shared {
    fn translate(&self, error: &sqlx::Error) -> Error {
        fault::translate(error, &self.path, self.busy_timeout_ms)
    }

    fn slot(&self, cells: &impl Cells) -> Result<Slot> {
        row::slot(&self.table, cells)
    }
}

/// Carts in an SQLite file.
///
/// The writer's task lives in the runtime in which the store was opened.
pub struct Sqlite {
    shared: Arc<Shared>,
    readers: SqlitePool,
    jobs: mpsc::Sender<Job>,
    durable: Durable,
}

impl Sqlite {
    /// Opens the file, and creates it and brings its schema up to date unless told not to.
    pub async fn open(options: SqliteOptions) -> Result<Self> {
        options.check()?;
        let (connection, _) = prepare(&options, options.migrate).await?;
        let shared = Arc::new(Shared {
            statements: Statements::new(&DIALECT, &options.table),
            begin: DIALECT.begin.into(),
            commit: "COMMIT".into(),
            rollback: "ROLLBACK".into(),
            table: options.table.clone(),
            path: options.path.clone(),
            busy_timeout_ms: options.busy_timeout_ms,
        });
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .acquire_timeout(Duration::from_secs(30))
            // A local file does not hang up.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.reader());
        let jobs = writer::start(shared.clone(), options.writer(), connection);
        let durable = match options.synchronous {
            Synchronous::Full => Durable::Power,
            Synchronous::Normal => Durable::Process,
        };
        Ok(Sqlite { shared, readers, jobs, durable })
    }

    /// Creates the file if it is missing, brings its schema up to date, and says what was done.
    pub async fn migrate(options: &SqliteOptions) -> Result<MigrationReport> {
        options.check()?;
        let (connection, report) = prepare(options, true).await?;
        drop(connection.close().await);
        Ok(report)
    }

    /// The version of the file's schema. Creates and changes nothing.
    pub async fn schema_version(options: &SqliteOptions) -> Result<SchemaVersion> {
        options.check()?;
        let translate = |error: &sqlx::Error| fault::translate(error, &options.path, options.busy_timeout_ms);
        let mut connection = options.reader().read_only(true).connect().await.map_err(|e| translate(&e))?;
        let found = applied(&mut connection, &options.table).await;
        drop(connection.close().await);
        let found = found.map_err(|e| translate(&e))?.iter().map(|step| step.version).max().unwrap_or(0);
        Ok(SchemaVersion { found, known: migration::latest(DIALECT.migrations) })
    }

    /// Takes out at most `limit` rows that no reader sees any more at `now`: tombstones past their
    /// time, and carts that expired so long ago that not even their end is remembered.
    pub async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64> {
        self.write(|reply| Job::Purge { now, limit, reply }).await
    }

    async fn write<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T>>) -> Job) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let closed = || self.shared.translate(&sqlx::Error::PoolClosed);
        self.jobs.send(job(reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn read(&self, sql: &Sql, values: Vec<Value>) -> Result<Vec<Cell>> {
        let rows = bind(sql, values).fetch_all(&self.readers).await.map_err(|e| self.shared.translate(&e))?;
        Ok(rows.into_iter().map(Cell).collect())
    }
}

#[async_trait]
impl Driver for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: self.durable,
            stale_reads: false,
            events: true,
            scan: true,
            locks: false,
            record_bytes_max: Some(1_000_000_000),
        }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        let query = bind(&self.shared.statements.load, row::address(address).into());
        let found = query.fetch_optional(&self.readers).await.map_err(|e| self.shared.translate(&e))?;
        match found {
            Some(found) => Ok(self.shared.slot(&Cell(found))?.seen_at(now)),
            None => Ok(Loaded::Absent(None)),
        }
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        if writes.is_empty() {
            return Ok(Committed::Done);
        }
        each_cart_once(writes)?;
        let commit = Commit::new(writes, now)?;
        self.write(|reply| Job::Commit(commit, reply)).await
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        let values = vec![Value::Text(owner.into()), Value::Text(identifier.into()), row::time(now)];
        let rows = self.read(&self.shared.statements.instances, values).await?;
        rows.iter().map(|cells| self.column(cells, 0, "instance")).collect()
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        let mut values = vec![Value::Text(query.owner.as_str().into()), row::time(now)];
        values.extend(query.updated_before.map(row::time));
        if let Some((updated_at, address)) = &query.after {
            values.push(row::time(*updated_at));
            values.extend(row::address(address).into_iter().skip(1));
        }
        values.push(Value::Integer(query.limit.into()));
        let shape = usize::from(query.updated_before.is_some()) * 2 + usize::from(query.after.is_some());
        let rows = self.read(&self.shared.statements.scan[shape], values).await?;
        rows.iter().map(|cells| row::found(&self.shared.table, &query.owner, cells)).collect()
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
        let rows = self.read(&self.shared.statements.outbox, vec![Value::Integer(limit.into())]).await?;
        rows.iter()
            .map(|cells| {
                Ok(StoredEvent {
                    id: self.column(cells, 0, "id")?,
                    kind: self.column(cells, 1, "kind")?,
                    body: self.column(cells, 2, "body")?,
                })
            })
            .collect()
    }

    async fn delivered(&self, ids: &[String]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(|reply| Job::Delivered(ids.to_vec(), reply)).await
    }

    async fn ready(&self) -> Result<()> {
        if self.jobs.is_closed() {
            return Err(self.shared.translate(&sqlx::Error::PoolClosed));
        }
        self.read(&self.shared.statements.ready, Vec::new()).await.map(drop)
    }

    /// Finishes what is queued, then lets go. The last connection to a file folds the log into it.
    async fn close(&self) {
        self.readers.close().await;
        let (reply, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            drop(closed.await);
        }
    }
}

impl Sqlite {
    fn column(&self, cells: &Cell, cell: usize, column: &str) -> Result<String> {
        match cells.text(cell) {
            Ok(Some(text)) => Ok(text),
            found => {
                let found = found.err().unwrap_or_else(|| "nothing".into());
                let table = &self.shared.table;
                Err(Error::new(Kind::Corrupt, format!("table {table}, column {column}: expected text, found {found}")))
            }
        }
    }
}

/// A connection that may write to a file with the schema of today, and how that came about.
async fn prepare(options: &SqliteOptions, migrate: bool) -> Result<(SqliteConnection, MigrationReport)> {
    let translate = |error: sqlx::Error| fault::translate(&error, &options.path, options.busy_timeout_ms);
    let mut connection = options.writer().create_if_missing(migrate).connect().await.map_err(translate)?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.map_err(translate)?;
    if mode != "wal" {
        return Err(Error::new(
            Kind::Unsupported,
            format!(
                "{}: expected a file system that can keep a write-ahead log, found journal mode {mode}",
                options.path.display()
            ),
        ));
    }
    // The lock is held from looking to recording: two processes that start at once migrate once.
    let mut transaction = connection.begin_with(DIALECT.begin).await.map_err(translate)?;
    let found = applied(&mut transaction, &options.table).await.map_err(translate)?;
    let before = found.iter().map(|step| step.version).max().unwrap_or(0);
    let place = options.path.display().to_string();
    let missing = migration::missing(DIALECT.migrations, &found, &place)?;
    let mut report = MigrationReport {
        table: options.table.clone(),
        before,
        after: migration::latest(DIALECT.migrations),
        applied: Vec::new(),
    };
    if !missing.is_empty() && !migrate {
        return Err(Error::new(
            Kind::Unsupported,
            format!("{place}: expected a schema of version {}, found version {before}; migrate it first", report.after),
        )
        .because("schema_older"));
    }
    if !missing.is_empty() {
        sqlx::raw_sql(DIALECT.migrations_table).execute(&mut *transaction).await.map_err(translate)?;
    }
    for step in missing {
        let sql: Sql = step.for_table(&options.table).into();
        sqlx::raw_sql(writer::safe(&sql)).execute(&mut *transaction).await.map_err(translate)?;
        sqlx::query("INSERT INTO pushcart_migrations (table_name, version, name, checksum) VALUES (?, ?, ?, ?)")
            .bind(&options.table)
            .bind(i64::from(step.version))
            .bind(step.name)
            .bind(step.checksum())
            .execute(&mut *transaction)
            .await
            .map_err(translate)?;
        report.applied.push(Applied { version: step.version, name: step.name.into() });
    }
    transaction.commit().await.map_err(translate)?;
    Ok((connection, report))
}

/// The steps that a file has, in order; none when it keeps no record of them.
async fn applied(
    connection: &mut SqliteConnection,
    table: &str,
) -> core::result::Result<Vec<migration::Found>, sqlx::Error> {
    let kept: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
        .bind(migration::TABLE)
        .fetch_optional(&mut *connection)
        .await?;
    if kept.is_none() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("SELECT version, checksum FROM pushcart_migrations WHERE table_name = ? ORDER BY version")
        .bind(table)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let version: i64 = row.try_get(0)?;
            Ok(migration::Found { version: u32::try_from(version).unwrap_or(u32::MAX), checksum: row.try_get(1)? })
        })
        .collect()
}

fn bind(sql: &Sql, values: Vec<Value>) -> Query<'static, Database, SqliteArguments> {
    values.into_iter().fold(sqlx::query(writer::safe(sql)), |query, value| match value {
        Value::Null => query.bind(None::<String>),
        Value::Text(text) => query.bind(text),
        Value::Integer(integer) => query.bind(integer),
    })
}

/// A row of SQLite's.
struct Cell(SqliteRow);

impl Cell {
    fn get<T>(&self, cell: usize) -> core::result::Result<Option<T>, String>
    where
        T: for<'r> sqlx::Decode<'r, Database> + sqlx::Type<Database>,
    {
        self.0.try_get::<Option<T>, _>(cell).map_err(|_| match self.0.try_get_raw(cell) {
            Ok(raw) => format!("a value of type {}", raw.type_info().name()),
            Err(_) => "no such column".into(),
        })
    }
}

impl Cells for Cell {
    fn text(&self, cell: usize) -> core::result::Result<Option<String>, String> {
        self.get(cell)
    }

    fn integer(&self, cell: usize) -> core::result::Result<Option<i64>, String> {
        self.get(cell)
    }
}
