//! Rounding: the one place.
//!
//! Nothing else in the crate turns a fraction into a whole number, so that there is one answer to
//! how a cart rounds.

use crate::error::Result;
use core::cmp::Ordering;

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
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| invalid!("expected one of half_up, half_even, floor, ceil, found {:?}", text))
    }

    /// The whole number for `numerator / denominator`, which is above 0.
    ///
    /// Signs are those of the change: floor takes -9.9 to -10, half_up takes -0.5 to -1.
    pub fn round(self, numerator: i128, denominator: i128) -> i128 {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(numerator), Ok(denominator)) => i128::from(self.round_narrow(numerator, denominator)),
            _ => {
                let (whole, rest) = (numerator / denominator, numerator % denominator);
                let order = rest.unsigned_abs().cmp(&(denominator.unsigned_abs() - rest.unsigned_abs()));
                whole + i128::from(self.step(rest.signum() as i64, order, whole & 1 != 0))
            }
        }
    }

    /// The same where both fit: 64-bit division is one instruction, 128-bit division is hundreds.
    pub(crate) fn round_narrow(self, numerator: i64, denominator: i64) -> i64 {
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        let order = rest.unsigned_abs().cmp(&(denominator.unsigned_abs() - rest.unsigned_abs()));
        whole + self.step(rest.signum(), order, whole & 1 != 0)
    }

    /// What to add to the absolute value of a numerator so that cutting the quotient rounds it:
    /// `None` for the mode that looks at the quotient.
    pub(crate) fn bias(self, negative: bool, denominator: i64) -> Option<i64> {
        match self {
            Rounding::HalfUp => Some(denominator / 2),
            Rounding::HalfEven => None,
            Rounding::Floor => Some(if negative { denominator - 1 } else { 0 }),
            Rounding::Ceil => Some(if negative { 0 } else { denominator - 1 }),
        }
    }

    /// What to add to the quotient that was cut towards zero: `sign` is that of what was cut off,
    /// `order` compares it with a half.
    fn step(self, sign: i64, order: Ordering, odd: bool) -> i64 {
        let away = match self {
            Rounding::HalfUp => order.is_ge(),
            Rounding::HalfEven => order.is_gt() || (order.is_eq() && odd),
            Rounding::Floor => sign < 0,
            Rounding::Ceil => sign > 0,
        };
        if away { sign } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_on_both_sides_of_zero() {
        // Numerators over 2 and over 10: -1.5, -0.5, 0, 0.5, 1.5, 2.5 and -9.9, -9.1, 9.1, 9.9.
        for (mode, halves, tenths) in [
            (Rounding::HalfUp, [-2, -1, 0, 1, 2, 3], [-10, -9, 9, 10]),
            (Rounding::HalfEven, [-2, 0, 0, 0, 2, 2], [-10, -9, 9, 10]),
            (Rounding::Floor, [-2, -1, 0, 0, 1, 2], [-10, -10, 9, 9]),
            (Rounding::Ceil, [-1, 0, 0, 1, 2, 3], [-9, -9, 10, 10]),
        ] {
            for (numerator, expected) in [-3, -1, 0, 1, 3, 5].into_iter().zip(halves) {
                assert_eq!(mode.round(numerator, 2), expected, "{mode:?} {numerator}/2");
            }
            for (numerator, expected) in [-99, -91, 91, 99].into_iter().zip(tenths) {
                assert_eq!(mode.round(numerator, 10), expected, "{mode:?} {numerator}/10");
            }
        }
    }

    #[test]
    fn wide_and_narrow_agree() {
        // The same fraction, once as it is and once with both sides too wide for 64 bits.
        let wide = 1i128 << 80;
        for mode in Rounding::ALL {
            for denominator in [1i128, 2, 3, 4, 7, 10] {
                for numerator in -40..=40i128 {
                    let narrow = mode.round(numerator, denominator);
                    assert_eq!(
                        mode.round(numerator * wide, denominator * wide),
                        narrow,
                        "{mode:?} {numerator}/{denominator}"
                    );
                }
            }
        }
    }
}
