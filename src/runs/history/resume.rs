//! Taking over what another process began: its runs go on here.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::entries::events_of;
use super::error::{During, HistoryError};
use super::lease::{Holder, Lease, holder};
use super::query::{HistoryReader, KeptBatch};
use super::{HistoryFile, entry};
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::profile::Profile;
use crate::runs::{BatchPlan, CarriedOn, PastRun, Variant};
use crate::runtime::{InDoubt, Past, PastError};
use crate::spec::Component;
use crate::trace::{Planned, RunEvent, RunEventBody, RunState, RunTerms};

/// A batch with all that happened in its runs.
#[derive(Debug)]
pub struct TakenBatch {
    /// The batch.
    pub batch: KeptBatch,
    /// Its runs, in the order of their inputs; perhaps some of them only.
    pub runs: Vec<TakenRun>,
    /// One more than the highest place that a run has in the batch.
    pub n_runs: usize,
}

/// A run with all that happened in it.
#[derive(Debug)]
pub struct TakenRun {
    /// How it was planned.
    pub planned: Planned,
    /// The run.
    pub run: RunId,
    /// Its events, from the first on.
    pub events: Vec<Arc<RunEvent>>,
    /// Whether it goes on: it is not over.
    pub goes_on: bool,
}

impl TakenBatch {
    /// A batch as it is kept, to look at or to take runs of it again; nothing is taken over.
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
        })
    }

    /// Reads one run of a batch, to look at or to fork; nothing is taken over.
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
        })
    }

    /// Returns what the batch's runs have in common.
    pub fn terms(&self) -> Option<&Arc<RunTerms>> {
        self.runs.first().map(|run| &run.planned.terms)
    }

    /// Returns how many of the batch's runs go on.
    pub fn n_going(&self) -> usize {
        self.runs.iter().filter(|run| run.goes_on).count()
    }

    /// Returns what the runs of each variant of its spec have in common, in the order of the variants; nothing where
    /// nothing is varied.
    pub fn variants(&self) -> Vec<&Arc<RunTerms>> {
        let mut variants = BTreeMap::new();
        for run in &self.runs {
            if let Some(variant) = run.planned.run.variant {
                variants.entry(variant).or_insert(&run.planned.terms);
            }
        }
        variants.into_values().collect()
    }

    /// The plan of some of its runs, where their spec, its variants and the profile are loaded again.
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

    /// The command that goes on with it by a plan of these runs, here or where they are followed.
    ///
    /// # Errors
    /// What is kept of a run is no past.
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
            rates: Vec::new(),
            runs: runs.collect::<Result<_, PastError>>()?,
        })
    }
}

/// A batch of which all is kept.
fn whole(batch: KeptBatch) -> Result<KeptBatch, HistoryError> {
    if batch.terms.keeping == Keeping::All {
        return Ok(batch);
    }
    Err(HistoryError::Outline {
        batch: batch.id.to_string(),
    })
}

impl TakenRun {
    /// The state in which it ended; none if it is not over.
    pub fn state(&self) -> Option<RunState> {
        match &self.events.last()?.body {
            RunEventBody::Ended { state, .. } => Some(*state),
            _ => None,
        }
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

/// Takes the runs of a batch over that are not over, or that stopped because a person or the program was gone, or because the
/// batch had reached a limit of its own; of them those in `only`, where it is given, and then those that have answered, too. Gives
/// what of the batch this process does not have already.
///
/// # Errors
/// [`HistoryError::Alive`] if a living process carries it out; or what else is wrong with the file. Nothing is changed then.
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
            // Known before anything is taken: what can't go on here stays another's to take.
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
    })
}

struct TakenRow {
    number: i64,
    run: RunId,
    /// Its place in the batch.
    index: usize,
    state: String,
    is_over: bool,
    owner: Option<String>,
    /// A limit of its batch ended it.
    is_held_by_limit: bool,
}

fn rows(transaction: &Transaction<'_>, id: &BatchId) -> rusqlite::Result<Vec<TakenRow>> {
    let query = "SELECT number, id, state, is_over, owner,
                        state = 'cancelled' AND ifnull(json_extract(error, '$.kind'), '') = 'limit', idx
                 FROM runs WHERE batch = ?1 ORDER BY idx";
    let mut statement = transaction.prepare_cached(query)?;
    let rows = statement.query_map([id.as_str()], |row| {
        Ok(TakenRow {
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

/// Takes the end of a run back: it is then in the state in which it was stopped.
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

/// Takes the end of a run out of its events: it is then in the state in which it was stopped.
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
