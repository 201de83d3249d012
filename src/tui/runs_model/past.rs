//! Runs of the history among those of this session: shown like any other, counted among none.

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
    /// The component that it ran, for its graph.
    pub(super) component: Option<Arc<Component>>,
}

impl RunsModel {
    /// Takes a run that was read in the history.
    pub(crate) fn add_past(&mut self, opened: OpenedRun) {
        let OpenedRun { record, component } = opened;
        let run = PastRun {
            run: KeptRun::Whole(record),
            component,
        };
        self.past.insert(run.run.run.clone(), run);
        self.has_undrawn = true;
    }

    /// Whether a run is known of the history alone.
    pub(crate) fn is_past(&self, run: &RunId) -> bool {
        !self.runs.contains_key(run) && self.past.contains_key(run)
    }

    /// Keeps the past runs that are in use.
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
