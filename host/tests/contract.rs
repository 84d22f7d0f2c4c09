//! The built-in drivers keep the promises of storage, and drivers that break one are caught.
//!
//! The second half is a museum: each exhibit is a mistake that a real cart or store made. A suite
//! that lets one pass is of no use, so each names the cases that must fail with it.

use async_trait::async_trait;
use pushcart::error::{Kind, Result};
use pushcart::id::{Address, Revision};
use pushcart::storage::{
    Atomic, Capabilities, Committed, Durable, Found, Loaded, Memory, Precondition, Scan, StoredEvent, Write,
};
use pushcart::time::Timestamp;
use pushcart_host::driver::Driver;
use pushcart_host::driver::sql::{Sqlite, SqliteOptions, Synchronous};
use pushcart_host::testing::Faulty;
use pushcart_host::testing::contract::{self, Options, Report, Store};
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;

fn options() -> Options {
    Options { full: std::env::var("TESTS_FULL").is_ok_and(|value| value == "1") }
}

async fn sqlite(synchronous: Synchronous, table: &str) -> Store {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("carts.db");
    let mut options = SqliteOptions::new(&path);
    options.synchronous = synchronous;
    options.table = table.into();
    let url = format!("sqlite://{}", path.display());
    let table = table.to_owned();
    let again = options.clone();
    let driver = Sqlite::open(options).await.expect("a new file opens");
    Store::new(Arc::new(driver))
        .reopen(move || {
            let again = again.clone();
            async move { Arc::new(Sqlite::open(again).await.expect("the file opens again")) as Arc<dyn Driver> }
        })
        .damage(move |address: Address| {
            let (url, table) = (url.clone(), table.clone());
            async move {
                let mut raw = SqliteConnection::connect(&url).await.expect("the file opens beside the driver");
                sqlx::query("PRAGMA ignore_check_constraints = ON").execute(&mut raw).await.expect("a pragma");
                let sql = format!("UPDATE {table} SET items = 'oops' WHERE identifier = ? AND instance = ?");
                let done = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(address.identifier().to_owned())
                    .bind(address.instance().to_owned())
                    .execute(&mut raw)
                    .await
                    .expect("an update");
                assert_eq!(done.rows_affected(), 1);
                raw.close().await.expect("a close");
            }
        })
        .holding(directory)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_keeps_the_promises() {
    let report = contract::run_with("memory", options(), || async { Arc::new(Memory::new()) as Arc<dyn Driver> }).await;
    println!("{report}");
    assert!(report.passed.len() > 250, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_promises() {
    let report = contract::run_with("sqlite", options(), || sqlite(Synchronous::Full, "carts")).await;
    println!("{report}");
    assert!(report.passed.len() > 260, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_with_normal_synchronisation_and_another_table_keeps_the_promises() {
    let report = contract::run_with("sqlite, normal", options(), || sqlite(Synchronous::Normal, "_Shop_2")).await;
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrapper_that_is_told_nothing_changes_nothing() {
    contract::run("faulty memory", || async { Arc::new(Faulty::new(Memory::new())) as Arc<dyn Driver> }).await;
}

/// What an exhibit does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// Judges the precondition, then writes: two steps.
    CheckThenWrite,
    /// Ignores preconditions: the last writer wins.
    LastWriterWins,
    /// Compares versions and not incarnations.
    BlindToIncarnations,
    /// Writes to a cart that expired as if it had not.
    RevivesTheExpired,
    /// Reads a cart that expired.
    ReadsTheExpired,
    /// Takes the last millisecond for the first after the end.
    ExpiresOneMillisecondLate,
    /// Takes names for the same that differ in case.
    FoldsCase,
    /// Drops blanks at the end of names.
    TrimsBlanks,
    /// Ends names at a NUL.
    EndsAtNul,
    /// Joins the parts of an address with a colon.
    JoinsWithColon,
    /// Lists the instances of every identifier that begins so.
    ListsByPrefix,
    /// Writes carts one after the other.
    OneAfterTheOther,
    /// Keeps events before it judges.
    EventsBeforeTheJudgement,
    /// Keeps events in a step of their own.
    EventsAfterwards,
    /// Says nothing of what is there when it refuses.
    ConflictWithoutCurrent,
    /// Forgets tombstones.
    ForgetsTombstones,
    /// Goes on after a page by time alone.
    PagesByTimeAlone,
    /// Answers a refused write as done, as a client that misreads an aborted transaction does.
    RefusalReadAsSuccess,
    /// Declares that it survives the process.
    ClaimsDurability,
    /// Fails to notice that a cart cannot be read.
    UnreadableIsAbsent,
    /// Answers from a copy that lags behind.
    ReadsACopy,
}

struct Exhibit {
    inner: Memory,
    bug: Bug,
    damaged: std::sync::Mutex<Vec<Address>>,
    copy: std::sync::Mutex<std::collections::HashMap<Address, Loaded>>,
}

impl Exhibit {
    fn store(bug: Bug) -> Store {
        let exhibit =
            Arc::new(Exhibit { inner: Memory::new(), bug, damaged: Default::default(), copy: Default::default() });
        let damaged = exhibit.clone();
        let store = Store::new(exhibit);
        match bug {
            Bug::UnreadableIsAbsent => store.damage(move |address| {
                damaged.damaged.lock().unwrap().push(address);
                async {}
            }),
            // What a driver without a file does when it is opened again.
            Bug::ClaimsDurability => store.reopen(|| async { Arc::new(Memory::new()) as Arc<dyn Driver> }),
            _ => store,
        }
    }

    fn address(&self, address: &Address) -> Address {
        let change = |text: &str| match self.bug {
            Bug::FoldsCase => text.to_lowercase(),
            Bug::TrimsBlanks => Some(text.trim_end_matches(' ')).filter(|text| !text.is_empty()).unwrap_or(text).into(),
            Bug::EndsAtNul => text.split('\0').next().filter(|text| !text.is_empty()).unwrap_or(text).into(),
            _ => text.into(),
        };
        let (owner, identifier, instance) =
            (change(address.owner()), change(address.identifier()), change(address.instance()));
        if self.bug == Bug::JoinsWithColon {
            let joined = format!("{owner}:{identifier}:{instance}");
            let (identifier, instance) = joined.rsplit_once(':').unwrap_or((&joined, "x"));
            let (identifier, instance) =
                if instance.is_empty() { (joined.as_str(), "x") } else { (identifier, instance) };
            let short = |text: &str| text.chars().take(255).collect::<String>();
            return Address::new("", &short(identifier), &short(instance)).unwrap();
        }
        Address::new(&owner, &identifier, &instance).unwrap()
    }

    fn loaded(&self, address: &Address, now: Timestamp) -> Loaded {
        let now = match self.bug {
            Bug::ReadsTheExpired => Timestamp::from_ms(0),
            Bug::ExpiresOneMillisecondLate => Timestamp::from_ms(now.as_ms() - 1),
            _ => now,
        };
        if self.damaged.lock().unwrap().contains(address) {
            return Loaded::Absent(None);
        }
        match self.inner.load(address, now) {
            Loaded::Absent(_) if self.bug == Bug::ForgetsTombstones => Loaded::Absent(None),
            loaded => loaded,
        }
    }
}

#[async_trait]
impl Driver for Exhibit {
    fn name(&self) -> &'static str {
        "exhibit"
    }

    fn capabilities(&self) -> Capabilities {
        let durable = if self.bug == Bug::ClaimsDurability { Durable::Process } else { Durable::Nothing };
        Capabilities { durable, atomic: Atomic::Any, ..self.inner.capabilities() }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        let loaded = self.loaded(&self.address(address), now);
        if self.bug == Bug::ReadsACopy {
            return Ok(self.copy.lock().unwrap().insert(address.clone(), loaded.clone()).unwrap_or(loaded));
        }
        Ok(loaded)
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        let mut writes = writes.to_vec();
        for write in &mut writes {
            write.address = self.address(&write.address);
        }
        match self.bug {
            Bug::CheckThenWrite => {
                for (index, write) in writes.iter_mut().enumerate() {
                    let current = self.loaded(&write.address, now);
                    if !write.precondition.holds(current.revision()) {
                        return Ok(Committed::Conflict { index, current });
                    }
                    write.precondition = Precondition::Any;
                }
                tokio::task::yield_now().await;
                self.inner.commit(&writes, now)
            }
            Bug::LastWriterWins => {
                writes.iter_mut().for_each(|write| write.precondition = Precondition::Any);
                self.inner.commit(&writes, now)
            }
            Bug::BlindToIncarnations => {
                for write in &mut writes {
                    let there = self.loaded(&write.address, now).revision();
                    if let (Precondition::Exactly(Revision { version, .. }), Some(there)) = (write.precondition, there)
                        && version == there.version
                    {
                        write.precondition = Precondition::Exactly(there);
                    }
                }
                self.inner.commit(&writes, now)
            }
            Bug::RevivesTheExpired => self.inner.commit(&writes, Timestamp::from_ms(0)),
            Bug::ExpiresOneMillisecondLate => self.inner.commit(&writes, Timestamp::from_ms(now.as_ms() - 1)),
            Bug::OneAfterTheOther => {
                for (index, write) in writes.into_iter().enumerate() {
                    tokio::task::yield_now().await;
                    if let Committed::Conflict { current, .. } = self.inner.commit(&[write], now)? {
                        return Ok(Committed::Conflict { index, current });
                    }
                }
                Ok(Committed::Done)
            }
            Bug::EventsBeforeTheJudgement => {
                let events = writes.iter().flat_map(|write| write.events.clone()).collect();
                let mut fence = writes[0].clone();
                fence.address = Address::new("", "events of others", "default").unwrap();
                fence.precondition = Precondition::Any;
                fence.events = events;
                self.inner.commit(&[fence], now)?;
                self.inner.commit(&writes, now)
            }
            Bug::EventsAfterwards => {
                let mut fence = writes[0].clone();
                fence.address = Address::new("", "events of others", "default").unwrap();
                fence.precondition = Precondition::Any;
                fence.events = writes.iter_mut().flat_map(|write| std::mem::take(&mut write.events)).collect();
                let committed = self.inner.commit(&writes, now)?;
                tokio::time::sleep(std::time::Duration::from_micros(200)).await;
                if committed == Committed::Done {
                    self.inner.commit(&[fence], now)?;
                }
                Ok(committed)
            }
            Bug::ConflictWithoutCurrent => Ok(match self.inner.commit(&writes, now)? {
                Committed::Conflict { index, .. } => Committed::Conflict { index, current: Loaded::Absent(None) },
                done => done,
            }),
            Bug::RefusalReadAsSuccess => {
                self.inner.commit(&writes, now)?;
                Ok(Committed::Done)
            }
            _ => self.inner.commit(&writes, now),
        }
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        if self.bug == Bug::ListsByPrefix {
            let query = Scan { owner: owner.into(), updated_before: None, after: None, limit: u32::MAX };
            let mut found: Vec<String> = self
                .inner
                .scan(&query, now)
                .into_iter()
                .filter(|found| found.address.identifier().starts_with(identifier))
                .map(|found| found.address.instance().into())
                .collect();
            found.sort();
            return Ok(found);
        }
        Ok(self.inner.instances(owner, identifier, now))
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        let mut query = query.clone();
        if self.bug == Bug::PagesByTimeAlone
            && let Some((at, _)) = query.after.take()
        {
            let all = Scan { limit: u32::MAX, ..query.clone() };
            let rest = self.inner.scan(&all, now).into_iter().filter(|found| found.updated_at > at);
            return Ok(rest.take(query.limit as usize).collect());
        }
        Ok(self.inner.scan(&query, now))
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
        Ok(self.inner.outbox(limit))
    }

    async fn delivered(&self, ids: &[String]) -> Result<()> {
        self.inner.delivered(ids);
        Ok(())
    }

    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}

async fn inspect(bug: Bug) -> Report {
    contract::check(&format!("{bug:?}"), Options::default(), || async move { Exhibit::store(bug) }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_exhibit_of_the_museum_is_caught() {
    let museum: &[(Bug, &[&str])] = &[
        (Bug::CheckThenWrite, &["no_count_is_lost_or_doubled", "exactly_one_creates"]),
        (Bug::LastWriterWins, &["the_second_writer_is_told_what_is_there", "no_count_is_lost_or_doubled"]),
        (
            Bug::BlindToIncarnations,
            &[
                "a_new_incarnation_does_not_match_the_old_one",
                "precondition/cart_on_a_living_cart_if_exactly_another_incarnation",
            ],
        ),
        (Bug::RevivesTheExpired, &["exactly_fails_at_the_expiry", "absent_holds_at_the_expiry"]),
        (Bug::ReadsTheExpired, &["absent_at_its_expiry"]),
        (
            Bug::ExpiresOneMillisecondLate,
            &[
                "absent_at_its_expiry",
                "exactly_fails_at_the_expiry",
                "absent_holds_at_the_expiry",
                "a_tombstone_is_kept_until_its_expiry",
            ],
        ),
        (Bug::FoldsCase, &["hostile_identifiers_are_apart", "owners_do_not_see_each_other"]),
        (Bug::TrimsBlanks, &["hostile_identifiers_are_apart"]),
        (Bug::EndsAtNul, &["hostile_identifiers_are_apart"]),
        (Bug::JoinsWithColon, &["parts_do_not_run_into_each_other"]),
        (Bug::ListsByPrefix, &["instances_of_a_prefix_or_pattern_are_not_listed"]),
        (
            Bug::OneAfterTheOther,
            &["all_or_nothing_within_an_identifier", "a_cancelled_commit_of_several_is_whole_or_nothing"],
        ),
        (Bug::EventsBeforeTheJudgement, &["a_conflict_keeps_no_events"]),
        (Bug::EventsAfterwards, &["a_cancelled_commit_is_whole_or_nothing"]),
        (Bug::ConflictWithoutCurrent, &["the_second_writer_is_told_what_is_there"]),
        (Bug::ForgetsTombstones, &["a_tombstone_is_kept_until_its_expiry", "absent_at_its_expiry"]),
        (Bug::PagesByTimeAlone, &["pages_give_every_cart_once"]),
        (Bug::RefusalReadAsSuccess, &["the_second_writer_is_told_what_is_there", "no_count_is_lost_or_doubled"]),
        (Bug::ClaimsDurability, &["acknowledged_is_kept"]),
        (Bug::UnreadableIsAbsent, &["unreadable_is_not_absent", "unreadable_is_not_overwritten_by_any"]),
        (Bug::ReadsACopy, &["reads_are_fresh"]),
    ];
    let mut escaped = Vec::new();
    for (bug, cases) in museum {
        let report = inspect(*bug).await;
        for case in *cases {
            if !report.has_failed(case) {
                escaped.push(format!("{bug:?} was not caught by {case}\n{report}"));
            }
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}

#[tokio::test]
async fn a_driver_that_panics_fails_the_case_and_no_other() {
    struct Panics(Memory);
    #[async_trait]
    impl Driver for Panics {
        fn name(&self) -> &'static str {
            "panics"
        }
        fn capabilities(&self) -> Capabilities {
            self.0.capabilities()
        }
        async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
            Ok(self.0.load(address, now))
        }
        async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
            self.0.commit(writes, now)
        }
        async fn instances(&self, _: &str, _: &str, _: Timestamp) -> Result<Vec<String>> {
            panic!("expected in this test")
        }
        async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
            Ok(self.0.scan(query, now))
        }
        async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
            Ok(self.0.outbox(limit))
        }
        async fn delivered(&self, ids: &[String]) -> Result<()> {
            self.0.delivered(ids);
            Ok(())
        }
        async fn ready(&self) -> Result<()> {
            Err(pushcart::error::Error::new(Kind::Unavailable, "expected in this test"))
        }
    }
    let report = contract::check_some(
        "panics",
        Options::default(),
        || async { Arc::new(Panics(Memory::new())) as Arc<dyn Driver> },
        |case| matches!(case, "no_instances" | "it_is_ready" | "never_stored"),
    )
    .await;
    assert!(report.has_failed("no_instances") && report.has_failed("it_is_ready"), "{report}");
    assert_eq!(report.passed, ["never_stored"]);
}
