//! Figures about the runtime: plain counters, read together.

use std::sync::atomic::{AtomicU64, Ordering};

/// The figures at one moment. All but the first two only ever rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Instances that exist, busy or not.
    pub instances_live: u64,
    /// Instances that wait for a call.
    pub instances_idle: u64,
    /// Instances made.
    pub instances_made: u64,
    /// Instances given up: after a trap, a call that was cancelled, enough calls, too much memory.
    pub instances_retired: u64,
    /// Calls, however they ended.
    pub calls: u64,
    /// How often a guest was entered: a call that needed something more entered it again.
    pub guest_calls: u64,
    /// How often an answer was remembered, and no guest entered for it.
    pub memo_hits: u64,
    /// Calls in which the guest failed: a trap, or an answer outside the contract.
    pub traps: u64,
    /// Calls in which the guest was stopped at its deadline.
    pub overdue: u64,
    /// Calls that had to wait for a free instance.
    pub pool_waits: u64,
    /// Calls that found no free instance before their deadline.
    pub pool_refusals: u64,
    /// Changes that had to wait for another change to the same cart.
    pub queue_waits: u64,
    /// Changes whose turn did not come before their deadline.
    pub queue_refusals: u64,
}

#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        // Nothing is decided by these, so no order is needed.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) instances_made: Counter,
    pub(super) instances_retired: Counter,
    pub(super) calls: Counter,
    pub(super) guest_calls: Counter,
    pub(super) memo_hits: Counter,
    pub(super) traps: Counter,
    pub(super) overdue: Counter,
    pub(super) pool_waits: Counter,
    pub(super) pool_refusals: Counter,
    pub(super) queue_waits: Counter,
    pub(super) queue_refusals: Counter,
}

impl Counters {
    pub(super) fn read(&self, instances_idle: usize) -> Metrics {
        let (made, retired) = (self.instances_made.get(), self.instances_retired.get());
        Metrics {
            instances_live: made.saturating_sub(retired),
            instances_idle: instances_idle as u64,
            instances_made: made,
            instances_retired: retired,
            calls: self.calls.get(),
            guest_calls: self.guest_calls.get(),
            memo_hits: self.memo_hits.get(),
            traps: self.traps.get(),
            overdue: self.overdue.get(),
            pool_waits: self.pool_waits.get(),
            pool_refusals: self.pool_refusals.get(),
            queue_waits: self.queue_waits.get(),
            queue_refusals: self.queue_refusals.get(),
        }
    }
}
