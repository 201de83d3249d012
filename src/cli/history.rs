//! The command `flowdeck history`, which lists, shows, exports and deletes past runs.

mod export;
mod list;
mod show;

use std::collections::HashSet;

use clap::{Args, Subcommand};

use super::context::Context;
use super::kept;
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};
use super::run::{Begin, ForkOptions, ResumeOptions, carry_out, resume};
use crate::base::ids::{BatchId, RunId};
use crate::base::plural::counted;
use crate::runs::{History, HistoryFilter, HistoryReader, Named, RunRecord};
use crate::settings::Settings;

/// Options of `history`.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[group(skip)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    list: list::Options,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// List runs: the newest batch first, those of a batch in the order of their inputs
    List(list::Options),
    /// Show a run, or all runs of a batch
    Show(show::Options),
    /// Write a run, or all runs of a batch, to a file, or send them to a collector of traces
    Export(export::Options),
    /// Go on from a place in a run with one thing changed, as a new run
    Fork(Box<ForkOptions>),
    /// Go on with a batch that was interrupted, or whose runs need a person: as `run --resume`
    Resume(Box<ResumeOptions>),
    /// Delete runs, or batches with all their runs
    Delete(Delete),
    /// Give the space of deleted runs back to the disk
    Vacuum,
}

#[derive(Args, Clone, Debug)]
struct Delete {
    /// Ids of runs and batches, or their beginnings
    #[arg(value_name = "RUN|BATCH", required = true)]
    ids: Vec<String>,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs a subcommand that reads or changes the history.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    match &options.command {
        None => list::run(&options.list, context),
        Some(Command::List(options)) => list::run(options, context),
        Some(Command::Show(options)) => show::run(options, context),
        Some(Command::Export(options)) => export::run(options, context).await,
        Some(Command::Fork(options)) => fork(options, context).await,
        Some(Command::Resume(options)) => resume(options, context).await,
        Some(Command::Delete(options)) => delete(options, context),
        Some(Command::Vacuum) => vacuum(context),
    }
}

/// Opens the history for reading.
fn reader(context: &Context) -> Result<HistoryReader, Stop> {
    HistoryReader::open(&kept::file(context)).map_err(|error| kept::stop(&error))
}

/// Opens the history for changes.
fn opened(context: &Context) -> Result<History, Stop> {
    let settings = Settings::of_person(&context.paths.config_file())
        .map_err(|problem| Stop::new(Exit::Failed, problem))?;
    let settings = kept::settings(&settings.history, context);
    History::open(&settings).map_err(|error| kept::stop(&error))
}

fn find(reader: &HistoryReader, id: &str, context: &Context) -> Result<Named, Stop> {
    let workspace = context.workspace();
    let found = reader.find(id, &workspace.to_string_lossy());
    found.map_err(|error| kept::stop(&error))
}

/// Returns the stored records of a run, or of all runs of a batch.
fn records(reader: &HistoryReader, named: &Named) -> Result<Vec<RunRecord>, Stop> {
    let read = || match named {
        Named::Run(run) => Ok(vec![reader.record(run)?]),
        Named::Batch(batch) => reader.records(batch),
    };
    let records = read().map_err(|error| kept::stop(&error))?;
    Ok(records.into_iter().flatten().collect())
}

async fn fork(options: &ForkOptions, context: &Context) -> Result<Exit, Stop> {
    if options.how.nats != NatsOptions::default() {
        return Err(Stop::usage(
            "a fork runs on this machine: `--nats` and `--pool` have no effect on it",
        ));
    }
    let begin = Begin::forked(options, context)?;
    let history = kept::open(context);
    // What a fork has in common with another run is known here alone.
    carry_out(begin, (history, None), (&options.how, &[]), context).await
}

fn delete(options: &Delete, context: &Context) -> Result<Exit, Stop> {
    let reader = reader(context)?;
    let (mut runs, mut batches): (Vec<RunId>, Vec<BatchId>) = (Vec::new(), Vec::new());
    for id in &options.ids {
        match find(&reader, id, context)? {
            Named::Run(run) => runs.push(run),
            Named::Batch(batch) => batches.push(batch),
        }
    }
    if !options.yes {
        let named = [
            (runs.len(), counted(runs.len(), "run")),
            (batches.len(), counted_batches(batches.len())),
        ];
        let named: Vec<String> = named
            .into_iter()
            .filter_map(|(count, words)| (count > 0).then_some(words))
            .collect();
        let verb = if runs.len() + batches.len() == 1 {
            "is"
        } else {
            "are"
        };
        let message = format!("{} {verb} not deleted", named.join(" and "));
        return Err(Stop::usage(message).with_help("`--yes` deletes them; this can't be undone"));
    }
    let mut named: HashSet<RunId> = runs.iter().cloned().collect();
    for batch in &batches {
        let filter = HistoryFilter {
            batch: Some(batch.clone()),
            ..HistoryFilter::default()
        };
        let listed = reader.list(&filter).map_err(|error| kept::stop(&error))?;
        named.extend(listed.into_iter().map(|listed| listed.run));
    }
    let mut history = opened(context)?;
    let n_deleted = history
        .delete(&runs, &batches)
        .map_err(|error| kept::stop(&error))?;
    let note = format!("{} deleted", counted(n_deleted, "run"));
    context.output.note(&note);
    match named.len().saturating_sub(n_deleted) {
        0 => Ok(Exit::Success),
        n_kept => {
            let message = format!(
                "{} not deleted: a process carries them out; end it first",
                counted(n_kept, "run")
            );
            Err(Stop::new(Exit::Failed, message))
        }
    }
}

fn counted_batches(count: usize) -> String {
    match count {
        1 => "1 batch".to_owned(),
        count => format!("{count} batches"),
    }
}

fn vacuum(context: &Context) -> Result<Exit, Stop> {
    // There must be one.
    drop(reader(context)?);
    let mut history = opened(context)?;
    let work = history.tidy().and_then(|()| history.vacuum());
    work.map_err(|error| kept::stop(&error))?;
    Ok(Exit::Success)
}
