//! A driver for tests: a map that answers late, holds its answers back, or lies, when told to.

use crate::driver::Driver;
use async_trait::async_trait;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::storage::{
    Atomic, Capabilities, Committed, Durable, Found, Loaded, Record, Scan, Slot, StoredEvent, Write,
};
use pushcart::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// The driver.
#[derive(Default)]
pub(super) struct Shelf {
    slots: Mutex<BTreeMap<Address, Slot>>,
    /// Every verb takes so long.
    pub(super) delay_ms: AtomicU64,
    /// While set, loads for this identifier wait for a permit.
    pub(super) gate: Mutex<Option<(String, Arc<Semaphore>)>>,
    /// How many loads there were.
    pub(super) loads: AtomicUsize,
    /// How many loads have come to wait there.
    pub(super) held: AtomicUsize,
    /// Records come with so many more bytes.
    pub(super) padding: AtomicUsize,
    /// Loads panic.
    pub(super) broken: AtomicBool,
    /// Every commit is answered with a conflict of this write.
    pub(super) conflict_of: Mutex<Option<usize>>,
}

impl Shelf {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Shelf::default())
    }

    /// Holds back what is loaded for `identifier`, until permits are added.
    pub(super) fn hold(&self, identifier: &str) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some((identifier.to_owned(), Arc::clone(&gate)));
        gate
    }

    /// Changes what stands at an address behind everybody's back.
    pub(super) fn damage(&self, address: &Address, damage: impl FnOnce(&mut Record)) {
        match self.slots.lock().unwrap().get_mut(address) {
            Some(Slot::Record(record)) => damage(record),
            other => panic!("expected a record, found {other:?}"),
        }
    }

    /// Waits until a load waits there.
    pub(super) async fn holds(&self) {
        while self.held.load(Ordering::SeqCst) == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn answers_late(&self, identifier: &str) {
        let ms = self.delay_ms.load(Ordering::SeqCst);
        if ms > 0 {
            sleep(Duration::from_millis(ms)).await;
        }
        let gate = self.gate.lock().unwrap().clone();
        if let Some((held, gate)) = gate
            && held == identifier
        {
            self.held.fetch_add(1, Ordering::SeqCst);
            gate.acquire().await.unwrap().forget();
        }
    }

    fn see(&self, address: &Address, now: Timestamp) -> Loaded {
        self.slots.lock().unwrap().get(address).cloned().map_or(Loaded::Absent(None), |slot| slot.seen_at(now))
    }
}

#[async_trait]
impl Driver for Shelf {
    fn name(&self) -> &'static str {
        "shelf"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: Durable::Nothing,
            stale_reads: false,
            events: false,
            scan: false,
            locks: false,
            record_bytes_max: None,
        }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.answers_late(address.identifier()).await;
        assert!(!self.broken.load(Ordering::SeqCst), "told to be broken");
        let mut loaded = self.see(address, now);
        if let Loaded::Record(record) = &mut loaded {
            record.journal.push_str(&" ".repeat(self.padding.load(Ordering::SeqCst)));
        }
        Ok(loaded)
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        let lie = *self.conflict_of.lock().unwrap();
        if let Some(index) = lie {
            return Ok(Committed::Conflict { index, current: Loaded::Absent(None) });
        }
        // Far enough apart for another writer to come between load and commit, were it let in.
        tokio::task::yield_now().await;
        for (index, write) in writes.iter().enumerate() {
            let current = self.see(&write.address, now);
            if !write.precondition.holds(current.revision()) {
                return Ok(Committed::Conflict { index, current });
            }
        }
        let mut slots = self.slots.lock().unwrap();
        slots.extend(writes.iter().map(|write| (write.address.clone(), write.slot.clone())));
        Ok(Committed::Done)
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        let addresses: Vec<Address> = self.slots.lock().unwrap().keys().cloned().collect();
        let mut names: Vec<String> = addresses
            .iter()
            .filter(|address| address.owner() == owner && address.identifier() == identifier)
            .filter(|address| matches!(self.see(address, now), Loaded::Record(_)))
            .map(|address| address.instance().to_owned())
            .collect();
        names.sort();
        Ok(names)
    }

    async fn scan(&self, _: &Scan, _: Timestamp) -> Result<Vec<Found>> {
        Err(Error::new(Kind::Unsupported, "expected load, commit or instances, found a scan"))
    }

    async fn outbox(&self, _: u32) -> Result<Vec<StoredEvent>> {
        Ok(Vec::new())
    }

    async fn delivered(&self, _: &[String]) -> Result<()> {
        Ok(())
    }

    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}
