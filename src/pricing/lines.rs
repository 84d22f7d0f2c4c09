//! The lines' amounts, in columns, and the sharing out of changes over them.
//!
//! Columns, because every condition walks one or two of them from end to end; a column of shares
//! exists only once its phase has shared something out. Lines that do not stand side by side are
//! gathered into a short column, changed there, and put back.

use super::change::Effect;
use super::steps::{Matching, Place};
use super::{LineTotals, Shares};
use crate::cart::Item;
use crate::condition::{Application, Phase};
use crate::error::Result;
use crate::money::{Allocation, Amount, Exact};
use crate::order::order;

#[derive(Clone)]
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
    /// Whether none of those is below 0.
    taxable_is_plain: bool,
    /// The shares of each phase after cart_subtotal; empty while there are none.
    shares: [Vec<i64>; Shares::PHASES],
    allocation: Allocation,
    /// A copy of a column that is its own weights.
    spare: Vec<i64>,
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

/// What a condition did: in the item phases summed over units, lines or groups.
pub(super) struct Changed {
    pub(super) base: Amount,
    pub(super) exact: Exact,
    pub(super) amount: Amount,
    pub(super) cut_off: Amount,
}

/// The sums over a condition's changes.
struct Sums {
    base: Amount,
    times: i64,
    amount: Amount,
    cut_off: Amount,
}

impl Sums {
    fn new() -> Self {
        Sums { base: Amount::ZERO, times: 0, amount: Amount::ZERO, cut_off: Amount::ZERO }
    }

    fn add(&mut self, base: Amount, times: i64, amount: Amount, cut_off: Amount) -> Result<()> {
        self.base = self.base.plus(base)?;
        self.times += times;
        self.amount = self.amount.plus(amount)?;
        self.cut_off = self.cut_off.plus(cut_off)?;
        Ok(())
    }

    fn changed(self, effect: Effect) -> Changed {
        let exact = effect.exact(self.base, self.times);
        Changed { base: self.base, exact, amount: self.amount, cut_off: self.cut_off }
    }
}

fn column(phase: Phase) -> usize {
    phase as usize - Phase::CartSubtotal as usize
}

fn sum(column: &[i64]) -> Result<Amount> {
    column.iter().try_fold(Amount::ZERO, |sum, part| sum.plus(Amount::new(*part)?))
}

/// The sum of some lines of a column; 0 of a column that does not exist yet.
fn sum_of(column: &[i64], lines: &Matching) -> Result<Amount> {
    if column.is_empty() {
        return Ok(Amount::ZERO);
    }
    match lines {
        Matching::All => sum(column),
        Matching::Line(line) => Amount::new(column[*line]),
        Matching::Some(list) => list.iter().try_fold(Amount::ZERO, |sum, line| sum.plus(Amount::new(column[*line])?)),
    }
}

/// Price × quantity of each line and their sum, where all of them are as small as
/// they nearly always are: looked at after, not on the way.
fn small(items: &[Item]) -> Option<(Vec<i64>, Amount)> {
    let (mut sum, mut bits) = (0i64, 0);
    let mut goods = Vec::with_capacity(items.len());
    goods.extend(items.iter().map(|item| {
        let (price, quantity) = (item.price.minor(), i64::from(item.quantity));
        let gross = price.wrapping_mul(quantity);
        sum = sum.wrapping_add(gross);
        // 32 bits of price, none of them the sign, by 15 of pieces, by 16 of lines.
        bits |= price | quantity << 17;
        gross
    }));
    let small = bits >> 32 == 0 && items.len() >> 16 == 0;
    if small { Some((goods, Amount::new(sum).ok()?)) } else { None }
}

/// The same for any size.
#[cold]
fn careful(items: &[Item]) -> Result<(Vec<i64>, Amount)> {
    let mut goods = Vec::with_capacity(items.len());
    let mut sum = Amount::ZERO;
    for item in items {
        let gross = item.price.times(i64::from(item.quantity))?;
        sum = sum.plus(gross)?;
        goods.push(gross.minor());
    }
    Ok((goods, sum))
}

