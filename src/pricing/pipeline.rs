//! The pipeline: what each condition does, on which base, into which book.
//!
//! The phase alone decides base and book. Within a phase the conditions act by their order, a
//! line's own before the cart's, then in the order of insertion; in shipping and tax, raises before
//! the rest. Whether a condition holds was settled before ([`super::steps`]); which one of a group
//! applies is decided here, because it may depend on amounts.

use super::books::Books;
use super::change::{Effect, is_rate};
use super::lines::{Changed, Lines, Weights};
use super::steps::{Matching, Place, Standing, Step, Steps};
use super::tax::{self, Named};
use super::{Entry, Notes, Reason, Terms, Totals};
use crate::cart::Cart;
use crate::condition::{GroupRule, Phase, Scope};
use crate::error::Result;
use crate::money::{Amount, Ratio, Rounding};

/// What `cart` costs.
pub(super) fn run<'c>(cart: &'c Cart, terms: &Terms<'c>) -> Result<Totals<'c>> {
    let (lines, goods) = Lines::new(&cart.items)?;
    let quantity = cart.quantity();
    let Steps { list: steps, placeless, valid_until } = Steps::of(cart, terms, goods, quantity);
    let mut run = Run {
        lines,
        books: Books::of(goods),
        named: Named::of(&steps),
        rounding: cart.rounding,
        tax_shipping: terms.tax_shipping,
    };
    let mut groups = Groups::default();
    let mut totals = Totals::zero(cart.currency);
    let mut unapplied = Vec::new();
    totals.breakdown = Vec::with_capacity(steps.len() + placeless.len());
    totals.by_type = Vec::with_capacity(steps.len().min(8));
    let mut moved = i128::from(goods.minor());
    for (index, step) in steps.iter().enumerate() {
        let mut entry = blank(step, cart);
        let mut notes = Notes { provider: step.provider, ..Notes::default() };
        match &step.standing {
            Standing::Not(reason, detail) => (entry.reason, notes.detail) = (Some(*reason), *detail),
            _ if !groups.choose(index, &steps, &run)? => {
                entry.reason = Some(Reason::Group);
                notes.detail = step.does.group.as_ref().map(|group| &*group.name);
            }
            standing => {
                let plain;
                let place = match standing {
                    Standing::HoldsFor(place) => &**place,
                    _ => {
                        plain = Place::plain(step.own_line());
                        &plain
                    }
                };
                let done = if step.does.included {
                    run.included(step, place, &rates(index, &steps, run.lines.len()))?
                } else {
                    run.act(step, place, &mut notes.missing)?
                };
                entry.base = Some(done.base);
                entry.exact = Some(done.exact);
                entry.amount = done.amount;
                moved += i128::from(done.amount.minor().unsigned_abs());
                entry.cut_off = (done.cut_off != Amount::ZERO).then_some(done.cut_off);
                entry.applied = true;
                if step.does.included {
                    totals.tax_included = totals.tax_included.plus(done.amount)?;
                } else {
                    if step.does.target.phase() <= Phase::CartSubtotal && done.amount < Amount::ZERO {
                        totals.discount = totals.discount.minus(done.amount)?;
                    }
                    add(&mut totals.by_type, step.kind, done.amount)?;
                }
            }
        }
        if notes != Notes::default() {
            entry.notes = Some(Box::new(notes));
        }
        if entry.applied { totals.breakdown.push(entry) } else { unapplied.push(entry) }
    }
    totals.breakdown.append(&mut unapplied);
    totals.breakdown.extend(placeless);
    totals.by_type.retain(|(_, amount)| *amount != Amount::ZERO);
    totals.valid_until = valid_until;
    let books = run.books;
    totals.quantity = quantity;
    totals.lines = cart.items.len();
    totals.subtotal_without_conditions = goods;
    totals.subtotal = books.goods;
    totals.shipping = books.shipping;
    totals.fees = books.fees;
    totals.tax = books.tax;
    totals.adjustments = books.reductions.negated();
    totals.total = books.payable()?;
    totals.savings = totals.discount.plus(books.reductions)?;
    totals.line_totals = run.lines.totals(moved)?;
    Ok(totals)
}

