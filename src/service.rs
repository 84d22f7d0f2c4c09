//! The use case: load, apply, save; apply again on conflict; answer with totals.
//!
//! Everything that changes or shows a cart, from whatever shell, is one of the calls here, with
//! the same words: a [`Call`] says which cart and when, a [`Request`] what is wanted, and an
//! [`Answer`] is the JSON that goes back.

use crate::cart::{Cart, Settings};
use crate::command::{self, Applied, Command, Context, Moved};
use crate::error::{ConflictReport, Error, Kind, Result};
use crate::id::{Address, Entropy, Revision, mix};
use crate::journal::{Hash128, Journal, Key};
use crate::money::{Currency, Rounding};
use crate::pricing::{self, Terms, Totals};
use crate::record;
use crate::storage::{Committed, EndReason, Loaded, Precondition, Slot, Storage, StoredEvent, Tombstone, Write};
use crate::time::Timestamp;
use crate::wire::command::Change;
use crate::wire::{self, event::Occasion};

/// Which cart, and everything that the core must not ask for itself.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which cart.
    pub address: Address,
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub entropy: Entropy,
    /// What the shop decided.
    pub settings: Settings,
}

/// A change that is asked for, still as the JSON it came in.
///
/// The short forms exist so that an error's path speaks of what the caller sent: `price`, not
/// `commands[0].item.price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A change request: `{"commands": […], "basedOn": …, "idempotencyKey": …}`.
    Change(String),
    /// One item, or a list of them, to add.
    AddItems(String),
    /// `{"quantity": 5}` or `{"delta": 1}`, price, name, attributes, for the line `item`.
    UpdateItem {
        /// The line's id.
        item: String,
        /// What to change.
        body: String,
    },
    /// Remove a line.
    RemoveItem {
        /// The line's id.
        item: String,
    },
    /// A condition to put on the cart, or on a line.
    AddCondition {
        /// The line's id; `None` for the cart.
        item: Option<String>,
        /// The condition.
        body: String,
    },
    /// Take a condition off the cart, or off a line.
    RemoveCondition {
        /// The line's id; `None` for the cart.
        item: Option<String>,
        /// The condition's name.
        name: String,
    },
    /// Metadata values to set; null removes.
    SetMetadata(String),
    /// Empty the cart.
    Clear,
    /// End the cart.
    Destroy,
}

/// What the caller knows of the cart it wants to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BasedOn {
    /// There is none.
    Absent,
    /// There is one, whichever.
    Exists,
    /// It is in one of these states; none at all never matches.
    OneOf(Vec<Revision>),
}

/// What goes with a request beside its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The currency, when the change creates the cart; else it must agree.
    pub currency: Option<String>,
    /// The rounding mode, likewise.
    pub rounding: Option<String>,
    /// With it, a mismatch is a conflict and nothing is applied again.
    pub based_on: Option<BasedOn>,
    /// The idempotency key.
    pub key: Option<String>,
}

/// The JSON that goes back, and what a shell must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The JSON.
    pub body: String,
    /// The cart's state; `None` when there is no cart (now).
    pub revision: Option<Revision>,
    /// The change created the cart.
    pub created: bool,
    /// The change was made before, under the same key: these are its first results.
    pub replayed: bool,
    /// How often the change was applied again after a conflict.
    pub replays: u32,
}

/// Longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// The pause before the second attempt is drawn from 0 to this; each further one from twice as much.
const PAUSE_MS: u32 = 2;
/// No single pause is longer.
const PAUSE_MS_MAX: u32 = 64;

/// The use case over one storage.
pub struct Service<S> {
    storage: S,
}

impl<S: Storage> Service<S> {
    /// The service over `storage`.
    pub fn new(storage: S) -> Self {
        Service { storage }
    }

