//! `flowdeck export`: a spec as canonical Agent Spec.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::context::Context;
use super::outcome::{Exit, Stop};
use super::spec_source::{self, SpecSource};
use crate::spec::version::VersionText;
use crate::spec::{AgentSpecVersion, ExportError, ExportOptions, Exported, Format, export};

/// Options of `export`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The spec; `-` is standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,

    /// The format to write [default: the input's]
    #[arg(long, value_name = "FORMAT")]
    to: Option<Target>,

    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// The version of Agent Spec to write [default: the least that holds the spec]
    #[arg(long, value_name = "V", value_parser = version)]
    agentspec_version: Option<AgentSpecVersion>,

    /// A file of components and values that the spec refers to
    #[arg(long = "component", value_name = "FILE")]
    components: Vec<PathBuf>,

    /// A component to write to a file of its own: `a.yaml` then refers to it in `a.components.yaml`
    #[arg(long, value_name = "ID", requires = "output")]
    disaggregate: Vec<String>,

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

/// Writes the spec, or checks that it is written so already.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let source = load(options, context)?;
    let exported = exported(options, &source)?;
    for secret in &exported.masked {
        let note = format!("masked: `{secret}` is written as a reference to be filled on load");
        context.output.note(&note);
    }
    if options.check {
        return Ok(check(&source, &exported, context));
    }
    match &options.output {
        Some(path) => {
            if let Some(set) = &exported.set {
                context.write_file(&set_path(path), set)?;
            }
            context.write_file(path, &exported.text)?;
        }
        None => context.output.data(&exported.text)?,
    }
    Ok(Exit::Success)
}

/// Where what is split off goes: `a.components.yaml` beside `a.yaml`.
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

/// Loads the spec and tells its problems; errors end the command.
fn load(options: &Options, context: &Context) -> Result<SpecSource, Stop> {
    let profile = spec_source::profile_for(&options.spec, context)?;
    let supplied = spec_source::supplied(&profile, &options.components, context)?;
    let source = SpecSource::read(&options.spec, supplied, context)
        .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
    let told = source.told(context);
    if source.loaded.has_errors() || source.loaded.component.is_none() {
        context.output.problems(&told);
        let message = format!("`{}` has errors: nothing is written", source.name);
        return Err(Stop::new(Exit::Invalid, message));
    }
    context.output.note_block(&told);
    Ok(source)
}

fn exported(options: &Options, source: &SpecSource) -> Result<Exported, Stop> {
    let format = match options.to {
        Some(Target::Json) => Format::Json,
        Some(Target::Yaml) => Format::Yaml,
        None => source.loaded.format,
    };
    let export_options = ExportOptions {
        version: options.agentspec_version,
        disaggregate: options.disaggregate.clone(),
        ..ExportOptions::new(format)
    };
    let Some(component) = &source.loaded.component else {
        return Err(Stop::new(
            Exit::Invalid,
            format!("`{}` holds no component", source.name),
        ));
    };
    export(component, &export_options).map_err(|error| {
        let exit = match error {
            ExportError::VersionTooLow { .. }
            | ExportError::NothingToSplitOff { .. }
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
