//! An amount of money in minor units, and the reading of prices.

use super::Currency;
use crate::error::{Error, Kind, Result};

/// An amount in minor units of the cart's currency (cents for USD, yen for JPY).
///
/// INVARIANT: within ±(2^53 - 1), so that a JavaScript number holds it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// The largest amount: 2^53 - 1 minor units.
    pub const MAX: Amount = Amount(crate::json::INTEGER_MAX);

    /// The amount of `minor` minor units, if it is within bounds.
    pub fn new(minor: i64) -> Result<Self> {
        Amount::check(minor)?;
        Ok(Amount(minor))
    }

    /// Whether so many minor units are within bounds.
    pub(crate) const fn is_within(minor: i64) -> bool {
        minor.unsigned_abs() <= Self::MAX.0 as u64
    }

    /// Refuses what is not.
    pub(crate) fn check(minor: i64) -> Result<()> {
        if Amount::is_within(minor) { Ok(()) } else { Err(too_large()) }
    }

    /// Adds so many minor units, or `limit_exceeded`.
    pub(crate) fn raise(&mut self, by: i64) -> Result<()> {
        self.0 += by;
        Amount::check(self.0)
    }

    /// The amount of so many minor units, which the caller knows to be within bounds.
    pub(crate) fn within(minor: i64) -> Self {
        debug_assert!(Amount::is_within(minor), "{minor}");
        Amount(minor)
    }

    /// The same for an intermediate result.
    pub fn from_wide(minor: i128) -> Result<Self> {
        i64::try_from(minor).map_err(|_| too_large()).and_then(Amount::new)
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, or `limit_exceeded`.
    pub fn plus(self, other: Amount) -> Result<Self> {
        Amount::new(self.0 + other.0)
    }

    /// The difference, or `limit_exceeded`.
    pub fn minus(self, other: Amount) -> Result<Self> {
        Amount::new(self.0 - other.0)
    }

    /// The product, or `limit_exceeded`.
    pub fn times(self, factor: i64) -> Result<Self> {
        product(self.0, factor).ok_or_else(too_large).and_then(Amount::new)
    }

    /// The same amount with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Amount(-self.0)
    }
}

/// The product, where it fits. Multiplying with a check for overflow is slow in WebAssembly, and
/// almost every number here fits 32 bits.
pub(crate) fn product(a: i64, b: i64) -> Option<i64> {
    if i64::from(a as i32) == a && i64::from(b as i32) == b {
        return Some(a * b);
    }
    a.checked_mul(b)
}

#[cold]
fn too_large() -> Error {
    refusal!(Kind::LimitExceeded, "expected amounts within ±{} minor units, found a larger one", Amount::MAX.0)
        .because("amount")
}

/// A price as a caller gave it: only with the cart's currency does it become an [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PriceInput {
    /// An integer: minor units.
    Minor(i64),
    /// Text with a point: major units, such as `"19.99"`.
    Text(Box<str>),
}

impl PriceInput {
    /// The price in `currency`: 0 or more minor units.
    pub fn resolve(&self, currency: Currency) -> Result<Amount> {
        let amount = match self {
            PriceInput::Minor(minor) => Amount::new(*minor)?,
            PriceInput::Text(text) => parse_major(text, currency)?,
        };
        if amount < Amount::ZERO {
            return Err(invalid!("expected a price of 0 or more minor units, found {}", amount.0));
        }
        Ok(amount)
    }
}

/// The marks that a price may wear in front. They are decoration: most of them name several
/// currencies, so none can be held against the cart's. A mark that begins with another stands first.
const MARKS: [&str; 33] = [
    "US$", "AU$", "CA$", "NZ$", "HK$", "NT$", "MX$", "R$", "A$", "C$", "S$", "$", "€", "£", "¥", "₹", "₩", "₱", "₫",
    "₺", "₽", "₴", "₦", "฿", "₪", "₡", "RM", "Rp", "Rs", "kr", "zł", "Kč", "R",
];

/// Reads text in major units with a point: `19.99`, `1,234.56`, `£1,000.00`, `USD 5.00`.
///
/// Text without a point is refused, because it may mean either unit. A three-letter code in front
/// must be the cart's currency; more decimals than the currency has must be zeros.
pub fn parse_major(text: &str, currency: Currency) -> Result<Amount> {
    let refused =
        || invalid!("expected a price in major units with a point such as \"19.99\", found {:?}", shown(text));
    let trimmed = text.trim();
    let (negative, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed),
    };
    let number = undecorated(unsigned, currency)?;
    let Some((whole, decimals)) = number.split_once('.') else {
        if number.bytes().all(|b| b.is_ascii_digit() || b == b',') && !number.is_empty() {
            return Err(invalid!("expected an integer in minor units or text with a point in major units, found {:?}, which may mean either", shown(text))
            .because("ambiguous"));
        }
        return Err(refused());
    };
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.len() > first.len();
    if (grouped && !(1..=3).contains(&first.len())) || !groups.all(|group| group.len() == 3) {
        return Err(refused());
    }
    minor_units(whole, grouped, Some(decimals), negative, currency).unwrap_or_else(|| Err(refused()))
}

