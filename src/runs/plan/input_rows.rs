//! Rows of inputs from a file: one run for each.
//!
//! | extension | what it holds |
//! |---|---|
//! | `.csv`, `.tsv` | a head with names, then a row for each run; every value is text |
//! | `.jsonl`, `.ndjson` | an object a line |
//! | `.json` | a list of objects, or one object |
//! | `.yaml`, `.yml` | the same in YAML |
//!
//! Of a text that comes without a name its beginning says how it is written.

mod csv_rows;

use std::io::Read;
use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};

use crate::base::files::{ReadError, read_text, read_text_from};
use crate::base::written::Written;
use crate::spec::Format;
use crate::spec::syntax::parse;

/// A row of inputs: values by name, as written.
pub(crate) type Row = IndexMap<String, Given>;

/// A value in its original form.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Text for an input of any type: JSON if it parses as that type, else a string.
    Text(String),
    /// The text of a table cell: JSON if it parses as the input's type; for a string, exactly the
    /// text.
    Cell(String),
    /// A value from a source with JSON types.
    Written(Written),
}

/// The rows of a file, with notes on how they were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InputRows {
    /// A row for each run.
    pub rows: Vec<Row>,
    /// The line number of each row in the file, from 1; empty if the format has none.
    pub lines: Vec<usize>,
    /// Notes on an unusual form of the file, each a sentence.
    pub notes: Vec<String>,
    /// The names of all columns, cached because finding them needs a pass over all rows.
    columns: Vec<String>,
}

impl InputRows {
    fn without_lines(rows: Vec<Row>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Returns the names of all columns, in order of first appearance.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// Returns the names of all columns, in order of first appearance.
pub(in crate::runs) fn columns(rows: &[Row]) -> Vec<&str> {
    let names: IndexSet<&str> = rows
        .iter()
        .flat_map(|row| row.keys().map(String::as_str))
        .collect();
    names.into_iter().collect()
}

/// Returns whether a column is meant for an input, although it is spelled differently, such as
/// `City` for `city`.
pub(crate) fn is_column_of(column: &str, input: &str) -> bool {
    column == input || column.trim().to_lowercase() == input.to_lowercase()
}

/// The reason why a file of rows could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowsError {
    /// The file itself could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The file's name does not indicate its format.
    #[error("`{}` is not a file of inputs: its name must end in .csv, .tsv, .json, .jsonl or .yaml", .0.display())]
    UnknownFormat(PathBuf),
    /// Rows were given instead of a file name.
    #[error(
        "this is JSON, but the name of a file is needed: save the text as `rows.json` and give that name"
    )]
    NotAName,
    /// The text does not have the format of the extension.
    #[error("`{}`, line {line}: {problem}", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// The file has no rows.
    #[error("`{}` has no rows", .0.display())]
    Empty(PathBuf),
}

/// Returns whether a file has an extension of files with rows.
pub(crate) fn is_rows_file(path: &Path) -> bool {
    Kind::of(path).is_some()
}

/// The format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Commas,
    Tabs,
    Lines,
    Json,
    Yaml,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Commas),
            "tsv" => Some(Self::Tabs),
            "jsonl" | "ndjson" => Some(Self::Lines),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Guesses the format from the beginning of a text: JSON begins with a bracket, a YAML list
    /// with a dash; anything else is a table.
    fn guess(text: &str) -> Self {
        let text = text.trim_start();
        let first_line = text.lines().next().unwrap_or_default();
        if text.starts_with('[') {
            Self::Json
        } else if text.starts_with('{') {
            // Each line of JSON lines is whole; an object over several lines is one row.
            match Written::read(first_line) {
                Ok(_row) => Self::Lines,
                Err(_goes_on) => Self::Json,
            }
        } else if first_line == "-" || first_line == "---" || first_line.starts_with("- ") {
            Self::Yaml
        } else {
            Self::Commas
        }
    }

    fn read(self, text: &str) -> Result<InputRows, Fault> {
        match self {
            Self::Commas => csv_rows::read(text, b','),
            Self::Tabs => csv_rows::read(text, b'\t'),
            Self::Lines => rows_of_lines(text),
            Self::Json => rows_of_json(text),
            Self::Yaml => rows_of_yaml(text),
        }
    }
}

