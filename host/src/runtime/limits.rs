//! What a guest may use: memory, and time.
//!
//! Time is cut into ticks. At each tick a running guest hands its thread back to the executor, so
//! that one long computation holds up nobody; at the tick after its deadline it is stopped. Compiled
//! code looks at a counter for that (wasmtime's epoch), which costs less than counting instructions.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;
use wasmtime::{Engine, ResourceLimiter};

/// How long past its deadline a guest may run to hand back an answer it already has, such as that
/// storage did not answer in time.
pub(super) const GRACE: Duration = Duration::from_millis(20);

/// A component of one module has a few core instances and tables that glue it together.
const PARTS_MAX: usize = 16;
const TABLE_ELEMENTS_MAX: usize = 16_384;

/// Why a guest was stopped: it ran past its deadline.
#[derive(Debug)]
pub(super) struct Overdue;

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an answer before the deadline, found none")
    }
}

impl std::error::Error for Overdue {}

/// The bounds of one instance, and how much memory it has taken.
pub(super) struct Memory {
    bytes_max: usize,
    bytes: usize,
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Memory { bytes_max, bytes: 0 }
    }

    /// The size of the guest's memory, which never shrinks.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Refusing is not trapping: the guest is told, and its allocator gives up by itself.
        let granted = desired <= self.bytes_max;
        if granted {
            self.bytes = self.bytes.max(desired);
        }
        Ok(granted)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        PARTS_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        1
    }
}

/// The thread that counts ticks while a guest runs, and sleeps when none did for a while.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    over: AtomicBool,
}

/// After so many ticks without a guest the thread goes to sleep. Waking it costs a caller more than
/// looking at a flag, so a busy server never lets it come to that.
const IDLE_TICKS_MAX: u32 = 200;

impl Ticker {
    pub(super) fn start(engine: &Engine, tick: Duration) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (watched, engine) = (Arc::clone(&shared), engine.clone());
        let count = move || watched.count(tick, || engine.increment_epoch());
        let handle = thread::Builder::new().name("pushcart-ticker".to_owned()).spawn(count)?;
        Ok(Ticker { shared, thread: handle.thread().clone() })
    }

    /// Says that a guest runs, until what it returns is dropped.
    pub(super) fn running(&self) -> Running<'_> {
        // Count, then look; the thread says that it sleeps, then looks at the count. Whichever comes
        // second sees the other.
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared.running)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Shared {
    fn count(&self, tick: Duration, increment: impl Fn()) {
        let mut idle = 0;
        while !self.over.load(Ordering::SeqCst) {
            thread::sleep(tick);
            increment();
            idle = if self.running.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > IDLE_TICKS_MAX {
                self.asleep.store(true, Ordering::SeqCst);
                while self.running.load(Ordering::SeqCst) == 0 && !self.over.load(Ordering::SeqCst) {
                    thread::park();
                }
                self.asleep.store(false, Ordering::SeqCst);
                idle = 0;
            }
        }
    }
}

/// That a guest runs.
pub(super) struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn the_ticker_sleeps_when_nothing_runs_and_wakes_when_something_does() {
        let shared = Arc::new(Shared::default());
        let ticks = Arc::new(AtomicU64::new(0));
        let handle = {
            let (shared, ticks) = (Arc::clone(&shared), Arc::clone(&ticks));
            thread::spawn(move || {
                shared.count(Duration::from_micros(100), || {
                    ticks.fetch_add(1, Ordering::SeqCst);
                });
            })
        };
        let ticker = Ticker { shared: Arc::clone(&shared), thread: handle.thread().clone() };
        while !shared.asleep.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        let before = ticks.load(Ordering::SeqCst);
        let running = ticker.running();
        while ticks.load(Ordering::SeqCst) < before + 2 {
            thread::sleep(Duration::from_millis(1));
        }
        drop(running);
        drop(ticker);
        handle.join().unwrap();
    }
}
