//! What cannot be repeated in a loop: starting up, and the memory that instances take.

use crate::carts::{self, Component, config};
use crate::turns::{Table, median, time};
use async_trait::async_trait;
use pushcart::error::Result;
use pushcart::id::Address;
use pushcart::storage::{Capabilities, Committed, Found, Loaded, Memory, Scan, StoredEvent, Write};
use pushcart::time::Timestamp;
use pushcart_host::driver::Driver;
use pushcart_host::runtime::{COMPONENT, CodeCache, Runtime, RuntimeConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const STARTS: usize = 7;
const INSTANCES: usize = 128;

pub(crate) fn measure(table: &mut Table) {
    starts(table);
    memory(table);
}

fn starts(table: &mut Table) {
    let start = |code_cache: CodeCache| {
        let begin = Instant::now();
        let runtime = Runtime::new(COMPONENT, Arc::new(Memory::default()), RuntimeConfig { code_cache, ..config() });
        let took = begin.elapsed().as_nanos() as f64;
        drop(runtime.expect("a component"));
        took
    };
    let directory = tempfile::tempdir().expect("a directory");
    let kept = || CodeCache::At(directory.path().canonicalize().expect("a path"));
    let compiled: Vec<f64> = (0..STARTS).map(|_| start(CodeCache::Off)).collect();
    let first = start(kept());
    // The cache's own thread writes the code out.
    std::thread::sleep(Duration::from_millis(500));
    let again: Vec<f64> = (0..STARTS).map(|_| start(kept())).collect();
    let (compiled, again) = (median(compiled), median(again));
    let what = "Runtime::new";
    table.add(what, "compiles", time(compiled), None);
    table.add(what, "compiles and keeps the code", time(first), Some(first / compiled));
    table.add(what, "finds the code kept", time(again), Some(again / compiled));
    table.add(what, "(size of the component)", format!("{:.0} KiB", COMPONENT.len() as f64 / 1024.0), None);
}

/// Each call sits in storage for a while, so that as many instances live as there are calls.
struct Slow(Memory);

fn memory(table: &mut Table) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let component = Component::new(&tokio, Arc::new(Slow(Memory::default())), 10);
    let before = resident_kib();
    let live = tokio.block_on(async {
        let calls: Vec<_> = (0..INSTANCES)
            .map(|_| {
                let runtime: Runtime = component.runtime.clone();
                tokio::spawn(async move { runtime.show(&carts::address(0)).await.expect("a cart") })
            })
            .collect();
        for call in calls {
            call.await.expect("a call");
        }
        component.runtime.metrics().instances_live
    });
    let after = resident_kib();
    let each = (after - before) / (live - 1).max(1) as f64;
    table.add(
        "memory of an instance",
        &format!("{live} live, each has shown 10 lines"),
        format!("{each:.0} KiB"),
        None,
    );
}

fn resident_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(f64::NAN)
}

#[async_trait]
impl Driver for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        sleep(Duration::from_millis(100)).await;
        Ok(self.0.load(address, now))
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        self.0.commit(writes, now)
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        Ok(self.0.instances(owner, identifier, now))
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
        Ok(())
    }
}
