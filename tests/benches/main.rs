//! What a cart costs: each figure beside its yardstick, measured in turns, with the ratio at the end.
//!
//! Ratios, because a figure alone says more about the machine than about the cart. `cargo bench -p
//! pushcart-tests` takes a few minutes; `-- --quick` is the short form, `-- sqlite` only what has
//! that word in its name.

mod carts;
mod core;
mod http;
mod sqlite;
mod start;
mod totals;
mod turns;

use criterion::Criterion;
use std::time::Duration;
use turns::{SAMPLES, Table};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(6))
        .configure_from_args();
    let mut table = Table::default();
    totals::measure(&mut criterion, &mut table);
    core::measure(&mut criterion, &mut table);
    sqlite::measure(&mut criterion, &mut table);
    http::measure(&mut criterion, &mut table);
    if !std::env::args().any(|argument| argument == "--test") {
        start::measure(&mut table);
    }
    criterion.final_summary();
    table.print();
}
