//! The whole use case over a driver in JavaScript.
//!
//! What is shown of a cart is asked of a [`super::shelf::Hand`], into which the package puts what the driver
//! holds: so there is nothing here but changes.

use super::driver::{Driver, Port, Wait};
use super::options::Options;
use super::problem::{Answered, thrown};
use super::shelf::{provided, zone};
use super::surroundings::Surroundings;
use crate::service::{self, Call, Given, Request};
use crate::storage::Erased;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The use case, with carts that stand in a driver.
#[wasm_bindgen]
pub struct Service {
    driver: Rc<Driver>,
    options: Options,
    given: RefCell<Given>,
    surroundings: Surroundings,
}

/// A change that waits for its driver.
///
/// Whoever holds it waits for the promise [`Task::waiting`], and goes on with [`Task::resume`].
#[wasm_bindgen]
pub struct Task {
    work: RefCell<Pin<Box<dyn Future<Output = Answered<JsValue>>>>>,
    wait: Rc<Wait>,
}

#[wasm_bindgen]
impl Task {
    /// The promise that it waits for.
    pub fn waiting(&self) -> JsValue {
        self.wait.promise.borrow().clone()
    }

    /// Goes on with what the promise came to, or failed with: the answer, or nothing when it waits again.
    pub fn resume(&self, came: JsValue, failed: bool) -> Answered<JsValue> {
        *self.wait.came.borrow_mut() = Some(if failed { Err(came) } else { Ok(came) });
        match self.work.borrow_mut().as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => Ok(JsValue::UNDEFINED),
        }
    }
}

#[wasm_bindgen]
impl Service {
    /// The use case over `driver`. Refused: options that are unknown or wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, driver: Driver) -> Answered<Service> {
        let options = Options::read(options).map_err(thrown)?;
        let given = RefCell::new(Given { asks: options.asks, ..Given::default() });
        Ok(Service { driver: Rc::new(driver), options, given, surroundings: Surroundings::default() })
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

    /// Makes a change request: the wire's answer, or a [`Task`] where the driver answers with promises.
    pub fn change(&self, instance: &str, request: String) -> Answered<JsValue> {
        let settings = self.options.settings;
        let entropy = self.surroundings.entropy().map_err(thrown)?;
        let call = Call {
            address: self.options.whose.with_instance(instance).map_err(thrown)?,
            now: self.surroundings.now(),
            at: None,
            entropy,
            settings,
            given: self.given.borrow().clone(),
        };
        let wait = Rc::new(Wait::default());
        let port = Port {
            driver: self.driver.clone(),
            currency: settings.default_currency,
            rounding: settings.default_rounding.as_str(),
            entropy,
            wait: wait.clone(),
        };
        let mut work: Pin<Box<dyn Future<Output = Answered<JsValue>>>> = Box::pin(async move {
            let cart = service::Service::new(Erased::new(&port));
            let answer = cart.change(&call, &Request::Change(request), &service::Options::default()).await;
            answer.map(|answer| JsValue::from_str(&answer.body)).map_err(thrown)
        });
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => Ok(Task { work: RefCell::new(work), wait }.into()),
        }
    }
}
