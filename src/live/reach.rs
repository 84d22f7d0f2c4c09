//! How much a cart may hold so that its conditions cannot carry any amount past the bound.
//!
//! A change is refused where an amount would leave ±(2^53 - 1). To know that, the cart must be priced. This
//! bound is known beforehand, so that a change which stays below it need not be priced to be accepted.

use crate::cart::Cart;
use crate::condition::{Body, Change, Condition, Outside};

/// Far below 2^53, so that no care is needed about what is summed where.
const BOUND: u128 = 1 << 50;

/// A fixed amount acts once for each piece, at most; a cart holds no more of them than this.
const PIECES_MAX: u128 = 1 << 24;

/// Goods up to this (in minor units) are priced without passing the bound; `None` where that cannot be told.
///
/// Every condition adds at most its part of everything there is by then, or its amount for each piece. So
/// goods of `g` come to at most `(g + Σ amounts) × Π (1 + parts)`.
pub(super) fn goods_max(cart: &Cart, outside: &Outside) -> Option<i64> {
    if !outside.catalogue.is_empty() || !outside.provided.is_empty() {
        return None;
    }
    let (mut factor, mut added) = (1u128, 0u128);
    let mut count = |condition: &Condition| {
        let does = match &condition.body {
            Body::Own(does) => does,
            Body::Unread { .. } | Body::Catalogue(_) => return,
        };
        match does.value.change() {
            Change::Percent(part) | Change::Factor(part) | Change::Divisor(part) => {
                let part = part.num().unsigned_abs().div_ceil(part.den().unsigned_abs().max(1));
                factor = factor.saturating_mul(1 + u128::from(part));
            }
            Change::Amount(amount) => {
                added = added.saturating_add(u128::from(amount.minor().unsigned_abs()).saturating_mul(PIECES_MAX));
            }
            Change::DivisionByZero => {}
        }
    };
    cart.items.iter().flat_map(|item| &item.conditions).for_each(&mut count);
    cart.conditions.iter().for_each(&mut count);
    let goods = (BOUND / factor).checked_sub(added)?;
    i64::try_from(goods).ok().filter(|goods| *goods > 0)
}
