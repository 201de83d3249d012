//! The command `flowdeck run`, which runs a spec without the screen, once or many times.

mod ask;
mod begin;
mod fork;
mod interrupt;
mod launch;
mod options;
mod progress;
mod report;
mod steering;
mod suspend;
mod watch;

pub(super) use begin::Begin;
pub(super) use fork::ForkOptions;
pub(super) use options::{Options, ResumeOptions};

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use self::interrupt::Interrupts;
use self::options::{Format, How, Resumed};
use self::report::Report;
use self::suspend::Suspender;
use self::watch::Watch;
use super::context::Context;
use super::kept;
use super::outcome::{Exit, Stop};
use crate::base::clock::SystemClock;
use crate::base::ids::IdSource;
use crate::base::keeping::Keeping;
use crate::llm::Models;
use crate::otlp::LiveTraces;
use crate::runs::{
    Elsewhere, History, KeptDetail, ProfileWorlds, QueueName, RunRecord, Runs, RunsCommand,
    RunsSettings,
};
use crate::tools::ToolRegistry;
use crate::trace::{FailureKind, RunState};

/// The maximum number of updates that wait to be written; beyond it the runs wait.
const MAX_WAITING: usize = 64;

/// Runs the spec and prints the results.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    options.check(context)?;
    let history = if options.no_history {
        None
    } else {
        kept::open(context)
    };
    if let Some(resumed) = options.resumed() {
        return go_on(resumed, history, context).await;
    }
    let begin = Begin::of(options, context)?;
    let inputs = options.inputs();
    let clock = SystemClock::shared();
    let follow = (options.in_doubt(), options.how.shows_pieces());
    let nats = &options.how.nats;
    let elsewhere = nats.elsewhere(follow, &clock, context).await?;
    let kept = (history, elsewhere);
    carry_out(begin, kept, (&options.how, &inputs), context).await
}

/// Continues a batch of the history and prints the results.
pub(super) async fn resume(options: &ResumeOptions, context: &Context) -> Result<Exit, Stop> {
    options.check(context)?;
    go_on(options.resumed(), kept::open(context), context).await
}

async fn go_on(
    resumed: Resumed<'_>,
    mut history: Option<History>,
    context: &Context,
) -> Result<Exit, Stop> {
    let clock = SystemClock::shared();
    let follow = (resumed.in_doubt, resumed.how.shows_pieces());
    let nats = &resumed.how.nats;
    let elsewhere = nats.elsewhere(follow, &clock, context).await?;
    let queue = elsewhere.as_ref().map(|elsewhere| &elsewhere.queue);
    let begin = match Begin::resumed(resumed, (history.as_mut(), queue), context) {
        Ok(begin) => begin,
        Err(stop) => {
            let begin = followed(resumed, queue, context).await?.ok_or(stop)?;
            // The history of the flowdeck that executed the runs keeps them.
            history = None;
            begin
        }
    };
    carry_out(begin, (history, elsewhere), (resumed.how, &[]), context).await
}

/// A batch that another flowdeck has or had: it is followed at the server of the queue.
#[cfg(feature = "nats")]
async fn followed(
    resumed: Resumed<'_>,
    queue: Option<&QueueName>,
    context: &Context,
) -> Result<Option<Begin>, Stop> {
    Begin::check_place(resumed, queue, context)?;
    let found = resumed.how.nats.batch(resumed.id, context).await?;
    found
        .map(|taken| Begin::followed(taken, resumed))
        .transpose()
}

#[cfg(not(feature = "nats"))]
#[expect(clippy::unused_async, reason = "with NATS it asks the server")]
async fn followed(
    _resumed: Resumed<'_>,
    _queue: Option<&QueueName>,
    _context: &Context,
) -> Result<Option<Begin>, Stop> {
    Ok(None)
}

