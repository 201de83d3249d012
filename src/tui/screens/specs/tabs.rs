//! The files that are open in tabs.

use std::path::{Path, PathBuf};

/// Files that stay open while others are on show, in the order in which they were opened.
///
/// A file that is only looked at, while one moves in the tree, has no tab of its own: it is a preview, which the next file
/// replaces. It gets a tab as soon as the editor has the focus or its text is changed.
#[derive(Debug, Default)]
pub(super) struct Tabs {
    files: Vec<PathBuf>,
}

impl Tabs {
    /// The files, from the left.
    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file == path)
    }

    /// Gives a file a tab, behind all others, unless it has one.
    pub(super) fn open(&mut self, path: &Path) {
        if !self.holds(path) {
            self.files.push(path.to_owned());
        }
    }

    /// Takes a file's tab away. Returns the file of the tab that comes into its position, or of the last one.
    pub(super) fn close(&mut self, path: &Path) -> Option<PathBuf> {
        let at = self.files.iter().position(|file| file == path);
        if let Some(at) = at {
            self.files.remove(at);
        }
        let last = self.files.len().checked_sub(1)?;
        self.files.get(at.unwrap_or(last).min(last)).cloned()
    }

    /// A file has another name: it keeps its tab.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        if let Some(file) = self.files.iter_mut().find(|file| *file == from) {
            to.clone_into(file);
        }
    }

    /// All tabs, with that of a preview behind the others.
    pub(super) fn with_preview<'t>(&'t self, shown: Option<&'t Path>) -> Vec<&'t Path> {
        let files = self.files.iter().map(PathBuf::as_path);
        let preview = shown.filter(|path| !self.holds(path));
        files.chain(preview).collect()
    }

    /// The file of the next tab or the one before, in a circle; none where there is no other.
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
