//! The command `flowdeck docs`, which describes the components of Agent Spec and the codes of
//! problems, from the same tables that the program uses.

use clap::{Args, Subcommand, ValueEnum};

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::base::suggest::closest;
use crate::spec::diagnostic::page as problem_page;
use crate::spec::diagnostic::rules::rule;
use crate::spec::language::page::{self, PageFormat};

/// Options of `docs`.
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

/// What there is to read about.
#[derive(Debug, Subcommand)]
enum Subject {
    /// Show what a component type is: its fields, what they take, and where it stands
    Component(ComponentOptions),
    /// Show what the code of a problem says, why it matters and what to do
    Problem(ProblemOptions),
}

/// Options of `docs problem`.
#[derive(Args, Debug)]
struct ProblemOptions {
    /// A code, such as `AS203`; all of them in a list if left out
    #[arg(value_name = "CODE")]
    code: Option<String>,

    /// Every page there is
    #[arg(long, conflicts_with = "code")]
    all: bool,

    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// Options of `docs component`.
#[derive(Args, Debug)]
struct ComponentOptions {
    /// A component type, family or plain object, such as `Agent`; all of them in a list if left out
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Every page there is
    #[arg(long, conflicts_with = "name")]
    all: bool,

    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a file
    Markdown,
}

impl From<Format> for PageFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Markdown => Self::Markdown,
        }
    }
}

/// Prints the requested pages.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let text = match &options.subject {
        Subject::Component(options) => component(options)?,
        Subject::Problem(options) => problem(options)?,
    };
    context.output.data(&text)?;
    Ok(Exit::Success)
}

fn component(options: &ComponentOptions) -> Result<String, Stop> {
    let format = options.format.into();
    match &options.name {
        Some(name) => page::page(name, format).ok_or_else(|| unknown(name)),
        None if options.all => Ok(page::pages(format)),
        None => Ok(page::index(format)),
    }
}

fn problem(options: &ProblemOptions) -> Result<String, Stop> {
    let format = options.format.into();
    match &options.code {
        Some(code) => match rule(code) {
            Some(rule) => Ok(rule.page(format)),
            None => Err(Stop::usage(format!(
                "no problem has the code `{code}`; `flowdeck docs problem` lists all"
            ))),
        },
        None if options.all => Ok(problem_page::pages(format)),
        None => Ok(problem_page::index(format)),
    }
}

/// Returns the error for an unknown name.
fn unknown(name: &str) -> Stop {
    let near = closest(name, page::names());
    let hint = near.map(|near| format!("; did you mean `{near}`?"));
    Stop::usage(format!(
        "Agent Spec has no component `{name}`{}",
        hint.unwrap_or_default()
    ))
}
