//! `flowdeck history export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::show::object;
use super::{find, reader, records};
use crate::cli::context::{Context, is_stdin};
use crate::cli::outcome::{Exit, Stop};
use crate::runs::{BatchFormat, RunRecord, kept_text, to_otlp};

/// What is written, and where.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The id of a run or a batch, or the beginning of it; `last` is the newest batch of this folder
    #[arg(value_name = "RUN|BATCH")]
    id: String,

    /// What to write it as
    #[arg(
        long,
        visible_alias = "format",
        value_name = "FORMAT",
        default_value = "jsonl"
    )]
    to: Target,

    /// The file to write [default: standard output, as for `-`]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Each event, an object a line
    Jsonl,
    /// The conversation, as Markdown; of a batch what came of all before it
    Md,
    /// A row for each run: inputs, outputs, state, times, tokens, error
    Csv,
    /// The object that `run --format json` writes
    Json,
    /// A trace for an OpenTelemetry collector (OTLP, JSON)
    Otlp,
    /// The spec that was run, as canonical Agent Spec
    Spec,
}

pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let reader = reader(context)?;
    let named = find(&reader, &options.id, context)?;
    let records = records(&reader, &named)?;
    let written = |format: BatchFormat| format.write(&records.iter().collect::<Vec<_>>());
    let text = match options.to {
        Target::Jsonl => written(BatchFormat::JsonLines),
        Target::Md => written(BatchFormat::Markdown),
        Target::Json => format!("{}\n", object(&named, &records)),
        Target::Csv => written(BatchFormat::Csv),
        Target::Otlp => format!("{:#}\n", to_otlp(&records)),
        Target::Spec => spec(&records)?,
    };
    match &options.output {
        Some(path) if !is_stdin(path) => context.write_file(path, &text).map(drop)?,
        Some(_) | None if options.to == Target::Csv => context.output.exact(&text)?,
        Some(_) | None => context.output.json(&text)?,
    }
    Ok(Exit::Success)
}

/// The spec that all of them ran.
fn spec(records: &[RunRecord]) -> Result<String, Stop> {
    let mut terms = records.iter().map(|record| &record.terms);
    let Some(first) = terms.next() else {
        return Err(Stop::new(Exit::Failed, "there is no run"));
    };
    if terms.any(|terms| terms.spec.hash != first.spec.hash) {
        return Err(
            Stop::new(Exit::Failed, "the runs of the batch ran different specs")
                .with_help("export the spec of one of its runs"),
        );
    }
    let text = kept_text(first).map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
    Ok(text.to_owned())
}
