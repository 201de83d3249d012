//! What is done about runs that are over when there is time: their words go into the index, their entries are packed.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior, params};
use serde_json::Value;

use super::entries::events_of;
use super::entry;
use super::error::{During, HistoryError};
use super::pack::packed;
use crate::base::ids::RunId;
use crate::trace::{Event, RunEvent, RunEventBody};

/// Bytes of lines that are packed into one row: few enough that all cores have some of a long run.
const ROW_BYTES: usize = 1 << 20;

/// Bytes of one run's words that go into the index; a search finds nothing beyond.
const MAX_SAID_BYTES: usize = 1 << 20;

/// What is made of a run that is over.
struct Tidied {
    number: i64,
    said: String,
    /// Packed lines, with the numbers of their first entries; none where what it has can't be read.
    rows: Vec<(u64, Vec<u8>)>,
}

/// Tidies the runs that ended first, so many at most. Gives how many it were.
pub(super) fn tidy(
    connection: &mut Connection,
    path: &Path,
    most: usize,
) -> Result<usize, HistoryError> {
    let untidy = |connection: &Connection| -> rusqlite::Result<Vec<(i64, RunId)>> {
        let query = "SELECT number, id FROM runs WHERE is_over = 1 AND is_tidy = 0 LIMIT ?1";
        let mut statement = connection.prepare_cached(query)?;
        let rows = statement.query_map([most], |row| {
            Ok((row.get(0)?, RunId::new(row.get::<_, String>(1)?)))
        })?;
        rows.collect()
    };
    let runs = untidy(connection).during("read", path)?;
    let n_runs = runs.len();
    let mut tidied = Vec::with_capacity(n_runs);
    for (number, run) in runs {
        // What can't be read stays as it is.
        let events = match events_of(connection, path, &run) {
            Ok(events) => events,
            Err(HistoryError::Entry { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let rows = rows_of(&events).during("packed", path)?;
        tidied.push(Tidied {
            number,
            said: said_in(&events),
            rows,
        });
    }
    put(connection, &tidied).during("written", path)?;
    Ok(n_runs)
}

/// Writes what was made of runs: their words, and the rows that take the place of their entries.
fn put(connection: &mut Connection, tidied: &[Tidied]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Tidied { number, said, rows } in tidied {
        // Another process may have been here first.
        let is_first = transaction
            .prepare_cached(
                "UPDATE runs SET is_tidy = 1 WHERE number = ?1 AND is_tidy = 0 AND is_over = 1",
            )?
            .execute([number])?;
        if is_first == 0 {
            continue;
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO words (rowid, said) VALUES (?1, ?2)")?
            .execute(params![number, said])?;
        if rows.is_empty() {
            continue;
        }
        transaction
            .prepare_cached("DELETE FROM entries WHERE run = ?1")?
            .execute([number])?;
        for (first, body) in rows {
            transaction
                .prepare_cached(
                    "INSERT INTO entries (run, first, is_packed, body) VALUES (?1, ?2, 1, ?3)",
                )?
                .execute(params![number, first, body])?;
        }
    }
    transaction.commit()
}

/// Rows of packed lines, with the numbers of their first entries.
fn rows_of(events: &[Arc<RunEvent>]) -> rusqlite::Result<Vec<(u64, Vec<u8>)>> {
    let mut rows = Vec::new();
    let (mut lines, mut first) = (Vec::new(), None);
    for (at, event) in events.iter().enumerate() {
        first.get_or_insert(event.seq);
        entry::write(event, &mut lines).map_err(unwritable)?;
        if lines.len() >= ROW_BYTES || at + 1 == events.len() {
            let body = packed(&lines).map_err(unwritable)?;
            rows.push((first.take().unwrap_or_default(), body));
            lines.clear();
        }
    }
    Ok(rows)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// What was said in a run and what tools were given and gave, as text.
fn said_in(events: &[Arc<RunEvent>]) -> String {
    let mut said = String::new();
    for event in events {
        match &event.body {
            RunEventBody::Planned(planned) => {
                say(&planned.terms.component.name, &mut said);
                planned
                    .run
                    .inputs
                    .values()
                    .for_each(|value| say_value(value, &mut said));
            }
            RunEventBody::Traced(Event::ConversationMessageAdded { message }) => {
                say(&message.content, &mut said);
            }
            RunEventBody::Traced(Event::ToolExecutionRequest { tool, inputs, .. }) => {
                say(&tool.name, &mut said);
                say_value(inputs, &mut said);
            }
            RunEventBody::Traced(Event::ToolExecutionResponse { outputs, error, .. }) => {
                say_value(outputs, &mut said);
                if let Some(error) = error {
                    say(&error.message, &mut said);
                }
            }
            RunEventBody::Ended { outputs, error, .. } => {
                outputs
                    .values()
                    .for_each(|value| say_value(value, &mut said));
                if let Some(error) = error {
                    say(&error.message, &mut said);
                }
            }
            RunEventBody::Traced(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. }
            | RunEventBody::Operated { .. } => {}
        }
    }
    said
}

fn say(text: &str, said: &mut String) {
    let room = MAX_SAID_BYTES.saturating_sub(said.len());
    let end = text.floor_char_boundary(room);
    said.push_str(text.get(..end).unwrap_or_default());
    said.push('\n');
}

fn say_value(value: &Value, said: &mut String) {
    match value {
        Value::String(text) => say(text, said),
        Value::Array(items) => items.iter().for_each(|item| say_value(item, said)),
        Value::Object(fields) => fields.values().for_each(|field| say_value(field, said)),
        Value::Number(number) => say(&number.to_string(), said),
        Value::Null | Value::Bool(_) => {}
    }
}
