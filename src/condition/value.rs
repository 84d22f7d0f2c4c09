//! How much a condition changes.
//!
//! A value is kept twice: as the text that the caller reads back, and as the exact change that
//! pricing works with. Text that was given is echoed as it was; the data forms get the text that
//! means the same, so that storage and every wire know one form.

use crate::error::Result;
use crate::json::write_integer;
use crate::money::amount::{minor_units, shown};
use crate::money::rate::signed;
use crate::money::{Amount, Currency, Decimal, PriceInput, Ratio};

/// A condition's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    text: Box<str>,
    change: Change,
}

/// What a value does to a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A part of the base, or a rate on it.
    Percent(Ratio),
    /// As much as it says, whatever the base.
    Amount(Amount),
    /// The base times a number, as the change that makes.
    Factor(Ratio),
    /// The base divided by a number, as the change that makes.
    Divisor(Ratio),
    /// The base divided by 0: never applies.
    DivisionByZero,
}

/// A value as a caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueInput {
    /// Text: `-10%`, `+7%`, `%5`, `-500`, `+5.00`, `20`, `*0.9`, `/2`.
    Text(Box<str>),
    /// An integer: minor units.
    Minor(i64),
    /// `{"percent": "-10"}`
    Percent(Box<str>),
    /// `{"amount": -500}` or `{"amount": "-5.00"}`
    Amount(PriceInput),
    /// `{"factor": "0.9"}`
    Factor(Box<str>),
    /// `{"divisor": "2"}`
    Divisor(Box<str>),
}

impl ValueInput {
    /// The value in `currency`.
    pub fn resolve(&self, currency: Currency) -> Result<Value> {
        match self {
            ValueInput::Text(text) => Value::parse(text, currency),
            ValueInput::Minor(minor) => Amount::new(*minor).map(Value::of_amount),
            ValueInput::Percent(text) => Decimal::parse(text).map(Value::of_percent).map_err(|e| e.under("percent")),
            ValueInput::Amount(PriceInput::Minor(minor)) => {
                Amount::new(*minor).map(Value::of_amount).map_err(|e| e.under("amount"))
            }
            ValueInput::Amount(PriceInput::Text(text)) => {
                crate::money::amount::parse_major(text, currency).map(Value::of_amount).map_err(|e| e.under("amount"))
            }
            ValueInput::Factor(text) => canonical('*', text).map_err(|e| e.under("factor")),
            ValueInput::Divisor(text) => canonical('/', text).map_err(|e| e.under("divisor")),
        }
    }
}

/// The value of a factor or divisor in the data form.
fn canonical(operator: char, text: &str) -> Result<Value> {
    let number = Decimal::parse(text)?;
    let change = if operator == '*' { factor(number, text)? } else { divisor(number, text)? };
    let mut out = String::from(operator);
    number.write(&mut out);
    Ok(Value { text: out.into(), change })
}

fn factor(number: Decimal, found: &str) -> Result<Change> {
    if number.is_negative() {
        return Err(invalid!("expected a factor of 0 or more, found {:?}", shown(found)));
    }
    Ok(Change::Factor(Ratio::factor(number)))
}

fn divisor(number: Decimal, found: &str) -> Result<Change> {
    if number.is_negative() {
        return Err(invalid!("expected a divisor of 0 or more, found {:?}", shown(found)));
    }
    Ok(Ratio::divisor(number).map_or(Change::DivisionByZero, Change::Divisor))
}

impl Value {
    /// Reads the text form.
    ///
    /// A sign may stand before a number that has one of its own; the two multiply. A number without
    /// an operator is an amount: in minor units without a point, in major units with one.
    pub fn parse(text: &str, currency: Currency) -> Result<Self> {
        let text = text.trim();
        let change = match text.as_bytes() {
            [b'*', ..] => factor(Decimal::parse(&text[1..])?, text)?,
            [b'/', ..] => divisor(Decimal::parse(&text[1..])?, text)?,
            [b'%', ..] => Change::Percent(Ratio::percent(Decimal::parse(&text[1..])?)),
            [.., b'%'] => {
                let (negative, rest) = signed(&text[..text.len() - 1]);
                let percent = Decimal::parse(rest)?;
                Change::Percent(Ratio::percent(if negative { percent.negated() } else { percent }))
            }
            _ => Change::Amount(amount(text, currency)?),
        };
        Ok(Value { text: text.into(), change })
    }

    /// A part of the base, in percent.
    pub fn of_percent(percent: Decimal) -> Self {
        let mut text = String::from(if percent.is_negative() { "" } else { "+" });
        percent.write(&mut text);
        text.push('%');
        Value { text: text.into(), change: Change::Percent(Ratio::percent(percent)) }
    }

    /// An amount in minor units.
    pub fn of_amount(amount: Amount) -> Self {
        let mut text = String::from(if amount < Amount::ZERO { "" } else { "+" });
        write_integer(&mut text, amount.minor());
        Value { text: text.into(), change: Change::Amount(amount) }
    }

