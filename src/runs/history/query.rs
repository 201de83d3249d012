//! Queries of the history: lists of runs, and the events of a run.

use std::sync::Arc;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use serde::de::DeserializeOwned;

use super::entries::{each_event, events_of};
use super::error::{During, HistoryError};
use super::lease::{Holder, holder};
use super::rows::KeptUsage;
use super::{BatchTerms, HistoryFile};
use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::conversation::{Usage, Values};
use crate::runs::{QueueName, RunRecord};
use crate::trace::{Failure, ForkPoint, RunEvent, RunEventBody, RunState};

/// A filter for runs. All conditions that are set must be met.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// The name of the spec.
    pub spec: Option<String>,
    /// The allowed states; if empty, any state.
    pub states: Vec<RunState>,
    /// The id of the batch.
    pub batch: Option<BatchId>,
    /// Words that occur in messages or tool results; the last one may be incomplete.
    pub text: Option<String>,
    /// The name of a tool that was called.
    pub tool: Option<String>,
    /// The earliest launch time.
    pub since: Option<Timestamp>,
    /// The working folder, or a folder that contains the spec.
    pub workspace: Option<String>,
    /// The position in the list after which to continue.
    pub after: Option<ListPlace>,
    /// The maximum number of runs; `None` for no limit.
    pub limit: Option<usize>,
}

/// The position of a run in the list, which stays valid when runs are added before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPlace {
    launched_at: Timestamp,
    batch: BatchId,
    index: usize,
}

/// A run in the list of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// The id of the run.
    pub run: RunId,
    /// The batch of the run.
    pub batch: BatchId,
    /// The index of the run in its batch, from 0.
    pub index: usize,
    /// The name of the root component.
    pub spec: String,
    /// The state; [`RunState::Interrupted`] if the run's process has died.
    pub state: RunState,
    /// Whether the last event of the run is in the file.
    pub is_over: bool,
    /// The launch time of the batch.
    pub launched_at: Timestamp,
    /// The working folder.
    pub workspace: String,
    /// The time at which the run first got a slot.
    pub started_at: Option<Timestamp>,
    /// The active time in milliseconds.
    pub duration_ms: f64,
    /// The text that distinguishes the run from its neighbours.
    pub label: String,
    /// The first line of the result.
    pub result: String,
    /// The inputs.
    pub inputs: Values,
    /// The outputs, if the run finished.
    pub outputs: Values,
    /// The reason of a failure.
    pub error: Option<Failure>,
    /// The token counts and the number of model calls.
    pub usage: Usage,
    /// The estimated tokens of incomplete answers, which no provider has counted.
    pub streamed_tokens: u64,
    /// The tools that the run called, without duplicates.
    pub tools: Vec<String>,
    /// The point in another run at which this run was forked.
    pub forked_from: Option<ForkPoint>,
    /// Whether the batch was given to workers.
    pub is_elsewhere: bool,
}

impl ListedRun {
    /// Returns whether a worker may still execute the run, although no local process follows it.
    pub fn is_at_workers(&self) -> bool {
        self.is_elsewhere && self.state == RunState::Interrupted
    }

    /// Returns the position of the run in the list.
    pub fn place(&self) -> ListPlace {
        ListPlace {
            launched_at: self.launched_at,
            batch: self.batch.clone(),
            index: self.index,
        }
    }
}

/// A recorded batch.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptBatch {
    /// The id of the batch.
    pub id: BatchId,
    /// The launch time.
    pub launched_at: Timestamp,
    /// The settings of the batch, such as its limits.
    pub terms: BatchTerms,
}

/// A batch with unfinished runs that no local process executes or follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptedBatch {
    /// The id of the batch.
    pub batch: BatchId,
    /// The number of such runs.
    pub n_runs: usize,
    /// The queue through which the runs were given to workers, where they may continue; `None` if
    /// they were executed locally.
    pub queue: Option<QueueName>,
}

/// A run or a batch with a given id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A run.
    Run(RunId),
    /// A batch.
    Batch(BatchId),
}

/// The history, opened for reading. Each call reads the current state of the file.
#[derive(Debug)]
pub struct HistoryReader {
    pub(super) file: HistoryFile,
    pub(super) connection: Connection,
}

