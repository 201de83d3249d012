//! The command `flowdeck new`, which writes a starter spec.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::context::{Context, is_stdin};
use super::outcome::{Exit, Stop};
use crate::base::suggest::closest;
use crate::spec;
use crate::spec::templates::{TEMPLATES, Template};

/// Options of `new`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// What to start from; `--list` shows all
    #[arg(value_name = "TEMPLATE", required_unless_present = "list")]
    template: Option<String>,

    /// The file to write [default: standard output, as for `-`]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,

    /// List the templates
    #[arg(long, conflicts_with_all = ["template", "path", "format", "force"])]
    list: bool,

    /// The format to write [default: the file's ending, else yaml]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// YAML, with comments that explain the fields
    Yaml,
    /// JSON
    Json,
}

/// Writes a template, or lists all templates.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let Some(name) = &options.template else {
        context.output.data(&list())?;
        return Ok(Exit::Success);
    };
    let template = Template::find(name).ok_or_else(|| unknown(name))?;
    let path = options.path.as_deref().filter(|path| !is_stdin(path));
    let text = template.text(format(options.format, path));
    match path {
        None => context.output.data(&text)?,
        Some(path) if options.force => drop(context.write_file(path, &text)?),
        Some(path) => context.write_new_file(path, &text)?,
    }
    Ok(Exit::Success)
}

fn format(wanted: Option<Format>, path: Option<&Path>) -> spec::Format {
    match wanted {
        Some(Format::Yaml) => spec::Format::Yaml,
        Some(Format::Json) => spec::Format::Json,
        None => path
            .and_then(Path::extension)
            .and_then(|extension| spec::Format::from_extension(extension.to_str()?))
            .unwrap_or(spec::Format::Yaml),
    }
}

fn list() -> String {
    let widest = TEMPLATES.iter().map(|template| template.name.len()).max();
    let width = widest.unwrap_or(0);
    let line = |template: &Template| format!("{:width$}  {}\n", template.name, template.about());
    TEMPLATES.iter().map(line).collect()
}

fn unknown(name: &str) -> Stop {
    let stop = Stop::usage(format!("there is no template `{name}`"));
    let names = TEMPLATES.iter().map(|template| template.name);
    match closest(name, names) {
        Some(near) => stop.with_help(format!("did you mean `{near}`?")),
        None => stop.with_help("`flowdeck new --list` shows them all"),
    }
}
