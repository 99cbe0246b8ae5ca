//! Files kept under a key: in a folder, in a bucket of an S3-compatible store, or in memory.
//!
//! A file is there under its key only when it is whole, and once [`Blobs::put_file`] has returned
//! it survives a crash. Nothing is ever held in memory as a whole. The module must not know what
//! the files are of, or who may read them.

mod body;
mod place;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{Stream, StreamExt};
use object_store::buffered::BufWriter;
use object_store::memory::InMemory;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore, ObjectStoreExt, path::Path as Key,
};
use tokio::io::AsyncWriteExt;

use crate::time::Timestamp;

pub use body::BlobBody;
pub use place::S3Config;

/// The longest key.
pub const KEY_LENGTH_MAX: usize = 512;

/// How much of a file is held in memory at a time; a bucket is sent parts of this size.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// How many parts are on their way at the same time.
const PARTS_AT_ONCE: usize = 2;

/// Why files could not be kept or given back.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The address of the storage cannot be used.
    #[error("storage address {url}: {reason}")]
    BadAddress {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Not a key: parts of letters, digits, `.`, `_` and `-`, divided by `/`.
    #[error("{0:?} is not a key of stored files")]
    BadKey(String),
    /// The part asked for lies behind the end, or is empty.
    #[error("the stored file has only {size_bytes} bytes")]
    BadRange {
        /// How many bytes there are.
        size_bytes: u64,
    },
    /// The file to be stored cannot be read, or the folder cannot be used.
    #[error("the file system refused")]
    Disk(#[from] std::io::Error),
    /// The store failed.
    #[error("the storage refused")]
    Store(#[from] object_store::Error),
}

/// A stored file, as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// When the store took it, by the store's clock.
    pub stored_at: Timestamp,
}

/// The stored files. A clone is the same storage.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Where the files lie, when it is a folder.
    folder: Option<PathBuf>,
}

impl Blobs {
    /// Opens `file:<path>` (made when it is not there) or `s3://<bucket>`, which needs `s3`.
    /// Nothing is asked of a bucket yet: that is what [`Blobs::check`] is for.
    ///
    /// # Errors
    /// `BadAddress`, or what the folder or the settings are refused for.
    pub fn open(storage_url: &str, s3: Option<&S3Config>) -> Result<Self, BlobError> {
        if let Some(folder) = storage_url.strip_prefix("file:") {
            let (store, folder) = place::open_folder(storage_url, folder)?;
            return Ok(Self {
                store: Arc::new(store),
                folder: Some(folder),
            });
        }
        let store = place::open_bucket(storage_url, s3)?;
        Ok(Self {
            store: Arc::new(store),
            folder: None,
        })
    }

    /// Files that are gone with the last clone.
    pub fn in_memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            folder: None,
        }
    }

    /// Stores the file at `path` under `key`, in the place of what may be there; gives its size.
    ///
    /// A folder does not keep the type.
    pub async fn put_file(&self, key: &str, path: &Path, mime: &str) -> Result<u64, BlobError> {
        let key = parse_key(key)?;
        let mut file = tokio::fs::File::open(path).await?;
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), key, PART_BYTES)
            .with_max_concurrency(PARTS_AT_ONCE);
        if self.folder.is_none() {
            let mut attributes = Attributes::new();
            attributes.insert(Attribute::ContentType, mime.to_owned().into());
            writer = writer.with_attributes(attributes);
        }
        let sent = match tokio::io::copy(&mut file, &mut writer).await {
            Ok(size_bytes) => writer.shutdown().await.map(|()| size_bytes),
            Err(error) => Err(error),
        };
        if sent.is_err() {
            // What went wrong is told by `sent`; the parts that did arrive are of no use.
            let _ = writer.abort().await;
        }
        Ok(sent?)
    }

    /// The file under `key`, or the bytes of it in `range`; `None` when there is no such file.
    /// A range that ends behind the file ends with it.
    ///
    /// # Errors
    /// `BadRange` when the range has no byte of the file in it.
    pub async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<BlobBody>, BlobError> {
        let key = parse_key(key)?;
        let mut options = GetOptions::new();
        options.range = range.clone().map(GetRange::Bounded);
        match self.store.get_opts(&key, options).await {
            Ok(found) => Ok(Some(BlobBody::new(found))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => match range {
                Some(range) => self.refuse_range(&key, &range, error).await,
                None => Err(error.into()),
            },
        }
    }

    /// Tells a range that does not fit, which each store puts into other words, from a failure.
    async fn refuse_range(
        &self,
        key: &Key,
        range: &Range<u64>,
        error: object_store::Error,
    ) -> Result<Option<BlobBody>, BlobError> {
        match self.store.head(key).await {
            Ok(meta) if range.is_empty() || range.start >= meta.size => Err(BlobError::BadRange {
                size_bytes: meta.size,
            }),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            _ => Err(error.into()),
        }
    }

    /// Removes the file under `key`; it need not be there.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&parse_key(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The files below `folder`, one by one and in no order, however many there are.
    ///
    /// # Errors
    /// `BadKey` when `folder` could not be the beginning of a key.
    pub fn list(
        &self,
        folder: &str,
    ) -> Result<impl Stream<Item = Result<Listed, BlobError>> + use<>, BlobError> {
        let found = self.store.list(Some(&parse_key(folder)?));
        Ok(found.map(|meta| {
            let meta = meta?;
            Ok(Listed {
                key: meta.location.to_string(),
                stored_at: Timestamp::from_micros(meta.last_modified.timestamp_micros()),
            })
        }))
    }

    /// Whether files can be stored now: a folder must take a new file, a bucket must answer.
    pub async fn check(&self) -> Result<(), BlobError> {
        if let Some(folder) = self.folder.clone() {
            let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder));
            made.await.map_err(std::io::Error::other)??;
            return Ok(());
        }
        let nothing = Key::from("readiness");
        match self.store.list(Some(&nothing)).next().await {
            Some(Err(error)) => Err(error.into()),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// Keys become paths and addresses: only what is plain in both is taken.
fn parse_key(key: &str) -> Result<Key, BlobError> {
    let refused = || BlobError::BadKey(key.chars().take(80).collect());
    if key.len() > KEY_LENGTH_MAX || !key.split('/').all(is_key_part) {
        return Err(refused());
    }
    Key::parse(key).map_err(|_| refused())
}

fn is_key_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
}
