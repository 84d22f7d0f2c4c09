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

pub use amount::{Amount, PriceInput};
pub use currency::Currency;
pub use rate::{Ratio, Rate};
pub use rounding::Rounding;
