//! The state that the workbench saves for the next start: the sizes of panes, the display settings,
//! the recent actions and the open files.
//!
//! The file is a small JSON file in the state folder, which only the program writes and reads:
//!
//! ```json
//! {"recent": ["next-theme"], "dividers": {"runs": 0.6}, "columns": {"run": 30}, "cuts_lines": false,
//!  "open_files": [{"folder": "/home/ada/specs", "files": ["weather.yaml"], "shown": null}]}
//! ```
//!
//! The user's choices (theme, keys) are in `config.toml` instead.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{read_text, write_atomic};
use crate::tui::action::Action;

/// The maximum number of recent actions of the palette.
const MAX_RECENT: usize = 12;

/// The maximum number of folders whose open files are saved.
const MAX_FOLDERS: usize = 20;
/// The maximum number of saved open files of a folder.
const MAX_OPEN_FILES: usize = 50;

/// The files of a folder that were open in tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenFiles {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The files, relative to the folder, in the order of their tabs.
    pub(crate) files: Vec<PathBuf>,
    /// The file that was shown.
    pub(crate) shown: Option<PathBuf>,
}

/// The contents of the saved file. Fields that a file of another version lacks get their defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Ids of actions that were chosen in the palette, the newest first.
    recent: Vec<String>,
    /// The share of the first of two panes by screen, from 0 to 1. Dividers that were never dragged
    /// are left out.
    dividers: BTreeMap<String, f32>,
    /// The open files by folder, this program's folder first.
    open_files: Vec<OpenFiles>,
    /// The widths to which columns of the run table were dragged, in cells, by column name.
    pub(crate) columns: BTreeMap<String, u16>,
    /// Whether Inspect cuts long lines instead of wrapping them.
    pub(crate) cuts_lines: bool,
}

impl Remembered {
    /// Reads the file; a missing or unreadable file gives the defaults. Blocks on the file.
    pub(crate) fn read(file: &Path) -> Self {
        let Ok(text) = read_text(file) else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %file.display(), "the layout is not readable");
            Self::default()
        })
    }

    /// Writes the file. Blocks on the file.
    ///
    /// # Errors
    /// The operating system's error.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut kept = self.clone();
        // A program that runs in another folder has written its own open files meanwhile.
        let own = kept.open_files.first().map(|own| own.folder.clone());
        let others = Self::read(file).open_files.into_iter();
        kept.open_files.truncate(1);
        kept.open_files
            .extend(others.filter(|other| Some(&other.folder) != own.as_ref()));
        kept.open_files.truncate(MAX_FOLDERS);
        write_atomic(file, &serde_json::to_string(&kept)?).map(|_written| ())
    }

    /// Records an action that was chosen in the palette.
    pub(crate) fn note(&mut self, action: Action) {
        let id = action.info().id;
        self.recent.retain(|other| other != id);
        self.recent.insert(0, id.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// Returns how many other actions were chosen since this one; `None` if it is not among the
    /// recent ones.
    pub(crate) fn rank(&self, action: Action) -> Option<usize> {
        let id = action.info().id;
        self.recent.iter().position(|recent| recent == id)
    }

    /// Returns the files of a folder that were open.
    pub(crate) fn open_files(&self, folder: &Path) -> Option<&OpenFiles> {
        self.open_files.iter().find(|open| open.folder == folder)
    }

    /// Stores the open files of a folder; an empty list removes the entry.
    pub(crate) fn set_open_files(&mut self, mut open: OpenFiles) {
        if open.files.is_empty() && self.open_files(&open.folder).is_none() {
            return;
        }
        self.open_files.retain(|other| other.folder != open.folder);
        open.files.truncate(MAX_OPEN_FILES);
        self.open_files.insert(0, open);
    }

    /// Returns the share of a screen's first pane.
    pub(crate) fn share(&self, screen: &str) -> Option<f32> {
        let share = self.dividers.get(screen).copied();
        share.filter(|share| (0.0..=1.0).contains(share))
    }

    /// Stores the share of a screen's first pane.
    pub(crate) fn set_share(&mut self, screen: &str, share: Option<f32>) {
        match share {
            Some(share) => self.dividers.insert(screen.to_owned(), share),
            None => self.dividers.remove(screen),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &str, files: &[&str]) -> OpenFiles {
        OpenFiles {
            folder: folder.into(),
            files: files.iter().map(PathBuf::from).collect(),
            shown: None,
        }
    }

    #[test]
    fn programs_in_two_folders_keep_their_open_files_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("screen.json");
        for (root, names) in [("/one", ["a"]), ("/two", ["b"]), ("/one", ["c"])] {
            let mut kept = Remembered::default();
            kept.set_open_files(open(root, &names));
            kept.write(&file).unwrap();
        }
        let read = Remembered::read(&file);
        let files = |root: &str| read.open_files(Path::new(root)).unwrap().files.clone();
        assert_eq!(files("/one"), [PathBuf::from("c")]);
        assert_eq!(files("/two"), [PathBuf::from("b")]);
        assert_eq!(read.open_files.len(), 2);
    }

    #[test]
    fn what_was_kept_is_read_and_a_broken_file_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/screen.json");
        assert_eq!(Remembered::read(&file), Remembered::default());
        let mut kept = Remembered::default();
        kept.note(Action::Quit);
        kept.note(Action::NextTheme);
        kept.note(Action::Quit);
        kept.set_share("runs", Some(0.25));
        kept.set_open_files(open("/home/ada/specs", &["a.yaml"]));
        kept.write(&file).unwrap();
        let read = Remembered::read(&file);
        assert_eq!(read, kept);
        assert_eq!(
            (read.rank(Action::Quit), read.rank(Action::NextTheme)),
            (Some(0), Some(1))
        );
        assert_eq!(
            (read.rank(Action::Save), read.share("runs")),
            (None, Some(0.25))
        );
        fs::write(&file, "{\"dividers\": {\"runs\": 7}, \"later\": 1}").unwrap();
        assert_eq!(Remembered::read(&file).share("runs"), None);
        fs::write(&file, "{").unwrap();
        assert_eq!(Remembered::read(&file), Remembered::default());
    }
}
