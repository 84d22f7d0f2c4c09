//! A page's own carts.

use super::options::Options;
use super::problem::{Answered, thrown};
use super::surroundings::{Surroundings, whole};
use super::web::Web;
use crate::command::QuantityChange;
use crate::error::{Error, Kind, Result};
use crate::id::Address;
use crate::live::{self, Form};
use crate::rule::Zone;
use crate::service::{GivenAnswer, Request};
use crate::time::Timestamp;
use core::cell::RefCell;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// All carts of one identifier, in hand.
#[wasm_bindgen]
pub struct Shelf(Rc<Inner>);

struct Inner {
    whose: Address,
    carts: live::Shelf,
    surroundings: Surroundings,
    web: RefCell<Option<Web>>,
}

/// One of them.
#[wasm_bindgen]
pub struct Hand {
    shelf: Rc<Inner>,
    at: usize,
}

impl Inner {
    fn text(&self) -> Result<String> {
        let mut out = String::new();
        self.carts.write(&mut out, self.surroundings.now())?;
        Ok(out)
    }

    fn read(&self, text: Option<&str>) -> Result<()> {
        self.carts.read(text, &self.whose, self.surroundings.moment()?)
    }

    /// Reads Web storage, if it holds another text than the last one.
    fn reload(&self) -> Result<bool> {
        let mut web = self.web.borrow_mut();
        let Some(web) = web.as_mut() else { return Ok(false) };
        let Some(text) = web.read()? else { return Ok(false) };
        let read = self.read(text);
        if read.is_err() {
            web.set_foreign();
        }
        read.map(|()| true)
    }
}

#[wasm_bindgen]
impl Shelf {
    /// An empty shelf. Refused: options that are unknown or wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Answered<Shelf> {
        let options = Options::read(options).map_err(thrown)?;
        Ok(Shelf(Rc::new(Inner {
            whose: options.whose,
            carts: live::Shelf::new(options.settings, options.asks),
            surroundings: Surroundings::default(),
            web: RefCell::new(None),
        })))
    }

    /// Puts functions in the place of clock and randomness: `() => ms` and `() => BigUint64Array(4)`.
    pub fn surroundings(&self, clock: Option<Function>, random: Option<Function>) {
        self.0.surroundings.replace(clock, random);
    }

    /// Says what is known of a time zone: seconds east of UTC (left out: there is no such zone), from when and
    /// until when in ms.
    pub fn zone(&self, name: &str, offset_seconds: Option<i32>, until_ms: Option<f64>, from_ms: Option<f64>) {
        let from = Timestamp::from_ms(from_ms.unwrap_or_default() as i64);
        self.0.carts.know_zone(zone(name, offset_seconds, until_ms), from, self.0.surroundings.now());
    }

    /// Hands in the catalogue's definitions, as JSON.
    pub fn catalogue(&self, json: String) -> Answered<()> {
        self.0.carts.set_catalogue(json).map_err(thrown)
    }

    /// Hands in what providers of conditions answered, as JSON.
    pub fn provided(&self, json: &str) -> Answered<()> {
        let provided = provided(json).map_err(thrown)?;
        self.0.carts.set_provided(provided);
        Ok(())
    }

    /// The names of the instances that there are, as the wire has them.
    pub fn instances(&self) -> String {
        self.0.carts.instances(self.0.whose.identifier(), self.0.surroundings.now())
    }

    /// The cart of that instance, which may be empty.
    pub fn cart(&self, instance: &str) -> Answered<Hand> {
        let address = self.0.whose.with_instance(instance).map_err(thrown)?;
        Ok(Hand { shelf: self.0.clone(), at: self.0.carts.place(&address) })
    }

    /// All carts as one text.
    pub fn text(&self) -> Answered<String> {
        self.0.text().map_err(thrown)
    }

    /// Puts the carts of a text in hand, instead of those that are.
    pub fn read(&self, text: Option<String>) -> Answered<()> {
        self.0.read(text.as_deref()).map_err(thrown)
    }

    /// Keeps the carts in Web storage (`session` or `local`) under `key` from now on, and reads what is there:
    /// `true` when there was something.
    pub fn attach(&self, area: &str, key: &str) -> Answered<bool> {
        let web = Web::open(area, key).map_err(thrown)?;
        *self.0.web.borrow_mut() = Some(web);
        self.0.reload().map_err(thrown)
    }

    /// Reads storage again, where its text is not the one that was seen last: `true` when it was another.
    pub fn reload(&self) -> Answered<bool> {
        self.0.reload().map_err(thrown)
    }

    /// Writes what is in hand.
    pub fn save(&self) -> Answered<()> {
        let mut web = self.0.web.borrow_mut();
        let Some(web) = web.as_mut() else { return Ok(()) };
        self.0.text().and_then(|text| web.write(text)).map_err(thrown)
    }
}

