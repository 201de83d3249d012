//! The effects of actions on the Inspect screen.

mod handing_on;
mod pointer;

use std::sync::Arc;

pub(crate) use handing_on::copy_command;
pub(super) use pointer::mouse;

use super::State;
use super::detail::{self, Tab};
use super::state::{Pane, Shown, Shows};
use super::team;
use crate::base::keeping::Keeping;
use crate::runs::{KeptRun, Named, RunRecord, RunSummary, SpanRecord, ToolCallRecord};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::fork::{ForkSource, Place};
use crate::tui::history::{HistoryCommand, HistoryQuery};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Overlay, fork_dialog};
use crate::tui::runs_model::OF_TRACE;
use crate::tui::screens::Screen;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::graph::Scroll;
use crate::tui::widgets::text_field::TextField;

/// Returns why an action would have no effect, as the end of a sentence; `None` if it has one.
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
            | Action::ToggleFold
            | Action::ZoomTime
            | Action::ToggleTeam
            | Action::ToggleGraph
            | Action::ForkRun
            | Action::CallAgain
            | Action::CopyPath
            | Action::CopyCommand
            | Action::OpenInEditor
            | Action::ExportRun
            | Action::CompareWith
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
        _ if is_between_runs && is_past => Some("that run is in the history"),
        _ if (is_of_run || is_between_runs) && run.is_none() => Some("no run is open"),
        _ if is_of_run && run.is_some_and(|run| run.record().is_none()) => {
            Some("its detail was dropped to save memory")
        }
        Action::ForkRun | Action::CallAgain | Action::CopyCommand
            if run.is_some_and(|run| context.runs.is_of_trace(run)) =>
        {
            Some(OF_TRACE)
        }
        Action::Replay if !is_past && run.is_some_and(|run| !run.is_over()) => {
            Some("this run is not over: it can be replayed once it is")
        }
        Action::CompareWithParent
            if run
                .and_then(KeptRun::record)
                .is_some_and(|run| run.forked_from.is_none()) =>
        {
            Some("this run is not a fork")
        }
        Action::CallAgain
            if run
                .and_then(KeptRun::record)
                .is_some_and(|run| called(state, run).is_none()) =>
        {
            Some("choose a tool call: only these can be made again")
        }
        Action::CompareWith
            if context
                .runs
                .runs()
                .all(|other| Some(&other.run) == state.run.as_ref()) =>
        {
            Some("there is no other run here: History has the past runs")
        }
        Action::CopyPath if state.path().is_none() => Some("no value of JSON is under the cursor"),
        Action::ToggleTeam if state.team.is_empty() => {
            Some("no member of this run speaks to another one")
        }
        Action::ToggleFold | Action::ZoomTime
            if state.shows == Shows::Graph || state.has_team() =>
        {
            Some("the spans are not shown")
        }
        Action::ToggleWrap if state.has_team() => Some("conversations are always wrapped"),
        Action::FindNext | Action::FindPrevious if state.needle.is_empty() => {
            Some("nothing was searched for yet")
        }
        _ => None,
    }
}

/// Performs an action.
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
    state.lay_out(record, context);
    if state.has_team() && team::update(state, action, record, context) {
        return Vec::new();
    }
    let shown = state.shown(record);
    if let Some(commands) = handing_on::act(state, action, (record, &shown), context) {
        return commands;
    }
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
        Action::ToggleFold if !state.toggle_fold() => {
            let words = "there is nothing in this span";
            return vec![Command::notify(Notice::info(words).until_key())];
        }
        Action::ToggleFold => {}
        Action::ToggleTeam => {
            state.shows = state.shows.or_spans(Shows::Team);
            state.pane = Pane::Spans;
            state.lay_out(record, context);
        }
        Action::ZoomTime => {
            state.is_near = !state.is_near;
            let words = if state.is_near {
                "the bars are scaled to the spans in view"
            } else {
                "the bars are scaled to the run"
            };
            return vec![Command::notify(Notice::info(words).until_key())];
        }
        Action::ToggleWrap => {
            state.is_cut = !state.is_cut;
            let words = if state.is_cut {
                "long lines are cut"
            } else {
                "long lines are wrapped"
            };
            return vec![Command::notify(Notice::info(words).until_key())];
        }
        Action::CallAgain => return call_again(state, record, context),
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
                span: shown.span.filter(|_| !state.has_team()),
                entry: chosen_entry(state, &shown),
            };
            return vec![fork_dialog(record, place, context)];
        }
        Action::FindInDetail => {
            state.find = Some(TextField::selected(state.needle.clone()));
        }
        Action::FindNext => return find(state, Step::Next, record, context),
        Action::FindPrevious => return find(state, Step::Previous, record, context),
        other => moved(state, other, context),
    }
    Vec::new()
}

fn run<'a>(state: &State, context: &Context<'a>) -> Option<&'a KeptRun> {
    let run = state.run.as_ref()?;
    context.runs.get(run)
}

/// Goes back one level: closes the find bar, removes the search, moves the focus to the spans, lets
/// the graph follow the run again, and finally returns to the screen from which the run was opened.
fn back(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    if state.find.take().is_some() || !std::mem::take(&mut state.needle).is_empty() {
        state.team.forget_found();
        return Vec::new();
    }
    if state.pane != Pane::Spans {
        state.pane = Pane::Spans;
    } else if state.shows == Shows::Graph
        && (!state.graph.is_following() || state.chosen_box.is_some())
    {
        state.chosen_box = None;
        state.graph.follow();
    } else {
        let is_past = |run| context.runs.is_past(run);
        let from = match state.way_back {
            Some(screen) => screen,
            None if state.run.as_ref().is_some_and(is_past) => Screen::History,
            None => Screen::Runs,
        };
        return vec![Command::Tell(Message::Show(from))];
    }
    Vec::new()
}

