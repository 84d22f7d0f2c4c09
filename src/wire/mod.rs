//! The JSON that crosses every boundary.

pub mod totals;
