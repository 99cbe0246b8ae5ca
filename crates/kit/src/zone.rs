//! Time zones: on which day and in which hour a moment falls at some place.
//!
//! The IANA database is part of the program, so that the answers do not depend on the machine.

use std::time::Duration;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use crate::text::TimeZoneName;
use crate::time::{Day, Timestamp};

/// The first day of the epoch; days are counted from it.
const EPOCH: civil::Date = civil::date(1970, 1, 1);
const SECONDS_PER_HOUR: i32 = 3_600;
const SECONDS_PER_MINUTE: i32 = 60;
/// All offsets in use are multiples of it, so days and hours of every zone begin with one.
pub const QUARTER: Duration = Duration::from_mins(15);

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of this name; UTC when a newer program stored a name this one does not know.
    pub fn of(name: &TimeZoneName) -> Self {
        Self::named(name.as_str())
    }

    /// As [`Zone::of`], from a name as it was stored.
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// The name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day `time` falls on.
    pub fn day_of(&self, time: Timestamp) -> Day {
        let local = self.0.to_datetime(moment(time));
        Day::from_epoch_days(days_since_epoch(local.date()))
    }

    /// When `day` begins: at midnight, or at the first moment behind it where clocks leap over it.
    /// A day that the zone never had begins when the next one does.
    pub fn start_of(&self, day: Day) -> Timestamp {
        let Ok(date) = EPOCH.checked_add(jiff::Span::new().days(day.epoch_days())) else {
            return day.start();
        };
        let start = self.0.to_ambiguous_zoned(date.at(0, 0, 0, 0)).compatible();
        start.map_or_else(
            |_| day.start(),
            |start| Timestamp::from_micros(start.timestamp().as_microsecond()),
        )
    }

    /// The hour of the clock `time` falls in.
    pub fn hour_of(&self, time: Timestamp) -> Hour {
        let moment = moment(time);
        let offset = self.0.to_offset(moment);
        let local = self.0.to_datetime(moment);
        let into =
            i64::from(local.minute()) * i64::from(SECONDS_PER_MINUTE) + i64::from(local.second());
        let start = time.as_seconds() - into;
        Hour {
            start: Timestamp::from_micros(start * 1_000_000),
            offset_sec: offset.seconds(),
        }
    }
}

/// One hour on the clocks of a zone. Where clocks go back, an hour comes twice: with two offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour {
    /// When the clocks showed the full hour, by the offset that holds in it.
    pub start: Timestamp,
    offset_sec: i32,
}

impl Hour {
    /// The hour of the day that the clocks showed: 0 to 23.
    pub fn of_day(self) -> i8 {
        self.local().hour()
    }

    /// The day that the calendars showed.
    pub fn day(self) -> Day {
        Day::from_epoch_days(days_since_epoch(self.local().date()))
    }

    fn local(self) -> civil::DateTime {
        let offset = Offset::from_seconds(self.offset_sec).unwrap_or(Offset::UTC);
        offset.to_datetime(moment(self.start))
    }
}

impl std::fmt::Display for Hour {
    /// `YYYY-MM-DDTHH:MM:SS+HH:MM`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, ahead_sec) = if self.offset_sec < 0 {
            ('-', -self.offset_sec)
        } else {
            ('+', self.offset_sec)
        };
        let hours = ahead_sec / SECONDS_PER_HOUR;
        let minutes = ahead_sec % SECONDS_PER_HOUR / SECONDS_PER_MINUTE;
        let local = self.local().strftime("%Y-%m-%dT%H:%M:%S");
        write!(f, "{local}{sign}{hours:02}:{minutes:02}")
    }
}

/// The time in jiff's terms; what lies outside its years is cut to their ends.
fn moment(time: Timestamp) -> jiff::Timestamp {
    let outside = if time.as_micros() < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    };
    jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(outside)
}

fn days_since_epoch(date: civil::Date) -> i32 {
    EPOCH.until(date).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn zone(name: &str) -> Zone {
        Zone::of(&TimeZoneName::parse(name).unwrap())
    }

    #[test]
    fn a_day_begins_at_its_own_midnight_and_has_as_many_hours_as_the_clocks_gave_it() {
        for (name, day, starts, minutes) in [
            ("UTC", "2026-03-29", "2026-03-29T00:00:00.000Z", 1_440),
            (
                "Europe/Berlin",
                "2026-03-29",
                "2026-03-28T23:00:00.000Z",
                1_380,
            ),
            (
                "Europe/Berlin",
                "2026-10-25",
                "2026-10-24T22:00:00.000Z",
                1_500,
            ),
            (
                "America/St_Johns",
                "2026-03-08",
                "2026-03-08T03:30:00.000Z",
                1_380,
            ),
            (
                "America/St_Johns",
                "2026-11-01",
                "2026-11-01T02:30:00.000Z",
                1_500,
            ),
            (
                "Asia/Kathmandu",
                "2026-03-29",
                "2026-03-28T18:15:00.000Z",
                1_440,
            ),
            (
                "Australia/Lord_Howe",
                "2026-10-04",
                "2026-10-03T13:30:00.000Z",
                1_410,
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05",
                "2026-04-04T13:00:00.000Z",
                1_470,
            ),
            // Midnight itself is leapt over.
            (
                "Africa/Cairo",
                "2026-04-24",
                "2026-04-23T22:00:00.000Z",
                1_380,
            ),
        ] {
            let (zone, day) = (zone(name), at(day).day());
            let next = Day::from_epoch_days(day.epoch_days() + 1);
            let (start, end) = (zone.start_of(day), zone.start_of(next));
            assert_eq!(start.to_string(), starts, "{name}");
            assert_eq!(end.millis_since(start), minutes * 60_000, "{name} {day}");
            assert_eq!(zone.day_of(start), day, "{name}");
            let before = start.minus(Duration::from_micros(1));
            assert_eq!(zone.day_of(before).epoch_days(), day.epoch_days() - 1);
            assert_eq!(start.as_seconds() % 900, 0, "{name} begins with a quarter");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_hours() {
        for (name, time, hour) in [
            (
                "Europe/Berlin",
                "2026-10-25T00:59:59Z",
                "2026-10-25T02:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2026-10-25T01:00:00Z",
                "2026-10-25T02:00:00+01:00",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T01:00:00Z",
                "2026-03-29T03:00:00+02:00",
            ),
            (
                "America/St_Johns",
                "2026-03-01T12:29:00Z",
                "2026-03-01T08:00:00-03:30",
            ),
            (
                "Asia/Kathmandu",
                "2026-03-01T12:15:00Z",
                "2026-03-01T18:00:00+05:45",
            ),
            // Half an hour is leapt over: this hour has only its second half.
            (
                "Australia/Lord_Howe",
                "2026-10-03T15:30:00Z",
                "2026-10-04T02:00:00+11:00",
            ),
            ("UTC", "1969-12-31T23:59:59.9Z", "1969-12-31T23:00:00+00:00"),
        ] {
            assert_eq!(zone(name).hour_of(at(time)).to_string(), hour, "{name}");
        }
        let hour = zone("Asia/Kathmandu").hour_of(at("2026-03-01T19:00:00Z"));
        assert_eq!((hour.of_day(), hour.day()), (0, at("2026-03-02").day()));
    }

    #[test]
    fn all_offsets_in_use_are_whole_quarters() {
        for name in jiff::tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            for month in 1..=12 {
                let time: jiff::Timestamp =
                    format!("2026-{month:02}-15T00:00:00Z").parse().unwrap();
                let offset = zone.to_offset(time).seconds();
                assert_eq!(offset % 900, 0, "{name}");
            }
        }
    }
}
