//! Exact numbers: reading decimals, rounding, and the text of `exact`. Everything is a rational, so
//! that no step of the reference can lose a fraction by the kind of number it is kept in.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};
use serde_json::{Number, Value};

/// Every amount, rate and quantity of the reference.
pub(crate) type Q = BigRational;

/// A whole number.
pub(crate) fn whole(n: i64) -> Q {
    Q::from_integer(n.into())
}

/// Zero.
pub(crate) fn zero() -> Q {
    Q::zero()
}

/// The sum of some numbers.
pub(crate) fn sum<'a>(numbers: impl IntoIterator<Item = &'a Q>) -> Q {
    numbers.into_iter().fold(zero(), |sum, number| sum + number)
}

/// Ten to the power `n`.
pub(crate) fn ten_to(n: u32) -> Q {
    Q::from_integer(BigInt::from(10).pow(n))
}

/// A decimal with sign, point and exponent where it has them: `-1.5`, `+7`, `1e3`.
pub(crate) fn decimal(text: &str) -> Option<Q> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{after}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut number = Q::from_integer(all.parse().ok()?) / ten_to(after.len() as u32);
    if exponent >= 0 {
        number *= ten_to(exponent as u32);
    } else {
        number /= ten_to(exponent.unsigned_abs());
    }
    Some(if negative { -number } else { number })
}

/// What a JSON number says, exactly: 1.0 is 1, 1e3 is 1000.
pub(crate) fn of_json(number: &Number) -> Q {
    decimal(&number.to_string()).expect("a JSON number is a decimal")
}

/// A whole number as JSON.
pub(crate) fn to_json(number: &Q) -> Value {
    assert!(number.is_integer(), "{number} is not whole");
    number.to_integer().to_i64().expect("an amount within 64 bits").into()
}

/// The four ways to round to a whole number of minor units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rounding {
    /// To the nearest; a half goes away from zero.
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Down, towards minus infinity.
    Floor,
    /// Up, towards plus infinity.
    Ceil,
}

impl Rounding {
    /// By the name that a cart carries.
    pub(crate) fn named(name: &str) -> Rounding {
        match name {
            "half_up" => Rounding::HalfUp,
            "half_even" => Rounding::HalfEven,
            "floor" => Rounding::Floor,
            "ceil" => Rounding::Ceil,
            _ => panic!("no rounding mode is called {name}"),
        }
    }

    /// Section 4 and 5: a change is rounded as it stands, with its sign; floor and ceil are the true ones.
    pub(crate) fn round(self, exact: &Q) -> Q {
        let below = exact.floor();
        let above = exact.ceil();
        let half = Q::new(1.into(), 2.into());
        let rest = exact - &below;
        match self {
            Rounding::Floor => below,
            Rounding::Ceil => above,
            _ if rest < half => below,
            _ if rest > half => above,
            Rounding::HalfUp if exact.is_negative() => below,
            Rounding::HalfUp => above,
            Rounding::HalfEven if below.to_integer().is_even() => below,
            Rounding::HalfEven => above,
        }
    }
}

/// `exact` of a breakdown entry: a decimal if it ends within twelve places, else a fraction in lowest terms.
pub(crate) fn exact_text(number: &Q) -> String {
    let scaled = number * ten_to(12);
    if !scaled.is_integer() {
        return format!("{}/{}", number.numer(), number.denom());
    }
    let sign = if number.is_negative() { "-" } else { "" };
    let (before, after) = scaled.to_integer().abs().div_rem(&ten_to(12).to_integer());
    let after = format!("{after:0>12}");
    let after = after.trim_end_matches('0');
    if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") }
}

/// The larger one.
pub(crate) fn larger(a: Q, b: Q) -> Q {
    if a >= b { a } else { b }
}

/// The smaller one.
pub(crate) fn smaller(a: Q, b: Q) -> Q {
    if a <= b { a } else { b }
}

/// One.
pub(crate) fn one() -> Q {
    Q::one()
}
