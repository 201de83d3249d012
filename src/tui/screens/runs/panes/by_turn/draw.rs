//! Drawing of a column: the visible lines of its run, each turn below a line with its number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{ByTurn, Column};
use crate::base::text::width_cells;
use crate::runs::RunRecord;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;
use crate::tui::widgets::transcript::Transcript;

/// Draws the visible part of the column at an index in `area`, without its border.
pub(in crate::tui::screens::runs) fn draw(
    by_turn: &ByTurn,
    place: usize,
    (record, transcript): (&RunRecord, &Transcript),
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(column) = by_turn.columns.get(place) else {
        return;
    };
    let view = by_turn.in_view(usize::from(area.height));
    let turns = by_turn.starts.windows(2).enumerate();
    for (turn, bounds) in turns {
        let [start, end] = *bounds else { continue };
        if end <= view.start || start >= view.end {
            continue;
        }
        // The lines of the turn that are in view, counted from its first.
        let shown = view.start.max(start) - start..view.end.min(end) - start;
        let top = area.y + u16::try_from(start + shown.start - view.start).unwrap_or(0);
        let part = Rect {
            y: top,
            height: u16::try_from(shown.len()).unwrap_or(0),
            ..area
        };
        let mut y = part.y;
        let rows = column.rows_of(turn);
        for line in shown.clone() {
            if line == 0 {
                rule(column, turn, look, pane::line(part, y), buffer);
            } else if let Some(row) = rows.get(line - 1) {
                row.draw(look.theme, pane::line(part, y), buffer);
            } else {
                break;
            }
            y += 1;
        }
        let above = 1 + rows.len();
        let lines = column.lines_of(turn);
        let first = lines.start + shown.start.saturating_sub(above);
        let room = usize::from(part.bottom().saturating_sub(y));
        let rest = Rect {
            y,
            height: part.bottom().saturating_sub(y),
            ..part
        };
        let said = first.min(lines.end)..lines.end.min(first + room);
        transcript.draw_lines(record, (said, None), look, rest, buffer);
    }
}

/// Draws the scroll bar on the border of a column.
pub(in crate::tui::screens::runs) fn scroll_bar(
    by_turn: &ByTurn,
    tile: Rect,
    height: u16,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let first = by_turn.in_view(usize::from(height)).start;
    let around = Rect {
        height: height + 2,
        ..tile
    };
    pane::scroll_bar(around, first, by_turn.total(), look, buffer);
}

/// Draws the line above a turn: thin if the run has not reached it, and in another colour if the
/// run differs from the others there.
fn rule(column: &Column, turn: usize, look: &ViewContext<'_>, line: Rect, buffer: &mut Buffer) {
    let theme = look.theme;
    let left = column.left.as_ref();
    let is_leaving = left.is_some_and(|left| left.turn == turn);
    let has_left = left.is_some_and(|left| left.turn < turn);
    let is_there = turn < column.n_turns();
    let words = if is_there {
        format!(" turn {} ", turn + 1)
    } else {
        String::new()
    };
    let style = match (is_leaving || has_left, is_there) {
        (true, true) => theme.style(Role::Warning),
        (_, true) => theme.style(Role::Muted),
        (_, false) => theme.style(Role::Border),
    };
    let dash = look.glyphs.border.horizontal_top;
    let after = usize::from(line.width).saturating_sub(width_cells(&words) + 1);
    let text = format!("{dash}{words}{}", dash.repeat(after));
    buffer.set_stringn(line.x, line.y, text, usize::from(line.width), style);
}
