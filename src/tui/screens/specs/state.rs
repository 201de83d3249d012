//! What the Specs screen remembers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::tui::action::KeyContext;
use crate::tui::command::{Command, FileCommand};
use crate::tui::event::Checked;
use crate::tui::widgets::list::ListCursor;
use crate::workspace::{SpecFile, Workspace};

/// Files, open documents, and what has the focus.
#[derive(Debug)]
pub struct State {
    pub(super) root: PathBuf,
    pub(super) files: Vec<SpecFile>,
    pub(super) list: ListCursor,
    pub(super) documents: IndexMap<PathBuf, Document>,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: Arc<str>,
    pub(super) version: u64,
    pub(super) checked: Option<Arc<Checked>>,
}

/// What a person answered to a question of this screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Take the text on disk in place of the edits.
    Reload(PathBuf),
    /// Write the edits over the text on disk.
    Overwrite(PathBuf),
}

impl State {
    /// The state for a folder, and what is to be done first.
    pub(crate) fn new(workspace: &Workspace) -> (Self, Vec<Command>) {
        let state = Self {
            root: workspace.root.clone(),
            files: Vec::new(),
            list: ListCursor::default(),
            documents: IndexMap::new(),
        };
        let read = workspace.file.iter().cloned();
        let commands = read.map(|path| Command::File(FileCommand::Read { path }));
        (state, commands.collect())
    }

    /// Where keys mean something now, the innermost first.
    #[expect(
        clippy::unused_self,
        reason = "panes with keys of their own are yet to come"
    )]
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::SpecsTree, KeyContext::Specs]
    }

    /// The file on show.
    pub(super) fn current(&self) -> Option<&Path> {
        self.files
            .get(self.list.selected())
            .map(|file| file.path.as_path())
    }

    /// Names of the files with unsaved edits.
    #[expect(clippy::unused_self, reason = "the editor is yet to come")]
    pub(crate) fn unsaved(&self) -> Vec<String> {
        Vec::new()
    }
}
