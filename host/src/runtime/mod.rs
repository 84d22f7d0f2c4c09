//! Runs the cart: one component, compiled once, in as many warm instances as there are calls.
//!
//! ```text
//!  change ── queue ───────────┐                 one change per cart at a time
//!  show, totals, … ── memo ───┴─ rounds ─ pool ─ guest     an instance for one call, time and memory bounded
//!                                                │
//!                                             imports ── driver      storage, within what is left of the time
//! ```
//!
//! - `compile`: bytes to machine code, kept on disk between starts;
//! - [`Surroundings`]: the time and the randomness that a call is told;
//! - `rounds`: what prices depend on besides the cart is handed in, and what holds still is remembered;
//! - `queue`: changes to one cart stand in line;
//! - `pool`: warm instances, their number bounded;
//! - `limits`: how much memory and time an instance may take;
//! - `imports`: the guest's storage is the driver;
//! - `words`: the contract's words and the core's;
//! - `metrics`: what happened, counted.
//!
//! Every call ends at its deadline, whatever the guest or storage do: with `unavailable`, which says
//! that a change may have been made. The same change with the same idempotency key settles it.
//! Every call may be given up by dropping it.

mod compile;
mod guest;
mod imports;
mod limits;
mod metrics;
mod pool;
mod queue;
mod rounds;
mod surroundings;
mod words;

#[cfg(test)]
mod tests;

pub use compile::CodeCache;
pub use metrics::Metrics;
pub use surroundings::{Surroundings, System};

use crate::driver::Driver;
use crate::outside::{Catalogue, Provider, Remembered, check_names};
use imports::State;
use limits::{Overdue, Ticker};
use metrics::Counters;
use pool::{Bounds, Lease, Pool};
use pushcart::cart::Settings;
use pushcart::error::{Error, Kind, Result};
use pushcart::id::Address;
use pushcart::service::memo::{Form, Memo};
use pushcart::service::{Answer, Call, Options, Request};
use pushcart::time::Timestamp;
use queue::{Queue, Turn};
use std::fmt;
use std::hash::RandomState;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;
use wasmtime::component::{HasSelf, Linker};

/// The cart as a component, as it was built together with this host.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pushcart.wasm"));

/// When a call that found no room may be tried again.
const RETRY_AFTER_MS: u64 = 1000;

/// A shorter tick would be all the machine does.
const TICK_MIN: Duration = Duration::from_millis(1);

/// What stands for "never": a moment this far away can still be counted with.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How the cart is run.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// So many instances at most, and so many calls at once. An idle one takes about 100 KiB.
    pub instances_max: usize,
    /// After so many calls an instance is replaced.
    pub calls_per_instance: u32,
    /// The memory of one instance, at most. A cart that needs more is answered with `unavailable`.
    pub memory_bytes_max: usize,
    /// An instance whose memory grew beyond this is replaced after the call: memory never shrinks.
    pub memory_bytes_kept: usize,
    /// A larger record in storage counts as corrupt.
    pub record_bytes_max: usize,
    /// How long a call may take where the caller names no deadline.
    pub deadline: Duration,
    /// How long a guest computes before others have a turn.
    pub tick: Duration,
    /// Where compiled code is kept between starts.
    pub code_cache: CodeCache,
    /// What the shop decided.
    pub settings: Settings,
    /// The time, and randomness.
    pub surroundings: Arc<dyn Surroundings>,
    /// The catalogue of conditions.
    pub catalogue: Arc<Catalogue>,
    /// Whoever else knows conditions. All are asked before every call that prices a cart, in the order in
    /// which their conditions are to act.
    pub providers: Vec<Arc<dyn Provider>>,
    /// How long each of them may take.
    pub provider_timeout: Duration,
    /// For so many carts answers are remembered while they hold; 0 for none.
    pub memo_entries: usize,
}

/// How much an answer that is remembered may take on average.
const MEMO_BYTES_PER_ENTRY: usize = 16 * 1024;

impl Default for RuntimeConfig {
    fn default() -> Self {
        RuntimeConfig {
            instances_max: 128,
            calls_per_instance: 10_000,
            memory_bytes_max: 64 << 20,
            memory_bytes_kept: 4 << 20,
            record_bytes_max: 16 << 20,
            deadline: Duration::from_secs(5),
            tick: Duration::from_millis(5),
            code_cache: CodeCache::default(),
            settings: Settings::default(),
            surroundings: Arc::new(System),
            catalogue: Arc::default(),
            providers: Vec::new(),
            provider_timeout: Duration::from_millis(250),
            memo_entries: 1024,
        }
    }
}

/// The cart, running over a driver. Cheap to clone: clones share everything.
///
/// Calls need a tokio runtime with its timer.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    pool: Pool,
    queue: Queue,
    ticker: Ticker,
    counters: Arc<Counters>,
    deadline: Duration,
    settings: Settings,
    surroundings: Arc<dyn Surroundings>,
    record_bytes_max: usize,
    catalogue: RwLock<Arc<Catalogue>>,
    providers: Vec<Arc<dyn Provider>>,
    provider_timeout: Duration,
    remembered: Remembered,
    memo: Option<Mutex<Memo>>,
    /// With secrets of this process: nobody can prepare two carts that look alike to the memo.
    hashes: RandomState,
}

