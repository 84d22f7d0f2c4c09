//! The lines' amounts, in columns, and the sharing out of changes over them.
//!
//! Columns, because every condition walks one or two of them from end to end; a column of shares
//! exists only once its phase has shared something out. Lines that do not stand side by side are
//! gathered into a short column, changed there, and put back.

use super::LineTotals;
use super::change::{Changed, Effect, FAR};
use super::steps::{Matching, Place};
use super::totals::{BEFORE, GOODS, SHARES, SPARE, TAXABLE, UNIT};
use crate::cart::Item;
use crate::condition::{Application, Phase};
use crate::error::Result;
use crate::money::amount::product;
use crate::money::{Allocation, Amount};
use crate::order::order;

#[derive(Clone)]
pub(super) struct Lines<'c> {
    /// L in the item phases; with the shares of cart_subtotal thereafter. And what it was before, the unit
    /// prices, the shares of the taxable amount, those of each phase: each empty until it is needed.
    totals: LineTotals<'c>,
    /// Whether no share of the taxable amount is below 0.
    taxable_is_plain: bool,
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

/// The column of a phase's shares.
fn column(phase: Phase) -> usize {
    SHARES + phase as usize - Phase::CartSubtotal as usize
}

/// Price × quantity of each line and their sum, where all of them are as small as
/// they nearly always are: looked at after, not on the way.
fn small(items: &[Item], goods: &mut Vec<i64>) -> i64 {
    let (mut sum, mut bits) = (0i64, 0);
    goods.extend(items.iter().map(|item| {
        let (price, quantity) = (item.price.minor(), i64::from(item.quantity));
        let gross = price.wrapping_mul(quantity);
        sum = sum.wrapping_add(gross);
        // 32 bits of price, none of them the sign, by 15 of pieces, by 16 of lines.
        bits |= price | quantity << 17;
        gross
    }));
    let small = bits >> 32 == 0 && items.len() >> 16 == 0;
    if small { sum } else { FAR }
}

/// The same for any size.
#[cold]
fn careful(items: &[Item]) -> Result<i64> {
    let mut sum = 0;
    for item in items {
        sum += many(item.price.minor(), i64::from(item.quantity));
        Amount::check(sum)?;
    }
    Ok(sum)
}

/// So many pieces of an amount; out of an amount's bounds where that is.
fn many(minor: i64, pieces: i64) -> i64 {
    product(minor, pieces).filter(|all| all.unsigned_abs() < FAR as u64).unwrap_or(FAR)
}

impl<'c> Lines<'c> {
    /// The lines of which nothing is known yet.
    pub(super) fn new(items: &'c [Item]) -> Self {
        let totals = LineTotals { items, ..LineTotals::default() };
        Lines { totals, taxable_is_plain: false, allocation: Allocation::new() }
    }

    /// Fills in the goods before any condition: what they come to.
    pub(super) fn fill(&mut self) -> Result<Amount> {
        let (items, goods) = (self.totals.items, &mut self.totals.columns[GOODS]);
        goods.reserve_exact(items.len());
        let mut sum = small(items, goods);
        if !Amount::is_within(sum) {
            sum = careful(items)?;
        }
        Ok(Amount::within(sum))
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.totals.items.len()
    }

    /// Whether these are all lines, whose sums the books know.
    pub(super) fn are_all(&self, lines: &Matching) -> bool {
        lines.range(self.len()).is_some_and(|range| range.len() == self.len())
    }

    /// The sum of some lines of a column; 0 of one that does not exist yet; out of an amount's bounds where that is.
    fn sum_of(&self, column: usize, lines: &Matching) -> i64 {
        let column = &*self.totals.columns[column];
        if column.is_empty() {
            return 0;
        }
        let mut sum = 0;
        for n in 0..lines.count(self.len()) {
            let part = column[lines.nth(n)];
            sum += part;
            if !Amount::is_within(part) || !Amount::is_within(sum) {
                return FAR;
            }
        }
        sum
    }

    /// The goods of some lines.
    pub(super) fn goods(&self, lines: &Matching) -> i64 {
        self.sum_of(GOODS, lines)
    }

    /// Some lines' shares of the taxable amount.
    pub(super) fn taxable(&self, lines: &Matching) -> i64 {
        // A line's share can round to just below 0 where a reduction was shared by other weights.
        self.sum_of(TAXABLE, lines).max(0)
    }

