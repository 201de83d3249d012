//! A grid of cells with lines, and texts on top of them.

use std::collections::BTreeMap;

use crate::base::text::width_cells;

/// A line from the middle of a cell to its upper edge; the following constants name the other
/// directions.
pub(super) const UP: u8 = 1;
pub(super) const DOWN: u8 = 2;
pub(super) const LEFT: u8 = 4;
pub(super) const RIGHT: u8 = 8;
/// Set if a solid line passes through the cell.
const SOLID: u8 = 16;
const ARMS: u8 = UP | DOWN | LEFT | RIGHT;

/// The characters for each set of arms, indexed by the set: first solid, then dashed for straight
/// lines.
const UNICODE: [&str; 16] = [
    " ", "╵", "╷", "│", "╴", "┘", "┐", "┤", "╶", "└", "┌", "├", "─", "┴", "┬", "┼",
];
const ASCII: [&str; 16] = [
    " ", "|", "|", "|", "-", "+", "+", "+", "-", "+", "+", "+", "-", "+", "+", "+",
];

/// A grid of cells with lines and texts. Columns and rows count from 0.
#[derive(Debug)]
pub(super) struct Canvas {
    width: usize,
    cells: Vec<u8>,
    /// The texts of each row, by their first column; texts do not overlap.
    texts: Vec<BTreeMap<usize, String>>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            cells: vec![0; width * height],
            texts: vec![BTreeMap::new(); height],
        }
    }

    /// Adds arms to a cell; a position outside the grid is ignored.
    fn join(&mut self, x: usize, y: usize, arms: u8) {
        if x < self.width
            && let Some(cell) = self.cells.get_mut(y * self.width + x)
        {
            *cell |= arms;
        }
    }

    /// Draws a horizontal line between the middles of two cells in a row.
    pub(super) fn across(&mut self, y: usize, from: usize, to: usize, is_dashed: bool) {
        let solid = if is_dashed { 0 } else { SOLID };
        let (from, to) = (from.min(to), from.max(to));
        for x in from..to {
            self.join(x, y, RIGHT | solid);
            self.join(x + 1, y, LEFT | solid);
        }
    }

    /// Draws a vertical line between the middles of two cells in a column.
    pub(super) fn along(&mut self, x: usize, from: usize, to: usize, is_dashed: bool) {
        let solid = if is_dashed { 0 } else { SOLID };
        let (from, to) = (from.min(to), from.max(to));
        for y in from..to {
            self.join(x, y, DOWN | solid);
            self.join(x, y + 1, UP | solid);
        }
    }

    /// Draws the frame of a box.
    pub(super) fn frame(&mut self, x: usize, y: usize, width: usize, height: usize) {
        let (right, bottom) = (x + width.max(2) - 1, y + height.max(2) - 1);
        self.across(y, x, right, false);
        self.across(bottom, x, right, false);
        self.along(x, y, bottom, false);
        self.along(right, y, bottom, false);
    }

    /// Writes a text over the lines of a row.
    pub(super) fn write(&mut self, x: usize, y: usize, text: impl Into<String>) {
        if let Some(row) = self.texts.get_mut(y) {
            row.insert(x, text.into());
        }
    }

    /// Returns the rows without trailing blanks.
    pub(super) fn rows(&self, is_ascii: bool) -> Vec<String> {
        let cells = self.cells.chunks(self.width.max(1));
        let rows = self.texts.iter().zip(cells);
        rows.map(|(texts, cells)| row(texts, cells, is_ascii))
            .collect()
    }
}

fn row(texts: &BTreeMap<usize, String>, cells: &[u8], is_ascii: bool) -> String {
    let mut row = String::new();
    let mut x = 0;
    while x < cells.len() {
        if let Some(text) = texts.get(&x)
            && width_cells(text) > 0
        {
            row.push_str(text);
            x += width_cells(text);
        } else {
            row.push_str(sign(cells[x], is_ascii));
            x += 1;
        }
    }
    row.truncate(row.trim_end().len());
    row
}

fn sign(cell: u8, is_ascii: bool) -> &'static str {
    let arms = cell & ARMS;
    match (cell & SOLID != 0, arms, is_ascii) {
        (false, 3, false) => "┆",
        (false, 12, false) => "┄",
        (false, 3, true) => ":",
        (false, 12, true) => ".",
        (_, _, false) => UNICODE.get(usize::from(arms)).copied().unwrap_or(" "),
        (_, _, true) => ASCII.get(usize::from(arms)).copied().unwrap_or(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_and_texts_lie_over_them() {
        let mut canvas = Canvas::new(9, 4);
        canvas.frame(0, 0, 5, 3);
        canvas.across(1, 4, 8, false);
        canvas.along(7, 1, 3, true);
        canvas.write(1, 1, "日x");
        assert_eq!(
            canvas.rows(false),
            ["┌───┐", "│日x├──┬╴", "└───┘  ┆", "       ╵"]
        );
        assert_eq!(
            canvas.rows(true),
            ["+---+", "|日x+--+-", "+---+  :", "       |"]
        );
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas::new(2, 1);
        canvas.across(0, 1, 40, false);
        canvas.along(9, 0, 9, false);
        canvas.write(0, 7, "x");
        assert_eq!(canvas.rows(false), [" ╶"]);
    }
}