/// What is asked of the guest.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Change(&'a Request, &'a Options),
    Show,
    Totals,
    Explain,
    Instances,
}

impl Asked<'_> {
    fn of(form: Form) -> Self {
        match form {
            Form::Show => Asked::Show,
            Form::Totals => Asked::Totals,
            Form::Explain => Asked::Explain,
        }
    }
}

impl Runtime {
    /// Compiles `component` (as a rule [`COMPONENT`]) and runs it over `driver`.
    ///
    /// Takes a moment, about 50 ms, unless the compiled code was kept from an earlier start.
    /// Refused as `unsupported`: bytes that are no component, or one that does not keep the contract.
    /// As `invalid`: providers without names of their own.
    pub fn new(component: &[u8], driver: Arc<dyn Driver>, config: RuntimeConfig) -> Result<Self> {
        check_names(&config.providers)?;
        let (engine, component) = compile::compile(component, &config.code_cache)?;
        let counters = Arc::new(Counters::default());
        let bounds = Bounds {
            instances_max: config.instances_max.max(1),
            calls_per_instance: config.calls_per_instance,
            memory_bytes_max: config.memory_bytes_max,
            memory_bytes_kept: config.memory_bytes_kept,
            record_bytes_max: config.record_bytes_max,
        };
        let mut linker = Linker::<State>::new(&engine);
        let pool = guest::Cart::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)
            .and_then(|()| linker.instantiate_pre(&component))
            .and_then(|component| Pool::new(&engine, component, driver, bounds, Arc::clone(&counters)))
            .map_err(|e| {
                let message = format!("expected a component that keeps the contract pushcart:cart@0.1.0, found: {e:#}");
                Error::new(Kind::Unsupported, message)
            })?;
        let ticker = Ticker::start(&engine, config.tick.max(TICK_MIN)).map_err(|e| {
            Error::new(Kind::Unavailable, format!("expected a thread to keep the guests' time, found: {e}"))
        })?;
        Ok(Runtime(Arc::new(Inner {
            pool,
            queue: Queue::default(),
            ticker,
            counters,
            deadline: config.deadline,
            settings: config.settings,
            surroundings: config.surroundings,
            record_bytes_max: config.record_bytes_max,
            catalogue: RwLock::new(config.catalogue),
            providers: config.providers,
            provider_timeout: config.provider_timeout,
            remembered: Remembered::default(),
            memo: (config.memo_entries > 0).then(|| {
                let bytes_max = config.memo_entries.saturating_mul(MEMO_BYTES_PER_ENTRY);
                Mutex::new(Memo::new(config.memo_entries, bytes_max))
            }),
            hashes: RandomState::new(),
        })))
    }

    /// Changes a cart. The answer is `{"cart": …, "events": […], "results": […]}`.
    pub async fn change(&self, address: &Address, request: Request, options: Options) -> Result<Answer> {
        self.change_by(address, request, options, self.deadline()).await
    }

    /// [`Runtime::change`], answered before `deadline`.
    pub async fn change_by(
        &self,
        address: &Address,
        request: Request,
        options: Options,
        deadline: Instant,
    ) -> Result<Answer> {
        let time = Time::until(deadline);
        // Before the turn: who changes the same cart meanwhile need not wait for somebody's voucher service.
        let provided = self.provided_before(address, time).await?;
        let _turn = self.turn(address, time).await?;
        let answer = self.make(address, provided, Asked::Change(&request, &options), time).await?;
        self.required(answer)
    }

    /// The cart with its totals; `None` when there is none.
    pub async fn show(&self, address: &Address) -> Result<Option<Answer>> {
        self.show_by(address, self.deadline()).await
    }

    /// [`Runtime::show`], answered before `deadline`.
    pub async fn show_by(&self, address: &Address, deadline: Instant) -> Result<Option<Answer>> {
        self.read(address, None, Form::Show, Time::until(deadline)).await
    }

    /// The cart's totals, as they are or as they would be `at` another time.
    pub async fn totals(&self, address: &Address, at: Option<Timestamp>) -> Result<Answer> {
        self.totals_by(address, at, self.deadline()).await
    }

    /// [`Runtime::totals`], answered before `deadline`.
    pub async fn totals_by(&self, address: &Address, at: Option<Timestamp>, deadline: Instant) -> Result<Answer> {
        let answer = self.read(address, at, Form::Totals, Time::until(deadline)).await?;
        self.required(answer)
    }

    /// Why the cart costs what it costs, condition by condition, as data and in words.
    pub async fn explain(&self, address: &Address, at: Option<Timestamp>) -> Result<Answer> {
        self.explain_by(address, at, self.deadline()).await
    }

    /// [`Runtime::explain`], answered before `deadline`.
    pub async fn explain_by(&self, address: &Address, at: Option<Timestamp>, deadline: Instant) -> Result<Answer> {
        let answer = self.read(address, at, Form::Explain, Time::until(deadline)).await?;
        self.required(answer)
    }

    /// `{"identifier": …, "instances": […]}`.
    pub async fn instances(&self, owner: &str, identifier: &str) -> Result<Answer> {
        self.instances_by(owner, identifier, self.deadline()).await
    }

    /// [`Runtime::instances`], answered before `deadline`.
    pub async fn instances_by(&self, owner: &str, identifier: &str, deadline: Instant) -> Result<Answer> {
        // The contract's call has an instance; for this question it does not matter which.
        let address = Address::new(owner, identifier, "default")?;
        let answer = self.plain(&address, Asked::Instances, Time::until(deadline)).await?;
        self.required(answer)
    }

    /// The driver that the cart's storage is.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        self.0.pool.driver()
    }

    /// What the shop decided.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The catalogue of conditions.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.0.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another catalogue in its place, for every call from now on.
    pub fn replace_catalogue(&self, catalogue: Arc<Catalogue>) {
        *self.0.catalogue.write().unwrap_or_else(PoisonError::into_inner) = catalogue;
    }

    /// Whether a cart costs what its record and the time say, and nobody else has a word in it.
    pub fn prices_by_cart_alone(&self) -> bool {
        self.0.providers.is_empty() && self.catalogue().is_empty()
    }

    /// Who is asked for conditions.
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.0.providers
    }

    /// Where the time and the randomness come from.
    pub fn surroundings(&self) -> &Arc<dyn Surroundings> {
        &self.0.surroundings
    }

    /// What happened so far.
    pub fn metrics(&self) -> Metrics {
        self.0.counters.read(self.0.pool.idle_count())
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.0.deadline.min(FAR)
    }

    /// Waits until no other change to this cart is under way in this process.
    async fn turn(&self, address: &Address, time: Time) -> Result<Turn> {
        let place = match self.0.queue.join(address).try_turn() {
            Ok(turn) => return Ok(turn),
            Err(place) => place,
        };
        self.0.counters.queue_waits.add();
        timeout_at(time.deadline.into(), place.turn()).await.ok().flatten().ok_or_else(|| {
            self.0.counters.queue_refusals.add();
            unavailable(
                "busy",
                format!("expected this change's turn within {} ms, found other changes to the cart", time.ms()),
            )
        })
    }

    /// The guest did not come to an answer.
    #[cold]
    fn stopped(&self, error: &wasmtime::Error, time: Time) -> Error {
        if error.is::<Overdue>() {
            self.0.counters.overdue.add();
            tracing::warn!(allowed_ms = time.ms(), "a guest ran past its deadline and was stopped");
            return unavailable(
                "deadline",
                format!("expected an answer of the cart within {} ms, found none", time.ms()),
            );
        }
        self.failed(&format_args!("{error:?}"))
    }

    /// What went wrong in the guest is for the log; the caller gets the entry's id.
    #[cold]
    fn failed(&self, error: &dyn fmt::Debug) -> Error {
        self.0.counters.traps.add();
        let id = format!("{:016x}", self.0.surroundings.entropy().token());
        tracing::error!(id, ?error, "the cart failed");
        unavailable("trap", format!("expected an answer of the cart, found a failure in it; the log has it under {id}"))
    }

    fn required(&self, answer: Option<Answer>) -> Result<Answer> {
        answer.ok_or_else(|| self.failed(&"an answer without content"))
    }
}

