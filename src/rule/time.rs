//! What time it is: dates as instants, days and times of day in a named zone.
//!
//! The core knows no zones. Whoever asks for totals says for each zone that the cart names how far it
//! is from UTC at that moment, and, where it can, until when that is so. `UTC` and fixed offsets such as
//! `+02:00` need nobody's word.

use super::params::{Arg, Args};
use super::{Holds, Is, Row};
use crate::error::Result;
use crate::json::{Plain, Raw};
use crate::money::amount::shown;
use crate::time::Timestamp;

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[
    of_time(("day-of-week", &["days", "zone?"]), &[("days", Is::Days), ("zone", Is::Zone)], When::Days),
    of_time(("date-window", &["start", "end"]), &[("start", Is::Time), ("end", Is::Time)], When::Dates),
    of_time(
        ("time-window", &["start", "end", "zone?"]),
        &[("start", Is::Minute), ("end", Is::Minute), ("zone", Is::Zone)],
        When::Minutes,
    ),
];

const fn of_time(key: super::Key, takes: &'static [(&'static str, Is)], when: When) -> Row {
    Row { key, takes, holds: Holds::At(when) }
}

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 1440;
const DAY_MS: i64 = DAY_MINUTES * MINUTE_MS;
/// No place is further from UTC than this; both signs.
const OFFSET_S_MAX: i32 = 86_399;

/// What is known of a time zone at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name: `Europe/Berlin`.
    pub name: Box<str>,
    /// How far it is from UTC, in seconds, east of it above 0.
    pub offset_s: i32,
    /// When the offset changes next, where that is known.
    pub until: Option<Timestamp>,
}

/// The zones that are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zones<'z>(pub &'z [Zone]);

impl<'z> Zones<'z> {
    /// The zone of this name. An offset of a day or more is none.
    pub fn find(self, name: &str) -> Option<&'z Zone> {
        self.0.iter().find(|zone| *zone.name == *name && zone.offset_s.abs() <= OFFSET_S_MAX)
    }
}

/// Which kind of rule about time it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    /// Its first parameter has a bit for each day: bit 0 is Sunday.
    Days,
    /// From an instant to another, both in.
    Dates,
    /// From one minute of the day to another, both in; past midnight when the end is before the start.
    Minutes,
}

/// A rule about time.
#[derive(Clone, Copy)]
pub(super) struct Time<'r> {
    pub(super) when: When,
    pub(super) args: &'r Args,
}

/// The bits of a list of days.
pub(super) fn days(list: &[Raw]) -> Result<i64> {
    const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let mut bits = 0;
    for (index, day) in list.iter().enumerate() {
        let number = match Plain::of(day.as_str()) {
            Plain::Integer(number) => Some(number.rem_euclid(7)),
            Plain::Text(name) => {
                let is_name = |known: &str| known.eq_ignore_ascii_case(&name);
                NAMES.iter().position(|known| is_name(known) || is_name(&known[..3])).map(|day| day as i64)
            }
            _ => None,
        };
        let refused = || {
            let found = shown(day.as_str());
            invalid!("expected a day such as \"sat\", \"saturday\" or 6 (Sunday is 0), found {}", found).at(index)
        };
        bits |= 1 << number.ok_or_else(refused)?;
    }
    Ok(bits)
}

/// `HH:MM` as a minute of the day.
pub(super) fn minute(text: &str) -> Result<i64> {
    let digits = |from: usize| -> Option<i64> { two_digits(text.get(from..from + 2)?) };
    let minute = match (text.len(), digits(0), text.as_bytes().get(2), digits(3)) {
        (5, Some(hour), Some(b':'), Some(minute)) if hour < 24 && minute < 60 => Some(hour * 60 + minute),
        _ => None,
    };
    minute.ok_or_else(|| invalid!("expected a time of day from \"00:00\" to \"23:59\", found {:?}", shown(text)))
}

