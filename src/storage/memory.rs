//! The reference driver: every promise of the port, kept by one map behind one lock.
//!
//! The lock makes a commit atomic; nothing else is clever. The verbs are plain functions, because
//! nothing here ever waits, and [`Storage`] only passes them on; other drivers are read against
//! this file. The map is ordered so that a listing is in byte order without sorting. What nobody
//! can see any more (a tombstone past its time) is swept when the map has doubled since the last
//! sweep, so that a long-lived process does not keep every cart that ever ended.

use super::{
    Atomic, Capabilities, Committed, Durable, Found, Loaded, Precondition, Scan, Slot, Storage, StoredEvent, Write,
    each_cart_once,
};
use crate::error::Result;
use crate::id::Address;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The reference driver.
#[derive(Debug, Default)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    slots: BTreeMap<Address, Slot>,
    swept_at_len: usize,
    /// By position, so that the oldest comes first and a gap left by a delivered event costs nothing.
    outbox: BTreeMap<u64, StoredEvent>,
    outbox_ids: BTreeMap<String, u64>,
    next_position: u64,
}

/// Below this many entries a sweep is not worth it.
const SWEEP_LEN_MIN: usize = 1024;

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere while the lock was held cannot leave half a commit: everything that can
    /// fail in [`Memory::commit`] comes before its first write. So a poisoned lock is as good as new.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`Storage::capabilities`].
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: Durable::Nothing,
            stale_reads: false,
            events: true,
            scan: true,
            locks: false,
            record_bytes_max: None,
        }
    }

    /// See [`Storage::load`].
    pub fn load(&self, address: &Address, now: Timestamp) -> Loaded {
        self.state().seen(address, now)
    }

    /// See [`Storage::commit`].
    pub fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        each_cart_once(writes)?;
        let mut state = self.state();
        for (index, write) in writes.iter().enumerate() {
            if write.precondition == Precondition::Any {
                continue;
            }
            let current = state.seen(&write.address, now);
            if !write.precondition.holds(current.revision()) {
                return Ok(Committed::Conflict { index, current });
            }
        }
        for write in writes {
            state.slots.insert(write.address.clone(), write.slot.clone());
            for event in &write.events {
                state.keep(event);
            }
        }
        state.sweep(now);
        Ok(Committed::Done)
    }

    /// See [`Storage::instances`].
    pub fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Vec<String> {
        // The least instance there can be; a name that is no address has no carts.
        let Ok(first) = Address::new(owner, identifier, "\0") else { return Vec::new() };
        self.state()
            .slots
            .range(first..)
            .take_while(|(address, _)| address.owner() == owner && address.identifier() == identifier)
            .filter(|(_, slot)| slot.lives_at(now))
            .map(|(address, _)| address.instance().into())
            .collect()
    }

    /// See [`Storage::scan`].
    pub fn scan(&self, query: &Scan, now: Timestamp) -> Vec<Found> {
        let state = self.state();
        let mut found: Vec<(&Address, &super::Record)> = state
            .slots
            .iter()
            .filter(|(address, slot)| address.owner() == query.owner && slot.lives_at(now))
            .filter_map(|(address, slot)| match slot {
                Slot::Record(record) => Some((address, record)),
                Slot::Tombstone(_) => None,
            })
            .filter(|(_, record)| query.updated_before.is_none_or(|before| record.updated_at < before))
            .filter(|(address, record)| {
                query.after.as_ref().is_none_or(|(at, last)| (record.updated_at, *address) > (*at, last))
            })
            .collect();
        found.sort_by_key(|(address, record)| (record.updated_at, *address));
        found.truncate(query.limit as usize);
        found
            .into_iter()
            .map(|(address, record)| Found {
                address: address.clone(),
                revision: record.revision,
                currency: record.currency.clone(),
                updated_at: record.updated_at,
                expires_at: record.expires_at,
                converted_at: record.converted_at,
                summary: record.summary,
            })
            .collect()
    }

    /// Events that were not delivered yet, oldest first.
    pub fn outbox(&self, limit: u32) -> Vec<StoredEvent> {
        self.state().outbox.values().take(limit as usize).cloned().collect()
    }

    /// Takes delivered events out of the outbox; an id that is not there is no error.
    pub fn delivered(&self, ids: &[String]) {
        let mut state = self.state();
        for id in ids {
            if let Some(position) = state.outbox_ids.remove(id) {
                state.outbox.remove(&position);
            }
        }
    }
}

impl State {
    fn seen(&self, address: &Address, now: Timestamp) -> Loaded {
        self.slots.get(address).map_or(Loaded::Absent(None), |slot| slot.clone().seen_at(now))
    }

    fn keep(&mut self, event: &StoredEvent) {
        let position = self.next_position;
        if self.outbox_ids.contains_key(&event.id) {
            return;
        }
        self.outbox_ids.insert(event.id.clone(), position);
        self.outbox.insert(position, event.clone());
        self.next_position += 1;
    }

    fn sweep(&mut self, now: Timestamp) {
        if self.slots.len() < SWEEP_LEN_MIN.max(2 * self.swept_at_len) {
            return;
        }
        self.slots.retain(|_, slot| slot.is_kept_at(now));
        self.swept_at_len = self.slots.len();
    }
}

impl Storage for Memory {
    fn capabilities(&self) -> Capabilities {
        self.capabilities()
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        Ok(self.load(address, now))
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        self.commit(writes, now)
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        Ok(self.instances(owner, identifier, now))
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        Ok(self.scan(query, now))
    }

    /// Whoever won the lock has finished by now: there is nothing to wait for.
    async fn pause(&self, _ms: u32) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Incarnation, Revision};
    use crate::storage::{EndReason, Tombstone};

    fn tombstone(n: u64, expires_at: i64) -> Write {
        Write {
            address: Address::new("", &format!("guest:{n}"), "default").unwrap(),
            precondition: Precondition::Any,
            slot: Slot::Tombstone(Tombstone {
                revision: Revision { incarnation: Incarnation::from_bits(n), version: 1 },
                reason: EndReason::Destroyed,
                successor: None,
                journal: String::new(),
                ended_at: Timestamp::from_ms(0),
                expires_at: Timestamp::from_ms(expires_at),
            }),
            events: vec![],
        }
    }

    #[test]
    fn what_nobody_sees_is_swept_and_what_somebody_sees_is_not() {
        let memory = Memory::new();
        for n in 0..SWEEP_LEN_MIN as u64 {
            memory.commit(&[tombstone(n, if n % 2 == 0 { 10 } else { 1000 })], Timestamp::from_ms(100)).unwrap();
        }
        let state = memory.state();
        assert_eq!(state.slots.len(), SWEEP_LEN_MIN / 2);
        assert!(state.slots.values().all(|slot| slot.is_kept_at(Timestamp::from_ms(999))));
    }

    #[test]
    fn a_poisoned_lock_is_used_all_the_same() {
        let memory = Memory::new();
        memory.commit(&[tombstone(1, 1000)], Timestamp::from_ms(0)).unwrap();
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _guard = memory.state();
                panic!("a caller that panics");
            });
            assert!(holder.join().is_err());
        });
        let address = tombstone(1, 0).address;
        assert!(matches!(memory.load(&address, Timestamp::from_ms(0)), Loaded::Absent(Some(_))));
    }
}
