//! The SQL of kept answers.

use beta_kit::db::{DbError, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::Request;
use crate::id::UserId;

sql!(
    INSERT,
    "insert into answers (user_id, idempotency_key, request_digest, created_at) \
     values ($1, $2, $3, $4) on conflict do nothing returning user_id"
);

/// Takes the place of the request; `false` when somebody has it.
pub(super) async fn insert(
    tx: &mut Tx,
    user: UserId,
    request: &Request,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![user, &request.key, &request.digest, now];
    Ok(tx.row(&INSERT, args).await?.is_some())
}

/// What was answered before.
pub(super) struct Earlier {
    pub(super) digest: String,
    pub(super) body: Option<String>,
}

sql!(
    FIND,
    "select request_digest, body from answers where user_id = $1 and idempotency_key = $2"
);

pub(super) async fn find(tx: &mut Tx, user: UserId, key: &str) -> Result<Option<Earlier>, DbError> {
    let row = tx.row(&FIND, args![user, key]).await?;
    let read = |row: beta_kit::db::Row| {
        Ok(Earlier {
            digest: row.get("request_digest")?,
            body: row.get("body")?,
        })
    };
    row.map(read).transpose()
}

sql!(
    SET_BODY,
    "update answers set body = $3 where user_id = $1 and idempotency_key = $2"
);

pub(super) async fn set_body(
    tx: &mut Tx,
    user: UserId,
    key: &str,
    body: &str,
) -> Result<(), DbError> {
    tx.run(&SET_BODY, args![user, key, body]).await?;
    Ok(())
}

sql!(
    DROP,
    "delete from answers where (user_id, idempotency_key) in \
     (select user_id, idempotency_key from answers where created_at < $1 limit $2)"
);

pub(super) async fn drop_before(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<u64, DbError> {
    tx.run(&DROP, args![before, limit]).await
}
