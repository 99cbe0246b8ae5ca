//! Blocks that flow down the pages, one below the other.

use std::num::NonZeroU16;
use std::rc::Rc;

use krilla::geom::{Point, Rect};
use krilla::tagging::{Tag, TagKind};

use super::ink::{self, Color};
use super::sheet::{self, Mark, Place, Role, Sheet};
use super::structure::{PartId, Structure};
use super::text::{Face, Side, Style, Text, Typesetter};
use super::{Document, PdfError};
use crate::fonts;

/// White on every side of a page.
pub(super) const MARGIN: f32 = 50.0;
/// The footer's first line stands this far above the edge of the page.
const FOOTER: f32 = 36.0;
/// What has to have room below a heading, so that it does not end a page.
const AFTER_HEADING: f32 = 70.0;

pub(super) const HAIRLINE: f32 = 0.6;

/// Ordinary text.
pub(super) const BODY: Style = Style {
    size: 9.5,
    face: Face::Plain,
    color: ink::INK,
    leading: 1.4,
};
/// Remarks.
pub(super) const NOTE: Style = Style {
    size: 8.0,
    color: ink::MUTED,
    ..BODY
};
const HEADING: Style = Style {
    size: 13.0,
    face: Face::Bold,
    ..BODY
};
const FOOTING: Style = Style {
    size: 7.0,
    color: ink::MUTED,
    ..BODY
};

/// A document that is being laid out.
pub(super) struct Flow {
    described: Document,
    typesetter: Typesetter,
    pub(super) structure: Structure,
    sheets: Vec<Sheet>,
    places: Vec<Place>,
    /// Where the next block begins.
    y: f32,
}

impl Flow {
    pub(super) fn new(described: Document) -> Self {
        Self {
            described,
            typesetter: Typesetter::new(),
            structure: Structure::default(),
            sheets: vec![Sheet::default()],
            places: Vec::new(),
            y: MARGIN,
        }
    }

    /// How wide a block may be.
    pub(super) fn width(&self) -> f32 {
        self.described.paper.size().0 - 2.0 * MARGIN
    }

    /// Where the next block begins.
    pub(super) const fn y(&self) -> f32 {
        self.y
    }

    fn bottom(&self) -> f32 {
        self.described.paper.size().1 - MARGIN - 8.0
    }

    /// Whether a block of this height still has room on the page.
    pub(super) fn has_room(&self, height: f32) -> bool {
        self.y + height <= self.bottom()
    }

    /// Room for a block that is not cut: where it would pass the end of the page, the next begins.
    pub(super) fn keep_together(&mut self, height: f32) {
        if !self.has_room(height) && self.y > MARGIN {
            self.next_page();
        }
    }

    pub(super) fn next_page(&mut self) {
        self.sheets.push(Sheet::default());
        self.y = MARGIN;
    }

    /// White below the last block.
    pub(super) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    pub(super) fn set(&mut self, text: &str, style: Style, width: f32, side: Side) -> Text {
        self.typesetter.set(text, style, width, side)
    }

