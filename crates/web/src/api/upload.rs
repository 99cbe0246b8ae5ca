//! Receiving a creative: text parts first, then one file, in `multipart/form-data`.
//!
//! The file goes to a scratch file while it is counted, and is never held in memory. Whatever is
//! wrong, nothing of it is kept. What the file is, its content says; names and declared types are
//! not looked at.

use std::error::Error as _;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use axum::RequestExt;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Request};
use axum::http::StatusCode;
use beta_domain::actor::Actor;
use beta_domain::campaigns::limits::CREATIVE_BYTES_MAX;
use beta_domain::campaigns::{self, ApprovalStatus, CampaignError, CreativeFormat, OnScreen};
use beta_domain::id::CampaignId;
use beta_kit::describe::ToSchema;
use beta_kit::media::{Media, MediaError, MediaKind, probe};
use beta_kit::money::{Decimal, Rounding};
use beta_kit::secret::Fingerprint;
use beta_kit::text::HttpUrl;
use http_body_util::{LengthLimitError, Limited};
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tower_http::timeout::TimeoutError;

use crate::error::{Error, FieldError, storage_unavailable};
use crate::openapi;
use crate::state::App;

/// The most bytes of one text part.
const TEXT_BYTES_MAX: usize = 16_384;
/// The most bytes that are read of one upload, so that whoever sent somewhat too much still hears
/// why it was refused.
const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;

const _: () = assert!(CREATIVE_BYTES_MAX < UPLOAD_BYTES_MAX as u64);

/// What the text parts said.
#[derive(Clone, Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Form {
    pub(super) campaign_id: CampaignId,
    pub(super) format: CreativeFormat,
    pub(super) duration_sec: OnScreen,
    pub(super) click_url: HttpUrl,
    pub(super) fallback_url: Option<HttpUrl>,
    #[schema(required = false)]
    pub(super) approval_status: ApprovalStatus,
}

/// A whole upload. Its scratch file is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) form: Form,
    pub(super) media: Media,
    pub(super) received: Received,
}

/// A file that lies in the scratch folder.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) file: NamedTempFile,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

/// Describes the body of an upload.
pub(super) fn describe(draft: &mut openapi::Draft<'_>) {
    let (mut parts, mut required) = (Map::new(), vec![json!("file")]);
    for (name, is_required, schema) in draft.fields::<Form>() {
        if is_required {
            required.push(json!(name));
        }
        parts.insert(name, schema);
    }
    let file = "The picture or film, of 50 MiB at most, as the last part.";
    parts.insert(
        "file".to_owned(),
        json!({"type": "string", "format": "binary", "description": file}),
    );
    let schema = json!({
        "type": "object",
        "description": "Text parts of 16 KiB at most, each once, and one file behind them.",
        "required": required,
        "properties": parts,
        "additionalProperties": false,
    });
    draft.asks_for("multipart/form-data", &schema);
    let kinds: Vec<&str> = MediaKind::ALL.into_iter().map(MediaKind::mime).collect();
    let encoding: Value = json!({"file": {"contentType": kinds.join(", ")}});
    draft.encodes("multipart/form-data", encoding);
}

/// Receives the upload that is the body of `request`.
pub(super) async fn receive(app: &App, actor: &Actor, request: Request) -> Result<Upload, Error> {
    let mut parts = open(request).await?;
    let outcome = read(app, actor, &mut parts).await;
    if outcome.is_err() {
        drain(&mut parts).await;
    }
    outcome
}

async fn open(request: Request) -> Result<Multipart, Error> {
    let limited = request.map(|body| Body::new(Limited::new(body, UPLOAD_BYTES_MAX)));
    limited.extract().await.map_err(|_| {
        let detail = "the body must be sent as multipart/form-data";
        Error::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        )
    })
}

