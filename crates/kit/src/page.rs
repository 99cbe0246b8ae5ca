//! Pages of long lists: how many rows, and where the next page starts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
}
