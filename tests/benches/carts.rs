//! The carts that are measured, and the two ways to change them: the core as it is, and the core as a
//! component.
//!
//! Each line has attributes and the cart has a tax, because carts do. What is added is one more piece
//! of a line that is there, each line in its turn.

use pushcart::cart::{Cart, Settings};
use pushcart::id::Address;
use pushcart::service::{Answer, Call, Options, Request, Service};
use pushcart::storage::{Memory, at_once};
use pushcart_host::driver::Driver;
use pushcart_host::runtime::{COMPONENT, CodeCache, Runtime, RuntimeConfig, Surroundings, System};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime as Tokio;

/// A line is set back to one piece before it reaches the limit of 10 000.
pub(crate) const PIECES_MAX: u64 = 9000;

/// How many delivered events are taken out at once.
const EVENTS: u32 = 4096;

pub(crate) fn address(n: usize) -> Address {
    Address::new("", &format!("user:{n}"), "default").expect("a good address")
}

/// The JSON of line `n`, for one piece.
pub(crate) fn item(n: usize) -> String {
    let size = ["S", "M", "L", "XL"][n % 4];
    format!(
        r#"{{"id":"sku-{}","name":"T-shirt, organic cotton, no. {n}","price":{},"attributes":{{"size":"{size}","colour":"blue"}}}}"#,
        10_000 + n,
        1999 + n * 10,
    )
}

