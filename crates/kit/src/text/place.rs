//! Countries and languages by their ISO codes. It must not hold their names.

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
