//! The promises of storage as a library of cases.
//!
//! A driver's author supplies a constructor of empty stores and calls [`run`]; each case gets a
//! store of its own. What the driver declares in its capabilities decides which cases apply: one
//! that does not is reported as skipped, with the reason, and a claim that is not kept fails.
//!
//! ```no_run
//! # async fn example() {
//! use pushcart::storage::Memory;
//! use pushcart_host::driver::Driver;
//! use pushcart_host::testing::contract;
//! use std::sync::Arc;
//!
//! contract::run("memory", || async { Arc::new(Memory::new()) as Arc<dyn Driver> }).await;
//! # }
//! ```
//!
//! A constructor may return a [`Store`] instead, which can say how to open the same store again,
//! and how to damage a stored cart behind the driver's back; more cases apply then.
//!
//! A case fails by saying what it expected; a driver that panics, or does not answer in time, fails
//! the case and no other. [`check`] collects everything; [`run`] panics with it.

mod atomic;
mod claims;
mod damage;
mod events;
mod expiry;
mod listing;
mod names;
mod preconditions;
mod races;
mod records;
pub mod sample;

use crate::driver::Driver;
use futures_util::future::BoxFuture;
use pushcart::error::Error;
use pushcart::id::Address;
use pushcart::storage::{Atomic, Capabilities, Committed, Loaded, StoredEvent, Write};
use pushcart::time::Timestamp;
use sample::NOW;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How thorough to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Races of full length: 16 writers with 1,000 changes each instead of 100.
    pub full: bool,
}

type Reopen = Arc<dyn Fn() -> BoxFuture<'static, Arc<dyn Driver>> + Send + Sync>;
type Damage = Arc<dyn Fn(Address) -> BoxFuture<'static, ()> + Send + Sync>;

/// An empty store, and what can be done with it besides the driver's verbs.
pub struct Store {
    driver: Arc<dyn Driver>,
    reopen: Option<Reopen>,
    damage: Option<Damage>,
    /// Dropped after the case: a temporary directory.
    _held: Option<Box<dyn Any + Send + Sync>>,
}

impl Store {
    /// A store that can be used through `driver` only.
    pub fn new(driver: Arc<dyn Driver>) -> Self {
        Store { driver, reopen: None, damage: None, _held: None }
    }

    /// Says how to open the same store again after it was closed.
    #[must_use]
    pub fn reopen<F>(mut self, open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Arc<dyn Driver>> + Send + 'static,
    {
        self.reopen = Some(Arc::new(move || Box::pin(open())));
        self
    }

    /// Says how to make the stored cart at an address unreadable, behind the driver's back.
    #[must_use]
    pub fn damage<F>(mut self, damage: impl Fn(Address) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.damage = Some(Arc::new(move |address| Box::pin(damage(address))));
        self
    }

    /// Keeps something until the case has ended.
    #[must_use]
    pub fn holding(mut self, held: impl Any + Send + Sync) -> Self {
        self._held = Some(Box::new(held));
        self
    }
}

impl From<Arc<dyn Driver>> for Store {
    fn from(driver: Arc<dyn Driver>) -> Self {
        Store::new(driver)
    }
}

/// What became of the cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The driver's name, as the caller gave it.
    pub driver: String,
    /// What holds.
    pub passed: Vec<String>,
    /// What does not apply, and why.
    pub skipped: Vec<(String, String)>,
    /// What does not hold: the case, its promise and what was found. Empty after [`run`].
    pub failed: Vec<Failure>,
}

/// A case that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The case.
    pub case: String,
    /// What it checks.
    pub promise: String,
    /// What was expected and found.
    pub found: String,
}

impl Report {
    /// Whether a case of this name failed.
    pub fn has_failed(&self, case: &str) -> bool {
        self.failed.iter().any(|failure| failure.case == case)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, skipped, failed) = (self.passed.len(), self.skipped.len(), self.failed.len());
        writeln!(f, "{}: {passed} passed, {skipped} skipped, {failed} failed", self.driver)?;
        for (case, reason) in &self.skipped {
            writeln!(f, "  skipped {case}: {reason}")?;
        }
        for failure in &self.failed {
            writeln!(f, "  FAILED {}: {}\n    promise: {}", failure.case, failure.found, failure.promise)?;
        }
        Ok(())
    }
}

