//! How much one condition changes one base.
//!
//! Always in the same steps: the exact change, rounded once, limited to ± cap, then cut so that the
//! book it is taken from stays at or above 0.

use crate::condition::{Adjustment, Change};
use crate::error::Result;
use crate::money::{Amount, Exact, Ratio, Rounding};

/// A condition's change, ready to be made on any number of bases.
#[derive(Clone, Copy)]
pub(super) struct Effect {
    part: Part,
    cap: Option<Amount>,
    rounding: Rounding,
}

#[derive(Clone, Copy)]
enum Part {
    /// A part of the base.
    Of(Ratio),
    /// The same on any base.
    Fixed(Amount),
}

impl Effect {
    /// `None` where the value divides by 0.
    pub(super) fn of(condition: &Adjustment, rounding: Rounding) -> Option<Self> {
        let part = match condition.value.change() {
            Change::Percent(ratio) | Change::Factor(ratio) | Change::Divisor(ratio) => Part::Of(ratio),
            Change::Amount(amount) => Part::Fixed(amount),
            Change::DivisionByZero => return None,
        };
        Some(Effect { part, cap: condition.cap, rounding })
    }

    /// The effect of what changes nothing.
    pub(super) fn nothing(rounding: Rounding) -> Self {
        Effect { part: Part::Fixed(Amount::ZERO), cap: None, rounding }
    }

    /// The exact change of `base`, which is the sum over `times` units, lines or other bases.
    pub(super) fn exact(&self, base: Amount, times: i64) -> Exact {
        match self.part {
            Part::Of(ratio) => ratio.of(base),
            Part::Fixed(amount) => Exact::whole(i128::from(amount.minor()) * i128::from(times)),
        }
    }

    /// Changes each of `bases` by a part of it, where nothing can be capped or cut: see
    /// [`Ratio::change_each`].
    pub(super) fn on_each(&self, bases: &mut [i64], sum: Amount) -> Option<i64> {
        match (self.part, self.cap) {
            (Part::Of(ratio), None) => ratio.change_each(bases, sum, self.rounding),
            _ => None,
        }
    }

    /// The change of `base` where at most `book` can be taken, and what the cut took away, as a
    /// positive amount.
    pub(super) fn on(&self, base: Amount, book: Amount) -> Result<(Amount, Amount)> {
        let mut wanted = match self.part {
            Part::Of(ratio) => ratio.rounded(base, self.rounding),
            Part::Fixed(amount) => i128::from(amount.minor()),
        };
        if let Some(cap) = self.cap {
            let cap = i128::from(cap.minor());
            wanted = wanted.clamp(-cap, cap);
        }
        let amount = wanted.max(-i128::from(book.minor()));
        Ok((Amount::from_wide(amount)?, Amount::from_wide(amount - wanted)?))
    }
}

/// True for a percentage above 0: in shipping and tax it is a rate on what is sold, where everything
/// else changes the book.
pub(super) fn is_rate(condition: &Adjustment) -> bool {
    matches!(condition.value.change(), Change::Percent(ratio) if ratio.num() > 0)
}

/// True for what acts first in shipping and tax: percentages and amounts above 0. Free shipping
/// then finds something to take off, whatever was entered first.
pub(super) fn is_raise(condition: &Adjustment) -> bool {
    is_rate(condition) || matches!(condition.value.change(), Change::Amount(amount) if amount > Amount::ZERO)
}
