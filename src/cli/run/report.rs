//! The results of the runs: as text, as JSON, or as lines of JSON while the runs are active.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

use super::interrupt::Interrupts;
use super::options::{Format, How};
use crate::base::clock::SharedClock;
use crate::base::duration;
use crate::base::files;
use crate::base::ids::{BatchId, RunId};
use crate::base::text::{ellipsis, json_escaped, sanitised, width_cells};
use crate::cli::context::{Context, is_stdin, unwritable};
use crate::cli::outcome::{Exit, Stop};
use crate::cli::output::Output;
use crate::profile::Profile;
use crate::runs::{BatchObject, Content, RunRecord, Summary, batch_end, one_line, pretty, run_end};
use crate::trace::{JsonLines, MASKED, RequestKind, RunEvent, RunState};

/// The maximum width of a run's name in the lines of many runs, in cells.
const LABEL_CELLS: usize = 32;

/// The maximum number of runs that are named in a notice.
const NAMED_RUNS: usize = 5;

/// The maximum width of a run's result, in cells.
const RESULT_CELLS: usize = 80;

/// Writes the results of the runs.
#[derive(Debug)]
pub(super) struct Report {
    format: Format,
    content: Content,
    clock: SharedClock,
    output: Output,
    target: Target,
    /// The error that prevents writing more lines.
    broken: Option<Stop>,
    lines: JsonLines,
    /// The active runs, for the lines about their ends.
    going: HashMap<RunId, RunRecord>,
}

/// The target of the results.
#[derive(Debug)]
enum Target {
    Stdout,
    /// A file that is written as a whole at the end.
    AtTheEnd(PathBuf),
    /// A file or pipe that gets each line immediately.
    Lines {
        path: PathBuf,
        file: File,
    },
}

impl Target {
    fn open(
        (how, inputs): (&How, &[PathBuf]),
        context: &Context,
        profile: &Profile,
    ) -> Result<Self, Stop> {
        let path = how.output.as_deref().filter(|path| !is_stdin(path));
        let Some(path) = path else {
            return Ok(Self::Stdout);
        };
        context.check_writable(path)?;
        let read = [inputs, &profile.own_files()].concat();
        if context.is_among(&context.resolved(path), &read) {
            let words = format!(
                "this run reads `{}`, and its results would overwrite it",
                path.display()
            );
            return Err(Stop::usage(words).with_help("give `--output` another file"));
        }
        let path = path.to_owned();
        if how.format != Format::Jsonl {
            return Ok(Self::AtTheEnd(path));
        }
        let file = files::open_stream(&context.resolved(&path))
            .map_err(|error| unwritable(Exit::Usage, &path, &error))?;
        Ok(Self::Lines { path, file })
    }
}

impl Report {
    /// Opens the target of the results.
    ///
    /// # Errors
    /// The target can't be written; nothing has run then.
    pub(super) fn open(
        (how, inputs): (&How, &[PathBuf]),
        context: &Context,
        profile: &Profile,
        clock: SharedClock,
    ) -> Result<Self, Stop> {
        Ok(Self {
            format: how.format,
            content: if how.mask {
                Content::Masked
            } else {
                Content::Kept
            },
            clock,
            output: context.output,
            target: Target::open((how, inputs), context, profile)?,
            broken: None,
            lines: JsonLines::new(how.mask),
            going: HashMap::new(),
        })
    }

    /// Writes events, in the format that writes them immediately.
    pub(super) fn take(&mut self, events: &[Arc<RunEvent>]) {
        if self.format != Format::Jsonl || self.is_broken() {
            return;
        }
        let mut text = String::new();
        for event in events {
            if let Some(line) = self.lines.line(event) {
                push_line(&mut text, &line);
            }
            if let Some(record) = self.going.get_mut(&event.run) {
                record.apply(event);
                record.keep_for_result(event);
                if record.is_over() {
                    push_line(&mut text, &run_end(record, event.timestamp, self.content));
                    self.going.remove(&event.run);
                }
            } else if let Some(record) = RunRecord::from_planned(event) {
                self.going.insert(record.run.clone(), record);
            }
        }
        self.broken = self.write_lines(&text).err();
    }