    /// The storage.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Changes a cart: all of the request, or nothing.
    ///
    /// A request that is based on nothing is applied to the cart as it is, and again when somebody
    /// else was faster, at most `replays_max` times. A request that is based on a state is applied
    /// to that state only. A request with a key is made once, however often it comes.
    pub async fn change(&self, call: &Call, request: &Request, options: &Options) -> Result<Answer> {
        let plan = Plan::new(call, request, options)?;
        let mut loaded = self.storage.load(&call.address, call.now).await?;
        let mut replays = 0;
        loop {
            let mut current = Current::read(loaded)?;
            if let Key::Caller { .. } = plan.key
                && let Some(replay) = current.journal.find(plan.key)?
            {
                return plan.answer_replay(&current, &replay.results, replays);
            }
            plan.check_based_on(&current)?;
            let attempt = plan.attempt(&mut current)?;
            let totals = attempt.totals(&call.settings)?;
            if !attempt.applied.is_change() {
                return Ok(plan.answer(&attempt, totals.as_ref(), &[], replays));
            }
            let mut writes = vec![attempt.write(&call.address, &plan, &mut current, plan.key, totals.as_ref())?];
            if !attempt.applied.moved.is_empty() {
                self.receive(&plan, &attempt, &mut writes).await?;
            }
            loaded = match self.storage.commit(&writes, call.now).await {
                Ok(Committed::Done) => return Ok(plan.answer(&attempt, totals.as_ref(), &writes[0].events, replays)),
                Ok(Committed::Conflict { index: 0, current }) => current,
                // The cart that a line was to move to is another: begin again with both.
                Ok(Committed::Conflict { .. }) => self.storage.load(&call.address, call.now).await?,
                Err(error) if error.kind() == Kind::Unavailable => {
                    match self.look_back(&plan, current.revision).await {
                        Some(LookBack::Happened) => return Ok(plan.answer(&attempt, totals.as_ref(), &writes[0].events, replays)),
                        Some(LookBack::DidNotHappen(loaded)) => loaded,
                        None => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            };
            replays += 1;
            if replays > call.settings.replays_max {
                let message = format!("expected to come through within {replays} attempts, found others faster each time");
                return Err(plan.conflict(&Current::read(loaded)?, current.revision, &message));
            }
            self.storage.pause(pause_ms(replays, call.entropy.token())).await?;
        }
    }

    /// The cart with its totals; `None` when there is none.
    pub async fn show(&self, call: &Call) -> Result<Option<Answer>> {
        let Loaded::Record(record) = self.storage.load(&call.address, call.now).await? else { return Ok(None) };
        let cart = record::read(&record)?;
        let totals = pricing::totals(&cart, &Terms::from(&call.settings))?;
        let mut body = String::with_capacity(2048);
        wire::content::write(&mut body, &call.address, &cart, &totals);
        Ok(Some(Answer { body, revision: Some(cart.revision), created: false, replayed: false, replays: 0 }))
    }

    /// What the cart costs; nothing, in the default currency, when there is none.
    pub async fn totals(&self, call: &Call) -> Result<Answer> {
        let mut body = String::with_capacity(1024);
        let revision = match self.storage.load(&call.address, call.now).await? {
            Loaded::Record(record) => {
                let cart = record::read(&record)?;
                wire::totals::write(&mut body, &pricing::totals(&cart, &Terms::from(&call.settings))?);
                Some(cart.revision)
            }
            Loaded::Absent(_) => {
                wire::totals::write(&mut body, &Totals::zero(call.settings.default_currency));
                None
            }
        };
        Ok(Answer { body, revision, created: false, replayed: false, replays: 0 })
    }

    /// The instances that the identifier of `call` has.
    pub async fn instances(&self, call: &Call) -> Result<Answer> {
        let (owner, identifier) = (call.address.owner(), call.address.identifier());
        let instances = self.storage.instances(owner, identifier, call.now).await?;
        let mut body = String::new();
        wire::content::write_instances(&mut body, identifier, &instances);
        Ok(Answer { body, revision: None, created: false, replayed: false, replays: 0 })
    }

    /// Adds the writes that put the lines which `attempt` moves into the carts they go to.
    async fn receive(&self, plan: &Plan<'_>, attempt: &Attempt, writes: &mut Vec<Write>) -> Result<()> {
        let mut to_do: Vec<&Moved> = attempt.applied.moved.iter().collect();
        while let Some(first) = to_do.first() {
            let (to, command) = (first.to.clone(), first.command);
            let (here, rest): (Vec<&Moved>, Vec<&Moved>) = to_do.into_iter().partition(|moved| moved.to == to);
            to_do = rest;
            let in_place = |error: Error| plan.change.locate(error.under("to").at(command));
            let address = plan.call.address.with_instance(&to).map_err(in_place)?;
            if address == plan.call.address {
                return Err(in_place(Error::invalid("expected another instance, found the cart's own")));
            }
            let mut target = Current::read(self.storage.load(&address, plan.call.now).await?)?;
            // Lines keep their price, so the cart they go to has the currency of the one they leave.
            let context = Context {
                entropy: plan.call.entropy.derive(writes.len() as u64),
                currency: Some(attempt.currency),
                rounding: target.cart.is_none().then_some(attempt.rounding),
                ..plan.context
            };
            let applied = command::receive(target.cart.take(), here, &context).map_err(|e| plan.change.locate(e))?;
            let received = Attempt::new(applied, attempt.currency, attempt.rounding);
            let totals = received.totals(&plan.call.settings)?;
            let key = Key::Internal(context.entropy.token());
            writes.push(received.write(&address, plan, &mut target, key, totals.as_ref())?);
        }
        Ok(())
    }

    /// Finds out whether a commit whose reply was lost did happen; `None` when that cannot be told.
    async fn look_back(&self, plan: &Plan<'_>, before: Option<Revision>) -> Option<LookBack> {
        self.storage.pause(PAUSE_MS).await.ok()?;
        let loaded = self.storage.load(&plan.call.address, plan.call.now).await.ok()?;
        let now = Current::read(loaded.clone()).ok()?;
        if now.journal.find(plan.key).ok()?.is_some() {
            return Some(LookBack::Happened);
        }
        // A caller's key is kept long enough to tell in any case.
        let told = matches!(plan.key, Key::Caller { .. }) || now.journal.reaches_back_to(before, now.last_revision());
        told.then_some(LookBack::DidNotHappen(loaded))
    }
}

/// What a look back after a lost reply found.
enum LookBack {
    Happened,
    DidNotHappen(Loaded),
}

/// How long to wait before attempt `n`, so that two writers who met do not meet again.
fn pause_ms(n: u32, token: u64) -> u32 {
    let ceiling = PAUSE_MS.saturating_mul(1 << n.min(16).saturating_sub(1)).min(PAUSE_MS_MAX);
    (mix(token ^ u64::from(n)) % u64::from(ceiling + 1)) as u32
}

/// What stands at the address, read. The cart and the journal are taken out of it when a change is
/// applied; what is needed after that stands beside them.
struct Current {
    cart: Option<Cart>,
    journal: Journal,
    tombstone: Option<Tombstone>,
    /// The living cart's.
    revision: Option<Revision>,
    cart_id: Option<Box<str>>,
    /// When the cart last changed, or when the last one ended.
    last_changed: Option<Timestamp>,
    /// The sizes of items, conditions and metadata as stored: a part that only shrinks is let
    /// through even when a limit was lowered below it.
    sizes: [usize; 3],
}

impl Current {
    fn read(loaded: Loaded) -> Result<Self> {
        Ok(match loaded {
            Loaded::Record(record) => {
                let cart = record::read(&record)?;
                Current {
                    revision: Some(cart.revision),
                    cart_id: Some(cart.id.clone()),
                    last_changed: Some(cart.updated_at),
                    cart: Some(cart),
                    tombstone: None,
                    sizes: [record.items.len(), record.conditions.len(), record.metadata.len()],
                    journal: Journal::parse(&record.journal)?,
                }
            }
            Loaded::Absent(tombstone) => Current {
                cart: None,
                journal: tombstone.as_ref().map_or(Ok(Journal::default()), |it| Journal::parse(&it.journal))?,
                revision: None,
                cart_id: None,
                last_changed: tombstone.as_ref().map(|tombstone| tombstone.ended_at),
                tombstone,
                sizes: [0; 3],
            },
        })
    }

    /// Of the cart, or of the one that ended here.
    fn last_revision(&self) -> Option<Revision> {
        self.revision.or(self.tombstone.as_ref().map(|tombstone| tombstone.revision))
    }
}

/// A request, understood.
struct Plan<'a> {
    call: &'a Call,
    change: Change,
    based_on: Option<BasedOn>,
    key: Key,
    context: Context<'a>,
}

impl<'a> Plan<'a> {
    fn new(call: &'a Call, request: &Request, options: &Options) -> Result<Self> {
        let change = wire::command::read(request)?;
        let based_on = same("basedOn", change.based_on.clone(), options.based_on.clone())?;
        let key = same("idempotencyKey", change.key.as_deref().map(str::to_owned), options.key.clone())?;
        let currency = same("currency", change.currency.as_deref().map(str::to_owned), options.currency.clone())?;
        let rounding = same("rounding", change.rounding.as_deref().map(str::to_owned), options.rounding.clone())?;
        if let Some(index) = change.commands.iter().position(|command| matches!(command, Command::CheckOut { .. }))
            && !matches!(based_on, Some(BasedOn::OneOf(_)))
        {
            let error = Error::invalid("expected basedOn (or If-Match) with the revision that the shopper agreed to, found none");
            return Err(change.locate(error.because("precondition_required").at(index)));
        }
        let key = match key {
            Some(key) if key.is_empty() || key.len() > KEY_BYTES_MAX => {
                return Err(Error::invalid(format!("expected a key of 1 to {KEY_BYTES_MAX} bytes, found {}", key.len()))
                    .under("idempotencyKey"));
            }
            Some(key) => {
                let mut asked = String::new();
                wire::command::write_commands(&mut asked, &change.commands);
                wire::command::write_based_on(&mut asked, based_on.as_ref());
                Key::Caller { hash: Hash128::of(&key), fingerprint: Hash128::of(&asked) }
            }
            None => Key::Internal(call.entropy.token()),
        };
        let context = Context {
            now: call.now,
            entropy: call.entropy,
            settings: &call.settings,
            currency: currency.map(|code| Currency::parse(&code)).transpose().map_err(|e| e.under("currency"))?,
            rounding: rounding.map(|name| Rounding::parse(&name)).transpose().map_err(|e| e.under("rounding"))?,
        };
        Ok(Plan { call, change, based_on, key, context })
    }

