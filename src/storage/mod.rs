//! The port: what a cart needs from its host, and what a host promises.
//!
//! A driver moves records; it never looks into one beyond the columns named here. There are four
//! verbs, and everything else (the finer operations in [`operations`], renaming, moving a line)
//! is made of them:
//!
//! - **load** one cart;
//! - **commit** a list of writes, each with its own precondition: all of them or none;
//! - list the **instances** of an identifier;
//! - **scan** by age, where the capability says so.
//!
//! # What a driver promises
//!
//! - *Atomic.* A commit is seen whole or not at all, with its events, by every reader, and after a
//!   crash as before it.
//! - *Conditional.* Each write's precondition is judged in the same atomic step as the write. When
//!   one does not hold nothing is written, and the answer carries what is there now, so that the
//!   caller can try again at once.
//! - *Expiry is enforced here.* `now` is part of the operation. A record whose `expires_at` is not
//!   after `now` is absent: to load, to `Absent` and to `Exactly`. [`Slot::seen_at`] is that rule;
//!   drivers call it instead of spelling it out. Reading writes nothing.
//! - *Tombstones are kept* until their own expiry. Load answers absent with them.
//! - *Each cart once.* A commit that names an address twice is refused as invalid; one with no
//!   writes is done.
//! - *Events are kept once* by their id, in order of commit and, within one, as they were listed,
//!   until they are said to be delivered. A host that delivers none passes none.
//! - *Unreadable is an error*, [`Kind::Corrupt`](crate::error::Kind::Corrupt), never an absent
//!   cart, and a commit never overwrites it.
//! - *Addresses are compared by bytes.* `Alice` is not `alice`, `a ` is not `a`, and a NUL is a
//!   character like any other.
//! - *An error of kind `Unavailable` may mean that the commit happened.* All other errors mean that
//!   it did not.
//!
//! [`memory`] is the reference: the simplest driver that keeps all of this.

mod erased;
pub mod memory;
pub mod operations;

pub use erased::Erased;
pub use memory::Memory;

use crate::error::{Error, Result};
use crate::id::{Address, Revision};
use crate::time::Timestamp;

/// How long a tombstone is kept where no setting says otherwise: 24 hours.
pub const TOMBSTONE_MS: u64 = 24 * 60 * 60 * 1000;

/// A cart as storage keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The cart's id.
    pub id: String,
    /// Incarnation and version.
    pub revision: Revision,
    /// ISO 4217.
    pub currency: String,
    /// The rounding mode's name.
    pub rounding: String,
    /// The lines: a JSON list in order of insertion.
    pub items: String,
    /// The conditions on the cart: a JSON list in order of insertion.
    pub conditions: String,
    /// The metadata: a JSON object.
    pub metadata: String,
    /// The last changes, with their idempotency keys and results; opaque to drivers.
    pub journal: String,
    /// When this incarnation was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it is absent from; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was checked out.
    pub converted_at: Option<Timestamp>,
    /// As which order it was checked out.
    pub order: Option<String>,
    /// What it holds and costs as of this save, for plain queries.
    pub summary: Summary,
}

/// What a cart held and cost when it was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pieces.
    pub quantity: i64,
    /// Lines.
    pub lines: i64,
    /// The total, in minor units.
    pub total: i64,
}

/// What is left of a cart that ended: enough to recognise a late retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The incarnation that ended, and the version of the change that ended it.
    pub revision: Revision,
    /// Why it ended.
    pub reason: EndReason,
    /// Where its contents went, if they went anywhere.
    pub successor: Option<Address>,
    /// See [`Record::journal`].
    pub journal: String,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When the tombstone itself may go.
    pub expires_at: Timestamp,
}

/// Why a cart ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Somebody destroyed it.
    Destroyed,
    /// Nobody changed it for too long.
    Expired,
    /// It was merged into another.
    Merged,
    /// It was renamed.
    Swapped,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [EndReason; 4] = [EndReason::Destroyed, EndReason::Expired, EndReason::Merged, EndReason::Swapped];

    /// Its name in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            EndReason::Destroyed => "destroyed",
            EndReason::Expired => "expired",
            EndReason::Merged => "merged",
            EndReason::Swapped => "swapped",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// What stands at an address in storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A cart.
    Record(Record),
    /// What is left of one.
    Tombstone(Tombstone),
}

impl Slot {
    /// What a reader sees at `now`: the one rule of expiry.
    pub fn seen_at(self, now: Timestamp) -> Loaded {
        match self {
            Slot::Record(record) => match record.expires_at {
                Some(ended_at) if ended_at <= now => Slot::Tombstone(Tombstone {
                    revision: record.revision,
                    reason: EndReason::Expired,
                    successor: None,
                    journal: record.journal,
                    ended_at,
                    expires_at: ended_at.plus_ms(TOMBSTONE_MS),
                })
                .seen_at(now),
                _ => Loaded::Record(record),
            },
            Slot::Tombstone(tombstone) if tombstone.expires_at > now => Loaded::Absent(Some(tombstone)),
            Slot::Tombstone(_) => Loaded::Absent(None),
        }
    }

    /// Whether a reader sees a living cart at `now`: [`Slot::seen_at`] without taking the slot.
    pub fn lives_at(&self, now: Timestamp) -> bool {
        match self {
            Slot::Record(record) => record.expires_at.is_none_or(|at| at > now),
            Slot::Tombstone(_) => false,
        }
    }

    /// Whether a reader sees anything at `now`, a cart or a tombstone. What nobody sees may go.
    pub fn is_kept_at(&self, now: Timestamp) -> bool {
        match self {
            Slot::Record(record) => record.expires_at.is_none_or(|at| at.plus_ms(TOMBSTONE_MS) > now),
            Slot::Tombstone(tombstone) => tombstone.expires_at > now,
        }
    }
}

