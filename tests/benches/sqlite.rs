//! The component over SQLite against the same read and conditional update in plain SQL: same library,
//! same file settings, same row, same number of events.
//!
//! Two yardsticks. *Plain* is what one would write: a transaction, a statement for each step. *Tight*
//! is the fewest trips to the database there can be, one to read and one to write, which is also how
//! our driver does it; what is left between it and us is the cart itself.

use crate::carts::{self, Component};
use crate::turns::{Side, Table, Target, measure as in_turns};
use criterion::Criterion;
use pushcart_host::driver::Driver;
use pushcart_host::driver::sql::{Sqlite, SqliteOptions, Synchronous};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Row};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime as Tokio;

pub(crate) const LINES: usize = 10;
const COMPONENT_TO_SQL: f64 = 1.25;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str| directory.path().join(name);
        let mut plain = Plain::new(&tokio, &file("plain.db"), synchronous);
        let mut tight = Plain::new(&tokio, &file("tight.db"), synchronous);
        let ours = tokio.block_on(open(file("ours.db"), synchronous));
        let mut ours = Component::new(&tokio, ours, LINES);
        let sides = vec![
            Side::new("plain SQL: 5 statements", |times| plain.run(times, false)),
            Side::new("tight SQL: 2 trips", |times| tight.run(times, true)),
            Side::new("component, runtime, driver", |times| ours.adds(times)),
        ];
        let target = Target { ratio: Some(COMPONENT_TO_SQL), ns: None };
        in_turns(criterion, table, &format!("sqlite {synchronous:?}: add, {LINES} lines"), target, 8, sides);
    }
}

/// Our driver over a file.
pub(crate) async fn open(path: PathBuf, synchronous: Synchronous) -> Arc<dyn Driver> {
    let options = SqliteOptions { synchronous, ..SqliteOptions::new(path) };
    Arc::new(Sqlite::open(options).await.expect("a database"))
}

/// How the yardsticks open a file: as our driver does.
pub(crate) fn options(path: &Path, synchronous: Synchronous) -> SqliteConnectOptions {
    let synchronous = match synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(64)
        .disable_statement_logging()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
}

/// Fills a file with `carts` carts, by our own hand, so that the yardsticks work on rows like ours.
pub(crate) fn fill(tokio: &Tokio, path: &Path, synchronous: Synchronous, carts: usize) {
    let driver = tokio.block_on(open(path.to_owned(), synchronous));
    {
        let runtime = Component::new(tokio, Arc::clone(&driver), LINES).runtime;
        tokio.block_on(async {
            for n in 0..carts {
                let mut adds = carts::Adds::new(LINES);
                // So many that the journal has its usual length.
                let more: Vec<_> = (0..16).map(|_| adds.next()).collect();
                let start = carts::start(LINES).into_iter().filter(|_| n > 0);
                for request in start.chain(more) {
                    runtime
                        .change(&carts::address(n), request, Default::default())
                        .await
                        .expect("a change that can be made");
                }
            }
            carts::deliver(&*driver).await;
        });
    }
    tokio.block_on(driver.close());
}

/// The yardstick: a file and the connections to it.
struct Plain<'t> {
    tokio: &'t Tokio,
    /// To read and to write with; away while a turn lasts.
    connections: Option<(SqliteConnection, SqliteConnection)>,
    events: u64,
}

impl<'t> Plain<'t> {
    fn new(tokio: &'t Tokio, path: &Path, synchronous: Synchronous) -> Self {
        fill(tokio, path, synchronous, 1);
        let options = options(path, synchronous);
        let connect = || tokio.block_on(options.connect()).expect("a connection");
        Plain { tokio, connections: Some((connect(), connect())), events: 0 }
    }

    fn run(&mut self, times: u64, tight: bool) -> Duration {
        let Some((mut reader, mut writer)) = self.connections.take() else { return Duration::ZERO };
        let from = self.events;
        self.events += times;
        let (took, connections) = carts::run(self.tokio, async move {
            let begin = Instant::now();
            for n in from..from + times {
                if tight {
                    add_tightly(&mut reader, &mut writer, "user:0", n).await;
                } else {
                    add(&mut writer, "user:0", n).await;
                }
            }
            let took = begin.elapsed();
            sqlx::query("DELETE FROM carts_outbox").execute(&mut writer).await.expect("no events");
            (took, (reader, writer))
        });
        self.connections = Some(connections);
        took
    }
}

const SELECT: &str = "SELECT number, id, incarnation, version, currency, rounding, items, conditions, metadata, journal, \
     quantity, lines, total, created_at, updated_at, expires_at, converted_at, order_reference, ended_at FROM carts \
     WHERE owner = ? AND identifier = ? AND instance = ?";

