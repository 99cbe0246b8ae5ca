//! A trigger from the request to the overlay's answer.
//!
//! The lease is committed before anything is sent. The overlay that should show it has a few
//! seconds to take it; then the next one is asked, once; then the lease is released.

use std::time::Duration;

use beta_domain::actor::Actor;
use beta_domain::deliveries::limits::{ACK_TIMEOUT, OFFERS_MAX};
use beta_domain::deliveries::{
    self, Command, Delivery, DeliveryState, Lease, Target, TriggerError, TriggerRequest,
};
use beta_domain::events::Change;
use beta_domain::signal::{LiveMessage, Signal};

use super::protocol::names::COMMAND;
use super::protocol::{CommandAnswer, CommandMessage};
use super::stage::Instance;
use crate::media;
use crate::state::App;

/// How often a decision is tried again when two of them met in the database.
const RETRIES_MAX: u32 = 5;
/// How long a repeated request waits for the answer to the first, and how often it looks.
const EARLIER_POLL: Duration = Duration::from_millis(100);
const EARLIER_POLLS_MAX: u32 = 70;

/// What became of a trigger.
#[derive(Debug)]
pub(crate) enum Played {
    /// The overlay has it.
    Sent(Box<Delivery>),
    /// No overlay took it; the lease is released.
    NotResponding,
}

/// Decides, commits and sends.
pub(crate) async fn trigger(
    app: &App,
    actor: Actor,
    request: TriggerRequest,
) -> Result<Played, TriggerError> {
    let answer = decide_and_send(app, &actor, &request).await;
    if let Err(error) = &answer
        && let Some(reason) = error.reason()
    {
        note_refusal(app, actor, &request, reason).await?;
    }
    let result = match &answer {
        Ok(Played::Sent(_)) => "sent".to_owned(),
        Ok(Played::NotResponding) => "failed_not_responding".to_owned(),
        Err(TriggerError::OverlayNotConnected) => "failed_no_overlay".to_owned(),
        Err(TriggerError::Refused(refusal)) => format!("blocked_{refusal}"),
        Err(_) => return answer,
    };
    app.works.meters().trigger_answered(&result);
    answer
}

/// Writes down what a person asked in vain. What the program asks of itself is not written down.
async fn note_refusal(
    app: &App,
    actor: Actor,
    request: &TriggerRequest,
    reason: &'static str,
) -> Result<(), TriggerError> {
    if actor.user().is_none() {
        return Ok(());
    }
    let mut work = app.works.begin(actor).await?;
    deliveries::note_refusal(&mut work, request, reason).await?;
    Ok(work.commit().await?)
}

async fn decide_and_send(
    app: &App,
    actor: &Actor,
    request: &TriggerRequest,
) -> Result<Played, TriggerError> {
    let primary = app.stage.primary(request.channel_id);
    match decide(app, actor, request, primary.as_ref()).await? {
        Lease::Earlier(earlier) => answer_of(app, *earlier).await,
        Lease::New(command) => {
            let primary = primary.ok_or(TriggerError::OverlayNotConnected)?;
            send(app, *command, primary).await
        }
    }
}

async fn decide(
    app: &App,
    actor: &Actor,
    request: &TriggerRequest,
    primary: Option<&Instance>,
) -> Result<Lease, TriggerError> {
    let target = primary.map(|instance| Target {
        instance_id: instance.instance_id,
    });
    let mut tries = 0;
    loop {
        match decide_once(app, actor, request, target).await {
            Err(TriggerError::Db(error)) if error.is_transient() && tries < RETRIES_MAX => {
                tries += 1;
            }
            // Somebody else used the key a moment ago: the next look finds what was answered.
            Err(TriggerError::Db(error)) if error.is_unique_violation() && tries < RETRIES_MAX => {
                tries += 1;
            }
            answer => return answer,
        }
    }
}

async fn decide_once(
    app: &App,
    actor: &Actor,
    request: &TriggerRequest,
    target: Option<Target>,
) -> Result<Lease, TriggerError> {
    let mut work = app.works.begin(actor.clone()).await?;
    let lease = deliveries::lease(&mut work, request, target).await?;
    if matches!(lease, Lease::New(_)) {
        work.commit().await?;
    }
    Ok(lease)
}