    pub(super) fn put(&mut self, mark: Mark, role: Role) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.put(mark, role);
        }
    }

    pub(super) fn put_text(&mut self, text: Text, x: f32, y: f32, role: Role) {
        if !text.is_empty() {
            self.put(Mark::Text(Box::new(text), Point::from_xy(x, y)), role);
        }
    }

    pub(super) fn put_area(&mut self, [x, y, width, height]: [f32; 4], color: Color) {
        if let Some(area) = Rect::from_xywh(x, y, width, height) {
            self.put(Mark::Area(area, color), Role::Decoration);
        }
    }

    /// A line from margin to margin.
    pub(super) fn rule(&mut self, y: f32) {
        let width = self.width();
        self.put_area([MARGIN, y, width, HAIRLINE], ink::LINE);
    }

    /// A text over the whole width, as a part of this kind.
    pub(super) fn text(&mut self, text: &str, style: Style, tag: impl Into<TagKind>) {
        let set = self.set(text, style, self.width(), Side::Start);
        let height = set.height();
        self.keep_together(height);
        let part = self.structure.add(tag, None);
        self.put_text(set, MARGIN, self.y, Role::Part(part));
        self.skip(height);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.text(text, BODY, Tag::P);
        self.skip(4.0);
    }

    pub(super) fn note(&mut self, text: &str) {
        self.text(text, NOTE, Tag::P);
        self.skip(4.0);
    }

    /// The title of the document.
    pub(super) fn title(&mut self, text: &str, style: Style) {
        self.place(text);
        self.text(text, style, heading(1, text));
    }

    /// The heading of a section, never alone at the end of a page.
    pub(super) fn heading(&mut self, text: &str) {
        self.heading_before(text, AFTER_HEADING);
    }

    /// The same, where `height` of what follows must stand on its page.
    pub(super) fn heading_before(&mut self, text: &str, height: f32) {
        if self.y > MARGIN {
            self.skip(18.0);
        }
        self.keep_together(HEADING.size * HEADING.leading + height);
        self.place(text);
        self.text(text, HEADING, heading(2, text));
        self.skip(3.0);
        self.rule(self.y);
        self.skip(8.0);
    }

    fn place(&mut self, title: &str) {
        self.places.push(Place {
            title: title.to_owned(),
            page: self.sheets.len() - 1,
            y: self.y,
        });
    }

    /// A chart over the whole width. Its text is read aloud as `alternative`.
    ///
    /// # Errors
    /// When it is not valid SVG.
    pub(super) fn chart(
        &mut self,
        svg: &str,
        height: f32,
        alternative: String,
    ) -> Result<(), PdfError> {
        self.keep_together(height);
        let part = self.structure.add(Tag::Figure(Some(alternative)), None);
        self.put_chart(svg, [MARGIN, self.y, self.width(), height], part)?;
        self.skip(height);
        Ok(())
    }

    /// A chart in an area.
    ///
    /// # Errors
    /// When it is not valid SVG.
    pub(super) fn put_chart(
        &mut self,
        svg: &str,
        [x, y, width, height]: [f32; 4],
        part: PartId,
    ) -> Result<(), PdfError> {
        let options = usvg::Options {
            fontdb: fonts::of_charts(),
            font_family: fonts::TEXT.to_owned(),
            ..usvg::Options::default()
        };
        let tree = Rc::new(usvg::Tree::from_str(svg, &options)?);
        if let Some(area) = Rect::from_xywh(x, y, width, height) {
            self.put(Mark::Chart(tree, area), Role::Part(part));
        }
        Ok(())
    }

    /// Numbers the pages and draws them all.
    ///
    /// # Errors
    /// When the file would not be a well-formed, accessible PDF.
    pub(super) fn finish(mut self, footing: &str) -> Result<Vec<u8>, PdfError> {
        let (count, width) = (self.sheets.len(), self.width());
        let y = self.described.paper.size().1 - FOOTER;
        let left = self.set(footing, FOOTING, width * 0.88, Side::Left);
        for index in 0..count {
            let number = format!("Page {} of {count}", index + 1);
            let right = self.set(&number, FOOTING, width, Side::Right);
            let sheet = &mut self.sheets[index];
            let line = Rect::from_xywh(MARGIN, y - 5.0, width, HAIRLINE);
            if let Some(line) = line {
                sheet.put(Mark::Area(line, ink::LINE), Role::Footer);
            }
            for text in [left.clone(), right] {
                let at = Point::from_xy(MARGIN, y);
                sheet.put(Mark::Text(Box::new(text), at), Role::Footer);
            }
        }
        let Self {
            described,
            sheets,
            places,
            structure,
            ..
        } = self;
        sheet::draw(&described, sheets, places, structure)
    }
}

fn heading(level: u16, title: &str) -> TagKind {
    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
    Tag::Hn(level, Some(title.to_owned())).into()
}
