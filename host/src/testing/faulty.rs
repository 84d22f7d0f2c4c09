//! A driver around a driver that misbehaves when told to.
//!
//! Real stores fail rarely and never on cue. Here a test says what the next call of a verb does, or
//! lets seeded chance decide, so that retries, breakers and timeouts meet each kind of trouble:
//! refusal before anything happened, slowness, a conflict out of nothing, silence, and the worst,
//! a commit that was made and whose reply was lost.

use super::SeededEntropy;
use crate::driver::Driver;
use async_trait::async_trait;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::storage::{Capabilities, Committed, Found, Loaded, Scan, StoredEvent, Write};
use pushcart::time::Timestamp;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a call does instead of, or besides, what it should.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing: the call goes through. To let one pass in a script.
    Pass,
    /// It fails with this error and does nothing.
    Fail(Error),
    /// It waits, then goes through.
    Delay(Duration),
    /// A commit answers a conflict with what is there, and writes nothing. Other verbs go through.
    Conflict,
    /// It never answers and does nothing.
    Hang,
    /// It goes through, and then fails as `Unavailable`.
    LoseReply,
}

/// How often chance makes a call misbehave, in calls per thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Refusals before anything happened.
    pub fail: u32,
    /// Waits of at most [`Rates::delay_ms_max`].
    pub delay: u32,
    /// The longest wait.
    pub delay_ms_max: u32,
    /// Conflicts out of nothing.
    pub conflict: u32,
    /// Replies lost after the call went through.
    pub lose_reply: u32,
}

/// How often each verb was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Loads.
    pub load: u64,
    /// Commits.
    pub commit: u64,
    /// Everything else.
    pub other: u64,
}

/// A driver that misbehaves when told to.
pub struct Faulty<D> {
    inner: D,
    loads: Mutex<VecDeque<Fault>>,
    commits: Mutex<VecDeque<Fault>>,
    others: Mutex<VecDeque<Fault>>,
    rates: Mutex<Rates>,
    chance: SeededEntropy,
    counts: [AtomicU64; 3],
}

#[derive(Clone, Copy)]
enum Verb {
    Load,
    Commit,
    Other,
}

impl<D: Driver> Faulty<D> {
    /// Behaves as `inner` until told otherwise.
    pub fn new(inner: D) -> Self {
        Self::seeded(inner, 0)
    }

    /// The same, with a seed for what chance decides.
    pub fn seeded(inner: D, seed: u64) -> Self {
        Faulty {
            inner,
            loads: Mutex::default(),
            commits: Mutex::default(),
            others: Mutex::default(),
            rates: Mutex::default(),
            chance: SeededEntropy::new(seed),
            counts: Default::default(),
        }
    }

    /// The driver inside, which behaves.
    pub fn inner(&self) -> &D {
        &self.inner
    }

    /// Adds to what the next loads do.
    pub fn next_load(&self, fault: Fault) -> &Self {
        locked(&self.loads).push_back(fault);
        self
    }

    /// Adds to what the next commits do.
    pub fn next_commit(&self, fault: Fault) -> &Self {
        locked(&self.commits).push_back(fault);
        self
    }

    /// Adds to what the next calls of the other verbs do.
    pub fn next_other(&self, fault: Fault) -> &Self {
        locked(&self.others).push_back(fault);
        self
    }

    /// Lets chance decide for calls that no script speaks of.
    pub fn rates(&self, rates: Rates) -> &Self {
        *locked(&self.rates) = rates;
        self
    }

    /// Forgets scripts and rates: from now on everything goes through.
    pub fn heal(&self) {
        for script in [&self.loads, &self.commits, &self.others] {
            locked(script).clear();
        }
        *locked(&self.rates) = Rates::default();
    }

    /// How often each verb was called, whatever became of it.
    pub fn calls(&self) -> Calls {
        let count = |verb: Verb| self.counts[verb as usize].load(Ordering::SeqCst);
        Calls { load: count(Verb::Load), commit: count(Verb::Commit), other: count(Verb::Other) }
    }

