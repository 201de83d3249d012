//! Drawing the Specs screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget};

use super::State;
use crate::tui::app::Look;
use crate::tui::theme::Role;
use crate::tui::widgets::pane;

/// Draws the screen. Returns where the cursor stands, if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let [left, right] =
        Layout::horizontal([Constraint::Length(32), Constraint::Fill(1)]).areas(area);
    let block = pane::block("specs", true, look);
    let inner = block.inner(left);
    block.render(left, buffer);
    let in_view = state.list.in_view(state.files.len(), inner.height.into());
    let first = in_view.start;
    let rows: Vec<Line<'_>> = state.files[in_view]
        .iter()
        .enumerate()
        .map(|(at, file)| {
            let name = file.path.strip_prefix(&state.root).unwrap_or(&file.path);
            let line = Line::styled(name.display().to_string(), look.theme.style(Role::Text));
            if first + at == state.list.selected() {
                line.patch_style(look.theme.selection())
            } else {
                line
            }
        })
        .collect();
    Paragraph::new(rows).render(inner, buffer);
    pane::scroll_bar(left, first, state.files.len(), look, buffer);
    let block = pane::block("text", false, look);
    let inner = block.inner(right);
    block.render(right, buffer);
    let document = state.current().and_then(|path| state.documents.get(path));
    if let Some(document) = document {
        Paragraph::new(&*document.text).render(inner, buffer);
    }
    None
}
