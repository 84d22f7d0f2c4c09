//! The finer operations: has, put, forget, rename, …, made of the port's four verbs for every
//! driver at once.
//!
//! Shops that kept their carts in a store of maps know these words: items, conditions and metadata
//! read and replaced whole. Here each write is a load, a change and a commit on condition of the
//! revision that was loaded; when somebody came between, it is made again on what is there now, up
//! to a bound. So each is atomic, takes exactly one step of the version, extends the whole cart's
//! life at once, and never writes to a cart that cannot be read.
//!
//! What is put is JSON of the right shape and within the limits, no more is checked: what an item
//! is, and what it costs, is known above. Therefore of the summary only `lines` and `quantity`
//! follow the items, and only where every element has a whole `quantity`; otherwise they, and the
//! total always, stay as they were until the next change through [`crate::service`]. The journal is
//! carried over. A cart that was checked out is read-only: a put is a conflict; it can be forgotten
//! and renamed. No events are written: an event says which command was applied, and here none was.

use super::{Committed, EndReason, Loaded, Precondition, Record, Scan, Slot, Storage, Summary, Tombstone, Write};
use crate::cart::Settings;
use crate::error::{ConflictReport, Error, Kind, Result};
use crate::id::{Address, Entropy, Revision, mix};
use crate::json::{Raw, Reader, Sort, repeated, write_text};
use crate::time::Timestamp;
use core::sync::atomic::{AtomicU64, Ordering};

/// How many carts [`Operations::flush`] looks at in one page.
const PAGE: u32 = 500;
/// The longest pause between two attempts, in milliseconds.
const PAUSE_MS_MAX: u64 = 50;

/// The finer operations on a storage, at one moment.
#[derive(Debug)]
pub struct Operations<'s, S> {
    storage: &'s S,
    now: Timestamp,
    entropy: Entropy,
    /// How many carts were created: two of them must not share an incarnation.
    created: AtomicU64,
    settings: &'s Settings,
}

/// Which carts of an identifier a rename moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instances<'a> {
    /// All that are there.
    All,
    /// This one.
    One(&'a str),
}

impl<'s, S: Storage> Operations<'s, S> {
    /// Operations on `storage` at `now`.
    ///
    /// Of the settings these count: the limit of bytes, currency and rounding of a cart that a put
    /// creates, its life, how long a tombstone is kept, and how often to try again. `entropy` gives
    /// a new cart its id and incarnation.
    pub fn new(storage: &'s S, settings: &'s Settings, now: Timestamp, entropy: Entropy) -> Self {
        Operations { storage, now, entropy, created: AtomicU64::new(0), settings }
    }

    // What is there.

    /// Whether there is a cart.
    pub async fn has(&self, cart: &Address) -> Result<bool> {
        Ok(self.load(cart).await?.is_some())
    }

    /// The items as JSON; `[]` where there is no cart.
    pub async fn get_items(&self, cart: &Address) -> Result<String> {
        Ok(self.load(cart).await?.map_or_else(|| "[]".into(), |record| record.items))
    }

    /// The conditions as JSON; `[]` where there is no cart.
    pub async fn get_conditions(&self, cart: &Address) -> Result<String> {
        Ok(self.load(cart).await?.map_or_else(|| "[]".into(), |record| record.conditions))
    }

