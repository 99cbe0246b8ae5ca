//! Where to write to and where to link to. It must not look anything up.

use url::Url;

use super::{TextError, check_length};

/// An e-mail address, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// The longest address mail servers take.
    pub const LENGTH_MAX: usize = 254;

    /// Takes ASCII `local@domain.tld`: the local part of letters, digits and `_ ' + - .`, with no
    /// dot at its ends and never two together; the top level of two letters or more. Neither
    /// part may be longer than mail allows.
    ///
    /// # Errors
    /// `TooLong` or `NotAnEmail`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, 0, Self::LENGTH_MAX)?;
        let (local, domain) = text.split_once('@').ok_or(TextError::NotAnEmail)?;
        if is_local_part(local) && is_domain(domain) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(TextError::NotAnEmail)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_traits!([] Email);

fn is_local_part(local: &str) -> bool {
    const LENGTH_MAX: usize = 64;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_'+-.".contains(&byte);
    let may_end = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte);
    local.len() <= LENGTH_MAX
        && local.bytes().all(known)
        && local.bytes().next_back().is_some_and(may_end)
        && !local.starts_with('.')
        && !local.contains("..")
}

/// The longest part of a domain.
const LABEL_LENGTH_MAX: usize = 63;

fn is_domain(domain: &str) -> bool {
    let Some((labels, top_level)) = domain.rsplit_once('.') else {
        return false;
    };
    (2..=LABEL_LENGTH_MAX).contains(&top_level.len())
        && top_level.bytes().all(|byte| byte.is_ascii_alphabetic())
        && labels.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let ends = [label.bytes().next(), label.bytes().next_back()];
    label.len() <= LABEL_LENGTH_MAX
        && ends
            .into_iter()
            .all(|byte| byte.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An absolute address of the web, kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// The longest address that is taken.
    pub const LENGTH_MAX: usize = 2048;

    /// Takes what a browser would open over http or https. User names and passwords are refused,
    /// and so are the blanks and control characters that a browser would silently drop.
    ///
    /// # Errors
    /// `TooLong`, `ControlCharacter` or `NotHttpUrl`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check_length(text, 0, Self::LENGTH_MAX)?;
        if text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        let url = Url::parse(text).map_err(|_| TextError::NotHttpUrl)?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        let open = url.username().is_empty() && url.password().is_none();
        if web && open && text.trim() == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::NotHttpUrl)
        }
    }

    /// The address as it was written; it may hold characters beyond ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as a browser sends it: ASCII, fit for a header.
    pub fn to_ascii(&self) -> String {
        // It parsed before; were that ever to change, the text is still the address.
        Url::parse(&self.0).map_or_else(|_| self.0.clone(), String::from)
    }
}

text_traits!([] HttpUrl);
