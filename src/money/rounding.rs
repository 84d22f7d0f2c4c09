//! Rounding: the one place.

use crate::error::{Error, Result};

/// How an adjustment that is no whole number of minor units becomes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest; halves away from zero.
    #[default]
    HalfUp,
    /// To the nearest; halves to the even neighbour.
    HalfEven,
    /// Down: the largest whole number that is not above.
    Floor,
    /// Up: the smallest whole number that is not below.
    Ceil,
}

impl Rounding {
    /// Every mode.
    pub const ALL: [Rounding; 4] = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Floor, Rounding::Ceil];

    /// Its name on every wire: `half_up`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Rounding::HalfUp => "half_up",
            Rounding::HalfEven => "half_even",
            Rounding::Floor => "floor",
            Rounding::Ceil => "ceil",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| {
            Error::invalid(format!("expected one of half_up, half_even, floor, ceil, found {text:?}"))
        })
    }
}
