//! Text that is shaped, broken into lines and ready to be drawn.

use std::borrow::Cow;
use std::ops::Range;

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::layout::{Alignment, AlignmentOptions, Cluster, Glyph, Layout, Line};
use parley::style::{
    FontFamily, FontFamilyName, FontFeatures, FontWeight, LineHeight, OverflowWrap, StyleProperty,
};
use parley::{FontContext, LayoutContext};

use super::ink::{Color, fill};
use super::readable::readable;
use crate::fonts;

/// Text from this size on stands alone, never in a column.
const LARGE: f32 = 11.0;

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) face: Face,
    pub(super) color: Color,
    /// Distance of two lines, in sizes.
    pub(super) leading: f32,
}

/// Which letters a text is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Plain,
    Bold,
}

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Where reading begins: the right side for Arabic and Hebrew.
    Start,
    /// Left, whatever the script.
    Left,
    /// Right, for figures.
    Right,
}

/// Sets texts; one document has one.
pub(super) struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<()>,
}

impl Typesetter {
    pub(super) fn new() -> Self {
        Self {
            fonts: fonts::shaping(),
            layouts: LayoutContext::new(),
        }
    }

    /// The text in lines no wider than `width`.
    pub(super) fn set(&mut self, text: &str, style: Style, width: f32, side: Side) -> Text {
        let source = readable(text);
        let mut builder = self
            .layouts
            .ranged_builder(&mut self.fonts, &source, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Owned(
            families(),
        ))));
        builder.push_default(StyleProperty::FontSize(style.size));
        let leading = LineHeight::FontSizeRelative(style.leading);
        builder.push_default(StyleProperty::LineHeight(leading));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if style.size < LARGE {
            // Figures of one width stand below each other.
            let figures = FontFeatures::from("\"tnum\" 1");
            builder.push_default(StyleProperty::FontFeatures(figures));
        }
        if style.face == Face::Bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        let mut layout = builder.build(&source);
        layout.break_all_lines(Some(width));
        let alignment = match side {
            Side::Start => Alignment::Start,
            Side::Left => Alignment::Left,
            Side::Right => Alignment::Right,
        };
        layout.align(alignment, AlignmentOptions::default());
        Text {
            source,
            layout,
            style,
        }
    }
}

fn families() -> Vec<FontFamilyName<'static>> {
    [fonts::TEXT]
        .into_iter()
        .chain(fonts::FALLBACKS)
        .map(|name| FontFamilyName::Named(Cow::Borrowed(name)))
        .collect()
}

/// A text in its lines.
#[derive(Clone)]
pub(super) struct Text {
    source: String,
    layout: Layout<()>,
    style: Style,
}

impl Text {
    pub(super) fn height(&self) -> f32 {
        self.layout.height()
    }

    pub(super) fn lines(&self) -> usize {
        self.layout.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.source.trim().is_empty()
    }

    /// Draws it with its upper left corner at `at`.
    pub(super) fn draw(&self, surface: &mut Surface<'_>, at: Point) {
        surface.set_stroke(None);
        surface.set_fill(Some(fill(self.style.color)));
        for line in self.layout.lines() {
            self.draw_line(surface, at, &line);
        }
    }

    fn draw_line(&self, surface: &mut Surface<'_>, at: Point, line: &Line<'_, ()>) {
        let metrics = line.metrics();
        let y = at.y + metrics.baseline;
        let mut x = at.x + metrics.offset;
        for run in line.runs() {
            let Some(font) = fonts::embedded(run.font().data.id()) else {
                continue;
            };
            let mut pen = Pen::new(self, Point::from_xy(x, y));
            for cluster in run.visual_clusters() {
                if cluster.is_ligature_continuation() {
                    pen.stretch(&cluster.text_range());
                    continue;
                }
                for glyph in cluster.glyphs() {
                    pen.add(surface, &font, &cluster, &glyph);
                    x += glyph.advance;
                }
            }
            pen.lift(surface);
        }
    }
}

/// Gathers the glyphs of one font and draws them at once.
struct Pen<'a> {
    text: &'a Text,
    start: Point,
    end: f32,
    font: Option<Font>,
    glyphs: Vec<KrillaGlyph>,
}

impl<'a> Pen<'a> {
    const fn new(text: &'a Text, start: Point) -> Self {
        Self {
            text,
            start,
            end: start.x,
            font: None,
            glyphs: Vec::new(),
        }
    }

    /// The last glyph stands for these letters too.
    fn stretch(&mut self, range: &Range<usize>) {
        if let Some(glyph) = self.glyphs.last_mut() {
            glyph.text_range.start = glyph.text_range.start.min(range.start);
            glyph.text_range.end = glyph.text_range.end.max(range.end);
        }
    }

    fn add(&mut self, surface: &mut Surface<'_>, font: &Font, of: &Cluster<'_, ()>, glyph: &Glyph) {
        let (font, id) = if glyph.id == 0 {
            // No font has all parts of this letter together.
            fonts::replacement()
        } else {
            (font.clone(), GlyphId::new(glyph.id))
        };
        if self.font.as_ref().is_some_and(|current| *current != font) {
            self.lift(surface);
        }
        self.font = Some(font);
        let size = self.text.style.size;
        self.glyphs.push(KrillaGlyph::new(
            id,
            glyph.advance / size,
            glyph.x / size,
            -glyph.y / size,
            0.0,
            of.text_range(),
            None,
        ));
        self.end += glyph.advance;
    }

    fn lift(&mut self, surface: &mut Surface<'_>) {
        let (Some(font), false) = (self.font.take(), self.glyphs.is_empty()) else {
            return;
        };
        let (source, size) = (&self.text.source, self.text.style.size);
        surface.draw_glyphs(self.start, &self.glyphs, font, source, size, false);
        self.glyphs.clear();
        self.start.x = self.end;
    }
}
