//! Creatives: upload, look, review.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use beta_domain::actor::{Action, Actor};
use beta_domain::campaigns::{
    self, ApprovalStatus, CampaignCreative, CampaignError, Creative, CreativeFormat, Decision,
    NewCreative, Reason, Review, StoredFile, object_key,
};
use beta_domain::id::{CampaignId, CreativeId};
use beta_kit::describe::ToSchema;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::upload::{self, Upload};
use crate::error::Error;
use crate::extract::{Created, Found, IdempotencyKey, Json, Made, Path, Retry, Who, present};
use crate::media::asset_url;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

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
        .upload(),
        operation(
            Method::GET,
            "/creatives/{id}",
            Needs(Action::ReadCreative),
            find,
        )
        .says("readCreative", "Read a creative"),
        operation(
            Method::POST,
            "/creatives/{id}/review",
            Needs(Action::ReviewCreative),
            review,
        )
        .says("reviewCreative", "Approve or reject a creative"),
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

/// The creative of an upload.
enum Kept {
    /// It is new.
    Now(Creative),
    /// The same request made it before.
    Earlier(Creative),
}

/// Stores the file, then says so in the database; when that fails, or was done before, the file
/// goes again.
async fn keep(app: App, actor: Actor, upload: Upload, retry: Retry) -> Result<Kept, Error> {
    let Upload {
        form,
        media,
        received,
    } = upload;
    let object_key = object_key(form.campaign_id, app.works.mint(), media.kind);
    app.blobs
        .put_file(&object_key, received.file.path(), media.kind.mime())
        .await?;
    let duration = media
        .duration_ms
        .and_then(|ms| i64::try_from(ms).ok())
        .filter(|ms| *ms > 0);
    let file = StoredFile {
        object_key: object_key.clone(),
        kind: media.kind,
        size_bytes: i64::try_from(received.size_bytes).unwrap_or(i64::MAX),
        sha256: received.sha256,
        width: media.width.into(),
        height: media.height.into(),
        media_duration_ms: duration,
    };
    let new = NewCreative {
        campaign_id: form.campaign_id,
        format: form.format,
        duration_sec: form.duration_sec,
        click_url: form.click_url,
        fallback_url: form.fallback_url,
        approval_status: form.approval_status,
        file,
    };
    match add(&app, actor, new, &retry).await {
        Ok(Kept::Earlier(creative)) => {
            discard(&app, &object_key).await;
            Ok(Kept::Earlier(creative))
        }
        Ok(kept) => Ok(kept),
        Err(Refused { error, is_named }) => {
            if !is_named {
                discard(&app, &object_key).await;
            }
            Err(error)
        }
    }
}

/// Why the creative was not added, and whether its file is named in the database all the same.
struct Refused {
    error: Error,
    is_named: bool,
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            is_named: false,
        }
    }
}

async fn add(app: &App, actor: Actor, new: NewCreative, retry: &Retry) -> Result<Kept, Refused> {
    let mut work = app.works.begin(actor).await?;
    if let Some(id) = retry.noted(&mut work).await? {
        let id = id.parse().map_err(|_| Error::internal())?;
        let earlier = campaigns::find_creative(&mut work, id).await?;
        return Ok(Kept::Earlier(earlier.creative));
    }
    let creative = campaigns::add(&mut work, new).await?;
    retry.note(&mut work, &creative.id.to_string()).await?;
    match work.commit().await {
        Ok(()) => Ok(Kept::Now(creative)),
        Err(error) => {
            // The connection may have broken after the commit held.
            let is_named = may_be_named(app, creative.id).await;
            Err(Refused {
                error: error.into(),
                is_named,
            })
        }
    }
}

/// Whether the creative is there, or nobody can say.
async fn may_be_named(app: &App, id: CreativeId) -> bool {
    let Ok(mut work) = app.works.read(Actor::System).await else {
        return true;
    };
    let found = campaigns::find_creative(&mut work, id).await;
    !matches!(found, Err(CampaignError::CreativeNotFound))
}

async fn discard(app: &App, object_key: &str) {
    if let Err(error) = app.blobs.delete(object_key).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(
            error,
            object_key,
            "a stored file that nothing names was left behind"
        );
    }
}

/// `GET /creatives/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<CreativeId>,
) -> Result<Found<FoundCreativeBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let CampaignCreative { creative, campaign } = campaigns::find_creative(&mut work, id).await?;
    let creative = ShownCreativeBody::new(&app, creative);
    let (id, name, advertiser) = (campaign.id, campaign.name, campaign.advertiser);
    Ok(Found(FoundCreativeBody {
        creative,
        campaign: CampaignNameBody {
            id,
            name,
            advertiser,
        },
    }))
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
    Json(body): Json<ReviewBody>,
) -> Result<Created<ShownCreativeBody>, Error> {
    let ReviewBody { decision, reason } = body;
    let mut work = app.works.begin(actor).await?;
    let creative = campaigns::review(&mut work, id, Review { decision, reason }).await?;
    work.commit().await?;
    Ok(Created(ShownCreativeBody::new(&app, creative)))
}
