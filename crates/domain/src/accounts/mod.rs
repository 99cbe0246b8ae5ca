//! Who may come in: organisations, users, the links they sign in with, and their logins.
//!
//! Tokens are kept as digests only. The room does not write access tokens or cookies, sends no
//! mail, and knows nothing of what people do once they are in.

mod limits;
mod login;
mod organization;
mod store;
#[cfg(test)]
mod tests;
mod user;

use beta_kit::db::{DbError, Tx};
use beta_kit::id::Id;
use beta_kit::page::Limit;
use beta_kit::secret::digest_hex;
use beta_kit::text::Email;
use serde_json::json;

pub use limits::{LINK_LIFE, LINK_TOKEN_BYTES, LOGIN_LIFE};
pub use login::{Link, Login};
pub use organization::{Organization, OrganizationKind, OrganizationName};
pub use user::{Membership, NewUser, User};

use crate::actor::{Action, Denied, Role, UserActor};
use crate::audit::{self, Act};
use crate::id::{LoginId, OrganizationId, UserId};
use crate::signal::Signal;
use crate::work::Work;

/// Why the room refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The link is unknown, used, voided or too old, or belongs to somebody else.
    #[error("invalid or expired sign-in link")]
    LinkRefused,
    /// Only somebody who is signed in can do this.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// There is a user with this address.
    #[error("there is a user with this address already")]
    EmailTaken,
    /// There is no such user.
    #[error("no such user")]
    UserNotFound,
    /// The role asks for an organisation of its kind, or for none.
    #[error("{}", wrong_organization(*.role))]
    WrongOrganization {
        /// The role.
        role: Role,
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

/// Makes a link that signs the person with this address in, and voids the ones made before.
///
/// Whoever is unknown is added as a streamer. `None` for people who may not sign in; the caller
/// answers the same either way.
pub async fn request_link(work: &mut Work, email: &Email) -> Result<Option<Link>, AccountsError> {
    let user = find_or_add(work, email).await?;
    if user.disabled_at.is_some() {
        return Ok(None);
    }
    let (id, token, now) = (work.mint(), work.token::<LINK_TOKEN_BYTES>(), work.now);
    let expires_at = now.plus(LINK_LIFE);
    store::void_links(work.tx(), user.id, now).await?;
    let token_hash = digest_hex(token.reveal());
    store::insert_link(work.tx(), id, user.id, &token_hash, (now, expires_at)).await?;
    Ok(Some(Link {
        email: email.clone(),
        token,
        expires_at,
    }))
}

/// The user with this address, held until the work is done so that links are made one by one.
async fn find_or_add(work: &mut Work, email: &Email) -> Result<User, DbError> {
    let (id, now) = (work.mint(), work.now);
    let stranger = Membership::alone(Role::Streamer);
    store::insert_user(work.tx(), id, email, stranger, now).await?;
    store::lock_user_by_email(work.tx(), email).await
}

/// Signs in whoever has the link. Of any number who try at once, one succeeds.
///
/// # Errors
/// [`AccountsError::LinkRefused`] whatever is wrong with the link, the address included.
pub async fn verify_link(
    work: &mut Work,
    email: &Email,
    token: &str,
) -> Result<Login, AccountsError> {
    let (login_id, now): (LoginId, _) = (work.mint(), work.now);
    let consumed = store::consume_link(work.tx(), &digest_hex(token), email, now).await?;
    let user_id = consumed.ok_or(AccountsError::LinkRefused)?;
    let verified = store::verify_email(work.tx(), user_id, now).await?;
    let user = verified.ok_or(AccountsError::LinkRefused)?;
    let expires_at = now.plus(LOGIN_LIFE);
    store::insert_login(work.tx(), login_id, user_id, (now, expires_at)).await?;
    let act = act("signed_in", user_id, json!({ "loginId": login_id }));
    audit::record_as(work, Some(user_id), act).await?;
    let User {
        email,
        role,
        organization_id,
        ..
    } = user;
    let user = UserActor {
        user_id,
        email,
        role,
        organization_id,
        login_id,
    };
    Ok(Login {
        user,
        issued_at: now,
        expires_at,
    })
}

/// The person behind a login, as they are now; `None` once it is revoked or over, or the person
/// may not sign in any more.
pub async fn find_login(work: &mut Work, id: LoginId) -> Result<Option<UserActor>, AccountsError> {
    let now = work.now;
    Ok(store::find_login(work.tx(), id, now).await?)
}

/// Ends the login that the actor came with.
pub async fn logout(work: &mut Work) -> Result<(), AccountsError> {
    let user = work.actor().user().ok_or(AccountsError::NotSignedIn)?;
    let (user_id, login_id, now) = (user.user_id, user.login_id, work.now);
    if store::revoke_login(work.tx(), login_id, now).await? {
        work.after_commit(Signal::LoginRevoked { login_id });
        let act = act("signed_out", user_id, json!({ "loginId": login_id }));
        audit::record(work, act).await?;
    }
    Ok(())
}

/// The actor, as the database knows them.
pub async fn me(work: &mut Work) -> Result<User, AccountsError> {
    work.may(Action::ReadMe)?;
    let user_id = work
        .actor()
        .user()
        .ok_or(AccountsError::NotSignedIn)?
        .user_id;
    store::find_user(work.tx(), user_id)
        .await?
        .ok_or(AccountsError::UserNotFound)
}

/// Adds a person.
///
/// # Errors
/// [`AccountsError::EmailTaken`], or [`AccountsError::WrongOrganization`].
pub async fn add_user(work: &mut Work, user: NewUser) -> Result<User, AccountsError> {
    work.may(Action::ManageUsers)?;
    let NewUser { email, membership } = user;
    check_membership(work, membership).await?;
    let (id, now) = (work.mint(), work.now);
    let added = store::insert_user(work.tx(), id, &email, membership, now).await?;
    let user = added.ok_or(AccountsError::EmailTaken)?;
    audit::record(work, act("user_added", user.id, payload(membership))).await?;
    Ok(user)
}

/// Adds a person whose address needs no proof, or gives the one who has it this membership.
///
/// # Errors
/// [`AccountsError::WrongOrganization`].
pub async fn put_user(work: &mut Work, user: NewUser) -> Result<User, AccountsError> {
    let found = find_user(work, &user.email).await?;
    let id = match found {
        Some(found) => set_role(work, found.id, user.membership).await?.id,
        None => add_user(work, user).await?.id,
    };
    let now = work.now;
    store::verify_email(work.tx(), id, now).await?;
    store::find_user(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)
}

/// Gives a person another role or organisation. Their logins end: they come in again as what they
/// are now.
///
/// # Errors
/// [`AccountsError::UserNotFound`], or [`AccountsError::WrongOrganization`].
pub async fn set_role(
    work: &mut Work,
    id: UserId,
    membership: Membership,
) -> Result<User, AccountsError> {
    work.may(Action::ManageUsers)?;
    check_membership(work, membership).await?;
    let user = store::lock_user(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)?;
    if user.membership() == membership {
        return Ok(user);
    }
    let now = work.now;
    let user = store::set_membership(work.tx(), id, membership, now).await?;
    revoke_logins(work, id).await?;
    audit::record(work, act("user_role_set", id, payload(membership))).await?;
    Ok(user)
}

/// Keeps a person out from now on: ends their logins and voids their links.
///
/// # Errors
/// [`AccountsError::UserNotFound`].
pub async fn disable_user(work: &mut Work, id: UserId) -> Result<User, AccountsError> {
    work.may(Action::ManageUsers)?;
    let user = store::lock_user(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)?;
    if user.disabled_at.is_some() {
        return Ok(user);
    }
    let now = work.now;
    let user = store::set_disabled(work.tx(), id, Some(now), now).await?;
    store::void_links(work.tx(), id, now).await?;
    revoke_logins(work, id).await?;
    audit::record(work, act("user_disabled", id, json!({}))).await?;
    Ok(user)
}

/// Lets a person sign in again.
///
/// # Errors
/// [`AccountsError::UserNotFound`].
pub async fn enable_user(work: &mut Work, id: UserId) -> Result<User, AccountsError> {
    work.may(Action::ManageUsers)?;
    let user = store::lock_user(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)?;
    if user.disabled_at.is_none() {
        return Ok(user);
    }
    let now = work.now;
    let user = store::set_disabled(work.tx(), id, None, now).await?;
    audit::record(work, act("user_enabled", id, json!({}))).await?;
    Ok(user)
}

/// The person with this address.
pub async fn find_user(work: &mut Work, email: &Email) -> Result<Option<User>, AccountsError> {
    work.may(Action::ManageUsers)?;
    Ok(store::find_user_by_email(work.tx(), email).await?)
}

/// People in the order of their addresses, from the first behind `after`.
pub async fn list_users(
    work: &mut Work,
    limit: Limit,
    after: Option<&Email>,
) -> Result<Vec<User>, AccountsError> {
    work.may(Action::ManageUsers)?;
    let after = after.map_or("", Email::as_str);
    Ok(store::list_users(work.tx(), after, limit).await?)
}

/// Adds an agency or a brand.
pub async fn add_organization(
    work: &mut Work,
    kind: OrganizationKind,
    name: &OrganizationName,
) -> Result<Organization, AccountsError> {
    let id = work.mint();
    put_organization(work, id, kind, name).await
}

/// Adds an agency or a brand under an id of the caller's, or renames the one that has it.
pub async fn put_organization(
    work: &mut Work,
    id: OrganizationId,
    kind: OrganizationKind,
    name: &OrganizationName,
) -> Result<Organization, AccountsError> {
    work.may(Action::ManageUsers)?;
    let wanted = Organization {
        id,
        kind,
        name: name.as_str().to_owned(),
        created_at: work.now,
    };
    let organization = store::put_organization(work.tx(), &wanted).await?;
    let act = Act {
        action: "organization_saved",
        entity_type: "organization",
        entity_id: id.to_string(),
        payload: json!({ "kind": organization.kind, "name": organization.name }),
    };
    audit::record(work, act).await?;
    Ok(organization)
}

/// Organisations in the order in which they came, from the first behind `after`.
pub async fn list_organizations(
    work: &mut Work,
    limit: Limit,
    after: Option<OrganizationId>,
) -> Result<Vec<Organization>, AccountsError> {
    work.may(Action::ManageUsers)?;
    let after = after.unwrap_or(Id::nil().into());
    Ok(store::list_organizations(work.tx(), after, limit).await?)
}

/// The organisation, whoever asks: for rooms whose rows may name one.
pub(crate) async fn find_organization(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    store::find_organization(tx, id).await
}

/// Keeps others who hold the organisation waiting until the transaction ends: whoever counts what
/// all its campaigns have takes this lock first.
pub(crate) async fn hold_organization(tx: &mut Tx, id: OrganizationId) -> Result<(), DbError> {
    store::hold_organization(tx, id).await
}

/// An agency's people belong to an agency that exists, a brand's to a brand, all others to none.
async fn check_membership(work: &mut Work, membership: Membership) -> Result<(), AccountsError> {
    let Membership {
        role,
        organization_id,
    } = membership;
    let kind = match organization_id {
        Some(id) => store::find_organization(work.tx(), id)
            .await?
            .map(|found| found.kind),
        None => None,
    };
    let belongs = kind.is_some() == organization_id.is_some();
    if belongs && kind == OrganizationKind::of_role(role) {
        Ok(())
    } else {
        Err(AccountsError::WrongOrganization { role })
    }
}

async fn revoke_logins(work: &mut Work, id: UserId) -> Result<(), DbError> {
    let now = work.now;
    for login_id in store::revoke_logins(work.tx(), id, now).await? {
        work.after_commit(Signal::LoginRevoked { login_id });
    }
    Ok(())
}

fn act(action: &'static str, user: UserId, payload: serde_json::Value) -> Act {
    Act {
        action,
        entity_type: "user",
        entity_id: user.to_string(),
        payload,
    }
}

fn payload(membership: Membership) -> serde_json::Value {
    json!({ "role": membership.role, "organizationId": membership.organization_id })
}
