//! Tidies ended runs in idle times: adds their words to the search index, and compresses their
//! events.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior, params};
use serde_json::Value;

use super::entry;
use super::error::{During, HistoryError};
use super::pack::{packed, unpacked};
use crate::base::ids::RunId;
use crate::trace::{Event, RunEvent, RunEventBody};

/// The number of bytes that are compressed into one row, small enough to spread a long run over all
/// cores.
const ROW_BYTES: usize = 1 << 20;

/// The maximum number of bytes of a run's text in the search index; text beyond it is not found.
const MAX_SAID_BYTES: usize = 1 << 20;

/// The index words and compressed events of an ended run.
struct Tidied {
    number: i64,
    words: String,
    /// The compressed rows, with the numbers of their first events; `None` if the run's events are
    /// invalid.
    rows: Vec<(u64, Vec<u8>)>,
}

/// Tidies the runs that ended first, up to a maximum number. Returns how many were tidied.
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
        tidied.push(made_of(connection, number, &run).during("packed", path)?);
    }
    put(connection, &tidied).during("written", path)?;
    Ok(n_runs)
}

/// Compresses the events of a run, one row at a time because a long run has many.
fn made_of(connection: &Connection, number: i64, run: &RunId) -> rusqlite::Result<Tidied> {
    let mut tidied = Tidied {
        number,
        words: String::new(),
        rows: Vec::new(),
    };
    let (mut lines, mut begin) = (Vec::new(), 0_u64);
    let query = "SELECT first, is_packed, body FROM entries WHERE run = ?1 ORDER BY first";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([number])?;
    while let Some(row) = rows.next()? {
        if lines.is_empty() {
            begin = row.get(0)?;
        }
        let mut events = Vec::new();
        let body = row.get_ref(2)?.as_blob()?;
        let lines_of_row = unpacked(row.get(1)?, body).ok();
        let Some(more) =
            lines_of_row.filter(|lines| entry::read(run, lines, "", &mut events).is_ok())
        else {
            // What can't be read stays as it is.
            return Ok(Tidied {
                number,
                words: String::new(),
                rows: Vec::new(),
            });
        };
        add_all(&events, &mut tidied.words);
        lines.extend_from_slice(&more);
        if lines.len() >= ROW_BYTES {
            let body = packed(&lines).map_err(unwritable)?;
            tidied.rows.push((begin, body));
            lines.clear();
        }
    }
    if !lines.is_empty() {
        let body = packed(&lines).map_err(unwritable)?;
        tidied.rows.push((begin, body));
    }
    Ok(tidied)
}

/// Writes the index words of runs, and replaces their events by the compressed rows.
fn put(connection: &mut Connection, tidied: &[Tidied]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for Tidied {
        number,
        words,
        rows,
    } in tidied
    {
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
            .execute(params![number, words])?;
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

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// Collects the text of a run's messages, tool arguments and results.
fn add_all(events: &[Arc<RunEvent>], words: &mut String) {
    for event in events {
        match &event.body {
            RunEventBody::Planned(planned) => {
                add(&planned.terms.component.name, words);
                planned
                    .run
                    .inputs
                    .values()
                    .for_each(|value| add_value(value, words));
            }
            RunEventBody::Traced(Event::ConversationMessageAdded { message }) => {
                add(&message.content, words);
            }
            RunEventBody::Traced(Event::ToolExecutionRequest { tool, inputs, .. }) => {
                add(&tool.name, words);
                add_value(inputs, words);
            }
            RunEventBody::Traced(Event::ToolExecutionResponse { outputs, error, .. }) => {
                add_value(outputs, words);
                if let Some(error) = error {
                    add(&error.message, words);
                }
            }
            RunEventBody::Ended { outputs, error, .. } => {
                outputs.values().for_each(|value| add_value(value, words));
                if let Some(error) = error {
                    add(&error.message, words);
                }
            }
            RunEventBody::Traced(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. }
            | RunEventBody::Operated { .. } => {}
        }
    }
}

fn add(text: &str, words: &mut String) {
    let room = MAX_SAID_BYTES.saturating_sub(words.len());
    let end = text.floor_char_boundary(room);
    words.push_str(text.get(..end).unwrap_or_default());
    words.push('\n');
}

fn add_value(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => add(text, words),
        Value::Array(items) => items.iter().for_each(|item| add_value(item, words)),
        Value::Object(fields) => fields.values().for_each(|field| add_value(field, words)),
        Value::Number(number) => add(&number.to_string(), words),
        Value::Null | Value::Bool(_) => {}
    }
}
