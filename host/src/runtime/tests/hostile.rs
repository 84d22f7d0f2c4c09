//! Guests that keep the contract's shape and nothing else: each does one bad thing, and the host
//! must neither hang nor fall.

use super::shelf::Shelf;
use super::{LATE, address, config, in_time};
use crate::runtime::Runtime;
use pushcart::error::Kind;
use pushcart::service::{Options, Request};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A component whose `change` is `body`, in WebAssembly text, and whose `show` finds no cart. The
/// imports are functions 0 to 3: load, commit, instances, pause.
fn guest(change: &str, initialize: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("cart")).unwrap();
    let dummy = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    let mut text = wasmprinter::print_bytes(&dummy).unwrap();
    let mut replace = |from: &str, to: &str| {
        assert!(text.contains(from), "expected {from} in {text}");
        text = text.replacen(from, to, 1);
    };
    const UNREACHABLE: &str = "(result i32)\n    unreachable";
    replace("(memory (;0;) 0)", "(memory (;0;) 16)");
    // In order of their place in the module: change, show, then (two further) the allocator.
    replace(UNREACHABLE, &format!("(result i32)\n {change}"));
    replace(UNREACHABLE, "(result i32)\n i32.const 1024");
    replace(
        &format!("(param i32 i32 i32 i32) {UNREACHABLE}"),
        "(param i32 i32 i32 i32) (result i32)\n i32.const 65536",
    );
    replace("(type 7))\n)", &format!("(type 7)\n {initialize}))"));
    let mut module = wat::parse_str(&text).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

fn runtime(component: &[u8]) -> Runtime {
    Runtime::new(component, Shelf::new(), config()).unwrap()
}

const DEADLINE: Duration = Duration::from_millis(150);

/// What each guest does when it is asked to change a cart, and the reason that the caller is told.
const CHANGES: [(&str, &str, &str); 6] = [
    ("computes for ever", "(loop br 0) unreachable", "deadline"),
    (
        "takes all memory, then computes for ever",
        "(loop (drop (memory.grow (i32.const 16))) br 0) unreachable",
        "deadline",
    ),
    ("asks storage for ever", "(loop (call 3 (i32.const 0) (i32.const 2048)) br 0) unreachable", "deadline"),
    ("fails", "unreachable", "trap"),
    ("calls itself for ever", "(call 4 (i32.const 0))", "trap"),
    (
        "asks for another tenant's cart",
        "(call 0 (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 2048)) unreachable",
        "trap",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_ends_in_time_and_the_next_one_succeeds() {
    for (what, body, reason) in CHANGES {
        let runtime = runtime(&guest(body, ""));
        for _ in 0..2 {
            let error = in_time(DEADLINE, async |deadline| {
                runtime.change_by(&address("a"), Request::Clear, Options::default(), deadline).await.unwrap_err()
            })
            .await;
            assert_eq!(
                (error.kind(), error.reason()),
                (Kind::Unavailable, Some(reason)),
                "a guest that {what}: {error}"
            );
            assert_eq!(runtime.show(&address("a")).await, Ok(None), "after a guest that {what}");
        }
        // Each failure took an instance with it, and nothing else did.
        let metrics = runtime.metrics();
        assert_eq!(metrics.instances_retired, metrics.traps + metrics.overdue, "{what}: {metrics:?}");
        assert_eq!((metrics.instances_live, metrics.instances_idle), (1, 1), "{what}: {metrics:?}");
    }
}

#[tokio::test]
async fn a_guest_that_never_starts_is_stopped() {
    let runtime = runtime(&guest("unreachable", "(loop br 0)"));
    let error = in_time(DEADLINE, async |deadline| runtime.show_by(&address("a"), deadline).await.unwrap_err()).await;
    assert_eq!(error.reason(), Some("deadline"));
    assert_eq!(runtime.metrics().instances_live, 0);
}

/// One thread, so that the guest's own yielding is all that lets the others through.
#[tokio::test]
async fn others_proceed_while_a_guest_computes_for_ever() {
    let runtime = Arc::new(runtime(&guest("(loop br 0) unreachable", "")));
    runtime.show(&address("b")).await.unwrap();
    let end = Instant::now() + Duration::from_millis(400);
    let runaway = tokio::spawn({
        let runtime = Arc::clone(&runtime);
        async move { runtime.change_by(&address("a"), Request::Clear, Options::default(), end).await }
    });
    tokio::task::yield_now().await;
    let mut took = Vec::new();
    while Instant::now() + Duration::from_millis(50) < end {
        let start = Instant::now();
        // A timer as well: it fires only if the executor gets round to its clock.
        tokio::time::sleep(Duration::from_millis(1)).await;
        runtime.show(&address("b")).await.unwrap();
        took.push(start.elapsed());
    }
    took.sort();
    // A tick, twice: one for the timer, one for the call. The median, for the machine's sake.
    assert!(took[took.len() / 2] < LATE, "{took:?}");
    assert_eq!(runaway.await.unwrap().unwrap_err().reason(), Some("deadline"));
}

#[test]
fn what_is_no_cart_is_refused_at_the_start() {
    for bytes in [&b"no wasm"[..], &wat::parse_str("(component)").unwrap(), &wat::parse_str("(module)").unwrap()] {
        let error = Runtime::new(bytes, Shelf::new(), config()).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported, "{error}");
    }
}
