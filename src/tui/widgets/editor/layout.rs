//! The layout of lines as rows on the screen, and the visible rows.

use std::ops::Range;

use ratatui::layout::Size;
use unicode_segmentation::UnicodeSegmentation;

use super::{Editor, Scroll};
use crate::base::text::width_cells;

/// The distance of tab stops, in cells.
pub(super) const TAB_CELLS: usize = 4;

/// The maximum number of rows of remarks below one line.
const MAX_MARK_ROWS: usize = 6;

/// A row of the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A row with characters of a line.
    Text(TextRow),
    /// A row of a remark, below its line.
    Mark {
        /// Index of the remark.
        mark: usize,
        /// The indent of the row, in cells.
        indent: usize,
        /// Its words.
        text: String,
        /// Whether the row is the first one of its remark.
        is_first: bool,
    },
}

/// The part of a line in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextRow {
    /// The line, from 0.
    pub(super) line: usize,
    /// The range of characters in this row.
    pub(super) characters: Range<usize>,
    /// The indent of the row, in cells; further rows of a wrapped line are indented like the line
    /// itself.
    pub(super) hang: usize,
}

/// Returns the width of a grapheme cluster at a column, in cells.
pub(super) fn cluster_cells(cluster: &str, column: usize) -> usize {
    if cluster == "\t" {
        TAB_CELLS - column % TAB_CELLS
    } else {
        // What takes no cell of its own (control characters) is drawn as a sign of one cell.
        width_cells(cluster).max(1)
    }
}

/// Splits a line into rows of at most `width` cells, less `hang` after the first row, after blanks
/// if possible. The ranges are in characters.
pub(super) fn wrapped(line: &str, width: usize, hang: usize) -> Vec<Range<usize>> {
    let mut rows: Vec<Range<usize>> = Vec::new();
    let (mut start, mut column, mut at) = (0, 0, 0);
    let mut after_blank: Option<(usize, usize)> = None;
    for cluster in line.graphemes(true) {
        let cells = cluster_cells(cluster, column);
        let room = if rows.is_empty() { width } else { width - hang };
        if column + cells > room && at > start {
            // Without a blank in it the row is cut where it is full.
            let (cut, cells_before) = after_blank
                .filter(|(blank_at, _)| *blank_at > start)
                .unwrap_or((at, column));
            rows.push(start..cut);
            start = cut;
            column -= cells_before;
            after_blank = None;
        }
        column += cells;
        at += cluster.chars().count();
        if cluster == " " {
            after_blank = Some((at, column));
        }
    }
    rows.push(start..at);
    rows
}

/// Returns the indent of a line's text, in cells; for a list item or comment, of the text behind
/// its marker.
fn indent_cells(line: &str) -> usize {
    let body = line.trim_start_matches([' ', '-', '#']);
    line.len() - body.len()
}

impl Editor {
    /// Returns the width of the line numbers with a blank on both sides, in cells.
    pub(super) fn gutter_cells(&self) -> usize {
        self.lines().len().to_string().len().max(2) + 2
    }

    /// Returns the width of the text, in cells.
    pub(super) fn text_cells(&self, size: Size) -> usize {
        usize::from(size.width)
            .saturating_sub(self.gutter_cells())
            .max(1)
    }

    /// Returns the rows of a line and of the remarks below it.
    pub(super) fn rows_of(&self, line: usize, width: usize) -> Vec<Row> {
        let text = self.lines().get(line).map_or("", String::as_str);
        let row = |characters: Range<usize>, hang| {
            Row::Text(TextRow {
                line,
                hang: if characters.start == 0 { 0 } else { hang },
                characters,
            })
        };
        let mut rows: Vec<Row> = if self.wraps {
            let hang = indent_cells(text).min(width / 3);
            let ranges = wrapped(text, width, hang).into_iter();
            ranges.map(|characters| row(characters, hang)).collect()
        } else {
            vec![row(0..text.chars().count(), 0)]
        };
        let text_rows = rows.len();
        let first = self.marks.partition_point(|mark| mark.line < line);
        for (index, mark) in self.marks.iter().enumerate().skip(first) {
            if mark.line != line || rows.len() - text_rows >= MAX_MARK_ROWS {
                break;
            }
            let before: String = text.chars().take(mark.start).collect();
            let indent = width_cells(&before).min(width / 2);
            let room = width.saturating_sub(indent + 3).max(8);
            for (row, range) in wrapped(&mark.text, room, 0).into_iter().enumerate() {
                let words = mark.text.chars().skip(range.start).take(range.len());
                rows.push(Row::Mark {
                    mark: index,
                    indent,
                    text: words.collect::<String>().trim_end().to_owned(),
                    is_first: row == 0,
                });
            }
        }
        rows
    }

