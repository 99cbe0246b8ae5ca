//! What the load is about: channels on air, campaigns on them, and plays that may be reported.
//!
//! Everything comes from the verbs of the rooms, on a clock that runs through the last hours in
//! moments, so that every play was leased and acknowledged long enough ago to be complete.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use beta_domain::accounts::{self, Membership, NewUser, OrganizationKind};
use beta_domain::actor::{Actor, Role};
use beta_domain::campaigns::{
    self, ApprovalStatus, CampaignStatus, Cap, CreativeFormat, FlightMode, MinGap, NewAssignments,
    NewCampaign, NewCreative, NewFlight, OnScreen, Pacing, StoredFile, Targeting,
};
use beta_domain::deliveries::{self, Delivery, Lease, Target, TriggerRequest};
use beta_domain::events::{self, Change, Item, Presence};
use beta_domain::id::{CampaignId, ChannelId, CreativeId, InstanceId, OrganizationId};
use beta_domain::sessions;
use beta_domain::streamers::{self, AudienceForm, ChannelForm, OverlayIdentity, ProfileForm};
use beta_domain::work::{Work, Works};
use beta_kit::entropy::SystemEntropy;
use beta_kit::media::MediaKind;
use beta_kit::money::Currency;
use beta_kit::secret::digest_hex;
use beta_kit::text::TimeZoneName;
use beta_kit::time::{Clock, FakeClock, SystemClock, Timestamp};
use beta_server::config::Config;
use beta_server::wiring;

const CHANNELS: usize = 64;
const CHANNELS_PER_CAMPAIGN: usize = 4;
/// How long each play is on screen.
const DURATION_SEC: u16 = 1;
/// The time between two plays on a channel: the screen is free again even if nothing was shown.
const STEP: Duration = Duration::from_secs(23);
/// Plays in one session, and the silence that ends it; the flights' caps are 200.
const PLAYS_PER_SESSION: usize = 190;
const SILENCE: Duration = Duration::from_mins(10);

/// A channel whose overlay posts.
#[derive(Debug)]
pub(crate) struct Channel {
    /// The overlay's key.
    pub(crate) key: String,
    /// The overlay.
    pub(crate) instance: InstanceId,
    /// What it may report.
    pub(crate) plays: Vec<Play>,
    identity: OverlayIdentity,
}

impl Channel {
    /// Its id.
    pub(crate) const fn id(&self) -> ChannelId {
        self.identity.channel_id
    }
}

/// A play that was leased and acknowledged, and can be reported as rendered and completed.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    /// The delivery.
    pub(crate) command: String,
    /// Its campaign.
    pub(crate) campaign: String,
    /// Its creative.
    pub(crate) creative: String,
    /// When it was on screen, by the overlay.
    pub(crate) rendered_at: Timestamp,
}

impl Play {
    fn of(delivery: &Delivery) -> Self {
        Self {
            command: delivery.id.to_string(),
            campaign: delivery.campaign_id.to_string(),
            creative: delivery.creative_id.to_string(),
            rendered_at: delivery.leased_at.plus(Duration::from_secs(1)),
        }
    }

    /// When it was over, by the overlay.
    pub(crate) fn completed_at(&self) -> Timestamp {
        self.rendered_at
            .plus(Duration::from_secs(u64::from(DURATION_SEC)))
    }
}

#[derive(Debug)]
struct Nobody;

impl Presence for Nobody {
    fn is_connected(&self, _: ChannelId) -> bool {
        true
    }
}

/// Fills the database of `config` with channels that have at least `plays` plays together.
pub(crate) async fn prepare(config: &Config, plays: usize) -> Result<Vec<Channel>> {
    let (db, _) = wiring::open_database(config).await?;
    let rounds = plays.div_ceil(CHANNELS);
    let clock = Arc::new(FakeClock::at(start_of(rounds)?));
    let works = Works::new(db, clock.clone(), Arc::new(SystemEntropy));
    let mut channels = add_channels(&works).await?;
    for group in channels.chunks(CHANNELS_PER_CAMPAIGN) {
        add_campaign(&works, group).await?;
    }
    for round in 0..rounds {
        let silence = round > 0 && round.is_multiple_of(PLAYS_PER_SESSION);
        clock.advance(if silence { SILENCE } else { STEP });
        lease_on_each(&works, &mut channels).await?;
    }
    works.db().close().await;
    Ok(channels)
}

/// So long ago that `rounds` of plays end now, and young enough that they may still be reported.
fn start_of(rounds: usize) -> Result<Timestamp> {
    let steps = u32::try_from(rounds)?;
    let silences = u32::try_from(rounds / PLAYS_PER_SESSION)?;
    let span = STEP * steps + SILENCE * silences;
    if span > Duration::from_hours(22) {
        bail!("so many plays do not fit into a day");
    }
    Ok(SystemClock.now().minus(span).minus(Duration::from_mins(1)))
}