    /// One value of the metadata as JSON; `None` where there is none.
    pub async fn get_metadata(&self, cart: &Address, key: &str) -> Result<Option<String>> {
        let fields = fields(&self.get_all_metadata(cart).await?).map_err(unreadable)?;
        Ok(fields.into_iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str().into()))
    }

    /// All metadata as a JSON object; `{}` where there is no cart.
    pub async fn get_all_metadata(&self, cart: &Address) -> Result<String> {
        Ok(self.load(cart).await?.map_or_else(|| "{}".into(), |record| record.metadata))
    }

    /// Incarnation and version.
    pub async fn revision(&self, cart: &Address) -> Result<Option<Revision>> {
        Ok(self.load(cart).await?.map(|record| record.revision))
    }

    /// The version.
    pub async fn version(&self, cart: &Address) -> Result<Option<u64>> {
        Ok(self.revision(cart).await?.map(|revision| revision.version))
    }

    /// The cart's id.
    pub async fn id(&self, cart: &Address) -> Result<Option<String>> {
        Ok(self.load(cart).await?.map(|record| record.id))
    }

    /// When it was created.
    pub async fn created_at(&self, cart: &Address) -> Result<Option<Timestamp>> {
        Ok(self.load(cart).await?.map(|record| record.created_at))
    }

    /// When it last changed.
    pub async fn updated_at(&self, cart: &Address) -> Result<Option<Timestamp>> {
        Ok(self.load(cart).await?.map(|record| record.updated_at))
    }

    /// When it ends by itself; `None` for never, and where there is no cart.
    pub async fn expires_at(&self, cart: &Address) -> Result<Option<Timestamp>> {
        Ok(self.load(cart).await?.and_then(|record| record.expires_at))
    }

    /// Whether the last cart here ended because nobody changed it for too long. An expired cart is
    /// absent to everything else, and after a day to this too.
    pub async fn is_expired(&self, cart: &Address) -> Result<bool> {
        Ok(matches!(
            self.storage.load(cart, self.now).await?,
            Loaded::Absent(Some(Tombstone { reason: EndReason::Expired, .. }))
        ))
    }

    /// The carts of an identifier, in byte order.
    pub async fn instances(&self, owner: &str, identifier: &str) -> Result<Vec<String>> {
        self.storage.instances(owner, identifier, self.now).await
    }

    // Writes. Each returns the revision that it made.

    /// Replaces the items. The cart is created if there is none.
    pub async fn put_items(&self, cart: &Address, items: &str) -> Result<Revision> {
        let items = self.listing("items", items)?;
        self.put(cart, |record| set_items(record, &items)).await
    }

    /// Replaces the conditions. The cart is created if there is none.
    pub async fn put_conditions(&self, cart: &Address, conditions: &str) -> Result<Revision> {
        let conditions = self.listing("conditions", conditions)?;
        self.put(cart, |record| {
            record.conditions = conditions.as_str().into();
            Ok(())
        })
        .await
    }

    /// Replaces items and conditions in one step.
    pub async fn put_both(&self, cart: &Address, items: &str, conditions: &str) -> Result<Revision> {
        let (items, conditions) = (self.listing("items", items)?, self.listing("conditions", conditions)?);
        self.put(cart, |record| {
            record.conditions = conditions.as_str().into();
            set_items(record, &items)
        })
        .await
    }

    /// Sets one value of the metadata; `null` removes it.
    pub async fn put_metadata(&self, cart: &Address, key: &str, value: &str) -> Result<Revision> {
        let value = Raw::parse(value).map_err(|error| error.under(key).under("metadata"))?;
        self.put_fields(cart, &[(key.into(), value)]).await
    }

    /// Sets several values of the metadata in one step, from a JSON object; `null` removes.
    pub async fn put_metadata_batch(&self, cart: &Address, values: &str) -> Result<Revision> {
        let values = fields(values).map_err(|error| error.under("metadata"))?;
        self.put_fields(cart, &values).await
    }

    /// Drops all metadata.
    pub async fn clear_metadata(&self, cart: &Address) -> Result<Revision> {
        self.put(cart, |record| {
            record.metadata = "{}".into();
            Ok(())
        })
        .await
    }

    /// Drops items, conditions and metadata; the cart itself stays.
    pub async fn clear_all(&self, cart: &Address) -> Result<Revision> {
        self.put(cart, |record| {
            record.items = "[]".into();
            record.conditions = "[]".into();
            record.metadata = "{}".into();
            record.summary = Summary::default();
            Ok(())
        })
        .await
    }

    /// Ends the cart and leaves a tombstone; false where there was none.
    pub async fn forget(&self, cart: &Address) -> Result<bool> {
        let mut attempt = 0;
        loop {
            let Some(record) = self.load(cart).await? else { return Ok(false) };
            let write = Write {
                address: cart.clone(),
                precondition: Precondition::Exactly(record.revision),
                slot: Slot::Tombstone(self.tombstone(record, EndReason::Destroyed, None)?),
                events: Vec::new(),
            };
            if self.commit(&[write], &mut attempt).await? {
                return Ok(true);
            }
        }
    }

    /// Ends every cart of an identifier, each in a step of its own, and says how many there were.
    pub async fn forget_identifier(&self, owner: &str, identifier: &str) -> Result<u64> {
        let mut ended = 0;
        for instance in self.instances(owner, identifier).await? {
            ended += u64::from(self.forget(&Address::new(owner, identifier, &instance)?).await?);
        }
        Ok(ended)
    }

    /// Ends every cart of an owner, and says how many there were. Needs a driver that scans.
    ///
    /// Page after page until a scan finds none, so carts that come meanwhile are ended too; those
    /// of other owners, and whatever else the store holds, are left alone.
    pub async fn flush(&self, owner: &str) -> Result<u64> {
        if !self.storage.capabilities().scan {
            return Err(Error::new(Kind::Unsupported, "expected a driver that can scan, found one that cannot"));
        }
        let mut ended = 0;
        loop {
            let query = Scan { owner: owner.into(), updated_before: None, after: None, limit: PAGE };
            let page = self.storage.scan(&query, self.now).await?;
            if page.is_empty() {
                return Ok(ended);
            }
            for found in page {
                ended += u64::from(self.forget(&found.address).await?);
            }
        }
    }

    /// Gives carts another identifier: one instance, or all that are there, in one commit.
    ///
    /// False where there is nothing to rename. A cart keeps its incarnation, id, journal,
    /// conditions, metadata and moment of creation, its version takes one step, and its expiry
    /// stays the time it was; at the old address a tombstone names the new one. Where a cart stands at
    /// the new address already, nothing is renamed and the answer is a conflict, unless `replace`
    /// says that it may go.
    pub async fn rename(
        &self,
        owner: &str,
        from: &str,
        to: &str,
        instances: Instances<'_>,
        replace: bool,
    ) -> Result<bool> {
        if from == to {
            return Err(Error::invalid("expected another identifier, found the same").under("to"));
        }
        let mut attempt = 0;
        loop {
            let names = match instances {
                Instances::All => self.instances(owner, from).await?,
                Instances::One(instance) => vec![instance.into()],
            };
            let mut writes = Vec::with_capacity(2 * names.len());
            for instance in names {
                let source = Address::new(owner, from, &instance)?;
                let target = source.with_identifier(to)?;
                let Some(record) = self.load(&source).await? else { continue };
                let precondition = match self.load(&target).await? {
                    None => Precondition::Absent,
                    Some(there) if replace => Precondition::Exactly(there.revision),
                    Some(there) => return Err(target_taken(&there)),
                };
                writes.extend(self.moved(source, target, precondition, record)?);
            }
            if writes.is_empty() {
                return Ok(false);
            }
            if self.commit(&writes, &mut attempt).await? {
                return Ok(true);
            }
        }
    }

    /// The two writes that move a cart: the source's first, so that who follows finds the tombstone.
    fn moved(&self, source: Address, target: Address, there: Precondition, record: Record) -> Result<[Write; 2]> {
        let before = Precondition::Exactly(record.revision);
        let left = self.tombstone(record.clone(), EndReason::Swapped, Some(target.clone()))?;
        let next = Record { revision: left.revision, updated_at: self.now, ..record };
        Ok([
            Write { address: source, precondition: before, slot: Slot::Tombstone(left), events: Vec::new() },
            Write { address: target, precondition: there, slot: Slot::Record(next), events: Vec::new() },
        ])
    }

    async fn load(&self, cart: &Address) -> Result<Option<Record>> {
        Ok(self.storage.load(cart, self.now).await?.record())
    }

    /// A JSON list or object within the limit of bytes.
    fn listing(&self, what: &str, text: &str) -> Result<Raw> {
        let raw = Raw::parse(text).map_err(|error| error.under(what))?;
        if !matches!(raw.sort(), Sort::List | Sort::Object) {
            return Err(Error::invalid("expected a list or an object, found a plain value").under(what));
        }
        self.settings.limits.size(raw.len()).map_err(|error| error.under(what))?;
        Ok(raw)
    }

    async fn put_fields(&self, cart: &Address, values: &[(String, Raw)]) -> Result<Revision> {
        self.put(cart, |record| {
            let mut merged = fields(&record.metadata).map_err(unreadable)?;
            for (name, value) in values {
                let there = merged.iter().position(|(merged, _)| merged == name);
                match (there, value.sort()) {
                    (Some(at), Sort::Null) => drop(merged.remove(at)),
                    (None, Sort::Null) => {}
                    (Some(at), _) => merged[at].1 = value.clone(),
                    (None, _) => merged.push((name.clone(), value.clone())),
                }
            }
            record.metadata = object(&merged);
            self.settings.limits.size(record.metadata.len()).map_err(|error| error.under("metadata"))
        })
        .await
    }

    /// Changes the cart, or a new one, and extends its life.
    async fn put(&self, cart: &Address, change: impl Fn(&mut Record) -> Result<()>) -> Result<Revision> {
        let mut attempt = 0;
        loop {
            let (precondition, mut record) = match self.load(cart).await? {
                Some(record) if record.converted_at.is_some() => return Err(converted(&record)),
                Some(mut record) => {
                    let before = record.revision;
                    record.revision = next(before)?;
                    (Precondition::Exactly(before), record)
                }
                None => (Precondition::Absent, self.new_record()),
            };
            change(&mut record)?;
            record.updated_at = self.now;
            // Without a life span in the settings, the cart keeps the end it was given, if any.
            if let Some(ttl_ms) = self.settings.ttl_ms {
                record.expires_at = Some(self.now.plus_ms(ttl_ms));
            }
            let revision = record.revision;
            let write = Write { address: cart.clone(), precondition, slot: Slot::Record(record), events: Vec::new() };
            if self.commit(&[write], &mut attempt).await? {
                return Ok(revision);
            }
        }
    }

    fn new_record(&self) -> Record {
        let entropy = match self.created.fetch_add(1, Ordering::Relaxed) {
            0 => self.entropy,
            n => self.entropy.derive(n),
        };
        Record {
            id: entropy.cart_id().into(),
            revision: Revision { incarnation: entropy.incarnation(), version: 1 },
            currency: self.settings.default_currency.code().into(),
            rounding: self.settings.default_rounding.as_str().into(),
            items: "[]".into(),
            conditions: "[]".into(),
            metadata: "{}".into(),
            journal: String::new(),
            created_at: self.now,
            updated_at: self.now,
            expires_at: None,
            converted_at: None,
            order: None,
            summary: Summary::default(),
        }
    }

    fn tombstone(&self, record: Record, reason: EndReason, successor: Option<Address>) -> Result<Tombstone> {
        Ok(Tombstone {
            revision: next(record.revision)?,
            reason,
            successor,
            journal: record.journal,
            ended_at: self.now,
            expires_at: self.now.plus_ms(self.settings.tombstone_ms),
        })
    }

    /// Whether the writes were made. If somebody came between, lets a moment pass and counts the
    /// attempt, of which there is at most one more than the settings' replays.
    async fn commit(&self, writes: &[Write], attempt: &mut u32) -> Result<bool> {
        if self.storage.commit(writes, self.now).await? == Committed::Done {
            return Ok(true);
        }
        if *attempt == self.settings.replays_max {
            let attempts = u64::from(*attempt) + 1;
            return Err(Error::new(
                Kind::Conflict,
                format!("expected to write within {attempts} attempts, found another writer before each of them"),
            )
            .because("contended")
            .retry_after_ms(PAUSE_MS_MAX));
        }
        // Half the time is the same for all, half is chance: writers that met once part.
        let full = (1u64 << (*attempt).min(6)).min(PAUSE_MS_MAX);
        let chance = mix(self.entropy.token() ^ u64::from(*attempt)) % (full / 2 + 1);
        self.storage.pause((full / 2 + chance) as u32).await?;
        *attempt += 1;
        Ok(false)
    }
}

