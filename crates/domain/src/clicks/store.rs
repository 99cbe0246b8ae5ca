//! The SQL of visitors.

use beta_kit::db::{DbError, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

sql!(
    COUNT,
    "insert into click_visitors as v (link_code, visitor, counted_at) values ($1, $2, $3) \
     on conflict (link_code, visitor) do update set counted_at = excluded.counted_at \
     where v.counted_at <= $4 returning link_code"
);

/// Counts the visitor, unless they were counted after `before`.
pub(super) async fn count(
    tx: &mut Tx,
    code: &str,
    visitor: &str,
    now: Timestamp,
    before: Timestamp,
) -> Result<bool, DbError> {
    let row = tx.row(&COUNT, args![code, visitor, now, before]).await?;
    Ok(row.is_some())
}

sql!(
    DROP,
    "delete from click_visitors where (link_code, visitor) in \
     (select link_code, visitor from click_visitors where counted_at <= $1 limit $2)"
);

pub(super) async fn drop_before(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<u64, DbError> {
    tx.run(&DROP, args![before, limit]).await
}
