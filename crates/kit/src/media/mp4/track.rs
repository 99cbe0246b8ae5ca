//! The tracks of an MP4 file and where their samples lie.

use super::super::MediaError;
use super::boxes::{Boxes, Fields, FourCc};

/// What the index says about one track.
pub(super) struct Track {
    pub(super) id: u32,
    handler: FourCc,
    pub(super) codec: FourCc,
    pub(super) width: u16,
    pub(super) height: u16,
    timescale: u32,
    /// In units of the timescale.
    pub(super) length: u64,
    pub(super) samples: u64,
    /// What a fragment's sample is when the fragment does not say.
    pub(super) default_duration: u32,
    pub(super) default_size: u32,
}

impl Track {
    pub(super) fn is_video(&self) -> bool {
        self.handler == *b"vide"
    }

    /// `None` when a second has no parts.
    pub(super) fn duration_ms(&self) -> Option<u64> {
        let milliseconds = u128::from(self.length) * 1_000;
        u64::try_from(milliseconds.checked_div(u128::from(self.timescale))?).ok()
    }
}

/// Reads `moov` and checks that what its tracks name lies in the file.
pub(super) fn read_all(moov: &[u8], file_bytes: u64) -> Result<Vec<Track>, MediaError> {
    let mut tracks = Vec::new();
    for found in Boxes::of(moov) {
        let found = found?;
        if found.kind == *b"trak" {
            tracks.push(read(found.content, file_bytes)?);
        }
    }
    if let Some(mvex) = Boxes::of(moov).find(*b"mvex")? {
        read_defaults(mvex, &mut tracks)?;
    }
    Ok(tracks)
}

fn read(trak: &[u8], file_bytes: u64) -> Result<Track, MediaError> {
    let mdia = Boxes::of(trak).need(*b"mdia")?;
    let stbl = Boxes::of(Boxes::of(mdia).need(*b"minf")?).need(*b"stbl")?;

    let mut handler = Fields::of(Boxes::of(mdia).need(*b"hdlr")?);
    handler.skip(8)?;
    let handler = handler.four_cc()?;
    let entry = first_sample_entry(Boxes::of(stbl).need(*b"stsd")?)?;
    let is_video = handler == *b"vide";
    let (width, height) = if is_video {
        picture_size(entry.content)?
    } else {
        (0, 0)
    };
    Ok(Track {
        id: track_id(Boxes::of(trak).need(*b"tkhd")?)?,
        handler,
        codec: entry.kind,
        width,
        height,
        timescale: timescale(Boxes::of(mdia).need(*b"mdhd")?)?,
        length: length(Boxes::of(stbl).need(*b"stts")?)?,
        samples: check_samples(stbl, file_bytes)?,
        default_duration: 0,
        default_size: 0,
    })
}

fn track_id(tkhd: &[u8]) -> Result<u32, MediaError> {
    let mut fields = Fields::of(tkhd);
    let (version, _) = fields.version_and_flags()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    fields.u32()
}

fn timescale(mdhd: &[u8]) -> Result<u32, MediaError> {
    let mut fields = Fields::of(mdhd);
    let (version, _) = fields.version_and_flags()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    fields.u32()
}

fn first_sample_entry(stsd: &[u8]) -> Result<super::boxes::FoundBox<'_>, MediaError> {
    let entries = stsd.get(8..).unwrap_or_default();
    let entry = Boxes::of(entries).next();
    entry.unwrap_or_else(|| Err(MediaError::damaged("a track has no description")))
}

fn picture_size(entry: &[u8]) -> Result<(u16, u16), MediaError> {
    let mut fields = Fields::of(entry);
    fields.skip(24)?;
    Ok((fields.u16()?, fields.u16()?))
}

/// The time all samples take, in units of the timescale.
fn length(stts: &[u8]) -> Result<u64, MediaError> {
    let mut fields = Fields::of(stts);
    fields.version_and_flags()?;
    let count = fields.u32()?;
    let mut length = 0_u64;
    for entry in fields.table::<8>(count)? {
        let mut entry = Fields::of(entry);
        let samples = u64::from(entry.u32()?);
        length = length.saturating_add(samples * u64::from(entry.u32()?));
    }
    Ok(length)
}

