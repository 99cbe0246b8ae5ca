//! The SQL of the audit log.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Cursor, Limit};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Act, Audit, AuditActor, Filter};
use crate::id::{AuditId, UserId};

sql!(
    INSERT,
    "insert into audit_log \
     (id, actor_user_id, action, entity_type, entity_id, payload, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7)"
);

pub(super) async fn insert(
    tx: &mut Tx,
    id: AuditId,
    actor: Option<UserId>,
    act: Act,
    now: Timestamp,
) -> Result<(), DbError> {
    let Act {
        action,
        entity_type,
        entity_id,
        payload,
    } = act;
    tx.run(
        &INSERT,
        args![id, actor, action, entity_type, entity_id, payload, now],
    )
    .await?;
    Ok(())
}

sql!(
    SEARCH,
    "select a.seq, a.id, a.action, a.entity_type, a.entity_id, a.payload, a.created_at, \
     u.id as user_id, u.email, u.role \
     from audit_log a left join users u on u.id = a.actor_user_id \
     where a.seq < $1 and ($2 or a.action = $3) and ($4 or a.entity_type = $5) \
     and ($6 or a.entity_id = $7) and ($8 or a.actor_user_id = $9) \
     and ($10 or a.created_at >= $11) and ($12 or a.created_at < $13) \
     order by a.seq desc limit $14"
);

pub(super) async fn search(
    tx: &mut Tx,
    filter: Filter,
    limit: Limit,
    before: Option<Cursor>,
) -> Result<Vec<Audit>, DbError> {
    let Filter {
        action,
        entity_type,
        entity_id,
        actor_user_id,
        from,
        to,
    } = filter;
    let args = args![
        before.map_or(i64::MAX, |cursor| cursor.0),
        action.is_none(),
        action,
        entity_type.is_none(),
        entity_type,
        entity_id.is_none(),
        entity_id,
        actor_user_id.is_none(),
        actor_user_id,
        from.is_none(),
        from,
        to.is_none(),
        to,
        limit.rows(),
    ];
    let rows = tx.rows(&SEARCH, args).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Audit, DbError> {
    let user: Option<UserId> = row.get("user_id")?;
    let actor = match user {
        Some(id) => Some(AuditActor {
            id,
            email: row.get("email")?,
            role: row.get("role")?,
        }),
        None => None,
    };
    Ok(Audit {
        id: row.get("id")?,
        cursor: Cursor(row.get("seq")?),
        actor,
        action: row.get("action")?,
        entity_type: row.get("entity_type")?,
        entity_id: row.get("entity_id")?,
        payload: row.get("payload")?,
        created_at: row.get("created_at")?,
    })
}
