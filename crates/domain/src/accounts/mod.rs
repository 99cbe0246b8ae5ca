//! Who may come in: organisations, users, the links they sign in with, and their logins.
//!
//! Tokens are kept as digests only. The room does not write access tokens or cookies, sends no
//! mail, and knows nothing of what people do once they are in.

mod limits;
mod organization;
mod user;
mod login;
mod error;
mod signing;
mod logins;
mod people;
mod organizing;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::{DbError, Tx};

pub use error::AccountsError;
pub use limits::{LINK_LIFE, LINK_TOKEN_BYTES, LINKS_ASKED_MAX, LOGIN_LIFE, LOGINS_KEPT};
pub use login::{Found, Link, Login, OwnLogin, UserAgent};
pub use logins::{list_logins, logout, revoke_login, revoke_other_logins};
pub use organization::{Organization, OrganizationKind, OrganizationName};
pub use organizing::{
    add_organization, find_organization_by_id, list_organizations, put_organization,
    rename_organization,
};
pub use people::{
    UserFilter, add_user, change_user, disable_user, enable_user, find_member, find_user,
    list_members, me, put_user, set_role,
};
pub use signing::{find_login, request_link, see_login, sweep, verify_link};
pub use user::{Belonging, Member, Membership, NewUser, User, UserChange};

use crate::audit::Act;
use crate::id::{OrganizationId, UserId};

/// The organisation, whoever asks: for rooms whose rows may name one.
pub(crate) async fn find_organization(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    store::organizations::find(tx, id).await
}

/// Keeps others who hold the organisation waiting until the transaction ends: whoever counts what
/// all its campaigns have takes this lock first.
pub(crate) async fn hold_organization(tx: &mut Tx, id: OrganizationId) -> Result<(), DbError> {
    store::organizations::lock(tx, id).await.map(drop)
}

fn act(action: &'static str, user: UserId, payload: serde_json::Value) -> Act {
    Act {
        action,
        entity_type: "user",
        entity_id: user.to_string(),
        payload,
    }
}
