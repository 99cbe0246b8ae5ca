//! `/agency`: the control room. What runs where, and a button to show an ad now.

mod load;
mod trigger;
mod view;
pub(super) mod words;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use beta_domain::actor::{Action, Actor};

use super::cookies::{FLASH, gone};
use super::flash::Flash;
use super::layout::{Frame, answer};
use super::visit::Visit;
use crate::error::Error;
use crate::extract::Who;
use crate::layers::own_cookie;
use crate::layers::security::Surface;
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

#[cfg(test)]
pub(super) use view::RoomView;
pub(super) use view::render;

const PATH: &str = "/agency";
const TRIGGER_PATH: &str = "/agency/trigger";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Action::ReadCampaigns);
    let trigger = Access::Needs(Action::TriggerDelivery);
    vec![
        endpoint(Method::GET, PATH, read, show).on(Surface::Portal),
        endpoint(Method::POST, TRIGGER_PATH, trigger, trigger::trigger).on(Surface::Portal),
    ]
}

/// `GET /agency`
async fn show(
    State(app): State<App>,
    Who(actor): Who,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let flash = own_cookie(&app, &headers, FLASH).and_then(Flash::decode);
    let was_flashed = flash.is_some();
    let room = load::load(&app, actor, flash).await?;
    let frame = frame(&visit);
    let page = answer(&visit, render(&frame, &room));
    Ok(if was_flashed {
        (gone(&app, FLASH), page).into_response()
    } else {
        page
    })
}

fn frame(visit: &Visit) -> Frame {
    Frame::new(visit, "Campaign Control Room", PATH).with_script(&["portal/control-room.js"])
}

/// Whether the actor may press the button.
fn may_trigger(actor: &Actor) -> bool {
    actor.may(Action::TriggerDelivery)
}
