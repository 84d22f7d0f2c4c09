//! How much is in the cart: lines are counted by `items`, pieces by `quantity`.

use super::{Facts, Is, Row, on_cart};

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_cart(("has-any-item", &[]), &[], |_, facts| lines(facts) >= 1),
    on_cart(("min-items", &["min"]), &[("min", Is::Count)], |args, facts| lines(facts) >= args.integer(0)),
    on_cart(("max-items", &["max"]), &[("max", Is::Count)], |args, facts| lines(facts) <= args.integer(0)),
    on_cart(("min-quantity", &["min"]), &[("min", Is::Count)], |args, facts| facts.quantity >= args.integer(0)),
    on_cart(("max-quantity", &["max"]), &[("max", Is::Count)], |args, facts| facts.quantity <= args.integer(0)),
];

fn lines(facts: &Facts<'_>) -> i64 {
    facts.cart.items.len() as i64
}
