//! MP4 files: a video track that can be played, and every sample of every track in the file.
//!
//! Only the index is read, so memory is bounded by the index. The coded pictures are not decoded.

mod boxes;
mod fragment;
mod track;

use std::io::{Read, Seek, SeekFrom};

use super::{Media, MediaError, MediaKind, SIDE_PIXELS_MAX};
use boxes::{FourCc, printable};
use track::Track;

/// The longest index that is read.
const INDEX_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The most boxes a file may have side by side.
const TOP_BOXES_MAX: usize = 20_000;

/// What browsers play.
const CODECS: [FourCc; 4] = [*b"avc1", *b"hvc1", *b"vp09", *b"av01"];

/// Whether the first brand of a file is one of MP4's, and not one of its many relatives'.
pub(super) fn is_brand(brand: &[u8]) -> bool {
    [
        &b"iso"[..],
        b"mp4",
        b"avc1",
        b"av01",
        b"M4V",
        b"dash",
        b"cmf",
    ]
    .iter()
    .any(|known| brand.starts_with(known))
}

/// Reads the index, and the index of each fragment where there are some.
pub(super) fn probe<R: Read + Seek>(file: &mut R, file_bytes: u64) -> Result<Media, MediaError> {
    let mut tracks: Option<Vec<Track>> = None;
    let mut position = 0;
    let mut seen = 0;
    while position < file_bytes {
        seen += 1;
        if seen > TOP_BOXES_MAX {
            return Err(MediaError::damaged("it has too many boxes"));
        }
        let top = read_header(file, position, file_bytes)?;
        match (&top.kind, &mut tracks) {
            (b"moov", None) => tracks = Some(track::read_all(&top.read(file)?, file_bytes)?),
            (b"moov", Some(_)) => return Err(MediaError::damaged("it has two indexes")),
            (b"moof", Some(tracks)) => {
                fragment::add(&top.read(file)?, position, file_bytes, tracks)?;
            }
            (b"moof", None) => return Err(MediaError::damaged("a fragment precedes the index")),
            _ => {}
        }
        position = top.end;
    }
    let tracks = tracks.ok_or(MediaError::Truncated)?;
    describe(&tracks)
}

/// Where a box at the top of the file stands.
struct TopBox {
    kind: FourCc,
    content_start: u64,
    end: u64,
}

impl TopBox {
    fn read<R: Read + Seek>(&self, file: &mut R) -> Result<Vec<u8>, MediaError> {
        let length = self.end - self.content_start;
        if length > INDEX_BYTES_MAX {
            return Err(MediaError::damaged("its index is too long"));
        }
        file.seek(SeekFrom::Start(self.content_start))?;
        let mut content = Vec::new();
        file.take(length).read_to_end(&mut content)?;
        if (content.len() as u64) < length {
            return Err(MediaError::Truncated);
        }
        Ok(content)
    }
}

fn read_header<R: Read + Seek>(
    file: &mut R,
    start: u64,
    file_bytes: u64,
) -> Result<TopBox, MediaError> {
    file.seek(SeekFrom::Start(start))?;
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let [a, b, c, d, kind @ ..] = head;
    let (size, header) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (file_bytes - start, 8),
        1 => {
            let mut long = [0; 8];
            file.read_exact(&mut long)?;
            (u64::from_be_bytes(long), 16)
        }
        size => (u64::from(size), 8),
    };
    if size < header {
        return Err(MediaError::damaged("a box has a wrong length"));
    }
    let end = start.checked_add(size).filter(|end| *end <= file_bytes);
    let end = end.ok_or(MediaError::Truncated)?;
    Ok(TopBox {
        kind,
        content_start: start + header,
        end,
    })
}

/// What is shown: the first video track that has something to show.
fn describe(tracks: &[Track]) -> Result<Media, MediaError> {
    let video = tracks
        .iter()
        .find(|track| track.is_video() && track.samples > 0);
    let video = video.ok_or(MediaError::NoVideo)?;
    if !CODECS.contains(&video.codec) {
        return Err(MediaError::UnknownCodec(printable(video.codec)));
    }
    let (width, height) = (u32::from(video.width), u32::from(video.height));
    if width == 0 || height == 0 {
        return Err(MediaError::damaged("the video has no size"));
    }
    if width.max(height) > SIDE_PIXELS_MAX {
        return Err(MediaError::TooManyPixels);
    }
    let duration_ms = video.duration_ms().filter(|duration_ms| *duration_ms > 0);
    let duration_ms = duration_ms.ok_or_else(|| MediaError::damaged("the video has no length"))?;
    Ok(Media {
        kind: MediaKind::Mp4,
        width,
        height,
        duration_ms: Some(duration_ms),
    })
}
