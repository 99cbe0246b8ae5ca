//! Text of bounded length.

use super::{TextError, check_length};

/// Text of `MIN` to `MAX` UTF-16 code units. Line ends (`\n`) and tabs are its only control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BoundedText<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> BoundedText<MIN, MAX> {
    /// Checks the text and keeps it as it is.
    ///
    /// # Errors
    /// `TooShort`, `TooLong` or `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        const { assert!(MIN <= MAX, "nothing would fit") };
        check_length(text, MIN, MAX)?;
        if text
            .bytes()
            .any(|byte| byte < b' ' && byte != b'\n' && byte != b'\t')
        {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_traits!([const MIN: usize, const MAX: usize] BoundedText<MIN, MAX>);

/// The name a client gave its request: 6 to 128 UTF-16 code units on one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestText(String);

impl RequestText {
    /// The shortest that is taken.
    pub const LENGTH_MIN: usize = 6;
    /// The longest that is taken.
    pub const LENGTH_MAX: usize = 128;

    /// Checks the text and keeps it as it is.
    ///
    /// # Errors
    /// `TooShort`, `TooLong` or `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, Self::LENGTH_MIN, Self::LENGTH_MAX)?;
        if text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_traits!([] RequestText);
