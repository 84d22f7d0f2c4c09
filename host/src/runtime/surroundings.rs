//! What a call is told instead of asking: the time and fresh randomness.

use pushcart::id::Entropy;
use pushcart::time::Timestamp;
use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time and the randomness of a call come from. Tests bring fixed ones.
pub trait Surroundings: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Timestamp;

    /// 256 random bits, new each time.
    fn entropy(&self) -> Entropy;
}

/// The machine's clock, and the operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Surroundings for System {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is a machine without a clock; the core's time starts at 1970 anyway.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn entropy(&self) -> Entropy {
        POOL.with_borrow_mut(Pool::draw)
    }
}

thread_local! {
    /// Drawing for many calls at once spares each of them the way into the kernel.
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { words: [0; Pool::WORDS], left: 0 }) };
}

struct Pool {
    words: [u64; Pool::WORDS],
    left: usize,
}

impl Pool {
    const WORDS: usize = 4 * 32;

    fn draw(&mut self) -> Entropy {
        Entropy(std::array::from_fn(|_| self.word()))
    }

    fn word(&mut self) -> u64 {
        if self.left == 0 {
            let mut bytes = [0; 8 * Pool::WORDS];
            // Without randomness every new cart would get the same id. There is nothing to fall back on.
            getrandom::fill(&mut bytes).expect("expected randomness of the operating system, found none");
            for (word, chunk) in self.words.iter_mut().zip(bytes.as_chunks().0) {
                *word = u64::from_ne_bytes(*chunk);
            }
            self.left = Pool::WORDS;
        }
        self.left -= 1;
        // What was given away is not kept.
        std::mem::take(&mut self.words[self.left])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_calls_get_the_same_randomness() {
        let drawn: HashSet<[u64; 4]> = (0..1000).map(|_| System.entropy().0).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(!drawn.contains(&[0; 4]));
    }
}
