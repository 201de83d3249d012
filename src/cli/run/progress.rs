//! The progress bar on standard error: the number of ended runs, the rate and the remaining time.

use std::collections::HashMap;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::ids::RunId;
use crate::trace::{RunEvent, RunEventBody, RunState};

/// A bar with counts.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    states: HashMap<RunId, RunState>,
}

impl Progress {
    /// Makes a bar for `n_runs` runs. It is hidden if standard error is not a terminal.
    pub(super) fn new(n_runs: usize) -> Self {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(n_runs as u64), target);
        let template = "{bar:24} {pos}/{len}  {msg}  {per_sec}  eta {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Self {
            bar,
            states: HashMap::new(),
        }
    }

    /// Updates the counts from an event.
    pub(super) fn take(&mut self, event: &RunEvent) {
        let state = match &event.body {
            RunEventBody::StateChanged { state } => *state,
            RunEventBody::Ended { state, .. } => {
                self.bar.inc(1);
                *state
            }
            RunEventBody::Planned(_)
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. }
            | RunEventBody::Operated { .. }
            | RunEventBody::Traced(_) => return,
        };
        self.states.insert(event.run.clone(), state);
        self.bar.set_message(self.counts());
    }

    /// Returns the number of runs in each state, without runs that have not begun.
    fn counts(&self) -> String {
        let counts = RunState::ALL.into_iter().filter_map(|state| {
            let count = self.states.values().filter(|its| **its == state).count();
            (count > 0).then(|| format!("{count} {}", state.name().replace('_', " ")))
        });
        counts.collect::<Vec<_>>().join(" · ")
    }

    /// Hides the bar while something else is written to the terminal.
    pub(super) fn above(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
