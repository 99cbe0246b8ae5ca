//! The SQL of organisations, users, sign-in links and logins.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::Limit;
use beta_kit::text::Email;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Membership, Organization, User};
use crate::actor::UserActor;
use crate::id::{LoginId, MagicLinkId, OrganizationId, UserId};

/// The columns that [`read_user`] reads.
macro_rules! user_columns {
    () => {
        "id, email, role, organization_id, email_verified_at, disabled_at, created_at"
    };
}

sql!(
    PUT_ORGANIZATION,
    "insert into organizations (id, kind, name, created_at) values ($1, $2, $3, $4) \
     on conflict (id) do update set name = excluded.name \
     returning id, kind, name, created_at"
);

/// Adds the organisation, or renames the one that has its id.
pub(super) async fn put_organization(
    tx: &mut Tx,
    organization: &Organization,
) -> Result<Organization, DbError> {
    let Organization {
        id,
        kind,
        name,
        created_at,
    } = organization;
    let row = tx
        .one(&PUT_ORGANIZATION, args![*id, *kind, name, *created_at])
        .await?;
    read_organization(&row)
}

sql!(
    FIND_ORGANIZATION,
    "select id, kind, name, created_at from organizations where id = $1"
);

pub(super) async fn find_organization(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    let row = tx.row(&FIND_ORGANIZATION, args![id]).await?;
    row.as_ref().map(read_organization).transpose()
}

sql!(
    HOLD_ORGANIZATION,
    "select id from organizations where id = $1 for update"
);

pub(super) async fn hold_organization(tx: &mut Tx, id: OrganizationId) -> Result<(), DbError> {
    tx.one(&HOLD_ORGANIZATION, args![id]).await.map(drop)
}

sql!(
    LIST_ORGANIZATIONS,
    "select id, kind, name, created_at from organizations where id > $1 order by id limit $2"
);

pub(super) async fn list_organizations(
    tx: &mut Tx,
    after: OrganizationId,
    limit: Limit,
) -> Result<Vec<Organization>, DbError> {
    let rows = tx
        .rows(&LIST_ORGANIZATIONS, args![after, limit.rows()])
        .await?;
    rows.iter().map(read_organization).collect()
}

sql!(
    INSERT_USER,
    concat!(
        "insert into users (id, email, role, organization_id, created_at, updated_at) ",
        "values ($1, $2, $3, $4, $5, $5) on conflict (email) do nothing returning ",
        user_columns!(),
    )
);

/// `None` when the address is taken.
pub(super) async fn insert_user(
    tx: &mut Tx,
    id: UserId,
    email: &Email,
    membership: Membership,
    now: Timestamp,
) -> Result<Option<User>, DbError> {
    let Membership {
        role,
        organization_id,
    } = membership;
    let args = args![id, email.as_str(), role, organization_id, now];
    tx.row(&INSERT_USER, args)
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
}

sql!(
    LOCK_USER_BY_EMAIL,
    concat!(
        "select ",
        user_columns!(),
        " from users where email = $1 for update"
    )
);

/// The user who has this address, held so that nobody else changes it or its links until the work
/// is done.
pub(super) async fn lock_user_by_email(tx: &mut Tx, email: &Email) -> Result<User, DbError> {
    read_user(&tx.one(&LOCK_USER_BY_EMAIL, args![email.as_str()]).await?)
}

sql!(
    LOCK_USER,
    concat!(
        "select ",
        user_columns!(),
        " from users where id = $1 for update"
    )
);

pub(super) async fn lock_user(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    tx.row(&LOCK_USER, args![id])
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
}

sql!(
    FIND_USER,
    concat!("select ", user_columns!(), " from users where id = $1")
);

pub(super) async fn find_user(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    let row = tx.row(&FIND_USER, args![id]).await?;
    row.as_ref().map(read_user).transpose()
}

sql!(
    FIND_USER_BY_EMAIL,
    concat!("select ", user_columns!(), " from users where email = $1")
);

pub(super) async fn find_user_by_email(
    tx: &mut Tx,
    email: &Email,
) -> Result<Option<User>, DbError> {
    tx.row(&FIND_USER_BY_EMAIL, args![email.as_str()])
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
}

sql!(
    LIST_USERS,
    concat!(
        "select ",
        user_columns!(),
        " from users where email > $1 order by email limit $2"
    )
);

pub(super) async fn list_users(
    tx: &mut Tx,
    after: &str,
    limit: Limit,
) -> Result<Vec<User>, DbError> {
    let rows = tx.rows(&LIST_USERS, args![after, limit.rows()]).await?;
    rows.iter().map(read_user).collect()
}

sql!(
    SET_MEMBERSHIP,
    concat!(
        "update users set role = $2, organization_id = $3, updated_at = $4 \
         where id = $1 returning ",
        user_columns!(),
    )
);

