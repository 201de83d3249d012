//! Work on files, performed on the calling thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exports::{export_run, exported, written};
use crate::base::files::file_name;
use crate::base::files::read_text;
use crate::conversation::Image;
use crate::runs::{
    BytesRead, TraceBounds, is_answers_file, is_picture_file, is_rows_file, kept_spec, open_trace,
    read_picture, read_rows,
};
use crate::settings::{PersonFiles, remember_theme};
use crate::spec::Format;
use crate::spec::diff::{DiffLine, diff, lines};
use crate::tui::assist::answer;
use crate::tui::check::{AskedProfile, Verdict, check};
use crate::tui::effect::{CompareSide, FileCommand, PathsOf};
use crate::tui::event::JobResult;
use crate::tui::launches::Launches;
use crate::tui::widgets::editor::Editor;
use crate::workspace::{self, SpecDigest};

/// Performs a command on files on this thread. `profile` is the requested profile.
pub(in crate::tui) fn done(command: FileCommand, profile: AskedProfile<'_>) -> JobResult {
    match command {
        FileCommand::Check {
            path,
            version,
            text,
            delay: _,
        } => JobResult::Checked {
            checked: Arc::new(check(&path, &text, profile)),
            path,
            version,
        },
        FileCommand::Assist {
            path,
            version,
            text,
            at,
            question,
        } => JobResult::Assisted {
            answer: answer(&path, &text, at, &question, profile),
            path,
            version,
            at,
        },
        FileCommand::Scan { root, known, open } => {
            JobResult::Scanned(workspace::discover_again(&root, &known, &open))
        }
        FileCommand::ListPaths { of, root, typed } => paths(of, &root, typed),
        FileCommand::ReadRows { path, delay: _ } => rows(path),
        FileCommand::OpenTrace {
            path,
            number,
            is_alone,
        } => opened(path, number, is_alone, drop),
        FileCommand::ReadPictures {
            request,
            text,
            paths,
        } => JobResult::Pictures {
            request,
            text,
            result: paths.iter().map(|path| picture(path)).collect(),
        },
        FileCommand::Read { path } => read(path),
        FileCommand::Judge { paths } => judge(paths, profile),
        FileCommand::Save { path, text, base } => JobResult::Saved {
            result: workspace::save(&path, &text, base.as_deref()),
            path,
            text,
        },
        FileCommand::Create { path, text } => JobResult::Created {
            result: workspace::create(&path, &text),
            path,
        },
        FileCommand::Compare { title, sides } => JobResult::Compared {
            title,
            result: compared(sides, profile),
        },
        FileCommand::Duplicate { from, to } => moved(from, to, false),
        FileCommand::Rename { from, to } => moved(from, to, true),
        FileCommand::Trash { path, folder } => JobResult::Trashed {
            result: workspace::trash(&path, &folder),
            path,
        },
        FileCommand::Restore(trashed) => JobResult::Restored {
            result: workspace::restore(&trashed),
            trashed,
        },
        FileCommand::RememberTrust { file, digest, spec } => trusted(&file, &digest, &spec),
        FileCommand::ExportSpec {
            path,
            component,
            formats,
        } => JobResult::Exported {
            result: exported(&component, &formats),
            path,
        },
        FileCommand::ExportRun {
            run,
            now,
            format,
            to,
        } => export_run(&run, format.write(&run, now), to),
        FileCommand::Export {
            path,
            text,
            runs,
            overwrites,
        } => written(path, text, runs, overwrites),
        FileCommand::RememberLaunch { file, spec, draft } => {
            kept("launch", &file, Launches::remember(&file, spec, draft))
        }
        FileCommand::RememberTheme { file, name } => themed(&file, &name),
        FileCommand::ReadSettings { file } => {
            JobResult::Settings(Box::new(PersonFiles::read(&file)))
        }
        FileCommand::RememberScreen { file, remembered } => {
            kept("layout", &file, remembered.write(&file))
        }
    }
}

/// Reads a file of rows.
fn rows(path: PathBuf) -> JobResult {
    let read = read_rows(&path).map(Arc::new);
    JobResult::Rows {
        path,
        result: read.map_err(|error| error.to_string()),
    }
}

