//! `flowdeck docs`: what the components of Agent Spec are, from the table that the program reads them by.

use clap::{Args, Subcommand, ValueEnum};

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::base::suggest::closest;
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

/// Prints what was asked about.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let Subject::Component(options) = &options.subject;
    let format = match options.format {
        Format::Text => PageFormat::Text,
        Format::Markdown => PageFormat::Markdown,
    };
    let text = match &options.name {
        Some(name) => page::page(name, format).ok_or_else(|| unknown(name))?,
        None if options.all => page::pages(format),
        None => page::index(format),
    };
    context.output.data(&text)?;
    Ok(Exit::Success)
}

/// Nothing is called so.
fn unknown(name: &str) -> Stop {
    let near = closest(name, page::names());
    let hint = near.map(|near| format!("; did you mean `{near}`?"));
    Stop::usage(format!(
        "Agent Spec has no component `{name}`{}",
        hint.unwrap_or_default()
    ))
}
