//! The command `flowdeck open TRACE…`, which shows runs that were recorded elsewhere.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::ScreenOptions;
use super::context::{Context, is_stdin, shown};
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};
use super::serve::Place;
use super::workbench::{self, is_accessible};
use crate::base::files::file_name;
use crate::base::text::sanitised;
use crate::runs::{
    BatchFormat, OpenTraceError, OpenedTrace, RunRecord, TraceBounds, check_trace, open_trace,
    open_trace_from,
};

/// What is opened, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// Traces that `run --format jsonl`, `history export` or a span processor of pyagentspec wrote; with `--plain`, `-` is standard
    /// input
    #[arg(value_name = "TRACE", required = true)]
    traces: Vec<PathBuf>,

    #[command(flatten, next_help_heading = "Screen")]
    screen: ScreenOptions,
}

/// Opens the workbench with the runs of traces; with `--plain`, prints their conversations.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    if options.screen.plain || is_accessible() {
        return print(&options.traces, context);
    }
    if options.traces.iter().any(|path| is_stdin(path)) {
        let message =
            "a screen takes its keys from standard input, so no trace can come from there";
        return Err(Stop::usage(message)
            .with_help("`--plain` prints its conversations as text, or name a file"));
    }
    let traces = options.traces.iter().map(|path| context.resolved(path));
    let traces: Vec<PathBuf> = traces.collect();
    for path in &traces {
        check_trace(path).map_err(|error| stop(&error))?;
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(
            Stop::usage("traces are opened on a screen, which needs a terminal")
                .with_help("`--plain` prints their conversations as text"),
        );
    }
    let how = (options.screen, &NatsOptions::default());
    let served = (None, &Place::default());
    workbench::run(&[], traces, how, served, context).await
}

/// Prints the conversations of all runs, for reading without a screen.
fn print(traces: &[PathBuf], context: &Context) -> Result<Exit, Stop> {
    for (at, path) in traces.iter().enumerate() {
        let opened = opened(path, at + 1, context).map_err(|error| stop(&error))?;
        for batch in &opened.batches {
            let records: Vec<&RunRecord> = batch.runs.iter().map(Arc::as_ref).collect();
            context
                .output
                .data(&BatchFormat::Markdown.write(&records))?;
        }
        for remark in &opened.remarks {
            let words = format!("`{}`: {remark}", shown(path));
            context.output.warning(&words);
        }
    }
    Ok(Exit::Success)
}

/// Reads a trace, `-` from standard input.
fn opened(path: &Path, number: usize, context: &Context) -> Result<OpenedTrace, OpenTraceError> {
    let bounds = TraceBounds::default();
    if is_stdin(path) {
        return open_trace_from(io::stdin(), Path::new("<stdin>"), number, bounds);
    }
    let path = context.resolved(path);
    let bar = progress(&path, context);
    let opened = open_trace(&path, number, bounds, |read| bar.set_position(read.read));
    bar.finish_and_clear();
    opened
}

/// A bar on standard error with how much of a file has been read. It hides itself where that is no terminal, and where it is to be
/// quiet.
fn progress(path: &Path, context: &Context) -> ProgressBar {
    let target = if context.output.is_notes_terminal && !context.output.is_quiet {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let n_bytes = path.metadata().map_or(0, |about| about.len());
    let bar = ProgressBar::with_draw_target(Some(n_bytes), target);
    let template = "reading {msg}  {bar:24} {binary_bytes} of {binary_total_bytes}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("\u{2501}\u{2578} "));
    }
    bar.with_message(sanitised(&file_name(path)).replace('\n', " "))
}

fn stop(error: &OpenTraceError) -> Stop {
    let stop = Stop::from_error(Exit::Invalid, error);
    match error.hint() {
        Some(hint) => stop.with_help(hint),
        None => stop,
    }
}
