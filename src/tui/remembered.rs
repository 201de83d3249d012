//! The state that the workbench keeps over restarts: where panes are divided, how text is shown,
//! what was done last.
//!
//! It is a small file of JSON in the state folder, which the program writes and reads alone:
//!
//! ```json
//! {"recent": ["next-theme"], "dividers": {"runs": 0.6}, "columns": {"run": 30}, "cuts_lines": false,
//!  "open_files": [{"folder": "/home/ada/specs", "files": ["weather.yaml"], "shown": null}]}
//! ```
//!
//! What a person decides (theme, keys) is in `config.toml` instead.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{read_text, write_atomic};
use crate::tui::action::Action;

/// How many actions of the palette are kept.
const MAX_RECENT: usize = 12;

/// How many folders the open files are kept of.
const MAX_FOLDERS: usize = 20;
/// How many open files are kept of a folder.
const MAX_OPEN_FILES: usize = 50;

/// The files of a folder that were open in tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenFiles {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The files below it, in the order of their tabs.
    pub(crate) files: Vec<PathBuf>,
    /// The one of them that was on show.
    pub(crate) shown: Option<PathBuf>,
}

/// The file of the remembered state. A file of another version has defaults for what it lacks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Ids of actions that were chosen in the palette, the newest first.
    recent: Vec<String>,
    /// The share that the first of two panes has, from 0 to 1, by screen; those that were never dragged are not there.
    dividers: BTreeMap<String, f32>,
    /// The open files by folder, that of this program first.
    open_files: Vec<OpenFiles>,
    /// How wide columns of the run table were dragged, in cells, by the names of the columns.
    pub(crate) columns: BTreeMap<String, u16>,
    /// Whether Inspect cuts long lines instead of wrapping them.
    pub(crate) cuts_lines: bool,
}

impl Remembered {
    /// Reads a file; nothing is remembered where there is none, or where it can't be read. Blocks on the file.
    pub(crate) fn read(file: &Path) -> Self {
        let Ok(text) = read_text(file) else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %file.display(), "the layout is not readable");
            Self::default()
        })
    }

    /// Writes it. Blocks on the file.
    ///
    /// # Errors
    /// What the operating system says.
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

    /// Notes that an action was chosen in the palette.
    pub(crate) fn note(&mut self, action: Action) {
        let id = action.info().id;
        self.recent.retain(|other| other != id);
        self.recent.insert(0, id.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// How many actions were chosen since this one; none if it was not of late.
    pub(crate) fn rank(&self, action: Action) -> Option<usize> {
        let id = action.info().id;
        self.recent.iter().position(|recent| recent == id)
    }

    /// The files of a folder that were open.
    pub(crate) fn open_files(&self, folder: &Path) -> Option<&OpenFiles> {
        self.open_files.iter().find(|open| open.folder == folder)
    }

    /// Keeps which files of a folder are open; nothing where there are none.
    pub(crate) fn set_open_files(&mut self, mut open: OpenFiles) {
        if open.files.is_empty() && self.open_files(&open.folder).is_none() {
            return;
        }
        self.open_files.retain(|other| other.folder != open.folder);
        open.files.truncate(MAX_OPEN_FILES);
        self.open_files.insert(0, open);
    }

    /// The share of the first pane of a screen.
    pub(crate) fn share(&self, screen: &str) -> Option<f32> {
        let share = self.dividers.get(screen).copied();
        share.filter(|share| (0.0..=1.0).contains(share))
    }

    /// Keeps the share of the first pane of a screen.
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
