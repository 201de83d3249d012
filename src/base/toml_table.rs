//! A reader of TOML tables that gives every problem its position and every unknown key a
//! suggestion.
//!
//! A [`TableReader`] is asked for all keys that are allowed; [`TableReader::finish`] then reports
//! the others. Problems are collected instead of returned, so that all problems of a file are
//! reported.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::suggest::closest;
use crate::base::written::Written;

/// A problem of a TOML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlProblem {
    /// The line of the first character, from 1.
    pub line: usize,
    /// The column of the first character, from 1, in characters.
    pub column: usize,
    /// The message, on one line.
    pub message: String,
    /// A suggestion: ``did you mean `url`?``.
    pub help: Option<String>,
}

/// The problems of one text, found so far.
#[derive(Debug)]
pub(crate) struct TomlProblems<'t> {
    text: &'t str,
    found: Vec<TomlProblem>,
}

impl<'t> TomlProblems<'t> {
    /// Parses `text` and returns its root table, as far as it can be read.
    pub(crate) fn parse(text: &'t str) -> (DeTable<'t>, Self) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let mut problems = Self {
            text,
            found: Vec::new(),
        };
        for error in errors {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            problems.add(error.span().unwrap_or(0..0), message);
        }
        (root.into_inner(), problems)
    }

    /// Whether no problem was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds a problem at a byte range of the text.
    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.push(span, message.into(), None);
    }

    /// Adds a problem with a suggestion.
    pub(crate) fn add_with_help(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: String,
    ) {
        self.push(span, message.into(), Some(help));
    }

    fn push(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.found.push(TomlProblem {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message,
            help,
        });
    }

    /// Returns all problems in the order of their positions.
    pub(crate) fn into_found(mut self) -> Vec<TomlProblem> {
        self.found
            .sort_by_key(|problem| (problem.line, problem.column));
        self.found
    }
}

/// A value of a table, with its dotted name.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    /// The dotted name: `tools.lookup.timeout`.
    pub name: String,
    value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Entry<'t> {
    /// Returns the byte range of the value.
    pub(crate) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    /// Returns the value itself.
    pub(crate) fn value(&self) -> &'t DeValue<'t> {
        self.value.get_ref()
    }

    fn expected(&self, what: &str, problems: &mut TomlProblems<'_>) {
        let message = format!(
            "`{}` must be {what}, not {}",
            self.name,
            with_article(self.value().type_str())
        );
        problems.add(self.span(), message);
    }

    /// Returns the value as a string.
    pub(crate) fn string(&self, problems: &mut TomlProblems<'_>) -> Option<&'t str> {
        let text = self.value().as_str();
        if text.is_none() {
            self.expected("a string", problems);
        }
        text
    }

    /// Returns the value as an integer within a range.
    pub(crate) fn count(
        &self,
        range: &RangeInclusive<usize>,
        problems: &mut TomlProblems<'_>,
    ) -> Option<usize> {
        let count = self
            .value()
            .as_integer()
            .and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|count| range.contains(count));
        if count.is_none() {
            let (name, start, end) = (&self.name, range.start(), range.end());
            let message = format!("`{name}` must be a whole number from {start} to {end}");
            problems.add(self.span(), message);
        }
        count
    }

    /// Returns the value as a boolean.
    pub(crate) fn flag(&self, problems: &mut TomlProblems<'_>) -> Option<bool> {
        let flag = self.value().as_bool();
        if flag.is_none() {
            self.expected("true or false", problems);
        }
        flag
    }

    /// Returns the value as a list.
    pub(crate) fn list(&self, problems: &mut TomlProblems<'_>) -> Option<Vec<Self>> {
        let Some(items) = self.value().as_array() else {
            self.expected("an array", problems);
            return None;
        };
        let item = |(index, value)| Self {
            name: format!("{}[{index}]", self.name),
            value,
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Returns the value as a list of strings.
    pub(crate) fn strings(&self, problems: &mut TomlProblems<'_>) -> Option<Vec<&'t str>> {
        self.list(problems)?
            .iter()
            .map(|item| item.string(problems))
            .collect()
    }

    /// Returns the value as a table.
    pub(crate) fn table(&self, problems: &mut TomlProblems<'_>) -> Option<TableReader<'t>> {
        let table = self.value().as_table();
        if table.is_none() {
            self.expected("a table", problems);
        }
        table.map(|table| TableReader::new(table, &self.name, self.span()))
    }

    /// Returns the value as JSON; dates become strings.
    pub(crate) fn json(&self, problems: &mut TomlProblems<'_>) -> Option<Value> {
        let json = to_json(self.value());
        if json.is_none() {
            problems.add(
                self.span(),
                format!("`{}` holds a number that JSON can't represent", self.name),
            );
        }
        json
    }

    /// Returns the value in its original notation; dates become strings.
    pub(crate) fn written(&self, problems: &mut TomlProblems<'_>) -> Option<Written> {
        let written = to_written(self.value());
        if written.is_none() {
            let message = format!("`{}` holds a number that JSON can't represent", self.name);
            problems.add(self.span(), message);
        }
        written
    }
}

/// A reader of a TOML table by key.
#[derive(Debug)]
pub(crate) struct TableReader<'t> {
    table: &'t DeTable<'t>,
    name: String,
    span: Range<usize>,
    known: Vec<&'static str>,
}

impl<'t> TableReader<'t> {
    /// Makes a reader of a table with its dotted name; the root's name is empty.
    pub(crate) fn new(table: &'t DeTable<'t>, name: &str, span: Range<usize>) -> Self {
        Self {
            table,
            name: name.to_owned(),
            span,
            known: Vec::new(),
        }
    }

    /// Returns the table's dotted name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the byte range of the table.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Returns the value of a key, which is allowed in the table.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        self.table.get(key).map(|value| self.entry(key, value))
    }

    /// Returns all keys with their values, for a table with arbitrary keys.
    pub(crate) fn entries(&self) -> Vec<(&'t str, Entry<'t>)> {
        self.table
            .iter()
            .map(|(key, value)| {
                let key: &'t str = key.get_ref();
                (key, self.entry(key, value))
            })
            .collect()
    }

    fn entry(&self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Entry<'t> {
        let is_bare = key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let key = if is_bare {
            Cow::Borrowed(key)
        } else {
            Cow::Owned(format!("{key:?}"))
        };
        let name = if self.name.is_empty() {
            key.into_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        Entry { name, value }
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(self, problems: &mut TomlProblems<'_>) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if self.known.contains(&name) {
                continue;
            }
            let message = if self.name.is_empty() {
                format!("unknown key `{name}`")
            } else {
                format!("unknown key `{name}` in `[{}]`", self.name)
            };
            let help = match closest(name, self.known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known keys are {}", quoted(&self.known)),
            };
            problems.add_with_help(key.span(), message, help);
        }
    }
}

/// Returns names in backticks, separated by commas.
pub(crate) fn quoted(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

fn to_json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            Value::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => Value::Number(Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| to_json(item.get_ref()))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), to_json(value.get_ref())?)))
                .collect::<Option<Map<_, _>>>()?,
        ),
    })
}

