//! The command `flowdeck validate`, which prints every problem of specs with its position.

mod access;
mod sets;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use self::access::Explained;
use self::sets::Sets;
use super::context::{Context, is_stdin, shown};
use super::outcome::{Exit, Stop};
use super::spec_source::{self, SpecSource};
use crate::base::files::ReadError;
use crate::base::plural::counted;
use crate::profile::Profile;
use crate::spec::diagnostic::{self, Code, Counts};
use crate::spec::{Diagnostic, LoadOptions, Loaded, Place, Severity};
use crate::workspace;

/// The code of a file that can't be read, the same as of a text that can't be parsed.
const UNREADABLE: Code = Code("AS001");

/// The code of a tool without an implementation.
const UNBOUND: Code = Code("AS902");

/// Options of `validate`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// Spec files, or folders of them; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// How to write the problems
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Treat warnings as errors; also check what nothing refers to, and whether declared types fit
    #[arg(long)]
    strict: bool,

    /// Allow references to what neither the spec nor a component file defines
    #[arg(long)]
    partial: bool,

    /// Say what each spec may do here: the servers it calls, the programs it starts, its tools, secrets and questions
    #[arg(long)]
    explain_access: bool,

    /// A file of components and values that the specs refer to
    #[arg(long = "component", value_name = "FILE")]
    components: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each problem with the line that it is in, then a count
    Text,
    /// One list of objects
    Json,
}

/// A file and its problems.
#[derive(Debug)]
struct Checked {
    /// The path as given by the person.
    name: String,
    /// The text for display; empty if the file can't be read.
    text: String,
    diagnostics: Vec<Diagnostic>,
    /// The permissions, if they were requested and can be determined.
    explained: Option<Explained>,
}

/// Checks files and prints their problems.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let mut checked = Vec::new();
    let (files, unread) = files(&options.paths, context);
    let sets = Sets::among(&files, context);
    for path in &files {
        let mut file = check(path, &sets, options, context)?;
        if options.strict {
            for problem in &mut file.diagnostics {
                problem.severity = Severity::Error;
            }
        }
        checked.push(file);
    }
    checked.extend(unread);
    let mut counts = Counts::default();
    for file in &checked {
        let found = Counts::of(&file.diagnostics);
        counts.errors += found.errors;
        counts.warnings += found.warnings;
    }
    let output = context.output;
    match options.format {
        Format::Text => output.painted_data(&text(&checked, counts, context))?,
        Format::Json if options.explain_access => output.json(&access::json(&checked)?)?,
        Format::Json => output.json(&json(&checked)?)?,
    }
    if counts.errors > 0 {
        Ok(Exit::Failed)
    } else {
        Ok(Exit::Success)
    }
}

/// Returns the files for the given paths, each once; a folder stands for the specs below it. Also
/// returns the folders below it that can't be read.
fn files(paths: &[PathBuf], context: &Context) -> (Vec<PathBuf>, Vec<Checked>) {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for path in paths {
        let folder = context.resolved(path);
        if is_stdin(path) || !folder.is_dir() {
            files.push(path.clone());
            continue;
        }
        let found = workspace::discover(&folder);
        if found.files.is_empty() && found.unread.is_empty() {
            let ignored = if workspace::has_ignored_spec(&folder) {
                ", except files that ignore files exclude; name such a file to check it"
            } else {
                ""
            };
            let note = format!("no specs in `{}`{ignored}", path.display());
            context.output.warning(&note);
        }
        if !found.others.is_empty() {
            context.output.note(&not_checked(&found.others, &folder));
        }
        if found.is_cut {
            let note = format!(
                "`{}` holds more files than flowdeck looks at",
                path.display()
            );
            context.output.warning(&note);
        }
        // Named as the person would, that is below the folder as it was given.
        let named = |found: &Path| {
            let below = found.strip_prefix(&folder);
            below.map_or_else(|_| found.to_owned(), |below| path.join(below))
        };
        files.extend(found.files.iter().map(|file| named(&file.path)));
        unread.extend(found.unread.iter().map(|(folder, why)| {
            let told = format!("the files in this folder are not checked: {why}");
            Checked {
                name: shown(&named(folder)),
                text: String::new(),
                diagnostics: vec![Diagnostic::error(UNREADABLE, Place::START, told)],
                explained: None,
            }
        }));
    }
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    (files, unread)
}

/// Returns the text about files of a folder that look like specs by their names but are not.
fn not_checked(files: &[PathBuf], folder: &Path) -> String {
    const NAMED: usize = 5;
    let names = files.iter().take(NAMED);
    let names: Vec<String> = names
        .map(|file| format!("`{}`", shown(file.strip_prefix(folder).unwrap_or(file))))
        .collect();
    let more = if files.len() > NAMED { ", …" } else { "" };
    format!(
        "{} without `component_type` not checked: {}{more}",
        counted(files.len(), "file"),
        names.join(", ")
    )
}

