//! Drawing of the graph that is shown instead of the outline.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::tui::app::ViewContext;
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::layout::inside;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::{graph::View, pane};

pub(super) fn draw(state: &State, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) {
    let has_focus = state.focus == Focus::Outline;
    let document = state.document();
    let drawings = document.and_then(|document| document.graph.as_ref());
    let is_unreadable = document.is_some_and(Document::is_unreadable);
    let title = if is_unreadable && drawings.is_some() {
        "graph of an earlier text"
    } else {
        "graph"
    };
    pane::block(title, has_focus, look).render(area, buffer);
    let inner = inside(area);
    let Some(drawings) = drawings else {
        let words = if is_unreadable {
            "there is no graph while the text can't be read"
        } else if document.is_some_and(Document::is_drawn) {
            "flows, agents and teams have a graph; this has none"
        } else {
            "drawing…"
        };
        pane::remark(words, look, inner, buffer);
        return;
    };
    let view = View {
        drawing: drawings.fitting(inner.as_size()),
        scroll: state.graph,
        lit: None,
        chosen: None,
        marks: &[],
    };
    view.draw(look, area, inner, buffer);
}
