//! A request, understood: what is asked, under which key, based on what.

use super::attempt::{Attempt, Current};
use super::{Answer, BasedOn, Call, Options, Request};
use crate::command::{self, Command, Context};
use crate::condition::ListedInput;
use crate::error::{ConflictReport, Error, Result};
use crate::id::Revision;
use crate::journal::{Hash128, Key};
use crate::money::{Currency, Rounding};
use crate::pricing::{self, Terms, Totals};
use crate::storage::StoredEvent;
use crate::time::Timestamp;
use crate::wire;
use crate::wire::command::Change;

/// Longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 255;

/// A request, understood.
pub(super) struct Plan<'a> {
    pub(super) call: &'a Call,
    pub(super) change: Change,
    pub(super) based_on: Option<BasedOn>,
    pub(super) key: Key,
    /// The currency that the caller speaks of.
    currency: Option<Currency>,
    /// The rounding that the caller speaks of.
    rounding: Option<Rounding>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(call: &'a Call, request: &Request, options: &Options) -> Result<Self> {
        let change = wire::command::read(request)?;
        let based_on = same("basedOn", change.based_on.clone(), options.based_on.clone())?;
        let key = same("idempotencyKey", change.key.as_deref().map(str::to_owned), options.key.clone())?;
        let currency = same("currency", change.currency.as_deref().map(str::to_owned), options.currency.clone())?;
        let rounding = same("rounding", change.rounding.as_deref().map(str::to_owned), options.rounding.clone())?;
        if let Some(index) = change.commands.iter().position(|command| matches!(command, Command::CheckOut { .. }))
            && !matches!(based_on, Some(BasedOn::OneOf(_)))
        {
            let error = Error::invalid(
                "expected basedOn (or If-Match) with the revision that the shopper agreed to, found none",
            );
            return Err(change.locate(error.because("precondition_required").at(index)));
        }
        let key = match key {
            Some(key) if key.is_empty() || key.len() > KEY_BYTES_MAX => {
                return Err(invalid!("expected a key of 1 to {} bytes, found {}", KEY_BYTES_MAX, key.len())
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
        let currency = currency.map(|code| Currency::parse(&code)).transpose().map_err(|e| e.under("currency"))?;
        let rounding = rounding.map(|name| Rounding::parse(&name)).transpose().map_err(|e| e.under("rounding"))?;
        Ok(Plan { call, change, based_on, key, currency, rounding })
    }

    /// What the commands are applied with.
    pub(super) fn context<'t>(&'t self, terms: Terms<'t>) -> Context<'t> {
        Context {
            now: self.call.now,
            entropy: self.call.entropy,
            settings: &self.call.settings,
            terms,
            currency: self.currency,
            rounding: self.rounding,
        }
    }

    /// The currency of the cart as it will be.
    pub(super) fn currency(&self, current: &Current) -> Currency {
        let cart = current.cart.as_ref().filter(|_| !self.begins_next(current));
        cart.map_or(self.currency.unwrap_or(self.call.settings.default_currency), |cart| cart.currency)
    }

    /// The conditions that the commands put on the cart.
    pub(super) fn references(&self) -> impl Iterator<Item = &ListedInput> {
        self.change.commands.iter().filter_map(|command| match command {
            Command::AddCondition { condition, .. } => Some(&**condition),
            _ => None,
        })
    }

    /// A cart that was checked out is read-only; who adds to it without saying which cart is meant
    /// begins the next one.
    fn begins_next(&self, current: &Current) -> bool {
        self.based_on.is_none()
            && current.cart.as_ref().is_some_and(|cart| cart.converted.is_some())
            && self.change.commands.iter().any(|command| matches!(command, Command::Add(_)))
    }

    pub(super) fn check_based_on(&self, current: &Current) -> Result<()> {
        let revision = current.revision;
        let (holds, attempted) = match &self.based_on {
            None => return Ok(()),
            Some(BasedOn::Absent) => (revision.is_none(), None),
            Some(BasedOn::Exists) => (revision.is_some(), None),
            Some(BasedOn::OneOf(list)) => {
                (revision.is_some_and(|revision| list.contains(&revision)), list.first().copied())
            }
        };
        if holds {
            Ok(())
        } else {
            Err(self.conflict(
                current,
                attempted,
                "expected the cart in the state that the request is based on, found another",
            ))
        }
    }

    /// The conflict report of a request that was meant for `attempted`.
    pub(super) fn conflict(&self, current: &Current, attempted: Option<Revision>, message: &str) -> Error {
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

    pub(super) fn attempt(&self, current: &mut Current, terms: Terms<'_>) -> Result<Attempt> {
        let begins_next = self.begins_next(current);
        let cart = current.cart.take().filter(|_| !begins_next);
        let settings = &self.call.settings;
        let (currency, rounding) = match &cart {
            Some(cart) => (cart.currency, cart.rounding),
            None => {
                (self.currency.unwrap_or(settings.default_currency), self.rounding.unwrap_or(settings.default_rounding))
            }
        };
        let applied = command::apply(cart, &self.change.commands, &self.context(terms));
        let applied = applied.map_err(|e| self.change.locate(e))?;
        Ok(Attempt::new(applied, currency, rounding))
    }

    pub(super) fn answer(
        &self,
        attempt: &Attempt,
        totals: Option<&Totals<'_>>,
        events: &[StoredEvent],
        replays: u32,
    ) -> Answer {
        let cart = attempt.applied.cart.as_ref().zip(totals);
        let mut body = String::with_capacity(1024 + cart.map_or(0, |(cart, _)| wire::content::capacity(cart)));
        wire::content::write_change(&mut body, &self.call.address, cart, events, &attempt.results, false);
        Answer {
            body,
            revision: cart.map(|(cart, _)| cart.revision),
            created: attempt.applied.created,
            replayed: false,
            replays,
            valid_until: totals.and_then(|totals| totals.valid_until),
        }
    }

    /// A change that was made before: its first results, the cart as it is now.
    pub(super) fn answer_replay(&self, current: &Current, results: &str, replays: u32) -> Result<Answer> {
        let outside = self.call.given.outside(self.currency(current))?;
        self.call.given.suffices(current.cart.as_ref(), core::iter::empty(), &outside)?;
        let terms = self.call.terms(&outside);
        let totals = current.cart.as_ref().map(|cart| pricing::totals(cart, &terms)).transpose()?;
        let cart = current.cart.as_ref().zip(totals.as_ref());
        let mut body = String::with_capacity(1024 + cart.map_or(0, |(cart, _)| wire::content::capacity(cart)));
        wire::content::write_change(&mut body, &self.call.address, cart, &[], results, true);
        let valid_until = totals.as_ref().and_then(|totals| totals.valid_until);
        Ok(Answer { body, revision: current.revision, created: false, replayed: true, replays, valid_until })
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
