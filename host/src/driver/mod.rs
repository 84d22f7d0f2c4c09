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
use pushcart::storage::{Capabilities, Committed, Found, Loaded, Scan, StoredEvent, Write};
use pushcart::time::Timestamp;

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
