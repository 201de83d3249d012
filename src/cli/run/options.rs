//! The arguments of `flowdeck run`.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::base::keeping::Keeping;
use crate::cli::context::Context;
use crate::cli::nats::NatsOptions;
use crate::cli::outcome::Stop;
use crate::profile::ToolStub;
use crate::profile::quantity::{
    self, AT_ONCE, ROUNDS, RUNS, SEED, TOKENS, VISITS, duration, whole_number,
};
use crate::runs::{Canary, InDoubt, InputList, Limits, Vary};

/// Options of `run`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct Options {
    /// The spec; `-` is standard input
    #[arg(required_unless_present_any = ["resume", "retry_failed"])]
    spec: Option<PathBuf>,

    /// A value of an input, for all runs: JSON if that has the input's type, else text
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment, help_heading = "What to run")]
    pub(super) input: Vec<(String, String)>,

    /// A file with a row of inputs for each run: .csv, .json, .jsonl or .yaml; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "What to run")]
    pub(super) inputs: Option<PathBuf>,

    /// A message of the user, in order; {{name}} is filled from the row
    #[arg(long, value_name = "TEXT", help_heading = "What to run")]
    pub(super) message: Vec<String>,

    /// A picture that is shown with the first message: PNG, JPEG, GIF or WebP
    #[arg(
        long,
        value_name = "FILE",
        requires = "message",
        help_heading = "What to run"
    )]
    pub(super) image: Vec<PathBuf>,

    /// How often each row is run
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number(RUNS), allow_negative_numbers = true, help_heading = "What to run")]
    pub(super) runs: usize,

    /// The seed of the first run; run k gets N + k
    #[arg(long, value_name = "N", value_parser = number(SEED), allow_negative_numbers = true, help_heading = "What to run")]
    pub(super) seed: Option<u64>,

    /// Further components and values that the spec refers to
    #[arg(long, value_name = "FILE", help_heading = "What to run")]
    pub(super) component: Vec<PathBuf>,

    /// A TOML file with [tools.*]: bindings of tools, which override the profile's
    #[arg(long, value_name = "FILE", help_heading = "What to run")]
    pub(super) tools: Option<PathBuf>,

    /// Replace a tool by a result, JSON or text; TOOL!=ERROR lets its calls fail, TOOL@2s=RESULT delays them
    #[arg(long, value_name = "TOOL=RESULT", value_parser = stub, help_heading = "What to run")]
    pub(super) stub: Vec<ToolStub>,

    /// Run with every combination of values of inputs; several of these, rows, `--vary` and `--runs` multiply
    #[arg(long, value_name = "INPUT=A,B,C", value_parser = combine, help_heading = "What to run")]
    pub(super) combine: Vec<InputList>,

    /// Change a field of a component before the spec is run
    #[arg(long, value_name = "COMPONENT.FIELD=VALUE", value_parser = assignment, help_heading = "What to run")]
    pub(super) set: Vec<(String, String)>,

    /// Run with each of several values of a field; several of these, rows and `--runs` multiply
    #[arg(long, value_name = "COMPONENT.FIELD=A,B,C", value_parser = vary, help_heading = "What to run")]
    pub(super) vary: Vec<Vary>,

    /// Resume a batch of the history that was interrupted, or whose runs need a person: its id or the beginning of it, or
    /// `last`
    #[arg(
        long,
        value_name = "BATCH",
        conflicts_with_all = FOR_NEW_RUNS,
        help_heading = "What to run"
    )]
    pub(super) resume: Option<String>,

    /// Run again what failed or ran out of time in a batch of the history, in a new batch
    #[arg(
        long,
        value_name = "BATCH",
        conflicts_with_all = FOR_NEW_RUNS,
        conflicts_with = "resume",
        help_heading = "What to run"
    )]
    pub(super) retry_failed: Option<String>,

    /// What to do about tool calls that were in progress when flowdeck died, and must not be made twice
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "ask",
        help_heading = "Answers"
    )]
    pub(super) in_doubt: WhenInDoubt,

    /// Keep no history of the runs
    #[arg(long, help_heading = "Output")]
    pub(super) no_history: bool,

    #[command(flatten)]
    pub(in crate::cli) how: How,
}

