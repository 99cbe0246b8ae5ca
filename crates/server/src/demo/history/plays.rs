//! One ad: leased by the agency, and what its overlay reported.

use std::time::Duration;

use anyhow::Result;
use beta_domain::deliveries::{self, Delivery, Lease, Target, TriggerError, TriggerRequest};
use beta_domain::events::{self, Item, Posted, Presence};
use beta_domain::id::{ChannelId, EventId, InstanceId};
use beta_domain::journal::EventType;
use beta_domain::streamers::OverlayIdentity;
use beta_kit::secret::digest_hex;
use serde_json::{Value, json};

use super::chance::Chance;
use super::{Cast, Past};
use crate::demo::booking::campaign_id;

/// What browser sources call themselves.
const OBS: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/127.0.0.0 OBS/31.0.2";
/// Somebody who follows every link.
const ROBOT: &str = "ExampleBot/2.1 (+https://example.com/bot)";
/// From the command to the first frame.
const LOADING: Duration = Duration::from_millis(900);

/// No overlay is connected to this process: what leaves ends its session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silent;

impl Presence for Silent {
    fn is_connected(&self, _: ChannelId) -> bool {
        false
    }
}

/// How a play goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// To its end.
    Whole,
    /// To its end, which is reported twice.
    Repeated,
    /// To its end, and another page of the channel claims it as well.
    Claimed,
    /// Its end is reported too early, and never again.
    Hurried,
    /// While the source was not on stream.
    OffProgram,
    /// Not at all: its file did not load.
    Broken,
    /// Nobody knows: nothing is reported.
    Unheard,
}

fn course(chance: &mut Chance) -> Course {
    match chance.below(100) {
        0..=86 => Course::Whole,
        87..=88 => Course::Repeated,
        89..=90 => Course::Claimed,
        91..=92 => Course::Hurried,
        93..=94 => Course::OffProgram,
        95..=97 => Course::Broken,
        _ => Course::Unheard,
    }
}

/// Shows one ad on the channel, if the rules allow it now. The clock moves on by its time.
pub(super) async fn one(
    past: &Past,
    cast: &Cast,
    chance: &mut Chance,
    overlay: OverlayIdentity,
) -> Result<()> {
    past.clock
        .advance(Duration::from_secs(1 + chance.below(20)));
    let instance: InstanceId = past.works.mint();
    let Some(delivery) = lease(past, cast, overlay, instance).await? else {
        return Ok(());
    };
    let stage = Stage {
        past,
        overlay,
        delivery: &delivery,
        instance,
    };
    let mut reports = stage.follow(course(chance));
    if chance.percent(9) {
        reports.extend(stage.clicks(chance));
    }
    let items: Vec<Item> = reports.into_iter().map(item).collect();
    events::commit(&past.works, &Silent, &items).await?;
    Ok(())
}

/// `None` when a rule refused it.
async fn lease(
    past: &Past,
    cast: &Cast,
    overlay: OverlayIdentity,
    instance: InstanceId,
) -> Result<Option<Delivery>> {
    let request = TriggerRequest {
        channel_id: overlay.channel_id,
        campaign_id: Some(campaign_id()),
        creative_id: None,
        duration_sec: None,
        idempotency_key: None,
        digest: String::new(),
    };
    let target = Some(Target {
        instance_id: Some(instance),
    });
    let mut work = past.works.begin(cast.agency.clone()).await?;
    match deliveries::lease(&mut work, &request, target).await {
        Ok(Lease::New(command)) => {
            work.commit().await?;
            Ok(Some(command.delivery))
        }
        Ok(Lease::Earlier(_)) | Err(TriggerError::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Where one ad is shown.
struct Stage<'a> {
    past: &'a Past,
    overlay: OverlayIdentity,
    delivery: &'a Delivery,
    instance: InstanceId,
}

impl Stage<'_> {
    /// What is reported of the play, each report at its time. The clock ends where the play does.
    fn follow(&self, course: Course) -> Vec<Posted> {
        let clock = &self.past.clock;
        match course {
            Course::Unheard => return Vec::new(),
            Course::Broken => {
                clock.advance(LOADING * 2);
                return vec![self.report(EventType::AdError, &json!({ "reason": "asset_failed" }))];
            }
            Course::Whole
            | Course::Repeated
            | Course::Claimed
            | Course::Hurried
            | Course::OffProgram => {}
        }
        clock.advance(LOADING);
        let mut reports = vec![self.report(EventType::AdRendered, &json!({}))];
        if course == Course::Hurried {
            clock.advance(Duration::from_secs(1));
            reports.push(self.report(EventType::AdCompleted, &json!({})));
            return reports;
        }
        clock.advance(self.delivery.duration());
        if course == Course::Claimed {
            let other: InstanceId = self.past.works.mint();
            let claim = json!({ "instanceId": other });
            reports.push(self.report(EventType::AdCompleted, &claim));
        }
        let obs = json!({
            "obs": { "streaming": true, "sourceActive": course != Course::OffProgram },
        });
        reports.push(self.report(EventType::AdCompleted, &obs));
        if course == Course::Repeated {
            clock.advance(Duration::from_secs(2));
            reports.push(self.report(EventType::AdCompleted, &obs));
        }
        reports
    }

    /// Somebody follows the ad; some do so twice, and some are programs.
    fn clicks(&self, chance: &mut Chance) -> Vec<Posted> {
        self.past.clock.advance(Duration::from_secs(3));
        let mut clicks = vec![self.report(EventType::AdClick, &json!({}))];
        if chance.percent(20) {
            clicks[0].user_agent = Some(ROBOT.to_owned());
        }
        if chance.percent(25) {
            self.past.clock.advance(Duration::from_secs(4));
            clicks.push(self.report(EventType::AdClick, &json!({})));
        }
        clicks
    }

    fn report(&self, event_type: EventType, more: &Value) -> Posted {
        let mut payload = json!({
            "commandId": self.delivery.id,
            "instanceId": self.instance,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            payload[name] = value.clone();
        }
        Posted {
            campaign_id: Some(self.delivery.campaign_id),
            creative_id: Some(self.delivery.creative_id),
            ..posted(self.past, self.overlay, event_type, payload)
        }
    }
}

/// What the door makes of an overlay's report that comes now.
pub(super) fn posted(
    past: &Past,
    sender: OverlayIdentity,
    event_type: EventType,
    payload: Value,
) -> Posted {
    let (id, now): (EventId, _) = (past.works.mint(), past.now());
    Posted {
        sender,
        id: Some(id),
        event_type,
        ts: now,
        received_at: now,
        request_id: format!("demo-{id}"),
        http_request_id: None,
        session_id: None,
        campaign_id: None,
        creative_id: None,
        payload,
        digest: digest_hex(&id.to_string()),
        ip: None,
        user_agent: Some(OBS.to_owned()),
    }
}

pub(super) fn item(posted: Posted) -> Item {
    Item::Report(Box::new(posted))
}
