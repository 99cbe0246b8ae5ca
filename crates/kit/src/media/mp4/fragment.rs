//! Fragments: pieces of a track that carry their own index.

use super::super::MediaError;
use super::boxes::{Boxes, Fields};
use super::track::Track;

/// Flags of `tfhd`: which of its numbers are there.
const TFHD_BASE_OFFSET: u32 = 0x01;
const TFHD_DESCRIPTION: u32 = 0x02;
const TFHD_DURATION: u32 = 0x08;
const TFHD_SIZE: u32 = 0x10;
const TFHD_BASE_IS_FRAGMENT: u32 = 0x02_0000;

/// Flags of `trun`: which of its numbers are there, for the run and for each sample.
const TRUN_OFFSET: u32 = 0x01;
const TRUN_FIRST_FLAGS: u32 = 0x04;
const TRUN_DURATION: u32 = 0x100;
const TRUN_SIZE: u32 = 0x200;
const TRUN_FLAGS: u32 = 0x400;
const TRUN_COMPOSITION: u32 = 0x800;

/// Adds the samples of the fragment `moof` that begins at `start` to their tracks.
pub(super) fn add(
    moof: &[u8],
    start: u64,
    file_bytes: u64,
    tracks: &mut [Track],
) -> Result<(), MediaError> {
    let mut end_of_last = start;
    for found in Boxes::of(moof) {
        let found = found?;
        if found.kind == *b"traf" {
            let place = Place {
                fragment_start: start,
                end_of_last,
                file_bytes,
            };
            end_of_last = add_track_part(found.content, place, tracks)?;
        }
    }
    Ok(())
}

/// Where the data of a part of a track may lie.
#[derive(Clone, Copy)]
struct Place {
    fragment_start: u64,
    /// Where the data of the part before ended.
    end_of_last: u64,
    file_bytes: u64,
}

/// What holds for each sample of a part of a track that does not say otherwise.
struct Defaults {
    base: u64,
    duration: u32,
    size: u32,
}

/// Gives the place where the part's data ends.
fn add_track_part(traf: &[u8], place: Place, tracks: &mut [Track]) -> Result<u64, MediaError> {
    let mut header = Fields::of(Boxes::of(traf).need(*b"tfhd")?);
    let (_, flags) = header.version_and_flags()?;
    let id = header.u32()?;
    let track = tracks.iter_mut().find(|track| track.id == id);
    let track = track.ok_or_else(|| MediaError::damaged("a fragment is of no track"))?;

    let base = match flags {
        _ if flags & TFHD_BASE_OFFSET != 0 => header.u64()?,
        _ if flags & TFHD_BASE_IS_FRAGMENT != 0 => place.fragment_start,
        _ => place.end_of_last,
    };
    if flags & TFHD_DESCRIPTION != 0 {
        header.skip(4)?;
    }
    let own_duration = flags & TFHD_DURATION != 0;
    let duration = if own_duration {
        header.u32()?
    } else {
        track.default_duration
    };
    let size = if flags & TFHD_SIZE != 0 {
        header.u32()?
    } else {
        track.default_size
    };
    let defaults = Defaults {
        base,
        duration,
        size,
    };

    let mut end = base;
    for found in Boxes::of(traf) {
        let found = found?;
        if found.kind == *b"trun" {
            end = add_run(found.content, &defaults, end, track)?;
            if end > place.file_bytes {
                return Err(MediaError::Truncated);
            }
        }
    }
    Ok(end)
}

/// Gives the place where the run's data ends; without a place of its own it begins at `after`.
fn add_run(
    trun: &[u8],
    defaults: &Defaults,
    after: u64,
    track: &mut Track,
) -> Result<u64, MediaError> {
    let mut fields = Fields::of(trun);
    let (_, flags) = fields.version_and_flags()?;
    let count = fields.u32()?;
    let start = if flags & TRUN_OFFSET == 0 {
        Some(after)
    } else {
        defaults.base.checked_add_signed(i64::from(fields.i32()?))
    };
    if flags & TRUN_FIRST_FLAGS != 0 {
        fields.skip(4)?;
    }
    let (bytes, length) = run_totals(fields, flags, count, defaults)?;
    track.samples += u64::from(count);
    track.length = track.length.saturating_add(length);
    start
        .and_then(|start| start.checked_add(bytes))
        .ok_or(MediaError::Truncated)
}

/// Bytes and length of all samples of a run.
fn run_totals(
    mut fields: Fields<'_>,
    flags: u32,
    count: u32,
    defaults: &Defaults,
) -> Result<(u64, u64), MediaError> {
    let per_sample = TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS | TRUN_COMPOSITION;
    if flags & per_sample == 0 {
        // Nothing is written per sample: the count is only a claim, not to be counted to.
        let count = u64::from(count);
        return Ok((
            count * u64::from(defaults.size),
            count * u64::from(defaults.duration),
        ));
    }
    let (mut bytes, mut length) = (0_u64, 0_u64);
    for _ in 0..count {
        let own = flags & TRUN_DURATION != 0;
        length += u64::from(if own {
            fields.u32()?
        } else {
            defaults.duration
        });
        let own = flags & TRUN_SIZE != 0;
        bytes += u64::from(if own { fields.u32()? } else { defaults.size });
        for flag in [TRUN_FLAGS, TRUN_COMPOSITION] {
            if flags & flag != 0 {
                fields.skip(4)?;
            }
        }
    }
    Ok((bytes, length))
}
