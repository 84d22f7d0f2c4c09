//! The pipeline: which condition acts when, on which base, into which book.
//!
//! The phase alone decides base and book. Within a phase the conditions act by their order, a
//! line's own before the cart's, then in the order of insertion; in shipping and tax, raises before
//! the rest.

use super::books::Books;
use super::change::{Effect, is_raise, is_rate};
use super::lines::{Changed, Lines, Weights};
use super::{Entry, Reason, Terms, Totals};
use crate::cart::Cart;
use crate::condition::{Condition, Phase, Scope};
use crate::error::Result;
use crate::money::{Amount, Rounding};
use core::ops::Range;

/// A condition in its place.
struct Step<'c> {
    /// Phase, raise or not, order, insertion, from the highest bit down: comparing steps is comparing
    /// one number.
    key: u64,
    condition: &'c Condition,
    /// The line that it sits on.
    line: Option<usize>,
}

/// Every condition of the cart, in the order of application.
fn steps(cart: &Cart) -> Vec<Step<'_>> {
    let on_lines = cart
        .items
        .iter()
        .enumerate()
        .flat_map(|(line, item)| item.conditions.iter().map(move |condition| (condition, Some(line))));
    let on_cart = cart.conditions.iter().map(|condition| (condition, None));
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(cart.conditions.len());
    for (inserted, (condition, line)) in on_lines.chain(on_cart).enumerate() {
        let phase = condition.target.phase;
        let late = matches!(phase, Phase::Shipping | Phase::Tax) && !is_raise(condition);
        // The lowest order first: flipping the sign bit makes signed numbers compare as unsigned.
        let order = (condition.order as u32) ^ (1 << 31);
        let key = (phase as u64) << 60 | u64::from(late) << 59 | u64::from(order) << 27 | inserted as u64;
        steps.push(Step { key, condition, line });
    }
    steps.sort_unstable_by_key(|step| step.key);
    steps
}

/// What `cart` costs.
pub(super) fn run<'c>(cart: &'c Cart, terms: &Terms) -> Result<Totals<'c>> {
    let (lines, goods) = Lines::new(&cart.items)?;
    let mut run = Run { lines, books: Books::of(goods), rounding: cart.rounding, tax_shipping: terms.tax_shipping };
    let mut totals = Totals::zero(cart.currency);
    let steps = steps(cart);
    totals.breakdown.reserve(steps.len());
    for step in &steps {
        let condition = step.condition;
        let phase = condition.target.phase;
        let mut entry = Entry {
            name: &condition.name,
            kind: &condition.kind,
            item: step.line.map(|line| &*cart.items[line].id),
            phase,
            base: None,
            exact: None,
            amount: Amount::ZERO,
            cut_off: None,
            applied: false,
            reason: None,
        };
        match Effect::of(condition, run.rounding) {
            _ if cart.items.is_empty() => entry.reason = Some(Reason::EmptyCart),
            None => entry.reason = Some(Reason::DivisionByZero),
            Some(effect) => {
                let done = run.act(step, effect)?;
                entry.base = Some(done.base);
                entry.exact = Some(done.exact);
                entry.amount = done.amount;
                entry.cut_off = (done.cut_off != Amount::ZERO).then_some(done.cut_off);
                entry.applied = true;
                if phase <= Phase::CartSubtotal && done.amount < Amount::ZERO {
                    totals.discount = totals.discount.minus(done.amount)?;
                }
                add(&mut totals.by_type, &condition.kind, done.amount)?;
            }
        }
        totals.breakdown.push(entry);
    }
    totals.by_type.retain(|(_, amount)| *amount != Amount::ZERO);
    let books = run.books;
    totals.quantity = cart.quantity();
    totals.lines = cart.items.len();
    totals.subtotal_without_conditions = goods;
    totals.subtotal = books.goods;
    totals.shipping = books.shipping;
    totals.fees = books.fees;
    totals.tax = books.tax;
    totals.adjustments = books.reductions.negated();
    totals.total = books.payable()?;
    totals.savings = totals.discount.plus(books.reductions)?;
    totals.line_totals = run.lines.totals()?;
    Ok(totals)
}

