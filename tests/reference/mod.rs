//! What a cart costs, read from the specification a second time: slow, obvious, in exact rationals, and without a line
//! of the product's. The properties hold the product against it.
//!
//! It takes a cart's Content and answers Totals. The cart is taken to be legal: whatever the product refuses at its door
//! is not judged here, and amounts beyond ±(2^53 − 1) are not refused.
//!
//! Where the specification leaves a choice, the most literal reading is taken:
//!
//! 1. *Order of the breakdown.* Applied entries stand in order of application; those that did not apply follow, in the
//!    order in which they would have come up. (The example in `wire.md` shows an unapplied cart_subtotal entry after the
//!    tax.) [`UNAPPLIED_LAST`] is the one place to change it.
//! 2. *Zero values.* 0 % and +0 are not positive: in shipping and tax they are no raise and no rate, so they come late and
//!    their base is the book.
//! 3. *compoundOn* is read on positive, not included percentages only; elsewhere it adds nothing and nothing is missing. An
//!    earlier tax counts by its shares on the matching lines even where that is 0; only a name that no applied entry
//!    has is missing.
//! 4. *Positive factors and divisors below one* in shipping and tax come late, act on the book, and as they raise it are
//!    shared like raises (goods; shares of B).
//! 5. *Payment, custom, grand_total* are shared by the lines' goods, as the list of details says of everything after the
//!    item phases, though a line's total can fall below 0 by it.
//! 6. *Filters with scope cart* choose nothing: the base is the whole cart, and `no_match` does not arise.
//! 7. *`of` in units* looks at all lines of the cart, also where the condition is a line's own. `units` that take nothing
//!    (`no_match`) are found before a division by zero.
//! 8. *A cut at L of a per_unit change* leaves U as the change made it. per_item, per_group and aggregate never change U.
//! 9. *Included taxes in a `best` group*: a member's hypothetical amount counts itself and no other member; while such a
//!    group is undecided, none of its members counts in Σ r of others. Included taxes have no book: no cut.
//! 10. *`included: true`* also stands on the entry of an included tax that does not apply; `missing` only on applied ones.
//! 11. *Weights below zero* (a taxable share that rounding took there) weigh nothing.
//! 12. *`shares`* is always there, empty where a line has none, and sums by phase; the item phases are in
//!     `itemAdjustments`. `byType` is always there too. Included taxes are in neither.
//! 13. *discount* sums the negative entries (each condition as a whole) of the item phases and cart_subtotal.
//! 14. *Rules*: `item-attribute-*` find an attribute as filters do, and a missing one equals null; `item-has-condition` reads
//!     the line's list as stored; an id or tag is compared as it is; a currency too; names of days in any case;
//!     `all` of nothing holds, `any` of nothing does not; unknown keys and bad parameters are `rule_error`, found before a
//!     missing zone in the same rule.
//! 15. *A base of several parts* (`per_unit`, `per_item`, `per_group`) is the sum of what each part acted on at that moment.
//! 16. *Text of filters* ends at the first `@` outside quotes and brackets; a backslash makes the next sign literal.

mod cart;
mod compare;
mod filter;
mod json;
mod number;
mod pipeline;
pub mod random;
mod rule;
mod share;
mod standing;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use compare::compare;

use cart::{Cart, is_item_phase};
use num_traits::{Signed, Zero};
use number::{Q, exact_text, sum, to_json, whole, zero};
use pipeline::{Books, Entry, Line};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What totals need beyond the cart.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The setting `pricing.tax_shipping`: whether shipping is part of the taxable amount.
    pub tax_shipping: bool,
    /// Now, in milliseconds since 1970.
    pub at_ms: i64,
    /// Offset from UTC in seconds at that moment, for each zone that the context knows.
    pub zones: BTreeMap<String, i32>,
}

/// Whether entries that did not apply follow those that did, or stand where they came up.
pub const UNAPPLIED_LAST: bool = true;

/// The Totals of a cart, from its Content.
pub fn totals(cart: &Value, terms: &Terms) -> Value {
    let cart = cart::read(cart);
    let (books, mut entries) = pipeline::run(&cart, terms);
    if UNAPPLIED_LAST {
        entries.sort_by_key(|entry| entry.outcome.is_err());
    }
    figures(&cart, &books, &entries)
}

