//! The spans of a run, one per row: the tree on the left, and on the right a bar with the span's
//! position in the time of the run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::State;
use super::span_tree::{Guide, SpanRow};
use super::spans::{Scale, lanes_words, row_label};
use super::state::Pane;
use crate::base::duration;
use crate::base::text::{ellipsis, width_cells};
use crate::runs::RunRecord;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::{pane, span_sign};

/// The width of a duration, in cells.
const DURATION_CELLS: usize = 8;

/// Draws the visible rows within a border. The bars are scaled to the run, or to the visible rows
/// that are at the selected row's level or deeper.
pub(super) fn draw(
    state: &State,
    record: &RunRecord,
    look: &ViewContext<'_>,
    (frame, inner): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let len = state.tree.len();
    state.spans.scroll_bar(len, frame, look, buffer);
    let in_view = state.spans.in_view(len, inner.height.into());
    let rows = state.tree.rows(in_view.clone());
    let mut scale = Scale::of(record, look.context.now);
    if state.is_near {
        let depth = |row: &SpanRow| record.spans.get(row.index).map(|span| span.depth);
        let least = state.span.and_then(|span| record.spans.get(span));
        let least = least.map(|span| span.depth);
        let near = rows.iter().filter(|row| depth(row) >= least);
        scale = scale.over(near.filter_map(|row| record.spans.get(row.index)));
    }
    let rests = scale.rests(record);
    for ((at, row), y) in in_view.zip(&rows).zip(inner.y..) {
        let line = pane::line(inner, y);
        draw_row(row, record, (scale, &rests), look, line, buffer);
        if at == state.spans.selected() {
            let has_focus = state.pane == Pane::Spans;
            buffer.set_style(line, pane::selected(has_focus, look));
        }
    }
}

fn draw_row(
    row: &SpanRow,
    record: &RunRecord,
    (scale, rests): (Scale, &[(f64, f64)]),
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(span) = record.spans.get(row.index) else {
        return;
    };
    let now = look.context.now;
    let (muted, width) = (look.theme.style(Role::Muted), usize::from(area.width));
    let (sign, role) = span_sign::of(record, span, look.glyphs, now);
    let role = match role {
        Role::Success if span.ended_at.is_some() => Role::Text,
        role => role,
    };
    let label_cells = (width * 3 / 5).max(width.saturating_sub(40));
    let (left, label_end) = (area.x, area.x + cells(label_cells));
    let room = |from: u16| usize::from(label_end.saturating_sub(from));
    let guides = guides(&row.guides, look.glyphs.caret.is_ascii());
    let (x, _) = buffer.set_stringn(left, area.y, guides, label_cells, muted);
    let x = if row.is_folded {
        let fold = format!("{} ", look.glyphs.closed);
        buffer.set_stringn(x, area.y, fold, room(x), muted).0
    } else {
        x
    };
    // State is not told by colour alone.
    let name = if role == Role::Text || role == Role::Accent {
        row_label(row, span)
    } else {
        format!("{sign} {}", row_label(row, span))
    };
    let name = ellipsis(&name, room(x));
    let style = look.theme.style(role);
    let (x, _) = buffer.set_stringn(x, area.y, name, room(x), style);
    let left = room(x).saturating_sub(2);
    let active = record.active_between(span.started_at, span.ended_at, now);
    let end = span.ended_at.unwrap_or_else(|| record.latest(now));
    let waited = end.since(span.started_at).saturating_sub(active);
    let words = lanes_words(row.lanes, waited, left);
    buffer.set_stringn(x + 2, area.y, words, left, muted);
    let bar_cells = width.saturating_sub(label_cells + DURATION_CELLS + 2);
    let bar = Rect {
        x: label_end + 1,
        width: cells(bar_cells),
        ..area
    };
    if let Some(place) = scale.place(span) {
        draw_bar((place, rests), role, look, bar, buffer);
    }
    let time = format!("{:>DURATION_CELLS$}", duration::fine(active));
    let x = area.right().saturating_sub(cells(width_cells(&time)));
    buffer.set_stringn(x, area.y, time, DURATION_CELLS, muted);
}

/// Returns the connecting lines of the tree before a row. The lines between siblings that were
/// active at the same time are double.
fn guides(guides: &[Guide], is_ascii: bool) -> String {
    let mut lines = String::new();
    for (level, guide) in guides.iter().enumerate() {
        let is_own = level + 1 == guides.len();
        let (unicode, ascii) = match (is_own, guide.goes_on, guide.is_parallel) {
            (true, true, false) => ("├ ", "|-"),
            (true, false, false) => ("└ ", "`-"),
            (false, true, false) => ("│ ", "| "),
            (true, true, true) => ("╟ ", "|="),
            (true, false, true) => ("╙ ", "`="),
            (false, true, true) => ("║ ", "| "),
            (false, false, _) => ("  ", "  "),
        };
        lines.push_str(if is_ascii { ascii } else { unicode });
    }
    lines
}

/// Draws a bar between two fractions of its area, at least one cell wide; thin where the run
/// waited.
fn draw_bar(
    ((begin, end), rests): ((f64, f64), &[(f64, f64)]),
    role: Role,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let width = f64::from(area.width);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are fractions of a width in cells"
    )]
    let (begin, end) = ((begin * width) as u16, (end * width).ceil() as u16);
    let begin = begin.min(area.width.saturating_sub(1));
    let length = end.saturating_sub(begin).clamp(1, area.width.max(1));
    let role = if role == Role::Text { Role::Info } else { role };
    let rested = |x: u16| {
        let middle = (f64::from(x) + 0.5) / width;
        rests.iter().any(|rest| (rest.0..rest.1).contains(&middle))
    };
    for x in begin..begin + length.min(area.width.saturating_sub(begin)) {
        let (sign, role) = if rested(x) {
            (look.glyphs.progress_rest, Role::Muted)
        } else {
            (look.glyphs.bar, role)
        };
        buffer.set_string(area.x + x, area.y, sign, look.theme.style(role));
    }
}

fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
