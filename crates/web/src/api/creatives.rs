//! Creatives: upload, list, look, change, review.

use axum::extract::{OriginalUri, Request, State};
use axum::http::{Method, StatusCode};
use beta_domain::actor::Action;
use beta_domain::campaigns::{
    self, ApprovalStatus, CampaignCreative, Creative, CreativeChanges, CreativeFilter,
    CreativeFormat, Decision, OnScreen, Order, Reason, Review,
};
use beta_domain::id::{CampaignId, CreativeId};
use beta_kit::describe::ToSchema;
use beta_kit::page::{Limit, Place};
use beta_kit::text::HttpUrl;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::keeping::{Kept, keep};
use super::upload;
use crate::error::Error;
use crate::extract::{
    Created, IdempotencyKey, IfMatch, Json, Linked, Made, Path, Query, Retry, Versioned, Who,
    linked, nullable, present,
};
use crate::media::asset_url;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// How many creatives a page has when nobody says.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty is a limit");

/// Why an upload finds no place.
const NO_ROOM: &str = "The campaign is over or full, the agency's storage is, or the idempotency \
    key belongs to another request";

pub(super) fn endpoints() -> Vec<Endpoint> {
    use Access::Needs;
    vec![
        operation(
            Method::POST,
            "/creatives",
            Needs(Action::UploadCreative),
            create,
        )
        .says("uploadCreative", "Upload a creative")
        .refuses(StatusCode::NOT_FOUND, "There is no such campaign")
        .tells(upload::describe)
        .refuses(StatusCode::CONFLICT, NO_ROOM)
        .upload(),
        operation(Method::GET, "/creatives", Needs(Action::ReadCreative), list).says(
            "listCreatives",
            "List creatives, or those that wait for a review",
        ),
        operation(
            Method::GET,
            "/creatives/{id}",
            Needs(Action::ReadCreative),
            find,
        )
        .says("readCreative", "Read a creative"),
        operation(
            Method::PATCH,
            "/creatives/{id}",
            Needs(Action::UpdateCreative),
            change,
        )
        .says(
            "updateCreative",
            "Change a creative, or submit it for a review",
        )
        .refuses(
            StatusCode::CONFLICT,
            "Its state or its campaign's does not allow the change",
        ),
        operation(
            Method::POST,
            "/creatives/{id}/review",
            Needs(Action::ReviewCreative),
            review,
        )
        .says("reviewCreative", "Approve or reject a creative")
        .refuses(StatusCode::CONFLICT, "It was not submitted yet"),
    ]
}

/// A creative on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreativeBody {
    id: CreativeId,
    campaign_id: CampaignId,
    format: CreativeFormat,
    duration_sec: i64,
    click_url: String,
    #[schema(required)]
    fallback_url: Option<String>,
    object_key: String,
    mime_type: &'static str,
    size_bytes: i64,
    approval_status: ApprovalStatus,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Creative> for CreativeBody {
    fn from(creative: Creative) -> Self {
        Self {
            id: creative.id,
            campaign_id: creative.campaign_id,
            format: creative.format,
            duration_sec: creative.duration_sec,
            click_url: creative.click_url,
            fallback_url: creative.fallback_url,
            object_key: creative.file.object_key,
            mime_type: creative.file.kind.mime(),
            size_bytes: creative.file.size_bytes,
            approval_status: creative.approval_status,
            created_at: creative.created_at,
            updated_at: creative.updated_at,
        }
    }
}

/// A creative with the address of its file and what its review said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownCreativeBody {
    #[serde(flatten)]
    creative: CreativeBody,
    #[schema(required)]
    review_reason: Option<String>,
    asset_url: String,
}

