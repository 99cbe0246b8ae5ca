//! The colours on paper. Each colour of text is dark enough to be read, also when printed in grey.

use krilla::color::rgb;
use krilla::paint::Fill;

/// A colour: red, green and blue.
pub(super) type Color = [u8; 3];

/// Text and figures.
pub(super) const INK: Color = [0x10, 0x18, 0x20];
/// Labels and notes.
pub(super) const MUTED: Color = [0x4a, 0x58, 0x66];
/// The brand's signal, dark enough for text.
pub(super) const ACCENT: Color = [0xb5, 0x30, 0x1b];
/// Lines between rows.
pub(super) const LINE: Color = [0xd5, 0xdc, 0xe4];
/// Behind what stands apart.
pub(super) const FOG: Color = [0xf2, 0xf4, 0xf8];

/// What an area or a letter of this colour is filled with.
pub(super) fn fill([red, green, blue]: Color) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}
