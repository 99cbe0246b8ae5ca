//! The directory of channels, and one channel of it.

use axum::extract::{OriginalUri, State};
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::directory::{self, Entry, Filter, MinViewers, NamePart, Seen};
use beta_domain::id::ChannelId;
use beta_domain::streamers::{
    self, AvgViewers, Categories, Category, ChannelChange, ChannelName, KeyedChannel, PricingTier,
};
use beta_kit::describe::ToSchema;
use beta_kit::page::{Limit, Place};
use beta_kit::text::{CountryCode, LanguageCode};
use beta_kit::time::Timestamp;
use beta_kit::version::Version;
use serde::{Deserialize, Serialize};

use super::overlay_settings::OverlaySettingsBody;
use super::streamers::{AudienceBody, KeyInfoBody};
use crate::error::Error;
use crate::extract::{IfMatch, Json, Linked, Path, Query, Versioned, Who, linked, present};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many channels a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(Method::GET, "/channels", Needs(Action::ReadDirectory), list)
            .says("listChannels", "Look for channels to book"),
        operation(
            Method::GET,
            "/channels/{id}",
            Needs(Action::ReadChannel),
            find,
        )
        .says("readChannel", "Read one channel"),
        operation(
            Method::PATCH,
            "/channels/{id}",
            Needs(Action::UpdateChannel),
            change,
        )
        .says("changeChannel", "Change what is said of a channel")
        .refuses(StatusCode::CONFLICT, "Another channel has this name"),
    ]
}

/// A channel as those who book may know it, on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EntryBody {
    id: ChannelId,
    twitch_channel_name: String,
    display_name: String,
    #[serde(flatten)]
    audience: AudienceBody,
    auto_accept: bool,
    paused: bool,
    live: bool,
    created_at: Timestamp,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            twitch_channel_name: entry.twitch_channel_name,
            display_name: entry.display_name,
            audience: entry.audience.into(),
            auto_accept: entry.auto_accept,
            paused: entry.paused,
            live: entry.live,
            created_at: entry.created_at,
        }
    }
}

/// A channel, and for whoever may change it its overlay and what may be known of its key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SeenBody {
    #[serde(flatten)]
    entry: EntryBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    overlay: Option<OverlaySettingsBody>,
    #[serde(skip_serializing_if = "Credential::is_hidden")]
    #[schema(value_type = Option<KeyInfoBody>, required = false)]
    overlay_credential: Credential,
}

/// What is told of a channel's key.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Credential {
    /// Nothing: that is for its owner.
    Hidden,
    /// What there is, if there is one.
    Known(Option<KeyInfoBody>),
}

impl Credential {
    const fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }
}

fn shown(seen: Seen) -> Versioned<SeenBody> {
    let version: Version = seen.entry.version;
    let entry = seen.entry.into();
    let body = match seen.own {
        Some(KeyedChannel { channel, key }) => SeenBody {
            entry,
            overlay: Some((&channel).into()),
            overlay_credential: Credential::Known(key.map(Into::into)),
        },
        None => SeenBody {
            entry,
            overlay: None,
            overlay_credential: Credential::Hidden,
        },
    };
    Versioned(version, body)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DirectoryQuery {
    q: Option<NamePart>,
    country: Option<CountryCode>,
    language: Option<LanguageCode>,
    category: Option<Category>,
    #[serde(default, deserialize_with = "linked::whole")]
    min_viewers: Option<MinViewers>,
    live: Option<bool>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /channels`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<DirectoryQuery>,
) -> Result<Linked<Vec<EntryBody>>, Error> {
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let after = asked.cursor.unwrap_or(Place::START);
    let filter = Filter {
        name_part: asked.q,
        country: asked.country,
        language: asked.language,
        category: asked.category,
        min_viewers: asked.min_viewers,
        live: asked.live,
    };
    let mut work = app.works.read(actor).await?;
    let page = directory::list(&mut work, &filter, limit, after).await?;
    let next = linked::next(&page, limit, Entry::place);
    let rows = page.into_iter().map(Into::into).collect();
    Ok(Linked::new(rows, &uri, next.as_deref()))
}

/// `GET /channels/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<ChannelId>,
) -> Result<Versioned<SeenBody>, Error> {
    let mut work = app.works.read(actor).await?;
    Ok(shown(directory::find(&mut work, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"avgViewers": 130, "categories": ["gaming"]}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChannelChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    twitch_channel_name: Option<ChannelName>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    country: Option<CountryCode>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    language: Option<LanguageCode>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    categories: Option<Categories>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    avg_viewers: Option<AvgViewers>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pricing_tier: Option<PricingTier>,
}

impl From<ChannelChangeBody> for ChannelChange {
    fn from(body: ChannelChangeBody) -> Self {
        let ChannelChangeBody {
            twitch_channel_name,
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        } = body;
        Self {
            twitch_channel_name,
            country,
            language,
            categories,
            avg_viewers,
            pricing_tier,
        }
    }
}

/// `PATCH /channels/{id}`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<ChannelId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<ChannelChangeBody>,
) -> Result<Versioned<SeenBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    streamers::change_channel(&mut work, id, &body.into(), expected).await?;
    let seen = directory::find(&mut work, id).await?;
    work.commit().await?;
    Ok(shown(seen))
}
