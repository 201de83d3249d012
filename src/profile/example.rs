//! The section `[examples."agents/x.yaml"]`: initial values of the launch dialog for a spec.

use std::path::{Path, PathBuf};

use super::quantity::{AT_ONCE, RUNS};
use super::tool_table::resolved;
use crate::base::toml_table::{Entry, TomlProblems};
use crate::base::written::Written;
use indexmap::IndexMap;

/// The initial values of the launch dialog for one spec. Values that are not set keep the dialog's
/// defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// The user's message; `{{input}}` is replaced from the input row.
    pub message: Option<String>,
    /// A file with a row of inputs for each run.
    pub inputs: Option<PathBuf>,
    /// Inputs by name, as written in the file.
    pub input: IndexMap<String, Written>,
    /// The number of runs for each row.
    pub runs: Option<usize>,
    /// The maximum number of runs at once.
    pub at_once: Option<usize>,
    /// A file with answers to the questions of the runs.
    pub answers: Option<PathBuf>,
}

impl Example {
    pub(super) fn read(
        entry: &Entry<'_>,
        folder: &Path,
        problems: &mut TomlProblems<'_>,
    ) -> Option<Self> {
        let mut table = entry.table(problems)?;
        let mut example = Self::default();
        if let Some(message) = table.get("message") {
            example.message = message.string(problems).map(str::to_owned);
        }
        if let Some(path) = table.get("inputs") {
            example.inputs = path.string(problems).map(|path| resolved(folder, path));
        }
        if let Some(values) = table.get("input")
            && let Some(reader) = values.table(problems)
        {
            for (name, value) in reader.entries() {
                if let Some(value) = value.written(problems) {
                    example.input.insert(name.to_owned(), value);
                }
            }
        }
        if let Some(runs) = table.get("runs") {
            example.runs = runs.count(&RUNS, problems);
        }
        if let Some(at_once) = table.get("at_once") {
            example.at_once = at_once.count(&AT_ONCE, problems);
        }
        if let Some(path) = table.get("answers") {
            example.answers = path.string(problems).map(|path| resolved(folder, path));
        }
        table.finish(problems);
        Some(example)
    }
}
