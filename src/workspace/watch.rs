//! Watches a folder for changes on disk, merged by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{discover, walk};
use crate::base::lock::lock;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// The time for which changes are gathered, because an editor's save consists of several.
const GATHERED_FOR: Duration = Duration::from_millis(120);

/// The maximum number of separately reported paths; more are reported as [`Changes::Many`].
const MAX_PATHS: usize = 256;

/// Changes on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// These paths were created, written, renamed or removed.
    Paths(BTreeSet<PathBuf>),
    /// So many changes that everything should be read again.
    Many,
}

/// The part of a folder that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The files directly in the folder.
    Flat,
    /// All files at any depth.
    Whole,
    /// The folders in which specs are searched: without folders of build tools and ignored ones.
    Specs,
}

/// Watches a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    watched: Arc<Mutex<Watched>>,
    gathered: Arc<Gathered>,
}

/// The watched folders, each one separately with [`Depth::Specs`].
#[derive(Debug)]
struct Watched {
    watcher: notify::RecommendedWatcher,
    root: PathBuf,
    depth: Depth,
    folders: BTreeSet<PathBuf>,
    /// Folders of single watched files, which may otherwise be left out.
    of_files: BTreeSet<PathBuf>,
    /// The operating system's error for a folder that can't be watched, until it is reported.
    refused: Option<notify::Error>,
}

#[derive(Debug, Default)]
struct Gathered {
    /// The changed paths, set by notify's thread and taken by [`Watcher::changed`]. At most
    /// [`MAX_PATHS`] + 1.
    paths: Mutex<BTreeSet<PathBuf>>,
    has_some: Notify,
}

impl Watcher {
    /// Starts watching a folder.
    ///
    /// # Errors
    /// The operating system's error, for example because there are too many folders.
    pub(crate) fn new(root: &Path, depth: Depth) -> notify::Result<Self> {
        let gathered = Arc::new(Gathered::default());
        let shared = Arc::clone(&gathered);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if let Ok(event) = event
                    && !event.kind.is_access()
                {
                    shared.add(event.paths);
                }
            })?;
        let mode = match depth {
            Depth::Flat | Depth::Specs => RecursiveMode::NonRecursive,
            Depth::Whole => RecursiveMode::Recursive,
        };
        watcher.watch(root, mode)?;
        let mut below = Watched {
            watcher,
            root: root.to_owned(),
            depth,
            folders: BTreeSet::from([root.to_owned()]),
            of_files: BTreeSet::new(),
            refused: None,
        };
        if depth == Depth::Specs {
            below.look_again();
        }
        Ok(Self {
            watched: Arc::new(Mutex::new(below)),
            gathered,
        })
    }

    /// Also watches the folder of a file, wherever it is. Blocks.
    pub(crate) fn watch_file(&self, path: &Path) {
        let mut watched = lock(&self.watched);
        let Some(folder) = path.parent().filter(|_| watched.depth == Depth::Specs) else {
            return;
        };
        if watched.of_files.insert(folder.to_owned()) {
            watched.look_again();
        }
    }

    /// Removes and returns the error for a folder that can't be watched, if there was a new one.
    pub(crate) fn refusal(&self) -> Option<notify::Error> {
        lock(&self.watched).refused.take()
    }

    /// Waits for changes and returns all changes of a short period.
    ///
    /// # Cancel safety
    /// Nothing is lost while nothing has changed; changes of the short period may be lost.
    pub(crate) async fn changed(&self) -> Changes {
        loop {
            if !self.gathered.is_empty() {
                tokio::time::sleep(GATHERED_FOR).await;
                let changes = self.gathered.take();
                let watched = Arc::clone(&self.watched);
                let seen = changes.clone();
                let followed =
                    tokio::task::spawn_blocking(move || lock(&watched).follow(&seen)).await;
                return match followed {
                    Ok(Followed::NewFolders) => Changes::Many,
                    Ok(Followed::Nothing) | Err(_) => changes,
                };
            }
            self.gathered.has_some.notified().await;
        }
    }
}

/// The result of handling changes of folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Followed {
    /// The watched folders are the same as before.
    Nothing,
    /// New folders are watched, in which something may have changed before.
    NewFolders,
}

impl Watched {
    /// Starts watching new folders and stops watching removed ones.
    fn follow(&mut self, changes: &Changes) -> Followed {
        if self.depth != Depth::Specs {
            return Followed::Nothing;
        }
        match changes {
            Changes::Many => self.folders.clear(),
            Changes::Paths(paths) => {
                let is_news = |path: &&PathBuf| {
                    path.is_dir() || self.folders.contains(*path) || walk::is_ignore_file(path)
                };
                let news: Vec<&PathBuf> = paths.iter().filter(is_news).collect();
                if news.is_empty() {
                    return Followed::Nothing;
                }
                // One that was removed and made again is another one to the operating system.
                self.folders
                    .retain(|folder| !news.iter().any(|path| folder.starts_with(path)));
            }
        }
        self.look_again()
    }

