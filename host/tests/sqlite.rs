//! What SQLite owes beyond the contract: files, schemas, other processes, plain SQL, cost.

use pushcart::cart::Settings;
use pushcart::error::{Kind, Result};
use pushcart::id::{Address, Entropy};
use pushcart::storage::operations::Operations;
use pushcart::storage::{Committed, Loaded, Precondition, Slot, TOMBSTONE_MS, Write};

use pushcart_host::driver::sql::{SchemaVersion, Sqlite, SqliteOptions, Synchronous};
use pushcart_host::driver::{AsStorage, Driver};
use pushcart_host::testing::contract::sample::{NOW, address, after, event, record, revision, tombstone, write};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct File {
    directory: tempfile::TempDir,
}

impl File {
    fn new() -> Self {
        File { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("carts.db")
    }

    fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.path())
    }

    async fn open(&self) -> Sqlite {
        Sqlite::open(self.options()).await.expect("the file opens")
    }

    async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).connect().await.expect("the file opens beside the driver")
    }
}

async fn refused(options: SqliteOptions) -> pushcart::error::Error {
    match Sqlite::open(options).await {
        Ok(_) => panic!("expected a refusal, found an open store"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_missing_directory_is_said_by_name() {
    let file = File::new();
    let error = refused(SqliteOptions::new(file.directory.path().join("no/such/carts.db"))).await;
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.message().contains("carts.db: expected its directory to be there"), "{error}");
    assert!(error.message().ends_with("/no/such"), "{error}");
    let error = refused(SqliteOptions::new(file.directory.path())).await;
    assert!(error.message().contains("expected a file, found a directory"), "{error}");
}

#[tokio::test]
async fn a_file_of_another_kind_is_said_and_left_alone() {
    let file = File::new();
    let text = "shopping list: ".repeat(200);
    std::fs::write(file.path(), &text).unwrap();
    let error = refused(file.options()).await;
    assert_eq!((error.kind(), error.reason()), (Kind::Corrupt, Some("not_a_database")), "{error}");
    assert!(error.message().contains("carts.db"), "{error}");
    assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
}

#[tokio::test]
async fn the_schema_is_made_once_and_reported() {
    let file = File::new();
    assert_eq!(Sqlite::schema_version(&file.options()).await.unwrap_err().kind(), Kind::Unavailable);
    assert!(!file.path().exists(), "asking creates nothing");
    let mut unready = file.options();
    unready.migrate = false;
    assert_eq!(
        refused(unready.clone()).await.kind(),
        Kind::Unavailable,
        "no file is made when nothing is to be migrated"
    );

    let report = Sqlite::migrate(&file.options()).await.unwrap();
    assert_eq!((report.before, report.after), (0, 1));
    assert_eq!(report.applied[0].name, "carts");
    assert!(Sqlite::migrate(&file.options()).await.unwrap().applied.is_empty());
    assert_eq!(Sqlite::schema_version(&file.options()).await.unwrap(), SchemaVersion { found: 1, known: 1 });
    Sqlite::open(unready.clone()).await.expect("a file that was migrated opens").close().await;

    unready.table = "others".into();
    let error = refused(unready.clone()).await;
    assert_eq!(error.reason(), Some("schema_older"), "{error}");
    unready.migrate = true;
    Sqlite::open(unready).await.expect("a second table in the same file").close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_open_at_once_migrate_once() {
    let file = File::new();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let options = file.options();
        tasks.spawn(async move { Sqlite::migrate(&options).await });
    }
    let mut applied = 0;
    while let Some(report) = tasks.join_next().await {
        applied += report.unwrap().expect("a migration").applied.len();
    }
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn a_newer_schema_and_an_edited_one_stop_the_start() {
    let file = File::new();
    file.open().await.close().await;
    let mut raw = file.raw().await;
    sqlx::query(
        "INSERT INTO pushcart_migrations (table_name, version, name, checksum) VALUES ('carts', 7, 'later', 'x')",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let error = refused(file.options()).await;
    assert_eq!((error.kind(), error.reason()), (Kind::Unsupported, Some("schema_newer")));
    assert!(error.message().contains("version 1 or older") && error.message().contains("version 7"), "{error}");
    sqlx::query("DELETE FROM pushcart_migrations WHERE version = 7").execute(&mut raw).await.unwrap();
    sqlx::query("UPDATE pushcart_migrations SET checksum = 'edited'").execute(&mut raw).await.unwrap();
    assert_eq!(refused(file.options()).await.reason(), Some("schema_differs"));
}

#[tokio::test]
async fn settings_are_read_from_a_url_or_refused_with_words() {
    let options = SqliteOptions::parse(
        "sqlite:///var/lib/a%20b.db?synchronous=normal&table=t_1&readers=2&busy_timeout_ms=10&migrate=false",
    );
    let options = options.unwrap();
    assert_eq!(options.path, PathBuf::from("/var/lib/a b.db"));
    assert_eq!((options.synchronous, &*options.table, options.readers), (Synchronous::Normal, "t_1", 2));
    assert_eq!((options.busy_timeout_ms, options.migrate), (10, false));
    assert_eq!(SqliteOptions::parse("sqlite:carts.db").unwrap(), SqliteOptions::new("carts.db"));
    for (url, path) in [
        ("postgres://u:secret@h/db", ""),
        ("sqlite:", "path"),
        ("sqlite::memory:", "path"),
        ("sqlite:a.db?table=a-b", "table"),
        ("sqlite:a.db?synchronous=off", "synchronous"),
        ("sqlite:a.db?colour=red", ""),
    ] {
        let error = SqliteOptions::parse(url).unwrap_err();
        assert_eq!((error.kind(), error.path()), (Kind::Invalid, path), "{url}: {error}");
        assert!(!error.message().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn plain_sql_reads_what_is_stored() {
    let file = File::new();
    let store = file.open().await;
    for n in 1..=4 {
        let cart = address(&format!("guest:{n}"), "default");
        store.commit(&[write(&cart, Precondition::Absent, record(revision(n, 1), n as i64))], NOW).await.unwrap();
    }
    store
        .commit(&[write(&address("guest:5", "default"), Precondition::Any, tombstone(revision(5, 1)))], NOW)
        .await
        .unwrap();
    let mut raw = file.raw().await;
    let average: f64 =
        sqlx::query_scalar("SELECT avg(total) FROM carts WHERE ended_at IS NULL").fetch_one(&mut raw).await.unwrap();
    assert_eq!(average, 2379.0 * 2.5);
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT identifier FROM carts, json_each(carts.items) AS line WHERE line.value ->> 'quantity' >= 3 ORDER BY 1",
    )
    .fetch_all(&mut raw)
    .await
    .unwrap();
    assert_eq!(names, ["guest:3", "guest:4"]);
    let day: String = sqlx::query_scalar("SELECT DISTINCT date(created_at) FROM carts WHERE ended_at IS NULL")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(day, "2026-11-21");
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT number FROM carts WHERE owner = '' AND ended_at IS NULL AND updated_at < '2026' ORDER BY updated_at",
    )
    .fetch_all(&mut raw)
    .await
    .unwrap();
    assert!(plan.iter().any(|(.., step)| step.contains("carts_updated_at")), "{plan:?}");
    let invalid = sqlx::query("UPDATE carts SET items = '[' WHERE identifier = 'guest:1'").execute(&mut raw).await;
    assert!(invalid.is_err(), "the schema refuses lists that are no JSON");
}

#[tokio::test]
async fn a_damaged_cell_is_named_by_row_and_column_and_not_by_shopper() {
    let file = File::new();
    let store = file.open().await;
    let cart = address("someone@example.com", "default");
    let damages = [
        ("incarnation", "'ABC'"),
        ("version", "0"),
        ("version", "-3"),
        ("items", "'[{'"),
        ("conditions", "''"),
        ("metadata", "'null'"),
        ("created_at", "'yesterday'"),
        ("updated_at", "'2026-11-21T12:00:00Z'"),
        ("expires_at", "'never'"),
        ("id", "NULL"),
    ];
    let mut raw = file.raw().await;
    sqlx::query("PRAGMA ignore_check_constraints = ON").execute(&mut raw).await.unwrap();
    for (column, value) in damages {
        store.commit(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))], NOW).await.unwrap();
        let sql = format!("UPDATE carts SET {column} = {value}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut raw).await.unwrap();
        let error = store.load(&cart, NOW).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Corrupt, "{column}: {error}");
        assert!(error.message().contains(column) && error.message().contains("row 1 of table carts"), "{error}");
        assert!(!error.message().contains("someone"), "{error}");
        let change = [write(&cart, Precondition::Any, record(revision(8, 1), 1))];
        assert_eq!(store.commit(&change, NOW).await.unwrap_err().kind(), Kind::Corrupt, "{column}");
        sqlx::query("DELETE FROM carts").execute(&mut raw).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_by_others_is_waited_for_and_then_said() {
    let file = File::new();
    let mut options = file.options();
    options.busy_timeout_ms = 200;
    let store = Arc::new(Sqlite::open(options).await.unwrap());
    let cart = address("guest:1", "default");
    let mut raw = file.raw().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut raw).await.unwrap();
    for events in [0, 1] {
        let mut change = write(&cart, Precondition::Absent, record(revision(7, 1), 1));
        change.events = (0..events).map(|n| event(revision(7, 1), n)).collect();
        let error = store.commit(&[change], NOW).await.unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::LockTimeout, Some("database_locked")), "{error}");
        assert!(error.retry_after().is_some() && error.message().contains("carts.db"), "{error}");
    }
    // Reading goes on meanwhile.
    assert_eq!(store.load(&cart, NOW).await.unwrap(), Loaded::Absent(None));
    let waiting = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .commit(&[write(&address("guest:1", "default"), Precondition::Absent, record(revision(7, 1), 1))], NOW)
                .await
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    sqlx::query("ROLLBACK").execute(&mut raw).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Committed::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_wait_for_the_same_lock_wait_together() {
    let file = File::new();
    let mut options = file.options();
    options.busy_timeout_ms = 200;
    let store = Arc::new(Sqlite::open(options).await.unwrap());
    let mut raw = file.raw().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut raw).await.unwrap();
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let store = store.clone();
        let creation =
            write(&address(&format!("guest:{n}"), "default"), Precondition::Absent, record(revision(n, 1), 1));
        tasks.spawn(async move { store.commit(&[creation], NOW).await });
    }
    while let Some(task) = tasks.join_next().await {
        assert_eq!(task.unwrap().unwrap_err().kind(), Kind::LockTimeout);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "50 that wait one after the other take 10 s");
}

