//! The command `flowdeck diff`, which compares the meaning of two specs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::{Context, is_stdin};
use super::outcome::{Exit, Stop};
use super::spec_source;
use crate::spec::LoadOptions;
use crate::spec::diagnostic::Colours;
use crate::spec::diff::{DiffLine, Difference, Piece, Tone, diff, lines};

/// Options of `diff`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The older spec; `-` is standard input
    #[arg(value_name = "A")]
    before: PathBuf,

    /// The newer spec; `-` is standard input
    #[arg(value_name = "B")]
    after: PathBuf,

    /// How to write the differences
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// A file of components and values that the specs refer to
    #[arg(long = "component", value_name = "FILE")]
    components: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In words, one below the other
    Text,
    /// One object
    Json,
}

/// Prints every difference; the exit code is 1 if there is one.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    if is_stdin(&options.before) && is_stdin(&options.after) {
        return Err(Stop::usage(
            "only one of the two specs can be standard input",
        ));
    }
    let load = |path| {
        spec_source::valid(
            path,
            &options.components,
            LoadOptions::default(),
            "it can't be compared",
            context,
        )
    };
    // Both are read before either is refused, so that all problems are told at once.
    let (before, after) = (load(&options.before), load(&options.after));
    let ((_, before), (_, after)) = (before?, after?);
    let differences = diff(&before, &after);
    let output = context.output;
    match options.format {
        Format::Text => output.painted_data(&text(&differences, output.data_colours))?,
        Format::Json => output.json(&json(&differences)?)?,
    }
    if differences.is_empty() {
        Ok(Exit::Success)
    } else {
        Ok(Exit::Failed)
    }
}

fn text(differences: &[Difference], colours: Colours) -> String {
    let painted = |piece: &Piece| {
        let code = match piece.tone {
            Tone::Plain => "0",
            Tone::Heading => "1",
            Tone::Muted => "2",
            Tone::Added => "32",
            Tone::Removed => "31",
        };
        format!("\u{1b}[{code}m{}\u{1b}[0m", piece.text)
    };
    let told = |line: DiffLine| match colours {
        Colours::Off => line.text() + "\n",
        Colours::On => {
            let pieces: String = line.pieces.iter().map(painted).collect();
            format!("{:width$}{pieces}\n", "", width = line.depth * 2)
        }
    };
    lines(differences).into_iter().map(told).collect()
}

fn json(differences: &[Difference]) -> Result<String, Stop> {
    let object = json!({"equal": differences.is_empty(), "differences": differences});
    serde_json::to_string_pretty(&object)
        .map(|text| text + "\n")
        .map_err(|error| Stop::from_error(Exit::Failed, &error))
}
