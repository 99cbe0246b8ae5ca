//! The limits of the accounts room.

use std::time::Duration;

/// How long a sign-in link may be used.
pub const LINK_LIFE: Duration = Duration::from_mins(15);
/// The random bytes of a sign-in token: 43 characters of base64url.
pub const LINK_TOKEN_BYTES: usize = 32;
/// How long a login lasts, and with it the access token that names it.
pub const LOGIN_LIFE: Duration = Duration::from_hours(12);
