//! The command `flowdeck history show`.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{find, reader, records};
use crate::base::text::sanitised;
use crate::cli::context::Context;
use crate::cli::outcome::{Exit, Stop};
use crate::runs::{BatchObject, Content, Named, RunFormat, RunRecord, Summary, pretty, run_object};

/// What is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The id of a run or a batch, or the beginning of it; `last` is the newest batch of this folder
    #[arg(value_name = "RUN|BATCH")]
    id: String,

    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The conversation, to be read
    Text,
    /// The object that `run --format json` writes
    Json,
    /// Each event, an object a line
    Jsonl,
    /// The conversation, as Markdown
    Md,
}

pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let reader = reader(context)?;
    let named = find(&reader, &options.id, context)?;
    let records = records(&reader, &named)?;
    match options.format {
        Format::Json => context
            .output
            .json(&format!("{}\n", object(&named, &records)))?,
        Format::Jsonl => context.output.json(&each(&records, RunFormat::JsonLines))?,
        Format::Md => context.output.data(&each(&records, RunFormat::Markdown))?,
        Format::Text => context
            .output
            .data(&sanitised(&each(&records, RunFormat::Markdown)))?,
    }
    Ok(Exit::Success)
}

/// Returns the object of a run, or of a batch with all its runs, as JSON.
pub(super) fn object(named: &Named, records: &[RunRecord]) -> String {
    match (named, records) {
        (Named::Run(_), [record]) => {
            pretty(&run_object(record, record.last_moment(), Content::Kept))
        }
        (Named::Run(_), _) => Value::Null.to_string(),
        (Named::Batch(batch), _) => {
            let summary = Summary::of_past(records);
            let now = records
                .iter()
                .map(RunRecord::last_moment)
                .max()
                .unwrap_or_default();
            pretty(&BatchObject {
                batch,
                records,
                summary: &summary,
                now,
                content: Content::Kept,
            })
        }
    }
}

pub(super) fn each(records: &[RunRecord], format: RunFormat) -> String {
    let written = records
        .iter()
        .map(|record| format.write(record, record.last_moment()));
    written.collect()
}
