//! What the room refuses.

use beta_kit::db::DbError;
use beta_kit::version::Version;

use super::OrganizationKind;
use crate::actor::{Denied, Role};

/// Why the room refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The link is unknown, used, voided or too old, or belongs to somebody else.
    #[error("invalid or expired sign-in link")]
    LinkRefused,
    /// Only somebody who is signed in can do this.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The person has no such login that still holds.
    #[error("no such login")]
    LoginNotFound,
    /// There is a user with this address.
    #[error("there is a user with this address already")]
    EmailTaken,
    /// There is no such user.
    #[error("no such user")]
    UserNotFound,
    /// There is no such organisation.
    #[error("no such organisation")]
    OrganizationNotFound,
    /// The role asks for an organisation of its kind, or for none.
    #[error("{}", wrong_organization(*.role))]
    WrongOrganization {
        /// The role.
        role: Role,
    },
    /// Nobody would be left who can manage people.
    #[error("this is the last administrator who can sign in")]
    LastAdmin,
    /// Somebody has changed it since the caller looked.
    #[error("it was changed meanwhile, its version is {}", .current.get())]
    Stale {
        /// Its version now.
        current: Version,
    },
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn wrong_organization(role: Role) -> String {
    match OrganizationKind::of_role(role) {
        Some(kind) => format!("the role {role} needs an organisation of the kind {kind}"),
        None => format!("the role {role} belongs to no organisation"),
    }
}
