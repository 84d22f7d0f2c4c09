//! What other conditions the cart has: those in its own list, whether or not they apply just now, so
//! that no rule depends on another's verdict.

use super::{Is, Row, on_cart};

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_cart(("cart-condition-exists", &["condition"]), &[("condition", Is::Text)], |args, facts| {
        facts.cart.conditions.iter().any(|condition| *condition.name == *args.text(0))
    }),
    on_cart(("cart-condition-type-exists", &["type"]), &[("type", Is::Text)], |args, facts| {
        facts.cart.conditions.iter().any(|condition| *condition.kind == *args.text(0))
    }),
];
