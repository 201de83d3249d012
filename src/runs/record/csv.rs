//! Runs as rows of a table.

use serde_json::{Map, Value, json};

use crate::base::clock::Timestamp;
use crate::runs::{RunRecord, milliseconds};

/// Writes a row for each run: id, index and state, inputs and outputs by name, the agent's last
/// message, the error, times of beginning and end, active time, and token counts.
pub(crate) fn to_csv(records: &[&RunRecord]) -> String {
    let rows: Vec<Map<String, Value>> = records.iter().map(|record| row(record)).collect();
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = |row: &Map<String, Value>| -> Vec<String> {
        columns
            .iter()
            .map(|column| cell(row.get(*column)))
            .collect()
    };
    let written = writer.write_record(&columns).and_then(|()| {
        rows.iter()
            .try_for_each(|row| writer.write_record(cells(row)))
    });
    // Rows of one length that go to memory are written.
    debug_assert!(written.is_ok());
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn row(record: &RunRecord) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |name: String, value: Value| row.insert(name, value);
    put("run".to_owned(), json!(record.run));
    put("index".to_owned(), json!(record.index));
    put("state".to_owned(), json!(record.state));
    for (name, value) in &record.plan.inputs {
        put(format!("input.{name}"), value.clone());
    }
    for (name, value) in &record.outputs {
        put(format!("output.{name}"), value.clone());
    }
    put("said".to_owned(), json!(record.last_words()));
    let error = record.error.as_ref();
    let message = error.map(|error| error.message.as_str());
    put("error".to_owned(), json!(message));
    let kind = error.map(|error| error.kind.name());
    put("error_kind".to_owned(), json!(kind));
    let variant = record.terms.variant();
    if !variant.is_empty() {
        put("variant".to_owned(), json!(variant));
    }
    if !record.terms.stubbed.is_empty() {
        put("stubbed".to_owned(), json!(record.terms.stubbed.join(" ")));
    }
    let time = |at: Option<Timestamp>| json!(at.map(Timestamp::to_rfc3339));
    put("started_at".to_owned(), time(record.started_at));
    put("ended_at".to_owned(), time(record.ended_at));
    let active = record.duration(record.last_moment());
    put("duration_ms".to_owned(), json!(milliseconds(active)));
    let usage = record.usage;
    for (name, count) in [
        ("input_tokens", usage.input_tokens),
        ("output_tokens", usage.output_tokens),
        ("total_tokens", usage.total_tokens),
        ("llm_calls", usage.llm_calls),
        ("tool_calls", record.n_tool_calls as u64),
    ] {
        put(name.to_owned(), json!(count));
    }
    row
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
