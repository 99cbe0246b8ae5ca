//! Clicks that exist: people who follow the short link of an assignment, from chat, a panel or a
//! QR code. Viewers of a stream cannot click on what they see.
//!
//! A visit always leads to the landing page. Whether it counts is decided here: once per visitor,
//! link and hour, and never for programs. The room does not know addresses or user agents, only
//! the digest that stands for a visitor.

pub mod limits;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;
use beta_kit::text::HttpUrl;
use beta_kit::text_enum;
use serde_json::json;

use crate::campaigns::{self, LinkCode};
use crate::deliveries;
use crate::id::CreativeId;
use crate::journal::{self, EventType, Links, Reason, Verdict};
use crate::signal::{Audience, LiveMessage, Signal};
use crate::work::Work;

text_enum! {
    /// How a click came about.
    pub enum ClickSource {
        /// Through the overlay page itself: an operator's click, never billed.
        Overlay => "overlay",
        /// Through the short link.
        Link => "link",
        /// Through the QR code of the short link.
        Qr => "qr",
    }
}

/// Somebody follows a short link.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The link.
    pub code: LinkCode,
    /// Where they found it.
    pub source: ClickSource,
    /// What stands for them: the same for the same visitor, and of no use to find out who it is.
    pub visitor: String,
    /// Whether a program says that it is one, or fetches ahead of a person.
    pub is_automated: bool,
}

/// Where a short link leads now: the landing page of the creative that was shown last on the
/// channel, or else of the oldest one that may be shown. `None` for a link that leads nowhere.
pub async fn landing(work: &mut Work, code: &LinkCode) -> Result<Option<String>, DbError> {
    Ok(target(work, code).await?.map(|target| target.url))
}

/// Follows a short link: writes the click down and says where it leads.
pub async fn follow(work: &mut Work, visit: &Visit) -> Result<Option<String>, DbError> {
    let Some(target) = target(work, &visit.code).await? else {
        return Ok(None);
    };
    let verdict = judge(work, visit).await?;
    let payload = json!({ "source": visit.source });
    let links = target.links;
    let mut event = journal::system_event(work, EventType::AdClick, links, payload);
    event.verdict = verdict;
    journal::append(work, vec![event]).await?;
    announce(work, &links, verdict);
    Ok(Some(target.url))
}

struct Target {
    url: String,
    links: Links,
}

async fn target(work: &mut Work, code: &LinkCode) -> Result<Option<Target>, DbError> {
    let Some(linked) = campaigns::find_linked(work.tx(), code).await? else {
        return Ok(None);
    };
    let shown = deliveries::last_shown(work, linked.assignment).await?;
    let Some((creative_id, url)) = landing_of(work, &linked, shown).await? else {
        return Ok(None);
    };
    let links = Links {
        streamer_id: Some(linked.streamer),
        channel_id: Some(linked.channel),
        campaign_id: Some(linked.campaign),
        creative_id: Some(creative_id),
        ..Links::default()
    };
    Ok(Some(Target { url, links }))
}

async fn landing_of(
    work: &mut Work,
    linked: &campaigns::Linked,
    shown: Option<CreativeId>,
) -> Result<Option<(CreativeId, String)>, DbError> {
    let approved = campaigns::approved_creatives(work.tx(), linked.campaign).await?;
    let last = approved.iter().find(|creative| Some(creative.id) == shown);
    let creative = last.or(approved.first());
    Ok(creative.map(|creative| (creative.id, as_sent(&creative.click_url))))
}

/// The address as a browser sends it: ASCII, fit for a header.
fn as_sent(url: &str) -> String {
    HttpUrl::parse(url).map_or_else(|_| url.to_owned(), |url| url.to_ascii())
}

async fn judge(work: &mut Work, visit: &Visit) -> Result<Verdict, DbError> {
    if visit.is_automated {
        return Ok(Verdict::NotCounted(Reason::AutomatedClient));
    }
    let (now, before) = (work.now, work.now.minus(limits::VISITOR_WINDOW));
    let code = visit.code.as_str();
    Ok(
        if store::count(work.tx(), code, &visit.visitor, now, before).await? {
            Verdict::Counted
        } else {
            Verdict::NotCounted(Reason::DuplicateClick)
        },
    )
}

/// Tells the live feed.
fn announce(work: &mut Work, links: &Links, verdict: Verdict) {
    let (Some(streamer), Some(channel_id)) = (links.streamer_id, links.channel_id) else {
        return;
    };
    let message = LiveMessage::AdEvent {
        event_type: EventType::AdClick.as_str(),
        channel_id,
        campaign_id: links.campaign_id,
        creative_id: links.creative_id,
        delivery_id: None,
        session_id: None,
        counted: verdict == Verdict::Counted,
        reason: verdict.reason().map(Reason::as_str),
        at: work.now,
    };
    let audience = Audience {
        streamer,
        channel_id,
        campaign_id: links.campaign_id,
    };
    work.after_commit(Signal::Live { audience, message });
}

/// Forgets visitors who may be counted again; returns how many there were.
pub async fn sweep(work: &mut Work) -> Result<u64, DbError> {
    let before = work.now.minus(limits::VISITOR_WINDOW);
    store::drop_before(work.tx(), before, limits::SWEEP_MAX).await
}
