//! How a question is brought to an answer: what is remembered, what is handed in, and how often the
//! guest is entered.
//!
//! ```text
//!  change ─────────── providers ─────────────────┐
//!  show, totals, … ── load ── providers ── memo ─┴─ rounds ── guest
//! ```
//!
//! A guest that lacks a time zone or a definition says so, having changed nothing, and is asked again
//! with them. Zones are a function of the moment, and the catalogue has an id, so that what an answer
//! depends on can be written down: see [`Basis`]. Failures of providers are not remembered.

use super::{Asked, Runtime, Time, imports, unavailable, words};
use crate::outside::{self, Catalogue, Question};
use pushcart::error::Result;
use pushcart::id::Address;
use pushcart::service::memo::{Basis, Form};
use pushcart::service::{Answer, Call, Given, GivenAnswer};
use pushcart::storage::{Loaded, Record};
use pushcart::time::Timestamp;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// So often a guest may ask for more. A cart names definitions and zones, and definitions name zones: two
/// rounds are enough, unless the cart is changed meanwhile.
const ROUNDS_MAX: u32 = 4;

/// An answer of the guest, and whether it had everything that can be had.
struct Final {
    answer: Option<Answer>,
    whole: bool,
}

impl Runtime {
    /// What the providers say of a cart as it is before a change.
    pub(super) async fn provided_before(&self, address: &Address, time: Time) -> Result<Vec<GivenAnswer>> {
        if self.0.providers.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = self.call(address, None);
        let cart = match self.load(&call, time).await? {
            Loaded::Absent(_) => None,
            loaded => self.known(&mut call, &self.catalogue(), Form::Show, loaded, time).await?,
        };
        Ok(self.provided(&call, cart, time).await)
    }

    /// Changes a cart.
    pub(super) async fn make(
        &self,
        address: &Address,
        provided: Vec<GivenAnswer>,
        asked: Asked<'_>,
        time: Time,
    ) -> Result<Option<Answer>> {
        self.0.counters.calls.add();
        let mut call = self.call(address, None);
        call.given.provided = provided;
        Ok(self.rounds(&mut call, &self.catalogue(), asked, None, time).await?.answer)
    }

    /// Answers what changes nothing.
    pub(super) async fn read(
        &self,
        address: &Address,
        at: Option<Timestamp>,
        form: Form,
        time: Time,
    ) -> Result<Option<Answer>> {
        self.0.counters.calls.add();
        let mut call = self.call(address, at);
        let catalogue = self.catalogue();
        if self.0.memo.is_none() && self.0.providers.is_empty() {
            return Ok(self.rounds(&mut call, &catalogue, Asked::of(form), None, time).await?.answer);
        }
        let loaded = self.load(&call, time).await?;
        if let Loaded::Absent(_) = loaded {
            // It costs nothing, whatever a provider may say.
            return Ok(self.rounds(&mut call, &catalogue, Asked::of(form), Some(&loaded), time).await?.answer);
        }
        if !self.0.providers.is_empty() {
            let cart = self.known(&mut call, &catalogue, Form::Show, loaded.clone(), time).await?;
            call.given.provided = self.provided(&call, cart, time).await;
        }
        self.known(&mut call, &catalogue, form, loaded, time).await
    }

    fn call(&self, address: &Address, at: Option<Timestamp>) -> Call {
        let inner = &*self.0;
        Call {
            address: address.clone(),
            now: inner.surroundings.now(),
            at,
            entropy: inner.surroundings.entropy(),
            settings: inner.settings,
            given: Given::default(),
        }
    }

    /// What stands in storage, looked at as a guest's own question would be.
    async fn load(&self, call: &Call, time: Time) -> Result<Loaded> {
        let driver = self.driver();
        let loaded = imports::within(time.deadline, time.allowed, "load", driver.load(&call.address, call.now)).await?;
        imports::checked(loaded, self.0.record_bytes_max)
    }

    async fn provided(&self, call: &Call, cart: Option<Answer>, time: Time) -> Vec<GivenAnswer> {
        let inner = &*self.0;
        let question = Question {
            address: call.address.clone(),
            now: call.now,
            at: call.at.unwrap_or(call.now),
            cart: cart.map(|cart| cart.body),
        };
        let allowed = inner.provider_timeout.min(time.deadline.saturating_duration_since(Instant::now()));
        let id = || format!("{:016x}", inner.surroundings.entropy().token());
        outside::ask(&inner.providers, &question, allowed, &id).await
    }

