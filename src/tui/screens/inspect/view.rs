//! Drawing the Inspect screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
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
    let block = pane::block("inspect", true, look);
    let inner = block.inner(area);
    block.render(area, buffer);
    let run = state
        .run
        .as_ref()
        .and_then(|run| look.context.runs.get(run));
    let words = run.map_or_else(
        || "no run is open: choose one on the Runs screen".to_owned(),
        |run| run.label(),
    );
    Paragraph::new(words)
        .style(look.theme.style(Role::Muted))
        .render(inner, buffer);
    None
}