    /// The text: as it was given, or what means the same as the data that was.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it does to a base.
    pub fn change(&self) -> Change {
        self.change
    }
}

/// The amount that text with up to two signs names.
fn amount(text: &str, currency: Currency) -> Result<Amount> {
    let (first, rest) = signed(text);
    let (second, digits) = signed(rest);
    let negative = first != second;
    // A plain number counts minor units, whatever the currency's exponent.
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (digits, None),
    };
    let refused = || {
        invalid!("expected a value such as \"-10%\", \"+500\", \"+5.00\", \"*0.9\" or \"/2\", found {:?}", shown(text))
    };
    minor_units(whole, false, decimals, negative, currency).unwrap_or_else(|| Err(refused()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::money::Rounding;

    fn change(text: &str) -> Change {
        Value::parse(text, Currency::USD).unwrap_or_else(|e| panic!("{text}: {e}")).change()
    }

    /// What the value adds to 100.00.
    fn on_10000(text: &str) -> i64 {
        match change(text) {
            Change::Percent(ratio) | Change::Factor(ratio) | Change::Divisor(ratio) => {
                ratio.rounded(Amount::new(10_000).unwrap(), Rounding::HalfUp) as i64
            }
            Change::Amount(amount) => amount.minor(),
            Change::DivisionByZero => 0,
        }
    }

    #[test]
    fn the_text_forms() {
        for (text, expected) in [
            ("25%", 2500),
            ("-25%", -2500),
            ("+7%", 700),
            ("%10", 1000),
            ("%-10", -1000),
            ("8.875%", 888),
            ("0.25%", 25),
            ("-0%", 0),
            ("+-5%", -500),
            ("-+5%", -500),
            ("--5%", 500),
            ("-150%", -15_000),
            ("+15.00", 1500),
            ("-10.00", -1000),
            ("25.5", 2550),
            ("5", 5),
            ("+5", 5),
            ("-500", -500),
            ("+-500", -500),
            ("*1.5", 5000),
            ("*0", -10_000),
            ("*0.9", -1000),
            ("/2", -5000),
            ("/3", -6667),
            ("/0.5", 10_000),
            ("/0", 0),
            ("/0.00", 0),
            ("  -10%\n", -1000),
        ] {
            assert_eq!(on_10000(text), expected, "{text}");
            assert_eq!(Value::parse(text, Currency::USD).unwrap().as_str(), text.trim());
        }
        assert_eq!(change("/0"), Change::DivisionByZero);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [
            "",
            " ",
            "abc",
            "%",
            "+",
            "-",
            "*",
            "/",
            "+%",
            "10%%",
            "%10%",
            "1,000",
            "1,000.00",
            "1e309",
            "1e3",
            "INF",
            "-INF",
            "NAN",
            "NaN",
            "---5",
            "+--5%",
            "10 %",
            "- 5",
            "*-2",
            "/-2",
            "*10%",
            "5.",
            ".5",
            "0x10",
            "$5.00",
            "5.001",
            "12.345678901234567%",
        ] {
            let error = Value::parse(text, Currency::USD).expect_err(text);
            assert_eq!(error.kind(), Kind::Invalid, "{text}");
        }
        for text in ["9007199254740992", "-99999999999999999999", "90071992547409.92"] {
            assert_eq!(Value::parse(text, Currency::USD).unwrap_err().kind(), Kind::LimitExceeded, "{text}");
        }
        let yen = Currency::parse("JPY").unwrap();
        assert!(Value::parse("5.5", yen).is_err());
        assert_eq!(Value::parse("500", yen).unwrap().change(), Change::Amount(Amount::new(500).unwrap()));
    }

    #[test]
    fn data_gets_the_text_that_means_the_same() {
        for (input, text) in [
            (ValueInput::Percent("-10".into()), "-10%"),
            (ValueInput::Percent("8.8750".into()), "+8.875%"),
            (ValueInput::Minor(500), "+500"),
            (ValueInput::Minor(-500), "-500"),
            (ValueInput::Amount(PriceInput::Minor(0)), "+0"),
            (ValueInput::Amount(PriceInput::Text("-5.00".into())), "-500"),
            (ValueInput::Factor("0.90".into()), "*0.9"),
            (ValueInput::Divisor("2".into()), "/2"),
            (ValueInput::Divisor("0".into()), "/0"),
        ] {
            let value = input.resolve(Currency::USD).unwrap();
            assert_eq!(value.as_str(), text);
            assert_eq!(Value::parse(text, Currency::USD).unwrap(), value);
        }
        for (input, path) in [
            (ValueInput::Percent("10%".into()), "percent"),
            (ValueInput::Factor("-2".into()), "factor"),
            (ValueInput::Divisor("x".into()), "divisor"),
            (ValueInput::Amount(PriceInput::Text("5".into())), "amount"),
        ] {
            assert_eq!(input.resolve(Currency::USD).unwrap_err().path(), path);
        }
    }
}
