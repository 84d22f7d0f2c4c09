//! The books: what the goods, shipping, fees and tax come to, and what was taken off it all.
//!
//! INVARIANT: none is below 0, and neither is what is to be paid. Changes are cut before they get
//! here; what would pass 2^53 - 1 is refused.

use super::change::FAR;
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
    /// B: what is taxed; out of an amount's bounds where that is.
    pub(super) fn taxable(&self, with_shipping: bool) -> i64 {
        let shipping = if with_shipping { self.shipping } else { Amount::ZERO };
        let sold = self.goods.minor() + shipping.minor();
        if Amount::is_within(sold) { sold + self.taxable_shift.minor() } else { FAR }
    }

    /// P: what is to be paid, G + S + F + T - R. It is summed before it is held against the bounds, so that a large fee
    /// and a large reduction do not meet them on the way.
    pub(super) fn payable(&self) -> i64 {
        let raised = self.goods.minor() + self.shipping.minor() + self.fees.minor() + self.tax.minor();
        raised - self.reductions.minor()
    }

    /// A raise is a fee, a reduction stands for itself. In the phase taxable a change also moves B.
    pub(super) fn charge(&mut self, change: i64, taxable: bool) -> Result<()> {
        if taxable {
            self.taxable_shift.raise(change)?;
        }
        if change >= 0 { self.fees.raise(change) } else { self.reductions.raise(-change) }
    }
}
