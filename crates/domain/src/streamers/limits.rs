//! The limits of the streamers room.

/// The most categories a profile or channel may name.
pub const CATEGORIES_MAX: usize = 10;
/// The most viewers anybody may claim.
pub const AVG_VIEWERS_MAX: i64 = 1_000_000;
/// The most channels one streamer may have.
pub const CHANNELS_MAX: i64 = 200;
/// The random bytes of an overlay key: 64 characters of base64url.
pub const KEY_BYTES: usize = 48;
/// How much of a key may be shown, so that its owner can tell one from another.
pub const KEY_PREFIX_CHARS: usize = 8;
/// How narrow an ad may be, in percent of the screen.
pub(super) const WIDTH_PERCENT_MIN: i64 = 5;
/// How wide an ad may be, in percent of the screen.
pub(super) const WIDTH_PERCENT_MAX: i64 = 100;
/// How far from the edges an ad may be kept, in pixels.
pub(super) const MARGIN_PX_MAX: i64 = 400;
