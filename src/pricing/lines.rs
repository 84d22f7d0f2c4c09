//! The lines' amounts, in columns, and the sharing out of changes over them.
//!
//! Columns, because every condition walks one or two of them from end to end; a column of shares
//! exists only once its phase has shared something out.

use super::change::Effect;
use super::{LineTotal, Shares};
use crate::cart::Item;
use crate::condition::{Application, Phase};
use crate::error::Result;
use crate::money::{Allocation, Amount, Exact};
use core::ops::Range;

pub(super) struct Lines {
    quantity: Vec<i64>,
    /// U: the price of a unit, as the item phases changed it.
    unit: Vec<i64>,
    /// L in the item phases; with the shares of cart_subtotal thereafter.
    goods: Vec<i64>,
    /// The shares of the taxable amount; empty until the phase tax begins.
    taxable: Vec<i64>,
    /// The shares of each phase after the item phases; empty while there are none.
    shares: [Vec<i64>; Shares::PHASES],
    allocation: Allocation,
}

/// By what a change is shared out.
#[derive(Clone, Copy)]
pub(super) enum Weights {
    /// The lines' goods.
    Goods,
    /// Their shares of the taxable amount.
    Taxable,
    /// Their shares of the phase's own book.
    Book,
}

/// What an item phase did to the lines, summed over units, lines or the aggregate.
pub(super) struct Changed {
    pub(super) base: Amount,
    pub(super) exact: Exact,
    pub(super) amount: Amount,
    pub(super) cut_off: Amount,
}

fn column(phase: Phase) -> usize {
    phase as usize - Phase::CartSubtotal as usize
}

fn sum(column: &[i64]) -> Result<Amount> {
    column
        .iter()
        .try_fold(Amount::ZERO, |sum, part| sum.plus(Amount::new(*part)?))
}

impl Lines {
    /// The lines before any condition, and what they come to.
    pub(super) fn new(items: &[Item]) -> Result<(Self, Amount)> {
        let mut lines = Lines {
            quantity: Vec::with_capacity(items.len()),
            unit: Vec::with_capacity(items.len()),
            goods: Vec::with_capacity(items.len()),
            taxable: Vec::new(),
            shares: Default::default(),
            allocation: Allocation::new(),
        };
        let mut goods = Amount::ZERO;
        for item in items {
            let gross = item.price.times(i64::from(item.quantity))?;
            goods = goods.plus(gross)?;
            lines.quantity.push(i64::from(item.quantity));
            lines.unit.push(item.price.minor());
            lines.goods.push(gross.minor());
        }
        Ok((lines, goods))
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.goods.len()
    }

    /// The goods of some lines.
    pub(super) fn goods(&self, lines: Range<usize>) -> Result<Amount> {
        sum(&self.goods[lines])
    }

    /// Some lines' shares of the taxable amount.
    pub(super) fn taxable(&self, lines: Range<usize>) -> Result<Amount> {
        // A line's share can round to just below 0 where a reduction was shared by other weights.
        sum(&self.taxable[lines]).map(|sum| sum.max(Amount::ZERO))
    }

    /// Some lines' shares of a phase.
    pub(super) fn shared(&self, lines: Range<usize>, phase: Phase) -> Result<Amount> {
        sum(self.shares[column(phase)].get(lines).unwrap_or_default())
    }

    /// Fixes the lines' shares of the taxable amount: tax does not change it.
    pub(super) fn prepare_tax(&mut self, with_shipping: bool) {
        if self.taxable.is_empty() {
            self.taxable.clone_from(&self.goods);
            for (phase, counts) in [(Phase::Shipping, with_shipping), (Phase::Taxable, true)] {
                if counts {
                    for (taxable, share) in self.taxable.iter_mut().zip(&self.shares[column(phase)])
                    {
                        *taxable += share;
                    }
                }
            }
        }
    }

    /// Shares `amount` out over some lines; where all weights are 0, by quantity.
    pub(super) fn share(
        &mut self,
        amount: Amount,
        lines: Range<usize>,
        phase: Phase,
        weights: Weights,
    ) -> Result<()> {
        if amount == Amount::ZERO {
            return Ok(());
        }
        let all = self.len();
        let into = &mut self.shares[column(phase)];
        into.resize(all, 0);
        let weights = match weights {
            Weights::Goods => &self.goods,
            Weights::Taxable => &self.taxable,
            Weights::Book => &*into,
        };
        let mut weights = &weights[lines.clone()];
        if weights.iter().all(|weight| *weight <= 0) {
            weights = &self.quantity[lines.clone()];
        }
        let shares = self.allocation.share(amount, weights)?;
        for (into, share) in into[lines.clone()].iter_mut().zip(shares) {
            *into += share;
        }
        if phase == Phase::CartSubtotal {
            for (goods, share) in self.goods[lines].iter_mut().zip(shares) {
                *goods += share;
            }
        }
        Ok(())
    }