impl HistoryReader {
    /// Opens the file, even if a newer version of flowdeck created it.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn open(file: &HistoryFile) -> Result<Self, HistoryError> {
        Ok(Self {
            connection: file.open_to_read()?,
            file: file.clone(),
        })
    }

    /// Returns the runs that match a filter: newest batch first, and within a batch in the order of
    /// inputs.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn list(&self, filter: &HistoryFilter) -> Result<Vec<ListedRun>, HistoryError> {
        let state = self.state_in_sql()?;
        let mut wheres = Vec::new();
        let mut values: Vec<Sql> = Vec::new();
        let mut must = |condition: String, of: Vec<Sql>| {
            wheres.push(condition);
            values.extend(of);
        };
        if let Some(text) = &filter.text {
            must(
                "r.number IN (SELECT rowid FROM words WHERE words MATCH ?)".to_owned(),
                vec![Sql::from(quoted(text))],
            );
        }
        if let Some(spec) = &filter.spec {
            must("r.spec = ?".to_owned(), vec![Sql::from(spec.clone())]);
        }
        if let Some(batch) = &filter.batch {
            must(
                "r.batch = ?".to_owned(),
                vec![Sql::from(batch.as_str().to_owned())],
            );
        }
        if let Some(tool) = &filter.tool {
            must(
                "r.number IN (SELECT run FROM calls WHERE tool = ?)".to_owned(),
                vec![Sql::from(tool.clone())],
            );
        }
        if let Some(since) = filter.since {
            must(
                "r.planned_at >= ?".to_owned(),
                vec![Sql::from(super::rows::time(since))],
            );
        }
        if let Some(workspace) = &filter.workspace {
            let values = of_folder(workspace).map(Sql::from);
            must(OF_FOLDER.to_owned(), values.into());
        }
        if let Some(place) = &filter.after {
            let at = super::rows::time(place.launched_at);
            let batch = || Sql::from(place.batch.as_str().to_owned());
            let index = i64::try_from(place.index).unwrap_or(i64::MAX);
            // The first condition is the one that the index of times knows.
            must(
                "b.launched_at <= ? AND (b.launched_at < ? OR r.batch > ? OR (r.batch = ? AND r.idx > ?))".to_owned(),
                vec![Sql::from(at), Sql::from(at), batch(), batch(), Sql::from(index)],
            );
        }
        if !filter.states.is_empty() {
            let marks = vec!["?"; filter.states.len()].join(", ");
            let states = filter.states.iter();
            let states = states
                .map(|state| Sql::from(state.name().to_owned()))
                .collect();
            must(format!("{state} IN ({marks})"), states);
        }
        let wheres = if wheres.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", wheres.join(" AND "))
        };
        let limit = filter
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        values.push(Sql::from(limit));
        // The order of the outer loop is that of the batches' times, so that a limit ends it early.
        let query = format!(
            "SELECT r.id, r.batch, r.idx, r.spec, {state}, r.is_over, b.launched_at, b.workspace, r.started_at,
                    r.duration_ms, r.label, r.result, r.inputs, r.outputs, r.error, r.usage, r.tools, r.forked_from,
                    json_extract(b.plan, '$.queue') IS NOT NULL
             FROM batches b CROSS JOIN runs r ON r.batch = b.id {wheres}
             ORDER BY b.launched_at DESC, r.batch, r.idx LIMIT ?"
        );
        let read = || -> rusqlite::Result<Vec<ListedRun>> {
            let mut statement = self.connection.prepare(&query)?;
            let rows = statement.query_map(params_from_iter(values), listed)?;
            rows.collect()
        };
        read().during("read", self.file.path())
    }

    /// Returns the batches of a folder with interrupted runs that can be resumed, newest first.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn interrupted(&self, workspace: &str) -> Result<Vec<InterruptedBatch>, HistoryError> {
        let state = self.state_in_sql()?;
        let query = format!(
            "SELECT r.batch, count(*), json_extract(b.plan, '$.queue') FROM runs r JOIN batches b ON b.id = r.batch
             WHERE (r.is_over = 0 OR r.state = 'interrupted') AND {state} = 'interrupted' AND {OF_FOLDER}
                   AND r.spec_hash <> ''
             GROUP BY r.batch ORDER BY b.launched_at DESC"
        );
        let read = || -> rusqlite::Result<Vec<InterruptedBatch>> {
            let mut statement = self.connection.prepare(&query)?;
            let rows = statement.query_map(of_folder(workspace), |row| {
                Ok(InterruptedBatch {
                    batch: BatchId::new(row.get::<_, String>(0)?),
                    n_runs: row.get(1)?,
                    queue: optional_json(row, 2)?,
                })
            })?;
            rows.collect()
        };
        read().during("read", self.file.path())
    }

    /// Returns the run or batch with an id, or with an id that begins like this; `last` stands for
    /// the newest batch of a folder.
    ///
    /// # Errors
    /// No id or several ids match; or as [`HistoryReader::list`].
    pub fn find(&self, id: &str, workspace: &str) -> Result<Named, HistoryError> {
        if id == "last" {
            return self.last(workspace).map(Named::Batch);
        }
        let pattern = format!("{}*", id.replace(['*', '?', '['], ""));
        let read = || -> rusqlite::Result<Vec<Named>> {
            let mut found = Vec::new();
            for (table, is_run) in [("runs", true), ("batches", false)] {
                let query = format!("SELECT id FROM {table} WHERE id GLOB ?1 ORDER BY id LIMIT 4");
                let mut statement = self.connection.prepare_cached(&query)?;
                let rows = statement.query_map([&pattern], |row| row.get::<_, String>(0))?;
                for id in rows {
                    found.push(if is_run {
                        Named::Run(RunId::new(id?))
                    } else {
                        Named::Batch(BatchId::new(id?))
                    });
                }
            }
            Ok(found)
        };
        let mut found = read().during("read", self.file.path())?;
        let text = |named: &Named| match named {
            Named::Run(run) => run.to_string(),
            Named::Batch(batch) => batch.to_string(),
        };
        if let Some(whole) = found.iter().position(|named| text(named) == id) {
            return Ok(found.swap_remove(whole));
        }
        match found.len() {
            0 => Err(HistoryError::Unknown {
                what: "run or batch",
                id: id.to_owned(),
            }),
            1 => Ok(found.swap_remove(0)),
            _ => Err(HistoryError::Ambiguous {
                id: id.to_owned(),
                candidates: found.iter().map(text).collect(),
            }),
        }
    }

    fn last(&self, workspace: &str) -> Result<BatchId, HistoryError> {
        let query = format!(
            "SELECT b.id FROM batches b WHERE {OF_FOLDER} ORDER BY b.launched_at DESC LIMIT 1"
        );
        let values = of_folder(workspace);
        let found = self.connection.query_row(&query, values, |row| {
            row.get::<_, String>(0).map(BatchId::new)
        });
        match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(HistoryError::Unknown {
                what: "batch of this folder",
                id: "last".to_owned(),
            }),
            found => found.during("read", self.file.path()),
        }
    }

    /// Returns a batch.
    ///
    /// # Errors
    /// No batch has this id; or as [`HistoryReader::list`].
    pub fn batch(&self, id: &BatchId) -> Result<KeptBatch, HistoryError> {
        let query = "SELECT launched_at, plan FROM batches WHERE id = ?1";
        let found = self.connection.query_row(query, [id.as_str()], |row| {
            Ok(KeptBatch {
                id: id.clone(),
                launched_at: moment(row, 0)?,
                terms: json(row, 1)?,
            })
        });
        match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(HistoryError::Unknown {
                what: "batch",
                id: id.to_string(),
            }),
            found => found.during("read", self.file.path()),
        }
    }

    /// Returns all events of a run.
    ///
    /// # Errors
    /// No run has this id, or an event is invalid; or as [`HistoryReader::list`].
    pub fn events(&self, run: &RunId) -> Result<Vec<Arc<RunEvent>>, HistoryError> {
        events_of(&self.connection, self.file.path(), run)
    }

    /// Returns all events of a run. If its process has died, the interruption is added as the last
    /// event.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn standing(&self, run: &RunId) -> Result<Vec<Arc<RunEvent>>, HistoryError> {
        let mut events = Vec::new();
        self.each_standing(run, |event| events.push(event))?;
        Ok(events)
    }

    /// Returns the record of a run; interrupted, if its process has died. `None` if its first event
    /// is missing.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn record(&self, run: &RunId) -> Result<Option<RunRecord>, HistoryError> {
        let mut record = None;
        let mut is_first = true;
        self.each_standing(run, |event| {
            if std::mem::take(&mut is_first) {
                record = RunRecord::from_planned(&event);
            } else if let Some(record) = &mut record {
                record.apply(&event);
            }
        })?;
        Ok(record)
    }

    fn each_standing(
        &self,
        run: &RunId,
        mut take: impl FnMut(Arc<RunEvent>),
    ) -> Result<(), HistoryError> {
        let state = self.state_in_sql()?;
        let query = format!("SELECT {state} FROM runs r WHERE r.id = ?1");
        let state: Option<String> = self
            .connection
            .query_row(&query, [run.as_str()], |row| row.get(0))
            .optional()
            .during("read", self.file.path())?;
        let mut last = None;
        each_event(&self.connection, self.file.path(), run, |event| {
            last = Some(Arc::clone(&event));
            take(event);
        })?;
        if let Some(last) = last
            && !matches!(last.body, RunEventBody::Ended { .. })
            && state.as_deref() == Some(RunState::Interrupted.name())
        {
            take(Arc::new(RunEvent {
                run: run.clone(),
                seq: last.seq + last.joined + 1,
                joined: 0,
                timestamp: last.timestamp,
                span: None,
                body: RunEventBody::StateChanged {
                    state: RunState::Interrupted,
                },
            }));
        }
        Ok(())
    }

    /// Returns the records of a batch's runs, in the order of inputs.
    ///
    /// # Errors
    /// As [`HistoryReader::events`].
    pub fn records(&self, batch: &BatchId) -> Result<Vec<Option<RunRecord>>, HistoryError> {
        let filter = HistoryFilter {
            batch: Some(batch.clone()),
            ..HistoryFilter::default()
        };
        let runs = self.list(&filter)?;
        runs.iter().map(|listed| self.record(&listed.run)).collect()
    }

    /// Returns the SQL expression for the state of a run `r`: `interrupted` for an unfinished run
    /// that no running process executes.
    fn state_in_sql(&self) -> Result<String, HistoryError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let query = "SELECT DISTINCT owner FROM runs WHERE is_over = 0 AND owner IS NOT NULL";
            let mut statement = self.connection.prepare_cached(query)?;
            let owners = statement.query_map([], |row| row.get::<_, String>(0))?;
            let mut alive = Vec::new();
            for owner in owners {
                let owner = owner?;
                if matches!(holder(&self.connection, &owner)?, Holder::Alive(_)) {
                    alive.push(format!("'{}'", owner.replace('\'', "''")));
                }
            }
            Ok(alive)
        };
        let alive = read().during("read", self.file.path())?.join(", ");
        // An agent that has replied waits for nothing.
        Ok(format!(
            "CASE WHEN r.is_over = 0 AND r.state <> 'answered' AND ifnull(r.owner, '') NOT IN ({alive})
             THEN 'interrupted' ELSE r.state END"
        ))
    }
}

