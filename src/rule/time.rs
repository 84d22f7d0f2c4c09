//! What time it is: dates as instants, days and times of day in a named zone.
//!
//! The core knows no zones. Whoever asks for totals says for each zone that the cart names how far it
//! is from UTC at that moment, and, where it can, until when that is so. `UTC` and fixed offsets such as
//! `+02:00` need nobody's word.

use super::Keys;
use super::params::Params;
use crate::error::{Error, Result};
use crate::json::Plain;
use crate::money::amount::shown;
use crate::time::Timestamp;

/// The keys of this family.
pub const KEYS: Keys = &[
    ("day-of-week", &["days", "zone?"]),
    ("date-window", &["start", "end"]),
    ("time-window", &["start", "end", "zone?"]),
];

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

/// Where the clock that a rule means hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Clock {
    /// This many seconds from UTC.
    Fixed(i32),
    Named(Box<str>),
}

/// A rule about time.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    when: When,
    clock: Clock,
}

#[derive(Clone, Debug, PartialEq)]
enum When {
    /// Bit 0 is Sunday.
    Days(u8),
    /// From an instant to another, both in.
    Dates { start: Timestamp, end: Timestamp },
    /// From one minute of the day to another, both in; past midnight when the end is before the start.
    Minutes { start: i64, end: i64 },
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Time>> {
    let when = match key {
        "day-of-week" => When::Days(days(params)?),
        "date-window" => {
            let (start, end) = params.range(["start", "end"], Params::time)?;
            When::Dates { start, end }
        }
        "time-window" => When::Minutes { start: minute(params, "start")?, end: minute(params, "end")? },
        _ => return Ok(None),
    };
    Ok(Some(Time { when, clock: clock(params)? }))
}

fn days(params: &Params) -> Result<u8> {
    const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let mut bits = 0;
    let list = params.values("days")?;
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
            invalid!("expected a day such as \"sat\", \"saturday\" or 6 (Sunday is 0), found {}", found)
                .at(index)
                .under("days")
        };
        bits |= 1 << number.ok_or_else(refused)?;
    }
    Ok(bits)
}

/// `HH:MM` as a minute of the day.
fn minute(params: &Params, name: &str) -> Result<i64> {
    let text = params.text(name)?;
    let digits = |from: usize| -> Option<i64> {
        let digits = text.get(from..from + 2)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let minute = match (text.len(), digits(0), text.as_bytes().get(2), digits(3)) {
        (5, Some(hour), Some(b':'), Some(minute)) if hour < 24 && minute < 60 => Some(hour * 60 + minute),
        _ => None,
    };
    minute.ok_or_else(|| {
        invalid!("expected a time of day from \"00:00\" to \"23:59\", found {:?}", shown(&text)).under(name)
    })
}

fn clock(params: &Params) -> Result<Clock> {
    if params.maybe("zone").is_none() {
        return Ok(Clock::Fixed(0));
    }
    let name = params.text("zone")?;
    if matches!(&*name, "UTC" | "Z" | "Etc/UTC" | "GMT") {
        return Ok(Clock::Fixed(0));
    }
    if let Some(offset) = fixed_offset(&name) {
        return Ok(Clock::Fixed(offset));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain) {
        let message = text!("expected a time zone such as \"Europe/Berlin\" or \"+02:00\", found {:?}", shown(&name));
        return Err(Error::invalid(message).under("zone"));
    }
    Ok(Clock::Named(name))
}

/// The seconds of `+HH:MM` or `-HH:MM`.
fn fixed_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i32>().ok());
    let (hours, minutes) = (two(hours)??, two(minutes)??);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

impl Time {
    /// The named zone that it needs.
    pub fn zone(&self) -> Option<&str> {
        match (&self.when, &self.clock) {
            (When::Days(_) | When::Minutes { .. }, Clock::Named(name)) => Some(name),
            _ => None,
        }
    }

    /// The clock's offset, in milliseconds, and until when it holds.
    fn offset(&self, zones: Zones<'_>) -> Option<(i64, Option<Timestamp>)> {
        match &self.clock {
            Clock::Fixed(seconds) => Some((i64::from(*seconds) * 1000, None)),
            Clock::Named(name) => zones.find(name).map(|zone| (i64::from(zone.offset_s) * 1000, zone.until)),
        }
    }

    /// Whether it holds; where its zone is not known, not.
    pub fn holds(&self, at: Timestamp, zones: Zones<'_>) -> bool {
        if let When::Dates { start, end } = self.when {
            return start <= at && at <= end;
        }
        let Some((offset, _)) = self.offset(zones) else { return false };
        let local = at.as_ms() + offset;
        match self.when {
            When::Days(days) => has_day(days, local.div_euclid(DAY_MS)),
            When::Minutes { start, end } => in_window(start, end, local.div_euclid(MINUTE_MS).rem_euclid(DAY_MINUTES)),
            When::Dates { .. } => false,
        }
    }

    /// The first moment after `at` at which it may hold no longer, or again; `None` for never.
    pub fn changes_at(&self, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
        if let When::Dates { start, end } = self.when {
            return [start, end.plus_ms(1)].into_iter().find(|moment| *moment > at);
        }
        let (offset, until) = self.offset(zones)?;
        let local = at.as_ms() + offset;
        let next = match self.when {
            When::Days(days) => {
                let today = local.div_euclid(DAY_MS);
                let now = has_day(days, today);
                (1..7).find(|ahead| has_day(days, today + ahead) != now).map(|ahead| (today + ahead) * DAY_MS)
            }
            When::Minutes { start, end } => {
                let minutes = local.div_euclid(MINUTE_MS);
                let minute = minutes.rem_euclid(DAY_MINUTES);
                let now = in_window(start, end, minute);
                let after = (end + 1) % DAY_MINUTES;
                let target = if now { after } else { start };
                let ahead = (target - minute).rem_euclid(DAY_MINUTES);
                (after != start).then_some((minutes + ahead) * MINUTE_MS)
            }
            When::Dates { .. } => None,
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
fn has_day(days: u8, day: i64) -> bool {
    days >> (day + 4).rem_euclid(7) & 1 == 1
}

fn in_window(start: i64, end: i64, minute: i64) -> bool {
    if start <= end { (start..=end).contains(&minute) } else { minute >= start || minute <= end }
}