/// The entry of a condition that has done nothing yet.
fn blank<'c>(step: &Step<'c>, cart: &'c Cart) -> Entry<'c> {
    Entry {
        name: step.name,
        kind: step.kind,
        value: step.does.value.as_str(),
        item: step.own_line().map(|line| &*cart.items[line].id),
        phase: Some(step.does.target.phase()),
        base: None,
        exact: None,
        amount: Amount::ZERO,
        cut_off: None,
        included: step.does.included,
        applied: false,
        reason: None,
        notes: None,
    }
}

/// Adds to a type's sum. A cart has few types: looking through them is faster than any index.
fn add<'c>(by_type: &mut Vec<(&'c str, Amount)>, kind: &'c str, change: Amount) -> Result<()> {
    match by_type.iter_mut().find(|(found, _)| *found == kind) {
        Some((_, amount)) => *amount = amount.plus(change)?,
        None => by_type.push((kind, change)),
    }
    Ok(())
}

/// Which condition of each group applies, as far as that has been decided.
#[derive(Default)]
struct Groups<'c>(Vec<(&'c str, usize)>);

impl<'c> Groups<'c> {
    fn winner(&self, name: &str) -> Option<usize> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, winner)| *winner)
    }

    /// Whether the step applies, which holds. The first of a group that comes up decides for all of it.
    fn choose(&mut self, index: usize, steps: &[Step<'c>], run: &Run<'c>) -> Result<bool> {
        let Some(group) = &steps[index].does.group else { return Ok(true) };
        if let Some(winner) = self.winner(&group.name) {
            return Ok(winner == index);
        }
        let mut winner = index;
        if group.rule == GroupRule::Best {
            let mut lowest = Groups::preview(index, steps, run)?;
            for (other, step) in steps.iter().enumerate().skip(index + 1) {
                let competes = step.does.group.as_ref().is_some_and(|its| its.name == group.name);
                if competes && step.holds() {
                    let amount = Groups::preview(other, steps, run)?;
                    if amount < lowest {
                        (winner, lowest) = (other, amount);
                    }
                }
            }
        }
        self.0.push((&group.name, winner));
        Ok(winner == index)
    }

    /// The amount that a step would have now.
    fn preview(index: usize, steps: &[Step<'c>], run: &Run<'c>) -> Result<Amount> {
        let step = &steps[index];
        let plain = Place::plain(step.own_line());
        let place = if let Standing::HoldsFor(place) = &step.standing { place } else { &plain };
        Ok(run.clone().act(step, place, &mut Vec::new())?.amount)
    }
}

/// The rates of all taxes that are contained in the same lines as the step's, its own among them. Of a
/// group there is one, which is its first: a group of such taxes is never `best`.
fn rates(index: usize, steps: &[Step<'_>], of_all: usize) -> Vec<Ratio> {
    let Some(lines) = steps[index].lines() else { return Vec::new() };
    let counts = |other: usize, step: &Step<'_>| {
        step.does.included
            && step.lines().is_some_and(|its| tax::same_lines(&its, &lines, of_all))
            && step.does.group.as_ref().is_none_or(|group| first_of(&group.name, steps) == other)
    };
    let all = steps.iter().enumerate().filter(|(other, step)| counts(*other, step));
    all.filter_map(|(_, step)| tax::rate(step)).collect()
}

/// The first of a group that holds.
fn first_of(group: &str, steps: &[Step<'_>]) -> usize {
    let is_in = |step: &Step<'_>| step.does.group.as_ref().is_some_and(|its| *its.name == *group);
    steps.iter().position(|step| is_in(step) && step.holds()).unwrap_or(usize::MAX)
}

/// A cart half way through the phases.
#[derive(Clone)]
struct Run<'c> {
    lines: Lines<'c>,
    books: Books,
    named: Named<'c>,
    rounding: Rounding,
    tax_shipping: bool,
}

impl<'c> Run<'c> {
    /// Makes the change of a step that applies. Names of `compoundOn` that nobody has go into `missing`.
    fn act(&mut self, step: &Step<'c>, place: &Place, missing: &mut Vec<&'c str>) -> Result<Changed> {
        // What divides by 0 does not hold, so there is an effect.
        let Some(effect) = Effect::of(step.does, self.rounding) else {
            return changed(Effect::nothing(self.rounding), Amount::ZERO, Amount::ZERO);
        };
        let lines = &place.lines;
        let phase = step.does.target.phase();
        match phase {
            Phase::PreItem | Phase::ItemDiscount | Phase::ItemPost => {
                let done = self.lines.change(effect, place, step.does.target.application())?;
                self.books.goods = self.books.goods.plus(done.amount)?;
                Ok(done)
            }
            Phase::CartSubtotal => {
                let goods = self.books.goods;
                let base = if self.lines.are_all(lines) { goods } else { self.lines.goods(lines)? };
                let done = changed(effect, base, base)?;
                self.books.goods = goods.plus(done.amount)?;
                self.lines.share(done.amount, lines, phase, Weights::Goods, goods)?;
                Ok(done)
            }
            Phase::Shipping => {
                let book = self.books.shipping;
                let base = if is_rate(step.does) { self.books.goods } else { book };
                let done = changed(effect, base, book)?;
                self.books.shipping = book.plus(done.amount)?;
                let weights = if done.amount < Amount::ZERO { Weights::Book } else { Weights::Goods };
                self.lines.share(done.amount, lines, phase, weights, self.books.goods)?;
                Ok(done)
            }
            Phase::Taxable => {
                let base = self.books.taxable(self.tax_shipping)?;
                let done = changed(effect, base, base)?;
                self.books.charge_taxable(done.amount)?;
                self.lines.share(done.amount, lines, phase, Weights::Goods, self.books.goods)?;
                Ok(done)
            }
            Phase::Tax => self.tax(step, effect, lines, missing),
            Phase::Payment | Phase::Custom | Phase::GrandTotal => {
                let base = self.books.payable()?;
                let done = changed(effect, base, base)?;
                self.books.charge(done.amount)?;
                self.lines.share(done.amount, lines, phase, Weights::Goods, self.books.goods)?;
                Ok(done)
            }
        }
    }

    fn tax(
        &mut self,
        step: &Step<'c>,
        effect: Effect,
        lines: &Matching,
        missing: &mut Vec<&'c str>,
    ) -> Result<Changed> {
        let phase = Phase::Tax;
        self.lines.prepare_tax(self.tax_shipping);
        let whole = step.does.target.scope() == Scope::Cart || self.lines.are_all(lines);
        let book = if whole { self.books.tax } else { self.lines.shared(lines, phase)? };
        let base = if is_rate(step.does) {
            let names = &step.does.compound_on;
            let on_taxes = self.named.sum(names, (!whole).then_some(lines), self.lines.len(), missing)?;
            self.taxed(whole, lines)?.plus(on_taxes)?
        } else {
            book
        };
        let done = changed(effect, base, book)?;
        self.books.tax = self.books.tax.plus(done.amount)?;
        let before = if self.named.keeps(step.name) { self.lines.shares(phase).to_vec() } else { Vec::new() };
        let weights = if done.amount < Amount::ZERO { Weights::Book } else { Weights::Taxable };
        self.lines.share(done.amount, lines, phase, weights, self.books.taxable(self.tax_shipping)?)?;
        if self.named.keeps(step.name) {
            self.named.note(step.name, done.amount, &before, &self.lines);
        }
        Ok(done)
    }

    /// What of the taxable amount falls to these lines.
    fn taxed(&self, whole: bool, lines: &Matching) -> Result<Amount> {
        if whole { self.books.taxable(self.tax_shipping) } else { self.lines.taxable(lines) }
    }

    /// A tax that the prices contain: worked out, and put into no book.
    fn included(&mut self, step: &Step<'c>, place: &Place, rates: &[Ratio]) -> Result<Changed> {
        self.lines.prepare_tax(self.tax_shipping);
        let whole = step.does.target.scope() == Scope::Cart || self.lines.are_all(&place.lines);
        let base = self.taxed(whole, &place.lines)?;
        let rate = tax::rate(step).unwrap_or(Ratio::ZERO);
        let exact = tax::included(base, rate, rates);
        let cap = step.does.cap.map_or(i128::MAX, |cap| i128::from(cap.minor()));
        let amount = Amount::from_wide(exact.rounded(self.rounding).min(cap))?;
        Ok(Changed { base, exact, amount, cut_off: Amount::ZERO })
    }
}

/// A change on one base.
fn changed(effect: Effect, base: Amount, book: Amount) -> Result<Changed> {
    let (amount, cut_off) = effect.on(base, book)?;
    Ok(Changed { base, exact: effect.exact(base, 1), amount, cut_off })
}
