//! The audit log.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::{Action, Role};
use beta_domain::audit::{self, Audit, AuditActor};
use beta_domain::id::{AuditId, UserId};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::extract::{Page, Paged, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

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

/// `GET /admin/audit`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    page: Page,
) -> Result<Paged<AuditBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let rows = audit::list(&mut work, page.limit, page.after).await?;
    let last = rows.last().map(|row| row.cursor);
    Ok(page.answer(rows.into_iter().map(Into::into).collect(), last))
}