fn to_written(value: &DeValue<'_>) -> Option<Written> {
    Some(match value {
        DeValue::Integer(number) => {
            let prefix = match number.radix() {
                2 => "0b",
                8 => "0o",
                16 => "0x",
                _ => "",
            };
            Written::scalar(&format!("{prefix}{}", number.as_str()), to_json(value))
        }
        DeValue::Float(number) => Written::scalar(number.as_str(), Some(to_json(value)?)),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| to_written(item.get_ref()));
            Written::of_items(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, value)| {
                Some((key.get_ref().to_string(), to_written(value.get_ref())?))
            });
            Written::of_entries(entries.collect::<Option<_>>()?)
        }
        DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            Written::Plain(to_json(value)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_its_place_and_what_was_meant() {
        let (root, mut problems) = TomlProblems::parse("[a]\nb = 1\n  urll = 2\n");
        let mut reader = TableReader::new(&root, "", 0..0);
        let entry = reader.get("a").unwrap();
        let mut inner = entry.table(&mut problems).unwrap();
        assert_eq!(
            inner.get("b").unwrap().count(&(1..=9), &mut problems),
            Some(1)
        );
        inner.get("url");
        inner.finish(&mut problems);
        reader.finish(&mut problems);
        let problem = TomlProblem {
            line: 3,
            column: 3,
            message: "unknown key `urll` in `[a]`".to_owned(),
            help: Some("did you mean `url`?".to_owned()),
        };
        assert_eq!(problems.into_found(), [problem]);
    }

    #[test]
    fn every_kind_of_value_becomes_json() {
        let text = "v = {a = 0x10, b = [1.5, true], c = 2026-01-01, d = 'x'}";
        let (root, mut problems) = TomlProblems::parse(text);
        let entry = TableReader::new(&root, "", 0..0).get("v").unwrap();
        assert_eq!(
            entry.json(&mut problems),
            Some(json!({"a": 16, "b": [1.5, true], "c": "2026-01-01", "d": "x"}))
        );
        assert_eq!(problems.into_found(), []);
    }

    #[test]
    fn a_text_that_is_not_toml_is_told_with_its_line() {
        let (_, problems) = TomlProblems::parse("a = 1\nb = = 2\n");
        let found = problems.into_found();
        assert_eq!(
            found.first().map(|problem| problem.line),
            Some(2),
            "{found:?}"
        );
    }
}