    fn fault(&self, verb: Verb) -> Fault {
        self.counts[verb as usize].fetch_add(1, Ordering::SeqCst);
        let script = match verb {
            Verb::Load => &self.loads,
            Verb::Commit => &self.commits,
            Verb::Other => &self.others,
        };
        if let Some(fault) = locked(script).pop_front() {
            return fault;
        }
        let rates = *locked(&self.rates);
        let mut drawn = self.chance.below(1000) as u32;
        let mut hit = |rate: u32| {
            let hit = drawn < rate;
            drawn = drawn.saturating_sub(rate);
            hit
        };
        if hit(rates.fail) {
            Fault::Fail(Error::new(Kind::LockTimeout, "expected the lock, found it held (by chance)").retry_after_ms(1))
        } else if hit(rates.delay) {
            Fault::Delay(Duration::from_millis(self.chance.below(u64::from(rates.delay_ms_max) + 1)))
        } else if hit(rates.conflict) {
            Fault::Conflict
        } else if hit(rates.lose_reply) {
            Fault::LoseReply
        } else {
            Fault::Pass
        }
    }

    /// Goes through with `call` as the fault allows.
    async fn through<T: Send>(&self, verb: Verb, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.as_told(self.fault(verb), call).await
    }

    async fn as_told<T: Send>(&self, fault: Fault, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match fault {
            Fault::Pass | Fault::Conflict => call.await,
            Fault::Fail(error) => Err(error),
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                call.await
            }
            Fault::Hang => std::future::pending().await,
            Fault::LoseReply => {
                call.await?;
                Err(Error::new(Kind::Unavailable, "expected a reply, found the connection gone").retry_after_ms(1))
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl<D: Driver> Driver for Faulty<D> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        self.through(Verb::Load, self.inner.load(address, now)).await
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        match (self.fault(Verb::Commit), writes.first()) {
            (Fault::Conflict, Some(write)) => {
                let current = self.inner.load(&write.address, now).await?;
                Ok(Committed::Conflict { index: 0, current })
            }
            (fault, _) => self.as_told(fault, self.inner.commit(writes, now)).await,
        }
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        self.through(Verb::Other, self.inner.instances(owner, identifier, now)).await
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        self.through(Verb::Other, self.inner.scan(query, now)).await
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
        self.through(Verb::Other, self.inner.outbox(limit)).await
    }

    async fn delivered(&self, ids: &[String]) -> Result<()> {
        self.through(Verb::Other, self.inner.delivered(ids)).await
    }

    async fn ready(&self) -> Result<()> {
        self.through(Verb::Other, self.inner.ready()).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract::sample::{NOW, address, record, revision, write};
    use pushcart::storage::{Memory, Precondition};

    fn creation() -> [Write; 1] {
        [write(&address("guest:1", "default"), Precondition::Absent, record(revision(7, 1), 1))]
    }

    async fn there(driver: &Faulty<Memory>) -> bool {
        driver.inner().load(&address("guest:1", "default"), NOW).revision().is_some()
    }

    #[tokio::test]
    async fn a_script_is_followed_in_order() {
        let driver = Faulty::new(Memory::new());
        driver
            .next_commit(Fault::Fail(Error::new(Kind::LockTimeout, "as told")))
            .next_commit(Fault::Conflict)
            .next_commit(Fault::Hang)
            .next_commit(Fault::LoseReply);
        assert_eq!(driver.commit(&creation(), NOW).await.unwrap_err().kind(), Kind::LockTimeout);
        let conflict = Committed::Conflict { index: 0, current: Loaded::Absent(None) };
        assert_eq!(driver.commit(&creation(), NOW).await.unwrap(), conflict);
        let writes = creation();
        let hanging = tokio::time::timeout(Duration::from_millis(5), driver.commit(&writes, NOW));
        assert!(hanging.await.is_err() && !there(&driver).await);
        assert_eq!(driver.commit(&creation(), NOW).await.unwrap_err().kind(), Kind::Unavailable);
        assert!(there(&driver).await, "the reply was lost, not the commit");
        assert!(matches!(driver.commit(&creation(), NOW).await, Ok(Committed::Conflict { .. })));
        assert_eq!(driver.calls(), Calls { load: 0, commit: 5, other: 0 });
    }

    #[tokio::test]
    async fn chance_repeats_with_its_seed() {
        let run = async |seed| {
            let driver = Faulty::seeded(Memory::new(), seed);
            driver.rates(Rates { fail: 300, ..Rates::default() });
            let mut outcomes = Vec::new();
            for _ in 0..100 {
                outcomes.push(driver.load(&address("guest:1", "default"), NOW).await.is_ok());
            }
            outcomes
        };
        let first = run(1).await;
        assert_eq!(first, run(1).await);
        assert_ne!(first, run(2).await);
        let failed = first.iter().filter(|ok| !**ok).count();
        assert!((10..60).contains(&failed), "{failed}");
    }
}
