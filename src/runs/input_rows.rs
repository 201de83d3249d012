//! Rows of inputs from a file: one run for each.
//!
//! | extension | what it holds |
//! |---|---|
//! | `.csv` | a head with names, then a row for each run; every value is text |
//! | `.jsonl`, `.ndjson` | an object a line |
//! | `.json` | a list of objects, or one object |
//! | `.yaml`, `.yml` | the same in YAML |

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use crate::base::files::{ReadError, read_text};
use crate::spec::Format;
use crate::spec::syntax::parse;

/// One row: values by name, as they were written.
pub type Row = IndexMap<String, Given>;

/// A value as it was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Text that stands for whatever the input wants: JSON if that has its type, else a string.
    Text(String),
    /// A value of a source that knows kinds.
    Value(Value),
}

/// Why a file of rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The file itself could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The name says nothing about the format.
    #[error("`{}` is no file of inputs: it ends in none of .csv, .json, .jsonl, .yaml", .0.display())]
    UnknownFormat(PathBuf),
    /// The text is not what the extension says.
    #[error("`{}`, line {line}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// There is no row in it.
    #[error("`{}` has no rows", .0.display())]
    Empty(PathBuf),
}

/// Reads a file of rows; the extension says how.
///
/// # Errors
/// [`RowsError`], of the first fault.
pub fn read_rows(path: &Path) -> Result<Vec<Row>, RowsError> {
    let parse_text = match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => rows_of_csv,
        Some("jsonl" | "ndjson") => rows_of_lines,
        Some("json") => rows_of_json,
        Some("yaml" | "yml") => rows_of_yaml,
        Some(_) | None => return Err(RowsError::UnknownFormat(path.to_owned())),
    };
    let text = read_text(path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match parse_text(text) {
        Ok(rows) if rows.is_empty() => Err(RowsError::Empty(path.to_owned())),
        Ok(rows) => Ok(rows),
        Err(Fault { line, problem }) => Err(RowsError::Malformed {
            path: path.to_owned(),
            line,
            problem,
        }),
    }
}

/// The first fault of a text.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    problem: String,
}

impl Fault {
    fn new(line: usize, problem: impl Into<String>) -> Self {
        Self {
            line,
            problem: problem.into(),
        }
    }
}

fn rows_of_csv(text: &str) -> Result<Vec<Row>, Fault> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| csv_fault(&error))?.clone();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(Fault::new(1, format!("column `{name}` is there twice")));
        }
    }
    let rows = reader.records().map(|record| {
        let record = record.map_err(|error| csv_fault(&error))?;
        let cells = names.iter().zip(record.iter());
        Ok(cells
            .map(|(name, text)| (name.to_owned(), Given::Text(text.to_owned())))
            .collect())
    });
    rows.collect()
}

fn csv_fault(error: &csv::Error) -> Fault {
    let line = error.position().map_or(1, csv::Position::line);
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => Fault::new(
            line,
            format!("the head names {expected_len} columns, and this row has {len}"),
        ),
        _ => Fault::new(line, error.to_string()),
    }
}

fn rows_of_lines(text: &str) -> Result<Vec<Row>, Fault> {
    let lines = (1..).zip(text.lines());
    let rows = lines.filter(|(_, line)| !line.trim().is_empty());
    rows.map(|(number, line)| {
        let value: Value = serde_json::from_str(line)
            .map_err(|error| Fault::new(number, format!("no JSON: {error}")))?;
        row_of(value).ok_or_else(|| Fault::new(number, "a row is an object"))
    })
    .collect()
}

fn rows_of_json(text: &str) -> Result<Vec<Row>, Fault> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Fault::new(error.line(), format!("no JSON: {error}")))?;
    rows_of_value(value)
        .map_err(|index| Fault::new(1, format!("row {}: a row is an object", index + 1)))
}

fn rows_of_yaml(text: &str) -> Result<Vec<Row>, Fault> {
    let (tree, problems) = parse(text, Format::Yaml);
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(Fault::new(problem.place.line, problem.message.clone()));
    }
    let Some(root) = tree.root() else {
        return Ok(Vec::new());
    };
    rows_of_value(tree.to_json(root)).map_err(|index| {
        let place = tree.items(root).and_then(|items| items.get(index));
        let line = place.map_or(1, |node| tree.place(*node).line);
        Fault::new(line, "a row is a mapping of names to values")
    })
}

/// The rows of a list, or the one row that an object is.
///
/// # Errors
/// The index of the first item that is no object.
fn rows_of_value(value: Value) -> Result<Vec<Row>, usize> {
    match value {
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| row_of(item).ok_or(index))
            .collect(),
        other => Ok(vec![row_of(other).ok_or(0_usize)?]),
    }
}

fn row_of(value: Value) -> Option<Row> {
    match value {
        Value::Object(values) => Some(
            values
                .into_iter()
                .map(|(name, value)| (name, Given::Value(value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(values: Value) -> Row {
        row_of(values).expect("an object")
    }

    #[test]
    fn each_format_gives_the_rows_that_it_holds() {
        let expected = vec![row(json!({"n": 1})), row(json!({"n": 2}))];
        assert_eq!(
            rows_of_json(r#"[{"n": 1}, {"n": 2}]"#),
            Ok(expected.clone())
        );
        assert_eq!(
            rows_of_lines("{\"n\": 1}\n\n{\"n\": 2}\n"),
            Ok(expected.clone())
        );
        assert_eq!(rows_of_yaml("- n: 1\n- n: 2\n"), Ok(expected));
        assert_eq!(rows_of_json(r#"{"n": 1}"#), Ok(vec![row(json!({"n": 1}))]));
        let cells = rows_of_csv("city , n\nParis,1\n\"São, Paulo\",x\n").expect("two rows");
        assert_eq!(cells[1]["city"], Given::Text("São, Paulo".to_owned()));
        assert_eq!(cells[0]["n"], Given::Text("1".to_owned()));
    }

    #[test]
    fn a_fault_has_its_line() {
        let cases = [
            (
                rows_of_csv("a,b\n1,2\n3\n"),
                3,
                "2 columns, and this row has 1",
            ),
            (rows_of_csv("a,a\n1,2\n"), 1, "`a` is there twice"),
            (rows_of_lines("{}\n[1]\n"), 2, "a row is an object"),
            (rows_of_lines("{}\n{\n"), 2, "no JSON"),
            (rows_of_json("[\n{},\n"), 3, "no JSON"),
            (rows_of_json("[{}, 7]"), 1, "row 2"),
            (rows_of_yaml("- a: 1\n- 7\n"), 2, "mapping"),
        ];
        for (rows, line, problem) in cases {
            let fault = rows.expect_err(problem);
            assert_eq!(fault.line, line, "{fault:?}");
            assert!(fault.problem.contains(problem), "{fault:?}");
        }
    }

    #[test]
    fn a_file_without_rows_or_of_an_unknown_kind_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "city\n").expect("written");
        assert!(matches!(read_rows(&path), Err(RowsError::Empty(_))));
        let unknown = read_rows(&folder.path().join("rows.txt"));
        assert!(matches!(unknown, Err(RowsError::UnknownFormat(_))));
    }
}