async fn read(app: &App, actor: &Actor, parts: &mut Multipart) -> Result<Upload, Error> {
    let mut draft = Draft::default();
    while let Some(mut part) = parts
        .next_field()
        .await
        .map_err(|error| unreadable(&error))?
    {
        if is_file(&part) {
            let form = draft.complete()?;
            check(app, actor, &form).await?;
            let received = read_file(app, &mut part).await?;
            drop(part);
            expect_end(parts).await?;
            return inspect(form, received).await;
        }
        let (name, text) = read_text(&mut part).await?;
        draft.take(&name, &text)?;
    }
    Err(Error::new(
        StatusCode::BAD_REQUEST,
        "file_missing",
        "Expected multipart file",
    ))
}

/// Reads on until there is nothing more, so that the caller has sent everything and hears the
/// answer. What is wrong with the rest does not matter any more.
async fn drain(parts: &mut Multipart) {
    while let Ok(Some(mut part)) = parts.next_field().await {
        while let Ok(Some(_)) = part.chunk().await {}
    }
}

/// A part is a file when it says so: by a file name, or by a type that is no text.
fn is_file(part: &Field<'_>) -> bool {
    let typed = part
        .content_type()
        .is_some_and(|kind| !kind.starts_with("text/"));
    part.file_name().is_some() || typed
}

/// Refuses what the room would refuse, before the file is read.
async fn check(app: &App, actor: &Actor, form: &Form) -> Result<(), Error> {
    let mut work = app.works.read(actor.clone()).await?;
    campaigns::check_upload(&mut work, form.campaign_id, form.approval_status).await?;
    Ok(())
}

async fn read_text(part: &mut Field<'_>) -> Result<(String, String), Error> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|error| unreadable(&error))? {
        if bytes.len() + piece.len() > TEXT_BYTES_MAX {
            let message = format!("must have at most {TEXT_BYTES_MAX} bytes");
            return Err(Error::field(name, "too_long", message));
        }
        bytes.extend_from_slice(&piece);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(_) => Err(Error::field(name, "invalid_text", "must be UTF-8")),
    }
}

async fn read_file(app: &App, part: &mut Field<'_>) -> Result<Received, Error> {
    let file = scratch_file(app.settings.scratch_folder.clone()).await?;
    let handle = file.reopen().map_err(|error| not_kept(&error))?;
    let mut out = tokio::fs::File::from_std(handle);
    let (mut size_bytes, mut fingerprint) = (0, Fingerprint::default());
    while let Some(piece) = part.chunk().await.map_err(|error| unreadable(&error))? {
        size_bytes += piece.len() as u64;
        if size_bytes > CREATIVE_BYTES_MAX {
            return Err(Error::file_too_large());
        }
        fingerprint.update(&piece);
        out.write_all(&piece)
            .await
            .map_err(|error| not_kept(&error))?;
    }
    out.flush().await.map_err(|error| not_kept(&error))?;
    Ok(Received {
        file,
        size_bytes,
        sha256: fingerprint.hex(),
    })
}

async fn scratch_file(folder: PathBuf) -> Result<NamedTempFile, Error> {
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)?;
        tempfile::Builder::new()
            .prefix("upload-")
            .tempfile_in(folder)
    });
    let made = made.await.map_err(std::io::Error::other).flatten();
    made.map_err(|error| not_kept(&error))
}

/// Refuses whatever stands behind the file.
async fn expect_end(parts: &mut Multipart) -> Result<(), Error> {
    let Some(part) = parts
        .next_field()
        .await
        .map_err(|error| unreadable(&error))?
    else {
        return Ok(());
    };
    let name = part.name().unwrap_or_default().to_owned();
    if is_file(&part) {
        return Err(Error::field(
            name,
            "second_file",
            "only one file can be sent",
        ));
    }
    Err(Error::field(
        name,
        "after_file",
        "must come before the file",
    ))
}

/// Looks into the file and checks that it is what it was announced to be.
async fn inspect(form: Form, received: Received) -> Result<Upload, Error> {
    let format = form.format;
    let probed = tokio::task::spawn_blocking(move || (probe(received.file.path()), received));
    let (media, received) = probed.await.map_err(|error| {
        tracing::error!(%error, "looking into an upload did not end");
        Error::internal()
    })?;
    let media = media.map_err(|error| match error {
        MediaError::UnknownType => CampaignError::WrongFileType { format }.into(),
        other => Error::from(other),
    })?;
    format.check(media.kind)?;
    Ok(Upload {
        form,
        media,
        received,
    })
}

