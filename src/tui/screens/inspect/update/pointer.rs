//! The effects of clicks and the mouse wheel on the Inspect screen.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::run;
use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::screens::inspect::detail::Tab;
use crate::tui::screens::inspect::state::{Pane, Shown, Shows};
use crate::tui::screens::inspect::{State, team, view};

/// Handles a click or the mouse wheel.
pub(in crate::tui::screens::inspect) fn mouse(
    state: &mut State,
    event: MouseEvent,
    context: &Context<'_>,
) -> Vec<Command> {
    let areas = state.areas(context.area);
    if state.divider.mouse(event, [areas.spans, areas.detail]) {
        return Vec::new();
    }
    let Some(record) = run(state, context).and_then(KeptRun::record) else {
        return Vec::new();
    };
    let shown = state.shown(record);
    let at = Position::new(event.column, event.row);
    let is_spans = areas.spans.contains(at);
    if state.has_team() {
        team::mouse(state, event, record, areas);
        return Vec::new();
    }
    if let Some(drawings) = context.runs.drawings(record)
        && state.shows == Shows::Graph
        && is_spans
    {
        let size = areas.spans_inside().as_size();
        state.visits.update(record);
        let run = (&**record, &state.visits);
        match event.kind {
            MouseEventKind::ScrollDown => drawings.wheel_run(&mut state.graph, 3, run, size),
            MouseEventKind::ScrollUp => drawings.wheel_run(&mut state.graph, -3, run, size),
            MouseEventKind::Down(MouseButton::Left) => {
                state.pane = Pane::Spans;
                let inside = areas.spans_inside();
                if inside.contains(at) {
                    let cell = Position::new(at.x - inside.x, at.y - inside.y);
                    let clicked = drawings.at(state.graph, run, size, cell);
                    state.chosen_box = clicked.or(state.chosen_box.take());
                }
            }
            _ => {}
        }
        return Vec::new();
    }
    let lines = areas.lines();
    match event.kind {
        MouseEventKind::ScrollDown | MouseEventKind::ScrollUp => {
            let steps = if event.kind == MouseEventKind::ScrollDown {
                3
            } else {
                -3
            };
            if is_spans {
                state
                    .spans
                    .wheel(steps, state.tree.len(), areas.span_rows());
                state.choose_row();
            } else {
                state
                    .lines
                    .wheel(steps, state.page.rows.len(), lines.height.into());
            }
        }
        MouseEventKind::Down(MouseButton::Left) if is_spans => {
            state.pane = Pane::Spans;
            let len = state.tree.len();
            let in_view = state.spans.in_view(len, areas.span_rows());
            let row = usize::from(event.row.saturating_sub(areas.spans.y + 1));
            if event.row > areas.spans.y && in_view.contains(&(in_view.start + row)) {
                state.spans.select(in_view.start + row);
                state.choose_row();
            }
        }
        MouseEventKind::Down(MouseButton::Left) if areas.detail.contains(at) => {
            state.pane = Pane::Detail;
            if event.row + 1 == lines.y {
                tab_clicked(state, &shown, event.column.saturating_sub(lines.x));
            } else if lines.contains(at) {
                let view = state
                    .lines
                    .in_view(state.page.rows.len(), lines.height.into());
                let row = view.start + usize::from(event.row - lines.y);
                if view.contains(&row) {
                    state.lines.select(row);
                }
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Selects the tab at a column.
fn tab_clicked(state: &mut State, shown: &Shown<'_>, column: u16) {
    let Some(span) = shown.span else {
        return;
    };
    let mut end = 0;
    for tab in Tab::of(span.kind) {
        end += tab.name().len() + view::TAB_GAP.len();
        if usize::from(column) < end {
            state.tab = *tab;
            state.lines.select(0);
            return;
        }
    }
}
