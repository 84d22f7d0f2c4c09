//! The phases that act on the cart as a whole: shipping, taxable, and the three after tax.

use super::{Acted, Books, Line, Pipeline, acted};
use crate::reference::number::{Q, zero};
use num_traits::Signed;

impl Pipeline<'_> {
    /// Shipping: a rate is on the goods; all else is on the shipping book. What raises it is shared by the goods, what
    /// lowers it by the lines' shares of it.
    pub(super) fn shipping(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.all_lines();
        let book = books.book(|line| &line.shipping);
        let base = if condition.is_rate() { books.book(|line| &line.goods) } else { book.clone() };
        let change = self.one(condition, Self::exact(&condition.change, &base), &book);
        let of: fn(&Line) -> &Q = if change.amount.is_negative() { |line| &line.shipping } else { |line| &line.goods };
        let shares = self.share(&change.amount, &lines, &books.column(&lines, of), books);
        for (line, share) in books.lines.iter_mut().zip(&shares) {
            line.shipping += share;
            *line.shares.entry("shipping").or_insert_with(zero) += share;
        }
        acted(base, change)
    }

    /// Taxable: on B. More goes to the fees and to B, less to the reductions and off B; shared by the goods.
    pub(super) fn taxable(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.all_lines();
        let base = books.book(|line| &line.taxable);
        let change = self.one(condition, Self::exact(&condition.change, &base), &base);
        let shares = self.share(&change.amount, &lines, &books.column(&lines, |line| &line.goods), books);
        for (line, share) in books.lines.iter_mut().zip(&shares) {
            line.taxable += share;
            *line.shares.entry("taxable").or_insert_with(zero) += share;
        }
        books.fee_or_reduction(&change.amount);
        acted(base, change)
    }

    /// Payment, custom, grand_total: on all that is to be paid so far. More is a fee, less a reduction; shared by the
    /// goods. Untaxed.
    pub(super) fn rest(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.all_lines();
        let base = books.total();
        let change = self.one(condition, Self::exact(&condition.change, &base), &base);
        let shares = self.share(&change.amount, &lines, &books.column(&lines, |line| &line.goods), books);
        for (line, share) in books.lines.iter_mut().zip(&shares) {
            *line.shares.entry(condition.target.phase).or_insert_with(zero) += share;
        }
        books.fee_or_reduction(&change.amount);
        acted(base, change)
    }
}
