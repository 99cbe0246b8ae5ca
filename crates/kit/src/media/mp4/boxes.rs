//! The nested boxes an MP4 file is made of, and the numbers in them.
//!
//! Everything is read from bounded slices: a length that a file claims is never trusted with an
//! allocation, only compared with what is there.

use super::super::MediaError;

/// The four letters that name a box, a brand or a codec.
pub(super) type FourCc = [u8; 4];

/// A box without its header.
pub(super) struct FoundBox<'a> {
    pub(super) kind: FourCc,
    pub(super) content: &'a [u8],
}

/// The boxes that stand one after the other in a slice.
pub(super) struct Boxes<'a> {
    rest: &'a [u8],
}

impl<'a> Boxes<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self { rest: content }
    }

    /// The content of the first box of this kind.
    pub(super) fn find(self, kind: FourCc) -> Result<Option<&'a [u8]>, MediaError> {
        for found in self {
            let found = found?;
            if found.kind == kind {
                return Ok(Some(found.content));
            }
        }
        Ok(None)
    }

    /// As `find`, for a box that must be there.
    pub(super) fn need(self, kind: FourCc) -> Result<&'a [u8], MediaError> {
        let missing = || MediaError::Damaged(format!("box {} is missing", printable(kind)));
        self.find(kind)?.ok_or_else(missing)
    }

    fn take_first(&mut self) -> Result<FoundBox<'a>, MediaError> {
        let mut fields = Fields::of(self.rest);
        let size = u64::from(fields.u32()?);
        let kind = fields.four_cc()?;
        let size = match size {
            0 => self.rest.len() as u64,
            1 => fields.u64()?,
            _ => size,
        };
        let header = self.rest.len() - fields.rest.len();
        let size = usize::try_from(size).ok().filter(|size| *size >= header);
        let whole = size.and_then(|size| self.rest.split_at_checked(size));
        let (taken, rest) = whole.ok_or_else(|| MediaError::damaged("a box has a wrong length"))?;
        self.rest = rest;
        Ok(FoundBox {
            kind,
            content: &taken[header..],
        })
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<FoundBox<'a>, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let taken = self.take_first();
        if taken.is_err() {
            self.rest = &[];
        }
        Some(taken)
    }
}

/// The numbers of a box, in their order.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self { rest: content }
    }

    /// Version and flags, which most boxes begin with.
    pub(super) fn version_and_flags(&mut self) -> Result<(u8, u32), MediaError> {
        let [version, flags @ ..] = self.array::<4>()?;
        let [a, b, c] = flags;
        Ok((version, u32::from_be_bytes([0, a, b, c])))
    }

    pub(super) fn u16(&mut self) -> Result<u16, MediaError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, MediaError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, MediaError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, MediaError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn four_cc(&mut self) -> Result<FourCc, MediaError> {
        self.array()
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<(), MediaError> {
        self.rest = self.rest.get(length..).ok_or_else(too_short)?;
        Ok(())
    }

    /// `count` entries of `N` bytes, all there.
    pub(super) fn table<const N: usize>(&self, count: u32) -> Result<&'a [[u8; N]], MediaError> {
        let (entries, _) = self.rest.as_chunks::<N>();
        entries.get(..count as usize).ok_or_else(too_short)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MediaError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(too_short)?;
        self.rest = rest;
        Ok(*taken)
    }
}

fn too_short() -> MediaError {
    MediaError::damaged("a box is too short")
}

/// The name of a box or codec, fit to be shown.
pub(super) fn printable(name: FourCc) -> String {
    name.iter()
        .map(|byte| {
            if byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                '?'
            }
        })
        .collect()
}