/// Switches between the graph and the tree.
fn toggle_graph(state: &mut State, record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    if context.runs.drawings(record).is_none() {
        let words = if record.terms.keeping == Keeping::All {
            "flows, agents and teams have a graph; this has none"
        } else {
            "the spec of this run was not recorded, so it has no graph"
        };
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    state.shows = state.shows.or_spans(Shows::Graph);
    state.graph = Scroll::default();
    state.chosen_box = None;
    state.pane = Pane::Spans;
    Vec::new()
}

/// Selects another box of the graph or scrolls the graph, if it is shown and the action does this.
fn scroll_graph(
    state: &mut State,
    action: Action,
    record: &RunRecord,
    context: &Context<'_>,
) -> bool {
    let Some(drawings) = context
        .runs
        .drawings(record)
        .filter(|_| state.shows == Shows::Graph)
    else {
        return false;
    };
    let size = state.areas(context.area).spans_inside().as_size();
    let from = (state.chosen_box.as_deref(), action);
    state.visits.update(record);
    let run = (record, &state.visits);
    if let Some(next) = drawings.step(&mut state.graph, from, run, size) {
        state.chosen_box = Some(next);
        state.lines.select(0);
        return true;
    }
    let is_step = matches!(
        action,
        Action::Left | Action::Right | Action::Up | Action::Down
    );
    is_step || drawings.scroll_run(&mut state.graph, action, run, size)
}

/// Shows the next or the previous run.
fn neighbour(context: &Context<'_>, run: &RunSummary, step: isize) -> Vec<Command> {
    let runs = context.runs;
    let at = runs.index_of(&run.run);
    let next = at
        .and_then(|at| at.checked_add_signed(step))
        .and_then(|at| runs.at(at));
    let words = if step > 0 {
        "this is the last run"
    } else {
        "this is the first run"
    };
    let none = || vec![Command::notify(Notice::info(words).until_key())];
    next.map_or_else(none, |run| {
        vec![Command::Tell(Message::Inspect(run.run.clone()))]
    })
}

/// Searches for the text in the find bar.
fn look_for(state: &mut State, record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    // Without a word what was looked for last is looked for again.
    if let Some(field) = state.find.take()
        && !field.text().is_empty()
    {
        field.text().clone_into(&mut state.needle);
    }
    find(state, Step::Here, record, context)
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

/// Shows the next or the previous tab.
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

/// Returns the tool call of the selected span.
fn called<'r>(
    state: &State,
    record: &'r RunRecord,
) -> Option<(&'r SpanRecord, &'r ToolCallRecord)> {
    let span = record.spans.get(state.span?)?;
    let mut calls = record.tool_calls.iter();
    let call = calls.find(|call| call.span.as_ref() == Some(&span.id))?;
    Some((span, call)).filter(|_| !state.has_team())
}

/// Opens the dialog that repeats the selected call.
fn call_again(state: &State, record: &Arc<RunRecord>, context: &Context<'_>) -> Vec<Command> {
    called(state, record).map_or_else(Vec::new, |(span, call)| {
        vec![Command::open(Overlay::call_again(
            (
                context.runs.name(record),
                (record.run.clone(), call.id.clone()),
            ),
            ForkSource::of(record, context.runs),
            span.component.clone(),
            &call.arguments,
            state.kept_call(&record.run, &call.id),
        ))]
    })
}

/// Compares a fork with its original run.
pub(crate) fn compare_with_parent(record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    record.forked_from.as_ref().map_or_else(Vec::new, |from| {
        let compare = HistoryCommand::side_by_side(&record.run, &from.run, context.runs);
        vec![Command::history(compare)]
    })
}

/// Returns the number of the selected event, if the span's events are shown.
fn chosen_entry(state: &State, shown: &Shown<'_>) -> Option<u64> {
    if state.pane != Pane::Detail || shown.tab != Tab::Raw || state.has_team() {
        return None;
    }
    let row = state.page.rows.get(state.lines.selected())?;
    let event = detail::event_at(&state.page.lines, row.line)?;
    Some(shown.span?.events.get(event)?.seq)
}

/// Moves to the next or the previous match, wrapping around; shows a notice if there is none.
fn find(state: &mut State, step: Step, record: &RunRecord, context: &Context<'_>) -> Vec<Command> {
    if state.needle.is_empty() {
        return Vec::new();
    }
    state.open_folds_of_needle(record, context);
    state.lay_out(record, context);
    if state.has_team() {
        let height = state.areas(context.area).thread().height;
        let looked_for = (state.needle.as_str(), step);
        if state.team.find(record, looked_for, height.into(), context) {
            state.pane = Pane::Detail;
            return Vec::new();
        }
    } else if let Some(row) = state.page.found.go(state.lines.selected(), step) {
        state.pane = Pane::Detail;
        state.lines.select(row);
        return Vec::new();
    }
    let words = format!("no match for \"{}\"", state.needle);
    vec![Command::notify(Notice::info(words).until_key())]
}

fn moved(state: &mut State, action: Action, context: &Context<'_>) {
    let areas = state.areas(context.area);
    match state.pane {
        Pane::Spans => {
            state.spans.act(action, state.tree.len(), areas.span_rows());
            state.choose_row();
        }
        Pane::Detail => {
            state
                .lines
                .act(action, state.page.rows.len(), areas.lines().height.into());
        }
    }
}
