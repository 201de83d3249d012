//! The state of the Specs screen.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use super::assist::Assist;
use super::document::Document;
use super::find::Find;
use super::tabs::Tabs;
use super::tree::{RowKind, Tree};
use crate::base::clock::Timestamp;
use crate::base::files::file_name;
use crate::tui::check::{OutlineRow, Problem};
use crate::tui::effect::{Effect, FileCommand};
use crate::tui::remembered::{OpenFiles, Remembered};
use crate::tui::widgets::divider::Divider;
use crate::tui::widgets::graph::Scroll;
use crate::tui::widgets::list::ListCursor;
use crate::workspace::{Trashed, Workspace};

/// Files, open documents, and what has the focus.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) tree: Tree,
    /// The title of the folder.
    pub(super) title: String,
    /// Whether the folder was looked through at least once.
    pub(super) is_scanned: bool,
    pub(super) documents: HashMap<PathBuf, Document>,
    /// Folders that can't be read, and why.
    pub(super) unread_folders: Vec<(PathBuf, String)>,
    /// Why a file could not be read when it was last tried.
    pub(super) unread: HashMap<PathBuf, String>,
    /// The file on show.
    pub(super) current: Option<PathBuf>,
    /// The files that stay open.
    pub(super) tabs: Tabs,
    pub(super) focus: Focus,
    /// The meaning of tab in the editor.
    pub(super) tab: TabMeans,
    /// When a key was last typed into the text.
    pub(super) typed_at: Option<Timestamp>,
    pub(super) problems: ListCursor,
    pub(super) outline: ListCursor,
    pub(super) find: Option<Find>,
    /// The words that were last looked for; empty if there were none.
    pub(super) sought: String,
    /// Whether the graph takes the place of the outline.
    pub(super) has_graph: bool,
    /// Where the view lies on the graph.
    pub(super) graph: Scroll,
    /// The file that is to be compared with the next one.
    pub(super) comparing: Option<PathBuf>,
    /// Help at the cursor of the editor.
    pub(super) assist: Assist,
    /// Files that were deleted here, the last one last.
    pub(super) deleted: Vec<Trashed>,
    /// The action that waits for a check or a save.
    pub(super) waiting: Option<Waiting>,
    /// The file to be shown when it is found on disk.
    pub(super) expected: Option<PathBuf>,
    /// Files of which it is not known yet what is wrong in them.
    pub(super) unjudged: VecDeque<PathBuf>,
    /// Whether the mouse is selecting text.
    pub(super) is_dragging: bool,
    /// Between the editor and the panes on its left.
    pub(super) divider: Divider,
}

/// The part of the screen that takes the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The tree of files.
    Tree,
    /// The problems.
    Problems,
    /// The text.
    Editor,
    /// The find bar.
    Find,
    /// The outline.
    Outline,
}

/// The meaning of tab in the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabMeans {
    /// Tab indents, as in any editor.
    Indent,
    /// Tab goes on to the next pane: the focus came by tab, and nothing was done in the editor since.
    NextPane,
}

/// An action that waits for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Open the launch dialog when the file is checked.
    Launch(PathBuf),
    /// Open the launch dialog of the first file when the folder is read and that is checked.
    LaunchFirst,
    /// Open the form when the file is checked.
    Form(PathBuf),
    /// Open the export dialog when the file is checked.
    Export(PathBuf),
    /// Close the file when it is saved.
    Close(PathBuf),
    /// Open the person's editor when the file is saved.
    OpenInEditor(PathBuf),
}

/// The answer of a person to a question of this screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Take the text on disk in place of the edits.
    Reload(PathBuf),
    /// Keep the edits, and do not ask again about the text that is on disk now.
    Keep(PathBuf, std::sync::Arc<str>),
    /// Write the edits and close the file.
    SaveAndClose(PathBuf),
    /// Close the file without its edits.
    Close(PathBuf),
    /// Write the edits over whatever is on disk.
    Overwrite(PathBuf),
    /// Ask what changes a text as a form wants it.
    Ask {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// Where the component begins.
        at: usize,
        /// The question.
        question: crate::tui::assist::Question,
    },
    /// Give what is named at a byte of a text another name.
    RenameName {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// The byte.
        at: usize,
        /// The name.
        name: String,
    },
    /// Take back the last change of the text on show.
    Undo,
}

