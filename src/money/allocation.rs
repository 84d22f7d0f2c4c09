//! An amount shared out so that the shares sum to it.
//!
//! Largest remainder: every line gets its exact share cut to whole minor units, and the units that
//! are left go, one each, to the lines from which most was cut; where the same was cut, to the
//! earlier line. It is exact for every amount and every weight, and it works on the absolute amount,
//! so that a discount is shared like a fee of the same size.

use super::Amount;
use crate::error::{Error, Kind, Result};
use crate::order::order;

/// An amount divided by weights.
///
/// It keeps its memory, so that all conditions of a cart share one. Sharing out is the innermost
/// loop of pricing: one pass cuts the shares, one division each, and threads every line onto the list
/// of those from which about as much was cut. The lists with most give their lines one unit more until
/// none is left; only the list where that ends is looked at more closely. Sorting would cost more than
/// all the rest.
#[derive(Clone, Debug, Default)]
pub struct Allocation {
    /// What was cut from each line's share, in parts of the sum of the weights.
    rests: Vec<u64>,
    /// The line before each on its list.
    next: Vec<u32>,
    /// The lines of the list where the units end, and what was cut from each.
    last: Vec<(u64, u32)>,
}

/// Lists are told apart by at most so many of a rest's highest bits: fewer in a cart of few lines,
/// where most lists would be empty.
const BITS: u32 = 6;
const LISTS: usize = 1 << BITS;

/// The end of a list: no column is as long.
const END: u32 = u32::MAX;

/// So many lines are cut in a row, because a short loop is mostly counting.
const ROW: usize = 4;

impl Allocation {
    /// Divides nothing yet.
    pub fn new() -> Self {
        Allocation::default()
    }

    /// Divides `amount` by `weights` and adds each line's share to its place in `column`.
    pub fn share(&mut self, amount: Amount, weights: &[i64], column: &mut [i64]) -> Result<()> {
        match small_sum(weights) {
            Some(sum) => self.share_by(amount, weights, sum, column),
            None => {
                let sum = careful_sum(weights)?;
                self.share_wide(amount, weights, sum, column);
            }
        }
        Ok(())
    }

    /// The same where the caller knows that no weight is below 0, and what they come to.
    pub fn share_by(&mut self, amount: Amount, weights: &[i64], sum: Amount, column: &mut [i64]) {
        let (absolute, sum) = (amount.minor().unsigned_abs(), sum.minor().unsigned_abs());
        if product(absolute, sum).is_none() {
            return self.share_wide(amount, weights, sum, column);
        }
        if sum == 0 {
            return;
        }
        let lines = weights.len().min(column.len());
        if self.rests.len().min(self.next.len()) < lines {
            // Zeroed anew, which costs nothing where the allocator has zeros.
            self.rests = vec![0; lines];
            self.next = vec![0; lines];
        }
        let (weights, column) = (&weights[..lines], &mut column[..lines]);
        let (rests, next) = (&mut self.rests[..lines], &mut self.next[..lines]);
        let (sign, mut left) = (amount.minor().signum(), amount.minor().unsigned_abs());
        let bits = (usize::BITS - lines.leading_zeros()).min(BITS);
        let shift = (u64::BITS - (sum - 1).leading_zeros()).saturating_sub(bits);
        let mut lists = [END; LISTS];
        {
            let mut cut = |line: u32, weight: &i64, into: &mut i64, rest: &mut u64, next: &mut u32| {
                let product = absolute.wrapping_mul(*weight as u64);
                let whole = product / sum;
                let cut = product - whole * sum;
                *into += sign * whole as i64;
                *rest = cut;
                left = left.wrapping_sub(whole);
                let list = &mut lists[(cut >> shift) as usize % LISTS];
                *next = *list;
                *list = line;
            };
            let (weights, last_weights) = weights.as_chunks::<ROW>();
            let (column, last_column) = column.as_chunks_mut::<ROW>();
            let (rests, last_rests) = rests.as_chunks_mut::<ROW>();
            let (next, last_next) = next.as_chunks_mut::<ROW>();
            for row in 0..weights.len() {
                let line = row * ROW;
                for n in 0..ROW {
                    let (into, rest, next) = (&mut column[row][n], &mut rests[row][n], &mut next[row][n]);
                    cut((line + n) as u32, &weights[row][n], into, rest, next);
                }
            }
            let line = weights.len() * ROW;
            for n in 0..last_weights.len() {
                let (into, rest, next) = (&mut last_column[n], &mut last_rests[n], &mut last_next[n]);
                cut((line + n) as u32, &last_weights[n], into, rest, next);
            }
        }
        self.spread(left as i64, sign, &lists[..1 << bits], column);
    }

