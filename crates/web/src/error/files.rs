//! Failures of files: the store they lie in, and what was sent as a picture or film.

use axum::http::StatusCode;
use beta_kit::blobs::BlobError;
use beta_kit::media::MediaError;

use super::{Error, FieldError};

/// How long to wait for a store that is away, in seconds.
const RETRY_AFTER_SECONDS: u64 = 5;

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::BadKey(_) => Self::not_found("file_not_found", "there is no such file"),
            BlobError::BadRange { size_bytes } => {
                let detail = format!("the file has only {size_bytes} bytes");
                Self::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "range_not_satisfiable",
                    detail,
                )
            }
            BlobError::BadAddress { .. } | BlobError::Disk(_) | BlobError::Store(_) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the storage failed"
                );
                storage_unavailable()
            }
        }
    }
}

impl From<MediaError> for Error {
    fn from(error: MediaError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            MediaError::Io(error) => {
                tracing::error!(%error, "an upload could not be read back");
                storage_unavailable()
            }
            MediaError::TooLarge => Self::file_too_large(),
            MediaError::UnknownType
            | MediaError::Truncated
            | MediaError::Damaged(_)
            | MediaError::TooManyPixels
            | MediaError::TooManyFrames
            | MediaError::NoVideo
            | MediaError::UnknownCodec(_) => {
                let errors = vec![FieldError::new("file", code, &*detail)];
                Self::new(StatusCode::BAD_REQUEST, code, detail).with_errors(errors)
            }
        }
    }
}

impl Error {
    /// 413: a creative of more bytes than one may have.
    pub(crate) fn file_too_large() -> Self {
        let detail = "Creative exceeds 50MB limit";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", detail)
    }
}

/// 503: files cannot be kept or read now.
pub(crate) fn storage_unavailable() -> Error {
    let detail = "the storage is away, try again";
    Error::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage_unavailable",
        detail,
    )
    .with_retry_after(RETRY_AFTER_SECONDS)
}
