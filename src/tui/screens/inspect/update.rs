//! What actions do to the Inspect screen.

use std::sync::Arc;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::State;
use super::detail::{self, DetailLine, Tab};
use super::layout::Areas;
use super::state::{Pane, Shown};
use crate::runs::{KeptRun, Named, RunRecord, RunSummary};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::effect::TerminalCommand;
use crate::tui::fork::Place;
use crate::tui::history::{HistoryCommand, HistoryQuery};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::fork_dialog;
use crate::tui::screens::Screen;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::graph::Scroll;
use crate::tui::widgets::text_field::TextField;

/// Why an action would do nothing, in words that end a sentence; none if it does something.
pub(crate) fn refusal(
    state: &State,
    action: Action,
    context: &Context<'_>,
) -> Option<&'static str> {
    let is_of_run = matches!(
        action,
        Action::Accept
            | Action::CopyDetail
            | Action::FindInDetail
            | Action::FindNext
            | Action::FindPrevious
            | Action::ToggleWrap
            | Action::ToggleGraph
            | Action::ForkRun
            | Action::CompareWithParent
            | Action::Replay
    );
    let is_between_runs = matches!(
        action,
        Action::GoToRun | Action::NextRun | Action::PreviousRun
    );
    let run = run(state, context);
    let is_past = run.is_some_and(|run| context.runs.is_past(&run.run));
    match action {
        _ if is_between_runs && is_past => Some("that run is of the history"),
        _ if (is_of_run || is_between_runs) && run.is_none() => Some("no run is open"),
        _ if is_of_run && run.is_some_and(|run| run.record().is_none()) => {
            Some("what was said and done here was let go to keep memory bounded")
        }
        Action::Replay if !is_past && run.is_some_and(|run| !run.is_over()) => {
            Some("this run goes on: it can be replayed once it is over")
        }
        Action::CompareWithParent
            if run
                .and_then(KeptRun::record)
                .is_some_and(|run| run.forked_from.is_none()) =>
        {
            Some("this run is no fork")
        }
        Action::FindNext | Action::FindPrevious if state.needle.is_empty() => {
            Some("nothing is looked for yet")
        }
        _ => None,
    }
}

/// Does an action.
pub(crate) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if let Some(reason) = refusal(state, action, context) {
        return vec![Command::notify(Notice::refused(action, reason))];
    }
    if action == Action::Back {
        return back(state, context);
    }
    let Some(run) = run(state, context) else {
        return Vec::new();
    };
    match action {
        Action::NextRun => return neighbour(context, run, 1),
        Action::PreviousRun => return neighbour(context, run, -1),
        Action::GoToRun => return vec![Command::Tell(Message::ShowRun(run.run.clone()))],
        _ => {}
    }
    let Some(record) = run.record() else {
        return Vec::new();
    };
    if action == Action::ToggleGraph {
        return toggle_graph(state, record, context);
    }
    if state.pane == Pane::Spans && scroll_graph(state, action, record, context) {
        return Vec::new();
    }
    // Keys may come faster than frames.
    state.lay_out(record, context.area, context.now);
    let shown = state.shown(record, context.now);
    match action {
        Action::NextPane | Action::PreviousPane => {
            state.pane = match state.pane {
                Pane::Spans => Pane::Detail,
                Pane::Detail => Pane::Spans,
            };
        }
        Action::PaneLeft | Action::PaneUp => state.pane = Pane::Spans,
        Action::PaneRight | Action::PaneDown => state.pane = Pane::Detail,
        Action::Accept if state.find.is_some() => return look_for(state, record, context),
        Action::Accept => accept(state),
        Action::Left => turn(state, &shown, -1),
        Action::Right => turn(state, &shown, 1),
        Action::ToggleWrap => state.is_cut = !state.is_cut,
        Action::CopyDetail => return copy(state, &shown),
        Action::Replay => {
            let batch = context.runs.batch(&record.batch).cloned();
            let query = HistoryQuery::Replay {
                named: Named::Run(record.run.clone()),
                known: batch.map(|batch| (batch, Arc::clone(record))),
            };
            return vec![Command::history(HistoryCommand::Read(query))];
        }
        Action::CompareWithParent => return compare_with_parent(record, context),
        Action::ForkRun => {
            let place = Place {
                span: shown.span,
                entry: chosen_entry(state, &shown),
            };
            return vec![fork_dialog(record, place, context)];
        }
        Action::FindInDetail => state.find = Some(TextField::new(String::new())),
        Action::FindNext => return find(state, Step::Next),
        Action::FindPrevious => return find(state, Step::Previous),
        other => moved(state, other, &shown, context),
    }
    Vec::new()
}

