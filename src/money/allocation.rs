//! An amount shared out so that the shares sum to it.
//!
//! Largest remainder: every line gets its exact share cut to whole minor units, and the units that
//! are left go, one each, to the lines from which most was cut; where the same was cut, to the
//! earlier line. It is exact for every amount and every weight, and it works on the absolute amount,
//! so that a discount is shared like a fee of the same size.

use super::Amount;
use crate::error::{Error, Kind, Result};

/// An amount divided by weights.
///
/// It keeps its memory, so that all conditions of a cart share one. Sharing out is the innermost
/// loop of pricing: a line costs one division, and the lines that get one more are found by counting
/// remainders into buckets, where sorting them would cost more than all the rest.
#[derive(Clone, Debug, Default)]
pub struct Allocation {
    /// Each line's share of the absolute amount, cut to whole minor units.
    shares: Vec<i64>,
    /// What was cut from each share, in parts of the sum of the weights.
    rests: Vec<u64>,
    /// Lines whose rest, without its lowest `shift` bits, is at least this get one more.
    enough: u64,
    shift: u32,
    /// The lines beside those that get one more.
    more: Vec<usize>,
    negative: bool,
}

/// Remainders are counted by so many bits at a time.
const BITS: u32 = 6;
const BUCKETS: usize = 1 << BITS;

impl Allocation {
    /// Divides nothing yet.
    pub fn new() -> Self {
        Allocation::default()
    }

    /// Divides `amount` by `weights`. A weight below 0 counts 0.
    ///
    /// Where all weights are 0 nobody gets anything: which weights hold then is the caller's rule.
    pub fn divide(&mut self, amount: Amount, weights: &[i64]) -> Result<()> {
        self.shares.clear();
        self.shares.resize(weights.len(), 0);
        self.rests.clear();
        self.rests.resize(weights.len(), 0);
        self.more.clear();
        self.enough = u64::MAX;
        self.shift = 0;
        self.negative = amount < Amount::ZERO;
        let absolute = amount.minor().unsigned_abs();

        let (mut sum, mut bits) = (0i64, 0i64);
        for weight in weights {
            sum = sum.wrapping_add(*weight);
            bits |= weight;
        }
        // No weight is below 0 or above 2^40, and there are too few of them to sum beyond 63 bits.
        let small = bits >> 40 == 0 && weights.len() >> 20 == 0;
        let sum = if small { sum.unsigned_abs() } else { careful_sum(weights)? };
        if sum == 0 {
            return Ok(());
        }
        let shift = (u64::BITS - (sum - 1).leading_zeros()).saturating_sub(BITS);
        let mut counts = [0u64; BUCKETS];
        let mut left = absolute;
        let lines = weights.iter().zip(&mut self.shares).zip(&mut self.rests);
        if small && absolute.checked_mul(sum).is_some() {
            for ((weight, share), rest) in lines {
                let product = absolute * weight.unsigned_abs();
                let whole = product / sum;
                *rest = product - whole * sum;
                *share = whole as i64;
                left -= whole;
                counts[(*rest >> shift) as usize % BUCKETS] += 1;
            }
        } else {
            for ((weight, share), rest) in lines {
                let product = u128::from(absolute) * u128::from((*weight).max(0).unsigned_abs());
                let whole = (product / u128::from(sum)) as u64;
                *rest = (product % u128::from(sum)) as u64;
                *share = whole as i64;
                left -= whole;
                counts[(*rest >> shift) as usize % BUCKETS] += 1;
            }
        }
        if left > 0 {
            let bucket = last_bucket(&counts, &mut left);
            self.shift = shift;
            self.enough = bucket;
            if left < counts[bucket as usize] {
                self.enough = bucket + 1;
                let lines = self.rests.iter().enumerate();
                let candidates = lines.filter(|(_, rest)| **rest >> shift == bucket);
                let candidates = candidates.map(|(line, _)| line).collect();
                self.choose(candidates, shift, left);
            }
        }
        Ok(())
    }

    /// Chooses the `left` of `candidates` with the largest rests, which are the same above `shift`.
    fn choose(&mut self, mut candidates: Vec<usize>, mut shift: u32, mut left: u64) {
        loop {
            let rest = |line: &usize| self.rests[*line];
            let first = candidates.first().map(rest);
            if candidates.iter().all(|line| Some(rest(line)) == first) {
                // The same was cut from all of them: the earlier lines.
                self.more.extend(candidates.into_iter().take(left as usize));
                return;
            }
            let below = shift.saturating_sub(BITS);
            let bucket_of = |line: &usize| (rest(line) >> below) % (1 << (shift - below));
            let mut counts = [0u64; BUCKETS];
            for line in &candidates {
                counts[bucket_of(line) as usize % BUCKETS] += 1;
            }
            let bucket = last_bucket(&counts, &mut left);
            self.more.extend(candidates.iter().filter(|line| bucket_of(line) > bucket));
            candidates.retain(|line| bucket_of(line) == bucket);
            shift = below;
        }
    }

    /// Adds each line's share to its place in `column`.
    pub fn add_to(&self, column: &mut [i64]) {
        let sign = if self.negative { -1 } else { 1 };
        for ((into, share), rest) in column.iter_mut().zip(&self.shares).zip(&self.rests) {
            *into += sign * (share + i64::from(*rest >> self.shift >= self.enough));
        }
        for line in &self.more {
            if let Some(into) = column.get_mut(*line) {
                *into += sign;
            }
        }
    }
}

/// The bucket that the last of the `left` largest rests is in; `left` becomes how many of that
/// bucket are among them.
fn last_bucket(counts: &[u64; BUCKETS], left: &mut u64) -> u64 {
    let mut bucket = BUCKETS - 1;
    while bucket > 0 && *left > counts[bucket] {
        *left -= counts[bucket];
        bucket -= 1;
    }
    bucket as u64
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
        let mut allocation = Allocation::new();
        let mut column = vec![0; weights.len()];
        allocation.divide(Amount::new(amount).unwrap(), weights).unwrap();
        allocation.add_to(&mut column);
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
        assert!(Allocation::new().divide(Amount::MAX, &[i64::MAX; 3]).is_err());
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
        }
    }
}