/// Checks that each chunk of samples ends within the file; gives the number of samples.
fn check_samples(stbl: &[u8], file_bytes: u64) -> Result<u64, MediaError> {
    let mut sizes = Sizes::read(Boxes::of(stbl).need(*b"stsz")?)?;
    let samples = sizes.left;
    let mut runs = Runs::read(Boxes::of(stbl).need(*b"stsc")?)?;
    let offsets = Offsets::read(stbl)?;
    for chunk in 0..offsets.count() {
        if sizes.left == 0 {
            break;
        }
        // Chunks are numbered from one.
        let bytes = sizes.take(runs.samples_in(chunk + 1)?)?;
        let end = offsets.get(chunk)?.checked_add(bytes);
        if end.is_none_or(|end| end > file_bytes) {
            return Err(MediaError::Truncated);
        }
    }
    if sizes.left > 0 {
        return Err(MediaError::damaged("some samples have no place"));
    }
    Ok(samples)
}

/// Sizes of the samples, in their order.
struct Sizes<'a> {
    /// All have this size, unless it is zero.
    same: u32,
    table: &'a [[u8; 4]],
    left: u64,
}

impl<'a> Sizes<'a> {
    fn read(stsz: &'a [u8]) -> Result<Self, MediaError> {
        let mut fields = Fields::of(stsz);
        fields.version_and_flags()?;
        let same = fields.u32()?;
        let count = fields.u32()?;
        let table = if same == 0 {
            fields.table::<4>(count)?
        } else {
            &[]
        };
        Ok(Self {
            same,
            table,
            left: u64::from(count),
        })
    }

    /// The bytes of the next samples; the last chunk may hold fewer than it was to.
    fn take(&mut self, samples: u32) -> Result<u64, MediaError> {
        let samples = u64::from(samples).min(self.left);
        self.left -= samples;
        if self.same > 0 {
            return Ok(samples * u64::from(self.same));
        }
        let samples = usize::try_from(samples).ok();
        let parts = samples.and_then(|samples| self.table.split_at_checked(samples));
        let (taken, rest) =
            parts.ok_or_else(|| MediaError::damaged("some samples have no size"))?;
        self.table = rest;
        Ok(taken
            .iter()
            .map(|size| u64::from(u32::from_be_bytes(*size)))
            .sum())
    }
}

/// How many samples each chunk holds, written as runs of chunks.
struct Runs<'a> {
    rest: &'a [[u8; 12]],
    samples: u32,
}

impl<'a> Runs<'a> {
    fn read(stsc: &'a [u8]) -> Result<Self, MediaError> {
        let mut fields = Fields::of(stsc);
        fields.version_and_flags()?;
        let count = fields.u32()?;
        Ok(Self {
            rest: fields.table::<12>(count)?,
            samples: 0,
        })
    }

    /// To be asked for one chunk after the other.
    fn samples_in(&mut self, chunk: u32) -> Result<u32, MediaError> {
        while let Some((run, rest)) = self.rest.split_first() {
            let mut fields = Fields::of(run);
            if fields.u32()? > chunk {
                break;
            }
            self.samples = fields.u32()?;
            self.rest = rest;
        }
        Ok(self.samples)
    }
}

/// Where each chunk begins.
enum Offsets<'a> {
    Short(&'a [[u8; 4]]),
    Long(&'a [[u8; 8]]),
}

impl<'a> Offsets<'a> {
    fn read(stbl: &'a [u8]) -> Result<Self, MediaError> {
        let short = Boxes::of(stbl).find(*b"stco")?;
        let content = match short {
            Some(content) => content,
            None => Boxes::of(stbl).need(*b"co64")?,
        };
        let mut fields = Fields::of(content);
        fields.version_and_flags()?;
        let count = fields.u32()?;
        Ok(match short {
            Some(_) => Self::Short(fields.table::<4>(count)?),
            None => Self::Long(fields.table::<8>(count)?),
        })
    }

    fn count(&self) -> u32 {
        let count = match self {
            Self::Short(table) => table.len(),
            Self::Long(table) => table.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn get(&self, chunk: u32) -> Result<u64, MediaError> {
        let chunk = chunk as usize;
        let offset = match self {
            Self::Short(table) => table
                .get(chunk)
                .map(|offset| u64::from(u32::from_be_bytes(*offset))),
            Self::Long(table) => table.get(chunk).map(|offset| u64::from_be_bytes(*offset)),
        };
        offset.ok_or_else(|| MediaError::damaged("a chunk has no place"))
    }
}

/// Reads what fragments may leave out.
fn read_defaults(mvex: &[u8], tracks: &mut [Track]) -> Result<(), MediaError> {
    for found in Boxes::of(mvex) {
        let found = found?;
        if found.kind != *b"trex" {
            continue;
        }
        let mut fields = Fields::of(found.content);
        fields.version_and_flags()?;
        let id = fields.u32()?;
        fields.skip(4)?;
        let (duration, size) = (fields.u32()?, fields.u32()?);
        for track in tracks.iter_mut().filter(|track| track.id == id) {
            track.default_duration = duration;
            track.default_size = size;
        }
    }
    Ok(())
}
