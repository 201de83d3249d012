//! The ways in which runs are stopped and held: by a person, by another run, by a limit, by the end
//! of the program.

use super::batch::Batch;
use super::{Hub, Live, Run, Stage};
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::Target;
use crate::runs::record::feed::Announcement;
use crate::runs::schedule::gate::Gate;
use crate::runs::schedule::supervisor::StopReason;
use crate::trace::{ExecutionStatusName, RunEventBody, RunState};

impl Hub {
    /// Releases the models and tools of batches without active runs.
    pub(super) fn let_go(&mut self, batches: impl IntoIterator<Item = BatchId>) {
        for id in batches {
            let is_alive = |run: &Run| run.batch == id && matches!(run.stage, Stage::Queued);
            if let Some(batch) = self.batches.get(&id)
                && batch.places.is_paused()
                && !self.runs.values().any(is_alive)
            {
                batch.places.change(|gate| gate.set_paused(false));
                self.announce(Announcement::Paused(id, false));
            }
        }
    }

    pub(super) fn cancel(&mut self, target: &Target, reason: StopReason) {
        let mut withdrawn = Vec::new();
        match target {
            Target::Runs(ids) => {
                withdrawn.extend(ids.iter().filter_map(|id| {
                    let batch = self.batches.get(&self.runs.get(id)?.batch)?;
                    let is_withdrawn = batch.places.change(|gate| gate.withdraw(id));
                    is_withdrawn.then(|| id.clone())
                }));
            }
            Target::Batch(id) => {
                if let Some(batch) = self.batches.get(id) {
                    withdrawn.extend(batch.places.change(Gate::withdraw_all));
                }
            }
            Target::All => {
                for batch in self.batches.values() {
                    withdrawn.extend(batch.places.change(Gate::withdraw_all));
                }
            }
        }
        for (_, run) in self.targeted(target) {
            if let Stage::Live(live) = &run.stage {
                // The first reason counts.
                let _ = live.stop_reason.set(reason);
                live.cancel.cancel();
            }
        }
        self.end_withdrawn(withdrawn, reason);
        let batches: Vec<BatchId> = match target {
            Target::Runs(_) => Vec::new(),
            Target::Batch(id) => vec![id.clone()],
            Target::All => self.batches.keys().cloned().collect(),
        };
        self.let_go(batches);
    }

    /// Writes the ends of runs that never started.
    pub(super) fn end_withdrawn(&mut self, withdrawn: Vec<RunId>, reason: StopReason) {
        let (mut going_on, mut others) = (Vec::new(), Vec::new());
        for id in withdrawn {
            let Some(run) = self.runs.get_mut(&id) else {
                continue;
            };
            run.stage = Stage::Over;
            let Some(batch) = self.batches.get_mut(&run.batch) else {
                continue;
            };
            if batch.plan.keeping == Keeping::All {
                going_on.push(id);
            } else {
                others.push(id);
            }
            if batch.end_run() {
                self.parts.worlds.released();
            }
        }
        for (runs, can_go_on) in [(going_on, true), (others, false)] {
            let body = RunEventBody::Ended {
                state: reason.state(can_go_on),
                status: Some(ExecutionStatusName::InterruptedExecutionStatus),
                outputs: Box::default(),
                error: Some(Box::new(reason.failure())),
            };
            self.emit_for_queued(runs, &body);
        }
    }

    pub(super) fn pause(&mut self, target: &Target, is_paused: bool) {
        let mut announced = Vec::new();
        for (id, batch) in &self.batches {
            if *target == Target::All || *target == Target::Batch(id.clone()) {
                batch.places.change(|gate| gate.set_paused(is_paused));
                announced.push(Announcement::Paused(id.clone(), is_paused));
            }
        }
        for paused in announced {
            self.announce(paused);
        }
        // A paused batch holds its whole queue; when it resumes, so do runs that were held by themselves.
        let is_by_run = matches!(target, Target::Runs(_));
        let mut changed = Vec::new();
        for (id, run) in self.targeted(target) {
            match &run.stage {
                Stage::Live(Live {
                    reach: Some(reach), ..
                }) => reach.pause(id, is_paused),
                Stage::Queued if is_by_run || !is_paused => {
                    let batch = self.batches.get(&run.batch);
                    let hold = |batch: &Batch| batch.places.change(|gate| gate.hold(id, is_paused));
                    if batch.is_some_and(hold) {
                        changed.push(id.clone());
                    }
                }
                Stage::Live(_) | Stage::Queued | Stage::Over => {}
            }
        }
        let state = if is_paused {
            RunState::Paused
        } else {
            RunState::Queued
        };
        self.emit_for_queued(changed, &RunEventBody::StateChanged { state });
    }
}
