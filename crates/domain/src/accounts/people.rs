//! The people of the installation, in the hands of an administrator.

use beta_kit::db::DbError;
use beta_kit::page::{Limit, Place};
use beta_kit::text::Email;
use beta_kit::version::Version;
use serde_json::json;

use super::{
    AccountsError, Belonging, Member, Membership, NewUser, OrganizationKind, User, UserChange, act,
    store,
};
use crate::actor::{Action, Role};
use crate::audit;
use crate::id::{OrganizationId, UserId};
use crate::signal::Signal;
use crate::work::Work;

/// The actor, as the database knows them.
pub async fn me(work: &mut Work) -> Result<User, AccountsError> {
    work.may(Action::ReadMe)?;
    let user_id = work
        .actor()
        .user()
        .ok_or(AccountsError::NotSignedIn)?
        .user_id;
    store::users::find(work.tx(), user_id)
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
    let added = store::users::insert(work.tx(), id, &email, membership, now).await?;
    let user = added.ok_or(AccountsError::EmailTaken)?;
    let after = json!({ "after": described(membership) });
    audit::record(work, act("user_added", user.id, after)).await?;
    Ok(user)
}

/// Adds a person whose address needs no proof, or gives the one who has it this membership.
///
/// # Errors
/// [`AccountsError::WrongOrganization`].
pub async fn put_user(work: &mut Work, user: NewUser) -> Result<User, AccountsError> {
    let (found, email) = (find_user(work, &user.email).await?, user.email.clone());
    let id = match found {
        Some(found) => set_role(work, found.id, user.membership).await?.id,
        None => add_user(work, user).await?.id,
    };
    let now = work.now;
    store::users::verify_email(work.tx(), &email, now).await?;
    store::users::find(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)
}

/// Gives a person another role or organisation. Their logins end: they come in again as what they
/// are now.
///
/// # Errors
/// [`AccountsError::UserNotFound`], [`AccountsError::WrongOrganization`], or
/// [`AccountsError::LastAdmin`].
pub async fn set_role(
    work: &mut Work,
    id: UserId,
    membership: Membership,
) -> Result<User, AccountsError> {
    let change = UserChange {
        role: Some(membership.role),
        belonging: membership
            .organization_id
            .map_or(Belonging::Nowhere, Belonging::To),
        disabled: None,
    };
    change_user(work, id, change, None).await
}

/// Keeps a person out from now on: ends their logins and voids their link.
///
/// # Errors
/// [`AccountsError::UserNotFound`], or [`AccountsError::LastAdmin`].
pub async fn disable_user(work: &mut Work, id: UserId) -> Result<User, AccountsError> {
    let change = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    change_user(work, id, change, None).await
}

/// Lets a person sign in again.
///
/// # Errors
/// [`AccountsError::UserNotFound`].
pub async fn enable_user(work: &mut Work, id: UserId) -> Result<User, AccountsError> {
    let change = UserChange {
        disabled: Some(false),
        ..UserChange::default()
    };
    change_user(work, id, change, None).await
}

/// Changes what a person is and whether they may sign in. Whatever changes, their logins end.
///
/// # Errors
/// [`AccountsError::UserNotFound`], [`AccountsError::Stale`],
/// [`AccountsError::WrongOrganization`], or [`AccountsError::LastAdmin`].
pub async fn change_user(
    work: &mut Work,
    id: UserId,
    change: UserChange,
    expected: Option<Version>,
) -> Result<User, AccountsError> {
    work.may(Action::ManageUsers)?;
    // Before the user's own row, so that two who demote each other wait in one line.
    let admins = store::users::lock_admins(work.tx()).await?;
    let before = store::users::lock(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)?;
    if !before.version.meets(expected) {
        let current = before.version;
        return Err(AccountsError::Stale { current });
    }
    let after = changed(work, &before, change).await?;
    if after == before {
        return Ok(before);
    }
    let governs = after.role == Role::Admin && after.disabled_at.is_none();
    if admins == [id] && !governs {
        return Err(AccountsError::LastAdmin);
    }
    let now = work.now;
    let after = store::users::save(work.tx(), &after, now).await?;
    if after.disabled_at.is_some() {
        store::links::void(work.tx(), &after.email).await?;
    }
    for login_id in store::logins::revoke_all(work.tx(), id, None, now).await? {
        work.after_commit(Signal::LoginRevoked { login_id });
    }
    record_change(work, &before, &after).await?;
    Ok(after)
}

async fn changed(
    work: &mut Work,
    before: &User,
    change: UserChange,
) -> Result<User, AccountsError> {
    let membership = before.membership().changed(change);
    if membership != before.membership() {
        check_membership(work, membership).await?;
    }
    let disabled_at = match change.disabled {
        Some(true) => before.disabled_at.or(Some(work.now)),
        Some(false) => None,
        None => before.disabled_at,
    };
    Ok(User {
        role: membership.role,
        organization_id: membership.organization_id,
        disabled_at,
        ..before.clone()
    })
}

/// One row for another membership, and one for being kept out or let in.
async fn record_change(work: &mut Work, before: &User, after: &User) -> Result<(), DbError> {
    let (was, is) = (before.membership(), after.membership());
    if was != is {
        let payload = json!({ "before": described(was), "after": described(is) });
        audit::record(work, act("user_role_set", after.id, payload)).await?;
    }
    if before.disabled_at != after.disabled_at {
        let action = match after.disabled_at {
            Some(_) => "user_disabled",
            None => "user_enabled",
        };
        let payload = json!({
            "before": { "disabledAt": before.disabled_at },
            "after": { "disabledAt": after.disabled_at },
        });
        audit::record(work, act(action, after.id, payload)).await?;
    }
    Ok(())
}

fn described(membership: Membership) -> serde_json::Value {
    json!({ "role": membership.role, "organizationId": membership.organization_id })
}

/// The person with this address.
pub async fn find_user(work: &mut Work, email: &Email) -> Result<Option<User>, AccountsError> {
    work.may(Action::ManageUsers)?;
    Ok(store::users::find_by_email(work.tx(), email).await?)
}

/// A person and their organisation.
///
/// # Errors
/// [`AccountsError::UserNotFound`].
pub async fn find_member(work: &mut Work, id: UserId) -> Result<Member, AccountsError> {
    work.may(Action::ManageUsers)?;
    store::users::find_member(work.tx(), id)
        .await?
        .ok_or(AccountsError::UserNotFound)
}

/// Which people are asked for; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// A part of their address.
    pub part: Option<String>,
    /// What they are.
    pub role: Option<Role>,
    /// Where they belong.
    pub organization_id: Option<OrganizationId>,
    /// Whether they are kept out.
    pub disabled: Option<bool>,
}

/// People and their organisations, newest first.
pub async fn list_members(
    work: &mut Work,
    filter: &UserFilter,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<Member>, AccountsError> {
    work.may(Action::ManageUsers)?;
    let after = after.unwrap_or(Place::START);
    Ok(store::users::list_members(work.tx(), filter, limit, after).await?)
}

/// An agency's people belong to an agency that exists, a brand's to a brand, all others to none.
async fn check_membership(work: &mut Work, membership: Membership) -> Result<(), AccountsError> {
    let Membership {
        role,
        organization_id,
    } = membership;
    let kind = match organization_id {
        Some(id) => store::organizations::find(work.tx(), id)
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