pub(super) async fn set_membership(
    tx: &mut Tx,
    id: UserId,
    membership: Membership,
    now: Timestamp,
) -> Result<User, DbError> {
    let Membership {
        role,
        organization_id,
    } = membership;
    let row = tx
        .one(&SET_MEMBERSHIP, args![id, role, organization_id, now])
        .await?;
    read_user(&row)
}

sql!(
    SET_DISABLED,
    concat!(
        "update users set disabled_at = $2, updated_at = $3 where id = $1 returning ",
        user_columns!(),
    )
);

pub(super) async fn set_disabled(
    tx: &mut Tx,
    id: UserId,
    disabled_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<User, DbError> {
    let row = tx.one(&SET_DISABLED, args![id, disabled_at, now]).await?;
    read_user(&row)
}

sql!(
    VERIFY_EMAIL,
    concat!(
        "update users set email_verified_at = $2, updated_at = $2 ",
        "where id = $1 and disabled_at is null returning ",
        user_columns!(),
    )
);

/// `None` when the user is disabled.
pub(super) async fn verify_email(
    tx: &mut Tx,
    id: UserId,
    now: Timestamp,
) -> Result<Option<User>, DbError> {
    tx.row(&VERIFY_EMAIL, args![id, now])
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
}

sql!(
    VOID_LINKS,
    "update magic_links set voided_at = $2 \
     where user_id = $1 and expires_at > $2 and consumed_at is null and voided_at is null"
);

pub(super) async fn void_links(
    tx: &mut Tx,
    user_id: UserId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(&VOID_LINKS, args![user_id, now]).await?;
    Ok(())
}

sql!(
    INSERT_LINK,
    "insert into magic_links (id, user_id, token_hash, created_at, expires_at) \
     values ($1, $2, $3, $4, $5)"
);

pub(super) async fn insert_link(
    tx: &mut Tx,
    id: MagicLinkId,
    user_id: UserId,
    token_hash: &str,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    tx.run(
        &INSERT_LINK,
        args![id, user_id, token_hash, now, expires_at],
    )
    .await?;
    Ok(())
}

sql!(
    CONSUME_LINK,
    "update magic_links set consumed_at = $3 \
     where token_hash = $1 and consumed_at is null and voided_at is null and expires_at > $3 \
     and user_id = (select id from users where email = $2) \
     returning user_id"
);

/// Uses the link up. Of any number who try at once, one gets the user; the others get `None`.
pub(super) async fn consume_link(
    tx: &mut Tx,
    token_hash: &str,
    email: &Email,
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let row = tx
        .row(&CONSUME_LINK, args![token_hash, email.as_str(), now])
        .await?;
    row.map(|row| row.get("user_id")).transpose()
}

sql!(
    INSERT_LOGIN,
    "insert into logins (id, user_id, created_at, expires_at) values ($1, $2, $3, $4)"
);

pub(super) async fn insert_login(
    tx: &mut Tx,
    id: LoginId,
    user_id: UserId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    tx.run(&INSERT_LOGIN, args![id, user_id, now, expires_at])
        .await?;
    Ok(())
}

sql!(
    FIND_LOGIN,
    "select u.id, u.email, u.role, u.organization_id \
     from logins l join users u on u.id = l.user_id \
     where l.id = $1 and l.revoked_at is null and l.expires_at > $2 and u.disabled_at is null"
);

/// The person behind a login that holds.
pub(super) async fn find_login(
    tx: &mut Tx,
    login_id: LoginId,
    now: Timestamp,
) -> Result<Option<UserActor>, DbError> {
    let Some(row) = tx.row(&FIND_LOGIN, args![login_id, now]).await? else {
        return Ok(None);
    };
    Ok(Some(UserActor {
        user_id: row.get("id")?,
        email: row.get("email")?,
        role: row.get("role")?,
        organization_id: row.get("organization_id")?,
        login_id,
    }))
}

sql!(
    REVOKE_LOGIN,
    "update logins set revoked_at = $2 where id = $1 and revoked_at is null"
);

/// Whether the login was still open.
pub(super) async fn revoke_login(
    tx: &mut Tx,
    id: LoginId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.run(&REVOKE_LOGIN, args![id, now]).await? == 1)
}

sql!(
    REVOKE_LOGINS,
    "update logins set revoked_at = $2 \
     where user_id = $1 and expires_at > $2 and revoked_at is null returning id"
);

/// The logins that were open.
pub(super) async fn revoke_logins(
    tx: &mut Tx,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<LoginId>, DbError> {
    let rows = tx.rows(&REVOKE_LOGINS, args![user_id, now]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

fn read_organization(row: &Row) -> Result<Organization, DbError> {
    Ok(Organization {
        id: row.get("id")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
    })
}

fn read_user(row: &Row) -> Result<User, DbError> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        role: row.get("role")?,
        organization_id: row.get("organization_id")?,
        email_verified_at: row.get("email_verified_at")?,
        disabled_at: row.get("disabled_at")?,
        created_at: row.get("created_at")?,
    })
}
