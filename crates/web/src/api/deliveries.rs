//! `POST /deliveries/trigger`: show an ad now.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::{Action, Actor};
use beta_domain::deliveries::TriggerRequest;
use beta_domain::deliveries::limits::DURATION_SEC_MAX;
use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId, SessionId};
use beta_kit::describe::ToSchema;
use beta_kit::number::Whole;
use beta_kit::secret::digest_hex;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Created, IdempotencyKey, Json, Who, present};
use crate::openapi::operation;
use crate::overlay::command::{self, Played};
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = Access::Needs(Action::TriggerDelivery);
    vec![
        operation(Method::POST, "/deliveries/trigger", access, trigger)
            .says("triggerDelivery", "Show an ad now")
            .refuses(StatusCode::NOT_FOUND, ""),
    ]
}

/// Seconds on screen.
pub(crate) type Seconds = Whole<1, { DURATION_SEC_MAX as i64 }>;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"channelId": "01890a5d-ac96-774b-bcce-b302099a8057", "durationSec": 15}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TriggerBody {
    /// Where.
    pub(crate) channel_id: ChannelId,
    /// Which campaign; without it the newest on the channel.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub(crate) campaign_id: Option<CampaignId>,
    /// Which creative; without it the one shown longest ago.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub(crate) creative_id: Option<CreativeId>,
    /// Seconds on screen; without it the creative's own.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub(crate) duration_sec: Option<Seconds>,
}

/// The answer to a trigger that went through.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriggeredBody {
    ok: bool,
    /// The delivery.
    pub(crate) command_id: DeliveryId,
    channel_id: ChannelId,
    campaign_id: CampaignId,
    creative_id: CreativeId,
    session_id: SessionId,
}

/// `POST /deliveries/trigger`
async fn trigger(
    State(app): State<App>,
    Who(actor): Who,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<TriggerBody>,
) -> Result<Created<TriggeredBody>, Error> {
    trigger_now(&app, actor, body, key).await.map(Created)
}

/// Decides and sends, for the API and the portal alike.
pub(crate) async fn trigger_now(
    app: &App,
    actor: Actor,
    body: TriggerBody,
    idempotency_key: Option<String>,
) -> Result<TriggeredBody, Error> {
    let seconds = body.duration_sec.map(Seconds::get);
    let request = TriggerRequest {
        channel_id: body.channel_id,
        campaign_id: body.campaign_id,
        creative_id: body.creative_id,
        duration_sec: seconds.and_then(|seconds| u16::try_from(seconds).ok()),
        idempotency_key,
        digest: digest_hex(&format!("{body:?}")),
    };
    match command::trigger(app, actor, request).await? {
        Played::Sent(delivery) => Ok(TriggeredBody {
            ok: true,
            command_id: delivery.id,
            channel_id: delivery.channel_id,
            campaign_id: delivery.campaign_id,
            creative_id: delivery.creative_id,
            session_id: delivery.session_id,
        }),
        Played::NotResponding => Err(Error::new(
            StatusCode::BAD_REQUEST,
            "overlay_not_responding",
            "Overlay is not responding",
        )),
    }
}