    fn check_based_on(&self, current: &Current) -> Result<()> {
        let revision = current.revision;
        let (holds, attempted) = match &self.based_on {
            None => return Ok(()),
            Some(BasedOn::Absent) => (revision.is_none(), None),
            Some(BasedOn::Exists) => (revision.is_some(), None),
            Some(BasedOn::OneOf(list)) => {
                (revision.is_some_and(|revision| list.contains(&revision)), list.first().copied())
            }
        };
        if holds { Ok(()) } else { Err(self.conflict(current, attempted, "expected the cart in the state that the request is based on, found another")) }
    }

    /// The conflict report of a request that was meant for `attempted`.
    fn conflict(&self, current: &Current, attempted: Option<Revision>, message: &str) -> Error {
        let now = current.last_revision();
        let same_life = match (attempted, current.revision) {
            (Some(attempted), Some(now)) => attempted.incarnation == now.incarnation,
            (None, None) => true,
            _ => false,
        };
        let current_version = now.map_or(0, |revision| revision.version);
        let changed = attempted
            .filter(|_| same_life)
            .and_then(|attempted| current.journal.changed_since(attempted, current_version))
            .unwrap_or_else(|| vec!["cart".into()]);
        Error::conflict(
            message,
            ConflictReport {
                attempted_version: attempted.map_or(0, |revision| revision.version),
                current_version,
                incarnation_changed: !same_life,
                changed,
                last_changed_ms: current.last_changed.map(Timestamp::as_ms),
                safe_to_retry: same_life && self.change.commands.iter().all(Command::is_relative),
            },
        )
    }

