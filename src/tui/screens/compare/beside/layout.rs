//! The positions of the columns of compared runs.

use ratatui::layout::Rect;

/// Returns the number of lines above the turns: names, the variation if there is one, state, time,
/// tokens, models, tools.
pub(super) const fn head_lines(has_varied: bool) -> u16 {
    if has_varied { 7 } else { 6 }
}

/// The minimum width of a column, in cells.
const MIN_CELLS: u16 = 19;

/// The width of the names of parts on the left, in a narrow and in a wide terminal, in cells.
const LABEL_CELLS: [u16; 2] = [8, 14];

/// The width of the gap between two columns, in cells: a line with a blank on both sides.
const GAP_CELLS: u16 = 3;

/// The visible columns: the first run, and as many of the others as fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The column where the names of parts begin.
    pub(super) x: u16,
    pub(super) label: u16,
    /// The width of each column, in cells.
    pub(super) cells: u16,
    /// The index of the run in the second column.
    second: usize,
    /// The number of columns.
    pub(super) count: usize,
}

impl Layout {
    pub(super) fn new(area: Rect, n_runs: usize, focus: usize) -> Self {
        let inner = inside(area);
        let label = LABEL_CELLS[usize::from(area.width >= 110)].min(inner.width / 4);
        let room = inner.width.saturating_sub(label);
        let n_runs = u16::try_from(n_runs).unwrap_or(u16::MAX).max(1);
        let count = (room / (MIN_CELLS + GAP_CELLS)).clamp(1, n_runs);
        let cells = (room / count).saturating_sub(GAP_CELLS);
        let count = usize::from(count);
        Self {
            x: inner.x,
            label,
            cells,
            second: (focus + 2).saturating_sub(count).max(1),
            count,
        }
    }

    /// Returns the indexes of the visible runs, each with the column in which its text begins.
    pub(super) fn columns(self) -> impl Iterator<Item = (usize, u16)> {
        (0..self.count).map(move |column| {
            let run = match column {
                0 => 0,
                column => self.second + column - 1,
            };
            let step = self.cells + GAP_CELLS;
            let x = self.x + self.label + GAP_CELLS + step * u16::try_from(column).unwrap_or(0);
            (run, x)
        })
    }

    /// Returns the run at a column.
    pub(super) fn run_at(self, x: u16) -> Option<usize> {
        let mut columns = self.columns();
        let on = columns.find(|(_, first)| (*first..first + self.cells).contains(&x));
        on.map(|(run, _)| run)
    }

    /// Returns the area of the turns, below the numbers.
    pub(super) fn body(area: Rect, has_varied: bool) -> Rect {
        let inner = inside(area);
        let head = head_lines(has_varied);
        Rect {
            y: inner.y + head.min(inner.height),
            height: inner.height.saturating_sub(head),
            ..inner
        }
    }
}

/// Returns the area within the border, with a margin of one cell left and right.
pub(super) const fn inside(area: Rect) -> Rect {
    crate::tui::widgets::dialog::inside(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(width: u16, n_runs: usize, focus: usize) -> Vec<usize> {
        let layout = Layout::new(Rect::new(0, 1, width, 22), n_runs, focus);
        let last = layout.columns().last().unwrap();
        assert!(last.1 + layout.cells <= width - 2, "{layout:?}");
        layout.columns().map(|(run, _)| run).collect()
    }

    #[test]
    fn the_first_run_is_always_there_and_the_one_that_keys_are_about() {
        assert_eq!(runs(80, 2, 1), [0, 1]);
        assert_eq!(runs(120, 4, 1), [0, 1, 2, 3]);
        assert_eq!(runs(80, 4, 1), [0, 1, 2]);
        assert_eq!(runs(80, 4, 3), [0, 2, 3]);
        assert_eq!(runs(80, 4, 0), [0, 1, 2]);
        assert_eq!(runs(60, 4, 3), [0, 3]);
    }
}