impl ShownCreativeBody {
    fn new(app: &App, mut creative: Creative) -> Self {
        let asset_url = asset_url(app, &creative.file.object_key);
        let review_reason = creative.review_reason.take();
        Self {
            creative: creative.into(),
            review_reason,
            asset_url,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct FoundCreativeBody {
    #[serde(flatten)]
    creative: ShownCreativeBody,
    campaign: CampaignNameBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct CampaignNameBody {
    id: CampaignId,
    name: String,
    advertiser: String,
}

/// `POST /creatives`
async fn create(
    State(app): State<App>,
    Who(actor): Who,
    IdempotencyKey(key): IdempotencyKey,
    request: Request,
) -> Result<Made<ShownCreativeBody>, Error> {
    let upload = upload::receive(&app, &actor, request).await?;
    let asked = format!("POST /creatives {:?}", upload.form);
    let retry = Retry::of(key, &[asked.as_bytes(), upload.received.sha256.as_bytes()]);
    // In a task of its own: whoever hangs up now must not leave a file that nothing names.
    let kept = tokio::spawn(keep(app.clone(), actor, upload, retry)).await;
    let kept = kept.map_err(|error| {
        tracing::error!(%error, "keeping an upload did not end");
        Error::internal()
    })??;
    Ok(match kept {
        Kept::Now(creative) => Made::Now(ShownCreativeBody::new(&app, creative)),
        Kept::Earlier(creative) => Made::Known(ShownCreativeBody::new(&app, creative)),
    })
}

impl FoundCreativeBody {
    fn new(app: &App, found: CampaignCreative) -> Self {
        let CampaignCreative { creative, campaign } = found;
        Self {
            creative: ShownCreativeBody::new(app, creative),
            campaign: CampaignNameBody {
                id: campaign.id,
                name: campaign.name,
                advertiser: campaign.advertiser,
            },
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ListQuery {
    campaign_id: Option<CampaignId>,
    status: Option<ApprovalStatus>,
    order: Option<Order>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /creatives`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<ListQuery>,
) -> Result<Linked<Vec<FoundCreativeBody>>, Error> {
    let filter = CreativeFilter {
        campaign_id: asked.campaign_id,
        status: asked.status,
        order: asked.order.unwrap_or_default(),
    };
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let mut work = app.works.read(actor).await?;
    let found = campaigns::list_creatives(&mut work, filter, limit, asked.cursor).await?;
    let next = linked::next(&found, limit, |last| last.creative.place());
    let rows = found
        .into_iter()
        .map(|found| FoundCreativeBody::new(&app, found));
    Ok(Linked::new(rows.collect(), &uri, next.as_deref()))
}

/// `GET /creatives/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CreativeId>,
) -> Result<Versioned<FoundCreativeBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let found = campaigns::find_creative(&mut work, id).await?;
    let version = found.creative.version;
    Ok(Versioned(version, FoundCreativeBody::new(&app, found)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreativeChangesBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    duration_sec: Option<OnScreen>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    click_url: Option<HttpUrl>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<HttpUrl>)]
    fallback_url: Option<Option<HttpUrl>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    approval_status: Option<ApprovalStatus>,
}

impl From<CreativeChangesBody> for CreativeChanges {
    fn from(body: CreativeChangesBody) -> Self {
        Self {
            duration_sec: body.duration_sec,
            click_url: body.click_url,
            fallback_url: body.fallback_url,
            approval_status: body.approval_status,
        }
    }
}

/// `PATCH /creatives/{id}`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CreativeId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<CreativeChangesBody>,
) -> Result<Versioned<ShownCreativeBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let creative = campaigns::change_creative(&mut work, id, expected, body.into()).await?;
    work.commit().await?;
    let version = creative.version;
    Ok(Versioned(version, ShownCreativeBody::new(&app, creative)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"decision": "approved"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ReviewBody {
    decision: Decision,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    reason: Option<Reason>,
}

/// `POST /creatives/{id}/review`
async fn review(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CreativeId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<ReviewBody>,
) -> Result<Created<ShownCreativeBody>, Error> {
    let ReviewBody { decision, reason } = body;
    let mut work = app.works.begin(actor).await?;
    let creative = campaigns::review(&mut work, id, expected, Review { decision, reason }).await?;
    work.commit().await?;
    Ok(Created(ShownCreativeBody::new(&app, creative)))
}
