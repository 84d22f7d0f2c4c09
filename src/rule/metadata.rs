//! The shop's notes on the cart. A key that is not there has the value null.

use super::{Args, Facts, Is, Row, on_cart};
use crate::json::Plain;

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_cart(("has-metadata", &["key"]), &[KEY], |args, facts| !matches!(of(facts, args.text(0)), Plain::Null)),
    on_cart(("metadata-equals", &["key", "value"]), &[("value", Is::Value), KEY], is_any),
    on_cart(("metadata-not-equals", &["key", "value"]), &[("value", Is::Value), KEY], |args, facts| {
        !is_any(args, facts)
    }),
    on_cart(("metadata-in", &["key", "values"]), &[("values", Is::Values), KEY], is_any),
    on_cart(("metadata-contains", &["key", "contains"]), &[("contains", Is::Value), KEY], |args, facts| {
        args.values(0).iter().any(|part| of(facts, args.text(1)).contains(&Plain::of(part.as_str())))
    }),
    on_cart(("metadata-flag-true", &["key"]), &[KEY], |args, facts| of(facts, args.text(0)).is_truthy()),
];

const KEY: (&str, Is) = ("key", Is::Text);

/// The value of a metadata key.
pub(super) fn of<'c>(facts: &Facts<'c>, key: &str) -> Plain<'c> {
    Plain::of_maybe(facts.cart.metadata.iter().find(|(there, _)| **there == *key).map(|(_, value)| value.as_str()))
}

fn is_any(args: &Args, facts: &Facts<'_>) -> bool {
    args.is_any(0, &of(facts, args.text(1)))
}
