//! The file with a row of inputs for each run. It is read when it is named, and again when it or
//! the file of answers changes on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::form::Field;
use super::{Plan, State};
use crate::runs::InputRows;
use crate::tui::effect::FileCommand;
use crate::tui::launch_plan::Goal;
use crate::tui::message::Command;
use crate::workspace::Changes;

/// The state of the file with a row of inputs for each run.
#[derive(Clone, Debug, Default)]
pub(super) enum Rows {
    /// No file: all runs have the same inputs.
    #[default]
    None,
    /// The file is being read.
    Reading(PathBuf),
    Read(PathBuf, Arc<InputRows>),
    Failed(PathBuf, String),
}

impl Rows {
    /// Returns the path of the file.
    pub(super) const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::None => None,
            Self::Reading(path) | Self::Read(path, _) | Self::Failed(path, _) => Some(path),
        }
    }

    /// Returns the rows that were read.
    pub(super) fn read(&self) -> Option<&Arc<InputRows>> {
        match self {
            Self::Read(_, read) => Some(read),
            Self::None | Self::Reading(_) | Self::Failed(..) => None,
        }
    }
}

impl State {
    /// Reads the file that is now named, and drops the rows of another file.
    pub(super) fn read_rows(&mut self, root: &Path, delay: Duration) -> Vec<Command> {
        self.is_launch_due = false;
        let written = self.form.text(&Field::RowsFile).trim().to_owned();
        if written.is_empty() {
            self.rows = Rows::None;
            return self.look_again(root);
        }
        let path = root.join(written);
        if self.rows.path() == Some(&path) {
            return Vec::new();
        }
        vec![self.read(path, delay)]
    }

    /// Starts reading rows, and drops the current ones.
    fn read(&mut self, path: PathBuf, delay: Duration) -> Command {
        self.rows = Rows::Reading(path.clone());
        self.plan = Plan::Unknown;
        Command::file(FileCommand::ReadRows { path, delay })
    }

    /// Reads the files again after they have changed on disk.
    pub(crate) fn changed_on_disk(&mut self, root: &Path, changes: &Changes) -> Vec<Command> {
        let has_changed = |path: &Path| match changes {
            Changes::Paths(paths) => paths.contains(path),
            Changes::Many => true,
        };
        let rows = self.rows.path().filter(|path| has_changed(path)).cloned();
        let answers = self.answers_file(root);
        let answers = answers.filter(|path| has_changed(path));
        if rows.is_none() && answers.is_none() {
            return Vec::new();
        }
        self.looked = None;
        // A launch that is being planned is still wanted, with what the files have now.
        self.is_launch_due |= matches!(self.plan, Plan::Making(_, Goal::Launch));
        match rows {
            Some(path) => vec![self.read(path, Duration::ZERO)],
            None => self.look_on(root),
        }
    }

    /// Returns the path of the file of answers; `None` if none is named.
    pub(super) fn answers_file(&self, root: &Path) -> Option<PathBuf> {
        let written = self.form.text(&Field::Answers).trim();
        (!written.is_empty()).then(|| root.join(written))
    }

    /// Stores the rows that were read, if they are still needed.
    pub(crate) fn take_rows(
        &mut self,
        path: &Path,
        result: &Result<Arc<InputRows>, String>,
        root: &Path,
    ) -> Vec<Command> {
        let is_wanted = matches!(&self.rows, Rows::Reading(wanted) if wanted == path);
        if !is_wanted {
            return Vec::new();
        }
        self.rows = match result {
            Ok(rows) => Rows::Read(path.to_owned(), Arc::clone(rows)),
            Err(problem) => Rows::Failed(path.to_owned(), problem.clone()),
        };
        self.look_on(root)
    }
}
