//! The runtime as its callers see it: with the real cart over a driver that misbehaves on demand,
//! and with guests that misbehave all the time.

mod given;
mod hostile;
mod memo;
mod shelf;

use super::*;
use shelf::Shelf;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::sleep;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// How much later than its deadline a call may end.
const LATE: Duration = Duration::from_millis(50);

/// Makes a call that has so much time, and sees to it that it ends then. On a machine that has more
/// to do than it can, anything is late at times: what is right is on time in one of a few attempts,
/// what is wrong never is.
async fn in_time<T>(allowed: Duration, mut call: impl AsyncFnMut(Instant) -> T) -> T {
    let mut took = Vec::new();
    while took.len() < 8 {
        let start = Instant::now();
        let value = call(start + allowed).await;
        took.push(start.elapsed());
        if start.elapsed() < allowed + LATE {
            return value;
        }
    }
    panic!("expected an end within {allowed:?} and {LATE:?}, found {took:?}");
}

/// A clock that stands, and numbers that count.
#[derive(Default)]
struct Fixed(AtomicU64);

impl Surroundings for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_795_262_400_000)
    }

    fn entropy(&self) -> pushcart::id::Entropy {
        let n = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        pushcart::id::Entropy([n; 4])
    }
}

/// A clock that is set by hand.
#[derive(Clone)]
struct Clock(Arc<std::sync::atomic::AtomicI64>);

impl Clock {
    fn at(text: &str) -> Self {
        Clock(Arc::new(moment(text).as_ms().into()))
    }

    fn set(&self, text: &str) {
        self.0.store(moment(text).as_ms(), Ordering::SeqCst);
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.0.load(Ordering::SeqCst))
    }

    fn entropy(&self) -> pushcart::id::Entropy {
        System.entropy()
    }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn config() -> RuntimeConfig {
    RuntimeConfig {
        instances_max: 8,
        // Compiled once for all tests of a build.
        code_cache: CodeCache::At(std::path::Path::new(env!("OUT_DIR")).join("code")),
        surroundings: Arc::new(Fixed::default()),
        ..RuntimeConfig::default()
    }
}

fn runtime(shelf: &Arc<Shelf>, config: RuntimeConfig) -> Runtime {
    let driver: Arc<dyn Driver> = shelf.clone();
    Runtime::new(COMPONENT, driver, config).unwrap()
}

fn address(identifier: &str) -> Address {
    Address::new("", identifier, "default").unwrap()
}

fn add() -> Request {
    Request::AddItems(r#"{"id":"tee","name":"Tee","price":1000,"quantity":1}"#.to_owned())
}

async fn change(runtime: &Runtime, identifier: &str) -> Result<Answer> {
    runtime.change(&address(identifier), add(), Options::default()).await
}

#[test]
fn the_component_imports_storage_and_nothing_else() {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::new(&engine, COMPONENT).unwrap();
    let kind = component.component_type();
    let imports: Vec<&str> = kind.imports(&engine).map(|(name, _)| name).collect();
    let exports: Vec<&str> = kind.exports(&engine).map(|(name, _)| name).collect();
    assert_eq!(imports, ["pushcart:cart/storage@0.1.0"]);
    assert_eq!(exports, ["pushcart:cart/carts@0.1.0"]);
}

#[test]
fn calls_may_move_between_threads() {
    fn send<T: Send>(_: T) {}
    let runtime = runtime(&Shelf::new(), config());
    let address = address("a");
    send(runtime.change(&address, add(), Options::default()));
    send(runtime.show(&address));
    send(runtime.totals(&address, None));
    send(runtime.instances("", "a"));
}

#[tokio::test]
async fn a_cart_goes_to_storage_and_comes_back() {
    let runtime = runtime(&Shelf::new(), config());
    assert_eq!(runtime.show(&address("a")).await.unwrap(), None);

    let first = change(&runtime, "a").await.unwrap();
    assert!(first.created && first.body.contains("tee"), "{first:?}");
    assert_eq!(first.revision.map(|revision| revision.version), Some(1));
    let second = change(&runtime, "a").await.unwrap();
    assert!(!second.created);
    assert_eq!(second.revision.map(|revision| revision.version), Some(2));

    let shown = runtime.show(&address("a")).await.unwrap().unwrap();
    assert_eq!(shown.revision, second.revision);
    assert!(shown.body.contains("tee"), "{}", shown.body);
    assert_eq!(runtime.totals(&address("a"), None).await.unwrap().revision, second.revision);
    assert!(runtime.instances("", "a").await.unwrap().body.contains("default"));
    assert!(!runtime.instances("other", "a").await.unwrap().body.contains("default"));

    let metrics = runtime.metrics();
    assert_eq!((metrics.instances_made, metrics.instances_idle, metrics.calls), (1, 1, 7));
}

#[tokio::test]
async fn storage_that_is_too_slow_is_unavailable_at_the_deadline() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    change(&runtime, "a").await.unwrap();
    shelf.delay_ms.store(60_000, Ordering::SeqCst);
    let error = in_time(Duration::from_millis(60), async |deadline| {
        runtime.change_by(&address("a"), add(), Options::default(), deadline).await.unwrap_err()
    })
    .await;
    assert_eq!((error.kind(), error.reason()), (Kind::Unavailable, Some("deadline")), "{error}");
    assert!(error.message().contains("storage") && error.retry_after().is_some(), "{error}");

    // The guest handed the refusal back like any other answer, so it was kept.
    assert_eq!(runtime.metrics().instances_retired, 0);
    shelf.delay_ms.store(0, Ordering::SeqCst);
    change(&runtime, "a").await.unwrap();
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_its_instance_with_it_and_leaves_the_line() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    change(&runtime, "a").await.unwrap();
    let gate = shelf.hold("a");
    let task = tokio::spawn({
        let runtime = runtime.clone();
        async move { change(&runtime, "a").await }
    });
    shelf.holds().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let metrics = runtime.metrics();
    assert_eq!((metrics.instances_live, metrics.instances_retired, metrics.traps), (0, 1, 0));
    assert_eq!(runtime.0.queue.carts(), 0);

    gate.add_permits(100);
    let answer = change(&runtime, "a").await.unwrap();
    assert_eq!(answer.revision.map(|revision| revision.version), Some(2));
}

