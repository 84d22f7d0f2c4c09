//! Time zones: how far each is from UTC at a moment, and until when.
//!
//! The tables are built in, so that every machine gives the same answer, and one without any has them.

use jiff::tz::TimeZoneDatabase;
use pushcart::rule::Zone;
use pushcart::time::Timestamp;
use std::sync::LazyLock;

static TABLES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Of two neighbouring entries of a table some differ in the zone's abbreviation only.
const SAME_OFFSET_MAX: usize = 16;

/// The zone of this name at a moment; `None` for a name that is no zone's, and for a moment that is out
/// of all calendars.
pub fn look_up(name: &str, at: Timestamp) -> Option<Zone> {
    let zone = TABLES.get(name).ok()?;
    let at = jiff::Timestamp::from_millisecond(at.as_ms()).ok()?;
    let offset = zone.to_offset(at);
    let until = zone.following(at).take(SAME_OFFSET_MAX).find(|transition| transition.offset() != offset);
    Some(Zone {
        name: name.into(),
        offset_s: offset.seconds(),
        until: until.map(|transition| Timestamp::from_ms(transition.timestamp().as_millisecond())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_zone_has_the_offset_of_the_moment_and_its_end() {
        for (name, moment, offset_s, until) in [
            ("Europe/Berlin", "2026-11-21T12:00:00Z", 3600, Some("2027-03-28T01:00:00Z")),
            ("Europe/Berlin", "2026-07-01T12:00:00Z", 7200, Some("2026-10-25T01:00:00Z")),
            ("Europe/Berlin", "2026-10-25T00:59:59.999Z", 7200, Some("2026-10-25T01:00:00Z")),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", 3600, Some("2027-03-28T01:00:00Z")),
            ("Europe/Berlin", "2070-07-01T12:00:00Z", 7200, Some("2070-10-26T01:00:00Z")),
            ("Asia/Kolkata", "2026-11-21T12:00:00Z", 19_800, None),
            ("America/St_Johns", "2026-11-21T12:00:00Z", -12_600, Some("2027-03-14T05:30:00Z")),
            ("UTC", "2026-11-21T12:00:00Z", 0, None),
        ] {
            let zone = look_up(name, at(moment)).unwrap();
            assert_eq!((zone.offset_s, zone.until), (offset_s, until.map(at)), "{name} {moment}");
        }
    }

    #[test]
    fn other_names_are_no_zones() {
        for name in ["", "Mars/Olympus", "Europe", "../etc/passwd", "Europe/Berlin\0", "+02:00"] {
            assert_eq!(look_up(name, at("2026-11-21T12:00:00Z")), None, "{name}");
        }
    }
}