/// Calls the guest. A stop is the outer error, a refusal the inner one.
async fn answer(lease: &mut Lease, call: &Call, asked: Asked<'_>) -> wasmtime::Result<words::Answered> {
    let (cart, store) = lease.parts();
    let lists = words::lists(&call.given);
    let (carts, call) = (cart.pushcart_cart_carts(), words::call(call, &lists));
    Ok(match asked {
        Asked::Change(request, options) => {
            let texts = words::based_on_texts(options);
            let based_on: Vec<&str> = texts.iter().map(String::as_str).collect();
            let options = words::options(options, &based_on);
            carts.call_change(store, call, words::request(request), options).await?.map(Some)
        }
        Asked::Show => carts.call_show(store, call).await?,
        Asked::Totals => carts.call_totals(store, call).await?.map(Some),
        Asked::Explain => carts.call_explain(store, call).await?.map(Some),
        Asked::Instances => carts.call_instances(store, call).await?.map(Some),
    })
}

fn unavailable(reason: &'static str, message: String) -> Error {
    Error::new(Kind::Unavailable, message).because(reason).retry_after_ms(RETRY_AFTER_MS)
}

/// When a call must be over, and how long that was when it began.
#[derive(Clone, Copy)]
struct Time {
    deadline: Instant,
    allowed: Duration,
}

impl Time {
    fn until(deadline: Instant) -> Self {
        Time { deadline, allowed: deadline.saturating_duration_since(Instant::now()) }
    }

    fn ms(self) -> u128 {
        self.allowed.as_millis()
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("driver", &self.driver().name()).field("metrics", &self.metrics()).finish()
    }
}
