//! The command `flowdeck history list`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{find, opened};
use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::cli::context::Context;
use crate::cli::kept;
use crate::cli::outcome::{Exit, Stop};
use crate::runs::{
    Content, HistoryError, HistoryFilter, HistoryReader, ListedRun, Named, failure_object,
};
use crate::trace::RunState;

/// The maximum width of a run's label, in cells.
const LABEL_CELLS: usize = 36;

/// The maximum width of a run's result, in cells.
const RESULT_CELLS: usize = 60;

/// The default maximum number of listed runs in the text format.
const SHOWN: usize = 50;

/// Which runs are listed.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// Only runs of this spec, by the name of its root component
    #[arg(long, value_name = "NAME")]
    spec: Option<String>,

    /// Only runs in this state; may be given more than once
    #[arg(long, value_name = "S", value_parser = state)]
    state: Vec<RunState>,

    /// Only runs of this batch
    #[arg(long, value_name = "B")]
    batch: Option<String>,

    /// Only runs with these words in the conversation or in tool results; the last word may be incomplete
    #[arg(long, value_name = "T")]
    text: Option<String>,

    /// Only runs that called this tool
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,

    /// Only runs that were planned on this day or later: `2026-01-31`, or a time such as `2026-01-31T14:05:00Z`
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: Option<Timestamp>,

    /// Only runs of the current folder
    #[arg(long)]
    here: bool,

    /// How many runs to list at most [default: 50 as text, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// How to write them
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each
    Text,
    /// A list of objects
    Json,
}

fn state(text: &str) -> Result<RunState, String> {
    let known = RunState::ALL.into_iter().find(|state| state.name() == text);
    known.ok_or_else(|| {
        let names: Vec<&str> = RunState::ALL.iter().map(|state| state.name()).collect();
        format!("it must be one of {}", names.join(", "))
    })
}

fn date(text: &str) -> Result<Timestamp, String> {
    Timestamp::named(text, &chrono::Local).ok_or_else(|| {
        "it must be a day such as 2026-01-31, or a time such as 2026-01-31T14:05:00Z".to_owned()
    })
}

pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let reader = match HistoryReader::open(&kept::file(context)) {
        // Nothing was kept yet: the list is empty.
        Err(error @ HistoryError::Missing(_)) if options.batch.is_none() => {
            context.output.note(&error.to_string());
            if options.format == Format::Json {
                context.output.json("[]\n")?;
            }
            return Ok(Exit::Success);
        }
        opened => opened.map_err(|error| kept::stop(&error))?,
    };
    let batch = match &options.batch {
        None => None,
        Some(id) => match find(&reader, id, context)? {
            Named::Batch(batch) => Some(batch),
            Named::Run(run) => {
                return Err(Stop::usage(format!(
                    "`{run}` is a run, but a batch is needed"
                )));
            }
        },
    };
    if options.text.is_some()
        && let Err(stop) = opened(context)
            .and_then(|mut history| history.tidy().map_err(|error| kept::stop(&error)))
    {
        context.output.warning(&format!(
            "the newest runs may be missing here: {}",
            stop.message
        ));
    }
    let is_text = options.format == Format::Text;
    let shown = options.limit.or(is_text.then_some(SHOWN));
    let filter = HistoryFilter {
        spec: options.spec.clone(),
        states: options.state.clone(),
        batch,
        text: options.text.clone(),
        tool: options.tool.clone(),
        since: options.since,
        workspace: options
            .here
            .then(|| context.workspace().to_string_lossy().into_owned()),
        after: None,
        limit: shown.map(|shown| shown.saturating_add(usize::from(is_text))),
    };
    let mut runs = reader.list(&filter).map_err(|error| kept::stop(&error))?;
    if options.format == Format::Json {
        let objects: Vec<Value> = runs.iter().map(object).collect();
        context
            .output
            .json(&format!("{:#}\n", Value::Array(objects)))?;
        return Ok(Exit::Success);
    }
    let shown = shown.unwrap_or(SHOWN);
    let is_more = runs.len() > shown;
    runs.truncate(shown);
    context.output.data(&table(&runs))?;
    if is_more && options.limit.is_none() {
        context
            .output
            .note(&format!("the newest {shown}; `--limit N` shows more"));
    }
    Ok(Exit::Success)
}

fn object(run: &ListedRun) -> Value {
    json!({
        "run": run.run,
        "batch": run.batch,
        "index": run.index,
        "spec": run.spec,
        "state": run.state,
        "started_at": run.started_at.map(Timestamp::to_rfc3339),
        "duration_ms": run.duration_ms,
        "inputs": run.inputs,
        "outputs": run.outputs,
        "error": run.error.as_ref().map(|error| failure_object(error, Content::Kept)),
        "usage": run.usage,
        "tools": run.tools,
        "forked_from": run.forked_from,
        "worker": null,
        "workspace": run.workspace,
    })
}

fn table(runs: &[ListedRun]) -> String {
    let mut text = String::new();
    let mut batch = None;
    for run in runs {
        if batch != Some(&run.batch) {
            batch = Some(&run.batch);
            let at = run.launched_at.to_utc().with_timezone(&chrono::Local);
            // Writing to a string never fails.
            let _ = writeln!(
                text,
                "{}  {}  {}  {}",
                run.batch,
                at.format("%Y-%m-%d %H:%M"),
                sanitised(&run.spec),
                sanitised(&run.workspace)
            );
        }
        let label = ellipsis(&sanitised(&run.label), LABEL_CELLS);
        let padding = LABEL_CELLS.saturating_sub(width_cells(&label));
        let result = match &run.error {
            Some(error) => error.message.lines().next().unwrap_or_default().to_owned(),
            None => run.result.clone(),
        };
        let _ = writeln!(
            text,
            "  {}  {:<11} {label}{} {:>8}  {}",
            run.run,
            if run.is_at_workers() {
                "at_workers"
            } else {
                run.state.name()
            },
            " ".repeat(padding),
            duration::short(duration::of_milliseconds(run.duration_ms)),
            ellipsis(&sanitised(&result), RESULT_CELLS),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_and_nothing_else() {
        assert_eq!(
            date("1970-01-01T00:00:01Z"),
            Ok(Timestamp::from_ns(1_000_000_000))
        );
        assert!(date("2026-01-31").is_ok());
        for wrong in ["yesterday", "2026-02-30", "", "1969-12-31T00:00:00Z"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
