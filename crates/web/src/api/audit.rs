//! The audit log.

use axum::extract::{OriginalUri, State};
use axum::http::Method;
use beta_domain::actor::{Action, Role};
use beta_domain::audit::{self, Audit, AuditActor, Filter};
use beta_domain::id::{AuditId, UserId};
use beta_kit::describe::ToSchema;
use beta_kit::page::{Cursor, Limit};
use beta_kit::text::BoundedText;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Linked, Query, Who, linked};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many rows a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

/// What an act, a kind of thing or a thing is called in the log.
type Word = BoundedText<1, 80>;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(
            Method::GET,
            "/admin/audit",
            Access::Needs(Action::ReadAudit),
            list,
        )
        .says("listAudit", "Read the audit log"),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditBody {
    id: AuditId,
    #[schema(required)]
    actor_user_id: Option<UserId>,
    action: String,
    entity_type: String,
    entity_id: String,
    #[schema(required)]
    #[schema(value_type = Option<Object>)]
    payload: Option<serde_json::Value>,
    created_at: Timestamp,
    #[schema(required)]
    actor: Option<ActorBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ActorBody {
    id: UserId,
    email: String,
    role: Role,
}

impl From<Audit> for AuditBody {
    fn from(audit: Audit) -> Self {
        let actor = audit
            .actor
            .map(|AuditActor { id, email, role }| ActorBody { id, email, role });
        Self {
            id: audit.id,
            actor_user_id: actor.as_ref().map(|actor| actor.id),
            action: audit.action,
            entity_type: audit.entity_type,
            entity_id: audit.entity_id,
            payload: audit.payload,
            created_at: audit.created_at,
            actor,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AuditQuery {
    action: Option<Word>,
    entity_type: Option<Word>,
    entity_id: Option<Word>,
    actor_user_id: Option<UserId>,
    /// The first time that is told.
    from: Option<Timestamp>,
    /// The first time that is told no more.
    to: Option<Timestamp>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Cursor>,
}

/// `GET /admin/audit`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<AuditQuery>,
) -> Result<Linked<Vec<AuditBody>>, Error> {
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let text = |word: Option<Word>| word.map(|word| word.to_string());
    let filter = Filter {
        action: text(asked.action),
        entity_type: text(asked.entity_type),
        entity_id: text(asked.entity_id),
        actor_user_id: asked.actor_user_id,
        from: asked.from,
        to: asked.to,
    };
    let mut work = app.works.read(actor).await?;
    let rows = audit::search(&mut work, filter, limit, asked.cursor).await?;
    let next = linked::next(&rows, limit, |last| last.cursor);
    let rows = rows.into_iter().map(Into::into).collect();
    Ok(Linked::new(rows, &uri, next.as_deref()))
}
