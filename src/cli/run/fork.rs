//! The command `flowdeck history fork`, which starts a run that differs from another one from an
//! event on.

use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::begin::{Begin, add_answers, bound, loaded_again};
use super::options::{How, assignment};
use crate::cli::context::Context;
use crate::cli::kept;
use crate::cli::outcome::{Exit, Stop};
use crate::runs::{Change, HistoryReader, Named, TakenBatch, read_json_result};

/// Options of `history fork`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ForkOptions {
    /// The id of a run, or the beginning of it
    #[arg(value_name = "RUN")]
    id: String,

    /// The number of the entry (`seq` in `history show --format jsonl`) at which the fork begins
    #[arg(long, value_name = "SEQ")]
    at: u64,

    /// What the user says at that place
    #[arg(long, value_name = "TEXT", group = "change")]
    message: Option<String>,

    /// What the tool gives at that place, as JSON
    #[arg(long, value_name = "JSON", group = "change", value_parser = read_json_result)]
    result: Option<Value>,

    /// What the model gives the tool at that place, as a JSON object
    #[arg(long, value_name = "JSON", group = "change")]
    arguments: Option<String>,

    /// Change a field of a component: calls that stay the same are taken over, the rest is done again
    #[arg(long, value_name = "COMPONENT.FIELD=VALUE", group = "change", value_parser = assignment)]
    set: Vec<(String, String)>,

    #[command(flatten)]
    pub(in crate::cli) how: How,
}

impl Begin {
    /// Makes a fork of a run of the history.
    ///
    /// # Errors
    /// The run can't be forked there, or its spec or profile can't be loaded any more.
    pub(in crate::cli) fn forked(options: &ForkOptions, context: &Context) -> Result<Self, Stop> {
        let reader =
            HistoryReader::open(&kept::file(context)).map_err(|error| kept::stop(&error))?;
        let found = reader.find(&options.id, &context.workspace().to_string_lossy());
        let run = match found.map_err(|error| kept::stop(&error))? {
            Named::Run(run) => run,
            Named::Batch(batch) => {
                return Err(Stop::usage(format!(
                    "`{batch}` is a batch, but a run is needed"
                )));
            }
        };
        let mut taken = TakenBatch::of_run(&reader, &run).map_err(|error| kept::stop(&error))?;
        if !options.set.is_empty() {
            let set = taken.set_fields(&options.set);
            set.map_err(|error| Stop::new(Exit::Invalid, format!("--set {error}")))?;
        }
        let change = match (&options.message, &options.result, &options.arguments) {
            (Some(text), ..) => Change::Message(text.clone()),
            (None, Some(value), _) => Change::Result(value.clone()),
            (None, None, Some(text)) => Change::Arguments(text.clone()),
            (None, None, None) if options.set.is_empty() => Change::Nothing,
            (None, None, None) => Change::Spec,
        };
        let tools = (None, !options.set.is_empty());
        let ((component, _), profile) = loaded_again(&taken, tools, false, context)?;
        let forked = taken.forked(options.at, change, component, Arc::new(profile));
        let mut forked = forked.map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        bound(&mut forked.plan, &options.how, 1);
        let keeping = forked.plan.keeping.max(options.how.keeping());
        forked.plan.keeping = keeping;
        add_answers(&mut forked.plan, &[], &options.how, context)?;
        Ok(Self::Fork(Box::new(forked)))
    }
}
