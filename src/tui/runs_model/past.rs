//! Runs of the history, shown like the runs of this session, but not counted.

use std::sync::Arc;

use super::RunsModel;
use crate::base::ids::{BatchId, RunId};
use crate::runs::KeptRun;
use crate::spec::Component;
use crate::tui::history::OpenedRun;

/// A run of the history that was opened.
#[derive(Clone, Debug)]
pub(super) struct PastRun {
    pub(super) run: KeptRun,
    /// The component that the run used, for its graph.
    pub(super) component: Option<Arc<Component>>,
}

impl RunsModel {
    /// Adds a run that was read from the history.
    pub(crate) fn add_past(&mut self, opened: OpenedRun) {
        let OpenedRun { record, component } = opened;
        let run = PastRun {
            run: KeptRun::Whole(record),
            component,
        };
        self.past.insert(run.run.run.clone(), run);
        self.has_undrawn = true;
    }

    /// Whether a run is only known from the history.
    pub(crate) fn is_past(&self, run: &RunId) -> bool {
        !self.runs.contains_key(run) && self.past.contains_key(run)
    }

    /// Keeps the past runs that are in use, and removes the others.
    pub(super) fn keep_past(&mut self, is_in_use: impl Fn(&RunId) -> bool) {
        let before = self.past.len();
        self.past.retain(|run, _| is_in_use(run));
        if self.past.len() == before {
            return;
        }
        let is_wanted = |batch: &BatchId| {
            self.batches.contains_key(batch)
                || self.past.values().any(|past| past.run.batch == *batch)
        };
        self.drawings.retain(|batch, _| is_wanted(batch));
    }
}
