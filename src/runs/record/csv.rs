//! Runs as rows of a table.

use serde_json::{Map, Value, json};

use crate::runs::RunRecord;

/// A row for each run: its id, place and state, its inputs and outputs by name, what the agent said last, why it failed.
pub(crate) fn to_csv(records: &[RunRecord]) -> String {
    let rows: Vec<Map<String, Value>> = records.iter().map(row).collect();
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
    let error = record.error.as_ref().map(|error| error.message.as_str());
    put("error".to_owned(), json!(error));
    row
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
