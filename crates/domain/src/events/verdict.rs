//! Does this report of an overlay count, and what does it do to its delivery?
//!
//! A pure function of the report, the delivery and the time, so that every rule can be read and
//! tested in one place. The definitions: an impression is the one `ad_completed` of a delivery
//! that was leased to this channel, rendered, and on screen for its whole time.

use std::time::Duration;

use beta_kit::time::Timestamp;

use crate::deliveries::{Delivery, DeliveryState};
use crate::id::InstanceId;
use crate::journal::{EventType, Reason, Verdict};

/// The least part of its duration that a creative must have been on screen, in percent. Timers of
/// a browser and two clocks are never exact; two percent is what peers allow.
const ON_SCREEN_PERCENT_MIN: i64 = 98;
/// How old a report may be: overlays replay what an outage kept back.
const AGE_MAX: Duration = Duration::from_hours(24);
/// How far the sender's clock may be ahead.
const AHEAD_MAX: Duration = Duration::from_mins(2);
/// Why a play failed when the overlay does not say so in a code.
const OVERLAY_ERROR: &str = "overlay_error";
/// The longest code of an overlay's own.
const REASON_CHARS_MAX: usize = 64;
/// Evidence: leased, single-use and in time.
const EVIDENCE_LEASED: u8 = 1;

/// What an overlay reports about an ad.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What happened.
    pub event_type: EventType,
    /// When, by the overlay's clock.
    pub ts: Timestamp,
    /// When it reached the server.
    pub received_at: Timestamp,
    /// The overlay instance, if it says who it is.
    pub instance_id: Option<InstanceId>,
    /// Whether OBS said that the source was not on stream at the time.
    pub off_program: bool,
    /// The sender's program.
    pub user_agent: Option<&'a str>,
    /// Why the play failed, for an error.
    pub error: Option<&'a str>,
}

/// What a report does to its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The creative is on screen.
    Render,
    /// An impression, proven at this level.
    Complete {
        /// 0 to 5.
        evidence_level: u8,
    },
    /// The play failed, and the lease is released.
    Fail {
        /// Why.
        reason: String,
    },
    /// The one click of the delivery.
    Click,
}

/// The answer to a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it counts.
    pub verdict: Verdict,
    /// What it does.
    pub effect: Effect,
    /// When it happened, as the server settles it.
    pub occurred_at: Timestamp,
}

/// Judges a report against the delivery it belongs to.
pub fn judge(report: &Report<'_>, delivery: Option<&Delivery>) -> Judgement {
    let occurred_at = occurred_at(report, delivery);
    let (verdict, effect) = match rule(report, delivery) {
        Ok(effect) => (Verdict::Counted, effect),
        // The play is over and was not on stream: it can never count, so its place is freed.
        Err(Reason::NotOnProgram) => (
            Verdict::NotCounted(Reason::NotOnProgram),
            Effect::Fail {
                reason: Reason::NotOnProgram.as_str().to_owned(),
            },
        ),
        Err(reason) => (Verdict::NotCounted(reason), Effect::None),
    };
    Judgement {
        verdict,
        effect,
        occurred_at,
    }
}

fn rule(report: &Report<'_>, delivery: Option<&Delivery>) -> Result<Effect, Reason> {
    let delivery = delivery.ok_or(Reason::NoDelivery)?;
    if has_clock_skew(report) {
        return Err(Reason::ClockSkew);
    }
    if is_other_instance(report, delivery) {
        return Err(Reason::StandbyInstance);
    }
    // The lease is over, whether or not a sweep has come by.
    if delivery.state.is_open() && report.received_at > delivery.report_until {
        return Err(Reason::LeaseExpired);
    }
    match report.event_type {
        EventType::AdRendered => rendered(delivery),
        EventType::AdCompleted => completed(report, delivery),
        EventType::AdClick => clicked(report, delivery),
        EventType::AdError => errored(report, delivery),
        EventType::OverlayConnected
        | EventType::OverlayHeartbeat
        | EventType::OverlayDisconnected
        | EventType::SessionStarted
        | EventType::SessionEnded
        | EventType::AdCandidateSelected
        | EventType::AdCommandSent => Ok(Effect::None),
    }
}