/// Runs every case on stores from `open`, and panics with all that failed.
pub async fn run<F, S>(driver: &str, open: impl Fn() -> F) -> Report
where
    F: Future<Output = S>,
    S: Into<Store>,
{
    run_with(driver, Options::default(), open).await
}

/// [`run`], as thorough as asked.
pub async fn run_with<F, S>(driver: &str, options: Options, open: impl Fn() -> F) -> Report
where
    F: Future<Output = S>,
    S: Into<Store>,
{
    let report = check(driver, options, open).await;
    assert!(report.failed.is_empty(), "{report}");
    report
}

/// Runs every case on stores from `open` and reports.
pub async fn check<F, S>(driver: &str, options: Options, open: impl Fn() -> F) -> Report
where
    F: Future<Output = S>,
    S: Into<Store>,
{
    check_some(driver, options, open, |_| true).await
}

/// Runs the cases whose names `choose` takes, and reports.
pub async fn check_some<F, S>(
    driver: &str,
    options: Options,
    open: impl Fn() -> F,
    choose: impl Fn(&str) -> bool,
) -> Report
where
    F: Future<Output = S>,
    S: Into<Store>,
{
    let mut report = Report { driver: driver.into(), ..Report::default() };
    let limit = Duration::from_secs(if options.full { 600 } else { 120 });
    for case in cases().into_iter().filter(|case| choose(&case.name)) {
        let store: Store = open().await.into();
        let driver = store.driver.clone();
        let bench = Arc::new(Bench { capabilities: driver.capabilities(), store, full: options.full });
        // A task of its own turns a panic of the driver into a failure of this case alone.
        let mut task = tokio::spawn((case.run)(bench));
        let outcome = match tokio::time::timeout(limit, &mut task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Stop::Failed(format!("expected no panic, found {panic}"))),
            Err(_) => {
                task.abort();
                Err(Stop::Failed(format!("expected an end within {} s, found none", limit.as_secs())))
            }
        };
        match outcome {
            Ok(()) => report.passed.push(case.name),
            Err(Stop::Skipped(reason)) => report.skipped.push((case.name, reason)),
            Err(Stop::Failed(found)) => {
                report.failed.push(Failure { case: case.name, promise: case.promise, found });
            }
        }
        drop(tokio::time::timeout(Duration::from_secs(10), driver.close()).await);
    }
    report
}

/// The names and promises of all cases, in the order in which they run.
pub fn promises() -> Vec<(String, String)> {
    cases().into_iter().map(|case| (case.name, case.promise)).collect()
}

/// One promise, and how it is checked.
struct Case {
    name: String,
    promise: String,
    run: Box<dyn FnOnce(Arc<Bench>) -> BoxFuture<'static, Checked> + Send>,
}

fn case<F>(
    name: impl Into<String>,
    promise: impl Into<String>,
    run: impl FnOnce(Arc<Bench>) -> F + Send + 'static,
) -> Case
where
    F: Future<Output = Checked> + Send + 'static,
{
    Case { name: name.into(), promise: promise.into(), run: Box::new(move |bench| Box::pin(run(bench))) }
}

fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    for family in [
        records::cases,
        preconditions::cases,
        atomic::cases,
        expiry::cases,
        names::cases,
        listing::cases,
        events::cases,
        damage::cases,
        claims::cases,
        races::cases,
    ] {
        family(&mut out);
    }
    out
}

