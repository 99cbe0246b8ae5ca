//! What is booked: an approved campaign with a flight, two creatives and the demo channel.

use std::time::Duration;

use anyhow::Result;
use beta_domain::actor::Actor;
use beta_domain::campaigns::{
    self, ApprovalStatus, CampaignError, CampaignName, CampaignStatus, Cap, CreativeFormat,
    FlightMode, MinGap, NewAssignments, NewCampaign, NewCreative, NewFlight, Objective, OnScreen,
    Pacing, StoredFile, Targeting,
};
use beta_domain::id::{CampaignId, CreativeId, FlightId};
use beta_domain::work::{Work, Works};
use beta_kit::id::Id;
use beta_kit::text::{HttpUrl, TimeZoneName};
use serde_json::json;

use super::media::Files;
use super::people::People;
use super::{channel_id, second_channel_id};

const CAMPAIGN_LIFE: Duration = Duration::from_hours(30 * 24);
/// Where a click leads; the name is reserved for examples.
const LANDING_PAGE: &str = "https://example.com/";
/// How long the still stays; the film stays as long as it runs.
const PICTURE_SECONDS: i64 = 8;
const FILM_SECONDS: i64 = 6;

/// The campaign of the demo.
pub(super) fn campaign_id() -> CampaignId {
    Id::from_u128(0x9a2f_2c28_48bc_4ad9_9547_d40f_a6f4_0046).into()
}

pub(super) fn picture_id() -> CreativeId {
    Id::from_u128(0x2c9b_7d10_5a44_4e0e_8f6b_31c0_77d2_b001).into()
}

pub(super) fn film_id() -> CreativeId {
    Id::from_u128(0x2c9b_7d10_5a44_4e0e_8f6b_31c0_77d2_b002).into()
}

fn flight_id() -> FlightId {
    Id::from_u128(0x4e53_0940_2f74_42e7_9fa5_d086_56bf_6dff).into()
}

/// Whether the campaign was booked before.
pub(super) async fn is_there(works: &Works) -> Result<bool> {
    let mut work = works.read(Actor::System).await?;
    match campaigns::find(&mut work, campaign_id()).await {
        Ok(_) => Ok(true),
        Err(CampaignError::CampaignNotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn put(work: &mut Work, people: &People, files: &Files) -> Result<()> {
    let campaign = campaign(work, people)?;
    campaigns::put_campaign(work, campaign_id(), campaign).await?;
    campaigns::put_flight(work, flight_id(), campaign_id(), flight()?).await?;
    let picture = creative(
        CreativeFormat::Image,
        PICTURE_SECONDS,
        files.picture.clone(),
    )?;
    campaigns::put_creative(work, picture_id(), picture).await?;
    let film = creative(CreativeFormat::Mp4, FILM_SECONDS, files.film.clone())?;
    campaigns::put_creative(work, film_id(), film).await?;
    let assignments = NewAssignments {
        channel_ids: vec![channel_id()],
        cpm_rate: Some("15".parse()?),
        fixed_fee: None,
    };
    campaigns::assign(work, campaign_id(), assignments).await?;
    Ok(())
}

/// Puts the campaign on the channel of the other streamer, for a fee.
pub(super) async fn put_second_channel(work: &mut Work) -> Result<()> {
    let assignments = NewAssignments {
        channel_ids: vec![second_channel_id()],
        cpm_rate: None,
        fixed_fee: Some("250".parse()?),
    };
    campaigns::assign(work, campaign_id(), assignments).await?;
    Ok(())
}

fn campaign(work: &Work, people: &People) -> Result<NewCampaign> {
    Ok(NewCampaign {
        organization_id: Some(people.agency),
        brand_organization_id: Some(people.brand),
        name: CampaignName::parse("Launch Campaign")?,
        advertiser: CampaignName::parse("Beta Brands")?,
        objective: Objective::parse("Awareness")?,
        start_date: work.now,
        end_date: work.now.plus(CAMPAIGN_LIFE),
        budget: "5000".parse()?,
        currency: "USD".parse()?,
        targeting: Targeting::parse(json!({ "country": ["US"], "language": ["en"] }))?,
        time_zone: TimeZoneName::default(),
        billable_evidence: campaigns::EVIDENCE_DEFAULT,
        status: CampaignStatus::Approved,
    })
}

fn flight() -> Result<NewFlight> {
    Ok(NewFlight {
        pacing_per_hour: Pacing::new(30)?,
        cap_per_streamer_per_hour: Cap::new(6)?,
        cap_per_session: Cap::new(30)?,
        allowed_formats: CreativeFormat::ALL.to_vec(),
        mode: FlightMode::Manual,
        min_gap_sec: MinGap::new(0)?,
        start_at: None,
        end_at: None,
    })
}

fn creative(format: CreativeFormat, seconds: i64, file: StoredFile) -> Result<NewCreative> {
    Ok(NewCreative {
        campaign_id: campaign_id(),
        format,
        duration_sec: OnScreen::new(seconds)?,
        click_url: HttpUrl::parse(LANDING_PAGE)?,
        fallback_url: None,
        approval_status: ApprovalStatus::Approved,
        file,
    })
}
