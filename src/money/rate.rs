//! Exact percentages, factors and divisors.
//!
//! A rate is read as decimal text and becomes a ratio of two whole numbers: how much a base
//! changes, as a part of the base. Nothing is lost on the way, so 8.875 % is 71/800 and not
//! something near it; what is no whole number is rounded once, in [`super::rounding`].

use super::amount::{product, shown};
use super::{Amount, Rounding};
use crate::error::Result;

/// The most digits of a [`Decimal`], leading zeros not counted.
const DIGITS_MAX: usize = 15;

/// The most decimals of a [`Decimal`].
const DECIMALS_MAX: usize = 12;

/// A decimal number: `mantissa / 10^scale`.
///
/// INVARIANT: |mantissa| < 10^15, scale <= 12, and no zero at the end of the decimals, so that
/// equal numbers are equal values and every ratio made of one fits 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u32,
}

impl Decimal {
    /// Reads plain decimal text: `12`, `-8.875`, `+0.5`.
    ///
    /// Refused: exponents, separators of thousands, a point without digits on both sides, more than
    /// 15 digits or 12 decimals.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = || {
            invalid!(
                "expected a decimal number such as \"12.5\" of at most {} digits and {} decimals, found {:?}",
                DIGITS_MAX,
                DECIMALS_MAX,
                shown(text)
            )
        };
        let (negative, digits) = signed(text);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(decimals) {
            return Err(refused());
        }
        let whole = whole.trim_start_matches('0');
        let decimals = decimals.trim_end_matches('0');
        let leading = if whole.is_empty() { decimals.bytes().take_while(|b| *b == b'0').count() } else { 0 };
        if decimals.len() > DECIMALS_MAX || whole.len() + decimals.len() - leading > DIGITS_MAX {
            return Err(refused());
        }
        let mantissa = whole.bytes().chain(decimals.bytes()).fold(0, |value, b| value * 10 + i64::from(b - b'0'));
        Ok(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale: decimals.len() as u32 })
    }

    /// True below 0.
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// True for 0.
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The same number with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Decimal { mantissa: -self.mantissa, scale: self.scale }
    }

    /// Appends the number as it is read back, without a sign unless it is negative.
    pub fn write(self, out: &mut String) {
        Exact::fraction(self.mantissa.into(), power(self.scale).into()).write(out);
    }
}

/// Splits one leading sign off: whether it was a minus, and the rest.
pub(crate) fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// How much a base changes, as a part of the base: `num / den` in lowest terms.
///
/// INVARIANT: `den` is above 0; both are at most 10^15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i64,
    den: i64,
}

impl Ratio {
    /// No change.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };

    /// A percentage p changes a base by `base × p / 100`.
    pub fn percent(percent: Decimal) -> Self {
        Ratio::reduced(percent.mantissa, 100 * power(percent.scale))
    }

    /// A factor f changes a base by `base × (f - 1)`. A factor below 0 has no meaning here: a caller
    /// refuses it.
    pub fn factor(factor: Decimal) -> Self {
        Ratio::reduced(factor.mantissa - power(factor.scale), power(factor.scale))
    }

    /// A divisor d changes a base by `base / d - base`, which is `base × (1 - d) / d`. `None` for 0 and
    /// below.
    pub fn divisor(divisor: Decimal) -> Option<Self> {
        (divisor.mantissa > 0).then(|| Ratio::reduced(power(divisor.scale) - divisor.mantissa, divisor.mantissa))
    }

    fn reduced(num: i64, den: i64) -> Self {
        let by = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i64;
        Ratio { num: num / by, den: den / by }
    }

    /// The numerator; its sign is that of the change.
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator, above 0.
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The exact change of `base`.
    pub fn of(self, base: Amount) -> Exact {
        Exact { num: i128::from(base.minor()) * i128::from(self.num), den: i128::from(self.den) }
    }

    /// The change of `base`, rounded.
    pub fn rounded(self, base: Amount, mode: Rounding) -> i128 {
        mode.round(i128::from(base.minor()) * i128::from(self.num), i128::from(self.den))
    }

