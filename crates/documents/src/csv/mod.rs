//! Tables for spreadsheets: one line per row, LF between lines and none at the end.
//!
//! A cell of text never becomes a formula in the program that opens the file.

mod deliveries;
mod report;
#[cfg(test)]
mod tests;

use csv::{QuoteStyle, Terminator, WriterBuilder};

pub use deliveries::{deliveries_file_name, deliveries_head, deliveries_lines};
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
    /// Nothing.
    const NONE: Self = Self::Text(String::new());

    fn text(value: &(impl ToString + ?Sized)) -> Self {
        Self::Text(value.to_string())
    }

    fn maybe(value: Option<impl ToString>) -> Self {
        value.map_or(Self::NONE, |value| Self::text(&value))
    }

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
    let head = std::iter::once(head.map(str::to_owned));
    let mut text = lines(head.chain(rows.map(|row| row.map(Cell::into_text))))?;
    text.truncate(text.trim_end_matches('\n').len());
    Ok(text)
}

/// More rows of a table that was begun with [`write`]: each line follows the end of the one before.
fn write_lines<const COLUMNS: usize>(
    rows: impl Iterator<Item = [Cell; COLUMNS]>,
) -> Result<String, CsvError> {
    let text = lines(rows.map(|row| row.map(Cell::into_text)))?;
    Ok(match text.strip_suffix('\n') {
        Some(text) => format!("\n{text}"),
        None => text,
    })
}

fn lines<const COLUMNS: usize>(
    records: impl Iterator<Item = [String; COLUMNS]>,
) -> Result<String, CsvError> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("cells are text"))
}
