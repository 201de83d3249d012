//! How much memory the detail of runs takes, and which is let go when it is too much.

use std::collections::VecDeque;

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::RunId;
use crate::trace::RunEvent;

/// The cost of an event beside its text, in the ledger and on the screen, which both keep what it
/// led to.
const EVENT_BYTES: usize = 1024;

/// How many bytes of memory a byte of an event's text costs, for the same reason.
const COPIES: usize = 3;

/// The detail of all runs. That of a run which goes on is kept in any case and not counted.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// About how many bytes are kept of runs that are over; none keeps all and counts nothing.
    max_bytes: Option<usize>,
    going: HashMap<RunId, usize>,
    /// The runs that are over and have their detail, in the order of their ends.
    over: VecDeque<(RunId, usize)>,
    /// Bytes of those that are over.
    bytes: usize,
}

impl Details {
    pub(super) fn new(max_bytes: Option<usize>) -> Self {
        Self {
            max_bytes,
            ..Self::default()
        }
    }

    /// Counts an event of a run that goes on. A piece of an answer is no detail: the answer has it.
    pub(super) fn grow(&mut self, event: &RunEvent) {
        if self.max_bytes.is_none() || event.body.is_piece() {
            return;
        }
        let bytes = EVENT_BYTES + COPIES * event.body.bytes();
        *self.going.entry(event.run.clone()).or_default() += bytes;
    }

    /// A run is over. Gives those whose detail is to be let go, maybe this one too.
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

    /// Runs are forgotten.
    pub(super) fn forget(&mut self, runs: &HashSet<&RunId>) {
        self.going.retain(|run, _| !runs.contains(run));
        self.over.retain(|(run, _)| !runs.contains(run));
        self.bytes = self.over.iter().map(|(_, bytes)| bytes).sum();
    }
}