impl Hand {
    fn change_quantity(&self, id: &str, change: Option<QuantityChange>) -> Answered<f64> {
        let shelf = &*self.shelf;
        let change = change.ok_or_else(|| {
            thrown(
                Error::invalid("expected a whole number of pieces within ±(2^53 - 1), found another").under("quantity"),
            )
        })?;
        let mut failed = None;
        let entropy = || {
            shelf.surroundings.entropy().unwrap_or_else(|error| {
                failed = Some(error);
                crate::id::Entropy::default()
            })
        };
        let quantity = shelf.carts.change_quantity(self.at, id, change, shelf.surroundings.now(), entropy);
        match failed {
            Some(error) => Err(thrown(error)),
            None => quantity.map(f64::from).map_err(thrown),
        }
    }

    fn shown(&self, form: Form, at_ms: Option<f64>) -> Answered<Option<String>> {
        let as_of = at_ms.map(|ms| Timestamp::from_ms(ms as i64));
        self.shelf.carts.show(self.at, form, as_of, self.shelf.surroundings.now()).map_err(thrown)
    }
}

#[wasm_bindgen]
impl Hand {
    /// Sets the pieces of a line, and says how many there are now: 0 when it went.
    #[wasm_bindgen(js_name = setQuantity)]
    pub fn set_quantity(&self, id: &str, quantity: f64) -> Answered<f64> {
        self.change_quantity(id, whole(quantity).map(QuantityChange::To))
    }

    /// Adds to the pieces of a line, or takes away, and says how many there are now.
    pub fn increase(&self, id: &str, by: f64) -> Answered<f64> {
        self.change_quantity(id, whole(by).map(QuantityChange::By))
    }

    /// Removes a line, and says whether it was there.
    pub fn remove(&self, id: &str) -> Answered<bool> {
        let moment = self.shelf.surroundings.moment();
        moment.and_then(|moment| self.shelf.carts.remove(self.at, id, moment)).map_err(thrown)
    }

    /// Makes a change request: `{"events": […], "results": […]}`, the events only where they are wanted.
    pub fn change(&self, request: String, events: bool) -> Answered<String> {
        let moment = self.shelf.surroundings.moment();
        moment.and_then(|moment| self.shelf.carts.change(self.at, request, moment, events)).map_err(thrown)
    }

    /// Makes a change request: the wire's answer, with the cart.
    #[wasm_bindgen(js_name = changeFull)]
    pub fn change_full(&self, request: String) -> Answered<String> {
        let moment = self.shelf.surroundings.moment();
        let request = Request::Change(request);
        let answer = moment.and_then(|moment| self.shelf.carts.change_whole(self.at, &request, moment));
        answer.map(|answer| answer.body).map_err(thrown)
    }

    /// Rises whenever what is in hand changes, for whatever reason.
    pub fn stamp(&self) -> u32 {
        self.shelf.carts.stamp(self.at)
    }

    /// Whether there is a cart.
    pub fn exists(&self) -> bool {
        self.shelf.carts.revision(self.at, self.shelf.surroundings.now()).is_some()
    }

