//! Every address the product gives out is built here.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Where a surface is reached from outside: scheme, host, perhaps a path; no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    origin: String,
}

/// The text is not the address of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https URL without query, such as https://ads.example.com")]
pub struct NotABaseUrl;

impl FromStr for BaseUrl {
    type Err = NotABaseUrl;

    fn from_str(text: &str) -> Result<Self, NotABaseUrl> {
        let url = Url::parse(text).map_err(|_| NotABaseUrl)?;
        let bare = url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !bare || !anonymous {
            return Err(NotABaseUrl);
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            origin,
        })
    }
}

impl BaseUrl {
    /// The address of `path`, which starts with a slash.
    pub fn join(&self, path: &str) -> String {
        debug_assert!(path.starts_with('/'), "paths start with a slash");
        format!("{}{path}", self.text)
    }

    /// Scheme, host and port, as browsers write it in `origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text as one component of a path or query: everything but letters, digits and `-_.!~*'()`
/// is percent-encoded, as a browser's `encodeURIComponent` does it.
pub fn component(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if plain(byte) {
                encoded.push(char::from(byte));
            } else {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                encoded.push('%');
                encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
                encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
            encoded
        })
}

/// The page that confirms a sign-in.
pub fn magic_link(base: &BaseUrl, email: &str, token: &str) -> String {
    base.join(&format!(
        "/auth/verify?email={}&token={}",
        component(email),
        component(token)
    ))
}

/// The overlay page of a key. The key stands in the fragment, which never leaves the browser.
pub fn overlay(base: &BaseUrl, key: &str) -> String {
    base.join(&format!("/overlay#key={}", component(key)))
}

/// The short link with this code.
pub fn short_link(base: &BaseUrl, code: &str) -> String {
    base.join(&format!("/c/{}", component(code)))
}

/// The picture that stands for the short link with this code.
pub fn qr_code(base: &BaseUrl, code: &str) -> String {
    base.join(&format!("/qr/{}.svg", component(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_an_http_address_without_a_query() {
        let base: BaseUrl = "https://ads.example.com/".parse().expect("is a base");
        assert_eq!(base.join("/overlay"), "https://ads.example.com/overlay");
        assert_eq!(base.origin(), "https://ads.example.com");
        for bad in [
            "",
            "ads.example.com",
            "ftp://a.b",
            "http://a.b/?x=1",
            "http://u:p@a.b",
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(NotABaseUrl), "{bad}");
        }
    }

    #[test]
    fn a_magic_link_encodes_the_address_as_a_component() {
        let base: BaseUrl = "http://localhost:4000".parse().expect("is a base");
        assert_eq!(
            magic_link(&base, "foo+1@example.com", "abc"),
            "http://localhost:4000/auth/verify?email=foo%2B1%40example.com&token=abc"
        );
    }
}
