//! The item phases, and cart_subtotal, which is one of their aggregates with another name on the shares.

use super::{Acted, Books, Pipeline, nothing};
use crate::reference::cart::is_item_phase;
use crate::reference::number::{Q, larger, smaller, sum, zero};
use crate::reference::standing::taken;
use crate::reference::{filter, json};
use num_traits::Zero;

impl Pipeline<'_> {
    /// per_unit: a change c on the unit of each line; the unit becomes U + c, the line L + c × quantity. The line
    /// stays at or above zero too, where an earlier change of the line left it less than its units.
    pub(super) fn each_unit(&self, step: usize, books: &mut Books) -> Acted {
        let pieces = self.lines(step).iter().map(|&line| (line, books.lines[line].quantity.clone())).collect();
        self.change_units(step, pieces, books)
    }

    /// Buy X, get Y: of the pieces of the matching lines the k cheapest by their current unit are changed, ties to the
    /// earlier line.
    pub(super) fn some_units(&self, step: usize, books: &mut Books) -> Acted {
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
    pub(super) fn by_field(&self, step: usize) -> Vec<Vec<usize>> {
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
    pub(super) fn groups_of_goods(&self, step: usize, groups: Vec<Vec<usize>>, books: &mut Books) -> Acted {
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
}