impl<'c> Lines<'c> {
    /// The lines before any condition, and what they come to.
    pub(super) fn new(items: &'c [Item]) -> Result<(Self, Amount)> {
        let (goods, sum) = match small(items) {
            Some(goods) => goods,
            None => careful(items)?,
        };
        let lines = Lines {
            items,
            goods,
            before: Vec::new(),
            unit: Vec::new(),
            taxable: Vec::new(),
            taxable_is_plain: false,
            shares: Default::default(),
            allocation: Allocation::new(),
            spare: Vec::new(),
        };
        Ok((lines, sum))
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.goods.len()
    }

    /// Whether these are all lines, whose sums the books know.
    pub(super) fn are_all(&self, lines: &Matching) -> bool {
        lines.range(self.len()).is_some_and(|range| range.len() == self.len())
    }

    /// The goods of some lines.
    pub(super) fn goods(&self, lines: &Matching) -> Result<Amount> {
        // None of them is below 0, and all of them come to an amount.
        Amount::new(match lines {
            Matching::All => self.goods.iter().sum(),
            Matching::Line(line) => self.goods[*line],
            Matching::Some(list) => list.iter().map(|line| self.goods[*line]).sum(),
        })
    }

    /// Some lines' shares of the taxable amount.
    pub(super) fn taxable(&self, lines: &Matching) -> Result<Amount> {
        // A line's share can round to just below 0 where a reduction was shared by other weights.
        sum_of(&self.taxable, lines).map(|sum| sum.max(Amount::ZERO))
    }

    /// Some lines' shares of a phase.
    pub(super) fn shared(&self, lines: &Matching, phase: Phase) -> Result<Amount> {
        sum_of(&self.shares[column(phase)], lines)
    }

    /// All lines' shares of a phase after cart_subtotal; empty while there are none.
    pub(super) fn shares(&self, phase: Phase) -> &[i64] {
        &self.shares[column(phase)]
    }

    /// Fixes the lines' shares of the taxable amount: tax does not change it.
    pub(super) fn prepare_tax(&mut self, with_shipping: bool) {
        if !self.taxable.is_empty() {
            return;
        }
        let none: &[i64] = &[];
        let shipping = if with_shipping { &self.shares[column(Phase::Shipping)] } else { none };
        let mut bits = 0;
        match (shipping, &*self.shares[column(Phase::Taxable)]) {
            ([], []) => self.taxable = self.goods.clone(),
            ([], shares) | (shares, []) => {
                self.taxable = Vec::with_capacity(shares.len());
                self.taxable.extend(self.goods.iter().zip(shares).map(|(goods, share)| {
                    bits |= goods + share;
                    goods + share
                }));
            }
            (first, second) => {
                self.taxable.extend(self.goods.iter().zip(first).zip(second).map(|((goods, first), second)| {
                    bits |= goods + first + second;
                    goods + first + second
                }));
            }
        }
        self.taxable_is_plain = bits >= 0;
    }

    /// Shares `amount` out over some lines; where all weights are 0, by quantity. `sum` is what the
    /// weights of all lines come to.
    pub(super) fn share(
        &mut self,
        amount: Amount,
        lines: &Matching,
        phase: Phase,
        weights: Weights,
        sum: Amount,
    ) -> Result<()> {
        if amount == Amount::ZERO {
            return Ok(());
        }
        let column = &mut self.shares[column(phase)];
        // A column that is its own weights is copied first.
        let (into, by) = if phase == Phase::CartSubtotal {
            if self.before.is_empty() {
                self.before = self.goods.clone();
                (&mut self.goods, &self.before)
            } else {
                self.spare.clone_from(&self.goods);
                (&mut self.goods, &self.spare)
            }
        } else {
            if column.is_empty() {
                *column = vec![0; self.goods.len()];
            }
            let by = match weights {
                Weights::Goods => &self.goods,
                Weights::Taxable => &self.taxable,
                Weights::Book => {
                    self.spare.clone_from(column);
                    &self.spare
                }
            };
            (column, by)
        };
        match lines {
            Matching::All => {
                let plain = match weights {
                    Weights::Goods => true,
                    Weights::Taxable => self.taxable_is_plain,
                    Weights::Book => false,
                };
                if plain && sum > Amount::ZERO {
                    self.allocation.share_by(amount, by, sum, into);
                    return Ok(());
                }
                divide(&mut self.allocation, amount, by, self.items.iter(), into)
            }
            // One line's share of it is all of it.
            Matching::Line(line) => {
                into[*line] += amount.minor();
                Ok(())
            }
            Matching::Some(list) => {
                let by: Vec<i64> = list.iter().map(|line| by[*line]).collect();
                gathered(&mut self.allocation, amount, &by, self.items, list, into)
            }
        }
    }

