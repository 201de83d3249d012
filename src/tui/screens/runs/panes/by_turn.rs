//! Panes aligned by turn: a column for each run, scrolled together, with marks at the step where a
//! run differs from the majority.

mod draw;

use std::ops::Range;

use ratatui::layout::Rect;

use crate::runs::{Leaving, RunRecord, TranscriptItem};
use crate::tui::action::Action;
use crate::tui::glyphs::Glyphs;
use crate::tui::screens::runs::words::leaving_words;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::transcript::Transcript;
pub(super) use draw::{draw, scroll_bar};

/// The minimum width of a column with its border if there are several, in cells.
const MIN_WIDTH: u16 = 28;

/// Returns how many of the `wanted` columns fit into `area`; at least one.
pub(super) fn count_that_fits(area: Rect, wanted: usize) -> usize {
    usize::from(area.width / MIN_WIDTH).min(wanted).max(1)
}

/// Divides `area` into `count` columns without gaps.
pub(super) fn columns(area: Rect, count: usize) -> Vec<Rect> {
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let at = |column: u16| {
        let cells = u32::from(area.width) * u32::from(column) / u32::from(count);
        area.x + u16::try_from(cells).unwrap_or(area.width)
    };
    (0..count)
        .map(|column| Rect {
            x: at(column),
            width: at(column + 1) - at(column),
            ..area
        })
        .collect()
}

/// The columns and their common scroll position.
#[derive(Debug)]
pub(in crate::tui::screens::runs) struct ByTurn {
    columns: Vec<Column>,
    /// The line at which each turn begins, and as the last entry the number of lines.
    starts: Vec<usize>,
    /// The first visible line, unless the view follows the end.
    first: usize,
    is_following: bool,
}

/// The contents of a column.
#[derive(Debug, Default)]
struct Column {
    /// The line of the run's transcript at which each turn begins, and as the last entry the number
    /// of lines.
    lines: Vec<usize>,
    left: Option<Left>,
}

/// The step at which a run differs from the majority.
#[derive(Debug)]
struct Left {
    turn: usize,
    /// The rows about what most runs did.
    rows: Vec<Row>,
}

impl Default for ByTurn {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            starts: vec![0],
            first: 0,
            is_following: true,
        }
    }
}

/// The source of a column: the run's record and lines; `None` if the run's details were dropped.
pub(super) type Source<'a> = Option<(&'a RunRecord, &'a Transcript, Option<Leaving>, u16)>;

impl ByTurn {
    /// Updates the columns for the shown runs, whose transcripts must be laid out for them.
    pub(super) fn lay_out<'a>(
        &mut self,
        runs: impl Iterator<Item = Source<'a>>,
        glyphs: &'static Glyphs,
    ) {
        let columns = runs.map(|run| run.map(|run| Column::of(run, glyphs)).unwrap_or_default());
        self.columns = columns.collect();
        let n_turns = self.columns.iter().map(Column::n_turns).max().unwrap_or(0);
        self.starts.clear();
        self.starts.push(0);
        let mut line = 0;
        for turn in 0..n_turns {
            let heights = self.columns.iter().map(|column| column.height(turn));
            // One more for the line that parts it from the turn before.
            line += 1 + heights.max().unwrap_or(0);
            self.starts.push(line);
        }
    }

    fn total(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Returns the visible lines at a height.
    fn in_view(&self, height: usize) -> Range<usize> {
        let total = self.total();
        let last = total.saturating_sub(height);
        let first = if self.is_following {
            last
        } else {
            self.first.min(last)
        };
        first..total.min(first + height)
    }

    /// Scrolls by an action. Returns whether the action was a movement.
    pub(in crate::tui::screens::runs) fn act(&mut self, action: Action, height: usize) -> bool {
        let view = self.in_view(height);
        let page = height.max(1);
        let first = match action {
            Action::Up => self.turn_before(view.start, page),
            Action::Down => self.turn_after(view.start, page),
            Action::PageUp => view.start.saturating_sub(page),
            Action::PageDown => view.start + page,
            Action::HalfPageUp => view.start.saturating_sub(page.div_ceil(2)),
            Action::HalfPageDown => view.start + page.div_ceil(2),
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return false,
        };
        self.go(first, height);
        true
    }

    /// Scrolls by lines of the mouse wheel, down if positive.
    pub(in crate::tui::screens::runs) fn wheel(&mut self, steps: isize, height: usize) {
        let first = self.in_view(height).start.saturating_add_signed(steps);
        self.go(first, height);
    }

    fn go(&mut self, first: usize, height: usize) {
        let last = self.total().saturating_sub(height);
        self.first = first.min(last);
        self.is_following = first >= last;
    }

    /// Returns the beginning of the visible turn or of the previous one; long turns are scrolled by
    /// pages.
    fn turn_before(&self, line: usize, page: usize) -> usize {
        let before = self.starts.iter().rev().find(|start| **start < line);
        before
            .copied()
            .unwrap_or(0)
            .max(line.saturating_sub(page.saturating_sub(1).max(1)))
    }

    /// Returns the beginning of the next turn; long turns are scrolled by pages.
    fn turn_after(&self, line: usize, page: usize) -> usize {
        let after = self.starts.iter().find(|start| **start > line);
        after
            .copied()
            .unwrap_or(line)
            .min(line + page.saturating_sub(1).max(1))
    }

    /// Whether the view follows the end.
    pub(in crate::tui::screens::runs) const fn is_following(&self) -> bool {
        self.is_following
    }

    /// Scrolls to the end and follows it.
    pub(in crate::tui::screens::runs) const fn follow(&mut self) {
        self.is_following = true;
    }
}