    /// Some lines' shares of a phase.
    pub(super) fn shared(&self, lines: &Matching, phase: Phase) -> i64 {
        self.sum_of(column(phase), lines)
    }

    /// All lines' shares of a phase after cart_subtotal; empty while there are none.
    pub(super) fn shares(&self, phase: Phase) -> &[i64] {
        &self.totals.columns[column(phase)]
    }

    /// Fixes the lines' shares of the taxable amount: tax does not change it.
    pub(super) fn prepare_tax(&mut self, with_shipping: bool) {
        let columns = &mut self.totals.columns;
        if !columns[TAXABLE].is_empty() {
            return;
        }
        let (mut first, mut second) = (&columns[column(Phase::Shipping)], &columns[column(Phase::Taxable)]);
        if !with_shipping || first.is_empty() {
            (first, second) = (second, &columns[TAXABLE]);
        }
        let mut taxable = Vec::with_capacity(columns[GOODS].len());
        let mut bits = 0;
        if first.is_empty() {
            taxable.extend_from_slice(&columns[GOODS]);
        }
        taxable.extend(columns[GOODS].iter().zip(first).map(|(goods, share)| {
            bits |= goods + share;
            goods + share
        }));
        if !second.is_empty() {
            bits = 0;
        }
        for (taxable, share) in taxable.iter_mut().zip(second) {
            *taxable += share;
            bits |= *taxable;
        }
        columns[TAXABLE] = taxable;
        self.taxable_is_plain = bits >= 0;
    }

