//! The component against the core as it is, both over the memory driver: what WebAssembly, its
//! boundary and the runtime around it cost.
//!
//! `PUSHCART_BENCH_COMPONENT` may name components of other builds, separated by colons: each is
//! measured in turn with the rest, which is how compiler options are chosen.

use crate::carts::{Component, Native};
use crate::turns::{Side, Table, Target, measure as in_turns};
use criterion::Criterion;
use pushcart::storage::Memory;
use std::sync::Arc;

const COMPONENT_TO_NATIVE: f64 = 2.5;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let other_builds: Vec<(String, Vec<u8>)> = std::env::var("PUSHCART_BENCH_COMPONENT")
        .unwrap_or_default()
        .split(':')
        .filter(|path| !path.is_empty())
        .map(|path| (path.to_owned(), std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"))))
        .collect();
    for (lines, ns) in [(10, 15_000.0), (100, 60_000.0)] {
        let mut native = Native::new(lines);
        let mut component = Component::new(&tokio, Arc::new(Memory::default()), lines);
        let mut forgetful = Component::without_memo(&tokio, Arc::new(Memory::default()), lines);
        let mut others: Vec<(&str, Component<'_>)> = other_builds
            .iter()
            .map(|(name, bytes)| (&**name, Component::of(bytes, &tokio, Arc::new(Memory::default()), lines)))
            .collect();
        let mut sides = vec![Side::new("native", |times| native.adds(times))];
        sides.extend(others.iter_mut().map(|(name, other)| Side::new(name, |times| other.adds(times))));
        sides.push(Side::new("component, runtime", |times| component.adds(times)));
        let target = Target { ratio: Some(COMPONENT_TO_NATIVE), ns: Some(ns) };
        in_turns(criterion, table, &format!("memory: add, {lines} lines"), target, 16, sides);
        let sides = vec![
            Side::new("native", |times| native.totals(times)),
            Side::new("component, runtime, unchanged cart", |times| component.totals(times)),
            Side::new("component, runtime, each time anew", |times| forgetful.totals(times)),
        ];
        in_turns(criterion, table, &format!("memory: totals, {lines} lines"), Target::default(), 16, sides);
    }
    let mut component = Component::new(&tokio, Arc::new(Memory::default()), 1);
    let sides = vec![Side::new("component, runtime", |times| component.nothings(times))];
    in_turns(criterion, table, "memory: a cart that is not there", Target::default(), 16, sides);
}
