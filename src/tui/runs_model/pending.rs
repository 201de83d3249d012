//! The commands that runs received and have not performed yet, so that the screen shows them as
//! pending.

use super::RunsModel;
use crate::base::ids::RunId;
use crate::runs::{RunSummary, RunsCommand, Target};
use crate::trace::RunState;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::theme::Role;

/// A command that a run has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PendingCommand {
    /// Cancel the run.
    Cancel,
    /// Pause after the present step.
    Pause,
}

impl PendingCommand {
    const fn word(self) -> &'static str {
        match self {
            Self::Cancel => "cancelling",
            Self::Pause => "pausing",
        }
    }

    /// Whether a run has not performed the command yet.
    fn is_ahead_of(self, run: &RunSummary) -> bool {
        !run.is_over() && (self == Self::Cancel || run.state != RunState::Paused)
    }
}

impl RunsModel {
    /// Records a command that was sent to runs.
    pub(crate) fn note_pending(&mut self, command: &RunsCommand) {
        match command {
            RunsCommand::Cancel(target) => self.set_pending(target, Some(PendingCommand::Cancel)),
            RunsCommand::PauseAtOnce(target) => {
                self.set_pending(target, Some(PendingCommand::Pause));
            }
            RunsCommand::Pause { target, is_paused } => {
                self.set_pending(target, is_paused.then_some(PendingCommand::Pause));
            }
            RunsCommand::Launch { .. }
            | RunsCommand::CarryOn(_)
            | RunsCommand::Fork(_)
            | RunsCommand::GiveUp(_)
            | RunsCommand::Answer { .. }
            | RunsCommand::AnswerAlike { .. }
            | RunsCommand::Retry(_)
            | RunsCommand::Forget(_)
            | RunsCommand::SetAtOnce { .. }
            | RunsCommand::SetRate { .. }
            | RunsCommand::Release(_)
            | RunsCommand::SetBudget { .. }
            | RunsCommand::StandStill { .. } => {}
        }
    }

    fn set_pending(&mut self, target: &Target, pending: Option<PendingCommand>) {
        // Those of a paused queue are held where they are.
        let is_of_begun =
            !matches!(target, Target::Runs(_)) && pending == Some(PendingCommand::Pause);
        let is_meant = |run: &RunSummary| !is_of_begun || run.started_at.is_some();
        let runs: Vec<RunId> = match target {
            Target::Runs(runs) => runs.clone(),
            Target::Batch(batch) => {
                let of_batch = self.runs.values().filter(|run| run.batch == *batch);
                of_batch.map(|run| run.run.clone()).collect()
            }
            Target::All => self.runs.keys().cloned().collect(),
        };
        for id in runs {
            let known = self.runs.get(&id).filter(|run| is_meant(run));
            let ahead = pending.filter(|pending| known.is_some_and(|run| pending.is_ahead_of(run)));
            // A run that was told to stop is not held by a pause, and does not continue after one.
            if self.pending.get(&id) == Some(&PendingCommand::Cancel) {
                continue;
            }
            match ahead {
                Some(pending) => self.pending.insert(id, pending),
                None => self.pending.remove(&id),
            };
        }
    }

    /// Returns the command that a run is about to perform. A run that has answered or waits for a
    /// person doesn't pause before it continues.
    pub(crate) fn pending(&self, run: &RunSummary) -> Option<PendingCommand> {
        let is_at_work = matches!(run.state, RunState::Running | RunState::Queued);
        let pending = self.pending.get(&run.run).copied();
        pending.filter(|pending| {
            pending.is_ahead_of(run) && (*pending == PendingCommand::Cancel || is_at_work)
        })
    }

    /// Whether a run is paused, or will be before its next step.
    pub(crate) fn is_held(&self, run: &RunSummary) -> bool {
        run.state == RunState::Paused || self.pending.get(&run.run) == Some(&PendingCommand::Pause)
    }

    /// Removes the command of a run that has performed it.
    pub(super) fn forget_pending(&mut self, id: &RunId) {
        if let (Some(pending), Some(run)) = (self.pending.get(id), self.runs.get(id))
            && !pending.is_ahead_of(run)
        {
            self.pending.remove(id);
        }
    }

    /// Returns the word and the colour of a run's state or pending command. A run that waits for a
    /// person is shown so even if other calls of it are active.
    pub(crate) fn state_words(&self, run: &RunSummary) -> (&'static str, Role) {
        if let Some(pending) = self.pending(run) {
            return (pending.word(), Role::Muted);
        }
        let asks = run.needs_person().then_some(RunState::NeedsInput);
        let state = asks.unwrap_or(run.state);
        if state == RunState::Queued && self.waits_for_worker(run) {
            return ("queued \u{b7} no worker yet", state_role(state));
        }
        (state_word(state), state_role(state))
    }

    /// Whether a run waits for a worker to start it.
    pub(crate) fn waits_for_worker(&self, run: &RunSummary) -> bool {
        let is_new = run.state == RunState::Queued && run.worker.is_none();
        let batch = self.batch(&run.batch).filter(|_| is_new);
        batch.is_some_and(|batch| batch.workers.is_some())
    }
}
