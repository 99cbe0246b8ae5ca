//! The files of the two creatives, looked into and stored as an upload would be.

use std::path::Path;

use anyhow::{Context, Result};
use beta_domain::campaigns::{StoredFile, object_key};
use beta_domain::id::CreativeId;
use beta_kit::blobs::Blobs;
use beta_kit::media::probe;
use beta_kit::secret::Fingerprint;
use beta_web::assets::{DEMO_FILM, DEMO_PICTURE};

use super::booking::{campaign_id, film_id, picture_id};

/// Both files as the room of campaigns knows them.
pub(super) struct Files {
    pub(super) picture: StoredFile,
    pub(super) film: StoredFile,
}

pub(super) async fn store(blobs: &Blobs, scratch: &Path) -> Result<Files> {
    Ok(Files {
        picture: store_one(blobs, scratch, picture_id(), DEMO_PICTURE).await?,
        film: store_one(blobs, scratch, film_id(), DEMO_FILM).await?,
    })
}

/// Stores a file under a key that is the same at every start.
async fn store_one(
    blobs: &Blobs,
    scratch: &Path,
    id: CreativeId,
    bytes: &[u8],
) -> Result<StoredFile> {
    let path = scratch.join(format!("demo-{id}"));
    tokio::fs::write(&path, bytes)
        .await
        .with_context(|| format!("{} cannot be written", path.display()))?;
    let stored = store_from(blobs, &path, id, bytes).await;
    tokio::fs::remove_file(&path)
        .await
        .with_context(|| format!("{} cannot be removed", path.display()))?;
    stored
}

async fn store_from(
    blobs: &Blobs,
    path: &Path,
    id: CreativeId,
    bytes: &[u8],
) -> Result<StoredFile> {
    let media = probe(path).context("a demo file cannot be shown")?;
    let object_key = object_key(campaign_id(), id, media.kind);
    blobs
        .put_file(&object_key, path, media.kind.mime())
        .await
        .context("a demo file cannot be stored")?;
    let mut fingerprint = Fingerprint::default();
    fingerprint.update(bytes);
    Ok(StoredFile {
        object_key,
        kind: media.kind,
        size_bytes: i64::try_from(bytes.len())?,
        sha256: fingerprint.hex(),
        width: media.width.into(),
        height: media.height.into(),
        media_duration_ms: media.duration_ms.map(i64::try_from).transpose()?,
    })
}
