//! Carts, tombstones and events for the cases, each field with a value of its own.

use pushcart::id::{Address, Incarnation, Revision};
use pushcart::storage::{EndReason, Loaded, Precondition, Record, Slot, StoredEvent, Summary, Tombstone, Write};
use pushcart::time::Timestamp;

/// The time at which cases play: 2026-11-21T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_ms(1_795_262_400_000);

/// The moment `ms` milliseconds from [`NOW`].
pub fn after(ms: i64) -> Timestamp {
    Timestamp::from_ms(NOW.as_ms() + ms)
}

/// The address `instance` of `identifier`, without an owner.
///
/// # Panics
///
/// When a name is empty or too long, which would be a mistake in the case.
pub fn address(identifier: &str, instance: &str) -> Address {
    owned("", identifier, instance)
}

/// The same of an owner.
///
/// # Panics
///
/// See [`address`].
pub fn owned(owner: &str, identifier: &str, instance: &str) -> Address {
    match Address::new(owner, identifier, instance) {
        Ok(address) => address,
        Err(error) => panic!("a case names a cart that cannot be: {error}"),
    }
}

/// Version `version` of the incarnation with these bits.
pub fn revision(incarnation: u64, version: u64) -> Revision {
    Revision { incarnation: Incarnation::from_bits(incarnation), version }
}

/// A cart that lives for ever, with `n` in every field that can hold it.
pub fn record(revision: Revision, n: i64) -> Record {
    Record {
        id: format!("{n:032x}"),
        revision,
        currency: "EUR".into(),
        rounding: "half_even".into(),
        items: format!(r#"[{{"id":"tee","name":"T-shirt \u2603 ☃","price":1999,"quantity":{n}}}]"#),
        conditions: format!(r#"[{{"name":"VAT {n}","value":"+19%"}}]"#),
        metadata: format!(r#"{{"note":"{n}"}}"#),
        journal: format!("journal {n}"),
        created_at: after(-3_600_000),
        updated_at: after(n),
        expires_at: None,
        converted_at: None,
        order: None,
        summary: Summary { quantity: n, lines: 1, total: n * 2379 },
    }
}

/// What is left of a cart, kept for an hour from [`NOW`].
pub fn tombstone(revision: Revision) -> Tombstone {
    Tombstone {
        revision,
        reason: EndReason::Destroyed,
        successor: None,
        journal: "keys".into(),
        ended_at: after(-1000),
        expires_at: after(3_600_000),
    }
}

/// A write without events.
pub fn write(address: &Address, precondition: Precondition, slot: impl Into<SlotOf>) -> Write {
    Write { address: address.clone(), precondition, slot: slot.into().0, events: Vec::new() }
}

/// The `index`th event of a revision.
pub fn event(revision: Revision, index: u64) -> StoredEvent {
    StoredEvent {
        id: format!("{revision}.{index}"),
        kind: "cart.item.added".into(),
        body: format!(r#"{{"id":"{revision}.{index}"}}"#),
    }
}

/// What a reader sees of a slot at [`NOW`].
pub fn seen(slot: impl Into<SlotOf>) -> Loaded {
    slot.into().0.seen_at(NOW)
}

/// A slot, from what stands in it.
pub struct SlotOf(pub Slot);

impl From<Record> for SlotOf {
    fn from(record: Record) -> Self {
        SlotOf(Slot::Record(record))
    }
}

impl From<&Record> for SlotOf {
    fn from(record: &Record) -> Self {
        SlotOf(Slot::Record(record.clone()))
    }
}

impl From<Tombstone> for SlotOf {
    fn from(tombstone: Tombstone) -> Self {
        SlotOf(Slot::Tombstone(tombstone))
    }
}

impl From<&Tombstone> for SlotOf {
    fn from(tombstone: &Tombstone) -> Self {
        SlotOf(Slot::Tombstone(tombstone.clone()))
    }
}

impl From<Slot> for SlotOf {
    fn from(slot: Slot) -> Self {
        SlotOf(slot)
    }
}
