//! The database rows of batches and runs.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::lease::Lease;
use crate::base::clock::Timestamp;
use crate::base::hash::HashMap;
use crate::base::ids::RunId;
use crate::base::keeping::Keeping;
use crate::conversation::Usage;
use crate::runs::{BatchRecord, RunSummary, milliseconds};
use crate::trace::{ClientMessage, Event, Planned, RunEvent, RunEventBody};

/// The row of a run that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunRow {
    pub(super) number: i64,
    /// The number of the run's tools that are already in the index, as far as this process knows.
    n_tools: usize,
}

impl RunRow {
    fn new(number: i64) -> Self {
        Self { number, n_tools: 0 }
    }
}

/// Inserts a new batch.
pub(super) fn insert_batch(
    transaction: &Transaction<'_>,
    record: &BatchRecord,
) -> rusqlite::Result<()> {
    let n_inserted = transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO batches (id, workspace, spec, launched_at, plan, served)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            record.id.as_str(),
            record.terms.origin.workspace.to_string_lossy(),
            record.spec_name,
            time(record.launched_at),
            json(record.terms.as_ref())?,
            record.terms.origin.served,
        ])?;
    if n_inserted == 0 {
        // Another process began it, and it continues where this process has it executed.
        transaction
            .prepare_cached(
                "UPDATE batches SET plan = CASE WHEN ?2 = 'null' THEN json_remove(plan, '$.queue')
                                                ELSE json_set(plan, '$.queue', json(?2)) END
                 WHERE id = ?1 AND ifnull(json_extract(plan, '$.queue'), 'null') <> ?2",
            )?
            .execute(params![record.id.as_str(), json(&record.terms.queue)?])?;
    }
    Ok(())
}

/// Inserts a planned run and returns its row.
pub(super) fn insert_run(
    transaction: &Transaction<'_>,
    event: &RunEvent,
    planned: &Planned,
    lease: &Lease,
) -> rusqlite::Result<RunRow> {
    let terms = &planned.terms;
    transaction
        .prepare_cached("INSERT OR IGNORE INTO specs (hash, text) VALUES (?1, ?2)")?
        .execute(params![terms.spec.hash, terms.spec.text])?;
    let forked_from = planned.forked_from.as_ref().map(json).transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO runs (id, batch, idx, spec, spec_hash, state, owner, planned_at, label, inputs,
                               forked_from)
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?4, ?8, ?9)",
        )?
        .execute(params![
            event.run.as_str(),
            planned.batch.as_str(),
            planned.index,
            terms.component.name.as_str(),
            terms.spec.hash,
            lease.owner,
            time(event.timestamp),
            json(&planned.run.inputs)?,
            forked_from,
        ])?;
    Ok(RunRow::new(transaction.last_insert_rowid()))
}

/// Returns the client message that caused an event.
pub(super) fn client_message(event: &RunEvent) -> Option<&ClientMessage> {
    let message = match &event.body {
        RunEventBody::Planned(planned) => planned.run.client_message.as_deref(),
        RunEventBody::Traced(Event::HumanInTheLoopResponse { client_message, .. }) => {
            client_message.as_deref()
        }
        _ => None,
    };
    message.filter(|message| !message.id.is_empty())
}

/// Inserts a client message, so that it can be found by its id.
pub(super) fn insert_client_message(
    transaction: &Transaction<'_>,
    row: RunRow,
    message: &ClientMessage,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO client_messages (id, run) VALUES (?1, ?2)")?
        .execute(params![message.id, row.number])?;
    Ok(())
}

/// The recorded token counts and model calls of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptUsage {
    #[serde(flatten)]
    pub(super) counted: Usage,
    /// The estimated tokens of incomplete answers, which no provider has counted.
    #[serde(default)]
    pub(super) streamed_tokens: u64,
}

impl KeptUsage {
    fn of(summary: &RunSummary) -> Self {
        Self {
            counted: summary.usage,
            streamed_tokens: summary.streamed_tokens(),
        }
    }
}

/// Updates the state of a run.
pub(super) fn update_run(
    transaction: &Transaction<'_>,
    row: &mut RunRow,
    summary: &RunSummary,
) -> rusqlite::Result<()> {
    let at = summary.active_since.or(summary.ended_at);
    let active = summary.duration(at.unwrap_or_default());
    let (label, result) = match summary.terms.keeping {
        Keeping::All => (summary.label(), summary.first_line_of_result()),
        Keeping::Outline | Keeping::Nothing => {
            (summary.terms.component.name.to_string(), String::new())
        }
    };
    transaction
        .prepare_cached(
            "UPDATE runs SET state = ?2, is_over = ?3, started_at = ?4, ended_at = ?5, duration_ms = ?6,
                             label = ?7, result = ?8, usage = ?9, tools = ?10
             WHERE number = ?1",
        )?
        .execute(params![
            row.number,
            summary.state.name(),
            summary.is_over(),
            summary.started_at.map(time),
            summary.ended_at.map(time),
            milliseconds(active),
            label,
            result,
            json(&KeptUsage::of(summary))?,
            json(&summary.tools)?,
        ])?;
    for tool in summary.tools.iter().skip(row.n_tools) {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO calls (run, tool) VALUES (?1, ?2)")?
            .execute(params![row.number, tool])?;
    }
    row.n_tools = summary.tools.len();
    Ok(())
}

/// Returns the row of a run, which another process may have begun; `None` if the run no longer
/// belongs to this process or was deleted.
pub(super) fn row_of<'r>(
    transaction: &Transaction<'_>,
    run: &RunId,
    rows: &'r mut HashMap<RunId, RunRow>,
    owner: &str,
) -> rusqlite::Result<Option<&'r mut RunRow>> {
    if rows.contains_key(run) {
        return Ok(rows.get_mut(run));
    }
    let found: Option<i64> = transaction
        .prepare_cached("SELECT number FROM runs WHERE id = ?1 AND owner = ?2")?
        .query_row([run.as_str(), owner], |row| row.get(0))
        .optional()?;
    Ok(found.map(|number| rows.entry(run.clone()).or_insert(RunRow::new(number))))
}

/// Returns those of this process's runs that another process has taken over.
pub(super) fn taken(
    transaction: &Transaction<'_>,
    owner: &str,
    rows: &mut HashMap<RunId, RunRow>,
) -> rusqlite::Result<Vec<RunId>> {
    let mut statement = transaction.prepare_cached("SELECT owner FROM runs WHERE number = ?1")?;
    let mut taken = Vec::new();
    for (run, RunRow { number, .. }) in rows.iter() {
        let now: Option<Option<String>> =
            statement.query_row([number], |row| row.get(0)).optional()?;
        if now.flatten().as_deref() != Some(owner) {
            taken.push(run.clone());
        }
    }
    for run in &taken {
        rows.remove(run);
    }
    Ok(taken)
}

/// Converts a time to the format of the file.
pub(super) fn time(at: Timestamp) -> i64 {
    i64::try_from(at.as_ns()).unwrap_or(i64::MAX)
}

/// Converts a value to the format of the file.
pub(super) fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

pub(super) fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_of_before_estimates_were_kept_is_read_and_what_is_written_is_read_again() {
        let read = |text: &str| serde_json::from_str::<KeptUsage>(text).unwrap();
        let kept = KeptUsage {
            counted: Usage {
                total_tokens: 211,
                ..Usage::default()
            },
            streamed_tokens: 30,
        };
        assert_eq!(read(&json(&kept).unwrap()), kept);
        let before = json(&kept.counted).unwrap();
        assert_eq!(read(&before).counted, kept.counted);
    }
}