impl State {
    /// Lays it out as was kept.
    pub(crate) fn recall(&mut self, remembered: &Remembered) {
        self.divider = Divider::of_share(remembered.share("specs"));
        let Some(kept) = remembered.open_files(self.tree.root()) else {
            return;
        };
        for file in &kept.files {
            self.tabs.open(&self.tree.root().join(file));
        }
        // A file that was asked for by name is on show whatever was before.
        if self.current.is_none() {
            self.expected = kept.shown.as_ref().map(|file| self.tree.root().join(file));
        }
    }

    /// Notes what is to be kept of the layout.
    pub(crate) fn remember(&self, remembered: &mut Remembered) {
        remembered.set_share("specs", self.divider.share());
        let root = self.tree.root();
        let below = |path: &PathBuf| path.strip_prefix(root).ok().map(Path::to_owned);
        let files: Vec<PathBuf> = self.tabs.files().iter().filter_map(below).collect();
        let shown = self.current.as_ref().and_then(below);
        remembered.set_open_files(OpenFiles {
            folder: root.to_owned(),
            shown: shown.filter(|shown| files.contains(shown)),
            files,
        });
    }

    /// The state for a folder, and what is to be done first.
    pub(crate) fn new(workspace: &Workspace) -> (Self, Vec<Effect>) {
        let title = if workspace.is_samples {
            "samples".to_owned()
        } else {
            file_name(&workspace.root)
        };
        let state = Self {
            tree: Tree::new(workspace.root.clone()),
            title,
            is_scanned: false,
            documents: HashMap::new(),
            unread_folders: Vec::new(),
            unread: HashMap::new(),
            current: workspace.file.clone(),
            tabs: Tabs::default(),
            focus: Focus::Tree,
            tab: TabMeans::Indent,
            typed_at: None,
            problems: ListCursor::default(),
            outline: ListCursor::default(),
            find: None,
            sought: String::new(),
            has_graph: false,
            graph: Scroll::default(),
            comparing: None,
            assist: Assist::default(),
            deleted: Vec::new(),
            waiting: None,
            expected: workspace.file.clone(),
            unjudged: VecDeque::new(),
            is_dragging: false,
            divider: Divider::default(),
        };
        let read = workspace.file.iter().cloned();
        let effects = read.map(|path| Effect::File(FileCommand::Read { path }));
        (state, effects.collect())
    }

    /// Whether a file is chosen that another one is to be compared with.
    pub(crate) const fn is_comparing(&self) -> bool {
        self.comparing.is_some()
    }

    /// Gives the file on show a tab if it is more than looked at: it is edited, or about to be.
    pub(super) fn keep_open(&mut self) {
        let Some(path) = &self.current else {
            return;
        };
        let is_in_editor = match self.focus {
            Focus::Editor => self.tab == TabMeans::Indent,
            Focus::Find => true,
            Focus::Tree | Focus::Problems | Focus::Outline => false,
        };
        if is_in_editor || self.document().is_some_and(Document::is_modified) {
            self.tabs.open(path);
        }
    }

    /// Whether a file is open: it has a tab, or is on show.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.tabs.holds(path) || self.current.as_deref() == Some(path)
    }

    /// The document on show, if it is read already.
    pub(super) fn document(&self) -> Option<&Document> {
        self.documents.get(self.current.as_ref()?)
    }

    /// The document on show, if it is read already, to be changed.
    pub(super) fn document_mut(&mut self) -> Option<&mut Document> {
        self.documents.get_mut(self.current.as_ref()?)
    }

    /// Returns the problems of the file on show.
    pub(super) fn problems(&self) -> &[Problem] {
        let checked = self
            .document()
            .and_then(|document| document.checked.as_ref());
        checked.map_or(&[], |checked| checked.problems.as_slice())
    }

    /// The outline of the file on show.
    pub(super) fn outline(&self) -> &[OutlineRow] {
        self.document().map_or(&[], |document| document.outline().0)
    }

    /// The files of the folder, for the palette.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.tree.files().iter().map(|file| file.path.as_path())
    }

    /// The file that is selected in the tree; none for a folder.
    pub(super) fn selected_file(&self) -> Option<&Path> {
        let row = self.tree.selected()?;
        matches!(row.kind, RowKind::File(_)).then_some(row.path.as_path())
    }

    /// The files with unsaved edits, below the folder, in order.
    pub(crate) fn unsaved(&self) -> Vec<String> {
        let modified = self
            .documents
            .iter()
            .filter(|(_, document)| document.is_modified());
        let root = self.tree.root();
        let below = |path: &Path| {
            path.strip_prefix(root)
                .unwrap_or(path)
                .display()
                .to_string()
        };
        let mut names: Vec<String> = modified.map(|(path, _)| below(path)).collect();
        names.sort();
        names
    }
}