/// What a change leaves in a row, and what it must find there.
struct Next {
    row: Row10,
    number: i64,
    version: i64,
}

/// The columns that a change sets.
struct Row10 {
    items: String,
    conditions: String,
    metadata: String,
    journal: String,
    quantity: i64,
    lines: i64,
    total: i64,
    updated_at: String,
}

impl Next {
    fn of(row: &SqliteRow) -> Self {
        Next {
            number: row.get("number"),
            version: row.get("version"),
            row: Row10 {
                items: row.get("items"),
                conditions: row.get("conditions"),
                metadata: row.get("metadata"),
                journal: row.get("journal"),
                quantity: row.get::<i64, _>("quantity") + 1,
                lines: row.get("lines"),
                total: row.get("total"),
                updated_at: row.get("updated_at"),
            },
        }
    }
}

/// An event's id and body, as long as ours.
fn event(identifier: &str, n: u64, index: u32) -> (String, String) {
    let id = format!("0123456789abcdef.{n}.{identifier}.{index}");
    let body = format!(
        r#"{{"id":"{id}","type":"cart.item.added","at":"2026-11-21T12:00:00.000Z","identifier":"{identifier}","instance":"default","cartId":"0123456789abcdef0123456789abcdef","version":{n},"itemId":"sku-10001","itemName":"T-shirt, organic cotton, no. 1","quantity":17,"price":2009}}"#
    );
    (id, body)
}

async fn select(connection: &mut SqliteConnection, identifier: &str) -> Next {
    let query = sqlx::query(SELECT).bind("").bind(identifier).bind("default");
    Next::of(&query.fetch_one(connection).await.expect("a row"))
}

/// An add as one would write it. Returns what the cart now holds.
pub(crate) async fn add(connection: &mut SqliteConnection, identifier: &str, n: u64) -> String {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.expect("a transaction");
    let Next { row, number, version } = select(connection, identifier).await;
    let items = row.items.clone();
    let done = sqlx::query(
        "UPDATE carts SET version = ?, items = ?, conditions = ?, metadata = ?, journal = ?, quantity = ?, lines = ?, \
         total = ?, updated_at = ? WHERE number = ? AND version = ?",
    )
    .bind(version + 1)
    .bind(row.items)
    .bind(row.conditions)
    .bind(row.metadata)
    .bind(row.journal)
    .bind(row.quantity)
    .bind(row.lines)
    .bind(row.total)
    .bind(row.updated_at)
    .bind(number)
    .bind(version)
    .execute(&mut *connection)
    .await
    .expect("an update");
    assert_eq!(done.rows_affected(), 1);
    let ((id_1, body_1), (id_2, body_2)) = (event(identifier, n, 0), event(identifier, n, 1));
    sqlx::query("INSERT INTO carts_outbox (id, kind, body) VALUES (?, ?, ?), (?, ?, ?)")
        .bind(id_1)
        .bind("cart.item.added")
        .bind(body_1)
        .bind(id_2)
        .bind("cart.updated")
        .bind(body_2)
        .execute(&mut *connection)
        .await
        .expect("two events");
    sqlx::query("COMMIT").execute(connection).await.expect("a commit");
    items
}

/// The same in two trips.
async fn add_tightly(reader: &mut SqliteConnection, writer: &mut SqliteConnection, identifier: &str, n: u64) {
    let Next { row, number, version } = select(reader, identifier).await;
    let ((id_1, body_1), (id_2, body_2)) = (event(identifier, n, 0), event(identifier, n, 1));
    sqlx::query(
        "BEGIN IMMEDIATE; UPDATE carts SET version = ?, items = ?, conditions = ?, metadata = ?, journal = ?, quantity = ?, \
         lines = ?, total = ?, updated_at = ? WHERE number = ? AND version = ?; INSERT INTO carts_outbox (id, kind, body) \
         VALUES (?, ?, ?), (?, ?, ?); COMMIT",
    )
    .bind(version + 1)
    .bind(row.items)
    .bind(row.conditions)
    .bind(row.metadata)
    .bind(row.journal)
    .bind(row.quantity)
    .bind(row.lines)
    .bind(row.total)
    .bind(row.updated_at)
    .bind(number)
    .bind(version)
    .bind(id_1)
    .bind("cart.item.added")
    .bind(body_1)
    .bind(id_2)
    .bind("cart.updated")
    .bind(body_2)
    .execute(writer)
    .await
    .expect("a commit");
}
