//! The pipeline: phases, books, changes. Everything that an amount goes through, and in what order.

use super::cart::{Cart, Change, Condition, PHASES, is_item_phase};
use super::number::{Q, larger, one, smaller, sum, whole, zero};
use super::share::share_out;
use super::standing::{Reason, standing, taken};
use super::{Terms, filter, json};
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;

/// The books. Goods, shipping, tax and the taxable amount are kept by line, and each book is the sum over the lines;
/// fees and reductions are single figures.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) lines: Vec<Line>,
    /// F.
    pub(crate) fees: Q,
    /// R, as a positive figure.
    pub(crate) reductions: Q,
    /// The amounts of the entries in phase tax so far: name, and amount by line.
    taxes: Vec<(String, Vec<Q>)>,
}

/// What one line holds of the books.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) quantity: Q,
    /// U, the current price of one.
    unit: Q,
    /// L; from cart_subtotal on with its shares of that, so that their sum is G.
    pub(crate) goods: Q,
    /// Its part of S.
    pub(crate) shipping: Q,
    /// Its part of B.
    taxable: Q,
    /// Its part of T.
    pub(crate) tax: Q,
    /// What the item phases did to it.
    pub(crate) item_adjustments: Q,
    /// What each later phase gave it or took from it.
    pub(crate) shares: BTreeMap<&'static str, Q>,
}

impl Books {
    /// All at price × quantity, nothing else yet.
    fn open(cart: &Cart) -> Books {
        let line = |price: &Q, quantity: &Q| Line {
            quantity: quantity.clone(),
            unit: price.clone(),
            goods: price * quantity,
            shipping: zero(),
            taxable: zero(),
            tax: zero(),
            item_adjustments: zero(),
            shares: BTreeMap::new(),
        };
        Books {
            lines: cart.items.iter().map(|item| line(&item.price, &item.quantity)).collect(),
            fees: zero(),
            reductions: zero(),
            taxes: Vec::new(),
        }
    }

    fn column(&self, lines: &[usize], of: fn(&Line) -> &Q) -> Vec<Q> {
        lines.iter().map(|&line| of(&self.lines[line]).clone()).collect()
    }

    fn book(&self, of: fn(&Line) -> &Q) -> Q {
        sum(self.lines.iter().map(of))
    }

