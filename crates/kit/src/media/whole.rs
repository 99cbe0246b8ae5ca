//! Whether a picture's file has its end. Decoders are lenient there: they show what they got.

use super::MediaError;

/// Length and kind before a PNG chunk's content, the checksum after it.
const PNG_HEAD: usize = 8;
const PNG_CHUNK_FRAME: usize = 12;

/// Walks the chunks up to `IEND`.
pub(super) fn check_png(bytes: &[u8]) -> Result<(), MediaError> {
    let mut rest = bytes.get(PNG_HEAD..).ok_or(MediaError::Truncated)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(MediaError::Truncated)?;
        let content_length = u32::from_be_bytes(*length) as usize;
        let kind = after.get(..4).ok_or(MediaError::Truncated)?;
        let chunk_length = PNG_CHUNK_FRAME.saturating_add(content_length);
        let following = rest.get(chunk_length..).ok_or(MediaError::Truncated)?;
        if kind == b"IEND" {
            return Ok(());
        }
        rest = following;
    }
}

/// Walks the segments, and through the coded data of each scan, up to the end-of-image marker.
pub(super) fn check_jpeg(bytes: &[u8]) -> Result<(), MediaError> {
    let mut rest = bytes.get(2..).ok_or(MediaError::Truncated)?;
    loop {
        rest = skip_coded_data(rest);
        let [0xff, marker, after @ ..] = rest else {
            return Err(MediaError::Truncated);
        };
        rest = match marker {
            0xd9 => return Ok(()),
            // Markers that stand alone.
            0x01 | 0xd0..=0xd8 => after,
            _ => {
                let (length, _) = after
                    .split_first_chunk::<2>()
                    .ok_or(MediaError::Truncated)?;
                let length = usize::from(u16::from_be_bytes(*length));
                after.get(length.max(2)..).ok_or(MediaError::Truncated)?
            }
        };
    }
}

/// Goes on to the next marker. A stuffed `ff 00` is data, and any number of `ff` may be fill.
fn skip_coded_data(bytes: &[u8]) -> &[u8] {
    let marker = bytes
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
    marker.map_or(&[], |start| &bytes[start..])
}

/// The container says how long it is.
pub(super) fn check_webp(bytes: &[u8]) -> Result<(), MediaError> {
    let length = bytes.get(4..8).and_then(|field| field.first_chunk::<4>());
    let length = u64::from(u32::from_le_bytes(*length.ok_or(MediaError::Truncated)?));
    if (bytes.len() as u64) < length + 8 {
        Err(MediaError::Truncated)
    } else {
        Ok(())
    }
}
