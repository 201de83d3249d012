//! Takes over batches that another process began, so that their runs continue here.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::entries::events_of;
use super::error::{During, HistoryError};
use super::lease::{Holder, Lease, holder};
use super::query::{HistoryReader, KeptBatch, json};
use super::rows::KeptUsage;
use super::{HistoryFile, entry};
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::profile::Profile;
use crate::runs::{BatchPlan, CarriedOn, PastRun, Variant};
use crate::runtime::{InDoubt, Past, PastError};
use crate::spec::Component;
use crate::trace::{Event, Planned, RunEvent, RunEventBody, RunState, RunTerms};

/// A batch with all events of its runs.
#[derive(Debug)]
pub struct TakenBatch {
    /// The batch.
    pub batch: KeptBatch,
    /// The runs in the order of inputs; possibly only some of them.
    pub runs: Vec<TakenRun>,
    /// One more than the highest index of a run in the batch.
    pub n_runs: usize,
    /// The tokens that all runs of the batch have used so far, also those that are not in `runs`; 0 for a batch that is read only
    /// to fork one of its runs.
    pub used_tokens: u64,
}

/// A run with all its events.
#[derive(Debug)]
pub struct TakenRun {
    /// The plan of the run.
    pub planned: Planned,
    /// The id of the run.
    pub run: RunId,
    /// All events of the run.
    pub events: Vec<Arc<RunEvent>>,
    /// Whether the run continues, because it has not ended.
    pub goes_on: bool,
}

impl TakenBatch {
    /// Reads a recorded batch, for display or to repeat its runs; nothing is taken over.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn read(reader: &HistoryReader, id: &BatchId) -> Result<Self, HistoryError> {
        let filter = super::HistoryFilter {
            batch: Some(id.clone()),
            ..super::HistoryFilter::default()
        };
        let listed = reader.list(&filter)?;
        let n_runs = listed.last().map_or(0, |last| last.index + 1);
        let used_tokens = listed.iter().map(|run| run.usage.total_tokens).sum();
        let runs = listed.into_iter().filter_map(|listed| {
            reader
                .events(&listed.run)
                .map(|events| TakenRun::of(listed.run, events, !listed.is_over))
                .transpose()
        });
        Ok(Self {
            batch: whole(reader.batch(id)?)?,
            runs: runs.collect::<Result<_, _>>()?,
            n_runs,
            used_tokens,
        })
    }

    /// Reads one run of a batch, for display or for a fork; nothing is taken over.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn of_run(reader: &HistoryReader, run: &RunId) -> Result<Self, HistoryError> {
        let taken = TakenRun::of(run.clone(), reader.standing(run)?, false);
        let taken = taken.ok_or_else(|| HistoryError::Unknown {
            what: "run",
            id: run.to_string(),
        })?;
        Ok(Self {
            batch: whole(reader.batch(&taken.planned.batch)?)?,
            n_runs: taken.planned.index + 1,
            runs: vec![taken],
            used_tokens: 0,
        })
    }

    /// Returns the settings that the batch's runs share.
    pub fn terms(&self) -> Option<&Arc<RunTerms>> {
        self.runs.first().map(|run| &run.planned.terms)
    }

    /// Returns the number of the batch's runs that continue.
    pub fn n_going(&self) -> usize {
        self.runs.iter().filter(|run| run.goes_on).count()
    }

    /// Returns the settings of each variant's runs, in the order of variants; empty if nothing is
    /// varied.
    pub fn variants(&self) -> Vec<&Arc<RunTerms>> {
        let mut variants = BTreeMap::new();
        for run in &self.runs {
            if let Some(variant) = run.planned.run.variant {
                variants.entry(variant).or_insert(&run.planned.terms);
            }
        }
        variants.into_values().collect()
    }

    /// Makes the plan of some runs, with the reloaded spec, variants and profile.
    pub fn plan<'r>(
        &self,
        runs: impl IntoIterator<Item = &'r TakenRun>,
        (component, variants): (Arc<Component>, Vec<Variant>),
        profile: Arc<Profile>,
    ) -> BatchPlan {
        let kept = &self.batch.terms;
        let terms = self.terms();
        BatchPlan {
            spec_name: kept.spec_name.clone(),
            component,
            spec: terms
                .map(|terms| Arc::clone(&terms.spec))
                .unwrap_or_default(),
            variants,
            profile,
            limits: terms.map(|terms| terms.limits).unwrap_or_default(),
            runs: runs
                .into_iter()
                .map(|run| Arc::clone(&run.planned.run))
                .collect(),
            at_once: kept.at_once,
            requests_per_second: kept.requests_per_second,
            max_tokens_total: kept.max_tokens_total,
            canary: None,
            timeout: terms.and_then(|terms| terms.timeout),
            is_fail_fast: kept.is_fail_fast,
            is_attended: terms.is_some_and(|terms| terms.is_attended),
            is_steered: false,
            keeping: kept.keeping,
            origin: kept.origin.clone(),
        }
    }

    /// Makes the command that continues these runs, either here or where they are followed.
    ///
    /// # Errors
    /// The recorded events of a run can't be used as a past.
    pub fn carried_on(
        self,
        plan: BatchPlan,
        in_doubt: InDoubt,
        is_followed: bool,
    ) -> Result<CarriedOn, PastError> {
        // At workers its runs went on meanwhile, and their records say what passed.
        let was_interrupted = !(is_followed && self.batch.terms.queue.is_some());
        let runs = self.runs.into_iter().map(|taken| {
            let past = taken
                .goes_on
                .then(|| Past::carried_on(&taken.events, in_doubt))
                .transpose()?;
            Ok(PastRun {
                run: taken.run,
                events: taken.events,
                past,
                was_interrupted,
            })
        });
        Ok(CarriedOn {
            batch: self.batch.id,
            launched_at: self.batch.launched_at,
            plan: Box::new(plan),
            n_runs: self.n_runs,
            used_tokens: self.used_tokens,
            rates: Vec::new(),
            runs: runs.collect::<Result<_, PastError>>()?,
        })
    }
}

