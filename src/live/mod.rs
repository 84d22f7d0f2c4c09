//! Carts in hand: for hosts that hold their storage themselves, as a page does.
//!
//! A server loads a cart for each call, and forgets it. A page has its few carts to itself: they stay
//! decoded here, a quick change touches one line, and what storage keeps is a text of which only the
//! changed line is written again. Everything that is more than that goes through [`crate::service`], over the
//! same carts as a [`Storage`] that never waits; so both ways give the same cart, and the same refusals.
//!
//! - [`Shelf`]: all instances of one identifier, and the text that keeps them: `{"default": {…}, …}`;
//! - `hand`: one of them, decoded; `lines` its text, `index` its ids, `reach` what needs no pricing to be safe;
//! - [`stored`]: the form of one cart, with its older formats.
//!
//! Time and randomness are arguments here as everywhere.

mod hand;
mod index;
mod lines;
mod reach;
pub mod stored;
#[cfg(test)]
mod tests;

use crate::cart::{LineIdentity, Settings};
use crate::command::{Context, QuantityChange};
use crate::condition::Outside;
use crate::error::{Error, Kind, Result};
use crate::id::{Address, Entropy, Revision};
use crate::json::{Fields, Reader, write_text};
use crate::money::{Amount, Currency};
use crate::pricing::{self, Terms, Totals};
use crate::rule::{Zone, Zones};
use crate::service::{Answer, Call, Given, GivenAnswer, Options, Request, Service};
use crate::storage::{
    Atomic, Capabilities, Committed, Durable, Erased, Found, Loaded, Precondition, Scan, Slot, Storage, Tombstone,
    Write, at_once, each_cart_once,
};
use crate::time::Timestamp;
use crate::wire::{self, event::Occasion};
use core::cell::{Cell, RefCell};
use hand::Hand;

/// When something is asked, and the randomness for it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time.
    pub now: Timestamp,
    /// Randomness.
    pub entropy: Entropy,
}

/// What is asked about a cart.
pub use crate::service::memo::Form;

/// All carts of one identifier.
pub struct Shelf {
    settings: Settings,
    state: RefCell<State>,
    /// Rises with each change of anything in hand.
    stamp: Cell<u32>,
}

struct State {
    given: Given,
    /// All that was said of time zones, with the moment from which it holds; `given` has what holds now.
    zones: Vec<(Timestamp, Zone)>,
    /// What `given` says of carts in a currency, read.
    outside: Option<(Currency, Outside)>,
    places: Vec<Place>,
}

/// One instance.
struct Place {
    address: Address,
    held: Held,
    /// The shelf's stamp when it last changed.
    stamp: u32,
}

enum Held {
    Nothing,
    Ended(Tombstone),
    Cart(Box<Hand>),
}

impl Held {
    fn of(slot: Option<Slot>) -> Result<Self> {
        Ok(match slot {
            None => Held::Nothing,
            Some(Slot::Tombstone(tombstone)) => Held::Ended(tombstone),
            Some(Slot::Record(record)) => Held::Cart(Box::new(Hand::of(record)?)),
        })
    }

    fn slot(&mut self) -> Result<Option<Slot>> {
        Ok(match self {
            Held::Nothing => None,
            Held::Ended(tombstone) => Some(Slot::Tombstone(tombstone.clone())),
            Held::Cart(hand) => Some(Slot::Record(hand.record()?)),
        })
    }

    fn living(&mut self, now: Timestamp) -> Option<&mut Hand> {
        match self {
            Held::Cart(hand) if hand.lives_at(now) => Some(hand),
            _ => None,
        }
    }

    /// Appends the stored form; `false` for nothing.
    fn write(&mut self, out: &mut String) -> bool {
        match self {
            Held::Nothing => return false,
            Held::Ended(tombstone) => stored::write_ended(out, tombstone),
            Held::Cart(hand) => hand.write(out),
        }
        true
    }
}

