//! The state of the Compare screen.

use super::beside::Beside;
use super::variants::Variants;
use crate::base::ids::{BatchId, RunId};
use crate::tui::history::ComparedRuns;
use crate::tui::message::Command;
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::Screen;

/// The maximum number of compared runs; more don't fit side by side.
pub(crate) const MAX_RUNS: usize = 4;

/// The comparison and its view.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) subject: Subject,
    /// The matrix from which the shown runs were opened, to return to.
    pub(super) behind: Option<Box<Variants>>,
    /// Whether the compared runs were chosen on History, to which `Esc` returns.
    pub(super) is_of_history: bool,
}

/// The shown comparison.
#[derive(Debug, Default)]
pub(super) enum Subject {
    #[default]
    Nothing,
    /// Runs side by side.
    Runs(Box<Beside>),
    /// The variants of a batch.
    Matrix(Box<Variants>),
}

impl State {
    /// Compares runs and requests the needed data.
    pub(crate) fn show_runs(&mut self, runs: Vec<RunId>, model: &RunsModel) -> Vec<Command> {
        self.show_runs_at(runs, 1, model)
    }

    /// Compares runs; keys apply to the run at the given index.
    pub(super) fn show_runs_at(
        &mut self,
        runs: Vec<RunId>,
        focus: usize,
        model: &RunsModel,
    ) -> Vec<Command> {
        if let Subject::Runs(beside) = &self.subject
            && beside.runs() == runs
        {
            return Vec::new();
        }
        self.behind = match std::mem::take(&mut self.subject) {
            Subject::Matrix(variants) => Some(variants),
            Subject::Nothing | Subject::Runs(_) => None,
        };
        self.subject = Subject::Runs(Box::new(Beside::new(runs, focus, model)));
        self.refresh(model)
    }

    /// Shows the variants of a batch of the history with these runs.
    pub(crate) fn show_past_batch(&mut self, batch: BatchId, runs: Box<RunsModel>) {
        self.behind = None;
        self.is_of_history = true;
        self.subject = Subject::Matrix(Box::new(Variants::of_past(batch, runs)));
    }

    /// Records on which screen the next comparison was chosen.
    pub(crate) fn chosen_on(&mut self, screen: Screen) {
        self.is_of_history = screen == Screen::History;
    }

    /// Whether there is no comparison.
    pub(crate) const fn is_empty(&self) -> bool {
        matches!(self.subject, Subject::Nothing)
    }

    /// Shows the variants of a batch.
    pub(crate) fn show_batch(&mut self, batch: &BatchId) {
        let is_shown = matches!(&self.subject, Subject::Matrix(known) if known.batch() == batch);
        if !is_shown {
            self.behind = None;
            self.subject = Subject::Matrix(Box::new(Variants::new(batch.clone())));
        }
    }

    /// Shows the most likely comparison for the marked runs and the current batch of the Runs
    /// screen. The present comparison stays if neither can be compared.
    pub(crate) fn show_likely(
        &mut self,
        marked: Vec<RunId>,
        batch: Option<&BatchId>,
        model: &RunsModel,
    ) -> Vec<Command> {
        if (2..=MAX_RUNS).contains(&marked.len()) {
            return self.show_runs(marked, model);
        }
        let varied = batch.filter(|batch| model.of_variants(batch).len() > 1);
        let is_of_batch = |batch: &BatchId| match &self.subject {
            Subject::Nothing => false,
            Subject::Matrix(variants) => variants.batch() == batch,
            Subject::Runs(beside) => {
                let runs = beside.runs().iter().filter_map(|run| model.get(run));
                runs.into_iter().all(|run| run.batch == *batch)
            }
        };
        if let Some(batch) = varied.filter(|batch| !is_of_batch(batch)) {
            self.show_batch(batch);
        }
        Vec::new()
    }

    /// Compares the shown runs again if they have new events; only one request is active at a time.
    pub(crate) fn refresh(&mut self, model: &RunsModel) -> Vec<Command> {
        match &mut self.subject {
            Subject::Runs(beside) => beside.refresh(model).into_iter().collect(),
            Subject::Nothing | Subject::Matrix(_) => Vec::new(),
        }
    }

    /// Stores the comparison or its error.
    pub(crate) fn take(
        &mut self,
        runs: &[RunId],
        result: Result<ComparedRuns, String>,
        model: &RunsModel,
    ) -> Vec<Command> {
        if let Subject::Runs(beside) = &mut self.subject
            && beside.runs() == runs
        {
            beside.take(result);
        }
        self.refresh(model)
    }

    /// Whether a run is shown, so that its details must be kept.
    pub(crate) fn uses(&self, run: &RunId) -> bool {
        matches!(&self.subject, Subject::Runs(beside) if beside.runs().contains(run))
    }

    /// Removes comparisons of runs that no longer exist.
    pub(crate) fn runs_forgotten(&mut self, model: &RunsModel) {
        let has_batch =
            |variants: &Variants| variants.is_past() || model.batch(variants.batch()).is_some();
        self.behind = self.behind.take().filter(|variants| has_batch(variants));
        if let Some(variants) = &mut self.behind {
            variants.rewind();
        }
        match &mut self.subject {
            Subject::Matrix(variants) if has_batch(variants) => variants.rewind(),
            Subject::Runs(beside) if beside.is_there(model) => {}
            subject => *subject = Subject::Nothing,
        }
    }
}
