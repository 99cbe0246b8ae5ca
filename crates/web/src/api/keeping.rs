//! Keeping an upload: its file in the store, and a creative that names it.
//!
//! The file is stored first, so that no creative ever names one that is not there. Whatever goes
//! wrong after that, the file goes again; what a crash leaves is swept once a day.

use beta_domain::actor::Actor;
use beta_domain::campaigns::{self, CampaignError, Creative, NewCreative, StoredFile, object_key};
use beta_domain::id::CreativeId;

use super::upload::Upload;
use crate::error::Error;
use crate::extract::Retry;
use crate::state::App;

/// The creative of an upload.
pub(super) enum Kept {
    /// It is new.
    Now(Creative),
    /// The same request made it before.
    Earlier(Creative),
}

/// Stores the file, then says so in the database; when that fails, or was done before, the file
/// goes again.
pub(super) async fn keep(
    app: App,
    actor: Actor,
    upload: Upload,
    retry: Retry,
) -> Result<Kept, Error> {
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