    /// Its version; 0 when there is none.
    pub fn version(&self) -> f64 {
        self.shelf.carts.revision(self.at, self.shelf.surroundings.now()).map_or(0.0, |it| it.version as f64)
    }

    /// `INCARNATION.VERSION`.
    pub fn revision(&self) -> Option<String> {
        let revision = self.shelf.carts.revision(self.at, self.shelf.surroundings.now())?;
        let mut out = String::new();
        revision.write(&mut out);
        Some(out)
    }

    /// What it costs, in minor units.
    pub fn total(&self) -> Answered<f64> {
        let total = self.shelf.carts.total(self.at, self.shelf.surroundings.now());
        total.map(|total| total.minor() as f64).map_err(thrown)
    }

    /// How many pieces it holds.
    pub fn quantity(&self) -> f64 {
        self.shelf.carts.counts(self.at, self.shelf.surroundings.now()).0 as f64
    }

    /// How many lines.
    pub fn lines(&self) -> u32 {
        self.shelf.carts.counts(self.at, self.shelf.surroundings.now()).1 as u32
    }

    /// From when on (in ms) time alone may change the total, as far as the last call for it found.
    #[wasm_bindgen(js_name = validUntil)]
    pub fn valid_until(&self) -> Option<f64> {
        let until = self.shelf.carts.valid_until(self.at, self.shelf.surroundings.now())?;
        Some(until.as_ms() as f64)
    }

    /// The cart with its totals, as the wire has it.
    pub fn content(&self) -> Answered<Option<String>> {
        self.shown(Form::Show, None)
    }

    /// What it costs, as the wire has it.
    pub fn totals(&self, at_ms: Option<f64>) -> Answered<Option<String>> {
        self.shown(Form::Totals, at_ms)
    }

    /// Why, as the wire has it.
    pub fn explain(&self, at_ms: Option<f64>) -> Answered<Option<String>> {
        self.shown(Form::Explain, at_ms)
    }

    /// This cart as storage keeps it.
    pub fn stored(&self) -> Answered<Option<String>> {
        self.shelf.carts.stored(self.at, self.shelf.surroundings.now()).map_err(thrown)
    }

    /// Puts a stored cart, or none, in the place of this one.
    pub fn load(&self, stored: Option<String>) -> Answered<()> {
        let moment = self.shelf.surroundings.moment();
        moment.and_then(|moment| self.shelf.carts.load(self.at, stored.as_deref(), moment)).map_err(thrown)
    }
}

pub(super) fn zone(name: &str, offset_s: Option<i32>, until_ms: Option<f64>) -> Zone {
    Zone {
        name: name.into(),
        offset_s: offset_s.unwrap_or(i32::MAX),
        until: until_ms.map(|ms| Timestamp::from_ms(ms as i64)),
    }
}

/// `[{"provider": …, "conditions": […]}, {"provider": …, "failed": "why"}, {"provider": …, "slow": true}]`
pub(super) fn provided(json: &str) -> Result<Vec<GivenAnswer>> {
    use crate::json::Reader;
    use crate::service::ProviderFailure;
    let mut list = Vec::new();
    Reader::whole(json, |reader| {
        reader.list(|_, r| {
            let (mut provider, mut answer) = (String::new(), None);
            r.object(|field, r| {
                match field {
                    "provider" => provider = r.text()?.into_owned(),
                    "conditions" => answer = Some(Ok(r.raw()?.as_str().to_owned())),
                    "failed" => answer = Some(Err(ProviderFailure::Failed(r.text()?.into_owned()))),
                    "slow" => {
                        r.boolean()?;
                        answer = Some(Err(ProviderFailure::Slow));
                    }
                    _ => return Err(Error::invalid("expected provider, and conditions, failed or slow")),
                }
                Ok(())
            })?;
            let answer = answer
                .ok_or_else(|| Error::new(Kind::Invalid, "expected conditions, failed or slow, found none of them"))?;
            list.push(GivenAnswer { provider, answer });
            Ok(())
        })
    })
    .map_err(|error| error.under("provided"))?;
    Ok(list)
}