    /// Whether lines can't be written any more or have no reader, so that the runs may be ended.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Writes the results that are written at the end. Results that the target doesn't accept are
    /// saved elsewhere, because they cost money.
    ///
    /// # Errors
    /// The target can't be written; the error says where the results are.
    pub(super) async fn finish(
        mut self,
        (batch, records): (&BatchId, &[Arc<RunRecord>]),
        summary: &Summary,
        interrupts: &Interrupts,
        context: &Context,
    ) -> Result<(), Stop> {
        self.print_notices(records);
        if records.len() > 1 {
            self.print_needs(records);
        }
        let text = self.text((batch, records), summary, context);
        let written = match (self.broken.take(), &self.target) {
            (Some(broken), _) => Err(broken),
            (None, Target::AtTheEnd(path)) => write_whole(path, &text, interrupts, context).await,
            (None, Target::Stdout | Target::Lines { .. }) => self.write_lines(&text),
        };
        let Err(stop) = written else {
            return Ok(());
        };
        if stop.message.is_empty() {
            return Err(stop);
        }
        let whole = match self.format {
            Format::Jsonl => self.ends(records) + &text,
            Format::Json | Format::Text => text,
        };
        Err(self.rescue(stop, batch, &whole, context))
    }

    /// Saves results that could not be written: to standard output, or else to a file of the
    /// program.
    fn rescue(&self, stop: Stop, batch: &BatchId, text: &str, context: &Context) -> Stop {
        let has_stdout = !matches!(self.target, Target::Stdout);
        if has_stdout && self.output.painted_data(text).is_ok() {
            return stop.with_help("the results are on standard output");
        }
        let ending = match self.format {
            Format::Text => "txt",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
        };
        let name = format!("rescued-{batch}.{ending}");
        let folders = [context.paths.state.clone(), std::env::temp_dir()];
        let kept = folders
            .iter()
            .map(|folder| folder.join(&name))
            .find(|path| files::write_private(path, text).is_ok());
        match kept {
            Some(path) => stop.with_help(format!("the results are in `{}`", path.display())),
            None => stop.with_help("the results are lost: they could not be written anywhere"),
        }
    }

    fn text(
        &self,
        (batch, records): (&BatchId, &[Arc<RunRecord>]),
        summary: &Summary,
        context: &Context,
    ) -> String {
        match self.format {
            Format::Jsonl => format!("{}\n", json_escaped(&one_line(&batch_end(summary)))),
            Format::Json => {
                let records: Vec<&RunRecord> = records.iter().map(AsRef::as_ref).collect();
                let object = BatchObject {
                    batch,
                    records: &records,
                    summary,
                    now: self.clock.now(),
                    content: self.content,
                };
                format!("{}\n", json_escaped(&pretty(&object)))
            }
            Format::Text => match records {
                [only] => self.one(only, context),
                many => self.many(many, summary),
            },
        }
    }

    /// Returns the lines about the ends of the runs.
    fn ends(&self, records: &[Arc<RunRecord>]) -> String {
        let mut text = String::new();
        for record in records {
            let line = run_end(record, self.clock.now(), self.content);
            push_line(&mut text, &line);
        }
        text
    }

    fn write_lines(&mut self, text: &str) -> Result<(), Stop> {
        if text.is_empty() {
            return Ok(());
        }
        match &mut self.target {
            Target::Lines { path, file } => file
                .write_all(text.as_bytes())
                .map_err(|error| unwritable(Exit::Failed, path, &error)),
            Target::Stdout | Target::AtTheEnd(_) => self.output.painted_data(text),
        }
    }

    /// Writes notices about models and tool servers to standard error, such as a text that was cut:
    /// each notice once, with its runs.
    fn print_notices(&self, records: &[Arc<RunRecord>]) {
        let mut told: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for record in records {
            for notice in &record.notices {
                told.entry(notice).or_default().push(record.index + 1);
            }
        }
        for (notice, runs) in told {
            let notice = sanitised(notice);
            if records.len() == 1 {
                self.output.note(&notice);
            } else {
                self.output.note(&format!("{}: {notice}", numbered(&runs)));
            }
        }
    }

