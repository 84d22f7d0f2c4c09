//! A storage behind a pointer.
//!
//! The use case is generic over its storage, and so is compiled once for each. Where several kinds of storage
//! stand in one small program, this makes one of them.

use super::{Capabilities, Committed, Found, Loaded, Scan, Storage, Write};
use crate::error::Result;
use crate::id::Address;
use crate::time::Timestamp;
use core::future::Future;
use core::pin::Pin;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// [`Storage`], with its futures in boxes.
trait Erase {
    fn capabilities(&self) -> Capabilities;
    fn load<'a>(&'a self, address: &'a Address, now: Timestamp) -> Boxed<'a, Loaded>;
    fn commit<'a>(&'a self, writes: &'a [Write], now: Timestamp) -> Boxed<'a, Committed>;
    fn instances<'a>(&'a self, owner: &'a str, identifier: &'a str, now: Timestamp) -> Boxed<'a, Vec<String>>;
    fn scan<'a>(&'a self, query: &'a Scan, now: Timestamp) -> Boxed<'a, Vec<Found>>;
    fn pause(&self, ms: u32) -> Boxed<'_, ()>;
}

impl<S: Storage> Erase for S {
    fn capabilities(&self) -> Capabilities {
        Storage::capabilities(self)
    }

    fn load<'a>(&'a self, address: &'a Address, now: Timestamp) -> Boxed<'a, Loaded> {
        Box::pin(Storage::load(self, address, now))
    }

    fn commit<'a>(&'a self, writes: &'a [Write], now: Timestamp) -> Boxed<'a, Committed> {
        Box::pin(Storage::commit(self, writes, now))
    }

    fn instances<'a>(&'a self, owner: &'a str, identifier: &'a str, now: Timestamp) -> Boxed<'a, Vec<String>> {
        Box::pin(Storage::instances(self, owner, identifier, now))
    }

    fn scan<'a>(&'a self, query: &'a Scan, now: Timestamp) -> Boxed<'a, Vec<Found>> {
        Box::pin(Storage::scan(self, query, now))
    }

    fn pause(&self, ms: u32) -> Boxed<'_, ()> {
        Box::pin(Storage::pause(self, ms))
    }
}

/// A storage of any kind.
pub struct Erased<'s>(&'s dyn Erase);

impl<'s> Erased<'s> {
    /// `storage`, its kind forgotten.
    pub fn new(storage: &'s impl Storage) -> Self {
        Erased(storage)
    }
}

impl Storage for Erased<'_> {
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
        self.0.pause(ms).await
    }
}
