//! Tables: their heads stand again on every page, and no row is cut.

use std::collections::VecDeque;

use krilla::tagging::{TableHeaderScope, Tag, TagKind};

use super::flow::{BODY, Flow, HAIRLINE, MARGIN};
use super::ink;
use super::sheet::Role;
use super::structure::PartId;
use super::text::{Face, Side, Style, Text};

const CELL: Style = Style {
    size: 8.5,
    leading: 1.3,
    ..BODY
};
const SUM: Style = Style {
    face: Face::Bold,
    ..CELL
};
const HEAD: Style = Style {
    size: 8.0,
    face: Face::Bold,
    color: ink::MUTED,
    leading: 1.3,
};
/// White above and below the text of a row.
const PADDING: f32 = 3.2;
/// White between two columns.
const GUTTER: f32 = 10.0;
/// White before the first column and after the last.
const INSET: f32 = 5.0;
/// A row of one line, near enough.
const ROW: f32 = 18.0;
/// Rows that stay on one page, with the heads.
const TOGETHER_MAX: usize = 9;
/// Of more rows, so many stand below the heading.
const SPLIT_MIN: usize = 3;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words, on the left.
    Words,
    /// Figures, on the right, below each other.
    Figures,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    head: String,
    kind: Kind,
    /// Its part of the width, beside the others.
    share: f32,
}

impl Column {
    pub(super) fn words(head: &str, share: f32) -> Self {
        Self {
            head: head.to_owned(),
            kind: Kind::Words,
            share,
        }
    }

    pub(super) fn figures(head: &str, share: f32) -> Self {
        Self {
            head: head.to_owned(),
            kind: Kind::Figures,
            share,
        }
    }
}

/// A table. Each row has a cell for every column; the first cell names the row.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What it is, for those who hear it.
    pub(super) summary: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
    /// The last row, which adds up the others.
    pub(super) sum: Option<Vec<String>>,
}

impl Table {
    /// Lays it out over the whole width, below its heading and a text that explains it. A short
    /// table stands on one page with them.
    pub(super) fn flow(&self, flow: &mut Flow, heading: &str, before: Option<&str>) {
        let before_height = before.map_or(0.0, |_| ROW * 2.0);
        flow.heading_before(heading, self.beginning() + before_height);
        if let Some(before) = before {
            flow.paragraph(before);
            flow.skip(2.0);
        }
        self.flow_rows(flow);
        flow.skip(6.0);
    }

    /// How much of it has to stand below its heading.
    fn beginning(&self) -> f32 {
        let rows = 1 + self.rows.len() + usize::from(self.sum.is_some());
        let first = if rows > TOGETHER_MAX { SPLIT_MIN } else { rows };
        (0..first).map(|_| ROW).sum()
    }

    fn flow_rows(&self, flow: &mut Flow) {
        let columns = self.places(flow.width());
        let tag = Tag::Table.with_summary(Some(self.summary.clone()));
        let table = flow.structure.add(tag, None);
        let head = flow.structure.add(Tag::THead, Some(table));
        let body = flow.structure.add(Tag::TBody, Some(table));

        let heads: Vec<String> = self.columns.iter().map(|c| c.head.clone()).collect();
        let head_row = set_row(flow, &heads, &columns, HEAD);
        draw_head(flow, &columns, head_row.clone(), Some(head));
        let sum = self.sum.iter().map(|cells| (cells, SUM));
        let rows = self.rows.iter().map(|cells| (cells, CELL)).chain(sum);
        let mut rows = rows
            .map(|(cells, style)| set_row(flow, cells, &columns, style))
            .collect::<VecDeque<_>>();
        while let Some(row) = rows.pop_front() {
            // The last row is not left alone on its page.
            let last = rows.front().filter(|_| rows.len() == 1);
            let together = row.height + last.map_or(0.0, |last| last.height);
            if !flow.has_room(together) {
                flow.next_page();
                draw_head(flow, &columns, head_row.clone(), None);
            }
            let part = flow.structure.add(Tag::TR, Some(body));
            draw_row(flow, &columns, row, part, &cell_tag);
        }
    }

    fn places(&self, width: f32) -> Vec<Cell> {
        let shares: f32 = self.columns.iter().map(|column| column.share).sum();
        let gutters: f32 = self.columns.iter().skip(1).map(|_| GUTTER).sum();
        let unit = (width - 2.0 * INSET - gutters) / shares.max(1.0);
        let mut x = MARGIN + INSET;
        let place = |column: &Column| {
            let cell = Cell {
                x,
                width: column.share * unit,
                kind: column.kind,
            };
            x += cell.width + GUTTER;
            cell
        };
        self.columns.iter().map(place).collect()
    }
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug)]
struct Cell {
    x: f32,
    width: f32,
    kind: Kind,
}

#[derive(Clone)]
struct Row {
    cells: Vec<Text>,
    height: f32,
}

fn set_row(flow: &mut Flow, cells: &[String], columns: &[Cell], style: Style) -> Row {
    let cells: Vec<Text> = cells
        .iter()
        .zip(columns)
        .map(|(text, column)| {
            let side = match column.kind {
                Kind::Words => Side::Left,
                Kind::Figures => Side::Right,
            };
            flow.set(text, style, column.width, side)
        })
        .collect();
    let tallest = cells.iter().map(Text::height).fold(0.0, f32::max);
    Row {
        cells,
        height: tallest + 2.0 * PADDING + HAIRLINE,
    }
}

/// The heads; those that are repeated are no part of the table.
fn draw_head(flow: &mut Flow, columns: &[Cell], row: Row, head: Option<PartId>) {
    let (top, width, height) = (flow.y(), flow.width(), row.height);
    flow.put_area([MARGIN, top, width, height], ink::FOG);
    if let Some(head) = head {
        let part = flow.structure.add(Tag::TR, Some(head));
        draw_row(flow, columns, row, part, &head_tag);
        return;
    }
    for (text, column) in row.cells.into_iter().zip(columns) {
        flow.put_text(text, column.x, top + PADDING, Role::Decoration);
    }
    flow.rule(top + height - HAIRLINE);
    flow.skip(height);
}

fn draw_row(
    flow: &mut Flow,
    columns: &[Cell],
    row: Row,
    part: PartId,
    tag: &dyn Fn(usize) -> TagKind,
) {
    let y = flow.y();
    for (index, (text, column)) in row.cells.into_iter().zip(columns).enumerate() {
        let cell = flow.structure.add(tag(index), Some(part));
        flow.put_text(text, column.x, y + PADDING, Role::Part(cell));
    }
    flow.rule(y + row.height - HAIRLINE);
    flow.skip(row.height);
}

fn head_tag(_: usize) -> TagKind {
    Tag::TH(TableHeaderScope::Column).into()
}

fn cell_tag(index: usize) -> TagKind {
    if index == 0 {
        Tag::TH(TableHeaderScope::Row).into()
    } else {
        Tag::TD.into()
    }
}
