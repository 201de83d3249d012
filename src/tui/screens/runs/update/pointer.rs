//! Clicks and the mouse wheel.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{accept, by_turn};
use crate::base::ids::RunId;
use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::screens::runs::layout::inside;
use crate::tui::screens::runs::panes::text_area;
use crate::tui::screens::runs::state::{Focus, State};
use crate::tui::screens::runs::table::rows_area;

/// The number of lines that one step of the mouse wheel scrolls.
const WHEEL_LINES: isize = 3;

/// Handles a click, a drag or the mouse wheel.
pub(crate) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let areas = state.areas(context);
    if state.divider.mouse(event, [areas.table, areas.panes]) {
        return Vec::new();
    }
    let table = inside(areas.table);
    let has_heads = state.answer.is_none() && !state.is_zoomed;
    if has_heads && state.table.mouse_on_head(event, table, context) {
        return Vec::new();
    }
    let at = Position::new(event.column, event.row);
    let steps = match event.kind {
        MouseEventKind::ScrollDown => WHEEL_LINES,
        MouseEventKind::ScrollUp => -WHEEL_LINES,
        MouseEventKind::Down(MouseButton::Left) => 0,
        _ => return Vec::new(),
    };
    if state.answer.is_some() {
        return Vec::new();
    }
    let rows = rows_area(table);
    if rows.contains(at) {
        let height = usize::from(rows.height);
        if steps != 0 {
            state.table.wheel(steps, height, context.runs);
            return Vec::new();
        }
        state.focus = Focus::Table;
        let line = usize::from(at.y - rows.y);
        let clicked = state.table.click(line, height, context.runs);
        // A second click on the same row opens it.
        return if clicked == Some(true) {
            accept(state)
        } else {
            Vec::new()
        };
    }
    let tiles = state.panes.tiles();
    let Some(place) = tiles.iter().position(|tile| tile.contains(at)) else {
        return Vec::new();
    };
    let (Some(tile), Some(run)) = (
        tiles.get(place).copied(),
        state.panes.runs().get(place).cloned(),
    ) else {
        return Vec::new();
    };
    if !by_turn::wheel(state, steps, context) {
        in_pane(state, &run, tile, (at, steps), context);
    }
    if steps == 0 && !state.is_zoomed {
        state.focus = Focus::Pane(place);
    }
    Vec::new()
}

fn in_pane(
    state: &mut State,
    run: &RunId,
    tile: Rect,
    (at, steps): (Position, isize),
    context: &Context<'_>,
) {
    let Some(record) = context.runs.get(run).and_then(KeptRun::record) else {
        return;
    };
    let area = text_area(tile, record);
    if let Some(drawings) = state.panes.graph(record, context) {
        if steps != 0 {
            state.panes.with_graph(record, |scroll, visits| {
                drawings.wheel_run(scroll, steps, (record, visits), area.as_size());
            });
        }
        return;
    }
    let height = usize::from(area.height);
    let Some(transcript) = state.panes.transcript_mut(run) else {
        return;
    };
    if steps != 0 {
        transcript.wheel(steps, height);
    } else if transcript.has_mark_at(at, area) {
        transcript.follow();
    } else if area.contains(at) {
        transcript.click(usize::from(at.y - area.y), height);
    }
}
