//! What every command gets.

use std::io;
use std::path::{Path, PathBuf};

use super::arguments::GlobalArguments;
use super::outcome::{Exit, Stop};
use super::output::Output;
use crate::base::files::{self, is_same_file};
use crate::base::paths::Paths;
use crate::profile::ProfileFile;
use crate::workspace::{self, SaveError};

/// What every command gets: where it writes, where it works, what was asked of all commands.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// Where to write.
    pub(super) output: Output,
    /// The program's own folders.
    pub(super) paths: Paths,
    /// The workspace as the person gave it (`-C`).
    pub(super) folder: Option<PathBuf>,
    /// The profile that was asked for.
    pub(super) profile: Option<String>,
}

impl Context {
    /// # Errors
    /// The workspace is not a folder.
    pub(super) fn new(arguments: &GlobalArguments, output: Output) -> Result<Self, Stop> {
        if let Some(folder) = &arguments.folder
            && !folder.is_dir()
        {
            return Err(Stop::usage(format!(
                "`{}` is not a folder",
                folder.display()
            )));
        }
        Ok(Self {
            output,
            paths: Paths::from_environment(),
            folder: arguments.folder.clone(),
            profile: arguments.profile.clone(),
        })
    }

    /// A path of the command line, relative to the workspace where there is one.
    pub(super) fn resolved(&self, path: &Path) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.join(path),
            None => path.to_owned(),
        }
    }

    /// Whether a path is, by whatever name, one of the files that a command line names, a spec in a folder that it names,
    /// or the profile of one.
    pub(super) fn is_among(&self, path: &Path, named: &[PathBuf]) -> bool {
        let named = named.iter().filter(|named| !is_stdin(named));
        named.map(|named| self.resolved(named)).any(|named| {
            let folder = if named.is_dir() {
                Some(named.as_path())
            } else {
                named.parent()
            };
            let specs = named.is_dir().then(|| workspace::discover(&named).files);
            let specs = specs.into_iter().flatten().map(|file| file.path);
            specs
                .chain(folder.and_then(ProfileFile::find))
                .chain([named.clone()])
                .any(|file| is_same_file(path, &file))
        })
    }

    /// The folder in which the profile's search begins when no spec has one.
    pub(super) fn working_folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// The folder that is worked in, as the history names it.
    pub(super) fn workspace(&self) -> PathBuf {
        let folder = self.working_folder();
        folder.canonicalize().unwrap_or(folder)
    }

    /// The text of a spec; `-` is standard input.
    ///
    /// # Errors
    /// As [`files::read_text`] has them.
    pub(super) fn read_spec(&self, path: &Path) -> Result<String, files::ReadError> {
        if is_stdin(path) {
            return files::read_text_from(io::stdin().lock(), Path::new("<stdin>"));
        }
        files::read_text(&self.resolved(path))
    }

    /// Writes a result to a file, whole or not at all, or down a pipe.
    ///
    /// # Errors
    /// What the operating system says; nothing where the reader of a pipe has gone.
    pub(super) fn write_file(&self, path: &Path, text: &str) -> Result<files::Written, Stop> {
        files::write_atomic(&self.resolved(path), text)
            .map_err(|error| unwritable(Exit::Failed, path, &error))
    }

    /// Checks that a file can be written, before there is anything to write.
    ///
    /// # Errors
    /// It can't be.
    pub(super) fn check_writable(&self, path: &Path) -> Result<(), Stop> {
        files::check_writable(&self.resolved(path))
            .map_err(|error| unwritable(Exit::Usage, path, &error))
    }

    /// Writes a file that is not there yet.
    ///
    /// # Errors
    /// It is there, its folder is not, or what the operating system says.
    pub(super) fn write_new_file(&self, path: &Path, text: &str) -> Result<(), Stop> {
        files::check_writable(&self.resolved(path))
            .map_err(|error| unwritable(Exit::Failed, path, &error))?;
        workspace::create(&self.resolved(path), text).map_err(|error| {
            let stop = Stop::from_error(Exit::Failed, &error);
            match error {
                SaveError::Exists { .. } => stop.with_help("`--force` overwrites it"),
                SaveError::Changed { .. } | SaveError::Io { .. } => stop,
            }
        })
    }
}

/// Says that a file can't be written; a pipe that nobody reads any more needs no words.
pub(super) fn unwritable(exit: Exit, path: &Path, error: &io::Error) -> Stop {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Stop::closed_pipe();
    }
    Stop::new(exit, format!("can't write `{}`: {error}", path.display()))
}

/// Whether a path stands for standard input, or for standard output where something is written.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A path as messages name it: `<stdin>` for `-`.
pub(super) fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    }
}
