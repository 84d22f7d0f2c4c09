//! Pricing a loaded cart, without storage, JSON or WebAssembly: against integers by hand, over growing
//! carts, and as a part of the change that it follows.

use crate::carts::{Native, start};
use crate::turns::{Side, Table, Target, measure as in_turns};
use criterion::Criterion;
use pushcart::cart::Cart;
use pushcart::json::Reader;
use pushcart::pricing::{Terms, totals};
use pushcart::service::Request;
use pushcart::time::Timestamp;
use pushcart_tests::priced;
use pushcart_tests::yardstick::{Columns, Sums};
use std::hint::black_box;
use std::time::{Duration, Instant};

const PRICED_TO_YARDSTICK: f64 = 3.0;

/// The part of a change that pricing may be at most before it would pay to price only what changed.
const PRICED_TO_CHANGED: f64 = 0.1;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    against_the_yardstick(criterion, table);
    growing(criterion, table);
    after_a_change(criterion, table);
}

/// Prices a cart so many times.
fn price(cart: &Cart, times: u64) -> Duration {
    let begin = Instant::now();
    for _ in 0..times {
        drop(black_box(totals(black_box(cart), &Terms::at(Timestamp::from_ms(0)))));
    }
    begin.elapsed()
}

fn against_the_yardstick(criterion: &mut Criterion, table: &mut Table) {
    for lines in [10, 100, 1000] {
        let cart = priced::cart(lines, priced::CONDITIONS.len());
        let (columns, mut sums) = (Columns::of(lines), Sums::new(lines));
        sums.price(&columns);
        sums.assert_equals(&totals(&cart, &Terms::at(Timestamp::from_ms(0))).expect("small amounts"));
        // As pricing does, into an answer of its own; and, for what that costs, into the same one again.
        let by_hand = |times| {
            let begin = Instant::now();
            for _ in 0..times {
                let mut sums = Sums::new(lines);
                sums.price(black_box(&columns));
                drop(black_box(sums));
            }
            begin.elapsed()
        };
        let into_the_same = |times| {
            let begin = Instant::now();
            for _ in 0..times {
                sums.price(black_box(&columns));
                black_box(&mut sums);
            }
            begin.elapsed()
        };
        let sides = vec![
            Side::new("integers by hand", by_hand),
            Side::new("the same, into memory that is there", into_the_same),
            Side::new("pricing", |times| price(&cart, times)),
        ];
        let target = Target { ratio: Some(PRICED_TO_YARDSTICK), ns: None };
        in_turns(criterion, table, &format!("totals, {lines} lines, 5 conditions"), target, 16, sides);
    }
}

/// Makes a cart of so many lines and so many conditions.
type Make = fn(usize, usize) -> Cart;

/// What a line costs for each condition, which stays the same where nothing grows faster than the
/// cart.
fn growing(criterion: &mut Criterion, table: &mut Table) {
    // Plain conditions, which act on every line; and conditions that choose lines and each other.
    let kinds: [(&str, Make); 2] = [("plain", priced::cart), ("filters and groups", choosy)];
    for (kind, cart) in kinds {
        let sizes = [250, 500, 1000].into_iter().flat_map(|lines| [10, 25, 50].map(|conditions| (lines, conditions)));
        let carts: Vec<(String, Cart, u64)> = sizes
            .map(|(lines, conditions)| {
                let name = format!("{lines} lines × {conditions} conditions, {kind}");
                (name, cart(lines, conditions), (lines * conditions) as u64)
            })
            .collect();
        let sides = carts.iter().map(|(name, cart, parts)| Side::new(name, |times| price(cart, times)).per(*parts));
        in_turns(criterion, table, "totals, of a line and condition", Target::default(), 4, sides.collect());
    }
}

/// A cart whose conditions have filters, act by group, choose lines by rules, or stand in groups of which
/// one applies.
fn choosy(lines: usize, conditions: usize) -> Cart {
    let mut cart = priced::cart(lines, 0);
    cart.conditions = (0..conditions)
        .map(|n| {
            let more = match n % 5 {
                0 => r#""value":"-1%","target":"items:attributes.size in [S,M];price>=500@item_discount/per_item""#.into(),
                1 => r#""value":"-1%","target":"items@item_discount/per_group#attributes.size""#.into(),
                2 => r#""value":"+1%","target":"items:size=L@tax/aggregate""#.into(),
                3 => r#""value":"-1","target":"items@cart_subtotal/aggregate","rules":{"all":[{"min-items":{"min":2}},{"item-attribute-equals":{"attribute":"size","value":"XL"}}]}"#.into(),
                _ => format!(r#""value":"-{}%","group":"g{}","groupRule":"best""#, 1 + n % 7, n / 25),
            };
            let json = format!(r#"{{"name":"c{n}","type":"discount",{more}}}"#);
            let input = Reader::whole(&json, pushcart::wire::condition::read).expect("a condition");
            input.resolve(cart.currency, false).expect("a legal one")
        })
        .collect();
    cart
}

/// After a change everything is priced anew. That is a small part of the change, most of which is
/// reading and writing what is stored.
fn after_a_change(criterion: &mut Criterion, table: &mut Table) {
    let lines = 1000;
    let [items, _] = start(lines);
    let conditions = priced::CONDITIONS.map(|(kind, value, target)| {
        let body = format!(r#"{{"name":"{kind}","type":"{kind}","value":"{value}","target":"{target}"}}"#);
        Request::AddCondition { item: None, body }
    });
    let requests: Vec<Request> = [items].into_iter().chain(conditions).collect();
    let mut native = Native::of(lines, &requests);
    let cart = native.cart();
    let sides = vec![
        Side::new("the whole change of a quantity", |times| native.quantities(times)),
        Side::new("the pricing in it", |times| price(&cart, times)),
    ];
    let target = Target { ratio: Some(PRICED_TO_CHANGED), ns: None };
    in_turns(criterion, table, &format!("totals in a change, {lines} lines"), target, 4, sides);
}
