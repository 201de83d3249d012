//! Clicks, drags and the mouse wheel.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{focus, open, tabs, to_outline_item, to_problem};
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::screens::specs::assist;
use crate::tui::screens::specs::layout::{self, Areas, inside};
use crate::tui::screens::specs::problem_lines;
use crate::tui::screens::specs::state::{Focus, State, TabMeans};
use crate::tui::screens::specs::tree::RowKind;
use crate::tui::screens::specs::view;
use crate::tui::widgets::editor::{cursor_cell, position_at};

/// The number of lines or rows that one step of the mouse wheel scrolls.
const WHEEL_STEP: isize = 3;

/// Handles a click, a drag or the mouse wheel.
pub(crate) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let areas = layout::areas(state, context.area);
    if let (Some(side), Some(text)) = (areas.side(), areas.editor)
        && state.divider.mouse(event, [side, text])
    {
        return Vec::new();
    }
    let at = Position::new(event.column, event.row);
    if matches!(event.kind, MouseEventKind::Down(_)) {
        let cursor = state
            .document()
            .and_then(|document| cursor_cell(&document.editor, areas.text()));
        let row = cursor.and_then(|cursor| assist::row_at(state, context.area, cursor, at));
        if let Some(row) = row {
            return assist::choose(state, row, &areas);
        }
        state.assist.close();
    }
    let tab = areas
        .editor
        .and_then(|pane| view::file_at(state, context.glyphs, pane, at));
    if let Some(path) = tab {
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                state.focus = Focus::Editor;
                return tabs::to(state, &path);
            }
            MouseEventKind::Down(MouseButton::Middle) => return tabs::ask_to_close(state, &path),
            _ => {}
        }
    }
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => press(state, &areas, at, context),
        MouseEventKind::Drag(MouseButton::Left) if state.is_dragging => {
            drag(state, &areas, at);
            Vec::new()
        }
        MouseEventKind::Up(MouseButton::Left) => {
            state.is_dragging = false;
            Vec::new()
        }
        MouseEventKind::ScrollUp => wheel(state, &areas, at, -WHEEL_STEP),
        MouseEventKind::ScrollDown => wheel(state, &areas, at, WHEEL_STEP),
        _ => Vec::new(),
    }
}

fn holds(pane: Option<Rect>, at: Position) -> bool {
    pane.is_some_and(|pane| pane.contains(at))
}

/// Returns the row of a list under the mouse.
fn row_at(pane: Option<Rect>, first: usize, len: usize, at: Position) -> Option<usize> {
    let inner = inside(pane?);
    let row = first + usize::from(at.y.checked_sub(inner.y)?);
    (inner.contains(at) && row < len).then_some(row)
}

fn press(state: &mut State, areas: &Areas, at: Position, context: &Context<'_>) -> Vec<Command> {
    if holds(areas.find, at) {
        state.focus = Focus::Find;
        if let (Some(find), Some(area)) = (&mut state.find, areas.find) {
            find.is_replacing = at.y > area.y;
        }
    } else if holds(areas.editor, at) {
        state.focus = Focus::Editor;
        state.tab = TabMeans::Indent;
        let text = areas.text();
        if text.contains(at)
            && let Some(document) = state.document_mut()
        {
            let (line, column) = position_at(&document.editor, text, at);
            document.editor.go_to(line, column, areas.text_size());
            state.is_dragging = true;
        }
    } else if holds(areas.tree, at) {
        state.focus = Focus::Tree;
        return press_tree(state, areas, at);
    } else if holds(areas.problems, at) {
        // As it was on show when it was pressed.
        let inner = inside(areas.problems.unwrap_or_default());
        let lines = problem_lines::in_view(state, context.glyphs, inner);
        let line = usize::from(at.y.saturating_sub(inner.y));
        let pressed = lines.get(line).map(|(problem, _)| *problem);
        focus(state, Focus::Problems);
        if let Some(problem) = pressed.filter(|_| inner.contains(at)) {
            state.problems.select(problem);
            to_problem(state, areas);
        }
    } else if holds(areas.outline, at) && state.has_graph {
        state.focus = Focus::Outline;
    } else if holds(areas.outline, at) {
        state.focus = Focus::Outline;
        let len = state.outline().len();
        let first = state.outline.in_view(len, Areas::rows(areas.outline)).start;
        if let Some(row) = row_at(areas.outline, first, len, at) {
            state.outline.select(row);
            to_outline_item(state, areas);
        }
    }
    Vec::new()
}

fn press_tree(state: &mut State, areas: &Areas, at: Position) -> Vec<Command> {
    let len = state.tree.rows().len();
    let first = state
        .tree
        .cursor
        .in_view(len, Areas::rows(areas.tree))
        .start;
    let Some(row) = row_at(areas.tree, first, len, at) else {
        return Vec::new();
    };
    state.tree.cursor.select(row);
    let Some(row) = state.tree.selected().cloned() else {
        return Vec::new();
    };
    match row.kind {
        RowKind::Folder { .. } => {
            state.tree.toggle(&row.path);
            Vec::new()
        }
        RowKind::File(_) => open(state, &row.path),
    }
}

fn drag(state: &mut State, areas: &Areas, at: Position) {
    let text = areas.text();
    let at = Position::new(
        at.x.clamp(text.x, text.right().saturating_sub(1)),
        at.y.clamp(text.y, text.bottom().saturating_sub(1)),
    );
    if let Some(document) = state.document_mut() {
        let editor = &mut document.editor;
        let to = position_at(editor, text, at);
        editor.drag_to(to, areas.text_size());
    }
}

fn wheel(state: &mut State, areas: &Areas, at: Position, steps: isize) -> Vec<Command> {
    if holds(areas.editor, at) {
        let size = areas.text_size();
        if let Some(document) = state.document_mut() {
            document.editor.wheel(steps, size);
        }
    } else if holds(areas.tree, at) {
        let len = state.tree.rows().len();
        state.tree.cursor.wheel(steps, len, Areas::rows(areas.tree));
        return super::show_selected(state);
    } else if holds(areas.problems, at) {
        let len = state.problems().len();
        state
            .problems
            .wheel(steps, len, Areas::rows(areas.problems));
    } else if holds(areas.outline, at) && state.has_graph {
        super::graph::wheel(state, steps, areas);
    } else if holds(areas.outline, at) {
        let len = state.outline().len();
        state.outline.wheel(steps, len, Areas::rows(areas.outline));
    }
    Vec::new()
}
