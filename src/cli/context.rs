//! The context of a command.

use std::io;
use std::path::{Path, PathBuf};

use super::arguments::GlobalArguments;
use super::outcome::{Exit, Stop};
use super::output::Output;
use crate::base::files::{self, is_same_file};
use crate::base::paths::Paths;
use crate::profile::ProfileFile;
use crate::workspace::{self, SaveError};

/// The context of a command: its output, its folders and its global options.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// The output streams.
    pub(super) output: Output,
    /// The program's own folders.
    pub(super) paths: Paths,
    /// The workspace given by the person (`-C`).
    pub(super) folder: Option<PathBuf>,
    /// The requested profile.
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

    /// Returns a path of the command line, resolved against the workspace if there is one.
    pub(super) fn resolved(&self, path: &Path) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.join(path),
            None => path.to_owned(),
        }
    }

    /// Whether a path is, by any name, a file named on the command line, a spec in a named folder,
    /// or the profile of such a spec.
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

    /// Returns the folder where the search for a profile begins if there is no spec.
    pub(super) fn working_folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// Returns the working folder in the form that the history uses.
    pub(super) fn workspace(&self) -> PathBuf {
        let folder = self.working_folder();
        folder.canonicalize().unwrap_or(folder)
    }

    /// Reads the text of a spec; `-` is standard input.
    ///
    /// # Errors
    /// As [`files::read_text`].
    pub(super) fn read_spec(&self, path: &Path) -> Result<String, files::ReadError> {
        if is_stdin(path) {
            return files::read_text_from(io::stdin().lock(), Path::new("<stdin>"));
        }
        files::read_text(&self.resolved(path))
    }

    /// Writes a result atomically to a file, or to a pipe.
    ///
    /// # Errors
    /// The operating system's error; without a message if the reader of a pipe has gone.
    pub(super) fn write_file(&self, path: &Path, text: &str) -> Result<files::Written, Stop> {
        files::write_atomic(&self.resolved(path), text)
            .map_err(|error| unwritable(Exit::Failed, path, &error))
    }

    /// Checks that a file can be written, before there is anything to write.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn check_writable(&self, path: &Path) -> Result<(), Stop> {
        files::check_writable(&self.resolved(path))
            .map_err(|error| unwritable(Exit::Usage, path, &error))
    }

    /// Writes a file that doesn't exist yet.
    ///
    /// # Errors
    /// The file exists, its folder doesn't, or the operating system reports an error.
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

/// Returns the error for a file that can't be written; without a message for a pipe that has no
/// reader any more.
pub(super) fn unwritable(exit: Exit, path: &Path, error: &io::Error) -> Stop {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Stop::closed_pipe();
    }
    Stop::new(exit, format!("can't write `{}`: {error}", path.display()))
}

/// Whether a path stands for standard input or, when writing, for standard output.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns a path for messages: `<stdin>` for `-`.
pub(super) fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    }
}
