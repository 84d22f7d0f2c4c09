//! The reference driver for a host with threads: the core's own [`Memory`], under the driver's name.
//!
//! Nothing is added. The core's verbs never wait, so they can be called from any task.

use super::Driver;
use async_trait::async_trait;
use pushcart::error::Result;
use pushcart::id::Address;
use pushcart::storage::{Capabilities, Committed, Found, Loaded, Memory, Scan, StoredEvent, Write};
use pushcart::time::Timestamp;

#[async_trait]
impl Driver for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

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

    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
        Ok(self.outbox(limit))
    }

    async fn delivered(&self, ids: &[String]) -> Result<()> {
        self.delivered(ids);
        Ok(())
    }

    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}