/// Acknowledges versions on its standard output until it is killed; see the test below.
#[tokio::test]
#[ignore = "the other half of a test"]
async fn counts_until_it_is_killed() {
    let Some(path) = std::env::var_os("PUSHCART_COUNT_IN") else { return };
    let mut options = SqliteOptions::new(path);
    options.synchronous = Synchronous::Normal;
    let store = Sqlite::open(options).await.unwrap();
    let cart = address("guest:1", "default");
    for version in 1.. {
        let before = if version == 1 { Precondition::Absent } else { Precondition::Exactly(revision(7, version - 1)) };
        let mut change = write(&cart, before, record(revision(7, version), version as i64));
        change.events = vec![event(revision(7, version), 0), event(revision(7, version), 1)];
        assert_eq!(store.commit(&[change], NOW).await.unwrap(), Committed::Done);
        println!("acknowledged {version}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_end_of_the_process_by_force() {
    use std::io::BufRead;
    let file = File::new();
    for round in 1..=3 {
        let path = file.directory.path().join(format!("{round}.db"));
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "counts_until_it_is_killed"])
            .env("PUSHCART_COUNT_IN", &path)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0u64;
        for line in lines {
            let line = line.unwrap_or_default();
            // The first may stand on the line on which the test runner announced it.
            if let Some((_, version)) = line.rsplit_once("acknowledged ") {
                acknowledged = version.parse().unwrap();
            }
            if acknowledged >= 40 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= 40 * round, "{acknowledged}");
        let store = Sqlite::open(SqliteOptions::new(&path)).await.unwrap();
        let found = store.load(&address("guest:1", "default"), NOW).await.unwrap().record().expect("the cart");
        let version = found.revision.version;
        assert!(version == acknowledged || version == acknowledged + 1, "{version} after {acknowledged}");
        assert_eq!(found, record(revision(7, version), version as i64), "whole");
        assert_eq!(store.outbox(u32::MAX).await.unwrap().len() as u64, 2 * version, "with its events");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_lose_nothing() {
    let file = File::new();
    let stores = [Arc::new(file.open().await), Arc::new(file.open().await)];
    let cart = address("guest:1", "default");
    stores[0].commit(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))], NOW).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (store, cart) = (stores[n % 2].clone(), cart.clone());
        tasks.spawn(async move {
            for _ in 0..25 {
                loop {
                    let before = store.load(&cart, NOW).await?.record().expect("the cart");
                    let count = before.summary.quantity + 1;
                    let mut next =
                        write(&cart, Precondition::Exactly(before.revision), record(revision(7, count as u64), count));
                    next.events = vec![event(revision(7, count as u64), 0)];
                    if store.commit(&[next], NOW).await? == Committed::Done {
                        break;
                    }
                }
            }
            Result::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap().unwrap();
    }
    assert_eq!(stores[0].load(&cart, NOW).await.unwrap(), Loaded::Record(record(revision(7, 201), 201)));
    assert_eq!(stores[1].outbox(1000).await.unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_commit_leaves_no_transaction_open_and_spoils_no_other() {
    let file = File::new();
    let store = Arc::new(file.open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60u64 {
        let store = store.clone();
        tasks.spawn(async move {
            let cart = address(&format!("guest:{n}"), "default");
            let mut stored = record(revision(n, 1), 1);
            if n % 5 == 0 {
                stored.items = "no JSON".into();
            }
            let mut change = write(&cart, Precondition::Absent, stored);
            change.events = vec![event(revision(n, 1), 0)];
            (n, store.commit(&[change], NOW).await)
        });
    }
    while let Some(task) = tasks.join_next().await {
        let (n, outcome) = task.unwrap();
        if n % 5 == 0 {
            assert_eq!(outcome.unwrap_err().kind(), Kind::Invalid);
        } else {
            assert_eq!(outcome.unwrap(), Committed::Done);
        }
    }
    assert_eq!(store.outbox(100).await.unwrap().len(), 48);
    let last = [write(&address("last", "default"), Precondition::Absent, record(revision(1, 1), 1))];
    assert_eq!(store.commit(&last, NOW).await.unwrap(), Committed::Done);
}

#[tokio::test]
async fn a_purge_takes_only_what_nobody_sees() {
    let file = File::new();
    let store = file.open().await;
    let put = async |name: &str, slot: Slot| {
        let put = Write { address: address(name, "default"), precondition: Precondition::Any, slot, events: vec![] };
        store.commit(&[put], NOW).await.unwrap();
    };
    let mut expiring = record(revision(1, 1), 1);
    expiring.expires_at = Some(after(1000));
    put("expiring", Slot::Record(expiring)).await;
    put("living", Slot::Record(record(revision(2, 1), 1))).await;
    put("ended", Slot::Tombstone(tombstone(revision(3, 1)))).await;
    assert_eq!(store.purge(after(3_599_999), 100).await.unwrap(), 0);
    assert_eq!(store.purge(after(3_600_000), 100).await.unwrap(), 1, "the tombstone at its expiry");
    let day = TOMBSTONE_MS as i64;
    assert_eq!(store.purge(after(999 + day), 100).await.unwrap(), 0);
    assert_eq!(store.purge(after(1000 + day), 100).await.unwrap(), 1, "the expired cart when its end is forgotten");
    assert!(store.load(&address("living", "default"), NOW).await.unwrap().revision().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn finer_operations_can_be_spawned() {
    let file = File::new();
    let store: Arc<dyn Driver> = Arc::new(file.open().await);
    let quantity = tokio::spawn(async move {
        let (storage, settings) = (AsStorage(store), Settings::default());
        let on = Operations::new(&storage, &settings, NOW, Entropy([1, 2, 3, 4]));
        let cart = Address::new("", "guest:1", "default").unwrap();
        on.put_items(&cart, r#"[{"id":"tee","quantity":3}]"#).await.unwrap();
        on.flush("").await.unwrap()
    });
    assert_eq!(quantity.await.unwrap(), 1);
}