async fn add_channels(works: &Works) -> Result<Vec<Channel>> {
    let mut work = works.begin(Actor::System).await?;
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        let user = NewUser {
            email: format!("streamer{number}@example.com").parse()?,
            membership: Membership::alone(Role::Streamer),
        };
        let user = accounts::add_user(&mut work, user).await?;
        let profile = ProfileForm {
            display_name: "Kim".parse()?,
            twitch_handle: format!("kim{number}").parse()?,
            audience: audience()?,
        };
        let profile = streamers::put_profile(&mut work, user.id, &profile).await?;
        let form = ChannelForm {
            twitch_channel_name: format!("kim{number}").parse()?,
            audience: audience()?,
        };
        let id = work.mint();
        let channel = streamers::put_channel(&mut work, id, profile.id, &form).await?;
        let key = streamers::rotate_key(&mut work, channel.id).await?.key;
        let identity = streamers::find_key(&mut work, &digest_hex(key.reveal())).await?;
        channels.push(Channel {
            key: key.reveal().clone(),
            instance: work.mint(),
            plays: Vec::new(),
            identity: identity.context("a new key is known")?,
        });
    }
    work.commit().await?;
    Ok(channels)
}

fn audience() -> Result<AudienceForm> {
    Ok(AudienceForm {
        country: "us".parse()?,
        language: "en".parse()?,
        categories: streamers::Categories::default(),
        avg_viewers: streamers::AvgViewers::new(120)?,
        pricing_tier: "mid".parse()?,
    })
}

/// A campaign that runs on these channels, with room for every play.
async fn add_campaign(works: &Works, channels: &[Channel]) -> Result<()> {
    let mut work = works.begin(Actor::System).await?;
    let name = "Acme".parse()?;
    let agency = accounts::add_organization(&mut work, OrganizationKind::Agency, &name).await?;
    let campaign = campaigns::create(&mut work, new_campaign(agency.id, works.now())?).await?;
    campaigns::add_flight(&mut work, campaign.id, new_flight()?).await?;
    let creative = new_creative(campaign.id, work.mint())?;
    campaigns::add(&mut work, creative).await?;
    let assignments = NewAssignments {
        channel_ids: channels.iter().map(|one| one.identity.channel_id).collect(),
        cpm_rate: Some("10".parse()?),
        fixed_fee: None,
    };
    campaigns::assign(&mut work, campaign.id, assignments).await?;
    work.commit().await?;
    Ok(())
}

fn new_campaign(agency: OrganizationId, now: Timestamp) -> Result<NewCampaign> {
    let day = Duration::from_hours(24);
    Ok(NewCampaign {
        organization_id: Some(agency),
        brand_organization_id: None,
        name: "Spring".parse()?,
        advertiser: "Acme".parse()?,
        objective: "awareness".parse()?,
        start_date: now.minus(day),
        end_date: now.plus(day * 7),
        budget: "1000000".parse()?,
        currency: Currency::parse("USD")?,
        targeting: Targeting::default(),
        time_zone: TimeZoneName::default(),
        billable_evidence: campaigns::EVIDENCE_DEFAULT,
        status: CampaignStatus::Active,
    })
}

fn new_flight() -> Result<NewFlight> {
    Ok(NewFlight {
        pacing_per_hour: Pacing::new(1_000)?,
        cap_per_streamer_per_hour: Cap::new(200)?,
        cap_per_session: Cap::new(200)?,
        allowed_formats: vec![CreativeFormat::Image],
        mode: FlightMode::Manual,
        min_gap_sec: MinGap::new(0)?,
        start_at: None,
        end_at: None,
    })
}

fn new_creative(campaign_id: CampaignId, random: CreativeId) -> Result<NewCreative> {
    Ok(NewCreative {
        campaign_id,
        format: CreativeFormat::Image,
        duration_sec: OnScreen::new(i64::from(DURATION_SEC))?,
        click_url: "https://example.com/landing".parse()?,
        fallback_url: None,
        approval_status: ApprovalStatus::Approved,
        file: StoredFile {
            object_key: campaigns::object_key(campaign_id, random, MediaKind::Png),
            kind: MediaKind::Png,
            size_bytes: 1_000,
            sha256: digest_hex("a picture"),
            width: 640,
            height: 360,
            media_duration_ms: None,
        },
    })
}

/// One play on each channel: leased now, and taken by its overlay.
async fn lease_on_each(works: &Works, channels: &mut [Channel]) -> Result<()> {
    let mut work = works.begin(Actor::System).await?;
    let mut taken = Vec::new();
    for channel in channels {
        let delivery = lease(&mut work, channel).await?;
        channel.plays.push(Play::of(&delivery));
        taken.push(Item::Change(delivery.id, Change::Acknowledged));
    }
    work.commit().await?;
    events::commit(works, &Nobody, &taken).await?;
    Ok(())
}

async fn lease(work: &mut Work, channel: &Channel) -> Result<Delivery> {
    let identity = channel.identity;
    sessions::resolve(work, identity.channel_id, identity.streamer_profile_id).await?;
    let request = TriggerRequest {
        channel_id: identity.channel_id,
        campaign_id: None,
        creative_id: None,
        duration_sec: None,
        idempotency_key: None,
        digest: String::new(),
    };
    let target = Target {
        instance_id: Some(channel.instance),
    };
    match deliveries::lease(work, &request, Some(target)).await? {
        Lease::New(command) => Ok(command.delivery),
        Lease::Earlier(_) => bail!("a request without a key is always new"),
    }
}
