//! The command `flowdeck export`, which writes a spec as canonical Agent Spec.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::context::{Context, is_stdin};
use super::outcome::{Exit, Stop};
use super::spec_source::{self, SpecSource};
use crate::base::files::{Written, read_text};
use crate::spec::version::VersionText;
use crate::spec::{
    AgentSpecVersion, Component, ExportError, ExportOptions, Exported, Format, LoadOptions,
    SplitOff, export, losses,
};

/// Options of `export`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The spec; `-` is standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,

    /// The format to write [default: the input's]
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// The file to write [default: standard output, as for `-`]
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// The version of Agent Spec to write [default: the least that holds the spec]
    #[arg(long, value_name = "V", value_parser = version)]
    agentspec_version: Option<AgentSpecVersion>,

    /// A file of components and values that the spec refers to
    #[arg(long = "component", value_name = "FILE")]
    components: Vec<PathBuf>,

    /// A component to write to a file of its own: `a.yaml` then refers to it, as KEY if that is given, in
    /// `a.components.yaml`
    #[arg(long, value_name = "ID[=KEY]", requires = "output", value_parser = split_off)]
    disaggregate: Vec<SplitOff>,

    /// Leave references open to what neither the spec nor a component file defines
    #[arg(long)]
    partial: bool,

    /// Write nothing; exit with 1 if the file is not in canonical form
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// JSON
    Json,
    /// YAML
    Yaml,
}

fn split_off(text: &str) -> Result<SplitOff, String> {
    let (id, key) = text.rsplit_once('=').unwrap_or((text, text));
    if id.is_empty() || key.is_empty() {
        return Err("neither the id nor the key may be empty".to_owned());
    }
    Ok(SplitOff {
        id: id.to_owned(),
        key: key.to_owned(),
    })
}

fn version(text: &str) -> Result<AgentSpecVersion, String> {
    match AgentSpecVersion::parse(text) {
        VersionText::Known(version) => Ok(version),
        VersionText::PreRelease
        | VersionText::TooOld
        | VersionText::NeverReleased
        | VersionText::Unknown => {
            let known = AgentSpecVersion::ALL.map(AgentSpecVersion::as_str);
            Err(format!("the versions are {}", known.join(", ")))
        }
    }
}

/// Writes the spec, or checks that the file already is in canonical form.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let load_options = LoadOptions {
        partial: options.partial,
        ..LoadOptions::default()
    };
    let (source, component) = spec_source::valid(
        &options.spec,
        &options.components,
        load_options,
        "nothing is written",
        context,
    )?;
    let exported = exported(options, &source, &component)?;
    for secret in &exported.masked {
        let note = format!(
            "masked: `{secret}` is written as a reference; supply its value when the file is loaded"
        );
        context.output.note(&note);
    }
    if options.check {
        return Ok(check(&source, &exported, context));
    }
    let path = options.output.as_deref().filter(|path| !is_stdin(path));
    let is_file = |path: &Path| path.is_file() || !path.exists();
    if exported.set.is_some()
        && !path
            .map(|path| context.resolved(path))
            .is_some_and(|path| is_file(&path))
    {
        let message =
            "`--disaggregate` writes a second file beside `--output`, so `--output` must be a file";
        return Err(Stop::usage(message));
    }
    let written = if let Some(path) = path {
        write(path, &exported, context)?
    } else {
        context.output.data(&exported.text)?;
        exported
    };
    compare(options, (&source, &component), &written, context)
}

/// Writes the files, and returns their contents.
fn write(path: &Path, exported: &Exported, context: &Context) -> Result<Exported, Stop> {
    let written = |path: &Path, text: &str| match context.write_file(path, text)? {
        Written::File => read_text(&context.resolved(path))
            .map_err(|error| Stop::from_error(Exit::Failed, &error)),
        Written::Stream => Ok(text.to_owned()),
    };
    let set = exported.set.as_deref();
    if set.is_some() {
        // Neither of two files is written if the other can't be.
        context.check_writable(path)?;
    }
    Ok(Exported {
        set: set.map(|set| written(&set_path(path), set)).transpose()?,
        text: written(path, &exported.text)?,
        ..exported.clone()
    })
}

/// Reports whether the written files have the whole meaning of the spec, or what they lack and why.
fn compare(
    options: &Options,
    (source, component): (&SpecSource, &Arc<Component>),
    written: &Exported,
    context: &Context,
) -> Result<Exit, Stop> {
    let losses = losses(component, written, format(options, source));
    let dropped = source.loaded.diagnostics.iter().filter(|problem| {
        // What the load itself leaves behind: keys that mean nothing, and definitions that nobody uses.
        ["AS006", "AS107", "AS108"].contains(&problem.code.0)
    });
    let dropped = dropped.map(|problem| {
        let (line, column) = (problem.place.line, problem.place.column);
        format!("{line}:{column}: {}", problem.message)
    });
    let lost: Vec<String> = dropped
        .chain(losses.iter().map(ToString::to_string))
        .collect();
    for what in &lost {
        context.output.note(&format!("lost: {what}"));
    }
    if let Some(fault) = losses.iter().find(|loss| !loss.is_intended()) {
        let message = format!("the written spec differs from the one that was read: {fault}");
        return Err(Stop::new(Exit::Failed, message)
            .with_help("this is a bug in flowdeck; please report it with the spec"));
    }
    if lost.is_empty() {
        let but = if written.masked.is_empty() {
            ""
        } else {
            ", except for the masked secrets"
        };
        context.output.note(&format!("round trip lossless{but}"));
    }
    Ok(Exit::Success)
}

/// Returns the file for separated components: `a.components.yaml` beside `a.yaml`.
fn set_path(document: &Path) -> PathBuf {
    match document.extension() {
        Some(extension) => {
            let mut ending = OsString::from("components.");
            ending.push(extension);
            document.with_extension(ending)
        }
        None => document.with_extension("components"),
    }
}

/// Returns the format to write.
fn format(options: &Options, source: &SpecSource) -> Format {
    match options.to {
        Some(Target::Json) => Format::Json,
        Some(Target::Yaml) => Format::Yaml,
        None => source.loaded.format,
    }
}

fn exported(
    options: &Options,
    source: &SpecSource,
    component: &Arc<Component>,
) -> Result<Exported, Stop> {
    let export_options = ExportOptions {
        version: options.agentspec_version,
        disaggregate: options.disaggregate.clone(),
        ..ExportOptions::new(format(options, source))
    };
    export(component, &export_options).map_err(|error| {
        let exit = match error {
            ExportError::VersionTooLow { .. }
            | ExportError::NothingToSplitOff { .. }
            | ExportError::SameKey { .. }
            | ExportError::SplitOffRoot { .. } => Exit::Usage,
            ExportError::Incomplete { .. } => Exit::Invalid,
        };
        Stop::from_error(exit, &error)
    })
}

fn check(source: &SpecSource, exported: &Exported, context: &Context) -> Exit {
    if source.text == exported.text {
        return Exit::Success;
    }
    let differs = source
        .text
        .lines()
        .zip(exported.text.lines())
        .position(|(written, canonical)| written != canonical);
    let place = match differs {
        Some(line) => format!("{}:{}", source.name, line + 1),
        None => source.name.clone(),
    };
    context
        .output
        .note(&format!("{place}: not in canonical form from here on"));
    Exit::Failed
}
