//! Money: whole minor units, exact ratios, and one place that rounds.
//!
//! - [`amount`]: an amount in minor units, checked, and the reading of prices;
//! - [`currency`]: ISO 4217 codes and how many decimals each has;
//! - [`rate`]: exact percentages, factors and divisors;
//! - [`rounding`]: the four modes, and the only place where anything is rounded;
//! - [`allocation`]: an amount shared out so that the shares sum to it.
//!
//! INVARIANT: no floating point anywhere below this line.

pub mod allocation;
pub mod amount;
pub mod currency;
pub mod rate;
pub mod rounding;

pub use allocation::Allocation;
pub use amount::{Amount, PriceInput};
pub use currency::Currency;
pub use rate::{Decimal, Exact, Ratio};
pub use rounding::Rounding;

#[cfg(test)]
pub(crate) mod tests {
    /// A source of numbers for randomised tests: the same every time.
    pub(crate) struct Random(pub(crate) u64);

    impl Random {
        pub(crate) fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(1);
            crate::id::mix(self.0)
        }

        /// A number below `bound`, which is not 0.
        pub(crate) fn below(&mut self, bound: u64) -> u64 {
            self.next() % bound
        }
    }
}
