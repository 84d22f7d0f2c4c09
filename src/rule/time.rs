//! What time it is: dates as instants, days and times of day in a named zone.
//!
//! The core knows no zones. Whoever asks for totals says for each zone that the cart names how far it
//! is from UTC at that moment, and, where it can, until when that is so. `UTC` and fixed offsets such as
//! `+02:00` need nobody's word.

use super::Rule;
use super::keys::Test;
use crate::error::{Error, Result};
use crate::json::Plain;
use crate::money::amount::shown;
use crate::time::Timestamp;

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

/// Reads a day of the week; Sunday is 0.
pub(super) fn read_day(json: &str) -> Result<i64> {
    const NAMES: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    match Plain::of(json) {
        Plain::Integer(number) => return Ok(number.rem_euclid(7)),
        Plain::Text(name) => {
            let name = &*name.to_ascii_lowercase();
            if let Some(day) = NAMES.iter().position(|known| name == *known || name == &known[..3]) {
                return Ok(day as i64);
            }
        }
        _ => {}
    }
    Err(invalid!("expected a day such as \"sat\", \"saturday\" or 6 (Sunday is 0), found {}", shown(json)))
}

/// Reads `HH:MM` as a minute of the day.
pub(super) fn read_minute(text: &str) -> Result<i64> {
    minute(text).ok_or_else(|| invalid!("expected a time of day from \"00:00\" to \"23:59\", found {:?}", shown(text)))
}

fn minute(text: &str) -> Option<i64> {
    let [h, hour, b':', m, minute] = *text.as_bytes() else { return None };
    let digits = [h, hour, m, minute].map(|b| i64::from(b.wrapping_sub(b'0')));
    let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]);
    (digits.iter().all(|digit| *digit < 10) && hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// Reads a time zone: how many seconds it is from UTC, or its name where that is not fixed.
pub(super) fn read_zone(name: Box<str>) -> Result<(i32, Box<str>)> {
    if matches!(&*name, "UTC" | "Z" | "Etc/UTC" | "GMT") {
        return Ok((0, Box::default()));
    }
    if let Some(offset) = name.strip_prefix(['+', '-']).and_then(minute) {
        let seconds = offset as i32 * 60;
        return Ok((if name.starts_with('-') { -seconds } else { seconds }, Box::default()));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+');
    if name.len() > 64 || !name.as_bytes()[0].is_ascii_alphabetic() || !name.bytes().all(plain) {
        let message = text!("expected a time zone such as \"Europe/Berlin\" or \"+02:00\", found {:?}", shown(&name));
        return Err(Error::invalid(message));
    }
    Ok((0, name))
}

/// The offset of a rule's clock, in milliseconds, and until when it holds.
fn offset(rule: &Rule, zones: Zones<'_>) -> Option<(i64, Option<Timestamp>)> {
    let (seconds, until) = match rule.zone() {
        None => (rule.offset_s, None),
        Some(name) => zones.find(name).map(|zone| (zone.offset_s, zone.until))?,
    };
    Some((i64::from(seconds) * 1000, until))
}

/// Whether a rule about time holds; where its zone is not known, not.
pub(super) fn holds(rule: &Rule, at: Timestamp, zones: Zones<'_>) -> bool {
    let [start, end] = rule.numbers;
    if rule.test == Test::Dates {
        return start <= at.as_ms() && at.as_ms() <= end;
    }
    let Some((offset, _)) = offset(rule, zones) else { return false };
    let local = at.as_ms() + offset;
    match rule.test {
        Test::Days => has_day(start, local.div_euclid(DAY_MS)),
        _ => in_window(start, end, local.div_euclid(MINUTE_MS).rem_euclid(DAY_MINUTES)),
    }
}

/// The first moment after `at` at which a rule about time may hold no longer, or again; `None` for never.
pub(super) fn changes_at(rule: &Rule, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
    let [start, end] = rule.numbers;
    if rule.test == Test::Dates {
        let (start, after) = (Timestamp::from_ms(start), Timestamp::from_ms(end).plus_ms(1));
        return if start > at { Some(start) } else { Some(after).filter(|after| *after > at) };
    }
    let (offset, until) = offset(rule, zones)?;
    let local = at.as_ms() + offset;
    let next = match rule.test {
        Test::Days => {
            let today = local.div_euclid(DAY_MS);
            let now = has_day(start, today);
            let ahead = (1..7).find(|ahead| has_day(start, today + ahead) != now)?;
            (today + ahead) * DAY_MS
        }
        _ => {
            let minutes = local.div_euclid(MINUTE_MS);
            let minute = minutes.rem_euclid(DAY_MINUTES);
            let after = (end + 1) % DAY_MINUTES;
            if after == start {
                return None;
            }
            let target = if in_window(start, end, minute) { after } else { start };
            (minutes + (target - minute).rem_euclid(DAY_MINUTES)) * MINUTE_MS
        }
    };
    // At the end of time there is no next moment. A clock that is set back or forth does not change what holds
    // all the time.
    let next = Some(Timestamp::from_ms(next - offset)).filter(|next| *next > at)?;
    Some(until.filter(|until| *until > at).map_or(next, |until| next.min(until)))
}

/// Whether the day so many days after 1970-01-01, a Thursday, is one of `days`.
fn has_day(days: i64, day: i64) -> bool {
    days >> (day + 4).rem_euclid(7) & 1 == 1
}

fn in_window(start: i64, end: i64, minute: i64) -> bool {
    if start <= end { (start..=end).contains(&minute) } else { minute >= start || minute <= end }
}
