//! What holds for every input: the JSON reader against a well-known one, the cart's invariants
//! after every step of random lists of commands, and what pricing promises for carts of every kind.

mod cart;
mod digest;
mod json;
mod mutations;
mod reference;
mod terms;
mod totals;

use proptest::test_runner::Config;

/// So many cases here; a hundred times as many with `--full`.
fn cases(n: u32) -> Config {
    Config {
        cases: if pushcart_tests::millions() { n * 100 } else { n },
        failure_persistence: None,
        ..Config::default()
    }
}
