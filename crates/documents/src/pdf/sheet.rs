//! Pages that are laid out but not drawn yet: how many there are is known before the first is
//! drawn, so that each can say "Page 2 of 7".

use std::rc::Rc;

use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};

use super::ink::{Color, fill};
use super::readable::readable;
use super::structure::{PartId, Structure};
use super::text::Text;
use super::{LANGUAGE, PRODUCER, Paper, PdfError};
use crate::pdf::Document as Described;

/// Something on a page.
pub(super) enum Mark {
    /// A text with its upper left corner there.
    Text(Box<Text>, Point),
    /// A filled area.
    Area(Rect, Color),
    /// A chart in an area.
    Chart(Rc<usvg::Tree>, Rect),
}

/// Why something is on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It belongs to a part of the document.
    Part(PartId),
    /// It looks good and says nothing, or says again what was said before.
    Decoration,
    /// It belongs to the page.
    Footer,
}

/// The marks of one page, in the order in which they are drawn.
#[derive(Default)]
pub(super) struct Sheet {
    marks: Vec<(Mark, Role)>,
}

impl Sheet {
    pub(super) fn put(&mut self, mark: Mark, role: Role) {
        self.marks.push((mark, role));
    }
}

/// A place that the table of contents leads to.
pub(super) struct Place {
    pub(super) title: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

/// Draws the sheets into a file.
///
/// # Errors
/// When the file would not be a well-formed, accessible PDF.
pub(super) fn draw(
    described: &Described,
    sheets: Vec<Sheet>,
    places: Vec<Place>,
    mut structure: Structure,
) -> Result<Vec<u8>, PdfError> {
    let accessible = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Refused(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration: accessible,
        ..SerializeSettings::default()
    });
    for sheet in sheets {
        let settings = page_settings(described.paper)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for (mark, role) in sheet.marks {
            draw_mark(&mut surface, &mut structure, &mark, role);
        }
        surface.finish();
        page.finish();
    }
    document.set_metadata(metadata(described));
    document.set_outline(outline(places));
    document.set_tag_tree(structure.into_tags());
    document
        .finish()
        .map_err(|error| PdfError::Refused(format!("{error:?}")))
}

fn page_settings(paper: Paper) -> Result<PageSettings, PdfError> {
    let (width, height) = paper.size();
    PageSettings::from_wh(width, height).ok_or_else(|| PdfError::Refused("empty page".to_owned()))
}

fn draw_mark(surface: &mut Surface<'_>, structure: &mut Structure, mark: &Mark, role: Role) {
    let tag = match (role, mark) {
        (Role::Part(_), Mark::Text(..)) => ContentTag::Span(SpanTag::empty()),
        (Role::Part(_), _) => ContentTag::Other,
        (Role::Decoration, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
        (Role::Footer, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)),
    };
    let identifier = surface.start_tagged(tag);
    match mark {
        Mark::Text(text, at) => text.draw(surface, *at),
        Mark::Area(area, color) => draw_area(surface, *area, *color),
        Mark::Chart(tree, area) => draw_chart(surface, tree, *area),
    }
    surface.end_tagged();
    if let Role::Part(part) = role {
        structure.drawn(part, identifier);
    }
}

fn draw_area(surface: &mut Surface<'_>, area: Rect, color: Color) {
    let mut path = PathBuilder::new();
    path.push_rect(area);
    if let Some(path) = path.finish() {
        surface.set_stroke(None);
        surface.set_fill(Some(fill(color)));
        surface.draw_path(&path);
    }
}

fn draw_chart(surface: &mut Surface<'_>, tree: &usvg::Tree, area: Rect) {
    let Some(size) = Size::from_wh(area.width(), area.height()) else {
        return;
    };
    surface.push_transform(&Transform::from_translate(area.left(), area.top()));
    surface.draw_svg(tree, size, SvgSettings::default());
    surface.pop();
}

fn metadata(described: &Described) -> Metadata {
    let Described {
        title,
        subject,
        id,
        made_at,
        ..
    } = described;
    Metadata::new()
        .title(readable(title))
        .description(readable(subject))
        .language(LANGUAGE.to_owned())
        .creator(PRODUCER.to_owned())
        .producer(PRODUCER.to_owned())
        .authors(vec![PRODUCER.to_owned()])
        .document_id(id.clone())
        .creation_date(date_time(&made_at.to_string()))
}

/// The parts of RFC 3339 text in UTC.
fn date_time(text: &str) -> DateTime {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse().ok());
    let year = text.get(0..4).and_then(|part| part.parse().ok());
    DateTime::new(year.unwrap_or_default())
        .month(number(5, 7).unwrap_or(1))
        .day(number(8, 10).unwrap_or(1))
        .hour(number(11, 13).unwrap_or(0))
        .minute(number(14, 16).unwrap_or(0))
        .second(number(17, 19).unwrap_or(0))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn outline(places: Vec<Place>) -> Outline {
    let mut outline = Outline::new();
    for Place { title, page, y } in places {
        let destination = XyzDestination::new(page, Point::from_xy(0.0, y));
        outline.push_child(OutlineNode::new(title, destination));
    }
    outline
}
