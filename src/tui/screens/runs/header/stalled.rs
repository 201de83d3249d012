//! The runs of a batch that make no progress, and what they wait for.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchRecord, KeptRun};
use crate::trace::RunState;
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::runs::words::doing;

/// The time without any report after which a run counts as making no progress.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// The stalled runs of a batch. Waiting times are shown in seconds, so the runs are checked once a
/// second, or as soon as the named run makes progress.
#[derive(Debug, Default)]
pub(in crate::tui::screens::runs) struct Stalled {
    looked_at: Option<(BatchId, u64)>,
    /// The run that waits longest, and the number of runs that wait for the same thing.
    longest: Option<(RunId, usize)>,
}

impl Stalled {
    /// Updates the stalled runs of the header's batch.
    pub(in crate::tui::screens::runs) fn update(
        &mut self,
        batch: Option<&BatchRecord>,
        runs: &RunsModel,
        now: Timestamp,
    ) {
        let Some(batch) = batch.filter(|batch| batch.ended_at.is_none()) else {
            *self = Self::default();
            return;
        };
        let looked_at = Some((batch.id.clone(), now.since(Timestamp::default()).as_secs()));
        let still_waits = |(run, _): &(RunId, usize)| {
            let run = runs.get(run);
            run.is_some_and(|run| stalled_since(run, now).is_some())
        };
        if self.looked_at == looked_at && self.longest.as_ref().is_none_or(still_waits) {
            return;
        }
        self.looked_at = looked_at;
        let mut alike: HashMap<&str, (Timestamp, &KeptRun, usize)> = HashMap::default();
        for run in runs.active().filter(|run| run.batch == batch.id) {
            let Some(since) = stalled_since(run, now) else {
                continue;
            };
            let known = alike.entry(&run.doing).or_insert((since, run, 0));
            known.2 += 1;
            if since < known.0 {
                (known.0, known.1) = (since, run);
            }
        }
        let longest = alike
            .into_values()
            .min_by_key(|(since, run, _)| (*since, run.index));
        self.longest = longest.map(|(_, run, count)| (run.run.clone(), count));
    }

    /// Returns the stalled runs as text: `4 stuck alike, A#7: model gpt-4o 1:40`.
    pub(super) fn words(&self, runs: &RunsModel, now: Timestamp) -> Option<String> {
        let (run, count) = self.longest.as_ref()?;
        let run = runs.get(run)?;
        stalled_since(run, now)?;
        let (name, what) = (runs.short_name(run), doing(run, now));
        Some(match count {
            1 => format!("{name}: {what}"),
            many => format!("{many} stuck alike, {name}: {what}"),
        })
    }
}

/// Returns since when a run makes no progress; `None` if it does or can't be expected to. A model
/// that is writing counts as progress.
fn stalled_since(run: &KeptRun, now: Timestamp) -> Option<Timestamp> {
    let emitted_at = run.record()?.last_event_at;
    let since = run.doing_since?.max(emitted_at);
    let waits = run.state == RunState::Running
        && !run.needs_person()
        && run.doing_until.is_none()
        && now.since(since) >= STALLED_AFTER;
    waits.then_some(since)
}