/// What a reader sees at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// A living cart.
    Record(Record),
    /// None; with the tombstone of the last one while that is kept.
    Absent(Option<Tombstone>),
}

impl Loaded {
    /// The living cart's revision.
    pub fn revision(&self) -> Option<Revision> {
        match self {
            Loaded::Record(record) => Some(record.revision),
            Loaded::Absent(_) => None,
        }
    }

    /// The living cart.
    pub fn record(self) -> Option<Record> {
        match self {
            Loaded::Record(record) => Some(record),
            Loaded::Absent(_) => None,
        }
    }
}

/// What must hold for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Anything.
    Any,
    /// No living cart.
    Absent,
    /// Exactly this living cart.
    Exactly(Revision),
}

impl Precondition {
    /// Whether it holds for what a reader sees.
    pub fn holds(self, current: Option<Revision>) -> bool {
        match self {
            Precondition::Any => true,
            Precondition::Absent => current.is_none(),
            Precondition::Exactly(revision) => current == Some(revision),
        }
    }
}

/// One cart's part of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which cart.
    pub address: Address,
    /// What must hold.
    pub precondition: Precondition,
    /// What to put there: a cart, or the tombstone of one.
    pub slot: Slot,
    /// What happened, to be kept in the same atomic step.
    pub events: Vec<StoredEvent>,
}

/// Refuses a commit that names a cart twice: its writes would have to be judged one after the
/// other, and no caller means that.
pub fn each_cart_once(writes: &[Write]) -> Result<()> {
    if writes.len() < 2 {
        return Ok(());
    }
    let mut seen = std::collections::BTreeSet::new();
    match writes.iter().position(|write| !seen.insert(&write.address)) {
        None => Ok(()),
        Some(index) => {
            Err(Error::invalid("expected each cart once in a commit, found one twice").at(index).under("writes"))
        }
    }
}

/// An event on its way out: drivers keep it until it was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// `INCARNATION.VERSION.INDEX`: the same event always has the same id.
    pub id: String,
    /// `cart.item.added`, …
    pub kind: String,
    /// The whole event as JSON.
    pub body: String,
}

/// How a commit ended.
#[allow(clippy::large_enum_variant, reason = "it is made once per commit and moved to its caller")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Every write was made.
    Done,
    /// None was made: the precondition of `writes[index]` did not hold.
    Conflict {
        /// Which write.
        index: usize,
        /// What is there instead.
        current: Loaded,
    },
}

/// What a driver can do. Declared by the driver, tested by the contract suite: a false claim fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Preconditions are judged atomically with the write. Without it, carts that more than one
    /// writer shares lose changes.
    pub compare_and_set: bool,
    /// How many carts one commit may hold.
    pub atomic: Atomic,
    /// What an acknowledged commit survives.
    pub durable: Durable,
    /// A load may answer an older state than the last acknowledged commit.
    pub stale_reads: bool,
    /// Events are kept in the same atomic step.
    pub events: bool,
    /// [`Storage::scan`] works.
    pub scan: bool,
    /// Locks per cart.
    pub locks: bool,
    /// The largest record in bytes, where there is a limit.
    pub record_bytes_max: Option<u64>,
}

/// How many carts one commit may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atomic {
    /// One.
    Cart,
    /// Several of one identifier.
    Identifier,
    /// Any.
    Any,
}

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durable {
    /// Nothing: it lives with the process.
    Nothing,
    /// The end of the process, also by force.
    Process,
    /// The loss of power.
    Power,
}

/// Which carts a scan looks for, oldest change first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The tenant.
    pub owner: String,
    /// Only carts that last changed before this.
    pub updated_before: Option<Timestamp>,
    /// Go on after this one: the last of the page before.
    pub after: Option<(Timestamp, Address)>,
    /// At most so many.
    pub limit: u32,
}

/// A cart as a scan finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub address: Address,
    /// In which state.
    pub revision: Revision,
    /// Its currency.
    pub currency: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its expiry.
    pub expires_at: Option<Timestamp>,
    /// When it was checked out.
    pub converted_at: Option<Timestamp>,
    /// What it held and cost.
    pub summary: Summary,
}

/// The port. Its promises stand at the top of this module.
///
/// The futures need not be `Send`: in a browser they are promises of one thread. Hosts with threads
/// have a twin of this trait whose futures are.
#[allow(async_fn_in_trait, reason = "the core is generic over its storage and spawns nothing")]
pub trait Storage {
    /// What this driver can do.
    fn capabilities(&self) -> Capabilities;

    /// What stands at `address`.
    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded>;

    /// Makes all `writes`, or none. A driver whose [`Capabilities::atomic`] does not cover them
    /// refuses with `Unsupported`.
    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed>;

    /// The instances of `identifier` that live at `now`, in byte order.
    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>>;

    /// The living carts that `query` looks for, by last change, then address.
    async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>>;

    /// Lets `ms` milliseconds pass between two attempts to commit. Fails with `Unavailable` when the
    /// caller's time is up. A store in the caller's own process need not wait.
    async fn pause(&self, ms: u32) -> Result<()>;
}

/// The value of a future over a storage that never waits: one poll is all it takes.
///
/// Such are the memory driver, a browser's own storage, and a host call that blocks the component.
/// `None` when the storage waits after all; nothing is known then of what the future did.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match core::pin::pin!(future).poll(&mut context) {
        core::task::Poll::Ready(value) => Some(value),
        core::task::Poll::Pending => None,
    }
}