    /// Makes a change in an item phase.
    pub(super) fn change(&mut self, effect: Effect, place: &Place, application: Application) -> Result<Changed> {
        match (application, place.pieces) {
            (Application::PerUnit, None) => self.change_units(effect, &place.lines),
            (Application::PerUnit, Some(pieces)) => self.change_pieces(effect, &place.lines, pieces),
            (Application::PerItem, _) => self.change_items(effect, &place.lines),
            (Application::Aggregate, _) => self.change_sums(effect, core::slice::from_ref(&place.lines)),
            (Application::PerGroup, _) => self.change_sums(effect, &place.groups),
        }
    }

    fn need_units(&mut self) {
        if self.unit.is_empty() {
            self.unit.extend(self.items.iter().map(|item| item.price.minor()));
        }
    }

    fn change_units(&mut self, effect: Effect, lines: &Matching) -> Result<Changed> {
        self.need_units();
        let mut sums = Sums::new();
        let mut change = |unit: &mut i64, goods: &mut i64, item: &Item| {
            take_pieces(effect, unit, goods, i64::from(item.quantity), true, &mut sums)
        };
        if let Some(range) = lines.range(self.items.len()) {
            let columns = self.unit[range.clone()].iter_mut().zip(&mut self.goods[range.clone()]);
            for ((unit, goods), item) in columns.zip(&self.items[range]) {
                change(unit, goods, item)?;
            }
        } else {
            for line in lines.list(self.items.len()) {
                change(&mut self.unit[line], &mut self.goods[line], &self.items[line])?;
            }
        }
        Ok(sums.changed(effect))
    }

    /// Changes so many pieces of the lines, those of the lowest unit price first.
    fn change_pieces(&mut self, effect: Effect, lines: &Matching, mut pieces: i64) -> Result<Changed> {
        self.need_units();
        let mut sums = Sums::new();
        let lines = lines.list(self.items.len());
        let cheapest = order(lines.len(), &mut |a, b| self.unit[lines[a]] < self.unit[lines[b]]);
        for line in cheapest.into_iter().map(|n| lines[n]) {
            if pieces == 0 {
                break;
            }
            let quantity = i64::from(self.items[line].quantity);
            let taken = quantity.min(pieces);
            pieces -= taken;
            let (unit, goods) = (&mut self.unit[line], &mut self.goods[line]);
            take_pieces(effect, unit, goods, taken, taken == quantity, &mut sums)?;
        }
        Ok(sums.changed(effect))
    }

    fn change_items(&mut self, effect: Effect, lines: &Matching) -> Result<Changed> {
        if let Some(range) = lines.range(self.items.len()) {
            let goods = &mut self.goods[range];
            // None of them is below 0, and all of them come to an amount.
            let (whole, count) = (Amount::new(goods.iter().sum())?, goods.len() as i64);
            if let Some(changes) = effect.on_each(goods, whole) {
                let amount = Amount::new(changes)?;
                // No line is above the sum.
                whole.plus(amount)?;
                let exact = effect.exact(whole, count);
                return Ok(Changed { base: whole, exact, amount, cut_off: Amount::ZERO });
            }
        }
        let mut sums = Sums::new();
        let mut change = |goods: &mut i64| -> Result<()> {
            let line = Amount::new(*goods)?;
            let (change, cut) = effect.on(line, line)?;
            *goods = line.plus(change)?.minor();
            sums.add(line, 1, change, cut)
        };
        if let Some(range) = lines.range(self.items.len()) {
            self.goods[range].iter_mut().try_for_each(&mut change)?;
        } else {
            for line in lines.list(self.items.len()) {
                change(&mut self.goods[line])?;
            }
        }
        Ok(sums.changed(effect))
    }

