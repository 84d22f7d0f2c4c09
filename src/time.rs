//! Moments and spans: time is an argument of the core, never asked for.

use crate::error::Result;
use core::fmt;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 UTC with milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST_MS: i64 = 253_402_300_799_999;
const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// The moment `ms` milliseconds after 1970, held within the years 1970 to 9999.
    pub const fn from_ms(ms: i64) -> Self {
        if ms < 0 {
            Timestamp(0)
        } else if ms > LAST_MS {
            Timestamp(LAST_MS)
        } else {
            Timestamp(ms)
        }
    }

    /// Milliseconds since 1970.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The moment `ms` milliseconds later, at most the end of the year 9999.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        let ms = if ms > LAST_MS as u64 { LAST_MS } else { ms as i64 };
        Timestamp::from_ms(self.0.saturating_add(ms))
    }

    /// Reads RFC 3339 text: `2026-11-21T12:00:00.000Z`, also with an offset or without a fraction.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text)
            .ok_or_else(|| invalid!("expected an RFC 3339 time such as \"2026-11-21T12:00:00.000Z\", found {:?}", text))
    }

    /// The RFC 3339 text.
    pub(crate) fn to_text(self) -> String {
        let mut text = String::with_capacity(24);
        self.write(&mut text);
        text
    }

    /// Appends the RFC 3339 text.
    pub fn write(self, out: &mut String) {
        let days = self.0.div_euclid(DAY_MS);
        let ms = self.0.rem_euclid(DAY_MS);
        let (year, month, day) = civil_from_days(days);
        digits(out, year as u64, 4);
        out.push('-');
        digits(out, month, 2);
        out.push('-');
        digits(out, day, 2);
        out.push('T');
        digits(out, (ms / 3_600_000) as u64, 2);
        out.push(':');
        digits(out, (ms / 60_000 % 60) as u64, 2);
        out.push(':');
        digits(out, (ms / 1000 % 60) as u64, 2);
        out.push('.');
        digits(out, (ms % 1000) as u64, 3);
        out.push('Z');
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

fn digits(out: &mut String, value: u64, width: u32) {
    let mut unit = 10u64.pow(width - 1);
    while unit > 0 {
        out.push((b'0' + (value / unit % 10) as u8) as char);
        unit /= 10;
    }
}

/// Days since 1970 to a date of the Gregorian calendar, by counting from 1 March of year 0 so that
/// the leap day is the last day of a year.
fn civil_from_days(days: i64) -> (i64, u64, u64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u64, day as u64)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let mut value = 0i64;
        for byte in bytes.get(from..to)? {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        Some(value)
    };
    let mark = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
    if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > month_days || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut ms = 0;
    if mark(at, b".") {
        at += 1;
        let from = at;
        let mut unit = 100;
        while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
            ms += i64::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
        if at == from {
            return None;
        }
    }
    let offset_minutes = if mark(at, b"Zz") {
        at += 1;
        0
    } else {
        let sign = if mark(at, b"+") {
            1
        } else if mark(at, b"-") {
            -1
        } else {
            return None;
        };
        let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
        if !mark(at + 3, b":") || hours > 23 || minutes > 59 {
            return None;
        }
        at += 6;
        sign * (hours * 60 + minutes)
    };
    if at != bytes.len() {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second.min(59);
    let total = (seconds - offset_minutes * 60) * 1000 + ms;
    (0..=LAST_MS).contains(&total).then_some(Timestamp(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_moment_are_inverse() {
        for ms in [0, 951_782_399_999, 951_782_400_000, 1_795_262_400_000, LAST_MS] {
            let moment = Timestamp::from_ms(ms);
            assert_eq!(Timestamp::parse(&moment.to_string()).unwrap(), moment, "{moment}");
        }
        assert_eq!(Timestamp::from_ms(951_782_400_000).to_string(), "2000-02-29T00:00:00.000Z");
        assert_eq!(Timestamp::parse("2026-11-21T13:00:00+01:00").unwrap().to_string(), "2026-11-21T12:00:00.000Z");
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-21T12:00:00",
            "2026-11-21T12:00:00.Z",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }
}
