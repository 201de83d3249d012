//! A folder as a reader has it, in which commands of the pages are run.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use regex::{Captures, Regex};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Ran, ran, repository};

/// A folder with the samples, and settings and a history of its own.
pub(super) struct Folder {
    folder: TempDir,
    /// The ids that those of the page stand for.
    ids: Mutex<HashMap<String, String>>,
}

impl Folder {
    pub(super) fn new() -> Self {
        let folder = Self {
            folder: tempfile::tempdir().unwrap(),
            ids: Mutex::default(),
        };
        copy(
            &repository().join("sample_specs"),
            &folder.path().join("sample_specs"),
        );
        folder
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a line of a shell.
    pub(super) fn run(&self, line: &str, folder: &Path) -> Ran {
        let line = self.with_ids(line);
        ran(&mut self.shell(&line, folder))
    }

    fn shell(&self, line: &str, folder: &Path) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(folder)
            .stdin(Stdio::null())
            .env("PATH", with_program())
            .env("HOME", self.path().join("home"))
            .env("NO_COLOR", "1");
        for (name, below) in [
            ("XDG_CONFIG_HOME", "home/config"),
            ("XDG_DATA_HOME", "home/data"),
            ("XDG_STATE_HOME", "home/state"),
        ] {
            command.env(name, self.path().join(below));
        }
        command
    }

    /// A line in which the ids of the page are those of the run and batch that were the newest when they were first named.
    fn with_ids(&self, line: &str) -> String {
        let id = Regex::new(r"\b([rb])_[0-9a-f]{4}\b").unwrap();
        let of = |found: &Captures<'_>| {
            let mut ids = self.ids.lock().unwrap();
            let id = ids.entry(found[0].to_owned());
            id.or_insert_with(|| self.newest(&found[1])).clone()
        };
        id.replace_all(line, of).into_owned()
    }

    /// The id of the newest run (`r`) or batch (`b`).
    fn newest(&self, kind: &str) -> String {
        let line = "flowdeck history list --format json --limit 1";
        let listed = self.shell(line, self.path()).output().unwrap();
        let runs: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let key = if kind == "r" { "run" } else { "batch" };
        runs[0][key].as_str().unwrap().to_owned()
    }
}

/// The environment's `PATH`, with the folder of the program before it.
fn with_program() -> OsString {
    let folder = Path::new(env!("CARGO_BIN_EXE_flowdeck")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders.collect::<Vec<PathBuf>>()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
