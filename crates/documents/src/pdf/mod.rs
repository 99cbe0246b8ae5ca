//! Documents on paper: the report of a campaign for its brand, and the statement of a payout for
//! its streamer.
//!
//! Files are PDF 1.7 and follow PDF/UA-1: tagged, with their fonts inside. The same facts give the
//! same bytes. Nothing here decides what a number is; it arrives counted and leaves typeset.

mod flow;
mod ink;
mod readable;
pub mod report;
mod sheet;
pub mod statement;
mod structure;
mod table;
mod text;
#[cfg(test)]
mod tests;

use beta_kit::text_enum;
use beta_kit::time::Timestamp;

/// What the documents are written in.
const LANGUAGE: &str = "en";
/// The name of the product, as the title of its papers.
const PRODUCT: &str = "Beta Live Ads Platform";
/// Who made the file.
const PRODUCER: &str = "Beta Ads";

const POINTS_PER_INCH: f32 = 72.0;
const MILLIMETRES_PER_INCH: f32 = 25.4;

text_enum! {
    /// What a document is printed on.
    pub enum Paper {
        /// 210 × 297 mm.
        A4 => "a4",
        /// 8½ × 11 in.
        Letter => "letter",
    }
}

impl Paper {
    /// Width and height in points.
    fn size(self) -> (f32, f32) {
        let points = |millimetres: f32| millimetres / MILLIMETRES_PER_INCH * POINTS_PER_INCH;
        match self {
            Self::A4 => (points(210.0), points(297.0)),
            Self::Letter => (8.5 * POINTS_PER_INCH, 11.0 * POINTS_PER_INCH),
        }
    }
}

/// A document that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A chart is not valid SVG.
    #[error("the chart cannot be read: {0}")]
    Chart(#[from] usvg::Error),
    /// The file would not keep to its standard.
    #[error("the document cannot be written: {0}")]
    Refused(String),
}

/// What a file says about itself.
#[derive(Clone, Debug)]
struct Document {
    paper: Paper,
    title: String,
    subject: String,
    /// The same for the same facts.
    id: String,
    made_at: Timestamp,
}
