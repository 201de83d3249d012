//! Folds the events of a trace into records.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{OpenedBatch, OpenedTrace};
use crate::base::clock::Timestamp;
use crate::base::files::file_name;
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::{BatchRecord, BatchTerms, Origin, RunRecord, Summary};
use crate::spec::{Component, Format, LoadOptions, load};
use crate::trace::{ComponentName, Planned, ReadTrace, RunEvent, RunEventBody};

/// The approximate memory that a record needs for an event in addition to its text: the event in
/// the log, and its effects on the record. Measured over runs of agents.
const EVENT_BYTES: usize = 1024;

/// The number of copies of a text in a record: in the log, and in the displayed parts.
const TEXT_COPIES: usize = 2;

/// Returns the approximate memory that a record needs for an event. A piece of an answer becomes
/// part of the whole answer.
fn bytes_kept(event: &RunEventBody) -> usize {
    if event.is_piece() {
        return 0;
    }
    event.bytes() * TEXT_COPIES + EVENT_BYTES
}

/// The records of the runs, in the order of their first events.
pub(super) struct Records {
    number: usize,
    runs: IndexMap<RunId, RunRecord>,
    /// The batches, by the original batch and the component.
    batches: IndexMap<(BatchId, ComponentName), BatchId>,
    /// The number of runs in each batch.
    n_runs: IndexMap<BatchId, usize>,
    /// The approximate memory of the records, in bytes.
    pub(super) bytes: usize,
}

impl Records {
    /// Makes the empty records for the trace with a number.
    pub(super) fn new(number: usize) -> Self {
        Self {
            number,
            runs: IndexMap::new(),
            batches: IndexMap::new(),
            n_runs: IndexMap::new(),
            bytes: 0,
        }
    }

    /// Folds an event into the record of its run.
    pub(super) fn take(&mut self, mut event: RunEvent) {
        self.bytes += bytes_kept(&event.body);
        event.run = self.id(&event.run);
        if let RunEventBody::Planned(planned) = &mut event.body {
            self.place(planned);
            let record = RunRecord::from_planned(&event);
            self.runs
                .extend(record.map(|record| (event.run.clone(), record)));
        } else if let Some(record) = self.runs.get_mut(&event.run) {
            record.apply(&Arc::new(event));
        }
    }

    fn id(&self, run: &RunId) -> RunId {
        RunId::new(format!("{run}@{}", self.number))
    }

    /// Assigns a run its batch and index in this trace.
    fn place(&mut self, planned: &mut Planned) {
        let key = (planned.batch.clone(), planned.terms.component.clone());
        let next = self.batches.len() + 1;
        let number = self.number;
        let batch = self.batches.entry(key).or_insert_with(|| {
            let batch = &planned.batch;
            BatchId::new(format!("{batch}@{number}.{next}"))
        });
        let n_runs = self.n_runs.entry(batch.clone()).or_default();
        if planned.batch.as_str().is_empty() {
            planned.index = *n_runs;
        }
        *n_runs += 1;
        planned.batch = batch.clone();
        for earlier in planned
            .retry_of
            .iter_mut()
            .chain(planned.forked_from.as_mut().map(|from| &mut from.run))
        {
            let here = RunId::new(format!("{earlier}@{number}"));
            if self.runs.contains_key(&here) {
                *earlier = here;
            }
        }
    }

    /// Returns the records in their batches.
    pub(super) fn opened(self, path: &Path, read: ReadTrace) -> OpenedTrace {
        let ReadTrace {
            format,
            remarks,
            roots,
        } = read;
        let name = file_name(path);
        let mut of_batches: IndexMap<BatchId, Vec<Arc<RunRecord>>> = IndexMap::new();
        for record in self.runs.into_values() {
            let runs = of_batches.entry(record.batch.clone()).or_default();
            runs.push(Arc::new(record));
        }
        let batches = of_batches.into_iter().filter_map(|(id, mut runs)| {
            runs.sort_by_key(|run| run.index);
            let written = roots.get(&runs.first()?.terms.component);
            let component = written.and_then(|written| {
                let options = LoadOptions {
                    format: Some(Format::Json),
                    partial: true,
                    ..LoadOptions::default()
                };
                load(&written.to_string(), &options).component
            });
            let batch = batch_of(id, &runs, component, &name)?;
            Some(OpenedBatch { batch, runs })
        });
        OpenedTrace {
            format,
            batches: batches.collect(),
            remarks,
        }
    }
}

fn batch_of(
    id: BatchId,
    runs: &[Arc<RunRecord>],
    component: Option<Arc<Component>>,
    file: &str,
) -> Option<BatchRecord> {
    let first = runs.first()?;
    let spec_name = first.terms.component.name.to_string();
    let records: Vec<&RunRecord> = runs.iter().map(AsRef::as_ref).collect();
    let summary = Summary::of_past(&records);
    let terms = BatchTerms {
        spec_name: spec_name.clone(),
        at_once: summary.max_at_once.max(1),
        requests_per_second: None,
        max_tokens_total: None,
        is_fail_fast: false,
        keeping: Keeping::Outline,
        stubs: IndexMap::new(),
        origin: Origin::default(),
        queue: None,
    };
    let queued = runs.iter().map(|run| run.queued_at);
    let last = runs.iter().map(|run| run.last_moment()).max();
    Some(BatchRecord {
        id,
        number: 0,
        spec_name,
        component,
        profile: first.terms.profile.name.clone(),
        bound_to: format!("trace {file} \u{b7} to look at"),
        tracing: None,
        total: runs.len(),
        at_once: terms.at_once,
        terms: Arc::new(terms),
        requests_per_second: None,
        busy_endpoints: IndexMap::new(),
        canary: None,
        budget: None,
        is_paused: false,
        notice: None,
        workers: None,
        launched_at: queued.min().unwrap_or_default(),
        ended_at: Some(last.unwrap_or_else(Timestamp::default)),
        in_flight: 0,
        max_at_once: summary.max_at_once,
        summary: Some(summary),
    })
}