    /// Makes a change in an item phase.
    pub(super) fn change(
        &mut self,
        effect: Effect,
        lines: Range<usize>,
        application: Application,
    ) -> Result<Changed> {
        match application {
            Application::PerUnit => self.change_units(effect, lines),
            Application::PerItem => self.change_items(effect, lines),
            Application::PerGroup | Application::Aggregate => self.change_sum(effect, lines),
        }
    }

    fn change_units(&mut self, effect: Effect, lines: Range<usize>) -> Result<Changed> {
        let (mut base, mut units, mut amount, mut cut_off) =
            (Amount::ZERO, 0, Amount::ZERO, Amount::ZERO);
        let columns = self.unit[lines.clone()]
            .iter_mut()
            .zip(&mut self.goods[lines.clone()])
            .zip(&self.quantity[lines]);
        for ((unit, goods), quantity) in columns {
            let (price, line) = (Amount::new(*unit)?, Amount::new(*goods)?);
            let (per_unit, cut) = effect.on(price, price)?;
            let wanted = per_unit.times(*quantity)?;
            // An earlier change on the line may have left less than the units are worth.
            let change = wanted.max(line.negated());
            base = base.plus(price.times(*quantity)?)?;
            units += quantity;
            amount = amount.plus(change)?;
            cut_off = cut_off
                .plus(cut.times(*quantity)?)?
                .plus(change.minus(wanted)?)?;
            *unit = price.plus(per_unit)?.minor();
            *goods = line.plus(change)?.minor();
        }
        Ok(Changed {
            base,
            exact: effect.exact(base, units),
            amount,
            cut_off,
        })
    }

    fn change_items(&mut self, effect: Effect, lines: Range<usize>) -> Result<Changed> {
        let (mut base, mut amount, mut cut_off) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
        let count = lines.len() as i64;
        for goods in &mut self.goods[lines] {
            let line = Amount::new(*goods)?;
            let (change, cut) = effect.on(line, line)?;
            base = base.plus(line)?;
            amount = amount.plus(change)?;
            cut_off = cut_off.plus(cut)?;
            *goods = line.plus(change)?.minor();
        }
        Ok(Changed {
            base,
            exact: effect.exact(base, count),
            amount,
            cut_off,
        })
    }

    fn change_sum(&mut self, effect: Effect, lines: Range<usize>) -> Result<Changed> {
        let base = self.goods(lines.clone())?;
        let (amount, cut_off) = effect.on(base, base)?;
        let weights = if base == Amount::ZERO {
            &self.quantity
        } else {
            &self.goods
        };
        let shares = self.allocation.share(amount, &weights[lines.clone()])?;
        for (goods, share) in self.goods[lines].iter_mut().zip(shares) {
            *goods += share;
        }
        Ok(Changed {
            base,
            exact: effect.exact(base, 1),
            amount,
            cut_off,
        })
    }

    /// What each line costs.
    pub(super) fn totals<'c>(&self, items: &'c [Item]) -> Result<Vec<LineTotal<'c>>> {
        let mut totals = Vec::with_capacity(items.len());
        for (line, item) in items.iter().enumerate() {
            let mut shares = [Amount::ZERO; Shares::PHASES];
            let mut after = Amount::ZERO;
            for (phase, column) in self.shares.iter().enumerate() {
                if let Some(share) = column.get(line) {
                    shares[phase] = Amount::new(*share)?;
                    after = after.plus(shares[phase])?;
                }
            }
            let of_subtotal = shares[column(Phase::CartSubtotal)];
            let gross = item.price.times(i64::from(item.quantity))?;
            let net = Amount::new(self.goods[line])?;
            totals.push(LineTotal {
                id: &item.id,
                gross,
                item_adjustments: net.minus(of_subtotal)?.minus(gross)?,
                net,
                shares: Shares::new(shares),
                total: net.plus(after.minus(of_subtotal)?)?,
            });
        }
        Ok(totals)
    }
}