/// Reads a file of rows in the format of its extension.
///
/// # Errors
/// [`RowsError`], for the first problem.
pub(crate) fn read_rows(path: &Path) -> Result<InputRows, RowsError> {
    let Some(kind) = Kind::of(path) else {
        let mut parts = path.iter().map(|part| part.to_string_lossy());
        return Err(if parts.any(|part| part.starts_with(['[', '{'])) {
            RowsError::NotAName
        } else {
            RowsError::UnknownFormat(path.to_owned())
        });
    };
    rows_of_text(kind, &read_text(path)?, path)
}

/// Reads rows from a source without a file name, such as standard input; `name` is used in errors.
///
/// # Errors
/// As [`read_rows`].
pub(crate) fn read_rows_from(source: impl Read, name: &Path) -> Result<InputRows, RowsError> {
    let text = read_text_from(source, name)?;
    let kind = Kind::guess(text.strip_prefix('\u{feff}').unwrap_or(&text));
    rows_of_text(kind, &text, name)
}

fn rows_of_text(kind: Kind, text: &str, path: &Path) -> Result<InputRows, RowsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match kind.read(text) {
        Ok(read) if read.rows.is_empty() => Err(RowsError::Empty(path.to_owned())),
        Ok(mut read) => {
            let columns = columns(&read.rows).into_iter();
            read.columns = columns.map(str::to_owned).collect();
            Ok(read)
        }
        Err(Fault { line, problem }) => Err(RowsError::Malformed {
            path: path.to_owned(),
            line,
            problem,
        }),
    }
}

/// The first problem of a text.
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

fn rows_of_lines(text: &str) -> Result<InputRows, Fault> {
    let mut read = InputRows::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let value = Written::read(line)
            .map_err(|error| Fault::new(number, format!("not JSON: {error}")))?;
        let row = row_of(value, "a row is an object").map_err(|why| Fault::new(number, why))?;
        read.rows.push(row);
        read.lines.push(number);
    }
    Ok(read)
}

fn rows_of_json(text: &str) -> Result<InputRows, Fault> {
    let value = Written::read(text)
        .map_err(|error| Fault::new(error.line(), format!("not JSON: {error}")))?;
    rows_of_value(value, "a row is an object")
        .map(InputRows::without_lines)
        .map_err(|(index, why)| Fault::new(1, format!("row {}: {why}", index + 1)))
}

fn rows_of_yaml(text: &str) -> Result<InputRows, Fault> {
    let (tree, problems) = parse(text, Format::Yaml);
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(Fault::new(problem.place.line, problem.message.clone()));
    }
    let Some(root) = tree.root() else {
        return Ok(InputRows::default());
    };
    let items = tree.items(root).unwrap_or_default();
    let lines: Vec<usize> = items.iter().map(|node| tree.place(*node).line).collect();
    let wanted = "a row is a mapping of names to values";
    match rows_of_value(tree.to_written(root), wanted) {
        Ok(rows) => Ok(InputRows {
            lines,
            ..InputRows::without_lines(rows)
        }),
        Err((index, why)) => {
            let line = lines.get(index).copied().unwrap_or(1);
            Err(Fault::new(line, why))
        }
    }
}

/// Returns the rows of a list, or the single row of an object.
///
/// # Errors
/// The index of the first invalid item and the reason; `wanted` if it is not an object.
fn rows_of_value(value: Written, wanted: &str) -> Result<Vec<Row>, (usize, String)> {
    let items = value.into_items().unwrap_or_else(|one| vec![one]);
    let items = items.into_iter().enumerate();
    items
        .map(|(index, item)| row_of(item, wanted).map_err(|why| (index, why)))
        .collect()
}

