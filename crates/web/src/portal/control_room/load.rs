//! Fills the control room from the rooms.

use std::collections::{BTreeMap, HashMap};

use beta_domain::actor::Actor;
use beta_domain::campaigns::{
    self, ApprovalStatus, BookedCampaign, CampaignFilter, CampaignStatus, Creative, CreativeFormat,
};
use beta_domain::deliveries::{self, Delivery, DeliveryState};
use beta_domain::id::{CampaignId, ChannelId};
use beta_domain::sessions;
use beta_domain::streamers::{self, Channel};
use beta_domain::work::Work;
use beta_kit::page::Limit;

use super::view::{CampaignView, ChannelView, ChoiceView, NowView, OutcomeView, RoomView};
use super::{may_trigger, words};
use crate::error::Error;
use crate::portal::flash::{Flash, Outcome};
use crate::portal::format;
use crate::state::App;

/// Campaigns on one page, the newest first.
const CAMPAIGNS_MAX: u16 = 50;
/// Channels on one page.
const CHANNELS_MAX: usize = 50;

/// What the actor may see, and what their last trigger came to.
pub(super) async fn load(app: &App, actor: Actor, flash: Option<Flash>) -> Result<RoomView, Error> {
    let may_trigger = may_trigger(&actor);
    let mut work = app.works.read(actor).await?;
    let limit = Limit::new(CAMPAIGNS_MAX).expect("is a number of rows that a page may have");
    let booked = campaigns::list(&mut work, &CampaignFilter::default(), limit, None).await?;
    let by_channel = by_channel(&booked);
    let ids: Vec<ChannelId> = by_channel.keys().copied().collect();
    let is_cut = booked.len() == usize::from(CAMPAIGNS_MAX) || ids.len() > CHANNELS_MAX;

    let mut found = streamers::find_channels(&mut work, ids).await?;
    found.sort_by(|a, b| a.twitch_channel_name.cmp(&b.twitch_channel_name));
    found.truncate(CHANNELS_MAX);
    let mut channels = Vec::with_capacity(found.len());
    for channel in &found {
        let here = by_channel.get(&channel.id).map_or(&[][..], Vec::as_slice);
        channels.push(channel_view(app, &mut work, channel, here, flash.as_ref()).await?);
    }
    // Who is on air comes first.
    channels.sort_by_key(|channel| !channel.on_air);

    let counted = booked.iter().map(|booked| booked.campaign.id).collect();
    let impressions = deliveries::count_impressions(&mut work, counted).await?;
    let campaigns = booked
        .iter()
        .map(|booked| campaign_view(booked, &impressions))
        .collect();
    Ok(RoomView {
        channels,
        campaigns,
        may_trigger,
        is_cut,
    })
}

fn by_channel(booked: &[BookedCampaign]) -> BTreeMap<ChannelId, Vec<&BookedCampaign>> {
    let mut by_channel: BTreeMap<ChannelId, Vec<&BookedCampaign>> = BTreeMap::new();
    for campaign in booked {
        for assignment in &campaign.assignments {
            by_channel
                .entry(assignment.channel_id)
                .or_default()
                .push(campaign);
        }
    }
    by_channel
}

async fn channel_view(
    app: &App,
    work: &mut Work,
    channel: &Channel,
    here: &[&BookedCampaign],
    flash: Option<&Flash>,
) -> Result<ChannelView, Error> {
    let now = work.now;
    let session = sessions::find_on_air(work, channel.id).await?;
    let on_air = session.is_some() && app.stage.primary(channel.id).is_some();
    let playing = deliveries::find_on_screen(work, channel.id, now).await?;
    let flash = flash.filter(|flash| flash.channel_id == channel.id);
    Ok(ChannelView {
        id: channel.id.to_string(),
        name: channel.twitch_channel_name.clone(),
        facts: facts(channel),
        on_air,
        now: playing.and_then(|delivery| now_view(&delivery, here)),
        choices: here
            .iter()
            .filter_map(|booked| choice_view(booked))
            .collect(),
        chosen: flash.map(chosen).unwrap_or_default(),
        outcome: flash.map(|flash| outcome_view(&flash.outcome)),
    })
}

