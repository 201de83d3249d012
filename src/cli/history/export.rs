//! The command `flowdeck history export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::show::object;
use super::{find, reader, records};
use crate::base::plural::counted;
use crate::cli::context::{Context, is_stdin};
use crate::cli::outcome::{Exit, Stop};
use crate::otlp::{Exporter, spans_of, to_json};
use crate::profile::ProfileFile;
use crate::runs::{BatchFormat, RunRecord, kept_text};

/// What is written, and where.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The id of a run or a batch, or the beginning of it; `last` is the newest batch of this folder
    #[arg(value_name = "RUN|BATCH")]
    id: String,

    /// The format to write
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

    /// Send it to the OpenTelemetry collector of the profile, in place of writing it
    #[arg(long, conflicts_with_all = ["to", "output"])]
    otlp: bool,
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

pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let reader = reader(context)?;
    let named = find(&reader, &options.id, context)?;
    let records = records(&reader, &named)?;
    if options.otlp {
        return send(&records, context).await;
    }
    let written = |format: BatchFormat| format.write(&records.iter().collect::<Vec<_>>());
    let text = match options.to {
        Target::Jsonl => written(BatchFormat::JsonLines),
        Target::Md => written(BatchFormat::Markdown),
        Target::Json => format!("{}\n", object(&named, &records)),
        Target::Csv => written(BatchFormat::Csv),
        Target::Otlp => otlp(&records)?,
        Target::Spec => spec(&records)?,
    };
    match &options.output {
        Some(path) if !is_stdin(path) => context.write_file(path, &text).map(drop)?,
        Some(_) | None if options.to == Target::Csv => context.output.exact(&text)?,
        Some(_) | None => context.output.json(&text)?,
    }
    Ok(Exit::Success)
}

/// Returns the request that would send the runs to a collector.
fn otlp(records: &[RunRecord]) -> Result<String, Stop> {
    let written = to_json(records).map_err(|error| Stop::from_error(Exit::Failed, &error))?;
    Ok(format!("{written:#}\n"))
}

/// Sends the runs to the collector of the profile, with or without contents as the profile says.
async fn send(records: &[RunRecord], context: &Context) -> Result<Exit, Stop> {
    let invalid =
        |error: &(dyn std::error::Error + 'static)| Stop::from_error(Exit::Invalid, error);
    let file = ProfileFile::find_and_read(&context.working_folder()).map_err(|e| invalid(&e))?;
    let profile = file.profile(context.profile.as_deref());
    let profile = profile.map_err(|error| invalid(&error))?;
    let tracing = profile.tracing.unwrap_or_default();
    let collector = tracing.collector().map_err(|error| {
        let stop = invalid(&error);
        match error.hint() {
            Some(hint) => stop.with_help(hint),
            None => stop,
        }
    })?;
    let failed = |error| Stop::from_error(Exit::Failed, &error);
    let exporter = Exporter::new(&collector).await.map_err(failed)?;
    let spans = records
        .iter()
        .flat_map(|record| spans_of(record, collector.has_content));
    let (n_taken, sent) = exporter.send_all(spans).await;
    let taken = format!("{} sent to {}", counted(n_taken, "span"), exporter.shown());
    if let Err(error) = sent {
        return Err(failed(error).with_help(taken));
    }
    context.output.note(&taken);
    Ok(Exit::Success)
}

/// Returns the spec that all of the runs used.
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
