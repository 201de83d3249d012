//! The effects of actions while the team is shown.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::runs::RunRecord;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::screens::inspect::State;
use crate::tui::screens::inspect::layout::Areas;
use crate::tui::screens::inspect::state::Pane;

/// The number of rows that one step of the mouse wheel moves.
const WHEEL_STEPS: isize = 3;

/// Performs an action on the tree or the thread. Returns whether the action was one.
pub(in crate::tui::screens::inspect) fn update(
    state: &mut State,
    action: Action,
    record: &RunRecord,
    context: &Context<'_>,
) -> bool {
    let areas = state.areas(context.area);
    match (state.pane, action) {
        (_, Action::Accept) if state.find.is_some() => return false,
        (Pane::Spans, Action::Accept) => state.pane = Pane::Detail,
        (
            Pane::Spans,
            Action::Up
            | Action::Down
            | Action::First
            | Action::Last
            | Action::HalfPageUp
            | Action::HalfPageDown
            | Action::PageUp
            | Action::PageDown,
        ) => state.team.act_in_tree(action, record, areas.span_rows()),
        (Pane::Spans, Action::Left | Action::Right) => {}
        (Pane::Detail, Action::Accept | Action::Left | Action::Right) => {
            let is_open = match action {
                Action::Left => Some(false),
                Action::Right => Some(true),
                _ => None,
            };
            state.team.transcript().set_fold(is_open);
        }
        (Pane::Detail, action) => {
            let height = usize::from(areas.thread().height);
            return state.team.transcript().act(action, height);
        }
        (Pane::Spans, _) => return false,
    }
    true
}

/// Handles a click or the mouse wheel.
pub(in crate::tui::screens::inspect) fn mouse(
    state: &mut State,
    event: MouseEvent,
    record: &RunRecord,
    areas: Areas,
) {
    let at = Position::new(event.column, event.row);
    let (is_tree, inside) = (areas.spans.contains(at), areas.spans_inside());
    let thread = areas.thread();
    let height = usize::from(thread.height);
    let steps = match event.kind {
        MouseEventKind::ScrollDown => WHEEL_STEPS,
        MouseEventKind::ScrollUp => -WHEEL_STEPS,
        MouseEventKind::Down(MouseButton::Left) if is_tree => {
            state.pane = Pane::Spans;
            if inside.contains(at) {
                let line = usize::from(event.row - inside.y);
                state.team.click_tree(line, record, areas.span_rows());
            }
            return;
        }
        MouseEventKind::Down(MouseButton::Left) if areas.detail.contains(at) => {
            state.pane = Pane::Detail;
            if thread.contains(at) {
                let line = usize::from(event.row - thread.y);
                state.team.transcript().click(line, height);
            }
            return;
        }
        _ => return,
    };
    if is_tree {
        state.team.wheel_in_tree(steps, record, areas.span_rows());
    } else {
        state.team.transcript().wheel(steps, height);
    }
}
