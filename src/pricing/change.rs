//! How much one condition changes one base.
//!
//! Always in the same steps: the exact change, rounded once, limited to ± cap, then cut so that the
//! book it is taken from stays at or above 0.
//!
//! What is worked out on the way is in minor units that nobody has held against the bounds of an amount yet:
//! [`Changed::add`] does, for all of it, before anything is made of it.

use crate::condition::{Adjustment, Change};
use crate::error::Result;
use crate::money::{Amount, Exact, Ratio, Rounding};

/// What stands for everything that is too much for an amount: so far out of its bounds that no amount brings it back,
/// and so far from the end of 64 bits that a few of them can be added.
pub(super) const FAR: i64 = 1 << 60;

/// A condition's change, ready to be made on any number of bases.
#[derive(Clone, Copy)]
pub(super) struct Effect {
    part: Part,
    cap: i64,
    rounding: Rounding,
}

#[derive(Clone, Copy)]
enum Part {
    /// A part of the base.
    Of(Ratio),
    /// The same on any base.
    Fixed(Amount),
}

/// What a condition did: in the item phases summed over units, lines or groups.
pub(super) struct Changed {
    pub(super) base: i64,
    pub(super) amount: i64,
    pub(super) cut_off: i64,
    /// Over how many units, lines or other bases that is summed.
    pub(super) times: i64,
    pub(super) exact: Exact,
}

impl Changed {
    /// Nothing yet.
    pub(super) const fn nothing() -> Self {
        Changed { base: 0, amount: 0, cut_off: 0, times: 0, exact: Exact::whole(0) }
    }

    /// Adds a change, if everything stays an amount.
    pub(super) fn add(&mut self, base: i64, times: i64, amount: i64, cut_off: i64) -> Result<()> {
        self.base += base;
        self.times += times;
        self.amount += amount;
        self.cut_off += cut_off;
        Amount::check(self.base)?;
        Amount::check(self.amount)?;
        Amount::check(self.cut_off)
    }
}

impl Effect {
    /// What divides by 0 never holds, and would change nothing.
    pub(super) fn of(condition: &Adjustment, rounding: Rounding) -> Self {
        let part = match condition.value.change() {
            Change::Percent(ratio) | Change::Factor(ratio) | Change::Divisor(ratio) => Part::Of(ratio),
            Change::Amount(amount) => Part::Fixed(amount),
            Change::DivisionByZero => Part::Fixed(Amount::ZERO),
        };
        Effect { part, cap: condition.cap.map_or(i64::MAX, Amount::minor), rounding }
    }

    /// The exact change of `base`, which is the sum over `times` units, lines or other bases.
    pub(super) fn exact(&self, base: i64, times: i64) -> Exact {
        match self.part {
            Part::Of(ratio) => ratio.of(Amount::within(base)),
            Part::Fixed(amount) => Exact::whole(i128::from(amount.minor()) * i128::from(times)),
        }
    }

    /// Changes each of `bases` by a part of it, where nothing can be capped or cut: see
    /// [`Ratio::change_each`].
    pub(super) fn on_each(&self, bases: &mut [i64], sum: i64) -> Option<i64> {
        match self.part {
            Part::Of(ratio) if self.cap == i64::MAX => ratio.change_each(bases, Amount::within(sum), self.rounding),
            _ => None,
        }
    }

    /// The change of `base` where at most `book` can be taken, and what the cut took away, which is not below 0.
    pub(super) fn on(&self, base: i64, book: i64) -> (i64, i64) {
        let wanted = match self.part {
            Part::Of(ratio) => ratio.rounded_within(base, self.rounding, FAR),
            Part::Fixed(amount) => amount.minor(),
        };
        let wanted = wanted.min(self.cap).max(-self.cap);
        let amount = wanted.max(-book);
        (amount, amount - wanted)
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
