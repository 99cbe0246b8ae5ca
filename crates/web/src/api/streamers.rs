//! Profiles and channels of streamers.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::id::{ChannelId, StreamerProfileId, UserId};
use beta_domain::streamers::{
    self, Audience, AudienceForm, AvgViewers, Categories, Channel, ChannelForm, ChannelName,
    KeyInfo, KeyedChannel, PricingTier, Profile, ProfileForm, ProfileName,
};
use beta_kit::describe::ToSchema;
use beta_kit::text::{CountryCode, LanguageCode};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{Found, Made, Once, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::POST,
            "/streamers/profile",
            Needs(Action::UpsertProfile),
            save_profile,
        )
        .says("saveProfile", "Write the own profile"),
        operation(
            Method::GET,
            "/streamers/profile",
            Needs(Action::ReadProfile),
            read_profile,
        )
        .says("readProfile", "Read the own profile")
        .refuses(StatusCode::NOT_FOUND, "There is no profile yet"),
        operation(
            Method::POST,
            "/streamers/channels",
            Needs(Action::CreateChannel),
            create_channel,
        )
        .says("createChannel", "Add a channel")
        .refuses(StatusCode::NOT_FOUND, "There is no profile yet"),
        operation(
            Method::GET,
            "/streamers/channels",
            Needs(Action::ReadChannels),
            list_channels,
        )
        .says("listOwnChannels", "List the own channels")
        .refuses(StatusCode::NOT_FOUND, "There is no profile yet"),
    ]
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "displayName": "Kim",
    "twitchHandle": "kim_plays",
    "country": "DE",
    "language": "de",
    "categories": ["gaming"],
    "avgViewers": 120,
    "pricingTier": "standard",
}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewProfileBody {
    display_name: ProfileName,
    twitch_handle: ProfileName,
    country: CountryCode,
    language: LanguageCode,
    categories: Categories,
    avg_viewers: AvgViewers,
    pricing_tier: PricingTier,
}

impl From<NewProfileBody> for ProfileForm {
    fn from(body: NewProfileBody) -> Self {
        let NewProfileBody {
            display_name,
            twitch_handle,
            country,
            language,
            ..
        } = body;
        let NewProfileBody {
            categories,
            avg_viewers,
            pricing_tier,
            ..
        } = body;
        let audience = AudienceForm {
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        };
        Self {
            display_name,
            twitch_handle,
            audience,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "twitchChannelName": "kim_plays",
    "country": "DE",
    "language": "de",
    "categories": ["gaming"],
    "avgViewers": 120,
    "pricingTier": "standard",
}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewChannelBody {
    twitch_channel_name: ChannelName,
    country: CountryCode,
    language: LanguageCode,
    categories: Categories,
    avg_viewers: AvgViewers,
    pricing_tier: PricingTier,
}

impl From<NewChannelBody> for ChannelForm {
    fn from(body: NewChannelBody) -> Self {
        let NewChannelBody {
            twitch_channel_name,
            country,
            language,
            ..
        } = body;
        let NewChannelBody {
            categories,
            avg_viewers,
            pricing_tier,
            ..
        } = body;
        let audience = AudienceForm {
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        };
        Self {
            twitch_channel_name,
            audience,
        }
    }
}

/// A profile on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileBody {
    id: StreamerProfileId,
    user_id: UserId,
    display_name: String,
    twitch_handle: String,
    #[serde(flatten)]
    audience: AudienceBody,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Profile> for ProfileBody {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id,
            user_id: profile.user_id,
            display_name: profile.display_name,
            twitch_handle: profile.twitch_handle,
            audience: profile.audience.into(),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

/// A channel on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelBody {
    id: ChannelId,
    streamer_profile_id: StreamerProfileId,
    twitch_channel_name: String,
    #[serde(flatten)]
    audience: AudienceBody,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Channel> for ChannelBody {
    fn from(channel: Channel) -> Self {
        Self {
            id: channel.id,
            streamer_profile_id: channel.streamer_profile_id,
            twitch_channel_name: channel.twitch_channel_name,
            audience: channel.audience.into(),
            created_at: channel.created_at,
            updated_at: channel.updated_at,
        }
    }
}

/// Whom a streamer or channel reaches, on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AudienceBody {
    country: String,
    language: String,
    categories: Vec<String>,
    avg_viewers: i64,
    pricing_tier: String,
}

impl From<Audience> for AudienceBody {
    fn from(audience: Audience) -> Self {
        let Audience {
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        } = audience;
        Self {
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        }
    }
}

/// A channel and what may be known of its key, for its owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyedChannelBody {
    #[serde(flatten)]
    channel: ChannelBody,
    #[schema(required)]
    overlay_credential: Option<KeyInfoBody>,
}

/// What may be known of a key, on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyInfoBody {
    key_prefix: String,
    rotated_at: Timestamp,
}

impl From<KeyInfo> for KeyInfoBody {
    fn from(key: KeyInfo) -> Self {
        Self {
            key_prefix: key.key_prefix,
            rotated_at: key.rotated_at,
        }
    }
}

impl From<KeyedChannel> for KeyedChannelBody {
    fn from(keyed: KeyedChannel) -> Self {
        Self {
            channel: keyed.channel.into(),
            overlay_credential: keyed.key.map(Into::into),
        }
    }
}

/// `POST /streamers/profile`
async fn save_profile(
    State(app): State<App>,
    Who(actor): Who,
    Once(body, retry): Once<NewProfileBody>,
) -> Result<Made<ProfileBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let profile = streamers::save_profile(&mut work, &body.into()).await?;
    retry.answer(work, profile.into()).await
}

/// `GET /streamers/profile`
async fn read_profile(
    State(app): State<App>,
    Who(actor): Who,
) -> Result<Found<ProfileBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let profile = streamers::profile(&mut work).await?;
    Ok(Found(profile.into()))
}

/// `POST /streamers/channels`
async fn create_channel(
    State(app): State<App>,
    Who(actor): Who,
    Once(body, retry): Once<NewChannelBody>,
) -> Result<Made<ChannelBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(earlier) = retry.earlier(&mut work).await? {
        return Ok(earlier);
    }
    let channel = streamers::create_channel(&mut work, &body.into()).await?;
    retry.answer(work, channel.into()).await
}

/// `GET /streamers/channels`
async fn list_channels(
    State(app): State<App>,
    Who(actor): Who,
) -> Result<Found<Vec<KeyedChannelBody>>, Error> {
    let mut work = app.works.read(actor).await?;
    let channels = streamers::list_channels(&mut work).await?;
    Ok(Found(channels.into_iter().map(Into::into).collect()))
}
