//! Suggestions for solving failures, in the words of the screen.

use crate::runs::RunRecord;
use crate::trace::{Failure, RunState};

/// Returns what the person can do about a failure of a run; `None` if nothing is known.
pub(crate) fn hint<'f>(run: &RunRecord, failure: &'f Failure) -> Option<&'f str> {
    let is_end = run.error.as_ref() == Some(failure);
    if is_end && run.state == RunState::TimedOut {
        return Some("raise `timeout` in the launch dialog");
    }
    failure.hint.as_deref()
}