/// Opens a trace. `progress` is called with the amount that has been read.
pub(super) fn opened(
    path: PathBuf,
    number: usize,
    is_alone: bool,
    progress: impl FnMut(BytesRead),
) -> JobResult {
    let opened = open_trace(&path, number, TraceBounds::default(), progress);
    JobResult::TraceOpened {
        path,
        is_alone,
        result: opened.map(Box::new).map_err(|error| error.in_words()),
    }
}

/// Returns the result of a job that saves something for later starts.
fn kept(what: &str, file: &Path, written: std::io::Result<()>) -> JobResult {
    match written {
        Ok(()) => JobResult::Kept,
        Err(error) => JobResult::Failed(format!(
            "the {what} is not kept: can't write `{}`: {error}",
            file.display()
        )),
    }
}

/// Copies or renames a file.
fn moved(from: PathBuf, to: PathBuf, is_rename: bool) -> JobResult {
    let result = if is_rename {
        workspace::rename(&from, &to)
    } else {
        workspace::duplicate(&from, &to)
    };
    JobResult::Moved {
        from,
        to,
        is_rename,
        result,
    }
}

fn paths(of: PathsOf, root: &Path, typed: String) -> JobResult {
    let is_wanted = match of {
        PathsOf::Rows => is_rows_file,
        PathsOf::Answers => is_answers_file,
        PathsOf::Pictures => is_picture_file,
    };
    JobResult::Paths {
        found: workspace::paths_like(root, &typed, is_wanted),
        of,
        typed,
    }
}

fn trusted(file: &Path, digest: &SpecDigest, spec: &Path) -> JobResult {
    match workspace::remember(file, digest, spec) {
        Ok(()) => {
            // Short, so that the keys fit beside it.
            let name = file_name(spec);
            JobResult::Done(format!("agreed to {name} until it changes"))
        }
        Err(error) => JobResult::Failed(format!(
            "can't write `{}`, so you will be asked again: {error}",
            file.display()
        )),
    }
}

fn themed(file: &Path, name: &str) -> JobResult {
    match remember_theme(file, name) {
        Ok(()) => JobResult::Done(format!("theme {name}, kept in config.toml")),
        Err(error) => JobResult::Failed(format!("theme {name} is not kept: {error}")),
    }
}

fn picture(path: &Path) -> Result<Image, String> {
    read_picture(path).map_err(|error| match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

pub(super) fn compared(
    sides: [CompareSide; 2],
    profile: AskedProfile<'_>,
) -> Result<Vec<DiffLine>, String> {
    // Each run keeps its spec with all ids, also those that were made up when it was launched.
    let has_made_up_ids = sides
        .iter()
        .all(|side| matches!(side, CompareSide::Kept(_)));
    let [before, after] = sides.map(|side| {
        let (path, text) = match side {
            CompareSide::File { path, text } => (path, text),
            CompareSide::Ran(component) => return Ok(component),
            CompareSide::Kept(terms) => {
                let loaded = kept_spec(&terms, Vec::new());
                return loaded.map_err(|error| error.to_string());
            }
        };
        let text = match text {
            Some(text) => text,
            None => read_text(&path)
                .map(Arc::from)
                .map_err(|error| error.to_string())?,
        };
        let loaded = check(&path, &text, profile).loaded;
        let has_errors = loaded.has_errors();
        let component = loaded.component.filter(|_| !has_errors);
        component.ok_or_else(|| {
            let path = path.display();
            format!("`{path}` has problems and can't be compared")
        })
    });
    let mut differences = diff(&before?, &after?);
    if has_made_up_ids {
        differences.retain(|difference| !difference.is_of_made_up_ids());
    }
    Ok(lines(&differences))
}

fn read(path: PathBuf) -> JobResult {
    let format = workspace::format_of(&path).unwrap_or(Format::Yaml);
    let result = read_text(&path).map(|text| Box::new(Editor::new(&text, format)));
    JobResult::Read { path, result }
}

fn judge(paths: Vec<PathBuf>, profile: AskedProfile<'_>) -> JobResult {
    let judged = paths.into_iter().map(|path| {
        let verdict = match read_text(&path) {
            Ok(text) => check(&path, &text, profile).counts(),
            Err(_unreadable) => Verdict::UNREADABLE,
        };
        (path, verdict)
    });
    JobResult::Judged(judged.collect())
}
