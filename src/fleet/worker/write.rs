//! Writing of records: the events of a worker's runs are sent to the server as messages, and
//! effects wait for their confirmation.

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::held::{HeldRuns, Over};
use crate::base::hash::{HashMap, IndexMap};
use crate::base::ids::{RequestId, RunId};
use crate::fleet::connection::Link;
use crate::runs::{
    Recorder, RunSummary, RunsCommand, RunsHandle, Target, ToRecord, Update, write_entry,
};
use crate::trace::{Event, RunEvent, RunEventBody, RunState};

/// The number of ended runs after which they are removed.
const FORGOTTEN_EVERY: usize = 64;

/// Writes until the runs are gone.
pub(super) async fn write(
    link: Link,
    (held, drain): (HeldRuns, CancellationToken),
    mut recorder: Recorder,
    runs: RunsHandle,
) {
    let mut n_over = 0;
    while let Some(to_record) = recorder.next().await {
        let ToRecord { updates, changed } = to_record;
        let mut gathered = Gathered::of(&updates, &held);
        for (run, lines) in gathered.pieces.drain(..) {
            if let Some(subject) = held.pieces(&run) {
                // A piece that is lost is in the whole answer.
                let _unsent = link.client.publish(subject, lines.into()).await;
            }
        }
        let lost = append(&link, &held, gathered.entries).await;
        gathered.requests.retain(|(run, _)| !lost.contains(run));
        gathered.strangers.extend(lost.iter().cloned());
        recorder.written(&gathered.requests, &gathered.strangers);
        let mut given_up = lost;
        for summary in newest(&changed).into_values() {
            let run = &summary.run;
            if summary.is_over() {
                n_over += 1;
                held.leave(run, Over::Ended);
                held.ended(run);
                continue;
            }
            held.set_state(run, summary.state);
            let over = match summary.state {
                RunState::Answered | RunState::NeedsInput => Over::Rests,
                RunState::Paused if drain.is_cancelled() => Over::GivenBack,
                _ => continue,
            };
            if held.leave(run, over) {
                given_up.push(run.clone());
            }
        }
        if !given_up.is_empty() {
            send_to_hub(&runs, RunsCommand::GiveUp(Target::Runs(given_up))).await;
        }
        if n_over >= FORGOTTEN_EVERY {
            n_over = 0;
            send_to_hub(&runs, RunsCommand::Forget(Target::All)).await;
        }
    }
}

/// Sends a command to the hub; if the hub is gone, all runs have ended.
async fn send_to_hub(runs: &RunsHandle, command: RunsCommand) {
    let _over = runs.send(command).await;
}

/// Returns the latest summary of each run.
fn newest(changed: &[RunSummary]) -> HashMap<&RunId, &RunSummary> {
    changed
        .iter()
        .map(|summary| (&summary.run, summary))
        .collect()
}

/// Events that are to be written.
#[derive(Default)]
struct Gathered {
    /// The lines of each run.
    entries: IndexMap<RunId, Vec<u8>>,
    /// Pieces of answers.
    pieces: Vec<(RunId, Vec<u8>)>,
    /// Requests of effects, which wait until the events are written.
    requests: Vec<(RunId, RequestId)>,
    /// Runs that have left the worker but still request an effect.
    strangers: Vec<RunId>,
}

impl Gathered {
    fn of(updates: &[Update], held: &HeldRuns) -> Self {
        let mut gathered = Self::default();
        let mut joined: IndexMap<RunId, RunEvent> = IndexMap::default();
        let events = updates.iter().filter_map(|update| match update {
            Update::Events(events) => Some(events),
            Update::BatchStarted(_)
            | Update::BatchChanged(_)
            | Update::BatchEnded(_)
            | Update::LetGo(_)
            | Update::Forgotten { .. }
            | Update::HistoryOff(_)
            | Update::Snapshot { .. } => None,
        });
        for event in events.flat_map(|events| events.iter()) {
            let is_request = match &event.body {
                RunEventBody::Traced(Event::ToolExecutionRequest { request_id, .. }) => {
                    Some(request_id)
                }
                _ => None,
            };
            if !held.has(&event.run) {
                gathered
                    .strangers
                    .extend(is_request.map(|_| event.run.clone()));
                continue;
            }
            if event.body.is_piece() {
                let joins = joined.get_mut(&event.run);
                if !joins.is_some_and(|piece| piece.join(event)) {
                    let before = joined.insert(event.run.clone(), RunEvent::clone(event));
                    if let Some(piece) = before {
                        gathered.push_piece(&piece);
                    }
                }
                continue;
            }
            gathered
                .requests
                .extend(is_request.map(|request| (event.run.clone(), request.clone())));
            let lines = gathered.entries.entry(event.run.clone()).or_default();
            if let Err(error) = write_entry(event, lines) {
                // All that a run emits is JSON.
                tracing::error!(run = %event.run, %error, "an entry can't be written");
            }
        }
        for piece in joined.into_values() {
            gathered.push_piece(&piece);
        }
        gathered
    }

    fn push_piece(&mut self, piece: &RunEvent) {
        let mut lines = Vec::new();
        if write_entry(piece, &mut lines).is_ok() {
            self.pieces.push((piece.run.clone(), lines));
        }
    }
}

/// Appends to the records of runs, and returns the runs that were lost to other writers.
async fn append(link: &Link, held: &HeldRuns, entries: IndexMap<RunId, Vec<u8>>) -> Vec<RunId> {
    let appended = entries.into_iter().map(|(run, lines)| async move {
        let standing = held.standing(&run)?;
        let place = (standing.subject.as_str(), standing.last);
        match link.append(place, &standing.next_id, &lines).await {
            Ok(last) => {
                held.written(&run, last);
                None
            }
            Err(lost) => {
                tracing::warn!(%run, "{lost}");
                held.leave(&run, Over::Lost);
                Some(run)
            }
        }
    });
    join_all(appended).await.into_iter().flatten().collect()
}
