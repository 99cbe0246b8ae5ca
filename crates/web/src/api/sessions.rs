//! When a channel was on air.

use axum::extract::State;
use axum::http::Method;
use beta_domain::actor::Action;
use beta_domain::id::{ChannelId, SessionId};
use beta_domain::sessions::{self, Session, SessionStatus};
use beta_kit::describe::ToSchema;
use beta_kit::page::Place;
use beta_kit::time::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::extract::{Page, Paged, Path, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(
            Method::GET,
            "/channels/{id}/sessions",
            Access::Needs(Action::ReadSessions),
            list,
        )
        .says("listSessions", "Read when a channel was on air"),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionBody {
    id: SessionId,
    started_at: Timestamp,
    last_heartbeat_at: Timestamp,
    #[schema(required)]
    ended_at: Option<Timestamp>,
    status: SessionStatus,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            started_at: session.started_at,
            last_heartbeat_at: session.last_heartbeat_at,
            ended_at: session.ended_at,
            status: session.status,
        }
    }
}

/// `GET /channels/{id}/sessions`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<ChannelId>,
    page: Page<Place>,
) -> Result<Paged<SessionBody>, Error> {
    let after = page.after.unwrap_or(Place::START);
    let mut work = app.works.read(actor).await?;
    let sessions = sessions::list(&mut work, id, page.limit, after).await?;
    let last = sessions.last().map(Session::place);
    Ok(page.answer(sessions.into_iter().map(Into::into).collect(), last))
}
