//! The use case: load, apply, save; apply again on conflict; answer with totals.
//!
//! Everything that changes or shows a cart, from whatever shell, is one of the calls here, with
//! the same words: a [`Call`] says which cart and when, a [`Request`] what is wanted, and an
//! [`Answer`] is the JSON that goes back.

mod attempt;
mod given;
pub mod memo;
mod plan;
#[cfg(test)]
mod tests;

use crate::cart::Settings;
use crate::command::{self, Context, Moved};
use crate::condition::Outside;
use crate::error::{Error, Kind, Result};
use crate::id::{Address, Entropy, Revision, mix};
use crate::journal::Key;
use crate::pricing::{self, Terms, Totals};
use crate::record;
use crate::rule::Zones;
use crate::storage::{Committed, Loaded, Storage, Write};
use crate::time::Timestamp;
use crate::wire;
use attempt::{Attempt, Current};
use plan::Plan;

pub use given::{Given, GivenAnswer, ProviderFailure};

/// Which cart, and everything that the core must not ask for itself.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which cart.
    pub address: Address,
    /// The time: what expiry is judged by and changes are stamped with.
    pub now: Timestamp,
    /// The time that rules are judged by, where another is asked about; `None` for `now`.
    pub at: Option<Timestamp>,
    /// Randomness.
    pub entropy: Entropy,
    /// What the shop decided.
    pub settings: Settings,
    /// What the host knows that prices depend on.
    pub given: Given,
}

impl Call {
    /// The time that rules are judged by.
    fn at(&self) -> Timestamp {
        self.at.unwrap_or(self.now)
    }

    fn terms<'t>(&'t self, outside: &'t Outside) -> Terms<'t> {
        Terms { tax_shipping: self.settings.tax_shipping, at: self.at(), zones: Zones(&self.given.zones), outside }
    }
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
    /// From when on time alone may make the cart cost something else; `None` for never.
    pub valid_until: Option<Timestamp>,
}

impl Answer {
    /// An answer that changed nothing, and is of no cart yet.
    fn shown(body: String) -> Self {
        Answer { body, revision: None, created: false, replayed: false, replays: 0, valid_until: None }
    }
}