/// The SQL condition that a batch belongs to a folder: the folder was its working folder, or
/// contains its spec.
const OF_FOLDER: &str =
    "(b.workspace = ? OR instr(coalesce(json_extract(b.plan, '$.origin.spec'), ''), ?) = 1)";

/// Returns the parameters of [`OF_FOLDER`].
fn of_folder(folder: &str) -> [String; 2] {
    let within = format!("{}/", folder.trim_end_matches('/'));
    [folder.to_owned(), within]
}

/// Converts a user's search text to a query of FTS5: each word literally, the last one as a prefix.
fn quoted(text: &str) -> String {
    let words = text.split_whitespace();
    let quoted: Vec<String> = words
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    if quoted.is_empty() {
        return "\"\"".to_owned();
    }
    format!("{}*", quoted.join(" "))
}

fn listed(row: &Row<'_>) -> rusqlite::Result<ListedRun> {
    let state: String = row.get(4)?;
    let known = RunState::ALL
        .into_iter()
        .find(|known| known.name() == state);
    let usage: KeptUsage = json(row, 15)?;
    Ok(ListedRun {
        run: RunId::new(row.get::<_, String>(0)?),
        batch: BatchId::new(row.get::<_, String>(1)?),
        index: row.get(2)?,
        spec: row.get(3)?,
        // A state of a newer flowdeck.
        state: known.unwrap_or(RunState::Interrupted),
        is_over: row.get(5)?,
        launched_at: moment(row, 6)?,
        workspace: row.get(7)?,
        started_at: row.get::<_, Option<u64>>(8)?.map(Timestamp::from_ns),
        duration_ms: row.get(9)?,
        label: row.get(10)?,
        result: row.get(11)?,
        inputs: json(row, 12)?,
        outputs: json(row, 13)?,
        error: optional_json(row, 14)?,
        usage: usage.counted,
        streamed_tokens: usage.streamed_tokens,
        tools: json(row, 16)?,
        forked_from: optional_json(row, 17)?,
        is_elsewhere: row.get(18)?,
    })
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_ns)
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error))
}

fn optional_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(column, error)))
        .transpose()
}

fn unreadable(column: usize, error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_no_query_language() {
        assert_eq!(
            quoted("get-weather in \"Paris\" OR"),
            r#""get-weather" "in" """Paris""" "OR"*"#
        );
        assert_eq!(quoted("  "), r#""""#);
    }
}
