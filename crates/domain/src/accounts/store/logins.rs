//! The SQL of logins.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::accounts::{Found, OwnLogin};
use crate::actor::UserActor;
use crate::id::{LoginId, UserId};

/// A login to keep.
pub(in crate::accounts) struct NewLogin<'a> {
    pub(in crate::accounts) id: LoginId,
    pub(in crate::accounts) user_id: UserId,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) user_agent: Option<&'a str>,
}

sql!(
    INSERT,
    "insert into logins (id, user_id, created_at, expires_at, last_seen_at, user_agent) \
     values ($1, $2, $3, $4, $3, $5)"
);

pub(in crate::accounts) async fn insert(
    tx: &mut Tx,
    login: NewLogin<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let NewLogin {
        id,
        user_id,
        expires_at,
        user_agent,
    } = login;
    tx.run(&INSERT, args![id, user_id, now, expires_at, user_agent])
        .await?;
    Ok(())
}

sql!(
    FIND,
    "select u.id, u.email, u.role, u.organization_id, \
     coalesce(l.last_seen_at, l.created_at) as last_seen_at \
     from logins l join users u on u.id = l.user_id \
     where l.id = $1 and l.revoked_at is null and l.expires_at > $2 and u.disabled_at is null"
);

/// The person behind a login that holds.
pub(in crate::accounts) async fn find(
    tx: &mut Tx,
    login_id: LoginId,
    now: Timestamp,
) -> Result<Option<Found>, DbError> {
    let Some(row) = tx.row(&FIND, args![login_id, now]).await? else {
        return Ok(None);
    };
    let user = UserActor {
        user_id: row.get("id")?,
        email: row.get("email")?,
        role: row.get("role")?,
        organization_id: row.get("organization_id")?,
        login_id,
    };
    let last_seen_at = row.get("last_seen_at")?;
    Ok(Some(Found { user, last_seen_at }))
}

sql!(SEE, "update logins set last_seen_at = $2 where id = $1");

pub(in crate::accounts) async fn see(
    tx: &mut Tx,
    id: LoginId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(&SEE, args![id, now]).await?;
    Ok(())
}

sql!(
    LIST,
    "select id, created_at, coalesce(last_seen_at, created_at) as last_seen_at, expires_at, \
     user_agent from logins \
     where user_id = $1 and revoked_at is null and expires_at > $2 \
     and (created_at, id) < ($3, $4) order by created_at desc, id desc limit $5"
);

/// The logins of a user that hold, newest first; one of them is the `current` one.
pub(in crate::accounts) async fn list(
    tx: &mut Tx,
    (user_id, current): (UserId, LoginId),
    now: Timestamp,
    (limit, after): (Limit, Place),
) -> Result<Vec<OwnLogin>, DbError> {
    let args = args![user_id, now, after.at, after.id, limit.rows()];
    let rows = tx.rows(&LIST, args).await?;
    rows.iter().map(|row| read_own(row, current)).collect()
}

sql!(
    REVOKE,
    "update logins set revoked_at = $3 \
     where id = $1 and user_id = $2 and expires_at > $3 and revoked_at is null"
);

/// Whether the user had the login and it still held.
pub(in crate::accounts) async fn revoke(
    tx: &mut Tx,
    user_id: UserId,
    id: LoginId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.run(&REVOKE, args![id, user_id, now]).await? == 1)
}

sql!(
    REVOKE_ALL,
    "update logins set revoked_at = $2 \
     where user_id = $1 and expires_at > $2 and revoked_at is null and ($3 or id <> $4) \
     returning id"
);

/// The logins that held, but for the one that is kept.
pub(in crate::accounts) async fn revoke_all(
    tx: &mut Tx,
    user_id: UserId,
    kept: Option<LoginId>,
    now: Timestamp,
) -> Result<Vec<LoginId>, DbError> {
    let rows = tx
        .rows(&REVOKE_ALL, args![user_id, now, kept.is_none(), kept])
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

sql!(DROP_OLD, "delete from logins where expires_at <= $1");

pub(in crate::accounts) async fn drop_old(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    tx.run(&DROP_OLD, args![before]).await
}

fn read_own(row: &Row, current: LoginId) -> Result<OwnLogin, DbError> {
    let id: LoginId = row.get("id")?;
    Ok(OwnLogin {
        id,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
        user_agent: row.get("user_agent")?,
        is_current: id == current,
    })
}
