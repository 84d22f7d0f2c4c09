//! What tests of drivers, layers and shells need, for this crate's tests and for yours.
//!
//! Behind the cargo feature `testing`, so that a server carries none of it.
//!
//! - [`contract`]: the promises of storage as a library of cases; a driver's author runs them in
//!   one line.
//! - [`Faulty`]: a driver around a driver that fails, waits, hangs or loses its reply when told to.
//! - [`FixedClock`], [`SeededEntropy`]: time that moves by hand and randomness that repeats.

pub mod contract;
mod faulty;
mod fixed;

pub use faulty::{Calls, Fault, Faulty, Rates};
pub use fixed::{FixedClock, SeededEntropy};
