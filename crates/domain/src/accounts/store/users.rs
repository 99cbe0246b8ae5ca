//! The SQL of users.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::text::Email;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::accounts::{Member, Membership, Organization, User, UserFilter};
use crate::id::{OrganizationId, UserId};

sql!(
    INSERT,
    "insert into users (id, email, role, organization_id, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $5) on conflict (email) do nothing returning *"
);

/// `None` when the address is taken.
pub(in crate::accounts) async fn insert(
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
    tx.row(&INSERT, args).await?.as_ref().map(read).transpose()
}

sql!(
    LOCK_ADMINS,
    "select id from users where role = 'admin' and disabled_at is null order by id for update"
);

/// The administrators who may sign in, held so that nobody else changes one of them until the work
/// is done.
pub(in crate::accounts) async fn lock_admins(tx: &mut Tx) -> Result<Vec<UserId>, DbError> {
    let rows = tx.rows(&LOCK_ADMINS, args![]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

sql!(LOCK, "select * from users where id = $1 for update");

pub(in crate::accounts) async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    tx.row(&LOCK, args![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(FIND, "select * from users where id = $1");

pub(in crate::accounts) async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    tx.row(&FIND, args![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(FIND_BY_EMAIL, "select * from users where email = $1");

pub(in crate::accounts) async fn find_by_email(
    tx: &mut Tx,
    email: &Email,
) -> Result<Option<User>, DbError> {
    tx.row(&FIND_BY_EMAIL, args![email.as_str()])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// A user with the organisation, for [`read_member`].
macro_rules! members {
    () => {
        "select u.*, o.kind as organization_kind, o.name as organization_name, \
         o.created_at as organization_created_at, o.version as organization_version \
         from users u left join organizations o on o.id = u.organization_id "
    };
}

sql!(FIND_MEMBER, concat!(members!(), "where u.id = $1"));

pub(in crate::accounts) async fn find_member(
    tx: &mut Tx,
    id: UserId,
) -> Result<Option<Member>, DbError> {
    tx.row(&FIND_MEMBER, args![id])
        .await?
        .as_ref()
        .map(read_member)
        .transpose()
}

sql!(
    LIST_MEMBERS,
    concat!(
        members!(),
        "where ($1 or u.email like $2 escape '!') and ($3 or u.role = $4) \
         and ($5 or u.organization_id = $6) and ($7 or (u.disabled_at is not null) = $8) \
         and (u.created_at, u.id) < ($9, $10) \
         order by u.created_at desc, u.id desc limit $11"
    )
);

pub(in crate::accounts) async fn list_members(
    tx: &mut Tx,
    filter: &UserFilter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Member>, DbError> {
    let UserFilter {
        part,
        role,
        organization_id,
        disabled,
    } = filter;
    let args = args![
        part.is_none(),
        part.as_deref().map(containing),
        role.is_none(),
        *role,
        organization_id.is_none(),
        *organization_id,
        disabled.is_none(),
        *disabled,
        after.at,
        after.id,
        limit.rows(),
    ];
    let rows = tx.rows(&LIST_MEMBERS, args).await?;
    rows.iter().map(read_member).collect()
}

/// The pattern of addresses, which are in lower case, that contain this text.
fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in part.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

sql!(
    SAVE,
    "update users set role = $2, organization_id = $3, disabled_at = $4, updated_at = $5, \
     version = version + 1 where id = $1 returning *"
);

/// Stores what an administrator may change.
pub(in crate::accounts) async fn save(
    tx: &mut Tx,
    user: &User,
    now: Timestamp,
) -> Result<User, DbError> {
    let args = args![
        user.id,
        user.role,
        user.organization_id,
        user.disabled_at,
        now,
    ];
    read(&tx.one(&SAVE, args).await?)
}

sql!(
    VERIFY_EMAIL,
    "update users set email_verified_at = $2, updated_at = $2 \
     where email = $1 and disabled_at is null returning *"
);

/// `None` when the user is disabled, or there is none.
pub(in crate::accounts) async fn verify_email(
    tx: &mut Tx,
    email: &Email,
    now: Timestamp,
) -> Result<Option<User>, DbError> {
    tx.row(&VERIFY_EMAIL, args![email.as_str(), now])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

fn read(row: &Row) -> Result<User, DbError> {
    Ok(User {
        id: row.get("id")?,
        email: row.get("email")?,
        role: row.get("role")?,
        organization_id: row.get("organization_id")?,
        email_verified_at: row.get("email_verified_at")?,
        disabled_at: row.get("disabled_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

fn read_member(row: &Row) -> Result<Member, DbError> {
    let user = read(row)?;
    let organization = match user.organization_id {
        Some(id) => Some(read_own_organization(row, id)?),
        None => None,
    };
    Ok(Member { user, organization })
}

fn read_own_organization(row: &Row, id: OrganizationId) -> Result<Organization, DbError> {
    Ok(Organization {
        id,
        kind: row.get("organization_kind")?,
        name: row.get("organization_name")?,
        created_at: row.get("organization_created_at")?,
        version: row.get("organization_version")?,
    })
}
