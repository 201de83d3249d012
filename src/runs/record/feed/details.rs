//! The memory for the details of runs, and the choice of details to drop.

use std::collections::VecDeque;

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::RunId;
use crate::trace::RunEvent;

/// The memory of an event in bytes, in addition to its text, in the ledger and on the screen, both
/// of which keep its effects.
const EVENT_BYTES: usize = 1024;

/// The number of copies of an event's text in memory, for the same reason.
const COPIES: usize = 3;

/// The details of all runs. Those of active runs are always kept and not counted.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// The approximate maximum memory for ended runs, in bytes; `None` keeps everything without
    /// counting.
    max_bytes: Option<usize>,
    going: HashMap<RunId, usize>,
    /// The ended runs that have their details, in the order of their ends, with the size of each.
    over: VecDeque<(RunId, usize)>,
    /// The total size of ended runs, in bytes.
    bytes: usize,
}

impl Details {
    pub(super) fn new(max_bytes: Option<usize>) -> Self {
        Self {
            max_bytes,
            ..Self::default()
        }
    }

    /// Counts an event of an active run. A piece of an answer does not count, because the complete
    /// answer contains it.
    pub(super) fn grow(&mut self, event: &RunEvent) {
        if self.max_bytes.is_none() || event.body.is_piece() {
            return;
        }
        let bytes = EVENT_BYTES + COPIES * event.body.bytes();
        *self.going.entry(event.run.clone()).or_default() += bytes;
    }

    /// Records the end of a run. Returns the runs whose details are to be dropped, possibly
    /// including this one.
    pub(super) fn end(&mut self, run: RunId) -> Vec<RunId> {
        let Some(max_bytes) = self.max_bytes else {
            return Vec::new();
        };
        let bytes = self.going.remove(&run).unwrap_or_default();
        self.bytes += bytes;
        self.over.push_back((run, bytes));
        let mut let_go = Vec::new();
        while self.bytes > max_bytes
            && let Some((run, bytes)) = self.over.pop_front()
        {
            self.bytes -= bytes;
            let_go.push(run);
        }
        let_go
    }

    /// Removes forgotten runs.
    pub(super) fn forget(&mut self, runs: &HashSet<&RunId>) {
        self.going.retain(|run, _| !runs.contains(run));
        self.over.retain(|(run, _)| !runs.contains(run));
        self.bytes = self.over.iter().map(|(_, bytes)| bytes).sum();
    }
}
