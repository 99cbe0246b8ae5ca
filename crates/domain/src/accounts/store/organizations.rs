//! The SQL of organisations.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::{args, sql};

use crate::accounts::Organization;
use crate::id::OrganizationId;

sql!(
    INSERT,
    "insert into organizations (id, kind, name, created_at, version) \
     values ($1, $2, $3, $4, $5) returning *"
);

pub(in crate::accounts) async fn insert(
    tx: &mut Tx,
    organization: &Organization,
) -> Result<Organization, DbError> {
    let Organization {
        id,
        kind,
        name,
        created_at,
        version,
    } = organization;
    let args = args![*id, *kind, name, *created_at, *version];
    read(&tx.one(&INSERT, args).await?)
}

sql!(
    RENAME,
    "update organizations set name = $2, version = version + 1 where id = $1 returning *"
);

pub(in crate::accounts) async fn rename(
    tx: &mut Tx,
    id: OrganizationId,
    name: &str,
) -> Result<Organization, DbError> {
    read(&tx.one(&RENAME, args![id, name]).await?)
}

sql!(FIND, "select * from organizations where id = $1");

pub(in crate::accounts) async fn find(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    tx.row(&FIND, args![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(LOCK, "select * from organizations where id = $1 for update");

pub(in crate::accounts) async fn lock(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    tx.row(&LOCK, args![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(
    LIST,
    "select * from organizations where (created_at, id) < ($1, $2) \
     order by created_at desc, id desc limit $3"
);

pub(in crate::accounts) async fn list(
    tx: &mut Tx,
    limit: Limit,
    after: Place,
) -> Result<Vec<Organization>, DbError> {
    let rows = tx
        .rows(&LIST, args![after.at, after.id, limit.rows()])
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Organization, DbError> {
    Ok(Organization {
        id: row.get("id")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}