    /// The answer for a record that was loaded: from the memo, or from the guest.
    async fn known(
        &self,
        call: &mut Call,
        catalogue: &Catalogue,
        form: Form,
        loaded: Loaded,
        time: Time,
    ) -> Result<Option<Answer>> {
        let (Some(memo), Loaded::Record(record)) = (&self.0.memo, &loaded) else {
            return Ok(self.rounds(call, catalogue, Asked::of(form), Some(&loaded), time).await?.answer);
        };
        let basis = self.basis(record, catalogue, &call.given.provided);
        let at = call.at.unwrap_or(call.now);
        let found = memo.lock().unwrap_or_else(PoisonError::into_inner).get(&call.address, form, &basis, at);
        if let Some(answer) = found {
            self.0.counters.memo_hits.add();
            return Ok(Some(Answer::clone(&answer)));
        }
        let Final { answer, whole } = self.rounds(call, catalogue, Asked::of(form), Some(&loaded), time).await?;
        // Who asks about another time does not push out what everybody asks about.
        if let Some(answer) = &answer
            && whole
            && call.at.is_none()
            && answer.revision == Some(basis.revision)
            && call.given.provided.iter().all(|given| given.answer.is_ok())
        {
            let answer = Arc::new(answer.clone());
            memo.lock().unwrap_or_else(PoisonError::into_inner).put(&call.address, form, basis, at, answer);
        }
        Ok(answer)
    }

    /// What an answer depends on, but for the moment.
    fn basis(&self, record: &Record, catalogue: &Catalogue, provided: &[GivenAnswer]) -> Basis {
        let mut content = self.0.hashes.build_hasher();
        for text in
            [&record.id, &record.currency, &record.rounding, &record.items, &record.conditions, &record.metadata]
        {
            text.hash(&mut content);
        }
        let moments = [Some(record.created_at), Some(record.updated_at), record.expires_at, record.converted_at];
        moments.map(|moment| moment.map(Timestamp::as_ms)).hash(&mut content);
        record.order.hash(&mut content);
        // Settings are the runtime's own, as is the memo.
        let mut terms = self.0.hashes.build_hasher();
        catalogue.id().hash(&mut terms);
        for given in provided {
            (&given.provider, given.answer.as_ref().ok()).hash(&mut terms);
        }
        Basis { revision: record.revision, content: content.finish(), terms: terms.finish() }
    }

    /// Enters the guest until it has what it needs, or that cannot be had.
    async fn rounds(
        &self,
        call: &mut Call,
        catalogue: &Catalogue,
        asked: Asked<'_>,
        at_hand: Option<&Loaded>,
        time: Time,
    ) -> Result<Final> {
        let remembered = &self.0.remembered;
        let at = call.at.unwrap_or(call.now);
        let mut needed = remembered.get(&call.address).map(|needed| (*needed).clone()).unwrap_or_default();
        let (mut whole, mut learnt, mut round) = (true, false, 0);
        call.given.asks = true;
        loop {
            round += 1;
            call.given.zones = needed.zones(catalogue, at);
            call.given.catalogue = needed.definitions(catalogue);
            let answered = self.enter(call, asked, at_hand, time).await;
            match &answered {
                Err(error) if call.given.asks && error.needs().is_some() => {
                    let needs = error.needs().cloned().unwrap_or_default();
                    let more = needed.add(&needs, catalogue, at);
                    learnt |= more;
                    whole = !more || round < ROUNDS_MAX;
                    call.given.asks = more && round < ROUNDS_MAX;
                }
                _ => {
                    if learnt {
                        remembered.put(&call.address, needed);
                    }
                    return answered.map(|answer| Final { answer, whole });
                }
            }
        }
    }

    /// Enters the guest, once.
    pub(super) async fn enter(
        &self,
        call: &Call,
        asked: Asked<'_>,
        at_hand: Option<&Loaded>,
        time: Time,
    ) -> Result<Option<Answer>> {
        let inner = &*self.0;
        let permit = inner.pool.permit(time.deadline).await.ok_or_else(|| {
            inner.counters.pool_refusals.add();
            unavailable("busy", format!("expected a free instance within {} ms, found all of them busy", time.ms()))
        })?;
        let current = imports::Current {
            owner: call.address.owner().into(),
            deadline: time.deadline,
            allowed: time.allowed,
            at_hand: at_hand.map(|loaded| (call.address.clone(), loaded.clone())),
        };
        inner.counters.guest_calls.add();
        let _running = inner.ticker.running();
        let mut lease = inner.pool.lease(permit, current).await.map_err(|e| self.stopped(&e, time))?;
        let answered = super::answer(&mut lease, call, asked).await.map_err(|e| self.stopped(&e, time))?;
        inner.pool.give_back(lease);
        match answered {
            Ok(Some(answer)) => words::answer(answer).map(Some).map_err(|e| self.failed(&e)),
            Ok(None) => Ok(None),
            Err(problem) => Err(words::problem(problem)),
        }
    }

    /// A call whose answer depends on nothing but storage.
    pub(super) async fn plain(&self, address: &Address, asked: Asked<'_>, time: Time) -> Result<Option<Answer>> {
        self.0.counters.calls.add();
        self.enter(&self.call(address, None), asked, None, time).await
    }
}
