//! What holds for every input: the JSON reader against a well-known one, and the cart's invariants
//! after every step of random lists of commands.

mod cart;
mod json;
mod reference;

use proptest::test_runner::Config;

/// So many cases here; ten times as many with `--full`.
fn cases(n: u32) -> Config {
    Config { cases: if pushcart_tests::full() { n * 10 } else { n }, failure_persistence: None, ..Config::default() }
}
