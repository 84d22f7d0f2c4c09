//! The pipeline: which condition comes up when, whether it wins its group, and how one change is made.

mod books;
mod items;
mod tax;
mod whole;

pub(crate) use books::{Books, Line};

use super::Terms;
use super::cart::{Cart, Change, Condition, PHASES, is_item_phase};
use super::number::{Q, larger, one, smaller, whole, zero};
use super::share::share_out;
use super::standing::{Reason, standing};
use std::collections::BTreeMap;

/// One condition on its way through the pipeline.
pub(crate) struct Step<'a> {
    pub(crate) condition: &'a Condition,
    /// The lines it would act on, or why it would not act.
    standing: Result<Vec<usize>, Reason>,
}

/// What became of a condition.
pub(crate) struct Entry<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) outcome: Result<Acted, Reason>,
}

/// What a condition did.
pub(crate) struct Acted {
    pub(crate) base: Q,
    pub(crate) exact: Q,
    pub(crate) amount: Q,
    pub(crate) cut_off: Q,
    pub(crate) missing: Vec<String>,
}

/// Runs a cart through all phases: the closed books, and an entry for each condition in the order they came up.
pub(crate) fn run<'a>(cart: &'a Cart, terms: &Terms) -> (Books, Vec<Entry<'a>>) {
    let mut pipeline = Pipeline { cart, steps: steps(cart, terms), winners: BTreeMap::new() };
    let mut books = Books::open(cart);
    let mut entries = Vec::new();
    for phase in PHASES {
        if phase == "taxable" {
            // B begins as G + S, or as G where the setting leaves shipping untaxed.
            for line in &mut books.lines {
                line.taxable = line.goods.clone();
                if terms.tax_shipping {
                    line.taxable += &line.shipping;
                }
            }
        }
        for step in 0..pipeline.steps.len() {
            let condition = pipeline.steps[step].condition;
            if condition.target.phase != phase {
                continue;
            }
            let outcome = match &pipeline.steps[step].standing {
                Err(reason) => Err(*reason),
                Ok(_) => {
                    pipeline.decide_group(step, &books);
                    if pipeline.lost(step) { Err("group") } else { Ok(pipeline.act(step, &mut books)) }
                }
            };
            entries.push(Entry { condition, outcome });
        }
    }
    (books, entries)
}

/// All conditions in the order in which they come up: by phase; in shipping and tax the raises first; by order; the
/// lines' own, line by line, before the cart's; and by insertion, which the stable sort keeps.
fn steps<'a>(cart: &'a Cart, terms: &Terms) -> Vec<Step<'a>> {
    let mut steps: Vec<Step> = cart
        .conditions
        .iter()
        .map(|condition| Step { condition, standing: standing(condition, cart, terms) })
        .collect();
    steps.sort_by_key(|step| {
        let condition = step.condition;
        let phase = PHASES.iter().position(|phase| *phase == condition.target.phase);
        let late = ["shipping", "tax"].contains(&condition.target.phase) && !condition.is_raise();
        (phase, late, condition.order, condition.owner.is_none(), condition.owner)
    });
    steps
}

struct Pipeline<'a> {
    cart: &'a Cart,
    steps: Vec<Step<'a>>,
    /// The groups that are decided, and the step that won each.
    winners: BTreeMap<String, usize>,
}

/// One change: before rounding, after all limits, and what the cut at zero took.
struct One {
    exact: Q,
    amount: Q,
    cut: Q,
}

impl Pipeline<'_> {
    fn lines(&self, step: usize) -> &[usize] {
        self.steps[step].standing.as_ref().expect("only what would apply acts")
    }

    fn all_lines(&self) -> Vec<usize> {
        (0..self.cart.items.len()).collect()
    }

    /// The members of a group that would apply, in order.
    fn members(&self, group: &str) -> Vec<usize> {
        (0..self.steps.len())
            .filter(|&step| self.steps[step].standing.is_ok())
            .filter(|&step| self.steps[step].condition.group.as_deref() == Some(group))
            .collect()
    }

    /// A group is decided when the first member that would apply comes up. Exclusive: that one wins. Best: each member
    /// acts on a copy of the books as they are now; the lowest amount wins, and of equal ones the first.
    fn decide_group(&mut self, step: usize, books: &Books) {
        let Some(group) = self.steps[step].condition.group.clone() else { return };
        if self.winners.contains_key(&group) {
            return;
        }
        let mut winner = step;
        if self.steps[step].condition.best {
            let mut lowest: Option<Q> = None;
            for member in self.members(&group) {
                let amount = self.act(member, &mut books.clone()).amount;
                if lowest.as_ref().is_none_or(|lowest| amount < *lowest) {
                    lowest = Some(amount);
                    winner = member;
                }
            }
        }
        self.winners.insert(group, winner);
    }

    fn lost(&self, step: usize) -> bool {
        let group = self.steps[step].condition.group.as_ref();
        group.is_some_and(|group| self.winners.get(group).is_some_and(|winner| *winner != step))
    }

    /// Lets one condition act on the books. The phase alone decides the base and the book.
    fn act(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        match condition.target.phase {
            phase if is_item_phase(phase) => match condition.target.application.as_str() {
                "per_unit" if condition.units.is_some() => self.some_units(step, books),
                "per_unit" => self.each_unit(step, books),
                "per_item" => {
                    let groups = self.lines(step).iter().map(|&line| vec![line]).collect();
                    self.groups_of_goods(step, groups, books)
                }
                "per_group" => self.groups_of_goods(step, self.by_field(step), books),
                "aggregate" => self.groups_of_goods(step, vec![self.lines(step).to_vec()], books),
                application => panic!("no application is called {application}"),
            },
            "cart_subtotal" => self.groups_of_goods(step, vec![self.lines(step).to_vec()], books),
            "shipping" => self.shipping(step, books),
            "taxable" => self.taxable(step, books),
            "tax" if condition.included => self.included_tax(step, books),
            "tax" => self.tax(step, books),
            _ => self.rest(step, books),
        }
    }

    /// The change before rounding: a percentage of the base, an amount as given, a factor's base × (f − 1), a divisor's
    /// base / d − base.
    fn exact(change: &Change, base: &Q) -> Q {
        match change {
            Change::Percent(percent) => base * percent / whole(100),
            Change::Amount(amount) => amount.clone(),
            Change::Factor(factor) => base * (factor - one()),
            Change::Divisor(divisor) => base / divisor - base,
        }
    }

    /// Rounded once in the cart's mode, then held within ± cap, then cut so that the book stays at zero or above.
    fn one(&self, condition: &Condition, exact: Q, book: &Q) -> One {
        let mut amount = self.cart.rounding.round(&exact);
        if let Some(cap) = &condition.cap {
            amount = larger(smaller(amount, cap.clone()), -cap.clone());
        }
        let uncut = amount.clone();
        if &amount + book < zero() {
            amount = -book.clone();
        }
        One { exact, cut: &amount - uncut, amount }
    }
    fn share(&self, amount: &Q, lines: &[usize], weights: &[Q], books: &Books) -> Vec<Q> {
        share_out(amount, weights, &books.column(lines, |line| &line.quantity))
    }
}

fn nothing() -> Acted {
    Acted { base: zero(), exact: zero(), amount: zero(), cut_off: zero(), missing: Vec::new() }
}

fn acted(base: Q, change: One) -> Acted {
    Acted { base, exact: change.exact, amount: change.amount, cut_off: change.cut, missing: Vec::new() }
}