#[tokio::test]
async fn without_a_free_instance_a_call_waits_until_its_deadline() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, RuntimeConfig { instances_max: 1, ..config() });
    let gate = shelf.hold("held");
    let held = tokio::spawn({
        let runtime = runtime.clone();
        async move { change(&runtime, "held").await }
    });
    shelf.holds().await;

    let error = in_time(Duration::from_millis(40), async |deadline| {
        runtime.show_by(&address("b"), deadline).await.unwrap_err()
    })
    .await;
    assert_eq!((error.kind(), error.reason()), (Kind::Unavailable, Some("busy")), "{error}");
    assert!(error.retry_after().is_some());

    let waits = runtime.metrics().pool_waits;
    let waiting = tokio::spawn({
        let runtime = runtime.clone();
        async move { change(&runtime, "b").await }
    });
    while runtime.metrics().pool_waits == waits {
        sleep(Duration::from_millis(1)).await;
    }
    gate.add_permits(100);
    held.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
    let metrics = runtime.metrics();
    assert_eq!((metrics.instances_made, metrics.pool_refusals), (1, waits));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_to_one_cart_queue_and_others_pass_them() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move { change(&runtime, "a").await })
        })
        .collect();
    let mut versions = BTreeSet::new();
    for task in tasks {
        let answer = task.await.unwrap().unwrap();
        assert_eq!(answer.replays, 0);
        versions.insert(answer.revision.unwrap().version);
    }
    assert_eq!(versions, (1..=64).collect());
    assert_eq!(runtime.0.queue.carts(), 0);

    let gate = shelf.hold("a");
    let held: Vec<_> = (0..64)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move { change(&runtime, "a").await })
        })
        .collect();
    shelf.holds().await;
    // One of 64 holds an instance, the others stand in line without one: seven are left.
    for n in 0..20 {
        change(&runtime, &format!("other {n}")).await.unwrap();
    }
    let error = in_time(Duration::from_millis(30), async |deadline| {
        runtime.change_by(&address("a"), add(), Options::default(), deadline).await.unwrap_err()
    })
    .await;
    assert_eq!((error.kind(), error.reason()), (Kind::Unavailable, Some("busy")), "{error}");
    gate.add_permits(1000);
    for task in held {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_driver_that_lies_is_found_out() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, RuntimeConfig { record_bytes_max: 1 << 16, ..config() });
    change(&runtime, "a").await.unwrap();

    *shelf.conflict_of.lock().unwrap() = Some(7);
    assert_eq!(change(&runtime, "a").await.unwrap_err().kind(), Kind::Corrupt);
    *shelf.conflict_of.lock().unwrap() = None;

    shelf.padding.store(1 << 17, Ordering::SeqCst);
    assert_eq!(runtime.show(&address("a")).await.unwrap_err().kind(), Kind::Corrupt);
    shelf.padding.store(0, Ordering::SeqCst);
    change(&runtime, "a").await.unwrap();
    assert_eq!(runtime.metrics().instances_retired, 0);
}

#[tokio::test]
async fn a_driver_that_panics_fails_its_own_call_alone() {
    let shelf = Shelf::new();
    let runtime = runtime(&shelf, config());
    change(&runtime, "a").await.unwrap();
    shelf.broken.store(true, Ordering::SeqCst);
    let task = tokio::spawn({
        let runtime = runtime.clone();
        async move { change(&runtime, "a").await }
    });
    assert!(task.await.unwrap_err().is_panic());
    shelf.broken.store(false, Ordering::SeqCst);
    change(&runtime, "a").await.unwrap();
    let metrics = runtime.metrics();
    assert_eq!((metrics.instances_made, metrics.instances_retired), (2, 1));
}

#[tokio::test]
async fn a_worn_instance_is_replaced() {
    let runtime = runtime(&Shelf::new(), RuntimeConfig { calls_per_instance: 3, ..config() });
    for _ in 0..7 {
        change(&runtime, "a").await.unwrap();
    }
    let metrics = runtime.metrics();
    assert_eq!((metrics.instances_made, metrics.instances_retired, metrics.instances_idle), (3, 2, 1));

    let small = self::runtime(&Shelf::new(), RuntimeConfig { memory_bytes_kept: 0, ..config() });
    change(&small, "a").await.unwrap();
    assert_eq!((small.metrics().instances_retired, small.metrics().instances_live), (1, 0));
}

#[test]
fn compiled_code_is_kept_where_that_is_possible() {
    let directory = tempfile::tempdir().unwrap();
    let kept = RuntimeConfig { code_cache: CodeCache::At(directory.path().join("code")), ..config() };
    runtime(&Shelf::new(), kept.clone());
    assert!(directory.path().join("code/modules").exists());
    let start = Instant::now();
    runtime(&Shelf::new(), kept);
    let from_cache = start.elapsed();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let start = Instant::now();
    runtime(&Shelf::new(), RuntimeConfig { code_cache: CodeCache::At(file.join("code")), ..config() });
    assert!(from_cache < start.elapsed());
}
