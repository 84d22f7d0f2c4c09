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

pub(super) struct Lines<'c> {
    items: &'c [Item],
    /// L in the item phases; with the shares of cart_subtotal thereafter.
    goods: Vec<i64>,
    /// L as the item phases left it; empty until cart_subtotal changes it.
    before: Vec<i64>,
    /// U: the price of a unit as the item phases changed it; empty until one does.
    unit: Vec<i64>,
    /// The shares of the taxable amount; empty until the phase tax begins.
    taxable: Vec<i64>,
    /// The shares of each phase after cart_subtotal; empty while there are none.
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
    column.iter().try_fold(Amount::ZERO, |sum, part| sum.plus(Amount::new(*part)?))
}

impl<'c> Lines<'c> {
    /// The lines before any condition, and what they come to.
    pub(super) fn new(items: &'c [Item]) -> Result<(Self, Amount)> {
        let mut goods = Vec::with_capacity(items.len());
        let mut sum = Amount::ZERO;
        for item in items {
            let gross = item.price.times(i64::from(item.quantity))?;
            sum = sum.plus(gross)?;
            goods.push(gross.minor());
        }
        let lines = Lines {
            items,
            goods,
            before: Vec::new(),
            unit: Vec::new(),
            taxable: Vec::new(),
            shares: Default::default(),
            allocation: Allocation::new(),
        };
        Ok((lines, sum))
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
                    for (taxable, share) in self.taxable.iter_mut().zip(&self.shares[column(phase)]) {
                        *taxable += share;
                    }
                }
            }
        }
    }

    /// Shares `amount` out over some lines; where all weights are 0, by quantity.
    pub(super) fn share(&mut self, amount: Amount, lines: Range<usize>, phase: Phase, weights: Weights) -> Result<()> {
        if amount == Amount::ZERO {
            return Ok(());
        }
        let into = &mut self.shares[column(phase)];
        if phase != Phase::CartSubtotal {
            into.resize(self.goods.len(), 0);
        } else if self.before.is_empty() {
            self.before.clone_from(&self.goods);
        }
        let weights = match weights {
            Weights::Goods => &self.goods,
            Weights::Taxable => &self.taxable,
            Weights::Book => &*into,
        };
        divide(&mut self.allocation, amount, &weights[lines.clone()], &self.items[lines.clone()])?;
        let into = if phase == Phase::CartSubtotal { &mut self.goods } else { into };
        self.allocation.add_to(&mut into[lines]);
        Ok(())
    }

    /// Makes a change in an item phase.
    pub(super) fn change(&mut self, effect: Effect, lines: Range<usize>, application: Application) -> Result<Changed> {
        match application {
            Application::PerUnit => self.change_units(effect, lines),
            Application::PerItem => self.change_items(effect, lines),
            Application::PerGroup | Application::Aggregate => self.change_sum(effect, lines),
        }
    }

    fn change_units(&mut self, effect: Effect, lines: Range<usize>) -> Result<Changed> {
        if self.unit.is_empty() {
            self.unit.extend(self.items.iter().map(|item| item.price.minor()));
        }
        let (mut base, mut units) = (Amount::ZERO, 0);
        let (mut amount, mut cut_off) = (Amount::ZERO, Amount::ZERO);
        let columns = self.unit[lines.clone()].iter_mut().zip(&mut self.goods[lines.clone()]);
        for ((unit, goods), item) in columns.zip(&self.items[lines]) {
            let quantity = i64::from(item.quantity);
            let (price, line) = (Amount::new(*unit)?, Amount::new(*goods)?);
            let (per_unit, cut) = effect.on(price, price)?;
            let wanted = per_unit.times(quantity)?;
            // An earlier change on the line may have left less than its units are worth.
            let change = wanted.max(line.negated());
            base = base.plus(price.times(quantity)?)?;
            units += quantity;
            amount = amount.plus(change)?;
            cut_off = cut_off.plus(cut.times(quantity)?)?.plus(change.minus(wanted)?)?;
            *unit = price.plus(per_unit)?.minor();
            *goods = line.plus(change)?.minor();
        }
        Ok(Changed { base, exact: effect.exact(base, units), amount, cut_off })
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
        Ok(Changed { base, exact: effect.exact(base, count), amount, cut_off })
    }

    fn change_sum(&mut self, effect: Effect, lines: Range<usize>) -> Result<Changed> {
        let base = self.goods(lines.clone())?;
        let (amount, cut_off) = effect.on(base, base)?;
        let goods = &mut self.goods[lines.clone()];
        divide(&mut self.allocation, amount, goods, &self.items[lines])?;
        self.allocation.add_to(goods);
        Ok(Changed { base, exact: effect.exact(base, 1), amount, cut_off })
    }

    /// What each line costs.
    pub(super) fn totals(&self) -> Result<Vec<LineTotal<'c>>> {
        let before = if self.before.is_empty() { &self.goods } else { &self.before };
        let mut totals = Vec::with_capacity(self.items.len());
        for ((item, goods), before) in self.items.iter().zip(&self.goods).zip(before) {
            // The first step multiplied the same, and it fitted.
            let gross = item.price.minor() * i64::from(item.quantity);
            let net = Amount::new(*goods)?;
            totals.push(LineTotal {
                id: &item.id,
                gross: Amount::new(gross)?,
                item_adjustments: Amount::new(before - gross)?,
                net,
                shares: Shares::of_goods(Amount::new(goods - before)?),
                total: net,
            });
        }
        for (phase, column) in self.shares.iter().enumerate() {
            for (line, share) in totals.iter_mut().zip(column) {
                let share = Amount::new(*share)?;
                line.shares.set(phase, share);
                line.total = line.total.plus(share)?;
            }
        }
        Ok(totals)
    }
}

/// Divides `amount` by `weights`; where all of them are 0, by quantity.
fn divide(allocation: &mut Allocation, amount: Amount, weights: &[i64], items: &[Item]) -> Result<()> {
    if weights.iter().any(|weight| *weight > 0) {
        return allocation.divide(amount, weights);
    }
    let quantities: Vec<i64> = items.iter().map(|item| i64::from(item.quantity)).collect();
    allocation.divide(amount, &quantities)
}
