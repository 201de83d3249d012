//! `flowdeck history fork`: a run that goes its own way from a place in another one.

use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use super::begin::{Begin, add_answers, bound, loaded_again};
use super::options::{How, assignment};
use crate::cli::context::Context;
use crate::cli::kept;
use crate::cli::outcome::{Exit, Stop};
use crate::runs::{Change, Fork, HistoryReader, Named, RunPlan, TakenBatch};
use crate::spec::set_field::set_field;
use crate::trace::SpecText;

/// Options of `history fork`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ForkOptions {
    /// The id of a run, or the beginning of it
    #[arg(value_name = "RUN")]
    id: String,

    /// The number of the entry (`seq` in `history show --format jsonl`) from which on it goes its own way
    #[arg(long, value_name = "SEQ")]
    at: u64,

    /// What the user says at that place
    #[arg(long, value_name = "TEXT", group = "change")]
    message: Option<String>,

    /// What the tool gives at that place, as JSON
    #[arg(long, value_name = "JSON", group = "change", value_parser = json)]
    result: Option<Value>,

    /// Change a field of a component: what then still asks for the same is taken over, the rest is done anew
    #[arg(long, value_name = "COMPONENT.FIELD=VALUE", group = "change", value_parser = assignment)]
    set: Vec<(String, String)>,

    #[command(flatten)]
    pub(in crate::cli) how: How,
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("it must be JSON: {error}"))
}

impl Begin {
    /// A fork of a run of the history.
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
                    "`{batch}` is a batch, and a run is wanted"
                )));
            }
        };
        let mut taken = TakenBatch::of_run(&reader, &run).map_err(|error| kept::stop(&error))?;
        if !options.set.is_empty() {
            taken.edit_spec(|text| edited(text, &options.set))?;
        }
        let change = match (&options.message, &options.result) {
            (Some(text), _) => Change::Message(text.clone()),
            (None, Some(value)) => Change::Result(value.clone()),
            (None, None) if options.set.is_empty() => Change::Nothing,
            (None, None) => Change::Spec,
        };
        let ((component, _), profile) = loaded_again(&taken, None, context)?;
        let Some(parent) = taken.runs.first() else {
            return Err(Stop::new(
                Exit::Invalid,
                format!("nothing is kept of run `{run}`"),
            ));
        };
        let forked = parent
            .fork(options.at, change)
            .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        let spec =
            SpecText::of(&component).map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
        let mut plan = taken.plan([parent], (component, Vec::new()), Arc::new(profile));
        plan.spec = Arc::new(spec);
        plan.runs = vec![Arc::new(RunPlan {
            variant: None,
            ..RunPlan::clone(&forked.run)
        })];
        bound(&mut plan, &options.how, 1);
        plan.keeping = plan.keeping.max(options.how.keeping());
        add_answers(&mut plan, &[], &options.how, context)?;
        Ok(Self::Fork(Box::new(Fork {
            batch: taken.batch.id,
            plan: Box::new(plan),
            from: forked.from,
            past: forked.past,
        })))
    }
}

/// The text of a spec with other values of fields.
fn edited(text: &str, set: &[(String, String)]) -> Result<String, Stop> {
    let mut document: Value =
        serde_json::from_str(text).map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
    for (path, value) in set {
        set_field(&mut document, path, value)
            .map_err(|error| Stop::new(Exit::Invalid, format!("--set {path}: {error}")))?;
    }
    Ok(format!("{document:#}"))
}