fn run<'a>(state: &State, context: &Context<'a>) -> Option<&'a KeptRun> {
    let run = state.run.as_ref()?;
    context.runs.get(run)
}

/// One level back: the find bar goes, what was looked for, the spans have the focus, the graph follows what runs again, and
/// from there to the runs, of a past
/// run to the history.
fn back(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    if state.find.take().is_some() || !std::mem::take(&mut state.needle).is_empty() {
        return Vec::new();
    }
    if state.pane != Pane::Spans {
        state.pane = Pane::Spans;
    } else if state.has_graph && !state.graph.is_following() {
        state.graph.follow();
    } else {
        let is_past = |run| context.runs.is_past(run);
        let from = if state.run.as_ref().is_some_and(is_past) {
            Screen::History
        } else {
            Screen::Runs
        };
        return vec![Command::Tell(Message::Show(from))];
    }
    Vec::new()
}

/// Shows the graph in place of the tree, or the tree again.
fn toggle_graph(state: &mut State, record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    if context.runs.drawings(record).is_none() {
        let words = "flows, agents and teams have a graph; this has none";
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    state.has_graph = !state.has_graph;
    state.graph = Scroll::default();
    state.pane = Pane::Spans;
    Vec::new()
}

/// Moves the graph, if it is on show and the action moves.
fn scroll_graph(
    state: &mut State,
    action: Action,
    record: &RunRecord,
    context: &Context<'_>,
) -> bool {
    let Some(drawings) = context.runs.drawings(record).filter(|_| state.has_graph) else {
        return false;
    };
    let size = Areas::of(context.area, state.divider)
        .spans_inside()
        .as_size();
    drawings.scroll_run(&mut state.graph, action, record, size)
}

/// Goes to the run before or after this one.
fn neighbour(context: &Context<'_>, run: &RunSummary, step: isize) -> Vec<Command> {
    let runs = context.runs;
    let at = runs.index_of(&run.run);
    let next = at
        .and_then(|at| at.checked_add_signed(step))
        .and_then(|at| runs.at(at));
    next.map_or_else(Vec::new, |run| {
        vec![Command::Tell(Message::Inspect(run.run.clone()))]
    })
}

/// Takes what is written in the find bar.
fn look_for(state: &mut State, record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    // Without a word what was looked for last is looked for again.
    if let Some(field) = state.find.take()
        && !field.text().is_empty()
    {
        field.text().clone_into(&mut state.needle);
    }
    state.lay_out(record, context.area, context.now);
    find(state, Step::Here)
}

fn accept(state: &mut State) {
    let page = &state.page;
    let row = page.rows.get(state.lines.selected());
    let line = row.and_then(|row| page.lines.get(row.line));
    if state.pane == Pane::Spans {
        state.pane = Pane::Detail;
    } else if let Some((name, is_folded)) = line.and_then(|line| line.fold.as_ref()) {
        if *is_folded {
            state.folded.remove(name);
        } else {
            state.folded.insert(name.clone());
        }
    }
}

/// Goes to the tab before or after.
fn turn(state: &mut State, shown: &Shown<'_>, step: isize) {
    let Some(span) = shown.span else {
        return;
    };
    let tabs = Tab::of(span.kind);
    let at = tabs.iter().position(|tab| *tab == shown.tab).unwrap_or(0);
    if let Some(tab) = at.checked_add_signed(step).and_then(|at| tabs.get(at)) {
        state.tab = *tab;
        state.lines.select(0);
    }
}

fn copy(state: &State, shown: &Shown<'_>) -> Vec<Command> {
    let text: Vec<_> = state.page.lines.iter().map(DetailLine::text).collect();
    vec![Command::terminal(TerminalCommand::Copy {
        text: text.join("\n"),
        what: format!("the {}", shown.tab.name()),
    })]
}

/// Shows a fork beside the run that it comes from.
pub(crate) fn compare_with_parent(record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    record.forked_from.as_ref().map_or_else(Vec::new, |from| {
        let compare = HistoryCommand::side_by_side(&record.run, &from.run, context.runs);
        vec![Command::history(compare)]
    })
}

/// Number of the event that is selected where the events of the span are on show.
fn chosen_entry(state: &State, shown: &Shown<'_>) -> Option<u64> {
    if state.pane != Pane::Detail || shown.tab != Tab::Raw {
        return None;
    }
    let row = state.page.rows.get(state.lines.selected())?;
    let event = detail::event_at(&state.page.lines, row.line)?;
    Some(shown.span?.events.get(event)?.seq)
}

/// Goes to a place of what is looked for, round and round; says so if there is none.
fn find(state: &mut State, step: Step) -> Vec<Command> {
    if state.needle.is_empty() {
        return Vec::new();
    }
    if let Some(row) = state.page.found.go(state.lines.selected(), step) {
        state.pane = Pane::Detail;
        state.lines.select(row);
        return Vec::new();
    }
    let words = format!("no match for \"{}\"", state.needle);
    vec![Command::notify(Notice::info(words).until_key())]
}

fn moved(state: &mut State, action: Action, shown: &Shown<'_>, context: &Context<'_>) {
    let areas = Areas::of(context.area, state.divider);
    match state.pane {
        Pane::Spans => {
            let before = state.spans.selected();
            state.spans.act(action, shown.rows.len(), areas.span_rows());
            if state.spans.selected() != before {
                state.lines.select(0);
            }
        }
        Pane::Detail => {
            state
                .lines
                .act(action, state.page.rows.len(), areas.lines().height.into());
        }
    }
}

/// Takes a click or the wheel.
pub(crate) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let areas = Areas::of(context.area, state.divider);
    if state.divider.mouse(event, [areas.spans, areas.detail]) {
        return Vec::new();
    }
    let Some(record) = run(state, context).and_then(KeptRun::record) else {
        return Vec::new();
    };
    let shown = state.shown(record, context.now);
    let at = Position::new(event.column, event.row);
    let is_spans = areas.spans.contains(at);
    if let Some(drawings) = context.runs.drawings(record)
        && state.has_graph
        && is_spans
    {
        let size = areas.spans_inside().as_size();
        match event.kind {
            MouseEventKind::ScrollDown => drawings.wheel_run(&mut state.graph, 3, record, size),
            MouseEventKind::ScrollUp => drawings.wheel_run(&mut state.graph, -3, record, size),
            MouseEventKind::Down(MouseButton::Left) => state.pane = Pane::Spans,
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
                    .wheel(steps, shown.rows.len(), areas.span_rows());
            } else {
                state
                    .lines
                    .wheel(steps, state.page.rows.len(), lines.height.into());
            }
        }
        MouseEventKind::Down(MouseButton::Left) if is_spans => {
            state.pane = Pane::Spans;
            let first = state
                .spans
                .in_view(shown.rows.len(), areas.span_rows())
                .start;
            let row = usize::from(event.row.saturating_sub(areas.spans.y + 1));
            if event.row > areas.spans.y && first + row < shown.rows.len() {
                state.spans.select(first + row);
                state.lines.select(0);
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

/// Chooses the tab at a column of the row of tabs.
fn tab_clicked(state: &mut State, shown: &Shown<'_>, column: u16) {
    let Some(span) = shown.span else {
        return;
    };
    let mut end = 0;
    for tab in Tab::of(span.kind) {
        end += tab.name().len() + super::view::TAB_GAP.len();
        if usize::from(column) < end {
            state.tab = *tab;
            state.lines.select(0);
            return;
        }
    }
}