    /// The same of so many minor units, held within ± `most`.
    pub(crate) fn rounded_within(self, base: i64, mode: Rounding, most: i64) -> i64 {
        let rounded = match product(base, self.num) {
            Some(num) => mode.round_narrow(num, self.den),
            None => {
                let rounded = mode.round(i128::from(base) * i128::from(self.num), i128::from(self.den));
                i64::try_from(rounded).unwrap_or(if rounded < 0 { -most } else { most })
            }
        };
        rounded.min(most).max(-most)
    }

    /// Changes every one of `bases`, none of them below 0, by its rounded change, and says what the
    /// changes come to. `sum` is what the bases come to.
    ///
    /// `None`, and nothing is changed, where that would take more than 64 bits, where a base would fall
    /// below 0, or where each must be looked at by itself.
    pub fn change_each(self, bases: &mut [i64], sum: Amount, mode: Rounding) -> Option<i64> {
        let (num, den) = (self.num.abs(), self.den);
        let bias = mode.bias(self.num < 0, den)?;
        // No part is above the whole. A change of all of a base takes no more than there is, however it
        // is rounded.
        product(sum.minor(), num)?.checked_add(bias)?;
        if self.num < 0 && num > den {
            return None;
        }
        let sign = self.num.signum();
        let mut changes = 0;
        for base in bases {
            let change = ((*base * num + bias) as u64 / den as u64) as i64;
            *base += sign * change;
            changes += change;
        }
        Some(sign * changes)
    }
}

/// An exact number of minor units, which need not be whole. It is kept as a fraction and becomes
/// text only when somebody reads it.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    num: i128,
    /// Above 0.
    den: i128,
}

impl Exact {
    /// A whole number.
    pub const fn whole(value: i128) -> Self {
        Exact { num: value, den: 1 }
    }

    /// `num / den`, where `den` is above 0.
    pub(crate) const fn fraction(num: i128, den: i128) -> Self {
        Exact { num, den }
    }

    /// A 10^`places`-th of it.
    pub(crate) fn scaled_down(self, places: u32) -> Exact {
        Exact { num: self.num, den: self.den * i128::from(power(places)) }
    }

    /// Its first `places` decimals, and no more, for people to read.
    pub(crate) fn beginning(self, places: u32) -> String {
        let mut out = String::new();
        self.divide(places, &mut out);
        out
    }

    /// Appends it as a decimal number of at most so many decimals; what is left of the numerator then, which is
    /// 0 where the number ended.
    fn divide(self, places: u32, out: &mut String) -> u128 {
        let den = self.den.unsigned_abs();
        let mut rest = self.num.unsigned_abs();
        if self.num < 0 {
            out.push('-');
        }
        write_wide(out, rest / den);
        rest %= den;
        if rest != 0 {
            out.push('.');
        }
        for _ in 0..places {
            if rest == 0 {
                break;
            }
            rest *= 10;
            out.push(char::from(b'0' + (rest / den) as u8));
            rest %= den;
        }
        rest
    }

    /// The whole number that it is rounded to.
    pub(crate) fn rounded(self, mode: Rounding) -> i128 {
        mode.round(self.num, self.den)
    }

    /// Numerator and denominator in lowest terms.
    fn terms(self) -> (i128, u128) {
        let (mut by, mut rest) = (self.den.unsigned_abs(), self.num.unsigned_abs());
        while rest != 0 {
            (by, rest) = (rest, by % rest);
        }
        (self.num / by as i128, self.den.unsigned_abs() / by)
    }

