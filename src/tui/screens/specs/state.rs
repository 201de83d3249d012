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

/// The files, the open documents and the focus.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) tree: Tree,
    /// The title of the folder.
    pub(super) title: String,
    /// Whether the folder was searched at least once.
    pub(super) is_scanned: bool,
    pub(super) documents: HashMap<PathBuf, Document>,
    /// Folders that can't be read, with the reasons.
    pub(super) unread_folders: Vec<(PathBuf, String)>,
    /// The reasons why files could not be read at the last attempt.
    pub(super) unread: HashMap<PathBuf, String>,
    /// The shown file.
    pub(super) current: Option<PathBuf>,
    /// The files in tabs.
    pub(super) tabs: Tabs,
    pub(super) focus: Focus,
    /// The effect of the tab key in the editor.
    pub(super) tab: TabMeans,
    /// The time when a key was last typed into the text.
    pub(super) typed_at: Option<Timestamp>,
    pub(super) problems: ListCursor,
    pub(super) outline: ListCursor,
    pub(super) find: Option<Find>,
    /// The last search words; empty if there were none.
    pub(super) sought: String,
    /// Whether the graph is shown instead of the outline.
    pub(super) has_graph: bool,
    /// The scroll position of the graph.
    pub(super) graph: Scroll,
    /// The first file of a comparison whose second one is still to be chosen.
    pub(super) comparing: Option<PathBuf>,
    /// Help at the cursor of the editor.
    pub(super) assist: Assist,
    /// Files that were deleted on this screen, the most recent last.
    pub(super) deleted: Vec<Trashed>,
    /// An action that waits for a check or a save.
    pub(super) waiting: Option<Waiting>,
    /// The file to be shown as soon as it is found on disk.
    pub(super) expected: Option<PathBuf>,
    /// Files that are still to be checked for the number of their problems.
    pub(super) unjudged: VecDeque<PathBuf>,
    /// Whether the mouse is selecting text.
    pub(super) is_dragging: bool,
    /// The divider between the editor and the panes to its left.
    pub(super) divider: Divider,
}

/// The part of the screen that receives the keys.
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

/// The effect of the tab key in the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabMeans {
    /// Tab indents, as in other editors.
    Indent,
    /// Tab moves to the next pane, because the focus came by tab and nothing was done in the editor
    /// since.
    NextPane,
}

/// An action that waits for another one to finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Open the launch dialog when the file has been checked.
    Launch(PathBuf),
    /// Open the launch dialog for the first file when the folder has been read and the file
    /// checked.
    LaunchFirst,
    /// Open the form when the file has been checked.
    Form(PathBuf),
    /// Open the export dialog when the file has been checked.
    Export(PathBuf),
    /// Close the file when it has been saved.
    Close(PathBuf),
    /// Open the file in the user's editor when it has been saved.
    OpenInEditor(PathBuf),
}

/// A person's answer to a question of this screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Replace the edits by the text on disk.
    Reload(PathBuf),
    /// Keep the edits, and don't ask again about the present text on disk.
    Keep(PathBuf, std::sync::Arc<str>),
    /// Save the edits and close the file.
    SaveAndClose(PathBuf),
    /// Close the file without its edits.
    Close(PathBuf),
    /// Save the edits and overwrite the file, whatever it contains.
    Overwrite(PathBuf),
    /// Ask for the edits that a form requested.
    Ask {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// The position where the component begins.
        at: usize,
        /// The question.
        question: crate::tui::assist::Question,
    },
    /// Rename the name at a byte position.
    RenameName {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// The byte position.
        at: usize,
        /// The new name.
        name: String,
    },
    /// Undo the last change of the shown text.
    Undo,
}

impl State {
    /// Restores the saved layout.
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

    /// Stores the layout, to be saved.
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

    /// Makes the state for a folder, and returns the first effects to perform.
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

    /// Whether the first file of a comparison was chosen.
    pub(crate) const fn is_comparing(&self) -> bool {
        self.comparing.is_some()
    }

    /// Gives the shown file a tab if it is edited or about to be, instead of only viewed.
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

    /// Whether a file is open, in a tab or as a preview.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.tabs.holds(path) || self.current.as_deref() == Some(path)
    }

    /// Returns the shown document, if it has been read.
    pub(super) fn document(&self) -> Option<&Document> {
        self.documents.get(self.current.as_ref()?)
    }

    /// Returns the shown document for changes, if it has been read.
    pub(super) fn document_mut(&mut self) -> Option<&mut Document> {
        self.documents.get_mut(self.current.as_ref()?)
    }

    /// Returns the problems of the shown file.
    pub(super) fn problems(&self) -> &[Problem] {
        let checked = self
            .document()
            .and_then(|document| document.checked.as_ref());
        checked.map_or(&[], |checked| checked.problems.as_slice())
    }

    /// Returns the outline of the shown file.
    pub(super) fn outline(&self) -> &[OutlineRow] {
        self.document().map_or(&[], |document| document.outline().0)
    }

    /// Returns the files of the folder, for the palette.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.tree.files().iter().map(|file| file.path.as_path())
    }

    /// Returns the file selected in the tree; `None` for a folder.
    pub(super) fn selected_file(&self) -> Option<&Path> {
        let row = self.tree.selected()?;
        matches!(row.kind, RowKind::File(_)).then_some(row.path.as_path())
    }

    /// Returns the paths of files with unsaved edits, relative to the folder, in order.
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
