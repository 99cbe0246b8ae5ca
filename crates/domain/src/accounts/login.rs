//! Links that sign a person in once, and the logins that come of them.

use beta_kit::page::Place;
use beta_kit::secret::Secret;
use beta_kit::text::Email;
use beta_kit::time::Timestamp;

use super::limits::USER_AGENT_CHARACTERS_MAX;
use crate::actor::UserActor;
use crate::id::LoginId;

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

/// The person behind a login that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who, as they are now.
    pub user: UserActor,
    /// When the login was last seen, roughly.
    pub last_seen_at: Timestamp,
}

/// One of a person's logins that hold, as they see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnLogin {
    /// Its id.
    pub id: LoginId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last seen, to within a few minutes.
    pub last_seen_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// The program they signed in with, as it called itself.
    pub user_agent: Option<String>,
    /// Whether it is the one they ask with.
    pub is_current: bool,
}

impl OwnLogin {
    /// Its place in lists, newest first.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}

/// The name of a program, as it calls itself: one line of bounded length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// What is worth keeping of a header; `None` when nothing is.
    pub fn from_header(text: &str) -> Option<Self> {
        let plain = text.trim().chars().filter(|c| !c.is_control());
        let kept: String = plain.take(USER_AGENT_CHARACTERS_MAX).collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