/// Where the clock of this name hangs: so many seconds from UTC, or in a named zone.
pub(super) fn clock(name: Box<str>) -> Result<Arg> {
    if matches!(&*name, "UTC" | "Z" | "Etc/UTC" | "GMT") {
        return Ok(Arg::Integer(0));
    }
    if let Some(offset) = fixed_offset(&name) {
        return Ok(Arg::Integer(offset));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+');
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(plain) {
        return Err(invalid!("expected a time zone such as \"Europe/Berlin\" or \"+02:00\", found {:?}", shown(&name)));
    }
    Ok(Arg::Text(name))
}

fn two_digits(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0')),
        _ => None,
    }
}

/// The seconds of `+HH:MM` or `-HH:MM`.
fn fixed_offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

impl<'r> Time<'r> {
    /// Where its clock hangs, which is its last parameter: the days of dates need none.
    fn clock(self) -> Option<&'r Arg> {
        self.args.get(match self.when {
            When::Days => 1,
            When::Dates => return None,
            When::Minutes => 2,
        })
    }

    /// The named zone that it needs.
    pub(super) fn zone(self) -> Option<&'r str> {
        if let Some(Arg::Text(name)) = self.clock() { Some(name) } else { None }
    }

    /// The clock's offset, in milliseconds, and until when it holds.
    fn offset(self, zones: Zones<'_>) -> Option<(i64, Option<Timestamp>)> {
        match self.clock()? {
            Arg::Integer(seconds) => Some((seconds * 1000, None)),
            Arg::Text(name) => zones.find(name).map(|zone| (i64::from(zone.offset_s) * 1000, zone.until)),
            _ => None,
        }
    }

    /// Whether it holds; where its zone is not known, not.
    pub(super) fn holds(self, at: Timestamp, zones: Zones<'_>) -> bool {
        let (first, second) = (self.args.integer(0), self.args.integer(1));
        if self.when == When::Dates {
            return self.args.range().contains(&at.as_ms());
        }
        let Some((offset, _)) = self.offset(zones) else { return false };
        let local = at.as_ms() + offset;
        if self.when == When::Days {
            return has_day(first, local.div_euclid(DAY_MS));
        }
        in_window(first, second, local.div_euclid(MINUTE_MS).rem_euclid(DAY_MINUTES))
    }

    /// The first moment after `at` at which it may hold no longer, or again; `None` for never.
    pub(super) fn changes_at(self, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
        let (first, second) = (self.args.integer(0), self.args.integer(1));
        if self.when == When::Dates {
            let moments = [Timestamp::from_ms(first), Timestamp::from_ms(second).plus_ms(1)];
            return moments.into_iter().find(|moment| *moment > at);
        }
        let (offset, until) = self.offset(zones)?;
        let local = at.as_ms() + offset;
        let next = if self.when == When::Days {
            let today = local.div_euclid(DAY_MS);
            let now = has_day(first, today);
            (1..7).find(|ahead| has_day(first, today + ahead) != now).map(|ahead| (today + ahead) * DAY_MS)
        } else {
            let minutes = local.div_euclid(MINUTE_MS);
            let minute = minutes.rem_euclid(DAY_MINUTES);
            let after = (second + 1) % DAY_MINUTES;
            let target = if in_window(first, second, minute) { after } else { first };
            let ahead = (target - minute).rem_euclid(DAY_MINUTES);
            (after != first).then_some((minutes + ahead) * MINUTE_MS)
        };
        // At the end of time there is no next moment.
        let next = next.map(|local| Timestamp::from_ms(local - offset)).filter(|next| *next > at);
        let until = until.filter(|until| *until > at);
        match (next, until) {
            (Some(next), Some(until)) => Some(next.min(until)),
            (Some(next), None) => Some(next),
            // A clock that is set back or forth does not change what holds all the time.
            (None, _) => None,
        }
    }
}

/// Whether the day so many days after 1970-01-01, a Thursday, is one of `days`.
fn has_day(days: i64, day: i64) -> bool {
    days >> (day + 4).rem_euclid(7) & 1 == 1
}

fn in_window(start: i64, end: i64, minute: i64) -> bool {
    if start <= end { (start..=end).contains(&minute) } else { minute >= start || minute <= end }
}