/// # Errors
/// `wanted` if it is no object; the name that is given twice.
fn row_of(value: Written, wanted: &str) -> Result<Row, String> {
    let mut row = Row::new();
    for (name, value) in value.into_entries().ok_or(wanted)? {
        if row.contains_key(&name) {
            return Err(format!("`{name}` is given twice"));
        }
        row.insert(name, Given::Written(value));
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row(values: Value) -> Row {
        row_of(values.into(), "").expect("an object")
    }

    #[test]
    fn each_format_gives_the_rows_that_it_holds() {
        let rows = vec![row(json!({"n": 1})), row(json!({"n": 2}))];
        let with_lines = |lines: &[usize]| InputRows {
            lines: lines.to_vec(),
            ..InputRows::without_lines(rows.clone())
        };
        let json = rows_of_json(r#"[{"n": 1}, {"n": 2}]"#);
        assert_eq!(json, Ok(with_lines(&[])));
        let lines = rows_of_lines("{\"n\": 1}\n\n{\"n\": 2}\n");
        assert_eq!(lines, Ok(with_lines(&[1, 3])));
        assert_eq!(rows_of_yaml("- n: 1\n- n: 2\n"), Ok(with_lines(&[1, 2])));
        let one = rows_of_json(r#"{"n": 1}"#).expect("a row");
        assert_eq!(one.rows, [row(json!({"n": 1}))]);
    }

    #[test]
    fn a_fault_has_its_line() {
        let csv = |text| csv_rows::read(text, b',');
        let cases = [
            (csv("a,b\n1,2\n3\n"), 3, "2 columns, and this row has 1"),
            (csv("a,a\n1,2\n"), 1, "`a` occurs twice"),
            (rows_of_lines("{}\n[1]\n"), 2, "a row is an object"),
            (rows_of_lines("{}\n{\n"), 2, "not JSON"),
            (rows_of_json("[\n{},\n"), 3, "not JSON"),
            (rows_of_json("[{}, 7]"), 1, "row 2"),
            (
                rows_of_lines("{}\n{\"a\": 1, \"a\": 1}\n"),
                2,
                "`a` is given twice",
            ),
            (
                rows_of_json("[{}, {\"a\": 1, \"a\": 2}]"),
                1,
                "`a` is given twice",
            ),
            (rows_of_yaml("- a: 1\n- 7\n"), 2, "mapping"),
        ];
        for (rows, line, problem) in cases {
            let fault = rows.expect_err(problem);
            assert_eq!(fault.line, line, "{fault:?}");
            assert!(fault.problem.contains(problem), "{fault:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_capitals_in_the_ending_are_nothing_special() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ROWS.CSV");
        std::fs::write(&path, "\u{feff}\"city\"\nParis\n").expect("written");
        let read = read_rows(&path).expect("a row");
        assert_eq!(read.columns(), ["city"]);
        assert_eq!(read.notes, [""; 0]);
    }

    #[test]
    fn a_text_without_a_name_is_read_by_its_beginning() {
        for text in [
            "n\n1\n2\n",
            "\u{feff}\"n\"\n1\n2\n",
            "{\"n\": 1}\n{\"n\": 2}\n",
            "[{\"n\": 1},\n {\"n\": 2}]",
            "- n: 1\n- {n: 2}\n",
            "---\n-\n  n: 1\n- n: 2\n",
        ] {
            let read = read_rows_from(text.as_bytes(), Path::new("<stdin>")).expect(text);
            assert_eq!(read.columns(), ["n"], "{text}");
            assert_eq!(read.rows.len(), 2, "{text}");
        }
        let one = read_rows_from("{\n\"n\": 1\n}".as_bytes(), Path::new("<stdin>"));
        assert_eq!(one.expect("a row").rows, [row(json!({"n": 1}))]);
        let fault = read_rows_from("{\"n\": 1}\n[2]".as_bytes(), Path::new("<stdin>"));
        let told = fault.expect_err("no row").to_string();
        assert_eq!(told, "`<stdin>`, line 2: a row is an object");
        let empty = read_rows_from("".as_bytes(), Path::new("<stdin>"));
        assert!(matches!(empty, Err(RowsError::Empty(_))));
    }

    #[test]
    fn a_file_without_rows_or_of_an_unknown_kind_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "city\n").expect("written");
        assert!(matches!(read_rows(&path), Err(RowsError::Empty(_))));
        let unknown = read_rows(&folder.path().join("rows.txt"));
        assert!(matches!(unknown, Err(RowsError::UnknownFormat(_))));
        let rows = read_rows(&folder.path().join(r#"[{"city":"Rome"}]"#));
        assert!(matches!(rows, Err(RowsError::NotAName)));
    }
}