/// The text parts so far.
#[derive(Debug, Default)]
struct Draft {
    campaign_id: Option<CampaignId>,
    format: Option<CreativeFormat>,
    duration_sec: Option<OnScreen>,
    click_url: Option<HttpUrl>,
    fallback_url: Option<HttpUrl>,
    approval_status: Option<ApprovalStatus>,
}

impl Draft {
    fn take(&mut self, name: &str, text: &str) -> Result<(), Error> {
        match name {
            "campaignId" => put(&mut self.campaign_id, name, parse(name, text)?),
            "format" => put(&mut self.format, name, parse(name, text)?),
            "durationSec" => put(&mut self.duration_sec, name, seconds(name, text)?),
            "clickUrl" => put(&mut self.click_url, name, url(name, text)?),
            "fallbackUrl" => put(&mut self.fallback_url, name, url(name, text)?),
            "approvalStatus" => put(&mut self.approval_status, name, parse(name, text)?),
            unknown => Err(Error::field(
                unknown,
                "unknown_field",
                "is not a part of a creative",
            )),
        }
    }

    fn complete(self) -> Result<Form, Error> {
        let Self {
            campaign_id,
            format,
            duration_sec,
            click_url,
            ..
        } = self;
        match (campaign_id, format, duration_sec, click_url) {
            (Some(campaign_id), Some(format), Some(duration_sec), Some(click_url)) => Ok(Form {
                campaign_id,
                format,
                duration_sec,
                click_url,
                fallback_url: self.fallback_url,
                approval_status: self.approval_status.unwrap_or(ApprovalStatus::Submitted),
            }),
            (campaign_id, format, duration_sec, click_url) => {
                let missing = [
                    ("campaignId", campaign_id.is_none()),
                    ("format", format.is_none()),
                    ("durationSec", duration_sec.is_none()),
                    ("clickUrl", click_url.is_none()),
                ];
                let missing = missing.into_iter().filter(|(_, missing)| *missing);
                let required =
                    |(name, _)| FieldError::new(name, "required", "is required, before the file");
                Err(Error::fields(missing.map(required).collect()))
            }
        }
    }
}

fn put<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), Error> {
    if slot.is_some() {
        return Err(Error::field(name, "duplicate_field", "is there twice"));
    }
    *slot = Some(value);
    Ok(())
}

fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: T::Err| Error::field(name, "invalid_value", error.to_string()))
}

fn url(name: &str, text: &str) -> Result<HttpUrl, Error> {
    HttpUrl::parse(text).map_err(|error| Error::field(name, error.code(), error.to_string()))
}

/// A whole number as people and programs write it: `30`, `30.0`, `3e1`.
fn seconds(name: &str, text: &str) -> Result<OnScreen, Error> {
    let number = Decimal::parse(text).and_then(|number| number.to_scaled(0, Rounding::Refuse));
    let number = number.map_err(|_| Error::field(name, "not_whole", "must be a whole number"))?;
    OnScreen::new(number).map_err(|error| Error::field(name, error.code(), error.to_string()))
}

/// Why the body could not be read to its end.
fn unreadable(error: &MultipartError) -> Error {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Error::file_too_large();
        }
        if error.is::<TimeoutError>() {
            let detail = "the body stopped coming before its end";
            return Error::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail);
        }
        cause = error.source();
    }
    let detail = "the body is not whole: it ends too early, or is not multipart/form-data";
    Error::new(StatusCode::BAD_REQUEST, "invalid_multipart", detail)
}

/// The scratch folder is full, away or not ours to write to.
fn not_kept(error: &std::io::Error) -> Error {
    tracing::error!(%error, "an upload could not be written to the scratch folder");
    storage_unavailable()
}
