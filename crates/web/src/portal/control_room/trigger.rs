//! The button. With JavaScript the outcome comes back as JSON and is put in place; without, the
//! page is loaded again and shows it.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use beta_domain::id::{CampaignId, ChannelId, CreativeId};
use serde::{Deserialize, Serialize};

use super::load::outcome_view;
use super::view::OutcomeView;
use crate::api::deliveries::{TriggerBody, trigger_now};
use crate::error::Error;
use crate::extract::{Found, Who};
use crate::portal::cookies;
use crate::portal::flash::{Flash, Outcome};
use crate::portal::form::Form;
use crate::state::App;

#[derive(Deserialize)]
pub(super) struct Fields {
    channel: String,
    /// `<campaign>` or `<campaign>/<creative>`.
    choice: String,
}

/// What a module puts in place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeBody {
    ok: bool,
    text: String,
    advice: String,
}

/// `POST /agency/trigger`
pub(super) async fn trigger(
    State(app): State<App>,
    Who(actor): Who,
    headers: HeaderMap,
    form: Form<Fields>,
) -> Result<Response, Error> {
    let (channel_id, campaign_id, creative_id) = form.fields.parse().ok_or_else(unknown)?;
    let asked = TriggerBody {
        channel_id,
        campaign_id: Some(campaign_id),
        creative_id,
        duration_sec: None,
    };
    let outcome = match trigger_now(&app, actor, asked, None).await {
        Ok(triggered) => Outcome::Sent(triggered.command_id),
        Err(error) if error.problem().status.is_server_error() => return Err(error),
        Err(error) => Outcome::Refused(error.problem().code.to_string()),
    };
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json")) {
        let OutcomeView {
            is_good,
            text,
            advice,
        } = outcome_view(&outcome);
        return Ok(Found(OutcomeBody {
            ok: is_good,
            text,
            advice,
        })
        .into_response());
    }
    let flash = Flash {
        channel_id,
        campaign_id,
        creative_id,
        outcome,
    };
    let there = format!("{}#channel-{channel_id}", super::PATH);
    Ok((cookies::flash(&app, &flash.encode()), Redirect::to(&there)).into_response())
}

impl Fields {
    fn parse(&self) -> Option<(ChannelId, CampaignId, Option<CreativeId>)> {
        let channel = self.channel.parse().ok()?;
        match self.choice.split_once('/') {
            Some((campaign, creative)) => Some((
                channel,
                campaign.parse().ok()?,
                Some(creative.parse().ok()?),
            )),
            None => Some((channel, self.choice.parse().ok()?, None)),
        }
    }
}

fn unknown() -> Error {
    Error::field(
        "choice",
        "unknown_choice",
        "choose a channel and what to show on it",
    )
}
