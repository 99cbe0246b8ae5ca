//! Countries and languages by their ISO codes, and time zones by their IANA names. It must not
//! hold what they are called in any language.

use jiff::tz::TimeZone;

use super::{TextError, check_length};

/// A country by its ISO 3166-1 alpha-2 code, upper-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountryCode(&'static str);

impl CountryCode {
    /// Reads a two-letter code in any case.
    ///
    /// # Errors
    /// `UnknownCountry` for everything else.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() != 2 {
            return Err(TextError::UnknownCountry);
        }
        let country = rust_iso3166::from_alpha2(&text.to_ascii_uppercase());
        country
            .map(|country| Self(country.alpha2))
            .ok_or(TextError::UnknownCountry)
    }

    /// The code.
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

text_traits!([] CountryCode);

/// A language: an ISO 639 code (two or three letters, kept in lower case), and after it, divided
/// by hyphens, what else tells its kind: `en`, `pt-BR`, `zh-Hant`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LanguageCode(String);

impl LanguageCode {
    /// The shortest that is taken.
    pub const LENGTH_MIN: usize = 2;
    /// The longest that is taken.
    pub const LENGTH_MAX: usize = 8;

    /// Checks the first part against the list of languages, the others for their form only.
    ///
    /// # Errors
    /// `TooShort`, `TooLong` or `UnknownLanguage`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, Self::LENGTH_MIN, Self::LENGTH_MAX)?;
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
        let known = isolang::Language::from_639_1(&primary)
            .or_else(|| isolang::Language::from_639_3(&primary));
        if known.is_none() || !parts.all(is_subtag) {
            return Err(TextError::UnknownLanguage);
        }
        let others = &text[primary.len()..];
        Ok(Self(format!("{primary}{others}")))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_traits!([] LanguageCode);

fn is_subtag(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A time zone by its name in the IANA database, as it is written there: `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// Reads a name in any case. The database is part of the program, so that the answer does not
    /// depend on the machine.
    ///
    /// # Errors
    /// `UnknownTimeZone` for everything else.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let zone = TimeZone::get(text).map_err(|_| TextError::UnknownTimeZone)?;
        match zone.iana_name() {
            Some(name) if !zone.is_unknown() => Ok(Self(name.to_owned())),
            _ => Err(TextError::UnknownTimeZone),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TimeZoneName {
    /// The zone of everything that names none.
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

text_traits!([] TimeZoneName);