/// The pause before the second attempt is drawn from 0 to this; each further one from twice as much.
const PAUSE_MS: u32 = 2;
/// How often a commit that storage could not answer for is tried again. More would not be patience: what
/// fails twice in a row is down, or full.
const FAILURES_MAX: u32 = 2;
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
        let mut failures = 0;
        loop {
            let mut current = Current::read(loaded)?;
            if let Key::Caller { .. } = plan.key
                && let Some(replay) = current.journal.find(plan.key)?
            {
                return plan.answer_replay(&current, &replay.results, replays);
            }
            plan.check_based_on(&current)?;
            let outside = call.given.outside(plan.currency(&current))?;
            call.given.suffices(current.cart.as_ref(), plan.references(), &outside)?;
            let terms = call.terms(&outside);
            let attempt = plan.attempt(&mut current, terms)?;
            call.given.suffices(attempt.applied.cart.as_ref(), core::iter::empty(), &outside)?;
            let totals = attempt.totals(&terms)?;
            if !attempt.applied.is_change() {
                return Ok(plan.answer(&attempt, totals.as_ref(), &[], replays));
            }
            let mut writes = vec![attempt.write(&call.address, &plan, &mut current, plan.key, totals.as_ref())?];
            if !attempt.applied.moved.is_empty() {
                self.receive(&plan, &attempt, &terms, &mut writes).await?;
            }
            loaded = match self.storage.commit(&writes, call.now).await {
                Ok(Committed::Done) => return Ok(plan.answer(&attempt, totals.as_ref(), &writes[0].events, replays)),
                Ok(Committed::Conflict { index: 0, current }) => current,
                // The cart that a line was to move to is another: begin again with both.
                Ok(Committed::Conflict { .. }) => self.storage.load(&call.address, call.now).await?,
                Err(error) if error.kind() == Kind::Unavailable && failures < FAILURES_MAX => {
                    failures += 1;
                    match self.look_back(&plan, current.revision).await {
                        Some(LookBack::Happened) => {
                            return Ok(plan.answer(&attempt, totals.as_ref(), &writes[0].events, replays));
                        }
                        Some(LookBack::DidNotHappen(loaded)) => *loaded,
                        None => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            };
            replays += 1;
            if replays > call.settings.replays_max {
                let message =
                    text!("expected to come through within {} attempts, found others faster each time", replays);
                return Err(plan.conflict(&Current::read(loaded)?, current.revision, &message));
            }
            self.storage.pause(pause_ms(replays, call.entropy.token())).await?;
        }
    }

    /// The cart with its totals; `None` when there is none.
    pub async fn show(&self, call: &Call) -> Result<Option<Answer>> {
        let Loaded::Record(record) = self.storage.load(&call.address, call.now).await? else { return Ok(None) };
        let cart = record::read(&record)?;
        let outside = call.given.outside(cart.currency)?;
        call.given.suffices(Some(&cart), core::iter::empty(), &outside)?;
        let totals = pricing::totals(&cart, &call.terms(&outside))?;
        let mut body = String::with_capacity(wire::content::capacity(&cart));
        wire::content::write(&mut body, &call.address, &cart, &totals);
        let valid_until = totals.valid_until;
        Ok(Some(Answer { revision: Some(cart.revision), valid_until, ..Answer::shown(body) }))
    }

    /// What the cart costs; nothing, in the default currency, when there is none.
    pub async fn totals(&self, call: &Call) -> Result<Answer> {
        self.priced(call, wire::totals::write).await
    }

    /// Why it costs what it costs, condition by condition, as data and in words.
    pub async fn explain(&self, call: &Call) -> Result<Answer> {
        self.priced(call, wire::explain::write).await
    }

    async fn priced(&self, call: &Call, write: fn(&mut String, &Totals<'_>)) -> Result<Answer> {
        let mut body = String::new();
        let (revision, valid_until) = match self.storage.load(&call.address, call.now).await? {
            Loaded::Record(record) => {
                let cart = record::read(&record)?;
                let outside = call.given.outside(cart.currency)?;
                call.given.suffices(Some(&cart), core::iter::empty(), &outside)?;
                body.reserve(wire::content::capacity(&cart));
                let totals = pricing::totals(&cart, &call.terms(&outside))?;
                write(&mut body, &totals);
                (Some(cart.revision), totals.valid_until)
            }
            Loaded::Absent(_) => {
                write(&mut body, &Totals::zero(call.settings.default_currency));
                (None, None)
            }
        };
        Ok(Answer { revision, valid_until, ..Answer::shown(body) })
    }

    /// The instances that the identifier of `call` has.
    pub async fn instances(&self, call: &Call) -> Result<Answer> {
        let (owner, identifier) = (call.address.owner(), call.address.identifier());
        let instances = self.storage.instances(owner, identifier, call.now).await?;
        let mut body = String::new();
        wire::content::write_instances(&mut body, identifier, &instances);
        Ok(Answer::shown(body))
    }

    /// Adds the writes that put the lines which `attempt` moves into the carts they go to.
    async fn receive(
        &self,
        plan: &Plan<'_>,
        attempt: &Attempt,
        terms: &Terms<'_>,
        writes: &mut Vec<Write>,
    ) -> Result<()> {
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
                ..plan.context(*terms)
            };
            let applied = command::receive(target.cart.take(), here, &context).map_err(|e| plan.change.locate(e))?;
            let received = Attempt::new(applied, attempt.currency, attempt.rounding);
            let totals = received.totals(terms)?;
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
        told.then_some(LookBack::DidNotHappen(Box::new(loaded)))
    }
}

/// What a look back after a lost reply found.
enum LookBack {
    Happened,
    DidNotHappen(Box<Loaded>),
}

/// How long to wait before attempt `n`, so that two writers who met do not meet again.
fn pause_ms(n: u32, token: u64) -> u32 {
    let ceiling = PAUSE_MS.saturating_mul(1 << n.min(16).saturating_sub(1)).min(PAUSE_MS_MAX);
    (mix(token ^ u64::from(n)) % u64::from(ceiling + 1)) as u32
}
