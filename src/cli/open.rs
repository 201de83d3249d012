//! `flowdeck open TRACE…`: runs that were recorded elsewhere, to be looked at.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::ScreenOptions;
use super::context::Context;
use super::nats::NatsOptions;
use super::outcome::{Exit, Stop};
use super::serve::Place;
use super::workbench::{self, is_accessible};
use crate::base::files::file_name;
use crate::base::text::sanitised;
use crate::runs::{BatchFormat, OpenTraceError, RunRecord, TraceBounds, check_trace, open_trace};

/// What is opened, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// Traces that `run --format jsonl`, `history export` or a span processor of pyagentspec wrote
    #[arg(value_name = "TRACE", required = true)]
    traces: Vec<PathBuf>,

    #[command(flatten, next_help_heading = "Screen")]
    screen: ScreenOptions,
}

/// Opens the workbench with the runs of traces; with `--plain` writes what was said in them.
pub(super) async fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let traces = options.traces.iter().map(|path| context.resolved(path));
    let traces: Vec<PathBuf> = traces.collect();
    if options.screen.plain || is_accessible() {
        return print(&traces, context);
    }
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

/// Writes the conversations of all runs, to be read without a screen.
fn print(traces: &[PathBuf], context: &Context) -> Result<Exit, Stop> {
    for (at, path) in traces.iter().enumerate() {
        let bar = progress(path, context);
        let opened = open_trace(path, at + 1, TraceBounds::default(), |read| {
            bar.set_position(read.read);
        });
        bar.finish_and_clear();
        let opened = opened.map_err(|error| stop(&error))?;
        for batch in &opened.batches {
            let records: Vec<&RunRecord> = batch.runs.iter().map(Arc::as_ref).collect();
            context
                .output
                .data(&BatchFormat::Markdown.write(&records))?;
        }
        for remark in &opened.remarks {
            let words = format!("`{}`: {remark}", path.display());
            context.output.warning(&words);
        }
    }
    Ok(Exit::Success)
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
