//! Which products are in the cart, by the ids of its lines.

use super::{Facts, Is, Row, on_cart};

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_cart(("has-item", &["id"]), &[("id", Is::Text)], |args, facts| has(facts, args.text(0))),
    on_cart(("missing-item", &["id"]), &[("id", Is::Text)], |args, facts| !has(facts, args.text(0))),
    on_cart(("item-list-includes-any", &["ids"]), &[("ids", Is::Texts)], |args, facts| {
        args.texts(0).iter().any(|id| has(facts, id))
    }),
    on_cart(("item-list-includes-all", &["ids"]), &[("ids", Is::Texts)], |args, facts| {
        args.texts(0).iter().all(|id| has(facts, id))
    }),
];

fn has(facts: &Facts<'_>, id: &str) -> bool {
    facts.cart.item(id).is_some()
}
