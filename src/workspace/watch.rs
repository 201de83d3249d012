//! Watches for changes on disk below a folder, merged by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::base::lock::lock;
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// How long changes are gathered: an editor's save is several of them.
const GATHERED_FOR: Duration = Duration::from_millis(120);

/// How many paths are kept apart; more are reported as [`Changes::Many`].
const MAX_PATHS: usize = 256;

/// Changes on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// These paths were made, written, renamed or removed.
    Paths(BTreeSet<PathBuf>),
    /// So much that everything should be looked at again.
    Many,
}

/// How much of a folder is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The files directly in the folder.
    Flat,
    /// All below it.
    Whole,
}

/// Watches a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    _watcher: notify::RecommendedWatcher,
    gathered: Arc<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    /// Set by notify's thread, taken by [`Watcher::changed`]. At most [`MAX_PATHS`] + 1.
    paths: Mutex<BTreeSet<PathBuf>>,
    has_some: Notify,
}

impl Watcher {
    /// Begins to watch a folder.
    ///
    /// # Errors
    /// When the operating system refuses, for example because there are too many folders.
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
            Depth::Flat => RecursiveMode::NonRecursive,
            Depth::Whole => RecursiveMode::Recursive,
        };
        watcher.watch(root, mode)?;
        Ok(Self {
            _watcher: watcher,
            gathered,
        })
    }

    /// Waits for changes and gives those of a short while together.
    ///
    /// # Cancel safety
    /// Nothing is lost: changes stay gathered until they are given.
    pub(crate) async fn changed(&self) -> Changes {
        loop {
            if !self.gathered.is_empty() {
                tokio::time::sleep(GATHERED_FOR).await;
                return self.gathered.take();
            }
            self.gathered.has_some.notified().await;
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
    use super::*;

    #[tokio::test]
    async fn a_saved_file_is_told_by_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let watcher = Watcher::new(&root, Depth::Whole).unwrap();
        let path = root.join("a.yaml");
        std::fs::write(&path, "one").unwrap();
        let Changes::Paths(paths) = watcher.changed().await else {
            panic!("one file is not many");
        };
        assert!(paths.contains(&path));
    }

    #[test]
    fn a_flood_is_told_as_many() {
        let gathered = Gathered::default();
        gathered.add((0..10_000).map(|n| PathBuf::from(n.to_string())).collect());
        assert_eq!(gathered.take(), Changes::Many);
        assert_eq!(gathered.take(), Changes::Paths(BTreeSet::new()));
    }
}