fn check(path: &Path, sets: &Sets, options: &Options, context: &Context) -> Result<Checked, Stop> {
    let of_options = spec_source::supplied(&[], &options.components, context)?;
    // Without a profile that can be read a spec is checked by itself: what it refers to outside
    // itself is then told as missing, and this says why.
    let profile = spec_source::profile_for(path, context).and_then(|profile| {
        let supplied = spec_source::supplied(&profile.component_files, &[], context)?;
        Ok((profile, supplied))
    });
    let (profile, mut supplied) = match profile {
        Ok((profile, supplied)) => (Some(profile), supplied),
        Err(stop) => {
            context.output.warning(&stop.message);
            (None, Vec::new())
        }
    };
    supplied.extend(of_options);
    supplied.extend(sets.needed_by(path, &supplied, context));
    let load_options = LoadOptions {
        supplied,
        sets: true,
        partial: options.partial,
        strict: options.strict,
        ..LoadOptions::default()
    };
    Ok(match SpecSource::read_with(path, load_options, context) {
        Ok(source) => {
            let text = source.shown_text();
            // Without a profile that can be used models are those of the spec.
            let bound_by = profile.clone().unwrap_or_else(Profile::spec);
            let explained = options
                .explain_access
                .then(|| Explained::of(&source.loaded, &bound_by))
                .flatten();
            // A profile that was asked for by name is checked with the spec.
            let asked = profile.filter(|_| context.profile.is_some());
            let unbound = asked.map_or_else(Vec::new, |profile| unbound(&source.loaded, &profile));
            let mut diagnostics = source.loaded.diagnostics;
            diagnostics.extend(unbound);
            diagnostic::sort(&mut diagnostics);
            for problem in &mut diagnostics {
                // An id that was made up on load is another one each time and found nowhere.
                let is_written = |id: &String| source.text.contains(id.as_str());
                problem.component = problem.component.take().filter(is_written);
            }
            Checked {
                name: source.name,
                text,
                diagnostics,
                explained,
            }
        }
        Err(error) => Checked {
            name: shown(path),
            text: String::new(),
            diagnostics: vec![unreadable(&error)],
            explained: None,
        },
    })
}

/// Returns a problem for each tool that a profile doesn't assign, because calls of it would fail.
fn unbound(loaded: &Loaded, profile: &Profile) -> Vec<Diagnostic> {
    let unbound = loaded
        .component
        .iter()
        .flat_map(|root| profile.unbound_tools(root));
    unbound
        .map(|unbound| {
            let place = loaded.places().of(&unbound.tool).field_or_type("name");
            Diagnostic::warning(UNBOUND, place, unbound.message())
                .with_component(unbound.tool.id())
                .with_help("bind it there to `command`, `python`, `http`, `value` or `ask = true`")
        })
        .collect()
}

fn unreadable(error: &ReadError) -> Diagnostic {
    let place = match error {
        ReadError::NotUtf8 { path, offset_bytes } => place_of_byte(path, *offset_bytes),
        ReadError::Io { .. } | ReadError::NotAFile { .. } | ReadError::TooLarge { .. } => {
            Place::START
        }
    };
    let stop = Stop::from_error(Exit::Failed, error);
    Diagnostic::error(UNREADABLE, place, stop.message)
}

/// Returns the position of a byte of a file; the file's start if the file can't be read again.
fn place_of_byte(path: &Path, offset_bytes: usize) -> Place {
    let bytes = fs::read(path).unwrap_or_default();
    let before = String::from_utf8_lossy(bytes.get(..offset_bytes).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    let column = last_line.chars().count() + 1;
    Place {
        line,
        column,
        end_line: line,
        end_column: column + 1,
        start: offset_bytes,
        end: offset_bytes + 1,
    }
}

fn text(checked: &[Checked], counts: Counts, context: &Context) -> String {
    let colours = context.output.data_colours;
    let mut text = String::new();
    for file in checked {
        for problem in &file.diagnostics {
            text.push_str(&problem.render(&file.name, &file.text, colours));
        }
        if let Some(explained) = &file.explained {
            text.push_str(&explained.text(&file.name));
        }
    }
    let Counts { errors, warnings } = counts;
    text + &format!(
        "{}, {}, {}\n",
        counted(checked.len(), "file"),
        counted(errors, "error"),
        counted(warnings, "warning")
    )
}

fn json(checked: &[Checked]) -> Result<String, Stop> {
    let records: Vec<_> = checked
        .iter()
        .flat_map(|file| {
            let record = |problem| Diagnostic::record(problem, &file.name);
            file.diagnostics.iter().map(record)
        })
        .collect();
    serde_json::to_string_pretty(&records)
        .map(|text| text + "\n")
        .map_err(|error| Stop::from_error(Exit::Failed, &error))
}
