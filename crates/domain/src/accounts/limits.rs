//! The limits of the accounts room.

use std::time::Duration;

/// How long a sign-in link may be used.
pub const LINK_LIFE: Duration = Duration::from_mins(15);
/// How many links may be asked for with one address while the first of them holds.
pub const LINKS_ASKED_MAX: u32 = 5;
/// The random bytes of a sign-in token: 43 characters of base64url.
pub const LINK_TOKEN_BYTES: usize = 32;
/// How long a login lasts, and with it the access token that names it.
pub const LOGIN_LIFE: Duration = Duration::from_hours(12);
/// How long the row of a login is kept after it is over.
pub const LOGINS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How exactly it is known when a login was last seen: each step costs a write.
pub(super) const SEEN_STEP: Duration = Duration::from_mins(5);
/// The characters of a program's name that are kept with a login.
pub(super) const USER_AGENT_CHARACTERS_MAX: usize = 200;
