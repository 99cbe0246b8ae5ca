//! `POST /events/ingest` and `POST /events/batch`: what overlays report.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use beta_domain::events::limits::{EVENTS_PER_REQUEST_MAX, PAYLOAD_BYTES_MAX};
use beta_domain::events::{Accepted, Outcome, Overloaded, Posted, Refused};
use beta_domain::id::{
    CampaignId, ChannelId, CreativeId, DeliveryId, EventId, SessionId, StreamerProfileId,
};
use beta_domain::journal::{EventType, Reason};
use beta_domain::reports::Verdict;
use beta_domain::streamers::OverlayIdentity;
use beta_kit::describe::ToSchema;
use beta_kit::secret::digest_hex;
use beta_kit::text::RequestText;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, FieldError};
use crate::extract::{Created, Json, JsonParts, Repeatable, RequestId, parse_part, present};
use crate::layers::ClientIp;
use crate::openapi::{Draft, Part, operation};
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const OTHERS: &str = "The event is of another channel, or of a type that the server makes";
    const TAKEN: &str = "The id came with another event";
    vec![
        operation(Method::POST, "/events/ingest", Access::OverlayKey, ingest)
            .says("ingestEvent", "Report an event")
            .refuses(StatusCode::FORBIDDEN, OTHERS)
            .refuses(StatusCode::CONFLICT, TAKEN),
        operation(Method::POST, "/events/batch", Access::OverlayKey, batch)
            .says("ingestEvents", "Report events that were kept back"),
    ]
}

/// An event as an overlay posts it: the only body in snake case.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "type": "ad_completed",
    "ts": "2026-03-01T12:00:15.000Z",
    "request_id": "req_01HZX3",
    "payload": {"durationSec": 15},
}))]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
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

/// Events that an overlay kept back. Each is read by itself: one that is wrong stops no other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    #[schema(min_items = 1, max_items = 100, value_type = Vec<AnyEventBody>)]
    events: Vec<Value>,
}

/// An event, or anything else: it is read by itself, and `results` says what became of it.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "type": "ad_completed",
    "ts": "2026-03-01T12:00:15.000Z",
    "request_id": "req_01HZX3",
    "payload": {"commandId": "01890a5d-ac96-774b-bcce-b302099a8057", "durationSec": 15},
}))]
struct AnyEventBody(#[expect(dead_code, reason = "only described")] Value);

/// The answer to one event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedBody {
    id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session_id: Option<SessionId>,
    #[schema(value_type = Verdict)]
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Reason>)]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery_id: Option<DeliveryId>,
}

impl From<&Accepted> for AcceptedBody {
    fn from(accepted: &Accepted) -> Self {
        Self {
            id: accepted.id,
            session_id: accepted.session_id,
            verdict: accepted.verdict.as_str(),
            reason: accepted.verdict.reason().map(Reason::as_str),
            delivery_id: accepted.delivery_id,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    results: Vec<BatchResult>,
}

/// The answer to one event of a batch: the status it would have had alone, and its body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum BatchResult {
    Accepted {
        status: u16,
        #[serde(flatten)]
        body: AcceptedBody,
    },
    Refused {
        /// The sender's id, when it can be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        id: Option<EventId>,
        status: u16,
        /// The stable name of the reason.
        error: String,
        detail: String,
        errors: Vec<FieldError>,
    },
}

/// `POST /events/ingest`
async fn ingest(
    State(app): State<App>,
    origin: Origin,
    Json(body): Json<EventBody>,
) -> Result<Repeatable<AcceptedBody>, Error> {
    body.check(origin.identity)?;
    let posted = posted(&origin, body);
    let outcomes = app.ingest.post(vec![posted]).await.map_err(overloaded)?;
    let outcome = outcomes.into_iter().next();
    let accepted = outcome.unwrap_or(Err(Refused::Unavailable))?;
    let answer = AcceptedBody::from(&accepted);
    Ok(if accepted.repeated {
        Repeatable::Again(answer)
    } else {
        Repeatable::First(answer)
    })
}

/// `POST /events/batch`
async fn batch(
    State(app): State<App>,
    origin: Origin,
    JsonParts(body): JsonParts<BatchBody>,
) -> Result<Created<BatchAnswer>, Error> {
    if !(1..=EVENTS_PER_REQUEST_MAX).contains(&body.events.len()) {
        let message = format!("must have 1 to {EVENTS_PER_REQUEST_MAX} events");
        return Err(Error::field("events", "out_of_range", message));
    }
    let mut checked = Vec::with_capacity(body.events.len());
    let mut good = Vec::with_capacity(body.events.len());
    for event in &body.events {
        let parsed = parse_part::<EventBody>(event).and_then(|event| {
            event.check(origin.identity)?;
            good.push(posted(&origin, event));
            Ok(())
        });
        checked.push(parsed);
    }
    let mut outcomes = app.ingest.post(good).await.map_err(overloaded)?.into_iter();
    let results = body.events.iter().zip(checked).map(|(event, checked)| {
        let outcome = checked
            .and_then(|()| from_writer(outcomes.next().unwrap_or(Err(Refused::Unavailable))));
        result(event, outcome)
    });
    Ok(Created(BatchAnswer {
        results: results.collect(),
    }))
}

fn from_writer(outcome: Outcome) -> Result<Accepted, Error> {
    outcome.map_err(Error::from)
}

fn result(event: &Value, outcome: Result<Accepted, Error>) -> BatchResult {
    match outcome {
        Ok(accepted) => BatchResult::Accepted {
            status: if accepted.repeated { 200 } else { 201 },
            body: AcceptedBody::from(&accepted),
        },
        Err(error) => {
            let problem = error.problem();
            let id = event.get("id").and_then(Value::as_str);
            BatchResult::Refused {
                id: id.and_then(|id| id.parse().ok()),
                status: problem.status.as_u16(),
                error: problem.code.to_string(),
                detail: problem.detail.to_string(),
                errors: problem.errors.clone(),
            }
        }
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

/// Where events come from.
struct Origin {
    identity: OverlayIdentity,
    received_at: Timestamp,
    http_request_id: String,
    ip: String,
    user_agent: Option<String>,
}

impl FromRequestParts<App> for Origin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let identity = parts.extensions.get::<OverlayIdentity>().copied();
        let identity = identity.ok_or_else(|| Error::from(Refused::KeyRevoked))?;
        let Ok(client) = ClientIp::from_request_parts(parts, app).await;
        let Ok(RequestId(http_request_id)) = RequestId::from_request_parts(parts, app).await;
        let received_at = app.works.now();
        let user_agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            identity,
            received_at,
            http_request_id,
            ip: client.0.to_string(),
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .map(ToOwned::to_owned),
        })
    }
}

impl Part for Origin {
    fn describe(draft: &mut Draft<'_>) {
        draft.refuses(StatusCode::TOO_MANY_REQUESTS, "");
    }
}

impl EventBody {
    /// Refuses what no overlay with this key may say, whatever the database knows.
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
            return Err(mismatch("channel_id"));
        }
        let streamer = identity.streamer_profile_id;
        if self.streamer_id.is_some_and(|id| id != streamer) {
            return Err(mismatch("streamer_id"));
        }
        if json_bytes(&self.payload) > PAYLOAD_BYTES_MAX {
            return Err(Error::field("payload", "too_large", "payload exceeds 16KB"));
        }
        Ok(())
    }
}

fn mismatch(field: &str) -> Error {
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