    /// Changes the sum of each group of lines, and shares the change out over the group.
    fn change_sums(&mut self, effect: Effect, groups: &[Matching]) -> Result<Changed> {
        let mut sums = Sums::new();
        for lines in groups {
            let base = self.goods(lines)?;
            let (amount, cut_off) = effect.on(base, base)?;
            sums.add(base, 1, amount, cut_off)?;
            let goods = &mut self.goods;
            match lines {
                Matching::All => {
                    self.spare.clone_from(goods);
                    if base > Amount::ZERO {
                        self.allocation.share_by(amount, &self.spare, base, goods);
                    } else {
                        divide(&mut self.allocation, amount, &self.spare, self.items.iter(), goods)?;
                    }
                }
                Matching::Line(line) => goods[*line] += amount.minor(),
                Matching::Some(list) => {
                    let by: Vec<i64> = list.iter().map(|line| goods[*line]).collect();
                    gathered(&mut self.allocation, amount, &by, self.items, list, goods)?;
                }
            }
        }
        Ok(sums.changed(effect))
    }

    /// What each line costs. `moved` is the sum of the goods and of the absolute amounts of all changes,
    /// above which no line's figure can be; where that is too much for an amount, each is looked at.
    pub(super) fn totals(self, moved: i128) -> Result<LineTotals<'c>> {
        let totals = LineTotals { items: self.items, goods: self.goods, before: self.before, shares: self.shares };
        if Amount::from_wide(moved).is_err() {
            totals.check()?;
        }
        Ok(totals)
    }
}

/// Changes so many pieces of a line: each by what `effect` makes of the unit price. Where it is `all` of
/// them, the unit price is another thereafter.
fn take_pieces(effect: Effect, unit: &mut i64, goods: &mut i64, pieces: i64, all: bool, sums: &mut Sums) -> Result<()> {
    let (price, line) = (Amount::new(*unit)?, Amount::new(*goods)?);
    let (per_unit, cut) = effect.on(price, price)?;
    let wanted = per_unit.times(pieces)?;
    // An earlier change on the line may have left less than its pieces are worth.
    let change = wanted.max(line.negated());
    if all {
        *unit = price.plus(per_unit)?.minor();
    }
    *goods = line.plus(change)?.minor();
    sums.add(price.times(pieces)?, pieces, change, cut.times(pieces)?.plus(change.minus(wanted)?)?)
}

/// Shares `amount` out by `weights`; where all of them are 0, by quantity.
fn divide<'i>(
    allocation: &mut Allocation,
    amount: Amount,
    weights: &[i64],
    items: impl Iterator<Item = &'i Item>,
    into: &mut [i64],
) -> Result<()> {
    if weights.iter().any(|weight| *weight > 0) {
        return allocation.share(amount, weights, into);
    }
    let quantities: Vec<i64> = items.map(|item| i64::from(item.quantity)).collect();
    allocation.share(amount, &quantities, into)
}

/// The same for lines that do not stand side by side; `weights` are theirs alone.
fn gathered(
    allocation: &mut Allocation,
    amount: Amount,
    weights: &[i64],
    items: &[Item],
    lines: &[usize],
    column: &mut [i64],
) -> Result<()> {
    let mut shares = vec![0; lines.len()];
    divide(allocation, amount, weights, lines.iter().map(|line| &items[*line]), &mut shares)?;
    for (line, share) in lines.iter().zip(shares) {
        column[*line] += share;
    }
    Ok(())
}
