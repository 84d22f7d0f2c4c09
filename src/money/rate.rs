//! Exact percentages, factors and divisors.
pub struct Ratio;
pub struct Rate;