    /// Returns the visible rows from top to bottom.
    pub(super) fn visible(&self, size: Size) -> Vec<Row> {
        let width = self.text_cells(size);
        let height = usize::from(size.height);
        let mut rows = Vec::with_capacity(height);
        let mut skipped = self.scroll.row;
        for line in self.scroll.line..self.lines().len() {
            rows.extend(self.rows_of(line, width).into_iter().skip(skipped));
            skipped = 0;
            if rows.len() >= height {
                break;
            }
        }
        rows.truncate(height);
        rows
    }

    /// Returns the cursor's row within its line.
    fn row_of_cursor(&self, width: usize) -> usize {
        let (line, column) = self.cursor();
        let rows = self.rows_of(line, width);
        let holds = |row: &Row| match row {
            Row::Text(row) => row.characters.start <= column,
            Row::Mark { .. } => false,
        };
        rows.iter().rposition(holds).unwrap_or(0)
    }

    /// Scrolls as little as possible to make the cursor visible.
    pub(crate) fn follow_cursor(&mut self, size: Size) {
        let width = self.text_cells(size);
        let height = usize::from(size.height).max(1);
        let (line, _) = self.cursor();
        let row = self.row_of_cursor(width);
        self.follow_column(width);
        if (line, row) < (self.scroll.line, self.scroll.row) {
            self.scroll.line = line;
            self.scroll.row = row;
            return;
        }
        let first_in_view = self.rows_above(line, row, height - 1, width);
        if (first_in_view.line, first_in_view.row) > (self.scroll.line, self.scroll.row) {
            self.scroll.line = first_in_view.line;
            self.scroll.row = first_in_view.row;
        }
    }

    /// Scrolls so that the cursor is in the middle, unless it is visible.
    pub(super) fn centre(&mut self, size: Size) {
        let width = self.text_cells(size);
        let height = usize::from(size.height).max(1);
        let before = self.scroll;
        self.follow_cursor(size);
        if (self.scroll.line, self.scroll.row) != (before.line, before.row) {
            let (line, _) = self.cursor();
            let row = self.row_of_cursor(width);
            let top = self.rows_above(line, row, height / 2, width);
            self.scroll.line = top.line;
            self.scroll.row = top.row;
        }
    }

    /// Returns the position `rows` rows above a row, limited to the beginning of the text.
    fn rows_above(&self, line: usize, row: usize, rows: usize, width: usize) -> Scroll {
        let column = self.scroll.column;
        let (mut line, mut row, mut left) = (line, row, rows);
        while left > row {
            if line == 0 {
                return Scroll {
                    line: 0,
                    row: 0,
                    column,
                };
            }
            left -= row + 1;
            line -= 1;
            row = self.rows_of(line, width).len() - 1;
        }
        Scroll {
            line,
            row: row - left,
            column,
        }
    }

    /// Scrolls to the cursor's column if lines are not wrapped.
    fn follow_column(&mut self, width: usize) {
        if self.wraps {
            self.scroll.column = 0;
            return;
        }
        let (line, column) = self.cursor();
        let text = self.lines().get(line).map_or("", String::as_str);
        let mut cells = 0;
        let mut at = 0;
        for cluster in text.graphemes(true) {
            if at >= column {
                break;
            }
            at += cluster.chars().count();
            cells += cluster_cells(cluster, cells);
        }
        if cells < self.scroll.column {
            self.scroll.column = cells.saturating_sub(width / 4);
        } else if cells >= self.scroll.column + width {
            self.scroll.column = cells + width / 4 - width + 1;
        }
    }

    /// Scrolls by rows without moving the cursor, down if positive.
    pub(crate) fn wheel(&mut self, rows: isize, size: Size) {
        let width = self.text_cells(size);
        if rows < 0 {
            let up = rows.unsigned_abs();
            let top = self.rows_above(self.scroll.line, self.scroll.row, up, width);
            self.scroll.line = top.line;
            self.scroll.row = top.row;
            return;
        }
        for _ in 0..rows {
            let in_line = self.rows_of(self.scroll.line, width).len();
            if self.scroll.row + 1 < in_line {
                self.scroll.row += 1;
            } else if self.scroll.line + 1 < self.lines().len() {
                self.scroll.line += 1;
                self.scroll.row = 0;
            }
        }
    }
}