fn rendered(delivery: &Delivery) -> Result<Effect, Reason> {
    match delivery.state {
        DeliveryState::Leased | DeliveryState::Acknowledged => Ok(Effect::Render),
        DeliveryState::Rendered | DeliveryState::Completed => Err(Reason::Duplicate),
        DeliveryState::Failed
        | DeliveryState::Expired
        | DeliveryState::Errored
        | DeliveryState::Superseded => Err(Reason::LeaseExpired),
    }
}

fn completed(report: &Report<'_>, delivery: &Delivery) -> Result<Effect, Reason> {
    match delivery.state {
        DeliveryState::Rendered => {}
        DeliveryState::Leased | DeliveryState::Acknowledged => return Err(Reason::NotRendered),
        DeliveryState::Completed => return Err(Reason::Duplicate),
        DeliveryState::Failed
        | DeliveryState::Expired
        | DeliveryState::Errored
        | DeliveryState::Superseded => return Err(Reason::LeaseExpired),
    }
    if is_declared_bot(report.user_agent) {
        return Err(Reason::AutomatedClient);
    }
    let least_ms = i64::from(delivery.duration_sec) * 10 * ON_SCREEN_PERCENT_MIN;
    let by_server_ms = report.received_at.millis_since(delivery.leased_at);
    let by_overlay_ms = delivery
        .rendered_ts
        .map(|rendered| report.ts.millis_since(rendered));
    if by_server_ms < least_ms || by_overlay_ms.is_some_and(|shown_ms| shown_ms < least_ms) {
        return Err(Reason::TooEarly);
    }
    if report.off_program {
        return Err(Reason::NotOnProgram);
    }
    Ok(Effect::Complete {
        evidence_level: EVIDENCE_LEASED,
    })
}

fn clicked(report: &Report<'_>, delivery: &Delivery) -> Result<Effect, Reason> {
    if is_declared_bot(report.user_agent) {
        return Err(Reason::AutomatedClient);
    }
    if delivery.clicked_at.is_some() {
        return Err(Reason::DuplicateClick);
    }
    match delivery.state {
        DeliveryState::Rendered | DeliveryState::Completed => Ok(Effect::Click),
        DeliveryState::Leased | DeliveryState::Acknowledged => Err(Reason::NotRendered),
        DeliveryState::Failed
        | DeliveryState::Expired
        | DeliveryState::Errored
        | DeliveryState::Superseded => Err(Reason::LeaseExpired),
    }
}

fn errored(report: &Report<'_>, delivery: &Delivery) -> Result<Effect, Reason> {
    match delivery.state {
        state if state.is_open() => Ok(Effect::Fail {
            reason: report
                .error
                .filter(|text| is_code(text))
                .unwrap_or(OVERLAY_ERROR)
                .to_owned(),
        }),
        DeliveryState::Completed | DeliveryState::Errored => Err(Reason::Duplicate),
        _ => Err(Reason::LeaseExpired),
    }
}

/// Whether a text may be shown as a reason: a short code, nothing a page would have to explain.
fn is_code(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=REASON_CHARS_MAX).contains(&text.len()) && text.chars().all(is_letter)
}

/// The sender's time where it is possible, else the nearest time that is: after the lease began,
/// not after the report came, and for a play not after the latest time it can have ended.
fn occurred_at(report: &Report<'_>, delivery: Option<&Delivery>) -> Timestamp {
    let Some(delivery) = delivery else {
        return report.received_at;
    };
    if has_clock_skew(report) {
        return report.received_at;
    }
    let latest = match report.event_type {
        EventType::AdRendered | EventType::AdCompleted => {
            report.received_at.min(delivery.counts_at)
        }
        _ => report.received_at,
    };
    let earliest = delivery.rendered_at.unwrap_or(delivery.leased_at);
    report.ts.min(latest).max(earliest)
}

fn has_clock_skew(report: &Report<'_>) -> bool {
    report.ts < report.received_at.minus(AGE_MAX) || report.ts > report.received_at.plus(AHEAD_MAX)
}

fn is_other_instance(report: &Report<'_>, delivery: &Delivery) -> bool {
    match (report.instance_id, delivery.instance_id) {
        (Some(reported), Some(leased)) => reported != leased,
        _ => false,
    }
}

/// Whether the program names itself a bot, as the well-behaved ones do.
fn is_declared_bot(user_agent: Option<&str>) -> bool {
    let Some(user_agent) = user_agent else {
        return false;
    };
    let name = user_agent.to_ascii_lowercase();
    ["bot/", "bot;", "crawler", "spider", "+http"]
        .iter()
        .any(|mark| name.contains(mark))
}