/// What makes a cart of `lines` lines: all of them, and a tax.
pub(crate) fn start(lines: usize) -> [Request; 2] {
    let items: Vec<String> = (0..lines).map(item).collect();
    [
        Request::AddItems(format!("[{}]", items.join(","))),
        Request::AddCondition { item: None, body: r#"{"name":"VAT","type":"tax","value":"+19%"}"#.into() },
    ]
}

pub(crate) fn set_back(line: usize) -> Request {
    Request::UpdateItem { item: format!("sku-{}", 10_000 + line), body: r#"{"quantity":1}"#.into() }
}

/// Does work where a server's handlers do theirs: on the runtime's own threads.
pub(crate) fn run<T: Send + 'static>(tokio: &Tokio, work: impl Future<Output = T> + Send + 'static) -> T {
    tokio.block_on(async { tokio::spawn(work).await.expect("no panic") })
}

/// The adds to one cart, line after line, and when it is time to set the lines back.
#[derive(Default)]
pub(crate) struct Adds {
    bodies: Vec<String>,
    next: usize,
    since: u64,
}

impl Adds {
    pub(crate) fn new(lines: usize) -> Self {
        Adds { bodies: (0..lines).map(item).collect(), next: 0, since: 0 }
    }

    pub(crate) fn next(&mut self) -> Request {
        self.next = (self.next + 1) % self.bodies.len();
        self.since += 1;
        Request::AddItems(self.bodies[self.next].clone())
    }

    /// The next line, with some other number of pieces than it has.
    fn next_quantity(&mut self) -> Request {
        self.next = (self.next + 1) % self.bodies.len();
        self.since += 1;
        let pieces = 1 + self.since / self.bodies.len() as u64 % 9;
        let item = format!("sku-{}", 10_000 + self.next);
        Request::UpdateItem { item, body: format!(r#"{{"quantity":{pieces}}}"#) }
    }

    /// The changes that set every line back, when one may soon be full.
    pub(crate) fn set_back(&mut self) -> Vec<Request> {
        if self.since < PIECES_MAX / 2 * self.bodies.len() as u64 {
            return Vec::new();
        }
        self.since = 0;
        (0..self.bodies.len()).map(set_back).collect()
    }
}

/// The core and the memory driver, with nothing between.
pub(crate) struct Native {
    service: Service<Memory>,
    adds: Adds,
    address: Address,
}

impl Native {
    pub(crate) fn new(lines: usize) -> Self {
        Native::of(lines, &start(lines))
    }

    /// A cart of `lines` lines that these requests make.
    pub(crate) fn of(lines: usize, requests: &[Request]) -> Self {
        let native = Native { service: Service::new(Memory::default()), adds: Adds::new(lines), address: address(0) };
        requests.iter().for_each(|request| drop(native.change(request)));
        native
    }

    /// The cart as storage has it.
    pub(crate) fn cart(&self) -> Cart {
        let record = self.service.storage().load(&self.address, System.now()).record().expect("a cart");
        pushcart::record::read(&record).expect("a cart that can be read")
    }

    fn call(&self) -> Call {
        Call {
            address: self.address.clone(),
            now: System.now(),
            at: None,
            entropy: System.entropy(),
            settings: Settings::default(),
            given: Default::default(),
        }
    }

    fn change(&self, request: &Request) -> Answer {
        let change = at_once(self.service.change(&self.call(), request, &Options::default()));
        change.expect("memory never waits").expect("a change that can be made")
    }

    pub(crate) fn adds(&mut self, times: u64) -> Duration {
        let begin = Instant::now();
        for _ in 0..times {
            let request = self.adds.next();
            std::hint::black_box(self.change(&request));
        }
        let took = begin.elapsed();
        self.adds.set_back().iter().for_each(|request| drop(self.change(request)));
        self.deliver();
        took
    }

    /// Sets the pieces of one line after another to some other number.
    pub(crate) fn quantities(&mut self, times: u64) -> Duration {
        let begin = Instant::now();
        for _ in 0..times {
            let request = self.adds.next_quantity();
            std::hint::black_box(self.change(&request));
        }
        let took = begin.elapsed();
        self.deliver();
        took
    }

    /// Takes all events out of the outbox.
    fn deliver(&self) {
        let memory = self.service.storage();
        loop {
            let ids: Vec<String> = memory.outbox(EVENTS).into_iter().map(|event| event.id).collect();
            if ids.is_empty() {
                return;
            }
            memory.delivered(&ids);
        }
    }

    pub(crate) fn totals(&mut self, times: u64) -> Duration {
        let begin = Instant::now();
        for _ in 0..times {
            std::hint::black_box(at_once(self.service.totals(&self.call())));
        }
        begin.elapsed()
    }
}

/// How the component is run here: nothing differs from the defaults but where code is kept, so that
/// only the first of many runtimes compiles.
pub(crate) fn config() -> RuntimeConfig {
    let code = Path::new(env!("CARGO_TARGET_TMPDIR")).join("code");
    RuntimeConfig { code_cache: CodeCache::At(code), ..RuntimeConfig::default() }
}

/// The core as a component over any driver.
pub(crate) struct Component<'t> {
    tokio: &'t Tokio,
    pub(crate) runtime: Runtime,
    adds: Adds,
}

impl<'t> Component<'t> {
    pub(crate) fn new(tokio: &'t Tokio, driver: Arc<dyn Driver>, lines: usize) -> Self {
        Component::of(COMPONENT, tokio, driver, lines)
    }

    /// A component of another build.
    pub(crate) fn of(component: &[u8], tokio: &'t Tokio, driver: Arc<dyn Driver>, lines: usize) -> Self {
        Component::with(component, config(), tokio, driver, lines)
    }

    /// One whose runtime remembers no answers.
    pub(crate) fn without_memo(tokio: &'t Tokio, driver: Arc<dyn Driver>, lines: usize) -> Self {
        Component::with(COMPONENT, RuntimeConfig { memo_entries: 0, ..config() }, tokio, driver, lines)
    }

    fn with(component: &[u8], config: RuntimeConfig, tokio: &'t Tokio, driver: Arc<dyn Driver>, lines: usize) -> Self {
        let runtime = Runtime::new(component, driver, config).expect("a component");
        let component = Component { tokio, runtime, adds: Adds::new(lines) };
        let made = component.runtime.clone();
        run(tokio, async move {
            for request in start(lines) {
                change(&made, request).await;
            }
        });
        component
    }

    pub(crate) fn adds(&mut self, times: u64) -> Duration {
        let (runtime, mut adds) = (self.runtime.clone(), std::mem::take(&mut self.adds));
        let (took, adds) = run(self.tokio, async move {
            let begin = Instant::now();
            for _ in 0..times {
                std::hint::black_box(change(&runtime, adds.next()).await);
            }
            let took = begin.elapsed();
            for request in adds.set_back() {
                change(&runtime, request).await;
            }
            deliver(&**runtime.driver()).await;
            (took, adds)
        });
        self.adds = adds;
        took
    }

    pub(crate) fn totals(&mut self, times: u64) -> Duration {
        let runtime = self.runtime.clone();
        run(self.tokio, async move {
            let begin = Instant::now();
            for _ in 0..times {
                std::hint::black_box(runtime.totals(&address(0), None).await.expect("totals"));
            }
            begin.elapsed()
        })
    }

    /// Calls that reach the component and storage, and find nothing to do there.
    pub(crate) fn nothings(&mut self, times: u64) -> Duration {
        let (runtime, nobody) = (self.runtime.clone(), address(1));
        run(self.tokio, async move {
            let begin = Instant::now();
            for _ in 0..times {
                std::hint::black_box(runtime.show(&nobody).await.expect("an answer"));
            }
            begin.elapsed()
        })
    }
}

async fn change(runtime: &Runtime, request: Request) -> Answer {
    runtime.change(&address(0), request, Options::default()).await.expect("a change that can be made")
}

/// Takes all events out of the outbox, as whoever delivers them does.
pub(crate) async fn deliver(driver: &dyn Driver) {
    loop {
        let events = driver.outbox(EVENTS).await.expect("the outbox");
        if events.is_empty() {
            return;
        }
        let ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
        driver.delivered(&ids).await.expect("the outbox");
    }
}