    /// The same for any size, plainly.
    #[cold]
    #[inline(never)]
    fn share_wide(&mut self, amount: Amount, weights: &[i64], sum: u64, column: &mut [i64]) {
        if sum == 0 {
            return;
        }
        let sign = amount.minor().signum();
        let mut left = amount.minor().unsigned_abs();
        self.rests.clear();
        for (weight, into) in weights.iter().zip(&mut *column) {
            let product = u128::from(amount.minor().unsigned_abs()) * u128::from((*weight).max(0).unsigned_abs());
            let whole = (product / u128::from(sum)) as u64;
            *into += sign * whole as i64;
            left -= whole;
            self.rests.push((product % u128::from(sum)) as u64);
        }
        let rests = &self.rests;
        for line in order(rests.len(), &mut |a, b| rests[a] > rests[b]).iter().take(left as usize) {
            column[*line] += sign;
        }
    }

    /// Gives the units that are left to the lines from which most was cut.
    #[inline(never)]
    fn spread(&mut self, mut left: i64, sign: i64, lists: &[u32], column: &mut [i64]) {
        let next = &self.next[..column.len()];
        for list in lists.iter().rev() {
            if left == 0 {
                return;
            }
            let mut line = *list as usize;
            while let (Some(next), Some(into)) = (next.get(line), column.get_mut(line)) {
                *into += sign;
                left -= 1;
                line = *next as usize;
            }
            if left < 0 {
                return self.take_back(left.unsigned_abs() as usize, sign, *list, column);
            }
        }
    }

    /// Takes so many units back from the lines of a list: where less was cut, and among those where the
    /// same was, from the later.
    #[inline(never)]
    fn take_back(&mut self, units: usize, sign: i64, list: u32, column: &mut [i64]) {
        self.last.clear();
        let mut line = list;
        while let (Some(rest), Some(next)) = (self.rests.get(line as usize), self.next.get(line as usize)) {
            self.last.push((*rest, line));
            line = *next;
        }
        // A list runs from the later line to the earlier, so equal rests are in order as they are.
        let last = &self.last;
        let alike = last.first().is_none_or(|(first, _)| last.iter().all(|(rest, _)| rest == first));
        if alike {
            for (_, line) in last.iter().take(units) {
                column[*line as usize] -= sign;
            }
        } else {
            for n in order(last.len(), &mut |a, b| last[a].0 < last[b].0).iter().take(units) {
                column[last[*n].1 as usize] -= sign;
            }
        }
    }
}

/// The product, where it fits; what is multiplied here is below 2^53.
fn product(a: u64, b: u64) -> Option<u64> {
    if (a | b) >> 32 == 0 {
        return Some(a * b);
    }
    a.checked_mul(b)
}

/// The sum of weights that are all 0 or more, where it is small enough for an amount.
fn small_sum(weights: &[i64]) -> Option<Amount> {
    let (mut sum, mut bits) = (0i64, 0i64);
    for weight in weights {
        sum = sum.wrapping_add(*weight);
        bits |= weight;
    }
    // No weight is below 0 or above 2^40, and there are too few of them to sum beyond 63 bits.
    let small = bits >> 40 == 0 && weights.len() >> 20 == 0;
    if small { Amount::new(sum).ok() } else { None }
}

