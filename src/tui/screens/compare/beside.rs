//! Runs side by side: their numbers at the top, and below them their messages and actions turn by
//! turn.

mod draw;
mod layout;
mod rows;

use crossterm::event::MouseEventKind;
use ratatui::layout::{Position, Rect};

use self::layout::Layout;
use self::rows::{BodyRow, body_rows};
use super::open_past;
use crate::base::ids::RunId;
use crate::runs::Words;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::effect::{CompareSide, FileCommand, TerminalCommand};
use crate::tui::history::{ComparedRuns, HistoryCommand};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::list::ListCursor;
pub(super) use draw::draw;

/// The runs that are compared.
#[derive(Debug)]
pub(super) struct Beside {
    runs: Vec<RunId>,
    /// The last comparison or its error; `None` before the first one.
    compared: Option<Result<ComparedRuns, String>>,
    /// The number of events of each run at the last request.
    asked_at: Vec<u64>,
    /// Whether a requested comparison has not arrived yet.
    is_awaited: bool,
    rows: Vec<BodyRow>,
    /// The columns for which the rows were made.
    laid_out: Option<Layout>,
    list: ListCursor,
    /// The index of the run to which keys apply.
    focus: usize,
    /// The runs that were only known from the history.
    past: Vec<RunId>,
}

impl Beside {
    /// Makes the comparison of runs; keys apply to the run at index `focus`.
    pub(super) fn new(runs: Vec<RunId>, focus: usize, model: &RunsModel) -> Self {
        let is_past = |run: &&RunId| model.get(run).is_none() || model.is_past(run);
        Self {
            past: runs.iter().filter(is_past).cloned().collect(),
            runs,
            compared: None,
            asked_at: Vec::new(),
            is_awaited: false,
            rows: Vec::new(),
            laid_out: None,
            list: ListCursor::default(),
            focus,
        }
    }

    pub(super) fn runs(&self) -> &[RunId] {
        &self.runs
    }

    /// Whether there is nothing to show yet.
    pub(super) const fn is_unread(&self) -> bool {
        !matches!(self.compared, Some(Ok(_)))
    }

    /// Whether one of the runs has a varied spec.
    fn has_varied(&self) -> bool {
        let compared = self
            .compared
            .as_ref()
            .and_then(|compared| compared.as_ref().ok());
        compared.is_some_and(|compared| {
            let mut runs = compared.runs.iter();
            runs.any(|run| !run.terms.settings.is_empty())
        })
    }

    /// Returns the command that compares again if the runs have new events.
    pub(super) fn refresh(&mut self, model: &RunsModel) -> Option<Command> {
        let runs = self.runs.iter();
        let events = runs.map(|run| model.get(run).map_or(0, |run| run.events));
        let events: Vec<u64> = events.collect();
        if self.is_awaited || self.asked_at == events {
            return None;
        }
        let is_first = self.asked_at.is_empty();
        self.asked_at = events;
        self.is_awaited = true;
        let command = HistoryCommand::compare(&self.runs, is_first, model);
        Some(Command::history(command))
    }

    pub(super) fn take(&mut self, result: Result<ComparedRuns, String>) {
        self.is_awaited = false;
        self.compared = Some(result);
        self.laid_out = None;
    }

    /// Makes the rows for this area, unless they already fit it.
    pub(super) fn lay_out(&mut self, area: Rect) {
        let layout = Layout::new(area, self.runs.len(), self.focus);
        let is_same = self
            .laid_out
            .is_some_and(|known| known.cells == layout.cells);
        self.laid_out = Some(layout);
        if !is_same && let Some(Ok(compared)) = &self.compared {
            self.rows = body_rows(&compared.comparison, usize::from(layout.cells));
        }
    }

    /// Performs an action that is not refused.
    pub(super) fn act(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        self.lay_out(context.area);
        let focused = || self.runs.get(self.focus).cloned();
        match action {
            Action::Left | Action::PreviousPane | Action::PaneLeft => {
                self.focus = self.focus.saturating_sub(1);
            }
            Action::Right | Action::NextPane | Action::PaneRight => {
                self.focus = (self.focus + 1).min(self.runs.len().saturating_sub(1));
            }
            Action::Accept => {
                let run = focused().into_iter();
                let inspect = |run| match context.runs.get(&run) {
                    Some(_) => Command::Tell(Message::Inspect(run)),
                    None => open_past(run),
                };
                return run.map(inspect).collect();
            }
            Action::GoToRun => {
                let run = focused().into_iter();
                return run
                    .map(|run| Command::Tell(Message::ShowRun(run)))
                    .collect();
            }
            Action::FindNext | Action::FindPrevious => {
                return self.go(action == Action::FindNext);
            }
            Action::CopyDifferences => {
                return vec![Command::terminal(TerminalCommand::Copy {
                    text: self.differences(context.runs),
                    what: "the differences".to_owned(),
                })];
            }
            Action::CompareRunSpecs => return self.compare_specs(context.runs),
            _ => {
                let height = usize::from(Layout::body(context.area, self.has_varied()).height);
                self.list.act(action, self.rows.len(), height);
            }
        }
        Vec::new()
    }

