//! Text that was checked once, when it came in, and is valid for ever after.
//!
//! Each type keeps its text behind `parse`. Lengths count UTF-16 code units, as browsers do, and
//! nothing is trimmed. The module must not know which field a text belongs to.

/// Gives a type with `parse` and `as_str` what every text type has besides.
macro_rules! text_traits {
    ([$($generics:tt)*] $name:ty) => {
        impl<$($generics)*> std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<$($generics)*> AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl<$($generics)*> std::str::FromStr for $name {
            type Err = $crate::text::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl<$($generics)*> serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|error| $crate::refusal::refuse(error.code(), &error))
            }
        }
    };
}

mod address;
mod bounded;
mod place;
#[cfg(test)]
mod tests;

pub use address::{Email, HttpUrl};
pub use bounded::{BoundedText, RequestText};
pub use place::{CountryCode, LanguageCode, TimeZoneName};

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Fewer characters than asked for.
    #[error("must have at least {min} characters")]
    TooShort {
        /// How many are asked for.
        min: usize,
    },
    /// More characters than there is room for.
    #[error("must have at most {max} characters")]
    TooLong {
        /// How many there may be.
        max: usize,
    },
    /// NUL or another character that has no meaning in text.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// Not an e-mail address.
    #[error("must be an e-mail address")]
    NotAnEmail,
    /// Not an absolute address of the web.
    #[error("must be an http or https URL without user name and password")]
    NotHttpUrl,
    /// Not a country.
    #[error("must be the ISO 3166-1 alpha-2 code of a country")]
    UnknownCountry,
    /// Not a language.
    #[error("must begin with the ISO 639 code of a language")]
    UnknownLanguage,
    /// Not a time zone.
    #[error("must be the IANA name of a time zone, such as Europe/Berlin")]
    UnknownTimeZone,
}

impl TextError {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter => "control_character",
            Self::NotAnEmail => "not_an_email",
            Self::NotHttpUrl => "not_http_url",
            Self::UnknownCountry => "unknown_country",
            Self::UnknownLanguage => "unknown_language",
            Self::UnknownTimeZone => "unknown_time_zone",
        }
    }
}

/// Refuses what is shorter than `min` or longer than `max` UTF-16 code units.
fn check_length(text: &str, min: usize, max: usize) -> Result<(), TextError> {
    // A UTF-16 code unit is at most three bytes of UTF-8: huge texts are not counted out.
    let units = if text.len() > max.saturating_mul(3) {
        max + 1
    } else {
        utf16_length(text)
    };
    if units > max {
        return Err(TextError::TooLong { max });
    }
    if units < min {
        return Err(TextError::TooShort { min });
    }
    Ok(())
}

/// The length of a text as browsers count it.
pub fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