fn next(revision: Revision) -> Result<Revision> {
    let version = revision.version.checked_add(1);
    let version =
        version.ok_or_else(|| Error::new(Kind::LimitExceeded, "expected a version that can be counted on from"))?;
    Ok(Revision { version, ..revision })
}

/// How a cart stands in the way of a request that was based on `attempted`.
fn report(attempted: Option<Revision>, there: &Record) -> ConflictReport {
    ConflictReport {
        attempted_version: attempted.map_or(0, |revision| revision.version),
        current_version: there.revision.version,
        incarnation_changed: attempted.is_some_and(|revision| revision.incarnation != there.revision.incarnation),
        changed: Vec::new(),
        last_changed_ms: Some(there.updated_at.as_ms()),
        safe_to_retry: false,
    }
}

fn converted(there: &Record) -> Error {
    Error::conflict("expected a cart that was not checked out, found one that was", report(Some(there.revision), there))
        .because("converted")
}

fn target_taken(there: &Record) -> Error {
    let report = report(None, there);
    Error::conflict("expected no cart under the new identifier, found one; ask for it to be replaced, or merge", report)
        .because("target_exists")
}

/// Stored text that is not JSON of its shape. It says where, not what was found: that may be anybody's.
fn unreadable(error: Error) -> Error {
    Error::new(
        Kind::Corrupt,
        format!("expected stored metadata as a JSON object, found what cannot be read at {:?}", error.path()),
    )
}

