//! What the cart is worth: all amounts are those of the goods before conditions, so that no rule
//! depends on what another condition did. `total-…` are other names of `subtotal-…`.

use super::{Is, Row, on_cart};

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_cart(("subtotal-at-least", &["amount"]), &[("amount", Is::Amount)], |args, facts| {
        facts.worth() >= args.integer(0)
    }),
    on_cart(("subtotal-below", &["amount"]), &[("amount", Is::Amount)], |args, facts| facts.worth() < args.integer(0)),
    on_cart(("subtotal-between", &["min", "max"]), RANGE, |args, facts| args.range().contains(&facts.worth())),
    on_cart(("total-at-least", &["amount"]), &[("amount", Is::Amount)], |args, facts| facts.worth() >= args.integer(0)),
    on_cart(("total-below", &["amount"]), &[("amount", Is::Amount)], |args, facts| facts.worth() < args.integer(0)),
    on_cart(("total-between", &["min", "max"]), RANGE, |args, facts| args.range().contains(&facts.worth())),
    on_cart(("currency-is", &["currency"]), &[("currency", Is::Currency)], |args, facts| {
        facts.cart.currency.code() == args.text(0)
    }),
];

const RANGE: &[(&str, Is)] = &[("min", Is::Amount), ("max", Is::Amount)];
