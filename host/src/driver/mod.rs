//! Drivers: implementations of storage.
//!
//! [`Driver`] is the twin of [`pushcart::storage::Storage`] for a host with threads: the same
//! verbs, the same promises (read them there), but object-safe and `Send`, because a database pool
//! is shared by threads and a JavaScript promise is not.

mod memory;
pub mod sql;

use async_trait::async_trait;
use pushcart::error::Result;
use pushcart::id::Address;
use pushcart::storage::{Capabilities, Committed, Found, Loaded, Scan, Storage, StoredEvent, Write};
use pushcart::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// An implementation of storage. The promises are those of [`pushcart::storage`].
#[async_trait]
pub trait Driver: Send + Sync + 'static {
    /// The driver's name: `sqlite`.
    fn name(&self) -> &'static str;

    /// What this driver can do.
    fn capabilities(&self) -> Capabilities;

    /// What stands at `address`.
    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded>;

    /// Makes all `writes`, or none.
    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed>;

    /// The living instances of an identifier, in byte order.
    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>>;

    /// The living carts that `query` looks for.
    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>>;

    /// Events that were not delivered yet, oldest first.
    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>>;

    /// Takes delivered events out of the outbox.
    async fn delivered(&self, ids: &[String]) -> Result<()>;

    /// Whether the store answers, or why not.
    async fn ready(&self) -> Result<()>;

    /// Lets go of connections and files; what was acknowledged is safe before and after.
    async fn close(&self) {}
}

#[async_trait]
impl<D: Driver + ?Sized> Driver for Arc<D> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        (**self).load(address, now).await
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        (**self).commit(writes, now).await
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        (**self).instances(owner, identifier, now).await
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        (**self).scan(query, now).await
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<StoredEvent>> {
        (**self).outbox(limit).await
    }

    async fn delivered(&self, ids: &[String]) -> Result<()> {
        (**self).delivered(ids).await
    }

    async fn ready(&self) -> Result<()> {
        (**self).ready().await
    }

    async fn close(&self) {
        (**self).close().await;
    }
}

/// A driver as the core's storage: for what the core offers on any storage, used from a host.
///
/// A pause sleeps and never refuses; where the caller's time is bounded, a timeout around the whole
/// is what bounds it.
///
/// It owns its driver: with a borrowed one, the core's futures could not be spawned.
#[derive(Clone)]
pub struct AsStorage(pub Arc<dyn Driver>);

impl Storage for AsStorage {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        self.0.load(address, now).await
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        self.0.commit(writes, now).await
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        self.0.instances(owner, identifier, now).await
    }

    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
        self.0.scan(query, now).await
    }

    async fn pause(&self, ms: u32) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        Ok(())
    }
}
