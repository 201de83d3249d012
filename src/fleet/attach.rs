//! Batches on the server, which can be followed from anywhere by their ids.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::iter;

use super::connection::{FleetError, Link, in_words};
use super::layout::{RECORDS, records_of};
use super::submit::{batch_object, spec_object};
use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchTerms, KeptBatch, TakenBatch, TakenRun};
use crate::trace::{Planned, RunEvent, RunEventBody, RunTerms, SpecText};

/// The maximum number of records that are read at the same time.
const READ_AT_ONCE: usize = 16;

impl Link {
    /// Returns a batch with the records of all its runs; `None` if the server doesn't have it.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(crate) async fn batch(&self, id: &BatchId) -> Result<Option<TakenBatch>, FleetError> {
        let subjects = self.records.info_with_subjects(records_of(id)).await;
        let subjects = subjects.map_err(|error| self.no_batch(id, in_words(&error)))?;
        let runs: Vec<RunId> = subjects
            .filter_map(|subject| async move {
                let (subject, _) = subject.ok()?;
                Some(RunId::new(subject.rsplit('.').next()?))
            })
            .collect()
            .await;
        if runs.is_empty() {
            return Ok(None);
        }
        let terms = self.object(&batch_object(id)).await?;
        let terms = serde_json::from_slice::<BatchTerms>(&terms);
        let terms = terms.map_err(|error| self.no_batch(id, error.to_string()))?;
        let terms = BatchTerms {
            queue: Some(self.queue_name()),
            ..terms
        };
        let mut taken: Vec<TakenRun> = Vec::with_capacity(runs.len());
        let mut records = iter(runs)
            .map(|run| async move { (self.record(id, &run).await, run) })
            .buffer_unordered(READ_AT_ONCE);
        let mut specs: HashMap<String, Arc<SpecText>> = HashMap::default();
        while let Some((kept, run)) = records.next().await {
            let Some(kept) = kept? else { continue };
            let goes_on = !kept.is_over();
            let Some(RunEventBody::Planned(planned)) = kept.events.first().map(|first| &first.body)
            else {
                continue;
            };
            let hash = planned.terms.spec.hash.clone();
            let spec = if let Some(spec) = specs.get(&hash) {
                Arc::clone(spec)
            } else {
                let text = self.object(&spec_object(&hash)).await?;
                let text = String::from_utf8_lossy(&text).into_owned();
                let spec = Arc::new(SpecText {
                    hash: hash.clone(),
                    text,
                });
                specs.insert(hash, Arc::clone(&spec));
                spec
            };
            let planned = with_spec(planned, spec);
            taken.push(TakenRun {
                events: with_first(kept.events, &planned),
                planned,
                run,
                goes_on,
            });
        }
        taken.sort_by_key(|run| run.planned.index);
        let Some(first) = taken.first().and_then(|run| run.events.first()) else {
            return Ok(None);
        };
        Ok(Some(TakenBatch {
            batch: KeptBatch {
                id: id.clone(),
                launched_at: first.timestamp,
                terms,
            },
            used_tokens: taken.iter().map(TakenRun::used_tokens).sum(),
            n_runs: taken.last().map_or(0, |run| run.planned.index + 1),
            runs: taken,
        }))
    }

    fn no_batch(&self, id: &BatchId, reason: String) -> FleetError {
        FleetError::JetStream {
            servers: self.servers.clone(),
            what: format!("the batch `{id}` in `{RECORDS}`"),
            reason,
        }
    }
}

fn with_spec(planned: &Planned, spec: Arc<SpecText>) -> Planned {
    Planned {
        terms: Arc::new(RunTerms {
            spec,
            ..RunTerms::clone(&planned.terms)
        }),
        ..planned.clone()
    }
}

/// Returns the events with the text of the spec added to the first one.
fn with_first(mut events: Vec<Arc<RunEvent>>, planned: &Planned) -> Vec<Arc<RunEvent>> {
    if let Some(first) = events.first_mut() {
        *first = Arc::new(RunEvent {
            body: RunEventBody::Planned(Box::new(planned.clone())),
            ..RunEvent::clone(first)
        });
    }
    events
}
