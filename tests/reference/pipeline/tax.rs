//! Taxes on top of the prices, and taxes that the prices contain.

use super::{Acted, Books, Line, Pipeline, acted};
use crate::reference::cart::Change;
use crate::reference::number::{Q, larger, sum, whole, zero};
use num_traits::Signed;

impl Pipeline<'_> {
    /// What the lines of a step hold of B. Rounding may take a single line below zero, a base never.
    fn taxable_base(&self, step: usize, books: &Books) -> Q {
        larger(sum(&books.column(self.lines(step), |line| &line.taxable)), zero())
    }

    /// Tax: a rate is on B, and every rate on the same B, plus the amounts of the earlier taxes that it names; for items,
    /// on what the matching lines hold of all that. All else is on the tax that these lines have so far. What
    /// raises it is shared by the lines' parts of B, what lowers it by their parts of the tax.
    pub(super) fn tax(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.lines(step).to_vec();
        let book = sum(&books.column(&lines, |line| &line.tax));
        let mut base = book.clone();
        let mut missing = Vec::new();
        if condition.is_rate() {
            base = self.taxable_base(step, books);
            for name in &condition.compound_on {
                let earlier: Vec<&Vec<Q>> =
                    books.taxes.iter().filter(|(each, _)| each == name).map(|(_, shares)| shares).collect();
                if earlier.is_empty() {
                    missing.push(name.clone());
                }
                for shares in earlier {
                    base += sum(lines.iter().map(|&line| &shares[line]));
                }
            }
        }
        let change = self.one(condition, Self::exact(&condition.change, &base), &book);
        let of: fn(&Line) -> &Q = if change.amount.is_negative() { |line| &line.tax } else { |line| &line.taxable };
        let shares = self.share(&change.amount, &lines, &books.column(&lines, of), books);
        let mut by_line = vec![zero(); books.lines.len()];
        for (&number, share) in lines.iter().zip(&shares) {
            let line = &mut books.lines[number];
            line.tax += share;
            *line.shares.entry("tax").or_insert_with(zero) += share;
            by_line[number] = share.clone();
        }
        books.taxes.push((condition.name.clone(), by_line));
        Acted { missing, ..acted(base, change) }
    }

    /// A tax that the prices contain: base × r / (100 + the rates of all included taxes on the same lines that apply).
    /// Reported, and in no book, so nothing cuts it.
    pub(super) fn included_tax(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let base = self.taxable_base(step, books);
        let rate = |step: usize| match &self.steps[step].condition.change {
            Change::Percent(rate) => rate.clone(),
            _ => panic!("an included tax is a percentage"),
        };
        let rates = (0..self.steps.len())
            .filter(|&other| self.shares_its_base(step, other))
            .fold(zero(), |rates, other| rates + rate(other));
        let exact = &base * rate(step) / (whole(100) + rates);
        acted(base, self.one(condition, exact, &zero()))
    }

    /// Whether another included tax is on the same set of lines, and applies. In a group that is not decided yet, an
    /// exclusive one will be won by its first member; of one that takes the best nothing can be said, and none counts.
    fn shares_its_base(&self, step: usize, other: usize) -> bool {
        let condition = self.steps[other].condition;
        if other == step {
            return true;
        }
        if condition.target.phase != "tax" || !condition.included {
            return false;
        }
        if self.steps[other].standing.as_ref().ok() != self.steps[step].standing.as_ref().ok() {
            return false;
        }
        match &condition.group {
            None => true,
            Some(_) if condition.group == self.steps[step].condition.group => false,
            Some(group) => match self.winners.get(group) {
                Some(winner) => *winner == other,
                None => !condition.best && self.members(group).first() == Some(&other),
            },
        }
    }
}
