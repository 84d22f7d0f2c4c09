//! The product against the reference: random carts with everything that conditions can have, figure by
//! figure and entry by entry.

use super::terms::Priced;
use pushcart_tests::millions;
use pushcart_tests::reference::{compare, random, totals};
use std::thread;

/// 10^4 carts in CI, 10^6 in full.
const CARTS: u64 = 10_000;

#[test]
fn the_product_agrees_with_the_reference() {
    let carts = if millions() { CARTS * 100 } else { CARTS };
    let threads = thread::available_parallelism().map_or(2, |threads| threads.get() as u64);
    let check = |seed: u64| {
        let (request, terms) = (random::random_cart(seed), random::random_terms(seed));
        let cart = Priced::new(&request, &terms).answer;
        if !cart.is_null()
            && let Err(difference) = compare(&cart["totals"], &totals(&cart, &terms))
        {
            panic!("seed {seed}: {difference}\n{request}");
        }
    };
    thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || (first..carts).step_by(threads as usize).for_each(check));
        }
    });
}