/// The fields of an object in their order.
fn fields(text: &str) -> Result<Vec<(String, Raw)>> {
    let mut out: Vec<(String, Raw)> = Vec::new();
    Reader::whole(text, |reader| {
        reader.object(|name, reader| {
            let value = reader.raw()?;
            if out.iter().any(|(there, _)| there == name) {
                return Err(repeated());
            }
            out.push((name.into(), value));
            Ok(())
        })
    })?;
    Ok(out)
}

fn object(fields: &[(String, Raw)]) -> String {
    let mut out = String::from("{");
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(&mut out, name);
        out.push(':');
        out.push_str(value.as_str());
    }
    out.push('}');
    out
}

fn set_items(record: &mut Record, items: &Raw) -> Result<()> {
    record.items = items.as_str().into();
    if let Some((lines, quantity)) = counted(items) {
        record.summary.lines = lines;
        record.summary.quantity = quantity;
    }
    Ok(())
}

/// Lines and pieces, where every element says how many pieces it is.
fn counted(items: &Raw) -> Option<(i64, i64)> {
    fn pieces(reader: &mut Reader<'_>, lines: &mut i64, quantity: &mut i64) -> Result<()> {
        let mut found = None;
        reader.object(|name, reader| {
            if name == "quantity" {
                found = Some(reader.integer()?);
            } else {
                reader.raw()?;
            }
            Ok(())
        })?;
        let found = found.ok_or_else(|| Error::invalid("expected a quantity"))?;
        *lines += 1;
        *quantity = quantity.saturating_add(found);
        Ok(())
    }
    let (mut lines, mut quantity) = (0, 0);
    Reader::whole(items.as_str(), |reader| match reader.sort()? {
        Sort::List => reader.list(|_, reader| pieces(reader, &mut lines, &mut quantity)),
        _ => reader.object(|_, reader| pieces(reader, &mut lines, &mut quantity)),
    })
    .ok()?;
    Some((lines, quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Capabilities, Found, Memory, at_once};
    use core::cell::Cell;

    /// Runs what never waits, as a store in memory does not.
    fn ready<T>(future: impl Future<Output = T>) -> T {
        at_once(future).expect("a store in memory does not wait")
    }

    fn at(identifier: &str) -> Address {
        Address::new("", identifier, "default").unwrap()
    }

    const NOW: Timestamp = Timestamp::from_ms(1_795_262_400_000);
    const ENTROPY: Entropy = Entropy([1, 2, 3, 4]);

    fn on<'s, S: Storage>(storage: &'s S, settings: &'s Settings) -> Operations<'s, S> {
        Operations::new(storage, settings, NOW, ENTROPY)
    }

    /// A store in which somebody else writes just before each of the first commits.
    struct Busy {
        inner: Memory,
        others: Cell<u32>,
        pauses: Cell<u32>,
    }

    impl Storage for Busy {
        fn capabilities(&self) -> Capabilities {
            self.inner.capabilities()
        }
        async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
            Ok(self.inner.load(address, now))
        }
        async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
            if let (Some(left), Some(record)) =
                (self.others.get().checked_sub(1), self.inner.load(&writes[0].address, now).record())
            {
                self.others.set(left);
                let mut other = record.clone();
                other.revision.version += 1;
                other.conditions = format!("[{left}]");
                let other = Write {
                    address: writes[0].address.clone(),
                    precondition: Precondition::Exactly(record.revision),
                    slot: Slot::Record(other),
                    events: vec![],
                };
                assert_eq!(self.inner.commit(&[other], now)?, Committed::Done);
            }
            self.inner.commit(writes, now)
        }
        async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
            Ok(self.inner.instances(owner, identifier, now))
        }
        async fn scan(&self, query: &Scan, now: Timestamp) -> Result<Vec<Found>> {
            Ok(self.inner.scan(query, now))
        }
        async fn pause(&self, _ms: u32) -> Result<()> {
            self.pauses.set(self.pauses.get() + 1);
            Ok(())
        }
    }

    #[test]
    fn a_put_keeps_what_came_between() {
        let (store, settings) =
            (Busy { inner: Memory::new(), others: Cell::new(0), pauses: Cell::new(0) }, Settings::default());
        let operations = on(&store, &settings);
        ready(operations.put_items(&at("a"), r#"[{"id":"x","quantity":2},{"id":"y","quantity":3}]"#)).unwrap();
        store.others.set(3);
        let revision = ready(operations.put_metadata(&at("a"), "note", "\"gift\"")).unwrap();
        assert_eq!(revision.version, 5, "three by others, one here");
        assert_eq!(ready(operations.get_conditions(&at("a"))).unwrap(), "[0]");
        assert_eq!(store.pauses.get(), 3);
        let summary = store.inner.load(&at("a"), NOW).record().unwrap().summary;
        assert_eq!((summary.lines, summary.quantity), (2, 5));
    }

    #[test]
    fn attempts_are_bounded() {
        let (store, settings) = (
            Busy { inner: Memory::new(), others: Cell::new(0), pauses: Cell::new(0) },
            Settings { replays_max: 4, ..Settings::default() },
        );
        let operations = on(&store, &settings);
        ready(operations.put_items(&at("a"), "[]")).unwrap();
        store.others.set(100);
        let error = ready(operations.put_items(&at("a"), "[1]")).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Conflict, Some("contended")));
        assert_eq!(store.others.get(), 95);
    }

    #[test]
    fn a_rename_moves_everything_and_leaves_a_tombstone() {
        let (store, settings) = (Memory::new(), Settings { ttl_ms: Some(1000), ..Settings::default() });
        let operations = on(&store, &settings);
        ready(operations.put_both(&at("guest"), r#"[{"quantity":1}]"#, r#"[{"name":"VAT"}]"#)).unwrap();
        ready(operations.put_metadata(&at("guest"), "k", "[1]")).unwrap();
        let before = store.load(&at("guest"), NOW).record().unwrap();
        assert!(ready(operations.rename("", "guest", "user", Instances::All, false)).unwrap());
        let after = store.load(&at("user"), NOW).record().unwrap();
        let mut wanted = before.clone();
        wanted.revision.version += 1;
        assert_eq!(after, wanted);
        let Loaded::Absent(Some(left)) = store.load(&at("guest"), NOW) else { panic!("expected a tombstone") };
        assert_eq!(
            (left.reason, left.successor, left.revision),
            (EndReason::Swapped, Some(at("user")), after.revision)
        );
        assert!(!ready(operations.rename("", "guest", "user", Instances::All, false)).unwrap(), "the source is absent");
    }

    #[test]
    fn a_rename_replaces_only_when_asked() {
        let (store, settings) = (Memory::new(), Settings::default());
        let operations = on(&store, &settings);
        let one = Instances::One("default");
        ready(operations.put_items(&at("guest"), "[1]")).unwrap();
        ready(operations.put_items(&at("user"), "[2]")).unwrap();
        let error = ready(operations.rename("", "guest", "user", one, false)).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Conflict, Some("target_exists")));
        assert_eq!(ready(operations.get_items(&at("user"))).unwrap(), "[2]");
        assert!(ready(operations.rename("", "guest", "user", one, true)).unwrap());
        assert_eq!(ready(operations.get_items(&at("user"))).unwrap(), "[1]");
        assert!(!ready(operations.has(&at("guest"))).unwrap());
        assert_eq!(ready(operations.rename("", "a", "a", one, true)).unwrap_err().kind(), Kind::Invalid);
    }

    #[test]
    fn a_second_life_is_another_incarnation() {
        let (store, settings) = (Memory::new(), Settings::default());
        let operations = on(&store, &settings);
        let first = ready(operations.put_items(&at("a"), "[]")).unwrap();
        assert!(ready(operations.forget(&at("a"))).unwrap());
        assert!(!ready(operations.forget(&at("a"))).unwrap());
        let second = ready(operations.put_items(&at("a"), "[]")).unwrap();
        assert_eq!((first.version, second.version), (1, 1));
        assert_ne!(first.incarnation, second.incarnation);
    }

    #[test]
    fn a_flush_is_of_one_owner_and_complete() {
        let (store, settings) = (Memory::new(), Settings::default());
        let operations = on(&store, &settings);
        for n in 0..1200 {
            ready(operations.put_items(&at(&n.to_string()), "[]")).unwrap();
        }
        let other = Address::new("shop", "1", "default").unwrap();
        ready(operations.put_items(&other, "[]")).unwrap();
        assert_eq!(ready(operations.flush("")).unwrap(), 1200);
        assert!(ready(operations.has(&other)).unwrap());
    }

    #[test]
    fn what_is_put_is_json_of_its_shape_and_size() {
        let (store, mut settings) = (Memory::new(), Settings::default());
        settings.limits.bytes = 20;
        let operations = on(&store, &settings);
        let kind = |result: Result<Revision>| result.unwrap_err().kind();
        assert_eq!(kind(ready(operations.put_items(&at("a"), "1"))), Kind::Invalid);
        assert_eq!(kind(ready(operations.put_items(&at("a"), "[1,]"))), Kind::Invalid);
        assert_eq!(kind(ready(operations.put_items(&at("a"), "[1234567890,1234567890]"))), Kind::LimitExceeded);
        assert_eq!(kind(ready(operations.put_metadata_batch(&at("a"), "[]"))), Kind::Invalid);
        ready(operations.put_metadata(&at("a"), "k", "\"0123456789\"")).unwrap();
        assert_eq!(kind(ready(operations.put_metadata(&at("a"), "l", "12345"))), Kind::LimitExceeded);
        assert!(ready(operations.put_items(&at("b"), "[ ]")).is_ok());
    }

    #[test]
    fn a_cart_that_was_checked_out_is_not_put_to() {
        let (store, settings) = (Memory::new(), Settings::default());
        let operations = on(&store, &settings);
        ready(operations.put_items(&at("a"), "[]")).unwrap();
        let mut sold = store.load(&at("a"), NOW).record().unwrap();
        sold.converted_at = Some(NOW);
        let slot = Slot::Record(sold);
        store
            .commit(&[Write { address: at("a"), precondition: Precondition::Any, slot, events: vec![] }], NOW)
            .unwrap();
        let error = ready(operations.put_items(&at("a"), "[1]")).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Conflict, Some("converted")));
    }
}
