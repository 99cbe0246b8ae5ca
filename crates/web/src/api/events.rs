//! `POST /events/ingest` and `POST /events/batch`: what overlays report.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_domain::events::limits::{EVENTS_PER_REQUEST_MAX, PAYLOAD_BYTES_MAX};
use beta_domain::events::{Accepted, Outcome, Overloaded, Posted, Refused};
use beta_domain::id::{
    CampaignId, ChannelId, CreativeId, DeliveryId, EventId, SessionId, StreamerProfileId,
};
use beta_domain::journal::EventType;
use beta_domain::streamers::OverlayIdentity;
use beta_kit::secret::digest_hex;
use beta_kit::text::RequestText;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::extract::{Created, Found, Json, RequestId};
use crate::layers::ClientIp;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint(Method::POST, "/events/ingest", Access::OverlayKey, ingest),
        endpoint(Method::POST, "/events/batch", Access::OverlayKey, batch),
    ]
}

/// An event as an overlay posts it: the only body in snake case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    #[serde(default)]
    id: Option<EventId>,
    #[serde(rename = "type")]
    event_type: EventType,
    ts: Timestamp,
    request_id: RequestText,
    #[serde(default)]
    streamer_id: Option<StreamerProfileId>,
    #[serde(default)]
    channel_id: Option<ChannelId>,
    #[serde(default)]
    session_id: Option<SessionId>,
    #[serde(default)]
    campaign_id: Option<CampaignId>,
    #[serde(default)]
    creative_id: Option<CreativeId>,
    #[serde(default)]
    payload: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    events: Vec<EventBody>,
}

/// The answer to one event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedBody {
    id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<DeliveryId>,
}

impl From<&Accepted> for AcceptedBody {
    fn from(accepted: &Accepted) -> Self {
        Self {
            id: accepted.id,
            session_id: accepted.session_id,
            verdict: accepted.verdict.as_str(),
            reason: accepted
                .verdict
                .reason()
                .map(beta_domain::journal::Reason::as_str),
            delivery_id: accepted.delivery_id,
        }
    }
}

#[derive(Debug, Serialize)]
struct BatchAnswer {
    results: Vec<BatchResult>,
}

/// The answer to one event of a batch: the status it would have had alone, and its body.
#[derive(Debug, Serialize)]
struct BatchResult {
    status: u16,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    accepted: Option<AcceptedBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Where an event came from.
struct Origin {
    identity: OverlayIdentity,
    received_at: Timestamp,
    http_request_id: String,
    ip: String,
    user_agent: Option<String>,
}

/// `POST /events/ingest`
async fn ingest(
    State(app): State<App>,
    Extension(identity): Extension<OverlayIdentity>,
    Extension(client): Extension<ClientIp>,
    request_id: RequestId,
    headers: HeaderMap,
    Json(body): Json<EventBody>,
) -> Result<Response, Error> {
    limit(&app, identity, client, 1)?;
    let origin = origin(&app, identity, client, request_id, &headers);
    body.check(identity)?;
    let waiting = app.ingest.post(vec![posted(&origin, body)]);
    let outcomes = waiting.await.map_err(overloaded)?;
    let outcome = outcomes
        .into_iter()
        .next()
        .unwrap_or(Err(Refused::Unavailable));
    let accepted = outcome.map_err(Error::from)?;
    let answer = AcceptedBody::from(&accepted);
    Ok(if accepted.repeated {
        Found(answer).into_response()
    } else {
        Created(answer).into_response()
    })
}

/// `POST /events/batch`
async fn batch(
    State(app): State<App>,
    Extension(identity): Extension<OverlayIdentity>,
    Extension(client): Extension<ClientIp>,
    request_id: RequestId,
    headers: HeaderMap,
    Json(body): Json<BatchBody>,
) -> Result<Created<BatchAnswer>, Error> {
    let count = body.events.len();
    if !(1..=EVENTS_PER_REQUEST_MAX).contains(&count) {
        let message = format!("must have 1 to {EVENTS_PER_REQUEST_MAX} events");
        return Err(Error::field("events", "out_of_range", message));
    }
    limit(&app, identity, client, 1)?;
    let origin = origin(&app, identity, client, request_id, &headers);
    let mut good = Vec::with_capacity(count);
    let mut checked = Vec::with_capacity(count);
    for event in body.events {
        let check = event.check(identity);
        if check.is_ok() {
            good.push(posted(&origin, event));
        }
        checked.push(check);
    }
    let mut outcomes = app.ingest.post(good).await.map_err(overloaded)?.into_iter();
    let results = checked.into_iter().map(|one| match one {
        Ok(()) => result(&outcomes.next().unwrap_or(Err(Refused::Unavailable))),
        Err(error) => refused(&error),
    });
    Ok(Created(BatchAnswer {
        results: results.collect(),
    }))
}

fn result(outcome: &Outcome) -> BatchResult {
    match outcome {
        Ok(accepted) => BatchResult {
            status: if accepted.repeated { 200 } else { 201 },
            accepted: Some(accepted.into()),
            code: None,
            detail: None,
        },
        Err(error) => refused(&Error::from(error.clone())),
    }
}

fn refused(error: &Error) -> BatchResult {
    let problem = error.problem();
    BatchResult {
        status: problem.status.as_u16(),
        accepted: None,
        code: Some(problem.code.to_string()),
        detail: Some(problem.detail.to_string()),
    }
}

/// Counts against the sender's limit. Only verified keys come this far, so that guessing keys
/// costs no memory.
fn limit(
    app: &App,
    identity: OverlayIdentity,
    client: ClientIp,
    _requests: u32,
) -> Result<(), Error> {
    let key = (identity.key_id, client.network());
    match app.ingest_limit.take(&key, app.works.now()) {
        Some(allowance) => {
            allowance.check("ingest_rate_limited", "Event ingest rate limit exceeded")
        }
        None => Ok(()),
    }
}

fn overloaded(error: Overloaded) -> Error {
    Error::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        error.to_string(),
    )
    .with_retry_after(1)
}

