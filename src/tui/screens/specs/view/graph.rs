//! Drawing the graph in place of the outline.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::tui::app::Look;
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::theme::Role;
use crate::tui::widgets::{graph::View, pane};

pub(super) fn draw(state: &State, look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Outline;
    pane::block("graph", has_focus, look).render(area, buffer);
    let inner = inside(area);
    let document = state.document();
    let Some(drawings) = document.and_then(|document| document.graph.as_ref()) else {
        let is_drawn = document.is_some_and(Document::is_drawn);
        let words = if is_drawn {
            "flows, agents and teams have a graph; this has none"
        } else {
            "drawing…"
        };
        let room = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(2),
            ..inner
        };
        Paragraph::new(words)
            .wrap(Wrap { trim: true })
            .style(look.theme.style(Role::Muted))
            .render(room, buffer);
        return;
    };
    let view = View {
        drawing: drawings.fitting(inner.width),
        scroll: state.graph,
        lit: None,
        marks: &[],
    };
    view.draw(look, area, inner, buffer);
}