/// The sum of weights of any size.
#[cold]
fn careful_sum(weights: &[i64]) -> Result<u64> {
    let mut weights = weights.iter().map(|weight| (*weight).max(0).unsigned_abs());
    weights
        .try_fold(0u64, u64::checked_add)
        .ok_or_else(|| Error::new(Kind::LimitExceeded, "expected weights that sum to 64 bits, found larger ones"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(amount: i64, weights: &[i64]) -> Vec<i64> {
        let mut column = vec![0; weights.len()];
        Allocation::new().share(Amount::new(amount).unwrap(), weights, &mut column).unwrap();
        column
    }

    #[test]
    fn units_that_are_left_go_to_the_largest_rests_then_to_the_earlier_line() {
        assert_eq!(share(-100, &[333, 333, 334]), [-33, -33, -34]);
        assert_eq!(share(100, &[333, 333, 334]), [33, 33, 34]);
        assert_eq!(share(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(share(-2, &[1, 1, 1]), [-1, -1, 0]);
        assert_eq!(share(1, &[0, 1, 1]), [0, 1, 0]);
        assert_eq!(share(10, &[7]), [10]);
        assert_eq!(share(10, &[0, 0]), [0, 0]);
        assert_eq!(share(0, &[1, 2]), [0, 0]);
        assert_eq!(share(5, &[]), [0i64; 0]);
        let most = Amount::MAX.minor();
        assert_eq!(share(most, &[most, most, most]), [most / 3 + 1, most / 3, most / 3]);
        assert_eq!(share(10, &[-1, 2, 0]), [0, 10, 0]);
        assert_eq!(share(10, &[-1, 0]), [0, 0]);
        assert_eq!(share(-150, &[7; 100]), [[-2; 50], [-1; 50]].concat());
        assert!(Allocation::new().share(Amount::MAX, &[i64::MAX; 3], &mut [0; 3]).is_err());
        assert_eq!(share(most, &[i64::MAX, i64::MAX]), [most / 2 + 1, most / 2]);
    }

    #[test]
    fn it_is_what_sorting_would_give() {
        let mut random = crate::money::tests::Random(7);
        for round in 0..4000u64 {
            let lines = 1 + random.below(40) as usize;
            let widest = 1u64 << random.below(53);
            // Every third cart has lines that are nearly the same, so that many rests meet.
            let base = if round % 3 == 0 { widest } else { 0 };
            let spread = if round % 3 == 0 { 3 } else { widest };
            let weights: Vec<i64> = (0..lines).map(|_| (base + random.below(spread)) as i64).collect();
            let largest = 1u64 << random.below(53);
            let amount = random.below(largest) as i64 * if round % 2 == 0 { 1 } else { -1 };
            let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            if sum == 0 {
                continue;
            }
            let product = |line: usize| i128::from(amount.abs()) * i128::from(weights[line]);
            let mut expected: Vec<i128> = (0..lines).map(|line| product(line) / sum).collect();
            let left = i128::from(amount.abs()) - expected.iter().sum::<i128>();
            let mut order: Vec<usize> = (0..lines).collect();
            order.sort_by_key(|line| (-(product(*line) % sum), *line));
            for line in &order[..left as usize] {
                expected[*line] += 1;
            }
            let expected: Vec<i64> = expected.iter().map(|share| *share as i64 * amount.signum()).collect();
            assert_eq!(share(amount, &weights), expected, "{amount} by {weights:?}");
            if let Ok(sum) = Amount::from_wide(sum) {
                let mut column = vec![7; lines];
                Allocation::new().share_by(Amount::new(amount).unwrap(), &weights, sum, &mut column);
                let above: Vec<i64> = expected.iter().map(|share| share + 7).collect();
                assert_eq!(column, above, "{amount} by {weights:?}, which come to {sum:?}");
            }
        }
    }
}
