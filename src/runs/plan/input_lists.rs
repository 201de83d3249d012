//! Combinations of lists of inputs, with a row for each combination.

use serde_json::Value;

use crate::base::separated::{parts, values};
use crate::base::written::Written;
use crate::profile::quantity::RUNS;
use crate::runs::{Given, Row};

/// The values of one input, which are combined with all values of the other inputs:
/// `city=Paris,Rome`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputList {
    /// The name of the input.
    pub name: String,
    /// The values as written; a quoted text is a JSON string.
    pub values: Vec<String>,
}

/// The reason why lists can't be combined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InputListError {
    /// The text is not of the form `INPUT=A,B`.
    #[error("`{0}` must be INPUT=A,B,C")]
    Malformed(String),
    /// A value before or after a comma is missing.
    #[error("`{0}` has an extra comma: remove it, or write \"\" for an empty text")]
    Gap(String),
    /// An input has two lists.
    #[error("`{0}` is listed twice: give all of its values at once")]
    Twice(String),
    /// There are too many combinations.
    #[error("this makes {0} rows; a batch has at most {most} runs", most = RUNS.end())]
    TooMany(usize),
}

impl InputList {
    /// Parses `INPUT=A,B,C`. Commas in quotes, brackets and braces do not separate values; a text
    /// with a comma must be a JSON string.
    ///
    /// # Errors
    /// [`InputListError::Malformed`], [`InputListError::Gap`].
    pub(crate) fn read(text: &str) -> Result<Self, InputListError> {
        let malformed = || InputListError::Malformed(text.to_owned());
        let (name, written) = text.split_once('=').ok_or_else(malformed)?;
        let name = name.trim();
        if name.is_empty() {
            return Err(malformed());
        }
        let values = values(written).ok_or_else(|| InputListError::Gap(text.to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            values: values.into_iter().map(str::to_owned).collect(),
        })
    }

    /// Parses several lists, separated by semicolons.
    ///
    /// # Errors
    /// As [`InputList::read`]; [`InputListError::Twice`].
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>, InputListError> {
        let written = parts(text, ';').into_iter().map(str::trim);
        let lists = written.filter(|part| !part.is_empty()).map(Self::read);
        let lists: Vec<Self> = lists.collect::<Result<_, _>>()?;
        once_each(&lists)?;
        Ok(lists)
    }
}

/// Rejects an input with two lists.
fn once_each(lists: &[InputList]) -> Result<(), InputListError> {
    let mut numbered = lists.iter().enumerate();
    let is_twice = |(at, list): &(usize, &InputList)| {
        let mut before = lists.iter().take(*at);
        before.any(|before| before.name == list.name)
    };
    match numbered.find(is_twice) {
        Some((_, list)) => Err(InputListError::Twice(list.name.clone())),
        None => Ok(()),
    }
}

/// Returns the number of combinations for each given row.
pub(crate) fn count(lists: &[InputList]) -> usize {
    let counts = lists.iter().map(|list| list.values.len());
    counts.fold(1, usize::saturating_mul)
}

/// Combines each row with each combination of the lists; the first list changes slowest. Line
/// numbers are kept with their rows.
///
/// # Errors
/// [`InputListError::TooMany`], [`InputListError::Twice`].
pub(super) fn combined(
    rows: Vec<Row>,
    lines: Vec<usize>,
    lists: &[InputList],
) -> Result<(Vec<Row>, Vec<usize>), InputListError> {
    if lists.is_empty() {
        return Ok((rows, lines));
    }
    once_each(lists)?;
    let rows = if rows.is_empty() {
        vec![Row::new()]
    } else {
        rows
    };
    let n_rows = rows.len().saturating_mul(count(lists));
    if n_rows > *RUNS.end() {
        return Err(InputListError::TooMany(n_rows));
    }
    let mut all = rows;
    let mut lines = lines;
    for list in lists {
        let each = |row: &Row| {
            let values = list.values.iter();
            let rows = values.map(|value| {
                let mut row = row.clone();
                row.insert(list.name.clone(), given(value));
                row
            });
            rows.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(each).collect();
        let lines_of = lines.into_iter();
        lines = lines_of
            .flat_map(|line| std::iter::repeat_n(line, list.values.len()))
            .collect();
    }
    Ok((all, lines))
}

/// Reads a value: a quoted text is a string, even if it looks like another type.
fn given(written: &str) -> Given {
    match serde_json::from_str::<Value>(written) {
        Ok(Value::String(text)) => Given::Written(Written::Plain(Value::String(text))),
        _ => Given::Text(written.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn rows(of_file: &[&str], lists: &str) -> Vec<String> {
        let of_file = of_file.iter().map(|name| {
            let name = Given::Text((*name).to_owned());
            Row::from_iter([("name".to_owned(), name)])
        });
        let of_file: Vec<Row> = of_file.collect();
        let lines = (1..=of_file.len()).collect();
        let lists = InputList::read_all(lists).unwrap();
        let (rows, lines) = combined(of_file, lines, &lists).unwrap();
        let row = |row: &Row| {
            let values = row.values().map(|given| match given {
                Given::Text(text) => text.clone(),
                Given::Written(Written::Plain(value)) => value.to_string(),
                other => format!("{other:?}"),
            });
            values.collect::<Vec<_>>().join(" ")
        };
        let mut lines = lines.into_iter();
        let with_line = |words: String| match lines.next() {
            Some(line) => format!("{words} {line}"),
            None => words,
        };
        rows.iter().map(row).map(with_line).collect()
    }

    #[test]
    fn each_value_is_combined_with_each_of_the_others() {
        let all = "city=Paris,\"Rome, Italy\"; unit=C,F";
        assert_eq!(
            rows(&[], all),
            [
                "Paris C",
                "Paris F",
                "\"Rome, Italy\" C",
                "\"Rome, Italy\" F"
            ]
        );
        assert_eq!(
            rows(&["Ada", "Bo"], "unit=C,F"),
            ["Ada C 1", "Ada F 1", "Bo C 2", "Bo F 2"]
        );
        assert_eq!(rows(&["Ada"], ""), ["Ada 1"]);
        assert_eq!(count(&InputList::read_all(all).unwrap()), 4);
    }

    #[test]
    fn what_is_no_list_is_told() {
        let error = |text: &str| InputList::read_all(text).unwrap_err().to_string();
        assert_eq!(error("Paris"), "`Paris` must be INPUT=A,B,C");
        assert!(error("city=A; city=B").contains("listed twice"));
        let many = InputList {
            name: "n".to_owned(),
            values: vec![String::new(); 400],
        };
        let lists = [
            many.clone(),
            InputList {
                name: "m".to_owned(),
                ..many
            },
        ];
        let error = combined(Vec::new(), Vec::new(), &lists).unwrap_err();
        assert_eq!(error, InputListError::TooMany(160_000));
    }
}
