//! The tree of files, with folders that can be folded and the number of problems of each file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::base::files::file_name;
use crate::tui::check::Verdict;
use crate::tui::widgets::list::ListCursor;
use crate::workspace::{Family, SpecFile};

/// The files of a folder, and the selection.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: PathBuf,
    files: Vec<SpecFile>,
    folded: HashSet<PathBuf>,
    verdicts: HashMap<PathBuf, Verdict>,
    rows: Vec<TreeRow>,
    pub(super) cursor: ListCursor,
}

/// A row of the tree: a folder or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeRow {
    /// The depth of the row; 0 is the top.
    pub(super) depth: usize,
    /// The folder or file.
    pub(super) path: PathBuf,
    /// Its name.
    pub(super) name: String,
    /// Its kind.
    pub(super) kind: RowKind,
}

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// A folder.
    Folder {
        /// Whether the folder is unfolded.
        is_open: bool,
    },
    /// A spec.
    File(Family),
}

impl Tree {
    /// Returns the folder that contains all files.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            ..Self::default()
        }
    }

    /// Returns the rows from top to bottom.
    pub(super) fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// Returns all files, including hidden ones.
    pub(super) fn files(&self) -> &[SpecFile] {
        &self.files
    }

    /// Returns the selected row.
    pub(super) fn selected(&self) -> Option<&TreeRow> {
        self.rows.get(self.cursor.selected())
    }

    /// Returns the numbers of problems of a file; `None` while they are unknown.
    pub(super) fn verdict(&self, path: &Path) -> Option<Verdict> {
        self.verdicts.get(path).copied()
    }

    /// Stores the numbers of problems of a file.
    pub(super) fn set_verdict(&mut self, path: PathBuf, verdict: Verdict) {
        self.verdicts.insert(path, verdict);
    }

    /// Replaces the files; the selected row stays selected if it still exists.
    pub(super) fn set_files(&mut self, files: Vec<SpecFile>) {
        self.files = files;
        let known: HashSet<&Path> = self.files.iter().map(|file| file.path.as_path()).collect();
        self.verdicts
            .retain(|path, _| known.contains(path.as_path()));
        self.rebuild();
    }

    /// Selects a file and unfolds the folders that contain it.
    pub(super) fn reveal(&mut self, path: &Path) {
        let is_around = |folder: &PathBuf| path.starts_with(folder);
        self.folded.retain(|folder| !is_around(folder));
        self.rebuild();
        if let Some(row) = self.rows.iter().position(|row| row.path == path) {
            self.cursor.select(row);
        }
    }

    /// Returns the file in the next row, or else in the previous one; `None` if no other file is
    /// visible.
    pub(super) fn beside(&self, path: &Path) -> Option<&Path> {
        let at = self.rows.iter().position(|row| row.path == path)?;
        let (above, rest) = self.rows.split_at(at);
        let below = rest.iter().skip(1);
        let is_file = |row: &&TreeRow| matches!(row.kind, RowKind::File(_));
        let next = below.chain(above.iter().rev()).find(is_file)?;
        Some(&next.path)
    }

    /// Folds or unfolds a folder.
    pub(super) fn toggle(&mut self, folder: &Path) {
        if !self.folded.remove(folder) {
            self.folded.insert(folder.to_owned());
        }
        self.rebuild();
    }

    /// Folds the selected folder, or moves to the parent folder of the selected row.
    pub(super) fn fold(&mut self) {
        let Some(row) = self.selected().cloned() else {
            return;
        };
        if row.kind == (RowKind::Folder { is_open: true }) {
            self.toggle(&row.path);
        } else if let Some(parent) = row.path.parent()
            && let Some(at) = self.rows.iter().position(|other| other.path == parent)
        {
            self.cursor.select(at);
        }
    }

    /// Unfolds the selected folder.
    pub(super) fn unfold(&mut self) {
        if let Some(row) = self.selected().cloned()
            && row.kind == (RowKind::Folder { is_open: false })
        {
            self.toggle(&row.path);
        }
    }

    fn rebuild(&mut self) {
        let selected = self.selected().map(|row| row.path.clone());
        self.rows.clear();
        let mut open_folders: Vec<PathBuf> = Vec::new();
        for file in &self.files {
            let folder = file.path.parent().unwrap_or(&self.root);
            open_folders.retain(|open| folder.starts_with(open));
            let around = folder
                .ancestors()
                .take_while(|ancestor| *ancestor != self.root && !ancestor.as_os_str().is_empty());
            let mut around: Vec<&Path> = around.collect();
            around.reverse();
            let is_hidden = around.iter().any(|folder| self.folded.contains(*folder));
            for (depth, ancestor) in around.iter().enumerate() {
                if open_folders.iter().any(|open| open == ancestor) {
                    continue;
                }
                let is_inside_folded = around
                    .iter()
                    .take(depth)
                    .any(|folder| self.folded.contains(*folder));
                if is_inside_folded {
                    break;
                }
                open_folders.push((*ancestor).to_owned());
                self.rows.push(TreeRow {
                    depth,
                    path: (*ancestor).to_owned(),
                    name: file_name(ancestor),
                    kind: RowKind::Folder {
                        is_open: !self.folded.contains(*ancestor),
                    },
                });
            }
            if !is_hidden {
                self.rows.push(TreeRow {
                    depth: around.len(),
                    path: file.path.clone(),
                    name: file_name(&file.path),
                    kind: RowKind::File(file.family),
                });
            }
        }
        let row = self
            .rows
            .iter()
            .position(|row| Some(&row.path) == selected.as_ref())
            .or_else(|| {
                let is_file = |row: &TreeRow| matches!(row.kind, RowKind::File(_));
                // At the start the first file is on show.
                selected
                    .is_none()
                    .then(|| self.rows.iter().position(is_file))?
            });
        let last = self.rows.len().saturating_sub(1);
        self.cursor
            .select(row.unwrap_or(self.cursor.selected()).min(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::new(PathBuf::from("/w"));
        tree.set_files(
            paths
                .iter()
                .map(|path| SpecFile {
                    path: Path::new("/w").join(path),
                    family: Family::Agent,
                })
                .collect(),
        );
        tree
    }

    fn shown(tree: &Tree) -> Vec<String> {
        let selected = tree.cursor.selected();
        tree.rows()
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let sign = match row.kind {
                    RowKind::Folder { is_open: true } => "v ",
                    RowKind::Folder { is_open: false } => "> ",
                    RowKind::File(_) => "",
                };
                let mark = if at == selected { "*" } else { "" };
                format!("{}{sign}{}{mark}", "  ".repeat(row.depth), row.name)
            })
            .collect()
    }

    #[test]
    fn files_stand_below_their_folders_and_the_first_is_selected() {
        let tree = tree(&["a/b/x.yaml", "a/y.yaml", "c/z.yaml", "top.yaml"]);
        assert_eq!(
            shown(&tree),
            [
                "v a",
                "  v b",
                "    x.yaml*",
                "  y.yaml",
                "v c",
                "  z.yaml",
                "top.yaml"
            ]
        );
    }

    #[test]
    fn folding_hides_what_is_inside_and_revealing_opens() {
        let mut tree = tree(&["a/b/x.yaml", "a/y.yaml", "top.yaml"]);
        tree.fold();
        tree.fold();
        tree.fold();
        assert_eq!(shown(&tree), ["v a*", "  > b", "  y.yaml", "top.yaml"]);
        tree.fold();
        assert_eq!(shown(&tree), ["> a*", "top.yaml"]);
        tree.reveal(Path::new("/w/a/b/x.yaml"));
        assert_eq!(
            shown(&tree),
            ["v a", "  v b", "    x.yaml*", "  y.yaml", "top.yaml"]
        );
    }

    #[test]
    fn the_selected_file_stays_selected_when_others_come_and_go() {
        let mut tree = tree(&["b.yaml", "c.yaml"]);
        tree.reveal(Path::new("/w/c.yaml"));
        let file = |name: &str| SpecFile {
            path: Path::new("/w").join(name),
            family: Family::Flow,
        };
        tree.set_files(vec![file("a.yaml"), file("b.yaml"), file("c.yaml")]);
        assert_eq!(shown(&tree), ["a.yaml", "b.yaml", "c.yaml*"]);
        tree.set_files(vec![file("a.yaml")]);
        assert_eq!(shown(&tree), ["a.yaml*"]);
    }
}
