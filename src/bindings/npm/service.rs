//! The whole use case over a driver in JavaScript.

use super::driver::{Driver, Port};
use super::options::Options;
use super::problem::{Answered, thrown};
use super::shelf::{provided, zone};
use super::surroundings::Surroundings;
use crate::error::Result;
use crate::service::{self, Answer, Call, Given, Request};
use crate::storage::Erased;
use crate::time::Timestamp;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

/// The use case, with carts that stand in a driver.
#[wasm_bindgen]
pub struct Service {
    port: Rc<Port>,
    options: Options,
    given: RefCell<Given>,
    surroundings: Surroundings,
}

/// The answer at once where the driver gave its answers at once; else a promise of it.
fn now_or_later(work: impl Future<Output = Answered<JsValue>> + 'static) -> Answered<JsValue> {
    let mut work: Pin<Box<dyn Future<Output = Answered<JsValue>>>> = Box::pin(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Ok(future_to_promise(work).into()),
    }
}

fn over(port: &Port) -> service::Service<Erased<'_>> {
    service::Service::new(Erased::new(port))
}

fn body(answer: Result<Answer>) -> Answered<JsValue> {
    answer.map(|answer| JsValue::from_str(&answer.body)).map_err(thrown)
}

#[wasm_bindgen]
impl Service {
    /// The use case over `driver`. Refused: options that are unknown or wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, driver: Driver) -> Answered<Service> {
        let options = Options::read(options).map_err(thrown)?;
        let surroundings = Surroundings::default();
        let port = Port {
            driver,
            currency: options.settings.default_currency.code().into(),
            rounding: options.settings.default_rounding.as_str(),
            entropy: surroundings.entropy().map_err(thrown)?,
        };
        let given = RefCell::new(Given { asks: options.asks, ..Given::default() });
        Ok(Service { port: Rc::new(port), options, given, surroundings })
    }

    /// Puts functions in the place of clock and randomness: `() => ms` and `() => BigUint64Array(4)`.
    pub fn surroundings(&self, clock: Option<Function>, random: Option<Function>) {
        self.surroundings.replace(clock, random);
    }

    /// Says what is known of a time zone: seconds east of UTC (left out: there is no such zone), and when in ms
    /// that changes next.
    pub fn zone(&self, name: &str, offset_seconds: Option<i32>, until_ms: Option<f64>) {
        let mut given = self.given.borrow_mut();
        given.zones.retain(|known| &*known.name != name);
        given.zones.push(zone(name, offset_seconds, until_ms));
    }

    /// Hands in the catalogue's definitions, as JSON.
    pub fn catalogue(&self, json: String) {
        let mut given = self.given.borrow_mut();
        (given.catalogue, given.whole_catalogue) = (json, true);
    }

    /// Hands in what providers of conditions answered, as JSON.
    pub fn provided(&self, json: &str) -> Answered<()> {
        self.given.borrow_mut().provided = provided(json).map_err(thrown)?;
        Ok(())
    }

    /// Makes a change request: the wire's answer, or a promise of it.
    pub fn change(&self, instance: &str, request: String) -> Answered<JsValue> {
        let (port, call) = (self.port.clone(), self.call(instance, None).map_err(thrown)?);
        now_or_later(async move {
            body(over(&port).change(&call, &Request::Change(request), &service::Options::default()).await)
        })
    }

    /// The cart with its totals as the wire has it, null when there is none; or a promise of it.
    pub fn show(&self, instance: &str) -> Answered<JsValue> {
        let (port, call) = (self.port.clone(), self.call(instance, None).map_err(thrown)?);
        now_or_later(async move {
            let shown = over(&port).show(&call).await.map_err(thrown)?;
            Ok(shown.map_or(JsValue::NULL, |answer| JsValue::from_str(&answer.body)))
        })
    }

    /// What the cart costs, as the wire has it, by the rules at `at_ms`; or a promise of it.
    pub fn totals(&self, instance: &str, at_ms: Option<f64>) -> Answered<JsValue> {
        let (port, call) = (self.port.clone(), self.call(instance, at_ms).map_err(thrown)?);
        now_or_later(async move { body(over(&port).totals(&call).await) })
    }

    /// Why, as the wire has it; or a promise of it.
    pub fn explain(&self, instance: &str, at_ms: Option<f64>) -> Answered<JsValue> {
        let (port, call) = (self.port.clone(), self.call(instance, at_ms).map_err(thrown)?);
        now_or_later(async move { body(over(&port).explain(&call).await) })
    }

    /// The instances that there are, as the wire has them; or a promise of it.
    pub fn instances(&self) -> Answered<JsValue> {
        let (port, call) = (self.port.clone(), self.call("default", None).map_err(thrown)?);
        now_or_later(async move { body(over(&port).instances(&call).await) })
    }
}

impl Service {
    fn call(&self, instance: &str, at_ms: Option<f64>) -> Result<Call> {
        Ok(Call {
            address: self.options.whose.with_instance(instance)?,
            now: self.surroundings.now(),
            at: at_ms.map(|ms| Timestamp::from_ms(ms as i64)),
            entropy: self.surroundings.entropy()?,
            settings: self.options.settings,
            given: self.given.borrow().clone(),
        })
    }
}
