//! The pipeline: what each condition does, on which base, into which book.
//!
//! The phase alone decides base and book. Within a phase the conditions act by their order, a
//! line's own before the cart's, then in the order of insertion; in shipping and tax, raises before
//! the rest. Whether a condition holds was settled before ([`super::steps`]); which one of a group
//! applies is decided here, because it may depend on amounts.

use super::books::Books;
use super::change::{Changed, Effect, is_rate};
use super::lines::{Lines, Weights};
use super::steps::{Step, Steps};
use super::tax::{self, Named};
use super::{Entry, Notes, Reason, Terms, Totals};
use crate::cart::Cart;
use crate::condition::{GroupRule, Phase, Scope};
use crate::error::Result;
use crate::money::{Amount, Ratio, Rounding};

/// What `cart` costs.
pub(super) fn run<'c>(cart: &'c Cart, terms: &Terms<'c>) -> Result<Totals<'c>> {
    let mut run = Run {
        lines: Lines::new(&cart.items),
        books: Books::default(),
        named: Named::default(),
        rounding: cart.rounding,
        tax_shipping: terms.tax_shipping,
    };
    let mut totals = Totals::zero(cart.currency);
    let goods = run.lines.fill()?;
    run.books.goods = goods;
    totals.quantity = cart.quantity();
    totals.lines = cart.items.len();
    totals.subtotal_without_conditions = goods;
    let mut steps = Steps::of(cart, terms, goods, totals.quantity);
    run.named.want(steps.all());
    run.all(cart, &steps, &mut totals)?;
    totals.breakdown.append(&mut steps.placeless);
    totals.by_type.retain(|(_, amount)| *amount != Amount::ZERO);
    totals.valid_until = steps.valid_until;
    totals.line_totals = run.lines.totals();
    Ok(totals)
}

/// Adds to a type's sum. A cart has few types: looking through them is faster than any index.
fn add<'c>(by_type: &mut Vec<(&'c str, Amount)>, kind: &'c str, change: Amount) -> Result<()> {
    match by_type.iter_mut().find(|(found, _)| *found == kind) {
        Some((_, amount)) => amount.raise(change.minor()),
        None => {
            by_type.push((kind, change));
            Ok(())
        }
    }
}

/// Which condition of each group applies, as far as that has been decided.
#[derive(Default)]
struct Groups<'c>(Vec<(&'c str, usize)>);

impl<'c> Groups<'c> {
    /// Whether the step applies, which holds. The first of a group that comes up decides for all of it.
    #[inline(never)]
    fn choose(&mut self, index: usize, steps: &Steps<'c>, run: &Run<'c>) -> Result<bool> {
        let step = steps.step(index);
        let Some(group) = &step.does.group else { return Ok(true) };
        if let Some((_, winner)) = self.0.iter().find(|(known, _)| *known == &*group.name) {
            return Ok(*winner == index);
        }
        let mut winner = index;
        if group.rule == GroupRule::Best {
            let mut lowest = i64::MAX;
            for other in index..steps.len() {
                let step = steps.step(other);
                if step.competes(&group.name) {
                    // The amount that it would have now.
                    let mut done = Changed::nothing();
                    run.clone().act(step, &mut Vec::new(), &mut done)?;
                    if done.amount < lowest {
                        (winner, lowest) = (other, done.amount);
                    }
                }
            }
        }
        self.0.push((&group.name, winner));
        Ok(winner == index)
    }
}

