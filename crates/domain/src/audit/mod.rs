//! Who did what to what. Written in the transaction of the act, and never changed.

mod changes;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;
use beta_kit::page::{Cursor, Limit};
use beta_kit::time::Timestamp;

pub use changes::changes;

use crate::actor::{Action, Denied, Role};
use crate::id::{AuditId, UserId};
use crate::work::Work;

/// What somebody did. Secrets never belong in the payload.
#[derive(Clone, Debug)]
pub struct Act {
    /// What was done, such as `campaign_created`.
    pub action: &'static str,
    /// The kind of thing it was done to.
    pub entity_type: &'static str,
    /// Which one.
    pub entity_id: String,
    /// What else a reader should know.
    pub payload: serde_json::Value,
}

/// A row of the audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Its id.
    pub id: AuditId,
    /// Its place in the log.
    pub cursor: Cursor,
    /// Who acted; `None` for the program itself.
    pub actor: Option<AuditActor>,
    /// What was done.
    pub action: String,
    /// The kind of thing it was done to.
    pub entity_type: String,
    /// Which one.
    pub entity_id: String,
    /// What else there is to know.
    pub payload: Option<serde_json::Value>,
    /// When.
    pub created_at: Timestamp,
}

/// The person behind an audit row.
#[derive(Clone, Debug)]
pub struct AuditActor {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// Their role now.
    pub role: Role,
}

/// Writes down that the actor of `work` did this.
pub async fn record(work: &mut Work, act: Act) -> Result<(), DbError> {
    let actor = work.actor().user().map(|user| user.user_id);
    record_as(work, actor, act).await
}

/// Writes down that `actor` did this, for work that runs before or without a login.
pub async fn record_as(work: &mut Work, actor: Option<UserId>, act: Act) -> Result<(), DbError> {
    let id: AuditId = work.mint();
    let now = work.now;
    store::insert(work.tx(), id, actor, act, now).await
}

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Which rows to look for. An empty field asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those of one kind of act.
    pub action: Option<String>,
    /// Those about one kind of thing.
    pub entity_type: Option<String>,
    /// Those about one thing.
    pub entity_id: Option<String>,
    /// Those of one person.
    pub actor_user_id: Option<UserId>,
    /// Those from this time on.
    pub from: Option<Timestamp>,
    /// Those before this time.
    pub to: Option<Timestamp>,
}

/// The newest rows before `before`, newest first.
pub async fn list(
    work: &mut Work,
    limit: Limit,
    before: Option<Cursor>,
) -> Result<Vec<Audit>, AuditError> {
    search(work, Filter::default(), limit, before).await
}

/// The newest rows before `before` that the filter asks for, newest first.
pub async fn search(
    work: &mut Work,
    filter: Filter,
    limit: Limit,
    before: Option<Cursor>,
) -> Result<Vec<Audit>, AuditError> {
    work.may(Action::ReadAudit)?;
    Ok(store::search(work.tx(), filter, limit, before).await?)
}
