//! Tables for spreadsheets: one line per row, LF between lines and none at the end.
//!
//! A cell of text never becomes a formula in the program that opens the file.

mod report;
#[cfg(test)]
mod tests;

use csv::{QuoteStyle, Terminator, WriterBuilder};

pub use report::{report, report_file_name};

/// What a spreadsheet takes for the beginning of a formula, or drops on its way to one.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the table cannot be written: {0}")]
pub struct CsvError(#[from] csv::Error);

/// One cell.
#[derive(Clone, Debug)]
enum Cell {
    /// Digits, point and sign, written as they are.
    Number(String),
    /// Anything that people or programs may have chosen.
    Text(String),
}

impl Cell {
    fn integer(value: i64) -> Self {
        Self::Number(value.to_string())
    }

    /// What goes into the file.
    fn into_text(self) -> String {
        match self {
            Self::Number(digits) => digits,
            // Spreadsheets read a leading apostrophe as "this is text".
            Self::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
            Self::Text(text) => text,
        }
    }
}

/// The table with this head and these rows.
fn write<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl Iterator<Item = [Cell; COLUMNS]>,
) -> Result<String, CsvError> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.map(Cell::into_text))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    let mut text = String::from_utf8(bytes).expect("cells are text");
    text.truncate(text.trim_end_matches('\n').len());
    Ok(text)
}
