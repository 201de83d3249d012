//! The graph, which can be shown instead of the outline.

use std::sync::Arc;

use ratatui::layout::Size;

use crate::tui::action::Action;
use crate::tui::effect::{DrawSubject, Effect};
use crate::tui::message::Command;
use crate::tui::screens::specs::layout::{Areas, inside};
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::graph::{Drawings, Scroll};

/// Switches between the graph and the outline.
pub(super) fn toggle(state: &mut State) -> Vec<Command> {
    state.has_graph = !state.has_graph;
    state.focus = if state.has_graph {
        Focus::Outline
    } else {
        Focus::Tree
    };
    state.graph = Scroll::default();
    due(state)
}

/// Returns the command that draws the graph, if it is shown and the drawing of the last checked
/// text is missing.
pub(super) fn due(state: &mut State) -> Vec<Command> {
    if !state.has_graph {
        return Vec::new();
    }
    let Some(path) = state.current.clone() else {
        return Vec::new();
    };
    let Some(document) = state.document_mut() else {
        return Vec::new();
    };
    let Some((version, component)) = document.take_undrawn() else {
        return Vec::new();
    };
    vec![Command::Outside(Effect::Draw {
        subject: DrawSubject::Spec { path, version },
        component,
        has_marks: false,
    })]
}

/// Stores a drawing, unless the text is no longer shown.
pub(crate) fn drawn(
    state: &mut State,
    path: &std::path::Path,
    version: u64,
    drawings: Option<Arc<Drawings>>,
) {
    if let Some(document) = state.documents.get_mut(path) {
        document.take_drawing(version, drawings);
    }
}

/// Scrolls the graph by an action.
pub(super) fn act(state: &mut State, action: Action, areas: &Areas) {
    let (drawings, size) = shown(state, areas);
    if let Some(drawings) = drawings {
        let drawing = drawings.fitting(size);
        state.graph.act(action, drawing, size, None);
    }
}

/// Scrolls the graph by rows of the mouse wheel.
pub(super) fn wheel(state: &mut State, rows: isize, areas: &Areas) {
    let (drawings, size) = shown(state, areas);
    if let Some(drawings) = drawings {
        let drawing = drawings.fitting(size);
        state.graph.wheel(rows, drawing, size, None);
    }
}

fn shown(state: &State, areas: &Areas) -> (Option<Arc<Drawings>>, Size) {
    let inner = inside(areas.outline.unwrap_or_default());
    let document = state.document();
    let drawings = document.and_then(|document| document.graph.clone());
    (drawings, Size::new(inner.width, inner.height))
}
