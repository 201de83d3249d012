//! Recordings for replay: the events of runs in the order of their times.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{HistoryError, HistoryFilter, HistoryReader, KeptBatch, Named, ReloadError, kept_text};
use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::runs::{BatchRecord, RunRecord};
use crate::spec::{Component, Format, LoadOptions, load};
use crate::trace::{RunEvent, RunEventBody, RunTerms};

/// A run or the runs of a batch, with all their events and times.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// The batch in its initial state.
    pub(crate) batch: Arc<BatchRecord>,
    /// The events in order, each with its time in the replay, which never decreases within a run.
    pub(crate) events: Vec<(Timestamp, Arc<RunEvent>)>,
    /// The number of runs that were left out because of the size limit.
    pub(crate) left_out: usize,
}

/// The reason why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    /// The history can't be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There are no events.
    #[error("the run was not recorded")]
    Empty,
    /// The first run alone exceeds the size limit.
    #[error("the entries of the run take more than {most_mib} MiB, the limit of a replay")]
    TooLarge {
        /// The limit in MiB.
        most_mib: usize,
    },
    /// The text of the spec was not recorded.
    #[error(transparent)]
    Kept(#[from] ReloadError),
    /// The text of the spec is not a component.
    #[error("the spec of the run can't be read any more")]
    Spec,
}

impl Recording {
    /// Reads a run or a batch; of a batch, only the first runs that fit into a number of bytes.
    ///
    /// # Errors
    /// [`RecordingError`].
    pub(crate) fn read(
        reader: &HistoryReader,
        named: &Named,
        max_bytes: usize,
    ) -> Result<Self, RecordingError> {
        let runs: Vec<RunId> = match named {
            Named::Run(run) => vec![run.clone()],
            Named::Batch(batch) => {
                let filter = HistoryFilter {
                    batch: Some(batch.clone()),
                    ..HistoryFilter::default()
                };
                let listed = reader.list(&filter)?.into_iter();
                listed.map(|listed| listed.run).collect()
            }
        };
        let (events, n_read) = gathered(runs.iter().map(|run| reader.standing(run)), max_bytes)?;
        if n_read == 0 && !runs.is_empty() {
            let most_mib = max_bytes >> 20;
            return Err(RecordingError::TooLarge { most_mib });
        }
        let Some(RunEventBody::Planned(planned)) = events.first().map(|event| &event.body) else {
            return Err(RecordingError::Empty);
        };
        kept_text(&planned.terms)?;
        let component = component(&planned.terms).ok_or(RecordingError::Spec)?;
        let kept = reader.batch(&planned.batch)?;
        let batch = BatchRecord {
            total: n_read,
            ..of_kept(&kept, &planned.terms, component)
        };
        Ok(Self {
            batch: Arc::new(batch),
            events: in_time(events),
            left_out: runs.len() - n_read,
        })
    }

    /// Makes a recording from a run's record, if the run is not in the history. Model answers then
    /// appear at once.
    pub(crate) fn of_record(batch: &BatchRecord, record: &RunRecord) -> Self {
        let batch = BatchRecord {
            number: 0,
            total: 1,
            ended_at: None,
            summary: None,
            is_paused: false,
            ..batch.clone()
        };
        Self {
            batch: Arc::new(batch),
            events: in_time(record.log.clone()),
            left_out: 0,
        }
    }
}

/// Returns the events of the first runs that fit into a number of bytes, and the number of these
/// runs.
fn gathered<E>(
    runs: impl IntoIterator<Item = Result<Vec<Arc<RunEvent>>, E>>,
    max_bytes: usize,
) -> Result<(Vec<Arc<RunEvent>>, usize), E> {
    let (mut events, mut n_read, mut bytes) = (Vec::new(), 0, 0);
    for of_run in runs {
        let of_run = of_run?;
        let of_each = of_run.iter().map(|event| event.body.bytes());
        bytes += of_each.sum::<usize>();
        if bytes > max_bytes {
            break;
        }
        events.extend(of_run);
        n_read += 1;
    }
    Ok((events, n_read))
}

/// Loads the spec of a run, for its graph; parts in other files may be missing.
fn component(terms: &RunTerms) -> Option<Arc<Component>> {
    let options = LoadOptions {
        format: Some(Format::Json),
        partial: true,
        ..LoadOptions::default()
    };
    load(&terms.spec.text, &options).component
}

fn of_kept(batch: &KeptBatch, terms: &RunTerms, component: Arc<Component>) -> BatchRecord {
    let kept = &batch.terms;
    BatchRecord {
        id: batch.id.clone(),
        number: 0,
        spec_name: kept.spec_name.clone(),
        component: Some(component),
        terms: Arc::new(kept.clone()),
        profile: terms.profile.name.clone(),
        bound_to: format!("profile {}", terms.profile.name),
        tracing: None,
        total: 0,
        at_once: kept.at_once,
        requests_per_second: kept.requests_per_second,
        busy_endpoints: IndexMap::new(),
        canary: None,
        budget: None,
        is_paused: false,
        launched_at: batch.launched_at,
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
        notice: None,
        workers: None,
    }
}

/// Sorts the events of many runs by time. Events of one run stay in order, even if the clocks of
/// its processes differed.
pub(in crate::runs) fn in_time(events: Vec<Arc<RunEvent>>) -> Vec<(Timestamp, Arc<RunEvent>)> {
    let mut latest: HashMap<RunId, Timestamp> = HashMap::new();
    let mut timed: Vec<(Timestamp, Arc<RunEvent>)> = events
        .into_iter()
        .map(|event| {
            let at = latest.entry(event.run.clone()).or_default();
            *at = event.timestamp.max(*at);
            (*at, event)
        })
        .collect();
    timed.sort_by_key(|(at, _)| *at);
    timed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::script::Script;
    use crate::trace::RunState;

    #[test]
    fn as_many_runs_are_read_as_there_is_room_for() {
        let run = |number: usize| {
            let mut script = Script::new(&format!("r_{number}"), number);
            script.state(RunState::Running);
            Ok::<_, HistoryError>(script.events)
        };
        let one: usize = run(0).unwrap().iter().map(|event| event.body.bytes()).sum();
        let (events, n_read) = gathered((0..5).map(run), 2 * one + 1).unwrap();
        assert_eq!((events.len(), n_read), (4, 2));
        assert_eq!(gathered((0..5).map(run), one - 1).unwrap().1, 0);
    }

    #[test]
    fn events_of_a_run_keep_their_order_where_a_later_process_had_an_earlier_clock() {
        let event = |run: &str, seq, at| {
            Arc::new(RunEvent {
                run: RunId::new(run),
                seq,
                joined: 0,
                timestamp: Timestamp::from_ns(at),
                span: None,
                body: RunEventBody::StateChanged {
                    state: RunState::Running,
                },
            })
        };
        let events = vec![
            event("a", 0, 5),
            event("a", 1, 3),
            event("b", 0, 4),
            event("b", 1, 9),
        ];
        let ordered: Vec<_> = in_time(events)
            .iter()
            .map(|(_, event)| format!("{}{}", event.run, event.seq))
            .collect();
        assert_eq!(ordered, ["b0", "a0", "a1", "b1"]);
    }
}
