//! The detail of the selected cell: its runs and the result of the first one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Variants;
use super::super::layout::{Layout, variant_words};
use super::came_to;
use crate::base::text::{ellipsis, sanitised};
use crate::trace::RunState;
use crate::tui::app::ViewContext;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Tone, wrap};

/// Draws the names of the selected cell's runs and the result of the first one, as far as there is
/// room.
pub(super) fn draw(
    variants: &Variants,
    layout: Layout,
    look: &ViewContext<'_>,
    buffer: &mut Buffer,
) {
    let (theme, runs) = (look.theme, look.context.runs);
    let area = layout.detail;
    if area.height < 3 {
        return;
    }
    let dash = look.glyphs.border.horizontal_top;
    let dashes = dash.repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, dashes, theme.style(Role::Border));
    let cell = variants.cell();
    let room = usize::from(area.width);
    let Some(first) = cell.first().and_then(|index| runs.at(*index)) else {
        let words = "no run of this variant had this input";
        buffer.set_string(area.x, area.y + 1, words, theme.style(Role::Muted));
        return;
    };
    let names: Vec<String> = cell
        .iter()
        .filter_map(|index| Some(runs.short_name(runs.at(*index)?)))
        .take(room / 4)
        .collect();
    let names = ellipsis(&names.join(", "), room / 2);
    let style = theme.bold(Role::Text);
    let (x, _) = buffer.set_stringn(area.x, area.y + 1, names, room, style);
    let (word, role) = runs.state_words(first);
    let sign = look.glyphs.state(first.state, look.context.now);
    let state = format!("  {sign} {word}");
    let left = |x: u16| usize::from(area.right().saturating_sub(x));
    let (x, _) = buffer.set_stringn(x, area.y + 1, state, left(x), theme.style(role));
    let variant = variant_words(&variants.matrix, variants.column);
    let what = format!("{}  {variant}", runs.row_name(first));
    let what = ellipsis(what.trim(), left(x).saturating_sub(2));
    buffer.set_string(x + 2, area.y + 1, what, theme.style(Role::Muted));
    let text = Rect {
        y: area.y + 2,
        height: area.height - 2,
        ..area
    };
    let (line, style) = came_to(first, look);
    let said = match first.record() {
        Some(record) if is_good(record.state) && record.outputs.is_empty() => {
            sanitised(record.last_words())
        }
        _ => line,
    };
    let most = usize::from(text.height);
    let rows = said.lines().flat_map(|line| {
        let line = line.replace('\t', "    ");
        wrap(
            &[Piece::new(line, Tone::of(Role::Text))],
            room,
            &Indent::default(),
        )
    });
    // One more than has room says whether there is more.
    let mut rows: Vec<String> = rows.take(most + 1).map(|row| row.text()).collect();
    if rows.len() > most {
        rows.truncate(most);
        if let Some(last) = rows.last_mut() {
            *last = ellipsis(&format!("{last} \u{2026}"), room);
        }
    }
    for (row, y) in rows.iter().zip(text.y..text.bottom()) {
        buffer.set_string(text.x, y, row, style);
    }
}

/// Whether a run has given its answer.
const fn is_good(state: RunState) -> bool {
    matches!(state, RunState::Answered | RunState::Finished)
}
