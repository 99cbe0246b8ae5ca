//! Links that sign a person in once, and the logins that come of them.

use beta_kit::secret::Secret;
use beta_kit::text::Email;
use beta_kit::time::Timestamp;

use crate::actor::UserActor;

/// A sign-in link on its way to the person who asked. Only the digest of its token is kept.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who asked.
    pub email: Email,
    /// What proves that they got it.
    pub token: Secret<String>,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Somebody has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who, and with which login.
    pub user: UserActor,
    /// When.
    pub issued_at: Timestamp,
    /// Until when it holds, unless it is revoked.
    pub expires_at: Timestamp,
}