    /// Writes to standard error which requests of a batch's runs a person must answer, each kind
    /// once, and how a script can do so.
    fn print_needs(&self, records: &[Arc<RunRecord>]) {
        let mut told: IndexMap<(String, String), Vec<usize>> = IndexMap::new();
        let waiting = records.iter().filter(|it| it.state == RunState::NeedsInput);
        for record in waiting {
            let needs = needed(record.unanswered.as_ref());
            told.entry(needs).or_default().push(record.index + 1);
        }
        for ((message, help), runs) in told {
            self.output
                .note(&format!("{}: {message}; {help}", numbered(&runs)));
        }
    }

    /// Returns the answer of one run and nothing else; if there is none, the reason is written to
    /// standard error.
    fn one(&self, record: &RunRecord, context: &Context) -> String {
        if let Some(error) = &record.error {
            let state = record.state.name().replace('_', " ");
            let mut stop = match self.content {
                Content::Kept => Stop::new(Exit::Failed, format!("{state}: {}", error.message)),
                Content::Masked => Stop::new(Exit::Failed, format!("{state}: {MASKED}")),
            };
            let hint = match record.state {
                RunState::TimedOut => Some("give the run more time with `--timeout`"),
                _ => error.hint.as_deref(),
            };
            if let (Some(hint), Content::Kept) = (hint, self.content) {
                stop = stop.with_help(hint);
            }
            context.output.stop(&stop);
            return String::new();
        }
        if record.state == RunState::NeedsInput {
            let (message, help) = needed(record.unanswered.as_ref());
            let stop = Stop::new(Exit::NeedsPerson, message).with_help(help);
            context.output.stop(&stop);
        }
        let answer = match (record.outputs.len(), record.outputs.values().next()) {
            (0, _) | (_, None) => record.last_words().to_owned(),
            (1, Some(serde_json::Value::String(text))) => text.clone(),
            (1, Some(only)) => format!("{only:#}"),
            _ => format!("{:#}", serde_json::Value::Object(record.outputs.clone())),
        };
        match (answer.as_str(), self.content) {
            ("", _) => String::new(),
            (_, Content::Masked) => format!("{MASKED}\n"),
            (answer, Content::Kept) => format!("{}\n", sanitised(answer)),
        }
    }

    /// Returns a line for each run, followed by the summary.
    fn many(&self, records: &[Arc<RunRecord>], summary: &Summary) -> String {
        let now = self.clock.now();
        let mut text = String::new();
        let shown = |content: String, cells| match self.content {
            Content::Kept => ellipsis(&sanitised(&content), cells),
            Content::Masked => MASKED.to_owned(),
        };
        let labels: Vec<String> = records
            .iter()
            .map(|record| shown(record.label(), LABEL_CELLS))
            .collect();
        let label_cells = labels.iter().map(|label| width_cells(label)).max();
        for (record, label) in records.iter().zip(&labels) {
            let padding = label_cells.unwrap_or(0).saturating_sub(width_cells(label));
            // Writing to a string never fails.
            let _ = writeln!(
                text,
                "{:>5} {:<11} {label}{} {:>8} {:>6} tok  {}",
                record.index + 1,
                record.state.name(),
                " ".repeat(padding),
                duration::short(record.duration(now)),
                record.tokens(),
                shown(record.first_line_of_result(), RESULT_CELLS),
            );
        }
        text.push_str(&summary_table(summary));
        text
    }
}