    /// Shares `amount` out over some lines; where all weights are 0, by quantity. `sum` is what the
    /// weights of all lines come to.
    pub(super) fn share(
        &mut self,
        amount: i64,
        lines: &Matching,
        phase: Phase,
        weights: Weights,
        sum: Amount,
    ) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        if phase == Phase::CartSubtotal {
            let mut by = GOODS;
            if self.totals.columns[BEFORE].is_empty() {
                self.totals.columns[BEFORE] = self.totals.columns[GOODS].clone();
                by = BEFORE;
            }
            return self.share_by(amount, lines, GOODS, by, sum);
        }
        let into = column(phase);
        if self.totals.columns[into].is_empty() {
            self.totals.columns[into] = vec![0; self.len()];
        }
        match weights {
            Weights::Goods => self.share_by(amount, lines, into, GOODS, sum),
            Weights::Taxable if self.taxable_is_plain => self.share_by(amount, lines, into, TAXABLE, sum),
            Weights::Taxable => self.share_by(amount, lines, into, TAXABLE, Amount::ZERO),
            Weights::Book => self.share_by(amount, lines, into, into, Amount::ZERO),
        }
    }

    /// Shares out into a column by the weights in another, or in itself. `sum` is 0 where a weight may be below 0.
    fn share_by(&mut self, amount: i64, lines: &Matching, into: usize, by: usize, sum: Amount) -> Result<()> {
        let columns = &mut self.totals.columns;
        match lines {
            Matching::All if sum > Amount::ZERO => {
                let mut column = core::mem::take(&mut columns[into]);
                let by = if by == into {
                    columns[SPARE].clone_from(&column);
                    SPARE
                } else {
                    by
                };
                self.allocation.share_by(Amount::within(amount), &columns[by], sum, &mut column);
                columns[into] = column;
                Ok(())
            }
            // One line's share of it is all of it.
            Matching::Line(line) => {
                columns[into][*line] += amount;
                Ok(())
            }
            _ => self.share_gathered(amount, lines, into, by),
        }
    }

    /// Shares out over lines that do not stand side by side, or by weights of which some may be below 0; where none
    /// is above, by quantity.
    #[inline(never)]
    fn share_gathered(&mut self, amount: i64, lines: &Matching, into: usize, by: usize) -> Result<()> {
        let count = lines.count(self.len());
        let (mut weights, mut most) = (vec![0; count], 0);
        for (n, weight) in weights.iter_mut().enumerate() {
            *weight = self.totals.columns[by][lines.nth(n)];
            most = most.max(*weight);
        }
        if most == 0 {
            for (n, weight) in weights.iter_mut().enumerate() {
                *weight = i64::from(self.totals.items[lines.nth(n)].quantity);
            }
        }
        let mut shares = vec![0; count];
        self.allocation.share(Amount::within(amount), &weights, &mut shares)?;
        for (n, share) in shares.iter().enumerate() {
            self.totals.columns[into][lines.nth(n)] += share;
        }
        Ok(())
    }

    /// Makes a change in an item phase.
    #[inline(never)]
    pub(super) fn change(
        &mut self,
        effect: Effect,
        place: &Place,
        application: Application,
        done: &mut Changed,
    ) -> Result<()> {
        match application {
            Application::PerUnit => self.change_units(effect, &place.lines, place.pieces, done),
            Application::PerItem => self.change_items(effect, &place.lines, done),
            Application::Aggregate => self.change_sum(effect, &place.lines, done),
            Application::PerGroup => {
                for group in &place.groups {
                    self.change_sum(effect, group, done)?;
                }
                Ok(())
            }
        }
    }

    /// Changes the lines' units; or so many pieces, those of the lowest unit price first.
    #[inline(never)]
    fn change_units(
        &mut self,
        effect: Effect,
        lines: &Matching,
        pieces: Option<i64>,
        done: &mut Changed,
    ) -> Result<()> {
        let mut units = core::mem::take(&mut self.totals.columns[UNIT]);
        if units.is_empty() {
            units.extend(self.totals.items.iter().map(|item| item.price.minor()));
        }
        let count = lines.count(self.len());
        let cheapest = match pieces {
            Some(_) => order(count, &mut |a, b| units[lines.nth(a)] < units[lines.nth(b)]),
            None => Vec::new(),
        };
        let goods = &mut *self.totals.columns[GOODS];
        let mut left = pieces.unwrap_or(i64::MAX);
        for n in 0..count {
            let line = lines.nth(cheapest.get(n).copied().unwrap_or(n));
            let quantity = i64::from(self.totals.items[line].quantity);
            let taken = quantity.min(left);
            if taken == 0 {
                break;
            }
            left -= taken;
            take_pieces(effect, &mut units[line], &mut goods[line], taken, taken == quantity, done)?;
        }
        self.totals.columns[UNIT] = units;
        Ok(())
    }

    #[inline(never)]
    fn change_items(&mut self, effect: Effect, lines: &Matching, done: &mut Changed) -> Result<()> {
        let count = lines.count(self.len());
        let goods = &mut *self.totals.columns[GOODS];
        if let Some(range) = lines.range(goods.len()) {
            let goods = &mut goods[range];
            // None of them is below 0, and all of them come to an amount.
            let whole = goods.iter().sum();
            if let Some(changes) = effect.on_each(goods, whole) {
                // No line is above the sum.
                Amount::check(whole + changes)?;
                return done.add(whole, count as i64, changes, 0);
            }
        }
        for n in 0..count {
            let goods = &mut goods[lines.nth(n)];
            let (change, cut) = effect.on(*goods, *goods);
            done.add(*goods, 1, change, cut)?;
            *goods += change;
            Amount::check(*goods)?;
        }
        Ok(())
    }

    /// Changes the sum of some lines, and shares the change out over them.
    fn change_sum(&mut self, effect: Effect, lines: &Matching, done: &mut Changed) -> Result<()> {
        let base = self.goods(lines);
        let (change, cut) = effect.on(base, base);
        done.add(base, 1, change, cut)?;
        Amount::check(change)?;
        self.share_by(change, lines, GOODS, GOODS, Amount::within(base))
    }

    /// Refuses figures that are too much for an amount. `moved` is the sum of the goods and of the absolute amounts of
    /// all changes, above which no line's figure can be; where that is too much, each is looked at.
    pub(super) fn check(&self, moved: i64) -> Result<()> {
        if Amount::is_within(moved) { Ok(()) } else { self.totals.check() }
    }

    /// What each line costs.
    pub(super) fn totals(self) -> LineTotals<'c> {
        let mut totals = self.totals;
        totals.columns[UNIT..].fill(Vec::new());
        totals
    }
}

/// Changes so many pieces of a line: each by what `effect` makes of the unit price. Where it is `all` of
/// them, the unit price is another thereafter.
fn take_pieces(
    effect: Effect,
    unit: &mut i64,
    goods: &mut i64,
    pieces: i64,
    all: bool,
    done: &mut Changed,
) -> Result<()> {
    let price = *unit;
    let (per_unit, cut) = effect.on(price, price);
    let wanted = many(per_unit, pieces);
    // An earlier change on the line may have left less than its pieces are worth.
    let change = wanted.max(-*goods);
    if all {
        *unit += per_unit;
        Amount::check(*unit)?;
    }
    *goods += change;
    Amount::check(*goods)?;
    done.add(many(price, pieces), pieces, change, many(cut, pieces) + (change - wanted))
}
