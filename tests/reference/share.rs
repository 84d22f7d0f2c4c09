//! Sharing an amount out over lines.

use super::number::{Q, larger, one, sum, zero};
use num_traits::{Signed, Zero};

/// Section 4 and the last rule of section 5's list: each line gets the whole part of its proportion of the absolute
/// amount; what is left goes, one minor unit each, to the largest remainders, ties to the earlier line. With no weight
/// at all the quantities are the weights. The shares always sum to the amount.
///
/// A weight below zero (a taxable share that fell there by rounding) weighs nothing.
pub(crate) fn share_out(amount: &Q, weights: &[Q], quantities: &[Q]) -> Vec<Q> {
    let weights: Vec<Q> = weights.iter().map(|weight| larger(weight.clone(), zero())).collect();
    let weights = if weights.iter().all(Q::is_zero) { quantities.to_vec() } else { weights };
    let all = sum(&weights);
    let quotas: Vec<Q> = weights.iter().map(|weight| amount.abs() * weight / &all).collect();
    let mut shares: Vec<Q> = quotas.iter().map(Q::floor).collect();

    // The lines by their remainders, the largest first; a stable sort leaves equal ones in the order of lines.
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| quotas[b].fract().cmp(&quotas[a].fract()));
    let mut left = amount.abs() - sum(&shares);
    for line in by_remainder {
        if left.is_zero() {
            break;
        }
        shares[line] += one();
        left -= one();
    }
    if amount.is_negative() { shares.into_iter().map(|share| -share).collect() } else { shares }
}