/// The rates of all taxes that are contained in the same lines as the step's, its own among them. Of a
/// group there is one, which is its first: a group of such taxes is never `best`.
#[inline(never)]
fn rates(step: &Step<'_>, steps: &Steps<'_>, of_all: usize) -> Vec<Ratio> {
    let mut rates = Vec::new();
    for n in 0..steps.len() {
        let other = steps.step(n);
        let counts = other.does.included
            && other.not.is_none()
            && tax::same_lines(&other.place.lines, &step.place.lines, of_all)
            && other.does.group.as_ref().is_none_or(|group| {
                // The first of the group that holds.
                !(0..n).any(|before| steps.step(before).competes(&group.name))
            });
        if counts {
            rates.extend(tax::rate(other));
        }
    }
    rates
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
    /// Makes the changes of all steps that apply, and notes of each what it did.
    fn all(&mut self, cart: &'c Cart, steps: &Steps<'c>, totals: &mut Totals<'c>) -> Result<()> {
        let mut groups = Groups::default();
        let mut unapplied = Vec::new();
        let mut moved = self.books.goods.minor();
        totals.breakdown.reserve_exact(steps.len() + steps.placeless.len());
        totals.by_type.reserve_exact(steps.len().min(8));
        for index in 0..steps.len() {
            let step = steps.step(index);
            let does = step.does;
            let mut entry = Entry::blank(step.name, step.kind);
            entry.value = does.value.as_str();
            entry.item = step.own_line().map(|line| &*cart.items[line].id);
            entry.phase = Some(does.target.phase());
            entry.included = does.included;
            let mut notes = Notes { provider: step.provider, ..Notes::default() };
            if let Some((reason, detail)) = step.not {
                (entry.reason, notes.detail) = (Some(reason), detail);
            } else if !groups.choose(index, steps, self)? {
                entry.reason = Some(Reason::Group);
                notes.detail = does.group.as_ref().map(|group| &*group.name);
            } else {
                let mut done = Changed::nothing();
                if does.included {
                    self.included(step, &rates(step, steps, cart.items.len()), &mut done)?;
                } else {
                    self.act(step, &mut notes.missing, &mut done)?;
                }
                let amount = Amount::within(done.amount);
                entry.base = Some(Amount::within(done.base));
                entry.exact = Some(done.exact);
                entry.amount = amount;
                moved = moved.saturating_add(done.amount.abs());
                if done.cut_off != 0 {
                    entry.cut_off = Some(Amount::within(done.cut_off));
                }
                entry.applied = true;
                if does.included {
                    totals.tax_included.raise(done.amount)?;
                } else {
                    if does.target.phase() <= Phase::CartSubtotal && done.amount < 0 {
                        totals.discount.raise(-done.amount)?;
                    }
                    add(&mut totals.by_type, step.kind, amount)?;
                }
            }
            if notes.provider.is_some() || notes.detail.is_some() || !notes.missing.is_empty() {
                entry.notes = Some(Box::new(notes));
            }
            if entry.applied { &mut totals.breakdown } else { &mut unapplied }.push(entry);
        }
        totals.breakdown.append(&mut unapplied);
        let books = &self.books;
        totals.subtotal = books.goods;
        totals.shipping = books.shipping;
        totals.fees = books.fees;
        totals.tax = books.tax;
        totals.adjustments = books.reductions.negated();
        totals.total.raise(books.payable())?;
        totals.savings = totals.discount;
        totals.savings.raise(books.reductions.minor())?;
        self.lines.check(moved)
    }

    /// Makes the change of a step that applies. Names of `compoundOn` that nobody has go into `missing`.
    fn act(&mut self, step: &Step<'c>, missing: &mut Vec<&'c str>, done: &mut Changed) -> Result<()> {
        let effect = Effect::of(step.does, self.rounding);
        self.make(step, effect, missing, done)?;
        done.exact = effect.exact(done.base, done.times);
        Ok(())
    }

    fn make(&mut self, step: &Step<'c>, effect: Effect, missing: &mut Vec<&'c str>, done: &mut Changed) -> Result<()> {
        let lines = &step.place.lines;
        let phase = step.does.target.phase();
        if phase < Phase::CartSubtotal {
            self.lines.change(effect, &step.place, step.does.target.application(), done)?;
            return self.books.goods.raise(done.amount);
        }
        let goods = self.books.goods;
        let is_rate = is_rate(step.does);
        let (base, book) = match phase {
            Phase::CartSubtotal => {
                let base = if self.lines.are_all(lines) { goods.minor() } else { self.lines.goods(lines) };
                (base, base)
            }
            Phase::Shipping => {
                let book = self.books.shipping.minor();
                (if is_rate { goods.minor() } else { book }, book)
            }
            Phase::Tax => {
                let whole = self.prepare_tax(step);
                let book = if whole { self.books.tax.minor() } else { self.lines.shared(lines, phase) };
                let mut base = book;
                if is_rate {
                    let (names, mut on_taxes) = (&step.does.compound_on, 0);
                    self.named.add(names, (!whole).then_some(lines), self.lines.len(), missing, &mut on_taxes)?;
                    base = self.taxed(step, whole) + on_taxes;
                }
                (base, book)
            }
            _ => {
                let taxable = phase == Phase::Taxable;
                let base = if taxable { self.books.taxable(self.tax_shipping) } else { self.books.payable() };
                (base, base)
            }
        };
        Amount::check(book)?;
        let (amount, cut_off) = effect.on(base, book);
        done.add(base, 1, amount, cut_off)?;
        match phase {
            Phase::CartSubtotal => self.books.goods.raise(amount),
            Phase::Shipping => self.books.shipping.raise(amount),
            Phase::Tax => self.books.tax.raise(amount),
            _ => self.books.charge(amount, phase == Phase::Taxable),
        }?;
        let (mut weights, mut sum) = (Weights::Goods, goods);
        if phase == Phase::Tax {
            let taxable = self.books.taxable(self.tax_shipping);
            Amount::check(taxable)?;
            (weights, sum) = (Weights::Taxable, Amount::within(taxable));
        }
        if amount < 0 && matches!(phase, Phase::Tax | Phase::Shipping) {
            weights = Weights::Book;
        }
        if phase == Phase::Tax && self.named.keeps(step.name) {
            let before = self.lines.shares(phase).to_vec();
            self.lines.share(amount, lines, phase, weights, sum)?;
            self.named.note(step.name, amount, &before, &self.lines);
            return Ok(());
        }
        self.lines.share(amount, lines, phase, weights, sum)
    }

    /// Fixes what is taxed. Whether a tax is on all of it.
    fn prepare_tax(&mut self, step: &Step<'c>) -> bool {
        self.lines.prepare_tax(self.tax_shipping);
        step.does.target.scope() == Scope::Cart || self.lines.are_all(&step.place.lines)
    }

    /// What of the taxable amount falls to the step's lines.
    fn taxed(&self, step: &Step<'c>, whole: bool) -> i64 {
        if whole { self.books.taxable(self.tax_shipping) } else { self.lines.taxable(&step.place.lines) }
    }

    /// A tax that the prices contain: worked out, and put into no book.
    #[inline(never)]
    fn included(&mut self, step: &Step<'c>, rates: &[Ratio], done: &mut Changed) -> Result<()> {
        let whole = self.prepare_tax(step);
        let base = self.taxed(step, whole);
        let exact = tax::included(base, tax::rate(step).unwrap_or(Ratio::ZERO), rates);
        done.exact = exact;
        // No tax is more than what contains it.
        let amount = exact.rounded(self.rounding) as i64;
        done.add(base, 1, amount.min(step.does.cap.map_or(i64::MAX, Amount::minor)), 0)
    }
}