fn origin(
    app: &App,
    identity: OverlayIdentity,
    client: ClientIp,
    request_id: RequestId,
    headers: &HeaderMap,
) -> Origin {
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Origin {
        identity,
        received_at: app.works.now(),
        http_request_id: request_id.0,
        ip: client.0.to_string(),
        user_agent: user_agent.map(ToOwned::to_owned),
    }
}

impl EventBody {
    /// Refuses what an overlay with this key may not say.
    ///
    /// # Errors
    /// 403 for an event of another channel or of the server's own; 400 for too large a payload.
    pub fn check(&self, identity: OverlayIdentity) -> Result<(), Error> {
        if !self.event_type.from_overlay() {
            let detail = "this type of event is made by the server alone";
            let code = "event_type_not_accepted";
            return Err(Error::new(StatusCode::FORBIDDEN, code, detail));
        }
        if self.channel_id.is_some_and(|id| id != identity.channel_id) {
            return Err(other_channel("channel_id"));
        }
        let streamer = identity.streamer_profile_id;
        if self.streamer_id.is_some_and(|id| id != streamer) {
            return Err(other_channel("streamer_id"));
        }
        if json_bytes(&self.payload) > PAYLOAD_BYTES_MAX {
            return Err(Error::field("payload", "too_large", "payload exceeds 16KB"));
        }
        Ok(())
    }
}

fn other_channel(field: &str) -> Error {
    let detail = format!("{field} is not the one of this overlay key");
    Error::new(StatusCode::FORBIDDEN, "channel_mismatch", detail)
}

/// How long a payload is as compact JSON.
fn json_bytes(payload: &Map<String, Value>) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, payload).map_or(usize::MAX, |()| counter.0)
}

/// The event as the writer takes it.
fn posted(origin: &Origin, body: EventBody) -> Posted {
    let payload = Value::Object(body.payload);
    let request_id = body.request_id.as_str().to_owned();
    let digest = digest_hex(&format!(
        "{} {} {request_id} {:?} {:?} {:?} {payload}",
        body.event_type,
        body.ts.as_micros(),
        body.session_id,
        body.campaign_id,
        body.creative_id,
    ));
    Posted {
        sender: origin.identity,
        id: body.id,
        event_type: body.event_type,
        ts: body.ts,
        received_at: origin.received_at,
        request_id,
        http_request_id: Some(origin.http_request_id.clone()),
        session_id: body.session_id,
        campaign_id: body.campaign_id,
        creative_id: body.creative_id,
        payload,
        digest,
        ip: Some(origin.ip.clone()),
        user_agent: origin.user_agent.clone(),
    }
}