/// Sends the command to the primary, then once to whoever would stand in for it.
async fn send(app: &App, command: Command, primary: Instance) -> Result<Played, TriggerError> {
    let delivery = &command.delivery;
    if offer(app, &command, &primary).await {
        return taken(app, command, primary.modern).await;
    }
    if let Some(understudy) = app.stage.understudy(delivery.channel_id, primary.socket.id) {
        // The new holder is durable before it can report, so that its reports are not a standby's.
        let change = Change::Reassigned(understudy.instance_id);
        let reassigned = record(app, delivery, change).await;
        if reassigned && offer(app, &command, &understudy).await {
            return taken(app, command, understudy.modern).await;
        }
    }
    record(app, delivery, Change::Failed("overlay_not_responding")).await;
    Ok(Played::NotResponding)
}

/// Whether the instance takes the command. One that does not acknowledge takes what it is sent.
async fn offer(app: &App, command: &Command, instance: &Instance) -> bool {
    let message = message(app, command);
    if !instance.modern {
        return instance.socket.emit(COMMAND, &message).is_ok();
    }
    let sent = instance
        .socket
        .timeout(ACK_TIMEOUT)
        .emit_with_ack::<_, CommandAnswer>(COMMAND, &message);
    let Ok(answer) = sent else { return false };
    matches!(answer.await, Ok(answer) if answer.is_taken())
}

async fn taken(app: &App, command: Command, modern: bool) -> Result<Played, TriggerError> {
    let delivery = command.delivery;
    if modern {
        record(app, &delivery, Change::Acknowledged).await;
    }
    let message = LiveMessage::DeliverySent {
        delivery_id: delivery.id,
        channel_id: delivery.channel_id,
        campaign_id: delivery.campaign_id,
        creative_id: delivery.creative_id,
        session_id: delivery.session_id,
        at: app.works.now(),
    };
    app.works.signals().send(Signal::Live {
        audience: delivery.audience(),
        message,
    });
    Ok(Played::Sent(Box::new(delivery)))
}

/// Writes a change of the delivery down; false when that was not possible.
async fn record(app: &App, delivery: &Delivery, change: Change) -> bool {
    match app.ingest.change(delivery.id, change) {
        Ok(answer) => matches!(answer.await, Ok(Ok(_))),
        Err(error) => {
            // The lease is swept when its time is over; nothing is lost but its place till then.
            tracing::warn!(%error, delivery.id = %delivery.id, "a lease's change was not written");
            false
        }
    }
}

/// What the first request with the same key was answered, once that is known.
async fn answer_of(app: &App, earlier: Delivery) -> Result<Played, TriggerError> {
    let mut delivery = earlier;
    let mut polls = 0;
    // An overlay that acknowledges nothing leaves it leased, long after it was answered.
    let answered_by = delivery.leased_at.plus(ACK_TIMEOUT * (OFFERS_MAX + 1));
    while delivery.state == DeliveryState::Leased
        && app.works.now() < answered_by
        && polls < EARLIER_POLLS_MAX
    {
        tokio::time::sleep(EARLIER_POLL).await;
        polls += 1;
        let mut work = app.works.read(Actor::System).await?;
        if let Some(found) = deliveries::find(&mut work, delivery.id).await? {
            delivery = found;
        }
    }
    if delivery.state == DeliveryState::Failed {
        return Ok(Played::NotResponding);
    }
    Ok(Played::Sent(Box::new(delivery)))
}

fn message(app: &App, command: &Command) -> CommandMessage {
    let Command {
        delivery,
        creative,
        animation,
    } = command;
    CommandMessage {
        command_id: delivery.id,
        campaign_id: delivery.campaign_id,
        creative_id: delivery.creative_id,
        duration_sec: delivery.duration_sec,
        asset_url: media::asset_url(app, &creative.file.object_key),
        click_url: creative.click_url.clone(),
        animation: animation.as_str(),
        mime_type: creative.file.kind.mime(),
        fallback_url: creative.fallback_url.clone(),
        sent_at: app.works.now(),
    }
}
