//! Days, minutes and instants, by hand and in whole numbers.

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted year by year and month by month.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days = 0;
    for each in 1970..year {
        days += if leap(each) { 366 } else { 365 };
    }
    for each in year..1970 {
        days -= if leap(each) { 366 } else { 365 };
    }
    for each in 1..month {
        days += month_length(year, each);
    }
    days + day - 1
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 is Sunday. The first of January 1970 was a Thursday.
pub(crate) fn weekday(local_ms: i64) -> i64 {
    (local_ms.div_euclid(86_400_000) + 4).rem_euclid(7)
}

/// The minute of the local day, 0 to 1439.
pub(crate) fn minute(local_ms: i64) -> i64 {
    local_ms.rem_euclid(86_400_000) / 60_000
}

/// `HH:MM` as a minute of the day.
pub(crate) fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A zone that names its own offset, `+02:00`, in seconds.
pub(crate) fn fixed_offset(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    clock(&zone[1..]).map(|minutes| sign * minutes * 60)
}

/// An RFC 3339 instant in nanoseconds since 1970.
pub(crate) fn instant_ns(text: &str) -> Option<i128> {
    let text = text.to_ascii_uppercase();
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (year.parse().ok()?, two_digits(month)?, two_digits(day)?);
    if !(1..=12).contains(&month) || !(1..=month_length(year, month)).contains(&day) {
        return None;
    }
    let at = rest.find(['Z', '+', '-'])?;
    let offset = if &rest[at..] == "Z" { 0 } else { fixed_offset(&rest[at..])? };
    let (time, fraction) = rest[..at].split_once('.').unwrap_or((&rest[..at], "0"));
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let minute = clock(time.get(..5)?)?;
    let second = two_digits(time.get(5..)?.strip_prefix(':')?)?;
    if second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + minute * 60 + second - offset;
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(i128::from(seconds) * 1_000_000_000 + fraction)
}

/// Milliseconds since 1970 as RFC 3339 text in UTC.
pub(crate) fn instant_text(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let mut year = 1970;
    while days(year, 1, 1) > day {
        year -= 1;
    }
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days(year, month + 1, 1) <= day {
        month += 1;
    }
    let date = day - days(year, month, 1) + 1;
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
}

fn two_digits(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}