impl State {
    fn place(&mut self, at: usize) -> Result<&mut Place> {
        self.places.get_mut(at).ok_or_else(no_place)
    }

    /// What stands outside carts of this currency.
    fn read_outside(&mut self, currency: Currency) -> Result<()> {
        if self.outside.as_ref().is_none_or(|(known, _)| *known != currency) {
            self.outside = Some((currency, self.given.outside(currency)?));
        }
        Ok(())
    }

    /// Puts what holds at `at` of time zones into what is given; what was priced by others is forgotten.
    fn choose_zones(&mut self, at: Timestamp) {
        let holds = |(from, zone): &&(Timestamp, Zone)| *from <= at && zone.until.is_none_or(|until| at < until);
        let zones: Vec<Zone> = self.zones.iter().filter(holds).map(|(_, zone)| zone.clone()).collect();
        if zones != self.given.zones {
            self.given.zones = zones;
            self.forget_prices();
        }
    }

    /// Whatever was remembered of prices holds no longer.
    fn forget_prices(&mut self) {
        self.outside = None;
        for place in &mut self.places {
            if let Held::Cart(hand) = &mut place.held {
                hand.forget_price();
            }
        }
    }
}

#[cold]
fn no_place() -> Error {
    Error::new(Kind::NotFound, "expected a cart of this shelf, found none")
}

static NOTHING: Outside = Outside { catalogue: Vec::new(), provided: Vec::new() };

impl Shelf {
    /// An empty shelf.
    pub fn new(settings: Settings, asks: bool) -> Self {
        let state =
            State { given: Given { asks, ..Given::default() }, zones: Vec::new(), outside: None, places: Vec::new() };
        Shelf { settings, state: RefCell::new(state), stamp: Cell::new(0) }
    }

    /// What the shop decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Says what is known of a time zone from `from` on, until its own `until`. An offset of a day or more says
    /// that there is no such zone, and that it need not be asked for again.
    pub fn know_zone(&self, zone: Zone, from: Timestamp, now: Timestamp) {
        let mut state = self.state.borrow_mut();
        state.zones.retain(|(its_from, known)| known.name != zone.name || *its_from != from);
        state.zones.push((from, zone));
        let before = state.given.zones.clone();
        state.choose_zones(now);
        if state.given.zones != before {
            self.changed_all(&mut state);
        }
    }

    /// Hands in definitions of the catalogue, as JSON.
    pub fn set_catalogue(&self, json: String) -> Result<()> {
        wire::outside::read_catalogue(&json, self.settings.default_currency)
            .map_err(|error| error.under("catalogue"))?;
        let mut state = self.state.borrow_mut();
        state.given.catalogue = json;
        state.given.whole_catalogue = true;
        state.forget_prices();
        self.changed_all(&mut state);
        Ok(())
    }

    /// Hands in what the providers of conditions answered.
    pub fn set_provided(&self, provided: Vec<GivenAnswer>) {
        let mut state = self.state.borrow_mut();
        state.given.provided = provided;
        state.forget_prices();
        self.changed_all(&mut state);
    }

    fn changed(&self, place: &mut Place) {
        self.stamp.set(self.stamp.get().wrapping_add(1));
        place.stamp = self.stamp.get();
    }

    fn changed_all(&self, state: &mut State) {
        state.places.iter_mut().for_each(|place| self.changed(place));
    }

    /// The place of an instance, which may be empty.
    pub fn place(&self, address: &Address) -> usize {
        let mut state = self.state.borrow_mut();
        if let Some(at) = state.places.iter().position(|place| place.address == *address) {
            return at;
        }
        state.places.push(Place { address: address.clone(), held: Held::Nothing, stamp: self.stamp.get() });
        state.places.len() - 1
    }

    /// A number that rises whenever what stands at a place changes, for whatever reason.
    pub fn stamp(&self, at: usize) -> u32 {
        self.state.borrow().places.get(at).map_or(0, |place| place.stamp)
    }

