//! The files that are open in tabs.

use std::path::{Path, PathBuf};

/// Files that stay open while others are shown, in the order in which they were opened.
///
/// A file that is only viewed while the cursor moves in the tree has no tab. It is a preview, which
/// the next file replaces. It gets a tab as soon as the editor has the focus or the text is
/// changed.
#[derive(Debug, Default)]
pub(super) struct Tabs {
    files: Vec<PathBuf>,
}

impl Tabs {
    /// Returns the files from left to right.
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
    }

    /// Adds a tab for a file at the end, unless the file already has one.
    pub(super) fn open(&mut self, path: &Path) {
        if !self.holds(path) {
            self.files.push(path.to_owned());
        }
    }

    /// Removes a file's tab. Returns the file of the tab that moves into its position, or of the
    /// last tab.
    pub(super) fn close(&mut self, path: &Path) -> Option<PathBuf> {
        let at = self.files.iter().position(|file| file == path);
        if let Some(at) = at {
            self.files.remove(at);
        }
        let last = self.files.len().checked_sub(1)?;
        self.files.get(at.unwrap_or(last).min(last)).cloned()
    }

    /// Replaces a file's path after a rename; the tab keeps its position.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(file) = self.files.iter_mut().find(|file| *file == from) {
            to.clone_into(file);
        }
    }

    /// Returns all tabs, with a preview as the last one.
    pub(super) fn with_preview<'t>(&'t self, shown: Option<&'t Path>) -> Vec<&'t Path> {
        let files = self.files.iter().map(PathBuf::as_path);
        let preview = shown.filter(|path| !self.holds(path));
        files.chain(preview).collect()
    }

    /// Returns the file of the next or the previous tab, wrapping around; `None` if there is no
    /// other.
    pub(super) fn beside(&self, shown: Option<&Path>, is_forward: bool) -> Option<PathBuf> {
        let all = self.with_preview(shown);
        let count = all.len();
        let next = match all.iter().position(|path| Some(*path) == shown) {
            Some(at) => (at + if is_forward { 1 } else { count - 1 }) % count,
            None if is_forward => 0,
            None => count.checked_sub(1)?,
        };
        let next = all.get(next).filter(|path| Some(**path) != shown);
        next.map(|path| (*path).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn tabs(names: &[&str]) -> Tabs {
        let mut tabs = Tabs::default();
        for name in names {
            tabs.open(Path::new(name));
        }
        tabs
    }

    #[test]
    fn a_file_has_one_tab_and_its_neighbour_comes_when_it_goes() {
        let mut tabs = tabs(&["a", "b", "c", "a"]);
        assert_eq!(tabs.with_preview(Some(Path::new("a"))).len(), 3);
        assert_eq!(tabs.close(Path::new("b")), Some("c".into()));
        assert_eq!(tabs.close(Path::new("c")), Some("a".into()));
        assert_eq!(tabs.close(Path::new("preview")), Some("a".into()));
        assert_eq!(tabs.close(Path::new("a")), None);
    }

    #[test]
    fn one_goes_round_all_tabs_and_the_preview() {
        let tabs = tabs(&["a", "b"]);
        let beside = |shown: &str, is_forward| {
            let beside = tabs.beside(Some(Path::new(shown)), is_forward);
            beside.map(|path| path.display().to_string())
        };
        assert_eq!(beside("a", true).as_deref(), Some("b"));
        assert_eq!(beside("b", true).as_deref(), Some("a"));
        assert_eq!(beside("b", false).as_deref(), Some("a"));
        assert_eq!(beside("preview", true).as_deref(), Some("a"));
        assert_eq!(beside("a", false).as_deref(), Some("b"));
        assert_eq!(tabs.beside(None, true), Some("a".into()));
        assert_eq!(Tabs::default().beside(Some(Path::new("x")), true), None);
        assert_eq!(Tabs::default().beside(None, false), None);
    }
}
