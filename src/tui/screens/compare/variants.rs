//! A batch with varied specs as a matrix: the results for each row of inputs with each variant.

mod draw;
mod layout;

use crossterm::event::MouseEventKind;
use ratatui::layout::Position;

use self::layout::Layout;
use super::{MAX_RUNS, OF_HISTORY, open_past};
use crate::base::ids::{BatchId, RunId};
use crate::runs::Matrix;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::effect::{CompareSide, FileCommand};
use crate::tui::message::{Command, Message};
use crate::tui::runs_model::{RunsModel, variant_letter as letter};
use crate::tui::widgets::list::ListCursor;
pub(super) use draw::draw;

/// The variants of a batch, and the selected cell.
#[derive(Debug)]
pub(super) struct Variants {
    batch: BatchId,
    matrix: Matrix,
    /// The number of runs that were already read.
    n_seen: usize,
    list: ListCursor,
    column: usize,
    /// The runs of a batch of the history; `None` for a batch of this session.
    past: Option<Box<RunsModel>>,
}

impl Variants {
    pub(super) fn new(batch: BatchId) -> Self {
        Self {
            batch,
            matrix: Matrix::default(),
            n_seen: 0,
            list: ListCursor::default(),
            column: 0,
            past: None,
        }
    }

    /// Makes the matrix of a batch of the history with these runs.
    pub(super) fn of_past(batch: BatchId, runs: Box<RunsModel>) -> Self {
        Self {
            past: Some(runs),
            ..Self::new(batch)
        }
    }

    pub(super) const fn is_past(&self) -> bool {
        self.past.is_some()
    }

    /// Returns the model with the batch's runs: the past batch's own one, or the one of this
    /// session.
    pub(super) fn runs<'r>(&'r self, model: &'r RunsModel) -> &'r RunsModel {
        self.past.as_deref().unwrap_or(model)
    }

    pub(super) const fn batch(&self) -> &BatchId {
        &self.batch
    }

    /// Reads all runs again, because their positions have changed.
    pub(super) fn rewind(&mut self) {
        self.matrix = Matrix::default();
        self.n_seen = 0;
    }

    /// Reads new runs.
    pub(super) fn catch_up(&mut self, runs: &RunsModel) {
        let runs = self.past.as_deref().unwrap_or(runs);
        for (index, run) in runs.runs().enumerate().skip(self.n_seen) {
            if run.batch == self.batch {
                self.matrix.add(index, run);
            }
        }
        self.n_seen = runs.runs().len();
        self.column = self.column.min(self.matrix.n_columns().saturating_sub(1));
    }

    fn row(&self) -> usize {
        let last = self.matrix.n_rows().saturating_sub(1);
        self.list.selected().min(last)
    }

    /// Returns the runs of the selected cell by their positions in the order of launches.
    fn cell(&self) -> &[usize] {
        self.matrix.cell(self.row(), self.column)
    }

    /// Returns the first run of the selected row for each variant, always including the selected
    /// one; not more than can be compared.
    pub(super) fn runs_of_row(&self, runs: &RunsModel) -> Vec<RunId> {
        let runs = self.runs(runs);
        let row = self.row();
        let columns = 0..self.matrix.n_columns();
        let mut chosen: Vec<usize> = columns
            .filter(|column| !self.matrix.cell(row, *column).is_empty())
            .collect();
        if let Some(place) = chosen.iter().position(|column| *column == self.column)
            && place >= MAX_RUNS
        {
            chosen.swap(MAX_RUNS - 1, place);
        }
        let first = chosen
            .into_iter()
            .take(MAX_RUNS)
            .filter_map(|column| self.matrix.cell(row, column).first());
        first
            .filter_map(|index| Some(runs.at(*index)?.run.clone()))
            .collect()
    }

    /// Returns the first run of the selected cell.
    pub(super) fn run_of_cell(&self, runs: &RunsModel) -> Option<RunId> {
        let first = self.cell().first()?;
        Some(self.runs(runs).at(*first)?.run.clone())
    }

    pub(super) fn refusal(&self, action: Action, runs: &RunsModel) -> Option<&'static str> {
        match action {
            Action::Accept | Action::GoToRun if self.cell().is_empty() => {
                Some("no run had this input")
            }
            Action::GoToRun if self.is_past() => Some(OF_HISTORY),
            Action::CompareRuns if self.runs_of_row(runs).len() < 2 => {
                Some("this row has only one run")
            }
            Action::FindNext | Action::FindPrevious | Action::CopyDifferences => {
                Some("press c first, to see the runs of this row side by side")
            }
            Action::CompareRunSpecs if self.matrix.n_columns() < 2 => {
                Some("there is only one variant")
            }
            _ => None,
        }
    }

    /// Performs an action that is not refused.
    pub(super) fn act(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        self.catch_up(context.runs);
        let last = self.matrix.n_columns().saturating_sub(1);
        match action {
            Action::Left | Action::PreviousPane | Action::PaneLeft => {
                self.column = self.column.saturating_sub(1);
            }
            Action::Right | Action::NextPane | Action::PaneRight => {
                self.column = (self.column + 1).min(last);
            }
            Action::Accept if self.is_past() => {
                let run = self.run_of_cell(context.runs);
                return run.map(open_past).into_iter().collect();
            }
            Action::Accept | Action::GoToRun => {
                let runs = self.cell().iter();
                let runs = runs.filter_map(|index| Some(context.runs.at(*index)?.run.clone()));
                return vec![Command::Tell(Message::ShowRuns(runs.collect()))];
            }
            Action::CompareRunSpecs => return self.compare_specs(),
            _ => {
                let height = usize::from(Layout::new(self, context).body.height);
                self.list.act(action, self.matrix.n_rows(), height);
            }
        }
        Vec::new()
    }

    /// Compares the specs of the first variant and the selected one; if that is the first, the
    /// first two.
    fn compare_specs(&self) -> Vec<Command> {
        let other = self.column.max(1);
        let (Some(before), Some(after)) = (self.matrix.terms(0), self.matrix.terms(other)) else {
            return Vec::new();
        };
        vec![Command::file(FileCommand::Compare {
            title: format!("variant {} \u{2192} {}", letter(0), letter(other)),
            sides: [before, after].map(|terms| CompareSide::Kept(terms.clone())),
        })]
    }

    /// Handles a click. Returns whether the clicked cell was already selected.
    pub(super) fn click(&mut self, at: Position, context: &Context<'_>) -> bool {
        self.catch_up(context.runs);
        let layout = Layout::new(self, context);
        let column = layout.column_at(at.x);
        let before = (self.row(), self.column);
        if let Some(column) = column {
            self.column = column;
        }
        if !layout.body.contains(at) {
            return false;
        }
        let height = usize::from(layout.body.height);
        let view = self.list.in_view(self.matrix.n_rows(), height);
        let row = view.start + usize::from(at.y - layout.body.y);
        if row >= self.matrix.n_rows() {
            return false;
        }
        self.list.select(row);
        column.is_some() && before == (self.row(), self.column) && !self.cell().is_empty()
    }

    pub(super) fn turn(&mut self, event: MouseEventKind, context: &Context<'_>) {
        let height = usize::from(Layout::new(self, context).body.height);
        self.list.turn(event, self.matrix.n_rows(), height);
    }
}