/// Named async functions as cases; the doc comment of each is its promise.
macro_rules! named {
    ($($(#[doc = $doc:literal])+ async fn $name:ident($bench:ident) $body:block)+) => {
        $($(#[doc = $doc])+
        async fn $name($bench: std::sync::Arc<$crate::testing::contract::Bench>) -> $crate::testing::contract::Checked {
            $body
            Ok(())
        })+

        pub(super) fn named(out: &mut Vec<$crate::testing::contract::Case>) {
            $(out.push($crate::testing::contract::case(stringify!($name), concat!($($doc),+).trim(), $name));)+
        }
    };
}

/// Fails the case with words when something does not hold.
macro_rules! hold {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::testing::contract::Stop::Failed(format!($($words)+)));
        }
    };
}

/// Fails the case when two things differ.
macro_rules! same {
    ($found:expr, $expected:expr, $($words:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) => if found != expected {
                return Err($crate::testing::contract::Stop::Failed(format!(
                    "{}: expected {}, found {}",
                    format_args!($($words)+),
                    $crate::testing::contract::short(expected),
                    $crate::testing::contract::short(found),
                )));
            }
        }
    };
}

use {hold, named, same};

type Checked = Result<(), Stop>;

/// Why a case ended early.
#[derive(Debug)]
enum Stop {
    Failed(String),
    Skipped(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(format!("expected no error, found {error:?}"))
    }
}

impl From<tokio::task::JoinError> for Stop {
    fn from(error: tokio::task::JoinError) -> Self {
        Stop::Failed(format!("expected no panic, found {error}"))
    }
}

/// A value's debug text, cut where it would fill the screen.
fn short(value: &impl fmt::Debug) -> String {
    let mut text = format!("{value:?}");
    if text.len() > 600 {
        let end = (0..=600).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A store under test.
struct Bench {
    store: Store,
    capabilities: Capabilities,
    full: bool,
}

impl Bench {
    fn driver(&self) -> Arc<dyn Driver> {
        self.store.driver.clone()
    }

    async fn load(&self, address: &Address) -> Result<Loaded, Stop> {
        self.load_at(address, NOW).await
    }

    async fn load_at(&self, address: &Address, now: Timestamp) -> Result<Loaded, Stop> {
        Ok(self.store.driver.load(address, now).await?)
    }

    async fn commit(&self, writes: &[Write]) -> Result<Committed, Stop> {
        self.commit_at(writes, NOW).await
    }

    async fn commit_at(&self, writes: &[Write], now: Timestamp) -> Result<Committed, Stop> {
        Ok(self.store.driver.commit(writes, now).await?)
    }

    /// Commits what must succeed.
    async fn done(&self, writes: &[Write]) -> Checked {
        self.done_at(writes, NOW).await
    }

    async fn done_at(&self, writes: &[Write], now: Timestamp) -> Checked {
        same!(self.commit_at(writes, now).await?, Committed::Done, "commit");
        Ok(())
    }

    /// The events in the outbox, all of them.
    async fn outbox(&self) -> Result<Vec<StoredEvent>, Stop> {
        Ok(self.store.driver.outbox(100_000).await?)
    }

    fn needs_cas(&self) -> Checked {
        need(self.capabilities.compare_and_set, "the driver declares no compare-and-set")
    }

    fn needs_events(&self) -> Checked {
        need(self.capabilities.events, "the driver declares no events")
    }

    fn needs_scan(&self) -> Checked {
        need(self.capabilities.scan, "the driver declares no scan")
    }

    fn needs_atomic(&self, atomic: Atomic) -> Checked {
        need(
            self.capabilities.atomic >= atomic,
            &format!("the driver declares atomic {:?}, this needs {atomic:?}", self.capabilities.atomic),
        )
    }

    /// Whether a record with about so many bytes of content is within the driver's limit.
    fn needs_bytes(&self, bytes: u64) -> Checked {
        let max = self.capabilities.record_bytes_max;
        need(max.is_none_or(|max| bytes + 1024 <= max), &format!("the driver declares at most {max:?} bytes"))
    }

    fn needs_damage(&self) -> Result<Damage, Stop> {
        self.store.damage.clone().ok_or_else(|| Stop::Skipped("no way to damage a stored cart was given".into()))
    }
}

fn need(holds: bool, reason: &str) -> Checked {
    if holds { Ok(()) } else { Err(Stop::Skipped(reason.into())) }
}
