//! A driver that is written in JavaScript, as the port.
//!
//! Its functions take and give texts of JSON, and answer with a value or a promise of one. A value is taken
//! at once: over a driver that never waits, no call of the cart waits. A promise is handed out, for JavaScript
//! to wait for ([`super::service::Task`]): so nothing of an executor is needed here.

use crate::error::{Error, Kind, Result};
use crate::id::Address;
use crate::json::{Fields, Raw, Reader, write_list};
use crate::live::stored::{self, Upgrade};
use crate::money::Currency;
use crate::storage::{Atomic, Capabilities, Committed, Durable, Found, Loaded, Precondition, Scan, Storage, Write};
use crate::time::Timestamp;
use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;
use js_sys::Reflect;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// What the package hands in: `load(address)`, `commit(writes)`, `instances(owner, identifier)`, `pause(ms)`.
    pub type Driver;

    #[wasm_bindgen(method, structural, catch)]
    fn load(this: &Driver, address: &str) -> core::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn commit(this: &Driver, writes: &str) -> core::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn instances(this: &Driver, owner: &str, identifier: &str) -> core::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn pause(this: &Driver, ms: u32) -> core::result::Result<JsValue, JsValue>;
}

/// The driver, and what carts of an older format are completed with.
pub(super) struct Port {
    pub(super) driver: Rc<Driver>,
    pub(super) currency: Currency,
    pub(super) rounding: &'static str,
    pub(super) entropy: crate::id::Entropy,
    pub(super) wait: Rc<Wait>,
}

/// What a call waits for, and what came of it.
#[derive(Default)]
pub(super) struct Wait {
    pub(super) promise: RefCell<JsValue>,
    pub(super) came: RefCell<Option<core::result::Result<JsValue, JsValue>>>,
}

impl Wait {
    /// The value, or what it was a promise of.
    async fn settled(&self, answer: core::result::Result<JsValue, JsValue>) -> Result<JsValue> {
        let value = answer.map_err(|error| failed(&error))?;
        let waits = value.is_object() && Reflect::get(&value, &"then".into()).is_ok_and(|then| then.is_function());
        if !waits {
            return Ok(value);
        }
        *self.promise.borrow_mut() = value;
        let came = poll_fn(|_| self.came.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await;
        came.map_err(|error| failed(&error))
    }
}

/// What a driver threw: its own kind and words, where it has them.
#[cold]
fn failed(error: &JsValue) -> Error {
    let field = |name: &str| Reflect::get(error, &name.into()).ok();
    let text = |name: &str| field(name).and_then(|value| value.as_string());
    crate::bindings::PlainError {
        kind: text("kind").unwrap_or_else(|| "unavailable".into()),
        message: text("message")
            .or_else(|| error.as_string())
            .unwrap_or_else(|| "expected an answer of the driver, found an error without a message".into()),
        reason: text("reason"),
        retry_after_ms: field("retryAfterMs").and_then(|ms| ms.as_f64()).map(|ms| ms as u64),
        ..Default::default()
    }
    .into()
}

fn text(value: &JsValue) -> Result<String> {
    value.as_string().ok_or_else(odd)
}

#[cold]
fn odd() -> Error {
    Error::new(Kind::Corrupt, "expected an answer of the driver as the contract has it, found another")
}

impl Port {
    fn loaded(&self, slot: Option<&str>, now: Timestamp) -> Result<Loaded> {
        let Some(slot) = slot else { return Ok(Loaded::Absent(None)) };
        let upgrade = Upgrade { currency: self.currency.code(), rounding: self.rounding, now, entropy: self.entropy };
        Ok(Reader::whole(slot, |reader| stored::read(reader, &upgrade))?.seen_at(now))
    }
}

impl Storage for Port {
    /// What a driver lacks, it refuses when it is asked for.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: Durable::Nothing,
            stale_reads: false,
            events: true,
            scan: false,
            locks: false,
            record_bytes_max: None,
        }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        let mut asked = String::new();
        let mut fields = Fields::new(&mut asked);
        fields.with("address", |out| stored::write_address(out, address)).integer("nowMs", now.as_ms()).end();
        let answer = self.wait.settled(self.driver.load(&asked)).await?;
        let slot = answer.as_string();
        if slot.is_none() && !answer.is_null() && !answer.is_undefined() {
            return Err(odd());
        }
        self.loaded(slot.as_deref(), now)
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        let mut asked = String::new();
        let mut fields = Fields::new(&mut asked);
        fields.integer("nowMs", now.as_ms()).with("writes", |out| write_list(out, writes, write_one)).end();
        let answer = text(&self.wait.settled(self.driver.commit(&asked)).await?)?;
        let (mut done, mut index, mut current) = (false, None, None);
        Reader::whole(&answer, |reader| {
            reader.object(|field, r| {
                match field {
                    "done" => done = r.boolean()?,
                    "conflict" => index = usize::try_from(r.integer()?).ok(),
                    "current" => current = Some(r.raw()?),
                    _ => drop(r.raw()?),
                }
                Ok(())
            })
        })
        .map_err(|_| odd())?;
        match index {
            Some(index) if !done => {
                let current = current.as_ref().map(Raw::as_str).filter(|slot| *slot != "null");
                Ok(Committed::Conflict { index, current: self.loaded(current, now)? })
            }
            None if done => Ok(Committed::Done),
            _ => Err(odd()),
        }
    }

    async fn instances(&self, owner: &str, identifier: &str, _: Timestamp) -> Result<Vec<String>> {
        let answer = text(&self.wait.settled(self.driver.instances(owner, identifier)).await?)?;
        let mut names = Vec::new();
        Reader::whole(&answer, |reader| {
            reader.list(|_, r| {
                names.push(r.text()?.into_owned());
                Ok(())
            })
        })
        .map_err(|_| odd())?;
        Ok(names)
    }

    async fn scan(&self, _: &Scan, _: Timestamp) -> Result<Vec<Found>> {
        Err(Error::new(Kind::Unsupported, "expected one of the driver's own verbs, found a scan"))
    }

    async fn pause(&self, ms: u32) -> Result<()> {
        self.wait.settled(self.driver.pause(ms)).await.map(drop)
    }
}

fn write_one(out: &mut String, write: &Write) {
    let mut fields = Fields::new(out);
    fields.with("address", |out| stored::write_address(out, &write.address));
    fields.with("precondition", |out| match write.precondition {
        Precondition::Any => out.push_str("\"any\""),
        Precondition::Absent => out.push_str("\"absent\""),
        Precondition::Exactly(revision) => {
            out.push('"');
            revision.write(out);
            out.push('"');
        }
    });
    fields.with("slot", |out| stored::write(out, &write.slot));
    fields.with("events", |out| write_list(out, &write.events, |out, event| out.push_str(&event.body))).end();
}
