//! A stored file on its way out, piece by piece.

use std::fs::File;
use std::io::SeekFrom;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::{GetResult, GetResultPayload};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::BlobError;

/// How much of a file on disk is read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A stored file, or a part of it.
pub struct BlobBody {
    /// The bytes of `range`; what was promised is there, or an error is.
    pub stream: BoxStream<'static, Result<Bytes, BlobError>>,
    /// The size of the whole file.
    pub size_bytes: u64,
    /// Which of its bytes these are.
    pub range: Range<u64>,
}

impl BlobBody {
    pub(super) fn new(found: GetResult) -> Self {
        let size_bytes = found.meta.size;
        let range = found.range.clone();
        let stream = match found.payload {
            GetResultPayload::File(file, _) => read_pieces(file, range.clone()),
            GetResultPayload::Stream(stream) => stream.map_err(BlobError::from).boxed(),
        };
        Self {
            stream,
            size_bytes,
            range,
        }
    }
}

fn read_pieces(file: File, range: Range<u64>) -> BoxStream<'static, Result<Bytes, BlobError>> {
    let opened = async move {
        let mut file = tokio::fs::File::from_std(file);
        file.seek(SeekFrom::Start(range.start)).await?;
        let left = range.end - range.start;
        Ok::<_, BlobError>(futures::stream::try_unfold((file, left), |(file, left)| {
            read_piece(file, left)
        }))
    };
    futures::stream::once(opened).try_flatten().boxed()
}

/// The next piece and what is left after it; `None` at the end.
async fn read_piece(
    file: tokio::fs::File,
    left: u64,
) -> Result<Option<(Bytes, (tokio::fs::File, u64))>, BlobError> {
    if left == 0 {
        return Ok(None);
    }
    let wanted = left.min(PIECE_BYTES as u64);
    let mut piece = BytesMut::with_capacity(PIECE_BYTES);
    let mut limited = file.take(wanted);
    let read = limited.read_buf(&mut piece).await?;
    if read == 0 {
        return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some((
        piece.freeze(),
        (limited.into_inner(), left - read as u64),
    )))
}

impl std::fmt::Debug for BlobBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobBody")
            .field("size_bytes", &self.size_bytes)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}
