//! The product against the reference: random carts with everything that conditions can have, figure by
//! figure and entry by entry.

use pushcart::cart::Settings;
use pushcart::id::Entropy;
use pushcart::rule::Zone;
use pushcart::service::{Call, Given, Options, Request, Service};
use pushcart::storage::{Memory, at_once};
use pushcart::time::Timestamp;
use pushcart_tests::reference::{compare, random, totals};
use pushcart_tests::{address, full, parse};

/// 10^4 carts in CI, 10^6 in full.
const CARTS: u64 = 10_000;

#[test]
fn the_product_agrees_with_the_reference() {
    let carts = if full() { CARTS * 100 } else { CARTS };
    let mut refused = 0;
    for seed in 0..carts {
        let terms = random::random_terms(seed);
        let request = random::random_cart(seed);
        let zones = terms.zones.iter().map(|(name, offset)| Zone {
            name: name.as_str().into(),
            offset_s: *offset,
            until: None,
        });
        let call = Call {
            address: address(),
            now: Timestamp::from_ms(terms.at_ms),
            at: None,
            entropy: Entropy([seed, 1, 2, 3]),
            settings: Settings { tax_shipping: terms.tax_shipping, ..Settings::default() },
            given: Given { zones: zones.collect(), ..Given::default() },
        };
        let service = Service::new(Memory::default());
        let request_body = Request::Change(request.to_string());
        let answer = at_once(service.change(&call, &request_body, &Options::default())).expect("memory never waits");
        let cart = match answer {
            Ok(answer) => parse(&answer.body)["cart"].clone(),
            Err(error) => {
                eprintln!("seed {seed}: {error:?}");
                refused += 1;
                assert!(refused < 10, "the generator makes what the product refuses");
                continue;
            }
        };
        if cart["exists"] == false {
            continue;
        }
        if let Err(difference) = compare(&cart["totals"], &totals(&cart, &terms)) {
            panic!("seed {seed}: {difference}\n{request}");
        }
    }
    assert!(refused == 0, "{refused} of {carts} carts were refused");
}