/// Adds to a type's sum. A cart has few types: looking through them is faster than any index.
fn add<'c>(by_type: &mut Vec<(&'c str, Amount)>, kind: &'c str, change: Amount) -> Result<()> {
    match by_type.iter_mut().find(|(found, _)| *found == kind) {
        Some((_, amount)) => *amount = amount.plus(change)?,
        None => by_type.push((kind, change)),
    }
    Ok(())
}

/// A cart half way through the phases.
struct Run<'c> {
    lines: Lines<'c>,
    books: Books,
    rounding: Rounding,
    tax_shipping: bool,
}

impl Run<'_> {
    fn act(&mut self, step: &Step<'_>, effect: Effect) -> Result<Changed> {
        let condition = step.condition;
        // A condition on a line sees that line alone.
        let matching = match step.line {
            Some(line) => line..line + 1,
            None => 0..self.lines.len(),
        };
        let phase = condition.target.phase;
        match phase {
            Phase::PreItem | Phase::ItemDiscount | Phase::ItemPost => {
                let done = self.lines.change(effect, matching, condition.target.application)?;
                self.books.goods = self.books.goods.plus(done.amount)?;
                Ok(done)
            }
            Phase::CartSubtotal => {
                let base = match self.whole(&matching) {
                    true => self.books.goods,
                    false => self.lines.goods(matching.clone())?,
                };
                let done = changed(effect, base, base)?;
                self.books.goods = self.books.goods.plus(done.amount)?;
                self.lines.share(done.amount, matching, phase, Weights::Goods)?;
                Ok(done)
            }
            Phase::Shipping => {
                let book = self.books.shipping;
                let base = if is_rate(condition) { self.books.goods } else { book };
                let done = changed(effect, base, book)?;
                self.books.shipping = book.plus(done.amount)?;
                let weights = if done.amount < Amount::ZERO { Weights::Book } else { Weights::Goods };
                self.lines.share(done.amount, matching, phase, weights)?;
                Ok(done)
            }
            Phase::Taxable => {
                let base = self.books.taxable(self.tax_shipping)?;
                let done = changed(effect, base, base)?;
                self.books.charge_taxable(done.amount)?;
                self.lines.share(done.amount, matching, phase, Weights::Goods)?;
                Ok(done)
            }
            Phase::Tax => {
                self.lines.prepare_tax(self.tax_shipping);
                let whole = condition.target.scope == Scope::Cart || self.whole(&matching);
                let book = match whole {
                    true => self.books.tax,
                    false => self.lines.shared(matching.clone(), phase)?,
                };
                let base = match (is_rate(condition), whole) {
                    (false, _) => book,
                    (true, true) => self.books.taxable(self.tax_shipping)?,
                    (true, false) => self.lines.taxable(matching.clone())?,
                };
                let done = changed(effect, base, book)?;
                self.books.tax = self.books.tax.plus(done.amount)?;
                let weights = if done.amount < Amount::ZERO { Weights::Book } else { Weights::Taxable };
                self.lines.share(done.amount, matching, phase, weights)?;
                Ok(done)
            }
            Phase::Payment | Phase::Custom | Phase::GrandTotal => {
                let base = self.books.payable()?;
                let done = changed(effect, base, base)?;
                self.books.charge(done.amount)?;
                self.lines.share(done.amount, matching, phase, Weights::Goods)?;
                Ok(done)
            }
        }
    }

    /// Whether these are all lines, whose sums the books know.
    fn whole(&self, matching: &Range<usize>) -> bool {
        matching.len() == self.lines.len()
    }
}

/// A change on one base.
fn changed(effect: Effect, base: Amount, book: Amount) -> Result<Changed> {
    let (amount, cut_off) = effect.on(base, book)?;
    Ok(Changed { base, exact: effect.exact(base, 1), amount, cut_off })
}