/// Returns a batch if it was recorded with its content.
fn whole(batch: KeptBatch) -> Result<KeptBatch, HistoryError> {
    if batch.terms.keeping == Keeping::All {
        return Ok(batch);
    }
    Err(HistoryError::Outline {
        batch: batch.id.to_string(),
    })
}

impl TakenRun {
    /// Returns the final state; `None` if the run has not ended.
    pub fn state(&self) -> Option<RunState> {
        match &self.events.last()?.body {
            RunEventBody::Ended { state, .. } => Some(*state),
            _ => None,
        }
    }

    /// Returns the tokens that its model calls have used so far.
    pub(crate) fn used_tokens(&self) -> u64 {
        let used = self.events.iter().map(|event| match &event.body {
            RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
                response.total_tokens.unwrap_or_default()
            }
            _ => 0,
        });
        used.sum()
    }

    pub(super) fn of(run: RunId, events: Vec<Arc<RunEvent>>, goes_on: bool) -> Option<Self> {
        let RunEventBody::Planned(planned) = &events.first()?.body else {
            return None;
        };
        Some(Self {
            planned: planned.as_ref().clone(),
            run,
            events,
            goes_on,
        })
    }
}

/// Takes over the runs of a batch that have not ended, or that stopped because no person was
/// available, the program was terminated, or the batch reached a limit. With `only`, takes just
/// these of them, and also runs that have answered. Returns those runs that this process does not
/// have already.
///
/// # Errors
/// [`HistoryError::Alive`] if a running process executes the batch, or another error of the file.
/// Nothing is changed then.
pub(super) fn take_over(
    connection: &mut Connection,
    lease: &mut Lease,
    file: &HistoryFile,
    id: &BatchId,
    only: Option<&[RunId]>,
) -> Result<TakenBatch, HistoryError> {
    let path = file.path();
    let batch = whole(HistoryReader::open(file)?.batch(id)?)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during("written", path)?;
    lease.renew(&transaction).during("written", path)?;
    let rows = rows(&transaction, id).during("read", path)?;
    for row in rows.iter().filter(|row| !row.is_over) {
        if let Some(owner) = &row.owner
            && *owner != lease.owner
            && let Holder::Alive(pid) = holder(&transaction, owner).during("read", path)?
        {
            return Err(HistoryError::Alive {
                batch: id.to_string(),
                pid,
            });
        }
    }
    let n_runs = rows.last().map_or(0, |last| last.index + 1);
    let used_tokens = rows.iter().map(|row| row.used_tokens).sum();
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        let is_ours = row.owner.as_ref() == Some(&lease.owner);
        if is_ours || only.is_some_and(|only| !only.contains(&row.run)) {
            continue;
        }
        let mut events = events_of(&transaction, path, &row.run)?;
        let goes_on = !row.is_over
            || matches!(row.state.as_str(), "interrupted" | "needs_input")
            || row.is_held_by_limit
            || (row.state == "answered" && only.is_some());
        if goes_on {
            if row.is_over {
                reopen(&transaction, row.number, &mut events).during("written", path)?;
            }
            // Checked before any run is taken, so that another process can take the runs that can't continue here.
            Past::carried_on(&events, InDoubt::Ask).map_err(|source| HistoryError::NoPast {
                run: row.run.to_string(),
                source,
            })?;
            take(&transaction, &row, lease).during("written", path)?;
        }
        runs.extend(TakenRun::of(row.run, events, goes_on));
    }
    transaction.commit().during("written", path)?;
    Ok(TakenBatch {
        batch,
        runs,
        n_runs,
        used_tokens,
    })
}