/// The rest of a price's text after its currency's code or mark.
fn undecorated(text: &str, currency: Currency) -> Result<&str> {
    let code = text.bytes().take_while(u8::is_ascii_uppercase).count();
    if code == 3 {
        let found = Currency::parse(&text[..3])?;
        if found != currency {
            return Err(refusal!(Kind::CurrencyMismatch, "expected a price in {}, found {}", currency, found));
        }
        return Ok(text[3..].trim_start());
    }
    Ok(MARKS.iter().find_map(|mark| text.strip_prefix(mark)).map_or(text, str::trim_start))
}

/// The amount that digits before and after a point make in `currency`: major units, or minor units
/// where there is no point. Before it there may be commas where the digits are `grouped`.
///
/// `None` when they are no digits; an error when they are too many.
pub(crate) fn minor_units(
    whole: &str,
    grouped: bool,
    decimals: Option<&str>,
    negative: bool,
    currency: Currency,
) -> Option<Result<Amount>> {
    if whole.is_empty() || decimals == Some("") {
        return None;
    }
    let exponent = if decimals.is_some() { currency.exponent() as usize } else { 0 };
    let decimals = decimals.unwrap_or_default();
    let mut minor = 0;
    // What is too large is not made larger: it cannot leave 64 bits.
    let mut next = |digit: u8| {
        if minor <= Amount::MAX.0 {
            minor = minor * 10 + i64::from(digit - b'0');
        }
    };
    for b in whole.bytes() {
        if b.is_ascii_digit() {
            next(b);
        } else if !(grouped && b == b',') {
            return None;
        }
    }
    let mut lost = false;
    for (place, b) in decimals.bytes().enumerate() {
        if !b.is_ascii_digit() {
            return None;
        }
        if place < exponent {
            next(b);
        } else {
            lost |= b != b'0';
        }
    }
    if lost {
        let found = decimals.trim_end_matches('0').len();
        let error = invalid!("expected at most {} decimals in {}, found {}", exponent, currency, found);
        return Some(Err(error.because("decimals")));
    }
    for _ in decimals.len()..exponent {
        next(b'0');
    }
    Some(Amount::new(if negative { -minor } else { minor }))
}

/// As much of a caller's text as belongs into an error message.
pub(crate) fn shown(text: &str) -> &str {
    match text.char_indices().nth(40) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, code: &str) -> Result<i64> {
        parse_major(text, Currency::parse(code).unwrap()).map(Amount::minor)
    }

    #[test]
    fn text_with_a_point_is_major_units() {
        for (text, code, minor) in [
            ("19.99", "USD", 1999),
            ("19.9", "USD", 1990),
            ("19.9900", "USD", 1999),
            (" 0.01 ", "USD", 1),
            ("-5.00", "USD", -500),
            ("1,234.56", "USD", 123_456),
            ("£1,000.00", "GBP", 100_000),
            ("12,345,678.90", "USD", 1_234_567_890),
            ("€99.00", "EUR", 9900),
            ("₹500.50", "INR", 50_050),
            ("RM19.99", "MYR", 1999),
            ("RM 19.99", "MYR", 1999),
            ("R$10.00", "BRL", 1000),
            ("R 10.00", "ZAR", 1000),
            ("zł 10.00", "PLN", 1000),
            ("-$5.00", "USD", -500),
            ("US$5.00", "USD", 500),
            ("USD 5.00", "USD", 500),
            ("JPY500.00", "JPY", 500),
            ("1.234", "BHD", 1234),
            ("90071992547409.91", "USD", 9_007_199_254_740_991),
        ] {
            assert_eq!(parse(text, code).unwrap(), minor, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-.5",
            "+1.00",
            "--1.00",
            "$-1.00",
            "1,2,3.00",
            "12,34.50",
            "1234,567.00",
            ",123.00",
            "1,.00",
            "1.0,0",
            "1.5.0",
            "1e3",
            "1.0e3",
            "NaN",
            "inf",
            "Infinity",
            "abc",
            "19.99 USD",
            "19.99x",
            "١.٥",
            "0x1.0",
        ] {
            let error = parse(text, "USD").expect_err(text);
            assert_eq!(error.kind(), Kind::Invalid, "{text}");
        }
        assert_eq!(parse("19.995", "USD").unwrap_err().reason(), Some("decimals"));
        assert_eq!(parse("5.5", "JPY").unwrap_err().reason(), Some("decimals"));
        for text in ["100", "RM 250", "1,000", "99,99"] {
            assert_eq!(parse(text, "MYR").unwrap_err().reason(), Some("ambiguous"), "{text}");
        }
        for text in ["90071992547409.92", "-90071992547409.92", "99999999999999999999999999.00"] {
            assert_eq!(parse(text, "USD").unwrap_err().kind(), Kind::LimitExceeded, "{text}");
        }
        assert_eq!(parse("EUR 5.00", "USD").unwrap_err().kind(), Kind::CurrencyMismatch);
        assert_eq!(parse("XXX 5.00", "USD").unwrap_err().kind(), Kind::Invalid);
    }

    #[test]
    fn a_price_is_not_negative() {
        assert!(PriceInput::Minor(-1).resolve(Currency::USD).is_err());
        assert!(PriceInput::Text("-0.01".into()).resolve(Currency::USD).is_err());
        assert_eq!(PriceInput::Text("-0.00".into()).resolve(Currency::USD).unwrap(), Amount::ZERO);
    }
}