/// How runs are carried out, and what is written of them; for new runs and those of the history alike.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(in crate::cli) struct How {
    /// How many runs may be in flight [default: the profile's, else 10]
    #[arg(long, value_name = "N", value_parser = number(AT_ONCE), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) at_once: Option<usize>,

    /// Model requests: `5/s`, `60/min` or `1000/h`
    #[arg(long, value_name = "N/s", value_parser = rate, allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) rate: Option<f64>,

    /// How long one run may be active, in seconds
    #[arg(long, value_name = "SECS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) timeout: Option<Duration>,

    /// Model calls that an agent may make to answer one message [default: the agent's, else 10]
    #[arg(long, value_name = "N", value_parser = number(ROUNDS), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) max_rounds: Option<usize>,

    /// Items or flows of a parallel node that run at the same time [default: the profile's, else 20]
    #[arg(long, value_name = "N", value_parser = number(AT_ONCE), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) max_concurrency: Option<usize>,

    /// Node visits that a run may make, so that loops end [default: 10000]
    #[arg(long, value_name = "N", value_parser = number(VISITS), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) max_node_visits: Option<u64>,

    /// How many tokens the models of one run may write
    #[arg(long, value_name = "N", value_parser = number(TOKENS), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) max_tokens: Option<u64>,

    /// How many tokens all runs may use together: at 80 % half as many run at once, at 100 % no model is called any more
    #[arg(long, value_name = "N", value_parser = number(TOKENS), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) max_tokens_total: Option<u64>,

    /// Run the first N alone; the others end `cancelled` (exit code 5), unless `--canary-go` starts them
    #[arg(long, value_name = "N", value_parser = number(RUNS), allow_negative_numbers = true, help_heading = "Bounds")]
    pub(super) canary: Option<usize>,

    /// Continue with the other runs once all of the canary have finished or answered
    #[arg(long, requires = "canary", help_heading = "Bounds")]
    pub(super) canary_go: bool,

    /// Cancel all other runs at the first failure
    #[arg(long, help_heading = "Bounds")]
    pub(super) fail_fast: bool,

    /// A file of answers: messages, results of tools, confirmations
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    pub(super) answers: Option<PathBuf>,

    /// How to answer tools that need a confirmation, unless the answers file does
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "ask",
        help_heading = "Answers"
    )]
    pub(super) confirm: Confirm,

    /// Trust the spec: it may start programs of its own
    #[arg(long, help_heading = "Answers")]
    pub(super) yes: bool,

    /// How to write the results
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub(super) format: Format,

    /// The file to write the results to, instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,

    #[command(flatten, next_help_heading = "Workers")]
    pub(in crate::cli) nats: NatsOptions,

    /// Mask all content, also in the history of new runs: messages, inputs, arguments and results
    #[arg(long, help_heading = "Output")]
    pub(in crate::cli) mask: bool,
}

impl How {
    /// Returns the maximum that the history stores of new runs.
    pub(super) const fn keeping(&self) -> Keeping {
        if self.mask {
            Keeping::Outline
        } else {
            Keeping::All
        }
    }

    /// Whether the pieces of answers are written as models send them, and not only whole answers.
    pub(in crate::cli) const fn shows_pieces(&self) -> bool {
        matches!(self.format, Format::Jsonl)
    }

    /// Returns the limits of one run: the given ones, or else its own.
    pub(super) fn limits(&self, limits: Limits) -> Limits {
        Limits {
            max_iterations: self.max_rounds.or(limits.max_iterations),
            max_output_tokens: self.max_tokens.or(limits.max_output_tokens),
            max_node_visits: self.max_node_visits.unwrap_or(limits.max_node_visits),
            max_concurrency: self.max_concurrency.or(limits.max_concurrency),
            ..limits
        }
    }

    /// Returns the canary runs, which go first.
    pub(super) fn canary(&self) -> Option<Canary> {
        let n_runs = self.canary?;
        Some(Canary {
            n_runs,
            goes_on: self.canary_go,
        })
    }
}

/// The options that define new runs; a batch of the history already has these settings.
const FOR_NEW_RUNS: [&str; 12] = [
    "spec",
    "input",
    "inputs",
    "image",
    "runs",
    "seed",
    "component",
    "stub",
    "combine",
    "set",
    "vary",
    "no_history",
];

/// What to do about a call that may have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WhenInDoubt {
    /// Ask the person, if there is one
    Ask,
    /// Make the call again
    Again,
    /// Let the call fail
    Fail,
}

impl WhenInDoubt {
    const fn of_runs(self) -> InDoubt {
        match self {
            Self::Ask => InDoubt::Ask,
            Self::Again => InDoubt::Again,
            Self::Fail => InDoubt::Fail,
        }
    }
}

/// Refuses a tools file for runs on workers, because their tools are assigned there.
fn check_tools(is_elsewhere: bool, tools: Option<&PathBuf>) -> Result<(), Stop> {
    if is_elsewhere && tools.is_some() {
        return Err(Stop::usage(
            "`--tools` binds tools on this machine, but workers run this batch",
        )
        .with_help("bind them in the `flowdeck.toml` of the workers, or write `--nats none`"));
    }
    Ok(())
}

/// Options of `history resume`.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ResumeOptions {
    /// The id of the batch or the beginning of it, or `last`
    #[arg(value_name = "BATCH")]
    id: String,

    /// A message of the user to a run that waits for one, in order
    #[arg(long, value_name = "TEXT", help_heading = "Answers")]
    message: Vec<String>,

    /// A TOML file with [tools.*]: bindings of tools, which override the profile's
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    tools: Option<PathBuf>,

    /// What to do about tool calls that were in progress when flowdeck died, and must not be made twice
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "ask",
        help_heading = "Answers"
    )]
    in_doubt: WhenInDoubt,

    #[command(flatten)]
    how: How,
}

