//! The guest's storage: each of its questions goes to the driver, within the time the call has left.
//!
//! Neither side is trusted further than needed. A guest reaches no tenant but the one it was called
//! for. A driver's answer is looked at before it goes in: a record without bound would fill the
//! guest's memory, and a place that is not in the list would be taken for one.

use super::guest::pushcart::cart::storage as port;
use super::limits::Memory;
use super::words;
use crate::driver::Driver;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::storage::{Committed, Loaded, Record};
use pushcart::time::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout_at};

/// What an instance has beside its own memory.
pub(super) struct State {
    pub(super) driver: Arc<dyn Driver>,
    pub(super) record_bytes_max: usize,
    pub(super) memory: Memory,
    pub(super) current: Current,
}

/// The call that an instance works on.
pub(super) struct Current {
    pub(super) owner: Box<str>,
    pub(super) deadline: Instant,
    /// How much time the whole call had, for messages.
    pub(super) allowed: Duration,
    /// What was loaded already, and from where: the first question for it needs no second way to storage.
    pub(super) at_hand: Option<(Address, Loaded)>,
}

impl State {
    /// Waits for the driver, but not past the deadline.
    async fn within<T>(&self, verb: &str, answer: impl Future<Output = Result<T>>) -> Result<T> {
        within(self.current.deadline, self.current.allowed, verb, answer).await
    }

    /// What was loaded before the call, once.
    fn at_hand(&mut self, address: &Address) -> Option<Loaded> {
        let (_, loaded) = self.current.at_hand.take_if(|(of, _)| of == address)?;
        Some(loaded)
    }

    /// A guest that asks for another tenant's carts is not the cart we know: it is stopped.
    fn same_owner(&self, owner: &str) -> wasmtime::Result<()> {
        if owner == &*self.current.owner {
            return Ok(());
        }
        Err(wasmtime::format_err!(
            "expected the guest to ask for carts of the owner {:?}, found {owner:?}",
            self.current.owner
        ))
    }

    fn checked(&self, loaded: Loaded) -> Result<Loaded> {
        checked(loaded, self.record_bytes_max)
    }

    fn fits(&self, what: &str, found: usize) -> Result<()> {
        fits(what, found, self.record_bytes_max)
    }
}

/// Waits for a driver, but not past the deadline.
pub(super) async fn within<T>(
    deadline: Instant,
    allowed: Duration,
    verb: &str,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    timeout_at(deadline.into(), answer).await.unwrap_or_else(|_| Err(late(allowed, verb)))
}

#[cold]
fn late(allowed: Duration, verb: &str) -> Error {
    let message = format!("expected storage to {verb} within {} ms, found no answer", allowed.as_millis());
    Error::new(Kind::Unavailable, message).because("deadline").retry_after_ms(super::RETRY_AFTER_MS)
}

/// What a driver loaded, unless it cannot be true.
pub(super) fn checked(loaded: Loaded, bytes_max: usize) -> Result<Loaded> {
    match &loaded {
        Loaded::Record(record) => {
            fits("record", bytes_of(record), bytes_max)?;
            if record.revision.version == 0 || record.id.is_empty() {
                return Err(Error::new(
                    Kind::Corrupt,
                    "expected a record with an id and a version of 1 or more, found one without",
                ));
            }
        }
        Loaded::Absent(Some(tombstone)) => fits("tombstone", tombstone.journal.len(), bytes_max)?,
        Loaded::Absent(None) => {}
    }
    Ok(loaded)
}

fn fits(what: &str, found: usize, bytes_max: usize) -> Result<()> {
    if found <= bytes_max {
        return Ok(());
    }
    Err(Error::new(Kind::Corrupt, format!("expected a {what} of at most {bytes_max} bytes in storage, found {found}")))
}

fn bytes_of(record: &Record) -> usize {
    let texts = [
        &record.id,
        &record.currency,
        &record.rounding,
        &record.items,
        &record.conditions,
        &record.metadata,
        &record.journal,
    ];
    texts.iter().map(|text| text.len()).sum::<usize>() + record.order.as_ref().map_or(0, String::len)
}

/// What the guest is told, as bindgen wants it: a refusal is an answer, only a stop is an error.
type Told<T> = wasmtime::Result<std::result::Result<T, port::Failure>>;

fn told<T>(answer: Result<T>) -> Told<T> {
    Ok(answer.map_err(|error| words::failure(&error)))
}

impl port::Host for State {
    async fn load(&mut self, address: port::Address, now_ms: i64) -> Told<port::Loaded> {
        self.same_owner(&address.owner)?;
        let answer = async {
            let address = words::address(&address)?;
            if let Some(loaded) = self.at_hand(&address) {
                return Ok(words::loaded(loaded));
            }
            let loaded = self.within("load", self.driver.load(&address, Timestamp::from_ms(now_ms))).await?;
            self.checked(loaded).map(words::loaded)
        };
        told(answer.await)
    }

    async fn commit(&mut self, writes: Vec<port::Write>, now_ms: i64) -> Told<port::Committed> {
        for write in &writes {
            self.same_owner(&write.address.owner)?;
        }
        let answer = async {
            let writes = writes.into_iter().map(words::write).collect::<Result<Vec<_>>>()?;
            match self.within("save", self.driver.commit(&writes, Timestamp::from_ms(now_ms))).await? {
                Committed::Done => Ok(Committed::Done),
                Committed::Conflict { index, current } if index < writes.len() => {
                    Ok(Committed::Conflict { index, current: self.checked(current)? })
                }
                Committed::Conflict { index, .. } => Err(Error::new(
                    Kind::Corrupt,
                    format!("expected storage to name one of {} writes, found number {index}", writes.len()),
                )),
            }
        };
        told(answer.await.map(words::committed))
    }

    async fn instances(&mut self, owner: String, identifier: String, now_ms: i64) -> Told<Vec<String>> {
        self.same_owner(&owner)?;
        let answer = async {
            let now = Timestamp::from_ms(now_ms);
            let names = self.within("list instances", self.driver.instances(&owner, &identifier, now)).await?;
            self.fits("list of instances", names.iter().map(String::len).sum())?;
            for name in &names {
                Address::new(&owner, &identifier, name).map_err(|error| {
                    Error::new(
                        Kind::Corrupt,
                        format!("expected the names of instances in storage, found {name:?}: {error}"),
                    )
                })?;
            }
            Ok(names)
        };
        told(answer.await)
    }

    async fn pause(&mut self, ms: u32) -> Told<()> {
        let pause = Duration::from_millis(ms.into());
        if Instant::now() + pause >= self.current.deadline {
            return told(Err(late(self.current.allowed, "take the change after another attempt")));
        }
        sleep(pause).await;
        told(Ok(()))
    }
}
