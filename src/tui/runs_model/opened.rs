//! Runs of opened traces, shown and compared like the runs of this session, but never changed.

use std::sync::Arc;

use super::RunsModel;
use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchRecord, KeptRun, OpenedTrace, RunSummary};

/// The reason why no action applies to a run of a trace; the end of a sentence.
pub(crate) const OF_TRACE: &str =
    "it was opened from a trace and is read-only: launch its spec to run it here";

impl RunsModel {
    /// Adds the runs of a trace. Returns the names of their batches: `t1`.
    pub(crate) fn add_opened(&mut self, trace: OpenedTrace) -> Vec<String> {
        let mut added = Vec::new();
        for opened in trace.batches {
            let batch = BatchRecord {
                number: self.opened.len(),
                ..opened.batch
            };
            let id = batch.id.clone();
            self.opened.insert(id.clone());
            self.batches.insert(id.clone(), Arc::new(batch));
            for run in opened.runs {
                self.note_inputs(&run);
                self.runs.insert(run.run.clone(), KeptRun::Whole(run));
            }
            added.push(self.batch_letter(&id));
        }
        self.has_undrawn = true;
        self.count_all();
        added
    }

    /// Whether a batch belongs to an opened trace, so that it can't be changed.
    pub(crate) fn is_opened(&self, batch: &BatchId) -> bool {
        self.opened.contains(batch)
    }

    /// Whether a run belongs to an opened trace.
    pub(crate) fn is_of_trace(&self, run: &RunSummary) -> bool {
        self.is_opened(&run.batch)
    }

    /// Adds the runs of opened traces again after a snapshot, which doesn't contain them.
    pub(super) fn take_back_opened(&mut self, before: &mut HashMap<RunId, KeptRun>) {
        let mut of_traces: Vec<KeptRun> = Vec::new();
        before.retain(|_, run| {
            let is_of_trace = self.opened.contains(&run.batch);
            if is_of_trace {
                of_traces.push(run.clone());
            }
            !is_of_trace
        });
        of_traces.sort_by(|one, other| (&one.batch, one.index).cmp(&(&other.batch, other.index)));
        let of_traces = of_traces.into_iter();
        self.runs
            .extend(of_traces.map(|run| (run.run.clone(), run)));
    }
}
