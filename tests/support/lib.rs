//! What the tests share: a native face of the cart, and the JSON of cases.

pub mod faces;
pub mod fuzz;
pub mod package;
pub mod priced;
pub mod process;
#[path = "../reference/mod.rs"]
pub mod reference;
pub mod server;
pub mod yardstick;

use pushcart::cart::Settings;
use pushcart::error::{Kind, Result};
use pushcart::id::{Address, Entropy};
use pushcart::rule::Zone;
use pushcart::service::{Answer, Call, Given, Options, Request, Service};
use pushcart::storage::{Memory, at_once};
use pushcart::time::Timestamp;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;

/// 2026-11-21T12:00:00Z: when the tests happen.
pub const NOW_MS: i64 = 1_795_262_400_000;

/// The entropy of the `n`-th call, the same in every face.
pub fn entropy(n: u64) -> Entropy {
    Entropy([0x5eed, 0xca57, 0xb0b0, 0xf00d]).derive(n)
}

/// The core and the memory driver, with nothing between: what every other face must agree with.
pub struct Native {
    service: Service<Memory>,
    settings: Settings,
    calls: Cell<u64>,
    now_ms: Cell<i64>,
    zones: RefCell<Vec<Zone>>,
}

impl Native {
    /// An empty store.
    pub fn new(settings: Settings) -> Self {
        Native {
            service: Service::new(Memory::default()),
            settings,
            calls: Cell::new(0),
            now_ms: Cell::new(NOW_MS),
            zones: RefCell::default(),
        }
    }

    /// Lets time pass.
    pub fn advance_ms(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// Says what is known of time zones from now on.
    pub fn know_zones(&self, zones: Vec<Zone>) {
        self.zones.replace(zones);
    }

    /// The driver.
    pub fn memory(&self) -> &Memory {
        self.service.storage()
    }

    fn call(&self, address: &Address) -> Call {
        self.calls.set(self.calls.get() + 1);
        Call {
            address: address.clone(),
            now: Timestamp::from_ms(self.now_ms.get()),
            at: None,
            entropy: entropy(self.calls.get()),
            settings: self.settings,
            given: Given { zones: self.zones.borrow().clone(), ..Given::default() },
        }
    }

    /// Changes a cart.
    pub fn change(&self, address: &Address, request: &Request, options: &Options) -> Result<Answer> {
        ready(self.service.change(&self.call(address), request, options))
    }

    /// Shows a cart.
    pub fn show(&self, address: &Address) -> Result<Option<Answer>> {
        ready(self.service.show(&self.call(address)))
    }

    /// What a cart costs.
    pub fn totals(&self, address: &Address) -> Result<Answer> {
        self.totals_at(address, None)
    }

    /// What a cart costs by the rules at another time.
    pub fn totals_at(&self, address: &Address, at: Option<Timestamp>) -> Result<Answer> {
        ready(self.service.totals(&Call { at, ..self.call(address) }))
    }

    /// Why, by the rules at another time.
    pub fn explain_at(&self, address: &Address, at: Option<Timestamp>) -> Result<Answer> {
        ready(self.service.explain(&Call { at, ..self.call(address) }))
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    at_once(future).expect("the memory driver does not wait")
}

/// The address that most tests use.
pub fn address() -> Address {
    Address::new("", "user:42", "default").expect("a good address")
}

/// A file below `tests/`.
pub fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A JSON file below `tests/`.
pub fn json_file(path: &str) -> Value {
    let path = file(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// JSON that the cart wrote.
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in {text}"))
}

/// Whether the large sizes are asked for (`./tests/run --full`).
pub fn full() -> bool {
    std::env::var("TESTS_FULL").is_ok_and(|value| value == "1")
}

/// Whether a million cases are asked for: the large sizes, of a release build. A debug build would take
/// hours over them, and has its overflow checks for the small ones.
pub fn millions() -> bool {
    full() && !cfg!(debug_assertions)
}

/// The kinds as which an open vector's error may appear.
pub fn kinds_of(vector_error: &str) -> &'static [Kind] {
    match vector_error {
        "not_purchasable" => &[Kind::NotPurchasable],
        "limit_exceeded" => &[Kind::LimitExceeded],
        _ => &[Kind::Invalid, Kind::LimitExceeded],
    }
}
