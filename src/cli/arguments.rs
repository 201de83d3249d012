//! The arguments of `flowdeck`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::{
    completions, diff, docs, export, graph, history, info, mock_llm, nats, new, open, profiles,
    run, serve, validate, worker, workers,
};

/// A workbench for Agent Spec: open a spec, edit it, run many at once, watch them live, export.
#[derive(Debug, Parser)]
#[command(
    name = "flowdeck",
    version,
    override_usage = "flowdeck [OPTIONS] [PATH]\n       flowdeck [OPTIONS] COMMAND",
    after_help = "Without a COMMAND the workbench opens on PATH."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: GlobalArguments,

    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// A folder of specs, or one spec file [default: the current folder if a spec is in it or below,
    /// or if it holds a `flowdeck.toml`, else the bundled samples]
    // Any number is taken so that a mistyped command is told as one, not as a PATH too many.
    #[arg(value_name = "PATH", num_args = 0..)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten, next_help_heading = "Screen")]
    pub(super) screen: ScreenOptions,

    /// Serve a spec from the workbench, where its conversations are runs like all others
    #[arg(long, value_name = "SPEC", help_heading = "Serving")]
    pub(super) serve: Option<PathBuf>,

    #[command(flatten, next_help_heading = "Serving")]
    pub(super) place: serve::Place,

    #[command(flatten, next_help_heading = "Workers")]
    pub(super) nats: nats::NatsOptions,
}

impl Arguments {
    /// Parses a command line. Also returns all files and folders that it names, except those of the
    /// global options.
    ///
    /// # Errors
    /// The command line is not valid, or asks for help.
    pub(super) fn read(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<(Self, Vec<PathBuf>), clap::Error> {
        let matches = Self::command().try_get_matches_from(arguments)?;
        let command = matches.subcommand().map(|(_, command)| command);
        let named = [Some(&matches), command]
            .into_iter()
            .flatten()
            .flat_map(named_paths)
            .collect();
        let read = Self::from_arg_matches(&matches);
        Ok((
            read.map_err(|error| error.format(&mut Self::command()))?,
            named,
        ))
    }
}

/// Returns every path among the arguments.
fn named_paths(matches: &ArgMatches) -> Vec<PathBuf> {
    let ids = matches.ids().map(clap::Id::as_str);
    ids.filter(|id| !["folder", "log"].contains(id))
        .filter_map(|id| matches.try_get_many::<PathBuf>(id).ok().flatten())
        .flatten()
        .cloned()
        .collect()
}

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct GlobalArguments {
    /// The workspace: the folder for relative paths and the profile
    #[arg(
        short = 'C',
        value_name = "DIR",
        global = true,
        help_heading = "Everywhere"
    )]
    pub(super) folder: Option<PathBuf>,

    /// The profile, which binds models and tools
    #[arg(long, value_name = "NAME", global = true, help_heading = "Everywhere")]
    pub(super) profile: Option<String>,

    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        help_heading = "Everywhere"
    )]
    pub(super) color: ColorChoice,

    /// Print less: no progress, no notes
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub(super) quiet: bool,

    /// Log more; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Everywhere")]
    pub(super) verbose: u8,

    /// The file to log to
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    pub(super) log: Option<PathBuf>,
}

/// How the workbench uses the terminal; it holds over `config.toml`.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScreenOptions {
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,

    /// Leave the mouse to the terminal
    #[arg(long)]
    pub(super) no_mouse: bool,

    /// Write plain lines and numbered choices in place of a screen; also with ACCESSIBLE=1
    #[arg(long)]
    pub(super) plain: bool,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, as `NO_COLOR` and `CLICOLOR_FORCE` say
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a spec without the screen, once or many times
    Run(Box<run::Options>),
    /// List, show, export and delete past runs
    History(Box<history::Options>),
    /// Show runs that were recorded elsewhere, by flowdeck or through pyagentspec's tracing
    Open(open::Options),
    /// Serve an agent, a flow or a team over Agent2Agent (A2A) and OpenAI's Responses
    Serve(Box<serve::Options>),
    /// Carry out runs for others, from a NATS queue
    Worker(worker::Options),
    /// List the workers of a NATS queue
    Workers(workers::Options),
    /// Check specs and print every problem with its place
    Validate(validate::Options),
    /// Write a spec as canonical Agent Spec, in JSON or YAML
    #[command(visible_alias = "convert")]
    Export(export::Options),
    /// Compare two specs in meaning, across formats and versions
    Diff(diff::Options),
    /// Print the graph of a flow, an agent or a team
    Graph(graph::Options),
    /// Write a starter spec
    New(new::Options),
    /// List profiles, show what they bind, reach their model endpoints
    Profiles(profiles::Options),
    /// Serve the offline model as an OpenAI-compatible HTTP server on loopback
    MockLlm(mock_llm::Options),
    /// Show what the components of Agent Spec and the codes of problems are
    Docs(docs::Options),
    /// Show every path in use, the version, and what the terminal can do
    Info(info::Options),
    /// Print the completions of a shell
    Completions(completions::Options),
    /// Print the man page
    Man,
}