    fn attempt(&self, current: &mut Current) -> Result<Attempt> {
        // A cart that was checked out is read-only; who adds to it without saying which cart is
        // meant begins the next one.
        let begins_next = self.based_on.is_none()
            && current.cart.as_ref().is_some_and(|cart| cart.converted.is_some())
            && self.change.commands.iter().any(|command| matches!(command, Command::Add(_)));
        let cart = current.cart.take().filter(|_| !begins_next);
        let settings = &self.call.settings;
        let (currency, rounding) = match &cart {
            Some(cart) => (cart.currency, cart.rounding),
            None => (
                self.context.currency.unwrap_or(settings.default_currency),
                self.context.rounding.unwrap_or(settings.default_rounding),
            ),
        };
        let applied = command::apply(cart, &self.change.commands, &self.context).map_err(|e| self.change.locate(e))?;
        Ok(Attempt::new(applied, currency, rounding))
    }

    fn answer(&self, attempt: &Attempt, totals: Option<&Totals<'_>>, events: &[StoredEvent], replays: u32) -> Answer {
        let cart = attempt.applied.cart.as_ref().zip(totals);
        let mut body = String::with_capacity(3072);
        wire::content::write_change(&mut body, &self.call.address, cart, events, &attempt.results, false);
        Answer {
            body,
            revision: cart.map(|(cart, _)| cart.revision),
            created: attempt.applied.created,
            replayed: false,
            replays,
        }
    }

