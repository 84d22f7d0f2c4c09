//! The reference driver: a map in memory.

/// The reference driver.
#[derive(Default)]
pub struct Memory;
