//! What a file really is: its type by content, its size in pixels and how long it lasts.
//!
//! A file is accepted only when it is whole: pictures are decoded to the last frame, a video must
//! hold every sample its index names. Names and declared types are not looked at, and the module
//! must not decide which types are wanted where.

mod mp4;
mod picture;
mod whole;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Larger files are refused before they are read.
pub const FILE_BYTES_MAX: u64 = 50 * 1024 * 1024;

/// The widest and the highest picture or video that is taken, in pixels.
pub const SIDE_PIXELS_MAX: u32 = 8192;

/// The most frames an animated picture may have.
pub const FRAMES_MAX: usize = 2_000;

/// The most pixels all frames of an animated picture may have together: what bounds the time a
/// probe takes.
pub const FRAME_PIXELS_MAX: u64 = 2_000_000_000;

/// The most memory a decoder may ask for.
const DECODER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How many bytes tell every type apart.
const HEAD_LENGTH: usize = 12;

/// The types that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A GIF picture, moving or not.
    Gif,
    /// A WebP picture, moving or not.
    WebP,
    /// A video in an MP4 file.
    Mp4,
}

impl MediaKind {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Gif, Self::WebP, Self::Mp4];

    /// The type as HTTP names it.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
        }
    }

    /// The end of a file name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Mp4 => "mp4",
        }
    }

    /// Tells the type by the first bytes of a file.
    fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Some(Self::WebP),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
                mp4::is_brand(brand).then_some(Self::Mp4)
            }
            _ => None,
        }
    }
}

/// What was found out about a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Its type.
    pub kind: MediaKind,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// How long it lasts: a video, or one round of a picture that moves.
    pub duration_ms: Option<u64>,
}

/// Why a file cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// None of the types we know, whatever its name says.
    #[error("the file is not a PNG, JPEG, GIF, WebP or MP4 file")]
    UnknownType,
    /// It ends too early.
    #[error("the file is cut off")]
    Truncated,
    /// It is not put together as its type demands.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// More bytes than are read.
    #[error("the file is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// More pixels than are decoded.
    #[error("the picture is larger than {SIDE_PIXELS_MAX} × {SIDE_PIXELS_MAX} pixels")]
    TooManyPixels,
    /// More frames than are decoded.
    #[error("the picture has more than {FRAMES_MAX} frames, or too many for its size")]
    TooManyFrames,
    /// An MP4 file without a picture in it.
    #[error("the file has no video track")]
    NoVideo,
    /// A video that browsers do not play.
    #[error("the video is coded as {0}; avc1, hvc1, vp09 and av01 are known")]
    UnknownCodec(String),
    /// The file could not be read; nothing is known about it.
    #[error("the file cannot be read")]
    Io(#[source] std::io::Error),
}

impl MediaError {
    /// The stable name of the reason, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownType => "unknown_media_type",
            Self::Truncated => "media_truncated",
            Self::Damaged(_) => "media_damaged",
            Self::TooLarge => "media_too_large",
            Self::TooManyPixels => "media_too_many_pixels",
            Self::TooManyFrames => "media_too_many_frames",
            Self::NoVideo => "media_without_video",
            Self::UnknownCodec(_) => "media_unknown_codec",
            Self::Io(_) => "media_unreadable",
        }
    }

    fn damaged(reason: &str) -> Self {
        Self::Damaged(reason.to_owned())
    }
}

impl From<std::io::Error> for MediaError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// Reads the file to its end and tells what it is. It blocks, and may take seconds.
///
/// # Errors
/// Every variant says something about the file, save `Io`, which says something about the disk.
pub fn probe(path: &Path) -> Result<Media, MediaError> {
    let mut file = File::open(path)?;
    let file_bytes = file.metadata()?.len();
    if file_bytes > FILE_BYTES_MAX {
        return Err(MediaError::TooLarge);
    }
    let mut head = Vec::with_capacity(HEAD_LENGTH);
    file.by_ref()
        .take(HEAD_LENGTH as u64)
        .read_to_end(&mut head)?;
    file.rewind()?;
    let kind = MediaKind::sniff(&head).ok_or(MediaError::UnknownType)?;

    // Decoders are written by others and read what strangers send: a bug in one costs the file.
    // Nothing outlives the call but its result, so nothing can be left half done.
    let probed = catch_unwind(AssertUnwindSafe(|| probe_kind(kind, file, file_bytes)));
    probed.unwrap_or_else(|_| Err(MediaError::damaged("its decoder gave up")))
}

fn probe_kind(kind: MediaKind, mut file: File, file_bytes: u64) -> Result<Media, MediaError> {
    if kind == MediaKind::Mp4 {
        return mp4::probe(&mut BufReader::new(file), file_bytes);
    }
    let mut bytes = Vec::new();
    // The file may have grown since it was measured.
    file.by_ref().take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    picture::probe(kind, &bytes)
}