    /// A change that was made before: its first results, the cart as it is now.
    fn answer_replay(&self, current: &Current, results: &str, replays: u32) -> Result<Answer> {
        let totals = current.cart.as_ref().map(|cart| pricing::totals(cart, &Terms::from(&self.call.settings))).transpose()?;
        let cart = current.cart.as_ref().zip(totals.as_ref());
        let mut body = String::with_capacity(3072);
        wire::content::write_change(&mut body, &self.call.address, cart, &[], results, true);
        Ok(Answer { body, revision: current.revision, created: false, replayed: true, replays })
    }
}

/// Two places may say the same thing once or twice, but not two things.
fn same<T: PartialEq>(what: &str, in_body: Option<T>, beside: Option<T>) -> Result<Option<T>> {
    match (in_body, beside) {
        (Some(in_body), Some(beside)) if in_body != beside => {
            Err(Error::malformed("expected the same in the body and beside it, found two different ones").under(what))
        }
        (in_body, beside) => Ok(in_body.or(beside)),
    }
}

/// A list of commands applied, not yet saved.
struct Attempt {
    applied: Applied,
    /// The outcomes, as JSON.
    results: String,
    /// Of the cart that the list began with, or of the one it began.
    currency: Currency,
    rounding: Rounding,
}

impl Attempt {
    fn new(applied: Applied, currency: Currency, rounding: Rounding) -> Self {
        Attempt { results: wire::content::results(&applied.outcomes), applied, currency, rounding }
    }

    /// What the cart costs now; `None` when there is none (any more).
    fn totals(&self, settings: &Settings) -> Result<Option<Totals<'_>>> {
        self.applied.cart.as_ref().map(|cart| pricing::totals(cart, &Terms::from(settings))).transpose()
    }

    /// What must be written at `address` for this to have happened.
    fn write(
        &self,
        address: &Address,
        plan: &Plan<'_>,
        current: &mut Current,
        key: Key,
        totals: Option<&Totals<'_>>,
    ) -> Result<Write> {
        let (now, settings) = (plan.call.now, &plan.call.settings);
        let revision = self.applied.revision;
        let begins = current.revision.is_none_or(|before| before.incarnation != revision.incarnation);
        let mut journal = core::mem::take(&mut current.journal);
        if begins {
            journal = journal.inherited();
        }
        journal.push(key, revision, now, &self.applied.changed, &self.results)?;
        let made_id = self.applied.cart.as_ref().map(|cart| &cart.id).or(current.cart_id.as_ref());
        let occasion = Occasion { address, cart_id: made_id.map_or("", |id| id), revision, at: now };
        let events = wire::event::store(&self.applied.events, &occasion);
        let slot = match self.applied.cart.as_ref().zip(totals) {
            Some((cart, totals)) => {
                let record = record::write(cart, totals, journal);
                let sizes = [&record.items, &record.conditions, &record.metadata].map(String::len);
                for (part, (size, before)) in ["items", "conditions", "metadata"].into_iter().zip(sizes.into_iter().zip(current.sizes)) {
                    if size > before {
                        settings.limits.size(size).map_err(|e| e.under(part))?;
                    }
                }
                Slot::Record(record)
            }
            None => Slot::Tombstone(Tombstone {
                revision,
                reason: EndReason::Destroyed,
                successor: None,
                journal: journal.into_text(),
                ended_at: now,
                expires_at: now.plus_ms(settings.tombstone_ms),
            }),
        };
        let precondition = current.revision.map_or(Precondition::Absent, Precondition::Exactly);
        Ok(Write { address: address.clone(), precondition, slot, events })
    }
}
