//! How many WebAssembly instructions it takes to price a cart.
//!
//! Times depend on the machine and its mood; this count does not, so a test can hold pricing to it.
//! It is wasmtime's fuel, one for each instruction that runs, for [`pushcart::pricing::totals`] on a
//! loaded cart: with its allocations, without reading or writing JSON.

mod guest;

use guest::Guest;
use pushcart_tests::priced;

/// The cart that is counted.
const LINES: u32 = 200;
const CONDITIONS: u32 = priced::CONDITIONS.len() as u32;

/// What pricing it may take at most, whatever was recorded.
const MOST: u64 = 110_000;

/// The count that was last thought right.
const RECORDED: &str = include_str!("recorded");

#[test]
fn pricing_takes_no_more_instructions_than_it_did() {
    let found = Guest::new().totals(LINES, CONDITIONS);
    let recorded: u64 = RECORDED.trim().parse().expect("tests/fuel/recorded is one number");
    println!("{found} instructions for {LINES} lines and {CONDITIONS} conditions; recorded: {recorded}");
    assert!(
        found <= recorded + recorded / 10,
        "expected at most 10 % above the recorded {recorded} instructions, found {found}. If pricing does more than it \
         did, and is worth it, record the new count: echo {found} > tests/fuel/recorded"
    );
    assert!(found <= MOST, "expected at most {MOST} instructions, found {found}");
}

/// Where the instructions go: `cargo test -p pushcart-tests --test fuel -- --ignored --nocapture`.
#[test]
#[ignore = "a figure for people, not a check"]
fn what_each_condition_takes() {
    let mut guest = Guest::new();
    let mut before = [0.0; 2];
    for conditions in 0..=CONDITIONS {
        let found = [LINES, 2 * LINES].map(|lines| guest.totals(lines, conditions) as f64);
        let what = match conditions.checked_sub(1) {
            None => "the lines".to_owned(),
            Some(last) => {
                let (kind, value, target) = priced::CONDITIONS[last as usize];
                format!("{kind} {value} {target}")
            }
        };
        let [some, twice] = [found[0] - before[0], found[1] - before[1]];
        let each = (twice - some) / f64::from(LINES);
        println!("{:>8} {:>6.1} a line, {:>6.0} besides  {what}", some, each, some - each * f64::from(LINES));
        before = found;
    }
    println!("{:>8} together", before[0]);
}
