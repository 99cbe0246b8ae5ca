//! Points in time, calendar days and clocks. Nothing else in the product asks the system for time.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::refusal::refuse;

const MICROS_PER_MILLI: i64 = 1_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// 0001-01-01T00:00:00Z. What lies before is no time anybody means, nor one every engine can keep.
const FIRST_MICROS: i64 = -62_135_596_800_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the epoch; `None` when outside the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(millis)
            .ok()
            .and_then(Self::from_jiff)
    }

    fn from_jiff(time: jiff::Timestamp) -> Option<Self> {
        let micros = time.as_microsecond();
        (micros >= FIRST_MICROS).then_some(Self(micros))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded towards the past.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(MICROS_PER_MILLI)
    }

    /// Seconds since the epoch, rounded towards the past.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Parses ISO 8601: a date (midnight UTC) or a date and time with an offset.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Self::from_jiff(time);
        }
        let date = text.parse::<jiff::civil::Date>().ok()?;
        if text.len() != "2026-01-01".len() {
            return None;
        }
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Self::from_jiff(midnight.timestamp())
    }

    /// This time cut to whole milliseconds, the precision of the wire.
    #[must_use]
    pub const fn trunc_millis(self) -> Self {
        Self(self.as_millis() * MICROS_PER_MILLI)
    }

    /// The time `by` later; stops at the end of time rather than wrap.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// The time `by` earlier; stops at the beginning of time rather than wrap.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// Milliseconds from `earlier` to this time; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        (self.0.saturating_sub(earlier.0)).div_euclid(MICROS_PER_MILLI)
    }

    /// The UTC day this time falls on.
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(MICROS_PER_DAY);
        Day(i32::try_from(days).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for Timestamp {
    /// `YYYY-MM-DDTHH:MM:SS.sssZ`: always three decimals, always UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        Self::parse(text).ok_or(NotATime)
    }
}

/// The text is not an ISO 8601 date, or date and time.
#[derive(Debug, thiserror::Error)]
#[error("not an ISO 8601 time such as 2026-03-01T12:00:00Z")]
pub struct NotATime;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// A string in ISO 8601, or a whole number of milliseconds since the epoch.
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // By a visitor, so that a field that is missing or of another type says so.
        input.deserialize_any(WireTime)
    }
}

struct WireTime;

impl Visitor<'_> for WireTime {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ISO 8601 time, or milliseconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| refuse("not_a_time", &NotATime))
    }

    fn visit_i64<E: Error>(self, millis: i64) -> Result<Timestamp, E> {
        Timestamp::from_millis(millis).ok_or_else(|| refuse("not_a_time", &NotATime))
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<Timestamp, E> {
        self.visit_i64(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// A calendar day in UTC, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// From days since 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// Midnight UTC at which the day starts.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * MICROS_PER_DAY)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.split('T').next().unwrap_or(&text))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// Tells the time. Everything that needs it is given one.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct FakeClock(Mutex<Timestamp>);

impl FakeClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.lock();
        *now = now.plus(by);
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, to: Timestamp) {
        *self.lock() = to;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        Timestamp::parse(text).map(|time| time.to_string())
    }

    #[test]
    fn times_are_read_with_offset_and_written_in_utc() {
        assert_eq!(
            parse("2026-03-01").as_deref(),
            Some("2026-03-01T00:00:00.000Z")
        );
        assert_eq!(
            parse("2026-03-01T02:00:00+02:00").as_deref(),
            Some("2026-03-01T00:00:00.000Z")
        );
        assert_eq!(
            parse("2026-03-01T00:00:00.1239Z").as_deref(),
            Some("2026-03-01T00:00:00.123Z")
        );
        for bad in ["", "today", "2026-02-30", "2026-03-01T00:00:00", "1e9"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn json_names_a_time_by_text_or_milliseconds() {
        let read = |json: &str| {
            serde_json::from_str::<Timestamp>(json)
                .map(|time| time.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            read("\"2026-03-01\"").as_deref(),
            Ok("2026-03-01T00:00:00.000Z")
        );
        assert_eq!(read("1000").as_deref(), Ok("1970-01-01T00:00:01.000Z"));
        for (json, problem) in [
            ("\"soon\"", "[not_a_time]"),
            ("18446744073709551615", "[not_a_time]"),
            ("null", "invalid type"),
            ("true", "invalid type"),
            ("1.5", "invalid type"),
        ] {
            assert!(
                read(json).is_err_and(|error| error.starts_with(problem)),
                "{json}"
            );
        }
    }

    #[test]
    fn days_start_at_midnight_on_both_sides_of_the_epoch() {
        let before = Timestamp::parse("1969-12-31T23:59:59.999Z").map(Timestamp::day);
        assert_eq!(before, Some(Day(-1)));
        assert_eq!(Day(-1).to_string(), "1969-12-31");
        assert_eq!(Day(20_513).start().day(), Day(20_513));
    }

    #[test]
    fn a_fake_clock_moves_only_when_told() {
        let clock = FakeClock::at(Timestamp::from_micros(0));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_millis(5));
        assert_eq!(clock.now().as_millis(), 5);
    }
}