impl Column {
    fn of(
        (record, transcript, leaving, width): (&RunRecord, &Transcript, Option<Leaving>, u16),
        glyphs: &'static Glyphs,
    ) -> Self {
        let turns: Vec<Range<usize>> = record.turns().collect();
        let firsts = turns.iter().map(|turn| turn.start);
        Self {
            lines: transcript.lines_at(&record.transcript, firsts),
            left: leaving.map(|leaving| {
                let tone = Tone::of(Role::Warning);
                let sign = format!("{} ", glyphs.leaves);
                let indent = Indent {
                    first: vec![Piece::new(sign, tone)],
                    hanging_cells: 2,
                };
                let words = leaving_words(&leaving);
                Left {
                    turn: turn_of(&leaving, record, &turns),
                    rows: wrap(&[Piece::new(words, tone)], usize::from(width), &indent),
                }
            }),
        }
    }

    fn n_turns(&self) -> usize {
        self.lines.len().saturating_sub(1)
    }

    /// Returns the lines of a turn in the run's transcript.
    fn lines_of(&self, turn: usize) -> Range<usize> {
        let at = |turn: usize| self.lines.get(turn).copied();
        match (at(turn), at(turn + 1)) {
            (Some(start), Some(end)) => start..end,
            _ => 0..0,
        }
    }

    /// Returns the rows above the lines of a turn.
    fn rows_of(&self, turn: usize) -> &[Row] {
        let left = self.left.as_ref().filter(|left| left.turn == turn);
        left.map_or(&[], |left| left.rows.as_slice())
    }

    fn height(&self, turn: usize) -> usize {
        self.rows_of(turn).len() + self.lines_of(turn).len()
    }
}

/// Returns the turn with the step at which a run differs from the majority.
fn turn_of(leaving: &Leaving, record: &RunRecord, turns: &[Range<usize>]) -> usize {
    let is_step = |item: &TranscriptItem| matches!(item, TranscriptItem::ToolCall(call) if *call == leaving.step);
    let last = turns.len().saturating_sub(1);
    let Some(item) = record.transcript.iter().position(is_step) else {
        // It ended without another call.
        return last;
    };
    let turn = turns.iter().position(|turn| turn.contains(&item));
    turn.unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(starts: &[usize]) -> ByTurn {
        ByTurn {
            starts: starts.to_vec(),
            ..ByTurn::default()
        }
    }

    #[test]
    fn the_view_moves_by_turns_and_through_long_ones_by_pages() {
        let mut by_turn = of(&[0, 4, 30, 34, 40]);
        assert_eq!(by_turn.in_view(10), 30..40, "it follows the end");
        by_turn.act(Action::First, 10);
        let mut seen = Vec::new();
        while !by_turn.is_following() {
            seen.push(by_turn.in_view(10).start);
            by_turn.act(Action::Down, 10);
        }
        assert_eq!(seen, [0, 4, 13, 22]);
        by_turn.act(Action::Up, 10);
        assert_eq!(by_turn.in_view(10), 21..31);
        by_turn.follow();
        assert_eq!(by_turn.in_view(50), 0..40);
    }

    #[test]
    fn columns_cover_their_place() {
        let area = Rect::new(3, 1, 100, 20);
        assert_eq!(count_that_fits(area, 9), 3);
        let columns = columns(area, 3);
        let widths: Vec<u16> = columns.iter().map(|column| column.width).collect();
        assert_eq!(widths.iter().sum::<u16>(), 100);
        assert_eq!(columns[1].x, columns[0].right());
    }
}
