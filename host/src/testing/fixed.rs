//! A clock that moves by hand and randomness that repeats: what makes a run the same each time.
//!
//! Both count in atomics, because the code under test has threads.

use pushcart::id::Entropy;
use pushcart::time::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        FixedClock(AtomicI64::new(now.as_ms()))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }

    /// Moves it on, or back.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_ms(), Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// 2026-11-21T12:00:00Z.
    fn default() -> Self {
        FixedClock::new(Timestamp::from_ms(1_795_262_400_000))
    }
}

/// Entropy that is the same in each run with the same seed, and never the same twice within one.
#[derive(Debug, Default)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// Entropy that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        SeededEntropy { seed, drawn: AtomicU64::new(0) }
    }

    /// The next.
    pub fn entropy(&self) -> Entropy {
        Entropy([self.seed; 4]).derive(self.drawn.fetch_add(1, Ordering::Relaxed))
    }

    /// A number below `bound`, for choices in a test.
    pub fn below(&self, bound: u64) -> u64 {
        self.entropy().token() % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_one_run_gives_no_two_alike() {
        let (a, b) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let drawn: Vec<Entropy> = (0..100).map(|_| a.entropy()).collect();
        assert!(drawn.iter().all(|entropy| *entropy == b.entropy()));
        let mut ids: Vec<_> = drawn.iter().map(Entropy::cart_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 100);
    }
}