    /// Updates the set of watched folders.
    fn look_again(&mut self) -> Followed {
        let mut wanted = discover::folders(&self.root);
        wanted.extend(self.of_files.iter().cloned());
        let new: Vec<PathBuf> = wanted.difference(&self.folders).cloned().collect();
        let gone: Vec<PathBuf> = self.folders.difference(&wanted).cloned().collect();
        let mut paths = self.watcher.paths_mut();
        for folder in &gone {
            // One that was removed is not watched any more by then.
            let _gone = paths.remove(folder);
        }
        for folder in &new {
            if let Err(error) = paths.add(folder, RecursiveMode::NonRecursive) {
                self.refused.get_or_insert(error);
            }
        }
        if let Err(error) = paths.commit() {
            self.refused.get_or_insert(error);
        }
        self.folders = wanted;
        if new.is_empty() {
            Followed::Nothing
        } else {
            Followed::NewFolders
        }
    }
}

impl Gathered {
    fn add(&self, paths: Vec<PathBuf>) {
        let mut gathered = lock(&self.paths);
        for path in paths {
            if gathered.len() <= MAX_PATHS {
                gathered.insert(path);
            }
        }
        drop(gathered);
        self.has_some.notify_one();
    }

    fn is_empty(&self) -> bool {
        lock(&self.paths).is_empty()
    }

    fn take(&self) -> Changes {
        let paths = std::mem::take(&mut *lock(&self.paths));
        if paths.len() > MAX_PATHS {
            Changes::Many
        } else {
            Changes::Paths(paths)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Collects changes until one has a given path; `None` if everything must be read again before.
    async fn until(watcher: &Watcher, path: &Path) -> Option<BTreeSet<PathBuf>> {
        let mut seen = BTreeSet::new();
        while !seen.contains(path) {
            match watcher.changed().await {
                Changes::Paths(paths) => seen.extend(paths),
                Changes::Many => return None,
            }
        }
        Some(seen)
    }

    #[tokio::test]
    async fn a_saved_file_is_told_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for depth in [Depth::Whole, Depth::Specs, Depth::Flat] {
            let watcher = Watcher::new(&root, depth).unwrap();
            let path = root.join("a.yaml");
            fs::write(&path, "one").unwrap();
            let paths = until(&watcher, &path).await;
            assert!(paths.is_some(), "one file is not many");
        }
    }

    #[tokio::test]
    async fn what_happens_in_folders_without_specs_is_no_news() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for name in ["node_modules/a", "target", ".flowdeck", "data", "specs"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        fs::write(root.join(".gitignore"), "/data/\n").unwrap();
        let watcher = Watcher::new(&root, Depth::Specs).unwrap();
        for name in [
            "node_modules/a/x.yaml",
            "target/x",
            ".flowdeck/history.db",
            "data/x.csv",
        ] {
            fs::write(root.join(name), "one").unwrap();
        }
        let path = root.join("specs/a.yaml");
        fs::write(&path, "one").unwrap();
        let paths = until(&watcher, &path).await.unwrap();
        assert_eq!(paths, BTreeSet::from([path]));
        // What a person has opened there is.
        let rows = root.join("data/x.csv");
        watcher.watch_file(&rows);
        fs::write(&rows, "two").unwrap();
        assert_eq!(until(&watcher, &rows).await, Some(BTreeSet::from([rows])));
    }

    #[tokio::test]
    async fn folders_that_come_later_are_watched_and_everything_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::write(root.join(".gitignore"), "late/\n").unwrap();
        let watcher = Watcher::new(&root, Depth::Specs).unwrap();
        fs::create_dir_all(root.join("new/inner")).unwrap();
        assert_eq!(watcher.changed().await, Changes::Many);
        let path = root.join("new/inner/a.yaml");
        fs::write(&path, "one").unwrap();
        assert!(until(&watcher, &path).await.is_some());
        // One that is removed and made again.
        fs::remove_dir_all(root.join("new")).unwrap();
        fs::create_dir_all(root.join("new/inner")).unwrap();
        while watcher.changed().await != Changes::Many {}
        fs::write(&path, "two").unwrap();
        assert!(until(&watcher, &path).await.is_some());
        // One that its ignore file no longer names.
        fs::create_dir(root.join("late")).unwrap();
        fs::write(root.join(".gitignore"), "").unwrap();
        while watcher.changed().await != Changes::Many {}
        let path = root.join("late/a.yaml");
        fs::write(&path, "one").unwrap();
        assert!(until(&watcher, &path).await.is_some());
    }

    #[test]
    fn a_flood_is_told_as_many() {
        let gathered = Gathered::default();
        gathered.add((0..10_000).map(|n| PathBuf::from(n.to_string())).collect());
        assert_eq!(gathered.take(), Changes::Many);
        assert_eq!(gathered.take(), Changes::Paths(BTreeSet::new()));
    }
}