/// Executes runs and prints their results.
pub(super) async fn carry_out(
    begin: Begin,
    (history, elsewhere): (Option<History>, Option<Elsewhere>),
    (how, inputs): (&How, &[PathBuf]),
    context: &Context,
) -> Result<Exit, Stop> {
    let clock = SystemClock::shared();
    let report = Report::open(
        (how, inputs),
        context,
        &begin.plan().profile,
        Arc::clone(&clock),
    )?;
    let worlds = ProfileWorlds::new(Models::default(), ToolRegistry::default());
    let worlds = Arc::new(worlds.keeping_tokens(context.paths.tokens()));
    // All workers keep to the rate that the batch has, until somebody says another.
    let rate = match &begin {
        Begin::CarryOn(_) if elsewhere.is_some() => how.rate,
        _ => None,
    };
    let is_kept = history.is_some() && begin.plan().keeping < Keeping::Nothing;
    let (journal_tx, journal_rx) = mpsc::channel(MAX_WAITING);
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<_>,
        journal: Some(journal_tx),
        history,
        kept_detail: KeptDetail::Results,
        elsewhere,
    };
    let (handle, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let is_traced = begin.plan().profile.tracing.is_some();
    let (traces, trouble) = is_traced
        .then(|| LiveTraces::start(handle.subscribe(), &clock))
        .unzip();
    let mut interrupts = Interrupts::listen()?;
    let _suspender = Suspender::listen(handle.clone())?;
    // Lines and a bar in one terminal would tear each other.
    let is_torn = how.format == Format::Jsonl && io::stdout().is_terminal();
    let is_shown = context.output.is_notes_terminal && !context.output.is_quiet;
    let shows_progress = is_shown && !begin.plan().is_attended && !is_torn;
    let mut watch = Watch::new(
        handle.clone(),
        report,
        &begin,
        (shows_progress, trouble),
        context.output,
    );
    let (batch, command) = begin.command(&handle);
    if is_kept {
        context.output.note(&format!("batch {batch}"));
    }
    let launched = handle.send(command).await;
    launched.map_err(|error| Stop::from_error(Exit::Failed, &error))?;
    if let Some(per_second) = rate {
        let told = format!(
            "models get {per_second} requests a second of {batch} from now on, from all workers together"
        );
        context.output.note(&told);
        let batch = batch.clone();
        let per_second = Some(per_second);
        // If the hub is gone, all runs have ended.
        let _over = handle
            .send(RunsCommand::SetRate { batch, per_second })
            .await;
    }
    let (records, history) = watch.until_over(journal_rx, owner, &mut interrupts).await;
    worlds.shutdown().await;
    if let Some(traces) = traces {
        watch.end_traces(traces).await;
    }
    let written = watch
        .finish((&batch, records.as_slice()), &interrupts, context)
        .await;
    if let Some(history) = history {
        history.closed().await;
    }
    let exit = exit_of(&records, interrupts.happened());
    // The process ends, and with it all that they hold: to free each value of each run would only make it end later.
    std::mem::forget(records);
    written.map(|()| exit)
}

/// Returns the exit code of a batch; if several apply, the first of 130, 5, 1, 4, 0.
fn exit_of(records: &[Arc<RunRecord>], is_interrupted: bool) -> Exit {
    if is_interrupted {
        return Exit::Interrupted;
    }
    let any = |wanted: &[RunState]| records.iter().any(|record| wanted.contains(&record.state));
    // A run's own limit makes it fail or time out; only one of the batch cancels it.
    let is_of_batch = |record: &RunRecord| {
        let error = record.error.as_ref();
        record.state == RunState::Cancelled
            && error.is_some_and(|error| error.kind == FailureKind::Limit)
    };
    if records.iter().any(|record| is_of_batch(record)) {
        Exit::Limit
    } else if any(&[
        RunState::Failed,
        RunState::TimedOut,
        RunState::Cancelled,
        RunState::Interrupted,
    ]) {
        Exit::Failed
    } else if any(&[RunState::NeedsInput]) {
        Exit::NeedsPerson
    } else {
        Exit::Success
    }
}