impl ResumeOptions {
    /// Refuses options that have no effect here.
    ///
    /// # Errors
    /// Options that can't be combined.
    pub(super) fn check(&self, context: &Context) -> Result<(), Stop> {
        let is_elsewhere = self.how.nats.queue(context)?.is_some();
        check_tools(is_elsewhere, self.tools.as_ref())
    }

    /// Returns the batch to continue.
    pub(super) fn resumed(&self) -> Resumed<'_> {
        Resumed {
            id: &self.id,
            messages: &self.message,
            tools: self.tools.as_ref(),
            in_doubt: self.in_doubt.of_runs(),
            how: &self.how,
        }
    }
}

/// A batch of the history to be continued, with its options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resumed<'o> {
    /// The id, its beginning, or `last`.
    pub(super) id: &'o str,
    /// The user messages, in order.
    pub(super) messages: &'o [String],
    /// A file with tools.
    pub(super) tools: Option<&'o PathBuf>,
    pub(super) in_doubt: InDoubt,
    pub(super) how: &'o How,
}

impl Resumed<'_> {
    /// Whether there are answers in addition to those that the runs have.
    pub(super) fn has_answers(&self) -> bool {
        !self.messages.is_empty() || self.how.answers.is_some()
    }
}

impl Options {
    /// Refuses options that have no effect here. The definition of the command line can't express
    /// this, because clap silently accepts an option that conflicts with the one it requires.
    ///
    /// # Errors
    /// Options that can't be combined.
    pub(super) fn check(&self, context: &Context) -> Result<(), Stop> {
        let is_elsewhere = self.how.nats.queue(context)?.is_some();
        if self.in_doubt != WhenInDoubt::Ask && self.resume.is_none() && !is_elsewhere {
            return Err(Stop::usage("`--in-doubt` needs `--resume` or `--nats`"));
        }
        check_tools(is_elsewhere, self.tools.as_ref())
    }

    /// Returns the treatment of calls that may have been made.
    pub(super) const fn in_doubt(&self) -> InDoubt {
        self.in_doubt.of_runs()
    }

    /// Returns the batch to continue; `None` for new runs.
    pub(super) fn resumed(&self) -> Option<Resumed<'_>> {
        Some(Resumed {
            id: self.resume.as_deref()?,
            messages: &self.message,
            tools: self.tools.as_ref(),
            in_doubt: self.in_doubt(),
            how: &self.how,
        })
    }

    /// Returns the spec; empty for a batch of the history.
    pub(super) fn spec(&self) -> &Path {
        self.spec.as_deref().unwrap_or(Path::new(""))
    }

    /// Returns the files from which a run is made, as they are named.
    pub(super) fn inputs(&self) -> Vec<PathBuf> {
        let single = [
            self.spec.as_ref(),
            self.inputs.as_ref(),
            self.how.answers.as_ref(),
        ];
        let single = single.into_iter().chain([self.tools.as_ref()]).flatten();
        single
            .chain(&self.component)
            .chain(&self.image)
            .cloned()
            .collect()
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The answer of one run; a line for each of many, and a summary
    Text,
    /// One object for the whole batch
    Json,
    /// Each event as it happens, an object a line
    Jsonl,
}

/// What to say to tools that ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Confirm {
    /// Ask the person, if there is one
    Ask,
    /// Yes
    Always,
    /// No
    Never,
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("it must be NAME=VALUE".to_owned()),
    }
}

/// Returns a parser for an integer within a range.
fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| whole_number(text, &range).map_err(|must_be| it(&must_be))
}

fn vary(text: &str) -> Result<Vary, String> {
    Vary::read(text).map_err(|error| error.to_string())
}

fn stub(text: &str) -> Result<ToolStub, String> {
    ToolStub::read(text).map_err(|error| error.to_string())
}

fn combine(text: &str) -> Result<InputList, String> {
    InputList::read(text).map_err(|error| error.to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|must_be| it(&must_be))
}

/// Parses a number of requests per second.
fn rate(text: &str) -> Result<f64, String> {
    quantity::rate(text).map_err(|must_be| it(&must_be))
}

/// Returns a requirement for a value as a sentence.
fn it(must_be: &str) -> String {
    format!("it {must_be}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_are_read_as_people_write_them() {
        let rates = [("5/s", 5.0), ("60/min", 1.0), ("3600/h", 1.0), ("2", 2.0)];
        for (text, expected) in rates {
            let read = rate(text).expect(text);
            assert!((read - expected).abs() < 1e-9, "{text}: {read}");
        }
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(seconds("2s"), Ok(Duration::from_secs(2)));
        for bad in ["0/s", "5/day", "many", "1e400", "-1", "nan"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        for bad in ["0", "-1", "soon", "1e400s", "9223372036854775807"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