    /// The text that [`Exact::write`] appends.
    pub(crate) fn to_text(self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Appends it as a decimal number if that ends within 12 places, else as `n/d` in lowest terms.
    pub fn write(self, out: &mut String) {
        let from = out.len();
        if self.divide(DECIMALS_MAX as u32, out) != 0 {
            out.truncate(from);
            let (num, den) = self.terms();
            if num < 0 {
                out.push('-');
            }
            write_wide(out, num.unsigned_abs());
            out.push('/');
            write_wide(out, den);
        }
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.terms() == other.terms()
    }
}

impl Eq for Exact {}

impl core::fmt::Display for Exact {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// 10^scale.
const fn power(scale: u32) -> i64 {
    10i64.pow(scale)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn write_wide(out: &mut String, value: u128) {
    match i64::try_from(value) {
        Ok(value) => crate::json::write_integer(out, value),
        Err(_) => {
            write_wide(out, value / 10);
            out.push(char::from(b'0' + (value % 10) as u8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn exact(ratio: Ratio, base: i64) -> String {
        ratio.of(Amount::new(base).unwrap()).to_string()
    }

    #[test]
    fn decimals_are_plain_or_refused() {
        for (text, kept) in [
            ("0", "0"),
            ("-0", "0"),
            ("+007.50", "7.5"),
            ("-8.875", "-8.875"),
            ("0.000000000001", "0.000000000001"),
            ("999999999999999", "999999999999999"),
            ("1.000000000000000000", "1"),
            ("123.456789012345", "123.456789012345"),
        ] {
            let mut out = String::new();
            decimal(text).write(&mut out);
            assert_eq!(out, kept);
            assert_eq!(decimal(kept), decimal(text), "{text} is read back");
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "--1",
            "1e3",
            "1,000",
            "INF",
            "NaN",
            " 1",
            "1 ",
            "0x1",
            "1.2.3",
            "٣",
            "1000000000000000",
            "0.0000000000001",
            "1234.567890123456",
        ] {
            let error = Decimal::parse(text).expect_err(text);
            assert!(error.message().contains("15 digits"), "{error}");
        }
    }

    #[test]
    fn a_change_is_exact() {
        assert_eq!(exact(Ratio::percent(decimal("8.875")), 1_000_000), "88750");
        assert_eq!(exact(Ratio::percent(decimal("-10")), 3998), "-399.8");
        assert_eq!(exact(Ratio::percent(decimal("19")), 4197), "797.43");
        assert_eq!(exact(Ratio::factor(decimal("1.15")), 100), "15");
        assert_eq!(exact(Ratio::factor(decimal("0")), 100), "-100");
        assert_eq!(exact(Ratio::divisor(decimal("3")).unwrap(), 100), "-200/3");
        assert_eq!(exact(Ratio::divisor(decimal("0.5")).unwrap(), 100), "100");
        assert_eq!(exact(Ratio::percent(decimal("0.000000000001")), 1), "1/100000000000000");
        assert_eq!(exact(Ratio::percent(decimal("0.0000000001")), 1), "0.000000000001");
        assert!(Ratio::divisor(decimal("0")).is_none());
    }

    #[test]
    fn the_widest_change_neither_wraps_nor_panics() {
        let most = Ratio::percent(decimal("999999999999999"));
        let change = most.of(Amount::MAX);
        assert_eq!(change.to_string(), "90071992547409819928007452590.09");
        assert_eq!(most.rounded(Amount::MAX, Rounding::Floor), 9_007_199_254_740_991 * 999_999_999_999_999 / 100);
        let least = Ratio::percent(decimal("-0.999999999999"));
        assert_eq!(least.rounded(Amount::MAX, Rounding::HalfUp), -90_071_992_547_320);
    }

    #[test]
    fn a_change_of_many_is_that_of_each() {
        for text in ["-10", "-100", "19", "8.875", "0", "-33.333", "-0.5", "250", "-101"] {
            for mode in Rounding::ALL {
                let ratio = Ratio::percent(decimal(text));
                let before: Vec<i64> = (0..500).collect();
                let mut after = before.clone();
                let sum = before.iter().sum::<i64>();
                let changed = ratio.change_each(&mut after, Amount::new(sum).unwrap(), mode);
                let each = |base: &i64| ratio.rounded(Amount::new(*base).unwrap(), mode) as i64;
                match changed {
                    Some(changes) => {
                        assert_eq!(changes, before.iter().map(each).sum::<i64>());
                        let expected: Vec<i64> = before.iter().map(|base| base + each(base)).collect();
                        assert_eq!(after, expected, "{text} {mode:?}");
                        assert!(after.iter().all(|base| *base >= 0));
                    }
                    None => {
                        assert_eq!(after, before);
                        assert!(mode == Rounding::HalfEven || text == "-101", "{text} {mode:?}");
                    }
                }
            }
        }
        let most = Ratio::percent(decimal("999999999999999"));
        assert_eq!(most.change_each(&mut [Amount::MAX.minor()], Amount::MAX, Rounding::HalfUp), None);
    }

    #[test]
    fn equal_changes_are_equal_however_they_were_written() {
        let half = Ratio::percent(decimal("50")).of(Amount::new(10).unwrap());
        assert_eq!(half, Exact::whole(5));
        assert_ne!(half, Exact::whole(-5));
    }
}