    /// P = G + S + F + T − R, which is the total too.
    pub(crate) fn total(&self) -> Q {
        self.book(|line| &line.goods) + self.book(|line| &line.shipping) + &self.fees + self.book(|line| &line.tax)
            - &self.reductions
    }
}

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

    /// per_unit: a change c on the unit of each line; the unit becomes U + c, the line L + c × quantity. The line
    /// stays at or above zero too, where an earlier change of the line left it less than its units.
    fn each_unit(&self, step: usize, books: &mut Books) -> Acted {
        let pieces = self.lines(step).iter().map(|&line| (line, books.lines[line].quantity.clone())).collect();
        self.change_units(step, pieces, books)
    }

    /// Buy X, get Y: of the pieces of the matching lines the k cheapest by their current unit are changed, ties to the
    /// earlier line.
    fn some_units(&self, step: usize, books: &mut Books) -> Acted {
        let units = self.steps[step].condition.units.as_ref().expect("units");
        let mut left = taken(units, self.cart, self.lines(step));
        let mut cheapest = self.lines(step).to_vec();
        cheapest.sort_by(|&a, &b| books.lines[a].unit.cmp(&books.lines[b].unit));
        let mut pieces = Vec::new();
        for line in cheapest {
            let here = smaller(left.clone(), books.lines[line].quantity.clone());
            left -= &here;
            if !here.is_zero() {
                pieces.push((line, here));
            }
        }
        self.change_units(step, pieces, books)
    }

    /// Changes so many units of each of these lines. The unit itself changes only where all units of the line do.
    fn change_units(&self, step: usize, pieces: Vec<(usize, Q)>, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let mut acted = nothing();
        for (number, count) in pieces {
            let line = &mut books.lines[number];
            let change = self.one(condition, Self::exact(&condition.change, &line.unit), &line.unit);
            acted.base += &line.unit * &count;
            acted.exact += &change.exact * &count;
            acted.cut_off += &change.cut * &count;

            let uncut = &change.amount * &count;
            let amount = larger(uncut.clone(), -line.goods.clone());
            acted.cut_off += &amount - uncut;
            if count == line.quantity {
                line.unit += &change.amount;
            }
            line.goods += &amount;
            line.item_adjustments += &amount;
            acted.amount += amount;
        }
        acted
    }

    /// per_group: the matching lines by the value of a field, strictly compared, a missing one like null, in order of
    /// first appearance.
    fn by_field(&self, step: usize) -> Vec<Vec<usize>> {
        let name = self.steps[step].condition.target.group_by.as_deref().expect("per_group has a field");
        let mut groups: Vec<(serde_json::Value, Vec<usize>)> = Vec::new();
        for &line in self.lines(step) {
            let value = filter::field(&self.cart.items[line], name);
            match groups.iter_mut().find(|(each, _)| json::equal(each, &value)) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((value, vec![line])),
            }
        }
        groups.into_iter().map(|(_, lines)| lines).collect()
    }

    /// One change for each group of lines: its base and its book is what the goods of those lines come to, and the
    /// lines share it by their goods. A single line is a group for per_item; all matching lines are one for aggregate
    /// and in cart_subtotal.
    fn groups_of_goods(&self, step: usize, groups: Vec<Vec<usize>>, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let mut acted = nothing();
        for lines in groups {
            let weights = books.column(&lines, |line| &line.goods);
            let base = sum(&weights);
            let change = self.one(condition, Self::exact(&condition.change, &base), &base);
            let shares = self.share(&change.amount, &lines, &weights, books);
            for (line, share) in lines.iter().zip(&shares) {
                let line = &mut books.lines[*line];
                line.goods += share;
                if is_item_phase(condition.target.phase) {
                    line.item_adjustments += share;
                } else {
                    *line.shares.entry("cart_subtotal").or_insert_with(zero) += share;
                }
            }
            acted.base += base;
            acted.exact += change.exact;
            acted.amount += change.amount;
            acted.cut_off += change.cut;
        }
        acted
    }

    fn share(&self, amount: &Q, lines: &[usize], weights: &[Q], books: &Books) -> Vec<Q> {
        share_out(amount, weights, &books.column(lines, |line| &line.quantity))
    }

    /// Shipping: a rate is on the goods; all else is on the shipping book. What raises it is shared by the goods, what
    /// lowers it by the lines' shares of it.
    fn shipping(&self, step: usize, books: &mut Books) -> Acted {
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
    fn taxable(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.all_lines();
        let base = books.book(|line| &line.taxable);
        let change = self.one(condition, Self::exact(&condition.change, &base), &base);
        let shares = self.share(&change.amount, &lines, &books.column(&lines, |line| &line.goods), books);
        for (line, share) in books.lines.iter_mut().zip(&shares) {
            line.taxable += share;
            *line.shares.entry("taxable").or_insert_with(zero) += share;
        }
        book_fee_or_reduction(&change.amount, books);
        acted(base, change)
    }

    /// What the lines of a step hold of B. Rounding may take a single line below zero, a base never.
    fn taxable_base(&self, step: usize, books: &Books) -> Q {
        larger(sum(&books.column(self.lines(step), |line| &line.taxable)), zero())
    }

    /// Tax: a rate is on B, and every rate on the same B, plus the amounts of the earlier taxes that it names; for items,
    /// on what the matching lines hold of all that. All else is on the tax that these lines have so far. What
    /// raises it is shared by the lines' parts of B, what lowers it by their parts of the tax.
    fn tax(&self, step: usize, books: &mut Books) -> Acted {
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
    fn included_tax(&self, step: usize, books: &mut Books) -> Acted {
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

    /// Payment, custom, grand_total: on all that is to be paid so far. More is a fee, less a reduction; shared by the
    /// goods. Untaxed.
    fn rest(&self, step: usize, books: &mut Books) -> Acted {
        let condition = self.steps[step].condition;
        let lines = self.all_lines();
        let base = books.total();
        let change = self.one(condition, Self::exact(&condition.change, &base), &base);
        let shares = self.share(&change.amount, &lines, &books.column(&lines, |line| &line.goods), books);
        for (line, share) in books.lines.iter_mut().zip(&shares) {
            *line.shares.entry(condition.target.phase).or_insert_with(zero) += share;
        }
        book_fee_or_reduction(&change.amount, books);
        acted(base, change)
    }
}

fn book_fee_or_reduction(amount: &Q, books: &mut Books) {
    if amount.is_negative() {
        books.reductions -= amount;
    } else {
        books.fees += amount;
    }
}

fn nothing() -> Acted {
    Acted { base: zero(), exact: zero(), amount: zero(), cut_off: zero(), missing: Vec::new() }
}

fn acted(base: Q, change: One) -> Acted {
    Acted { base, exact: change.exact, amount: change.amount, cut_off: change.cut, missing: Vec::new() }
}
