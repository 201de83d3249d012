//! Drawing of the Specs screen.

mod graph;
mod outline;
mod problems;
mod tabs;
mod text;
mod tree;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{State, assist, layout};
use crate::tui::app::ViewContext;

pub(super) use tabs::file_at;

/// Draws the screen. Returns the cursor position if a text has the focus.
pub(crate) fn draw(
    state: &State,
    look: &ViewContext<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let areas = layout::areas(state, area);
    if let Some(pane) = areas.tree {
        tree::draw(state, look, pane, buffer);
    }
    if let Some(pane) = areas.problems {
        problems::draw(state, look, pane, buffer);
    }
    if let Some(pane) = areas.outline {
        if state.has_graph {
            graph::draw(state, look, pane, buffer);
        } else {
            outline::draw(state, look, pane, buffer);
        }
    }
    let cursor = areas
        .editor
        .and_then(|pane| text::draw(state, look, &areas, pane, buffer));
    if let Some(cursor) = cursor {
        assist::draw(state, look, area, cursor, buffer);
    }
    cursor
}