/// Returns the numbers of runs as text: `run 3`, `runs 1, 2 and 3 more`.
fn numbered(runs: &[usize]) -> String {
    let named = runs.iter().take(NAMED_RUNS).map(usize::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    match (runs.len(), runs.len().saturating_sub(NAMED_RUNS)) {
        (1, _) => format!("run {named}"),
        (_, 0) => format!("runs {named}"),
        (_, more) => format!("runs {named} and {more} more"),
    }
}

fn push_line(text: &mut String, line: &impl Serialize) {
    let _ = writeln!(text, "{}", json_escaped(&one_line(line)));
}

/// Returns what a person must answer for a run, and how a script can do so.
fn needed(request: Option<&RequestKind>) -> (String, String) {
    match request {
        Some(RequestKind::ToolConfirmation { tool, .. }) => (
            format!("needs input: `{tool}` needs a confirmation before it runs"),
            "answer with `--confirm always`, `--confirm never`, or an answers file".to_owned(),
        ),
        Some(RequestKind::CallInDoubt { tool, .. }) => (
            format!("needs input: `{tool}` was called when flowdeck ended, and may have done its work"),
            "resume it with `--in-doubt again` or `--in-doubt fail`, at a terminal, or in the workbench"
                .to_owned(),
        ),
        Some(RequestKind::ToolResult { tool, .. }) => (
            format!("needs input: a person must give the result of `{tool}`"),
            format!("give it in an answers file: tools: {{{tool}: [RESULT]}}"),
        ),
        Some(RequestKind::Authorization { server, .. }) => (
            format!("needs input: a person must sign in to `{server}`"),
            "run it once alone at a terminal, or in the workbench; the token is kept".to_owned(),
        ),
        Some(RequestKind::Elicitation { server, .. }) => (
            format!("needs input: `{server}` asks a person something"),
            "run it alone at a terminal, or in the workbench".to_owned(),
        ),
        Some(RequestKind::UserMessage { .. }) | None => (
            "needs input: the run waits for a message from the user".to_owned(),
            "give it with `--message TEXT`, once for each, or in an answers file".to_owned(),
        ),
    }
}

/// Writes results to their target. For a pipe, waits until it has a reader or there is an
/// interrupt.
async fn write_whole(
    path: &Path,
    text: &str,
    interrupts: &Interrupts,
    context: &Context,
) -> Result<(), Stop> {
    let cannot = |error: &io::Error| unwritable(Exit::Failed, path, error);
    let target = context.resolved(path);
    let written = files::write_if_read(&target, text).map_err(|error| cannot(&error))?;
    if written.is_some() {
        return Ok(());
    }
    let text = text.to_owned();
    let write = tokio::task::spawn_blocking(move || files::write_atomic(&target, &text));
    tokio::select! {
        biased;
        () = interrupts.first() => {
            let message = format!("interrupted: nobody reads `{}`", path.display());
            Err(Stop::new(Exit::Interrupted, message))
        }
        written = write => match written {
            Ok(written) => written.map(drop).map_err(|error| cannot(&error)),
            Err(panicked) => Err(cannot(&io::Error::other(panicked))),
        },
    }
}

fn summary_table(summary: &Summary) -> String {
    let milliseconds = |time: Option<f64>| {
        let time = time.map(duration::of_milliseconds);
        time.map_or_else(|| "-".to_owned(), duration::fine)
    };
    let mut rows = vec![("runs".to_owned(), summary.total.to_string())];
    let states = summary.by_state.iter();
    rows.extend(states.map(|(state, count)| (format!("  {}", state.name()), count.to_string())));
    rows.extend([
        ("wall".to_owned(), milliseconds(Some(summary.wall_s * 1e3))),
        ("runs/s".to_owned(), format!("{:.2}", summary.runs_per_s)),
        ("p50".to_owned(), milliseconds(summary.p50_ms)),
        ("p95".to_owned(), milliseconds(summary.p95_ms)),
        ("at once".to_owned(), summary.max_at_once.to_string()),
        (
            "model calls".to_owned(),
            summary.usage.llm_calls.to_string(),
        ),
        ("tokens".to_owned(), summary.usage.total_tokens.to_string()),
    ]);
    let mut table = String::from("\n");
    for (name, value) in rows {
        let _ = writeln!(table, "{name:<14} {value:>10}");
    }
    table
}
