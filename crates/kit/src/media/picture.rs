//! Pictures: decoded to the last frame, within limits. It must not keep what it decodes.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::LimitErrorKind;
use image::{AnimationDecoder, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{
    DECODER_BYTES_MAX, FRAME_PIXELS_MAX, FRAMES_MAX, Media, MediaError, MediaKind, SIDE_PIXELS_MAX,
    whole,
};

/// Decodes a picture of a kind that its head has told.
pub(super) fn probe(kind: MediaKind, bytes: &[u8]) -> Result<Media, MediaError> {
    match kind {
        MediaKind::Png => {
            whole::check_png(bytes)?;
            probe_still(kind, ImageFormat::Png, bytes)
        }
        MediaKind::Jpeg => {
            whole::check_jpeg(bytes)?;
            probe_still(kind, ImageFormat::Jpeg, bytes)
        }
        MediaKind::Gif => probe_moving(kind, GifDecoder::new(Cursor::new(bytes)).map_err(refused)?),
        MediaKind::WebP => {
            whole::check_webp(bytes)?;
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(refused)?;
            if decoder.has_animation() {
                probe_moving(kind, decoder)
            } else {
                probe_still(kind, ImageFormat::WebP, bytes)
            }
        }
        MediaKind::Mp4 => Err(MediaError::UnknownType),
    }
}

fn probe_still(kind: MediaKind, format: ImageFormat, bytes: &[u8]) -> Result<Media, MediaError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let picture = reader.decode().map_err(refused)?;
    Ok(Media {
        kind,
        width: picture.width(),
        height: picture.height(),
        duration_ms: None,
    })
}

fn probe_moving<'a, D>(kind: MediaKind, mut decoder: D) -> Result<Media, MediaError>
where
    D: ImageDecoder + AnimationDecoder<'a>,
{
    decoder.set_limits(limits()).map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let frame_pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 {
        return Err(MediaError::damaged("the picture has no size"));
    }
    if frame_pixels * 4 > DECODER_BYTES_MAX {
        return Err(MediaError::TooManyPixels);
    }

    let mut frames = 0_usize;
    let mut pixels = 0_u64;
    let mut lasts = Duration::ZERO;
    for frame in decoder.into_frames() {
        let frame = frame.map_err(refused)?;
        frames += 1;
        pixels += frame_pixels;
        if frames > FRAMES_MAX || pixels > FRAME_PIXELS_MAX {
            return Err(MediaError::TooManyFrames);
        }
        lasts = lasts.saturating_add(Duration::from(frame.delay()));
    }
    if frames == 0 {
        return Err(MediaError::damaged("the picture has no frame"));
    }
    // One frame does not move, however long it says it lasts.
    let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let duration_ms = (frames > 1 && lasts_ms > 0).then_some(lasts_ms);
    Ok(Media {
        kind,
        width,
        height,
        duration_ms,
    })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_PIXELS_MAX);
    limits.max_image_height = Some(SIDE_PIXELS_MAX);
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    limits
}

/// What a decoder's refusal says about the file.
fn refused(error: ImageError) -> MediaError {
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => {
                MediaError::TooManyPixels
            }
            _ => MediaError::Damaged(limit.to_string()),
        },
        ImageError::IoError(error) => MediaError::from(error),
        other => MediaError::Damaged(other.to_string()),
    }
}
