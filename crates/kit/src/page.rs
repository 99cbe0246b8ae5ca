//! Pages of long lists: how many rows, and where the next page starts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::Id;
use crate::time::Timestamp;

/// The number of rows a caller asks for: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The most rows one page may hold.
    pub const MAX: u16 = 200;

    /// `None` unless 1 ≤ `rows` ≤ [`Limit::MAX`].
    pub const fn new(rows: u16) -> Option<Self> {
        if rows >= 1 && rows <= Self::MAX {
            Some(Self(rows))
        } else {
            None
        }
    }

    /// The number of rows, ready to bind.
    pub const fn rows(self) -> i64 {
        self.0 as i64
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// Where the next page starts: a row's sequence number, opaque to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub i64);

impl Cursor {
    /// The text a caller sends back.
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_be_bytes())
    }

    /// Reads what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(i64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

/// Where the next page starts in a list ordered by time and id, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The time of the last row that was given out.
    pub at: Timestamp,
    /// Its id, for rows of the same instant.
    pub id: Id,
}

impl Place {
    /// Before the newest row: where the first page starts.
    pub const START: Self = Self {
        at: LAST_INSTANT,
        id: Id::max(),
    };

    /// The text a caller sends back.
    pub fn encode(self) -> String {
        let mut bytes = self.at.as_micros().to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Place::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (at, id) = bytes.split_first_chunk::<8>()?;
        let at = Timestamp::from_micros(i64::from_be_bytes(*at));
        // Beyond these years an engine may not know the time.
        let known = at >= Timestamp::from_micros(0) && at <= LAST_INSTANT;
        known.then_some(Self {
            at,
            id: Id::from_slice(id).ok()?,
        })
    }
}

/// The last microsecond of the year 9999: later than any row, and known to both engines.
const LAST_INSTANT: Timestamp = Timestamp::from_micros(253_402_300_799_999_999);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_between_one_and_two_hundred() {
        assert_eq!(Limit::new(0), None);
        assert_eq!(Limit::new(1).map(Limit::rows), Some(1));
        assert_eq!(Limit::new(200).map(Limit::rows), Some(200));
        assert_eq!(Limit::new(201), None);
    }

    #[test]
    fn a_cursor_survives_the_trip() {
        assert_eq!(Cursor::decode(&Cursor(42).encode()), Some(Cursor(42)));
        assert_eq!(Cursor::decode("?"), None);
    }

    #[test]
    fn a_place_survives_the_trip_and_the_first_page_starts_before_everything() {
        let place = Place {
            at: Timestamp::from_micros(7),
            id: Id::from_bytes([9; 16]),
        };
        assert_eq!(Place::decode(&place.encode()), Some(place));
        assert_eq!(Place::decode(&Place::START.encode()), Some(Place::START));
        let ancient = Place {
            at: Timestamp::from_micros(i64::MIN),
            id: place.id,
        };
        for bad in ["", "?", "AAAA", &ancient.encode()] {
            assert_eq!(Place::decode(bad), None, "{bad}");
        }
    }
}
