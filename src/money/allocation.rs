//! An amount shared out so that the shares sum to it.
//!
//! Largest remainder: every line gets its exact share cut to whole minor units, and the units that
//! are left go, one each, to the lines from which most was cut; where the same was cut, to the
//! earlier line. It is exact for every amount and every weight, and it works on the absolute amount,
//! so that a discount is shared like a fee of the same size.

use super::Amount;
use crate::error::{Error, Kind, Result};

/// Shares an amount out; it keeps its memory, so that one cart's conditions share one.
#[derive(Debug, Default)]
pub struct Allocation {
    shares: Vec<i64>,
    /// What was cut from each share, in parts of the sum of the weights.
    rests: Vec<u64>,
}

impl Allocation {
    /// A new one.
    pub fn new() -> Self {
        Allocation::default()
    }

    /// The shares of `amount` by `weights`, in their order. A weight below 0 counts 0.
    ///
    /// Where all weights are 0 nobody gets anything: which weights hold then is the caller's rule.
    pub fn share(&mut self, amount: Amount, weights: &[i64]) -> Result<&[i64]> {
        let weights = weights.iter().map(|weight| (*weight).max(0) as u64);
        let Some(sum) = weights
            .clone()
            .try_fold(0u64, |sum, weight| sum.checked_add(weight))
        else {
            return Err(Error::new(
                Kind::LimitExceeded,
                "expected weights that sum to 64 bits, found larger ones",
            ));
        };
        self.shares.clear();
        self.rests.clear();
        if sum == 0 || amount == Amount::ZERO {
            self.shares.extend(weights.map(|_| 0));
            return Ok(&self.shares);
        }
        let absolute = amount.minor().unsigned_abs();
        let mut left = absolute;
        self.shares.reserve(weights.len());
        self.rests.reserve(weights.len());
        if absolute.checked_mul(sum).is_some() {
            for weight in weights.clone() {
                let product = absolute * weight;
                let share = product / sum;
                left -= share;
                self.shares.push(share as i64);
                self.rests.push(product - share * sum);
            }
        } else {
            for weight in weights {
                let product = u128::from(absolute) * u128::from(weight);
                let share = (product / u128::from(sum)) as u64;
                left -= share;
                self.shares.push(share as i64);
                self.rests.push((product % u128::from(sum)) as u64);
            }
        }
        if left > 0 {
            self.hand_out(left, sum);
        }
        if amount < Amount::ZERO {
            for share in &mut self.shares {
                *share = -*share;
            }
        }
        Ok(&self.shares)
    }

    /// Gives one unit each to the `left` lines with the largest rests, all below `sum`.
    ///
    /// The rest of the last one to get a unit is found six bits at a time, from the top: counting
    /// costs a few steps a line where sorting would cost dozens.
    fn hand_out(&mut self, mut left: u64, sum: u64) {
        const STEP: u32 = 6;
        let mut shift = u64::BITS - (sum - 1).leading_zeros();
        let mut prefix = 0;
        loop {
            let width = shift.min(STEP);
            let mut counts = [0u64; 1 << STEP];
            let below = shift - width;
            for rest in &self.rests {
                if above(*rest, shift) == prefix {
                    counts[(above(*rest, below) as usize) & ((1 << width) - 1)] += 1;
                }
            }
            let mut digit = (1usize << width) - 1;
            while digit > 0 && left > counts[digit] {
                left -= counts[digit];
                digit -= 1;
            }
            prefix = (prefix << width) | digit as u64;
            shift = below;
            if shift == 0 || left == counts[digit] {
                break;
            }
        }
        for (share, rest) in self.shares.iter_mut().zip(&self.rests) {
            let found = above(*rest, shift);
            if found > prefix {
                *share += 1;
            } else if found == prefix && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
    }
}

/// The bits of `rest` above the lowest `shift`, which may be all 64.
fn above(rest: u64, shift: u32) -> u64 {
    rest.checked_shr(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(amount: i64, weights: &[i64]) -> Vec<i64> {
        Allocation::new()
            .share(Amount::new(amount).unwrap(), weights)
            .unwrap()
            .to_vec()
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
        assert_eq!(
            share(most, &[most, most, most]),
            [most / 3 + 1, most / 3, most / 3]
        );
        assert_eq!(share(10, &[-1, 2, 0]), [0, 10, 0]);
        assert!(
            Allocation::new()
                .share(Amount::MAX, &[i64::MAX; 3])
                .is_err()
        );
        assert_eq!(share(most, &[i64::MAX, i64::MAX]), [most / 2 + 1, most / 2]);
    }

    #[test]
    fn it_is_what_sorting_would_give() {
        let mut random = crate::money::tests::Random(7);
        for round in 0..4000u64 {
            let lines = 1 + random.below(40) as usize;
            let widest = 1u64 << random.below(53);
            let weights: Vec<i64> = (0..lines).map(|_| random.below(widest) as i64).collect();
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
            let expected: Vec<i64> = expected
                .iter()
                .map(|share| *share as i64 * amount.signum())
                .collect();
            assert_eq!(share(amount, &weights), expected, "{amount} by {weights:?}");
        }
    }
}
