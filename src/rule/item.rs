//! What a line is like, as it is stored: price and quantity before conditions.
//!
//! Under scope items these are judged line by line; on the cart as a whole they mean "any line".

use super::{Args, Is, Row, on_line};
use crate::cart::Item;
use crate::json::Plain;

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    on_line(("item-attribute-equals", &["attribute", "value"]), &[ATTRIBUTE, ("value", Is::Value)], attribute),
    on_line(("item-attribute-in", &["attribute", "values"]), &[ATTRIBUTE, ("values", Is::Values)], attribute),
    on_line(("item-quantity-at-least", &["quantity"]), QUANTITY, |args, item| quantity(item) >= args.integer(0)),
    on_line(("item-quantity-at-most", &["quantity"]), QUANTITY, |args, item| quantity(item) <= args.integer(0)),
    on_line(("item-price-at-least", &["amount"]), AMOUNT, |args, item| item.price.minor() >= args.integer(0)),
    on_line(("item-price-at-most", &["amount"]), AMOUNT, |args, item| item.price.minor() <= args.integer(0)),
    on_line(("item-total-at-least", &["amount"]), AMOUNT, |args, item| total(item) >= args.integer(0)),
    on_line(("item-total-at-most", &["amount"]), AMOUNT, |args, item| total(item) <= args.integer(0)),
    on_line(("item-has-condition", &["condition"]), &[("condition", Is::Text)], |args, item| {
        item.conditions.iter().any(|condition| *condition.name == *args.text(0))
    }),
    on_line(("item-id-prefix", &["prefix"]), &[("prefix", Is::Text)], |args, item| item.id.starts_with(args.text(0))),
];

/// Its name, or its path inside objects.
const ATTRIBUTE: (&str, Is) = ("attribute", Is::Text);
const QUANTITY: &[(&str, Is)] = &[("quantity", Is::Count)];
const AMOUNT: &[(&str, Is)] = &[("amount", Is::Amount)];

/// An attribute is one of the values; one that is not there is null.
fn attribute(args: &Args, item: &Item) -> bool {
    let found = item.attributes.as_ref().and_then(|attributes| attributes.find(args.text(0)));
    args.is_any(1, &Plain::of_maybe(found))
}

fn quantity(item: &Item) -> i64 {
    i64::from(item.quantity)
}

fn total(item: &Item) -> i64 {
    item.price.minor().saturating_mul(quantity(item))
}