fn figures(cart: &Cart, books: &Books, entries: &[Entry]) -> Value {
    let book = |of: fn(&Line) -> &Q| sum(books.lines.iter().map(of));
    let applied: Vec<(&Entry, &Q)> =
        entries.iter().filter_map(|entry| Some((entry, &entry.outcome.as_ref().ok()?.amount))).collect();
    let counted = || applied.iter().filter(|(entry, _)| !entry.condition.included);

    // The discount is what the item phases and cart_subtotal took away; with the reductions it is what was saved.
    let early = |phase: &str| is_item_phase(phase) || phase == "cart_subtotal";
    let discount = counted()
        .filter(|(entry, amount)| early(entry.condition.target.phase) && amount.is_negative())
        .fold(zero(), |sum, (_, amount)| sum - *amount);
    let mut by_type: BTreeMap<&str, Q> = BTreeMap::new();
    for (entry, amount) in counted() {
        *by_type.entry(&entry.condition.kind).or_insert_with(zero) += *amount;
    }
    let tax_included = applied.iter().filter(|(entry, _)| entry.condition.included).map(|(_, amount)| *amount);
    let plain: Vec<Q> = cart.items.iter().map(|item| &item.price * &item.quantity).collect();

    json!({
        "currency": cart.currency,
        "quantity": to_json(&sum(cart.items.iter().map(|item| &item.quantity))),
        "lines": to_json(&whole(cart.items.len() as i64)),
        "breakdown": entries.iter().map(|entry| entry_json(entry, &cart.items)).collect::<Vec<_>>(),
        "lineTotals": cart.items.iter().zip(&books.lines).map(|(item, line)| line_json(item, line)).collect::<Vec<_>>(),
        "subtotalWithoutConditions": to_json(&sum(&plain)),
        "subtotal": to_json(&book(|line| &line.goods)),
        "discount": to_json(&discount),
        "shipping": to_json(&book(|line| &line.shipping)),
        "fees": to_json(&books.fees),
        "tax": to_json(&book(|line| &line.tax)),
        "taxIncluded": to_json(&sum(tax_included)),
        "adjustments": to_json(&-books.reductions.clone()),
        "total": to_json(&books.total()),
        "savings": to_json(&(&discount + &books.reductions)),
        "byType": without_zeros(&by_type),
    })
}

/// Figures by name; those that are zero are left out.
fn without_zeros(figures: &BTreeMap<&str, Q>) -> Value {
    let kept = figures.iter().filter(|(_, figure)| !figure.is_zero());
    Value::Object(kept.map(|(name, figure)| ((*name).to_owned(), to_json(figure))).collect())
}

/// A line: gross is price × quantity; net its part of the subtotal; the total its part of the total.
fn line_json(item: &cart::Item, line: &Line) -> Value {
    let later = line.shares.iter().filter(|(phase, _)| **phase != "cart_subtotal").map(|(_, share)| share);
    json!({
        "id": item.id,
        "gross": to_json(&(&item.price * &item.quantity)),
        "itemAdjustments": to_json(&line.item_adjustments),
        "net": to_json(&line.goods),
        "shares": without_zeros(&line.shares),
        "total": to_json(&(&line.goods + sum(later))),
    })
}

/// An entry: what the condition did, or why it did nothing.
fn entry_json(entry: &Entry, items: &[cart::Item]) -> Value {
    let condition = entry.condition;
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.into(), value);
    put("name", condition.name.as_str().into());
    put("type", condition.kind.as_str().into());
    put("phase", condition.target.phase.into());
    if let Some(line) = condition.owner {
        put("item", items[line].id.as_str().into());
    }
    match &entry.outcome {
        Ok(acted) => {
            put("applied", true.into());
            put("base", to_json(&acted.base));
            put("exact", exact_text(&acted.exact).into());
            put("amount", to_json(&acted.amount));
            if !acted.cut_off.is_zero() {
                put("cutOff", to_json(&acted.cut_off));
            }
            if !acted.missing.is_empty() {
                put("missing", acted.missing.clone().into());
            }
        }
        Err(reason) => {
            put("applied", false.into());
            put("reason", (*reason).into());
            put("amount", 0.into());
        }
    }
    if condition.included {
        put("included", true.into());
    }
    Value::Object(fields)
}