struct TakenRow {
    number: i64,
    run: RunId,
    /// The index of the run in the batch.
    index: usize,
    state: String,
    is_over: bool,
    owner: Option<String>,
    /// Whether a limit of the batch ended the run.
    is_held_by_limit: bool,
    used_tokens: u64,
}

fn rows(transaction: &Transaction<'_>, id: &BatchId) -> rusqlite::Result<Vec<TakenRow>> {
    let query = "SELECT number, id, state, is_over, owner,
                        state = 'cancelled' AND ifnull(json_extract(error, '$.kind'), '') = 'limit', idx,
                        usage
                 FROM runs WHERE batch = ?1 ORDER BY idx";
    let mut statement = transaction.prepare_cached(query)?;
    let rows = statement.query_map([id.as_str()], |row| {
        let usage: KeptUsage = json(row, 7)?;
        Ok(TakenRow {
            used_tokens: usage.counted.total_tokens,
            number: row.get(0)?,
            run: RunId::new(row.get::<_, String>(1)?),
            state: row.get(2)?,
            is_over: row.get(3)?,
            owner: row.get(4)?,
            is_held_by_limit: row.get(5)?,
            index: row.get(6)?,
        })
    })?;
    rows.collect()
}

fn take(transaction: &Transaction<'_>, row: &TakenRow, lease: &Lease) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE runs SET owner = ?2, state = 'queued', is_over = 0, is_tidy = 0, ended_at = NULL,
                             outputs = '{}', error = NULL, result = ''
             WHERE number = ?1",
        )?
        .execute(params![row.number, lease.owner])?;
    if let Some(before) = row.owner.as_ref().filter(|owner| **owner != lease.owner) {
        transaction
            .prepare_cached("UPDATE owners SET n_taken = n_taken + 1 WHERE id = ?1")?
            .execute([before])?;
    }
    Ok(())
}

/// Removes the end of a run from the file, so that it is again in the state before its end.
fn reopen(
    transaction: &Transaction<'_>,
    number: i64,
    events: &mut Vec<Arc<RunEvent>>,
) -> rusqlite::Result<()> {
    open_again(events);
    let mut lines = Vec::new();
    for event in events.iter() {
        entry::write(event, &mut lines)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    }
    transaction
        .prepare_cached("DELETE FROM entries WHERE run = ?1")?
        .execute([number])?;
    transaction
        .prepare_cached("INSERT INTO entries (run, first, body) VALUES (?1, 0, ?2)")?
        .execute(params![number, lines])?;
    Ok(())
}

/// Removes the end of a run from its events, so that it is again in the state before its end.
pub(crate) fn open_again(events: &mut Vec<Arc<RunEvent>>) {
    let is_end = |event: &Arc<RunEvent>| {
        matches!(
            event.body,
            RunEventBody::Ended { .. }
                | RunEventBody::SpanEnded { .. }
                | RunEventBody::StateChanged { .. }
        )
    };
    while events.pop_if(|event| is_end(event)).is_some() {}
}