fn facts(channel: &Channel) -> String {
    let audience = &channel.audience;
    let viewers = format::number(audience.avg_viewers);
    format!(
        "{} · {} · about {viewers} viewers",
        audience.language, audience.country
    )
}

/// What is on screen; `None` for a campaign that the actor may not see.
fn now_view(delivery: &Delivery, here: &[&BookedCampaign]) -> Option<NowView> {
    let booked = here
        .iter()
        .find(|booked| booked.campaign.id == delivery.campaign_id)?;
    let creative = booked
        .creatives
        .iter()
        .find(|one| one.id == delivery.creative_id)?;
    Some(NowView {
        campaign: booked.campaign.name.clone(),
        creative: format!("{}, {} s", kind(creative.format), delivery.duration_sec),
        state: match delivery.state {
            DeliveryState::Rendered => "On screen:",
            _ => "On its way:",
        },
    })
}

fn choice_view(booked: &BookedCampaign) -> Option<ChoiceView> {
    let campaign_id = booked.campaign.id;
    let is_approved = |one: &&Creative| one.approval_status == ApprovalStatus::Approved;
    let approved = booked.creatives.iter().filter(is_approved);
    let creatives: Vec<_> = approved
        .map(|one| (format!("{campaign_id}/{}", one.id), creative_label(one)))
        .collect();
    (!creatives.is_empty()).then(|| ChoiceView {
        campaign_id: campaign_id.to_string(),
        campaign: booked.campaign.name.clone(),
        creatives,
    })
}

/// A creative has no name: what it is, how long, how large, and the end of its id tell it apart.
fn creative_label(creative: &Creative) -> String {
    let id = creative.id.to_string();
    let tail = &id[id.len().saturating_sub(4)..];
    let file = &creative.file;
    let (kind, seconds) = (kind(creative.format), creative.duration_sec);
    format!(
        "{kind}, {seconds} s, {} × {} (…{tail})",
        file.width, file.height
    )
}

const fn kind(format: CreativeFormat) -> &'static str {
    match format {
        CreativeFormat::Image => "image",
        CreativeFormat::Gif => "GIF",
        CreativeFormat::Mp4 => "film",
    }
}

fn chosen(flash: &Flash) -> String {
    match flash.creative_id {
        Some(creative) => format!("{}/{creative}", flash.campaign_id),
        None => flash.campaign_id.to_string(),
    }
}

pub(super) fn outcome_view(outcome: &Outcome) -> OutcomeView {
    match outcome {
        Outcome::Sent(id) => OutcomeView {
            is_good: true,
            text: "Sent. The overlay has taken the command.".to_owned(),
            advice: format!("Follow it in the feed. Command {id}"),
        },
        Outcome::Refused(code) => {
            let words = words::words(code);
            OutcomeView {
                is_good: false,
                text: words.what.to_owned(),
                advice: format!("{} ({code})", words.advice),
            }
        }
    }
}

fn campaign_view(booked: &BookedCampaign, impressions: &HashMap<CampaignId, i64>) -> CampaignView {
    let campaign = &booked.campaign;
    let count = impressions.get(&campaign.id).copied().unwrap_or_default();
    CampaignView {
        id: campaign.id.to_string(),
        name: campaign.name.clone(),
        advertiser: campaign.advertiser.clone(),
        status: campaign.status.as_str(),
        tone: tone(campaign.status),
        dates: format::days(campaign.start_date, campaign.end_date),
        budget: format::money(campaign.budget),
        impressions: format::number(count),
        channels: booked.assignments.len().to_string(),
    }
}

const fn tone(status: CampaignStatus) -> &'static str {
    match status {
        CampaignStatus::Approved | CampaignStatus::Active => "good",
        CampaignStatus::Rejected => "bad",
        CampaignStatus::Draft
        | CampaignStatus::Submitted
        | CampaignStatus::Paused
        | CampaignStatus::Completed => "calm",
    }
}