    /// Moves to the next or the previous different part.
    fn go(&mut self, is_forward: bool) -> Vec<Command> {
        let differs = |row: usize| self.rows.get(row).is_some_and(BodyRow::begins_difference);
        if self.list.select_next(self.rows.len(), is_forward, differs) {
            return Vec::new();
        }
        vec![Command::notify(Notice::no_difference(is_forward))]
    }

    /// Returns the differences as text: each part with its name and the words of each run.
    fn differences(&self, model: &RunsModel) -> String {
        let Some(Ok(compared)) = &self.compared else {
            return String::new();
        };
        let names = self.names(model);
        let mut lines = Vec::new();
        for turn in &compared.comparison.turns {
            for part in turn.parts.iter().filter(|part| !part.is_same) {
                let turn = turn.number.map_or_else(
                    || "outcome".to_owned(),
                    |number| format!("turn {number} {}", part.title),
                );
                lines.push(turn.trim_end().to_owned());
                for (name, side) in names.iter().zip(&part.sides) {
                    let words = |words: &Vec<Words>| -> String {
                        words.iter().map(|words| words.text.as_str()).collect()
                    };
                    let text = side.as_ref().map_or_else(|| "-".to_owned(), words);
                    lines.push(format!("  {name}: {text}"));
                }
            }
        }
        lines.join("\n")
    }

    /// Returns the display names of the runs.
    fn names(&self, model: &RunsModel) -> Vec<String> {
        let read = self.compared.as_ref();
        let read = read.and_then(|compared| compared.as_ref().ok());
        let read = read.map(|compared| compared.runs.as_slice());
        let read = read.unwrap_or_default();
        let names = self.runs.iter().enumerate().map(|(place, id)| {
            let known = model.get(id).map(|run| model.name(run));
            let known = known.or_else(|| read.get(place).map(|run| model.name(run)));
            known.unwrap_or_else(|| id.to_string())
        });
        names.collect()
    }

    /// Whether all runs can still be read; runs of this session can until they are removed.
    pub(super) fn is_there(&self, model: &RunsModel) -> bool {
        let mut runs = self.runs.iter();
        runs.all(|run| self.past.contains(run) || model.get(run).is_some())
    }

    /// Whether the run to which keys apply is from the history.
    pub(super) fn is_at_past(&self) -> bool {
        let focused = self.runs.get(self.focus);
        focused.is_some_and(|run| self.past.contains(run))
    }

    /// Compares the meaning of the first run's spec and the spec of the run to which keys apply.
    fn compare_specs(&self, model: &RunsModel) -> Vec<Command> {
        let Some(Ok(compared)) = &self.compared else {
            return Vec::new();
        };
        let other = self.focus.max(1);
        let names = self.names(model);
        match (compared.runs.first(), compared.runs.get(other)) {
            (Some(before), Some(after)) => vec![Command::file(FileCommand::Compare {
                title: format!("{} \u{2192} {}", names[0], names[other]),
                sides: [&before.terms, &after.terms].map(|terms| CompareSide::Kept(terms.clone())),
            })],
            _ => Vec::new(),
        }
    }

    pub(super) fn click(&mut self, at: Position, area: Rect) {
        let layout = Layout::new(area, self.runs.len(), self.focus);
        if let Some(run) = layout.run_at(at.x) {
            self.focus = run;
        }
        let body = Layout::body(area, self.has_varied());
        if body.contains(at) {
            let view = self.list.in_view(self.rows.len(), usize::from(body.height));
            let row = view.start + usize::from(at.y - body.y);
            self.list.select(row.min(self.rows.len().saturating_sub(1)));
        }
    }

    pub(super) fn turn(&mut self, event: MouseEventKind, area: Rect) {
        let height = usize::from(Layout::body(area, self.has_varied()).height);
        self.list.turn(event, self.rows.len(), height);
    }
}
