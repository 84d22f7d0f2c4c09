//! Whether a condition would apply, and to which lines: what can be told from the cart as stored, before any amount.

use super::Terms;
use super::cart::{Cart, Change, Condition, Units};
use super::filter::passes_all;
use super::number::{Q, smaller, sum, zero};
use super::rule::{holds_for, speaks_of_items};
use num_traits::Zero;

/// Why a condition does not apply.
pub(crate) type Reason = &'static str;

/// The lines that a condition would act on, or the first reason, in their order of precedence, why it would not.
/// (`group` comes last of all and is decided later.)
pub(crate) fn standing(condition: &Condition, cart: &Cart, terms: &Terms) -> Result<Vec<usize>, Reason> {
    // A cart without lines costs nothing, and says so of every condition.
    if cart.items.is_empty() {
        return Err("empty_cart");
    }
    // Rules are judged for the cart, unless they speak of items and the condition is for items: then line by line. An
    // error is an error of the whole tree, for whatever line.
    let at_cart = condition.rules.as_ref().map_or(Ok(true), |rules| holds_for(rules, cart, None, terms))?;
    let by_line = condition.rules.as_ref().filter(|rules| condition.target.items && speaks_of_items(rules));
    if by_line.is_none() && !at_cart {
        return Err("rule_not_met");
    }
    let mut lines: Vec<usize> = match condition.owner {
        Some(line) => vec![line],
        None => (0..cart.items.len()).collect(),
    };
    // Filters choose among lines; scope cart means all of them.
    if condition.target.items {
        lines.retain(|&line| passes_all(&cart.items[line], &condition.target.filters));
        if lines.is_empty() {
            return Err("no_match");
        }
    }
    if let Some(rules) = by_line {
        let mut met = Vec::new();
        for line in lines {
            if holds_for(rules, cart, Some(&cart.items[line]), terms)? {
                met.push(line);
            }
        }
        lines = met;
        if lines.is_empty() {
            return Err("rule_not_met");
        }
    }
    if let Some(units) = &condition.units
        && taken(units, cart, &lines).is_zero()
    {
        return Err("no_match");
    }
    if let Change::Divisor(divisor) = &condition.change
        && divisor.is_zero()
    {
        return Err("division_by_zero");
    }
    Ok(lines)
}

/// How many pieces `units` changes: for every so many pieces counted, so many taken, never more than `max`, never more
/// than the matching lines hold. Counted are the matching lines, or with `of` all lines of the cart that pass its filters.
pub(crate) fn taken(units: &Units, cart: &Cart, lines: &[usize]) -> Q {
    let pieces = |lines: &[usize]| sum(lines.iter().map(|&line| &cart.items[line].quantity));
    let counted = match &units.of {
        Some(filters) => sum(cart.items.iter().filter(|item| passes_all(item, filters)).map(|item| &item.quantity)),
        None => pieces(lines),
    };
    if units.every.is_zero() {
        return zero();
    }
    let mut k = (counted / &units.every).floor() * &units.take;
    if let Some(max) = &units.max {
        k = smaller(k, max.clone());
    }
    smaller(k, pieces(lines))
}