    /// The living cart's state.
    pub fn revision(&self, at: usize, now: Timestamp) -> Option<Revision> {
        let mut state = self.state.borrow_mut();
        state.places.get_mut(at)?.held.living(now).map(|hand| hand.cart.revision)
    }

    /// How many pieces and lines the cart holds.
    pub fn counts(&self, at: usize, now: Timestamp) -> (i64, usize) {
        let mut state = self.state.borrow_mut();
        let hand = state.places.get_mut(at).and_then(|place| place.held.living(now));
        hand.map_or((0, 0), |hand| (hand.cart.quantity(), hand.cart.items.len()))
    }

    /// What the cart costs now; nothing when there is none.
    pub fn total(&self, at: usize, now: Timestamp) -> Result<Amount> {
        self.with_hand(at, now, |_, hand, terms| hand.total(terms)).unwrap_or(Ok(Amount::ZERO))
    }

    /// From when on time alone may make it cost something else, as far as [`Shelf::total`] found.
    pub fn valid_until(&self, at: usize, now: Timestamp) -> Option<Timestamp> {
        self.state.borrow_mut().places.get_mut(at)?.held.living(now)?.valid_until()
    }

    /// Calls `read` with the living cart and the terms that it is priced by now; `None` when there is none.
    fn with_hand<T>(
        &self,
        at: usize,
        now: Timestamp,
        read: impl FnOnce(&Address, &mut Hand, &Terms<'_>) -> Result<T>,
    ) -> Option<Result<T>> {
        self.with_hand_at(at, now, now, read)
    }

    /// The same by the terms of another moment.
    fn with_hand_at<T>(
        &self,
        at: usize,
        now: Timestamp,
        moment: Timestamp,
        read: impl FnOnce(&Address, &mut Hand, &Terms<'_>) -> Result<T>,
    ) -> Option<Result<T>> {
        let state = &mut *self.state.borrow_mut();
        if !state.zones.is_empty() {
            state.choose_zones(moment);
        }
        let hand = state.places.get_mut(at)?.held.living(now)?;
        let plain = state.given.catalogue.is_empty() && state.given.provided.is_empty();
        let currency = hand.cart.currency;
        if !plain && let Err(error) = state.read_outside(currency) {
            return Some(Err(error));
        }
        let place = state.places.get_mut(at)?;
        let hand = place.held.living(now)?;
        let outside = match &state.outside {
            Some((_, outside)) if !plain => outside,
            _ => &NOTHING,
        };
        if !hand.has_all {
            if let Err(error) = state.given.suffices(Some(&hand.cart), core::iter::empty(), outside) {
                return Some(Err(error));
            }
            hand.has_all = true;
        }
        let zones = Zones(&state.given.zones);
        let terms = Terms { tax_shipping: self.settings.tax_shipping, at: moment, zones, outside };
        Some(read(&place.address, hand, &terms))
    }

    /// Changes how many pieces of a line there are, and says how many there are now.
    pub fn change_quantity(
        &self,
        at: usize,
        id: &str,
        change: QuantityChange,
        now: Timestamp,
        entropy: impl FnOnce() -> Entropy,
    ) -> Result<u32> {
        if let Some(quantity) = self.quick_quantity(at, id, change, now) {
            return Ok(quantity);
        }
        let mut body = String::new();
        let (field, value) = match change {
            QuantityChange::To(to) => ("quantity", to),
            QuantityChange::By(by) => ("delta", by),
        };
        Fields::new(&mut body).integer(field, value).end();
        self.change_whole(at, &Request::UpdateItem { item: id.into(), body }, Moment { now, entropy: entropy() })?;
        let mut state = self.state.borrow_mut();
        let hand = state.place(at)?.held.living(now);
        Ok(hand.and_then(|hand| hand.cart.item(id)).map_or(0, |item| item.quantity))
    }

    fn quick_quantity(&self, at: usize, id: &str, change: QuantityChange, now: Timestamp) -> Option<u32> {
        let state = &mut *self.state.borrow_mut();
        if !state.given.catalogue.is_empty() || !state.given.provided.is_empty() {
            return None;
        }
        let place = state.places.get_mut(at)?;
        let hand = place.held.living(now)?;
        let before = hand.cart.revision.version;
        let line = hand.line(id)?;
        let done = hand.change_quantity(line, change, &self.settings, &NOTHING, now)?;
        if hand.cart.revision.version != before {
            self.changed(place);
        }
        Some(done)
    }

    /// Removes a line, and says whether it was there.
    pub fn remove(&self, at: usize, id: &str, moment: Moment) -> Result<bool> {
        let before = self.stamp(at);
        let request = Request::RemoveItem { item: id.into() };
        match self.quick_change(at, &request, moment, false) {
            Some(done) => drop(done?),
            None => drop(self.change_whole(at, &request, moment)?),
        }
        Ok(self.stamp(at) != before)
    }

    /// Makes a change request. The answer is the wire's, without the cart: `{"events": […], "results": […]}`.
    pub fn change(&self, at: usize, body: String, moment: Moment, wants_events: bool) -> Result<String> {
        let request = Request::Change(body);
        match self.quick_change(at, &request, moment, wants_events) {
            Some(done) => done,
            None => self.change_whole(at, &request, moment).and_then(|answer| without_cart(&answer.body)),
        }
    }

    /// Makes a change request on the whole path: the wire's own answer.
    pub fn change_whole(&self, at: usize, request: &Request, moment: Moment) -> Result<Answer> {
        let call = self.call(at, moment)?;
        at_once(Service::new(Erased::new(self)).change(&call, request, &Options::default()))
            .unwrap_or_else(|| Err(waited()))
    }

    fn quick_change(&self, at: usize, request: &Request, moment: Moment, wants_events: bool) -> Option<Result<String>> {
        let state = &mut *self.state.borrow_mut();
        let plain = state.given.catalogue.is_empty() && state.given.provided.is_empty();
        if !plain || self.settings.line_identity != LineIdentity::Id {
            return None;
        }
        let place = state.places.get_mut(at)?;
        let hand = place.held.living(moment.now)?;
        // What cannot be read is refused on the whole path, as is everything else.
        let change = wire::command::read(request).ok().filter(wire::command::Change::is_plain)?;
        let [command] = &*change.commands else { return None };
        let settings = Settings { events: wants_events, ..self.settings };
        let zones = Zones(&state.given.zones);
        let terms = Terms { tax_shipping: settings.tax_shipping, at: moment.now, zones, outside: &NOTHING };
        let context = Context {
            now: moment.now,
            entropy: moment.entropy,
            settings: &settings,
            terms,
            currency: None,
            rounding: None,
        };
        let applied = match hand.apply(command, &context)? {
            Ok(applied) => applied,
            Err(error) => return Some(Err(change.locate(error))),
        };
        let occasion =
            Occasion { address: &place.address, cart_id: &hand.cart.id, revision: applied.revision, at: moment.now };
        let events = wire::event::store(&applied.events, &occasion);
        let mut out = String::with_capacity(128);
        wire::content::write_done(&mut out, &events, &wire::content::results(&applied.outcomes));
        if applied.is_change() {
            self.changed(place);
        }
        Some(Ok(out))
    }

    /// The wire's JSON of a cart, of its totals or their explanation, by the rules at `as_of`; of a cart that is
    /// not there, `None` or zeros.
    pub fn show(&self, at: usize, form: Form, as_of: Option<Timestamp>, now: Timestamp) -> Result<Option<String>> {
        let moment = as_of.unwrap_or(now);
        let written = self.with_hand_at(at, now, moment, |address, hand, terms| {
            let totals = pricing::totals(&hand.cart, terms)?;
            let mut out = String::with_capacity(wire::content::capacity(&hand.cart));
            match form {
                Form::Show => wire::content::write(&mut out, address, &hand.cart, &totals),
                Form::Totals => wire::totals::write(&mut out, &totals),
                Form::Explain => wire::explain::write(&mut out, &totals),
            }
            Ok(out)
        });
        let zero = Totals::zero(self.settings.default_currency);
        let mut out = String::new();
        match (written, form) {
            (Some(written), _) => return written.map(Some),
            (None, Form::Show) => return Ok(None),
            (None, Form::Totals) => wire::totals::write(&mut out, &zero),
            (None, Form::Explain) => wire::explain::write(&mut out, &zero),
        }
        Ok(Some(out))
    }

    /// The instances that live, in byte order, as the wire has them.
    pub fn instances(&self, identifier: &str, now: Timestamp) -> String {
        let mut out = String::new();
        wire::content::write_instances(&mut out, identifier, &self.living(now));
        out
    }

    fn living(&self, now: Timestamp) -> Vec<String> {
        let mut state = self.state.borrow_mut();
        let mut names: Vec<String> = Vec::new();
        for place in &mut state.places {
            if place.held.living(now).is_some() {
                let name = place.address.instance();
                // There are few: each is put where it belongs.
                let at = names.iter().take_while(|known| known.as_str() < name).count();
                names.insert(at, name.into());
            }
        }
        names
    }

    /// One cart as storage keeps it; `None` for nothing.
    pub fn stored(&self, at: usize, now: Timestamp) -> Result<Option<String>> {
        self.settle(at, now)?;
        let mut out = String::new();
        let mut state = self.state.borrow_mut();
        let written = state.place(at)?.held.write(&mut out);
        Ok(written.then_some(out))
    }

    /// Puts a stored cart into a place, or nothing, whatever was there.
    pub fn load(&self, at: usize, text: Option<&str>, moment: Moment) -> Result<()> {
        let upgrade = self.upgrade(moment);
        let slot = text.map(|text| Reader::whole(text, |reader| stored::read(reader, &upgrade))).transpose();
        let held = Held::of(slot.map_err(|error| foreign(&error))?)?;
        let mut state = self.state.borrow_mut();
        let place = state.place(at)?;
        place.held = held;
        self.changed(place);
        Ok(())
    }

    /// All carts as one text: `{"default": {…}, "wishlist": {…}}`, appended.
    pub fn write(&self, out: &mut String, now: Timestamp) -> Result<()> {
        let places = self.state.borrow().places.len();
        for at in 0..places {
            self.settle(at, now)?;
        }
        let mut state = self.state.borrow_mut();
        out.push('{');
        let begin = out.len();
        for place in &mut state.places {
            let before = out.len();
            if before > begin {
                out.push(',');
            }
            write_text(out, place.address.instance());
            out.push(':');
            if !place.held.write(out) {
                out.truncate(before);
            }
        }
        out.push('}');
        Ok(())
    }

    /// The summary of a stored cart says what it costs, so that is worked out before it is written.
    fn settle(&self, at: usize, now: Timestamp) -> Result<()> {
        match self.total(at, now) {
            // What the host has not handed in does not keep a cart from being kept.
            Err(error) if error.needs().is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// Puts all carts of a text in hand, instead of those that are; nothing where it cannot be read.
    ///
    /// `corrupt`, with the reason `foreign` for what was never a text of carts, `newer` for one of a later
    /// format, `unreadable` for a damaged one.
    pub fn read(&self, text: Option<&str>, whose: &Address, moment: Moment) -> Result<()> {
        let mut carts: Vec<(Address, Held)> = Vec::new();
        let upgrade = self.upgrade(moment);
        if let Some(text) = text {
            Reader::whole(text, |reader| {
                reader.object(|instance, r| {
                    let address = whose.with_instance(instance)?;
                    if carts.iter().any(|(known, _)| *known == address) {
                        return Err(Error::invalid("expected each instance once, found one twice"));
                    }
                    carts.push((address, Held::of(Some(stored::read(r, &upgrade)?))?));
                    Ok(())
                })
            })
            .map_err(|error| foreign(&error))?;
        }
        let state = &mut *self.state.borrow_mut();
        for place in &mut state.places {
            let found = carts.iter().position(|(address, _)| *address == place.address);
            place.held = found.map_or(Held::Nothing, |found| carts.swap_remove(found).1);
        }
        let places = carts.into_iter().map(|(address, held)| Place { address, held, stamp: 0 });
        state.places.extend(places);
        self.changed_all(state);
        Ok(())
    }

    fn upgrade(&self, moment: Moment) -> stored::Upgrade<'_> {
        stored::Upgrade {
            currency: self.settings.default_currency.code(),
            rounding: self.settings.default_rounding.as_str(),
            now: moment.now,
            entropy: moment.entropy,
        }
    }

    fn call(&self, at: usize, moment: Moment) -> Result<Call> {
        let mut state = self.state.borrow_mut();
        state.choose_zones(moment.now);
        let address = state.place(at)?.address.clone();
        Ok(Call {
            address,
            now: moment.now,
            at: None,
            entropy: moment.entropy,
            settings: self.settings,
            given: state.given.clone(),
        })
    }
}

/// The shelf as a storage: the reference's promises, over carts that stay decoded.
impl Storage for Shelf {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: Durable::Nothing,
            stale_reads: false,
            events: false,
            scan: false,
            locks: false,
            record_bytes_max: None,
        }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        let at = self.place(address);
        let slot = self.state.borrow_mut().place(at)?.held.slot()?;
        Ok(slot.map_or(Loaded::Absent(None), |slot| slot.seen_at(now)))
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        each_cart_once(writes)?;
        let mut held = Vec::with_capacity(writes.len());
        for (index, write) in writes.iter().enumerate() {
            if write.precondition != Precondition::Any {
                let current = Storage::load(self, &write.address, now).await?;
                if !write.precondition.holds(current.revision()) {
                    return Ok(Committed::Conflict { index, current });
                }
            }
            held.push((self.place(&write.address), Held::of(Some(write.slot.clone()))?));
        }
        let mut state = self.state.borrow_mut();
        for (at, held) in held {
            let place = state.place(at)?;
            place.held = held;
            self.changed(place);
        }
        Ok(Committed::Done)
    }

    async fn instances(&self, _: &str, _: &str, now: Timestamp) -> Result<Vec<String>> {
        Ok(self.living(now))
    }

    async fn scan(&self, _: &Scan, _: Timestamp) -> Result<Vec<Found>> {
        Err(Error::new(Kind::Unsupported, "expected a storage of many carts to scan, found one page's own"))
    }

    async fn pause(&self, _: u32) -> Result<()> {
        Ok(())
    }
}

#[cold]
fn waited() -> Error {
    Error::new(Kind::Unavailable, "expected carts in hand to answer at once, found them waiting")
}

/// What is no text of carts at all was not written by this program, and is not for it to judge.
#[cold]
fn foreign(error: &Error) -> Error {
    if error.kind() == Kind::Corrupt {
        let error = error.clone();
        return if error.reason().is_none() { error.because("unreadable") } else { error };
    }
    Error::new(
        Kind::Corrupt,
        "expected carts by the names of their instances, found something else: it was left as it is",
    )
    .because("foreign")
}

/// The answer to a change without the cart in it.
fn without_cart(body: &str) -> Result<String> {
    let mut out = String::new();
    let mut fields = Fields::new(&mut out);
    Reader::whole(body, |reader| {
        reader.object(|field, r| {
            let value = r.raw()?;
            if field != "cart" {
                fields.raw(field, value.as_str());
            }
            Ok(())
        })
    })?;
    fields.end();
    Ok(out)
}
