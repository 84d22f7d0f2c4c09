//! The books: what the goods, shipping, fees and tax come to, and what was taken off it all.
//!
//! INVARIANT: none is below 0, and neither is what is to be paid. Changes are cut before they get
//! here; what would pass 2^53 - 1 is refused.

use crate::error::Result;
use crate::money::Amount;

#[derive(Clone, Copy, Default)]
pub(super) struct Books {
    /// G: the sum of the lines' amounts.
    pub(super) goods: Amount,
    /// S
    pub(super) shipping: Amount,
    /// F
    pub(super) fees: Amount,
    /// T
    pub(super) tax: Amount,
    /// R, as a positive amount.
    pub(super) reductions: Amount,
    /// What the phase taxable added to B or, negative, took off it.
    taxable_shift: Amount,
}

impl Books {
    /// The books of a cart of these goods, before any condition.
    pub(super) fn of(goods: Amount) -> Self {
        Books { goods, ..Books::default() }
    }

    /// B: what is taxed.
    pub(super) fn taxable(&self, with_shipping: bool) -> Result<Amount> {
        let shipping = if with_shipping { self.shipping } else { Amount::ZERO };
        self.goods.plus(shipping)?.plus(self.taxable_shift)
    }

    /// P: what is to be paid, G + S + F + T - R.
    pub(super) fn payable(&self) -> Result<Amount> {
        // Summed wide, so that a large fee and a large reduction do not meet the bound on the way.
        let parts = [self.goods, self.shipping, self.fees, self.tax, self.reductions.negated()];
        Amount::from_wide(parts.into_iter().map(|part| i128::from(part.minor())).sum())
    }

    /// A raise is a fee, a reduction stands for itself.
    pub(super) fn charge(&mut self, change: Amount) -> Result<()> {
        if change >= Amount::ZERO {
            self.fees = self.fees.plus(change)?;
        } else {
            self.reductions = self.reductions.minus(change)?;
        }
        Ok(())
    }

    /// The same in the phase taxable, where it also moves B.
    pub(super) fn charge_taxable(&mut self, change: Amount) -> Result<()> {
        self.taxable_shift = self.taxable_shift.plus(change)?;
        self.charge(change)
    }
}
