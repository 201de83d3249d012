//! Watching of the user's settings.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use tokio::task;

use crate::workspace::{Depth, Watcher};

/// Reports every change of a folder and its contents until the receiver is dropped. If the folder
/// doesn't exist, its nearest existing parent is watched; no folder is created only to be watched.
pub(super) async fn watch(folder: PathBuf, changed: mpsc::Sender<()>) {
    let notify = || match changed.try_send(()) {
        // One unread notice of a change is enough: the files are read whole.
        Ok(()) | Err(mpsc::error::TrySendError::Full(())) => true,
        Err(mpsc::error::TrySendError::Closed(())) => false,
    };
    loop {
        if !folder.is_dir() && !until_made(&folder).await {
            return;
        }
        let Some(watcher) = begin(&folder, Depth::Whole).await else {
            return;
        };
        // What changed before it was watched is read, too.
        while notify() && folder.is_dir() {
            watcher.changed().await;
        }
        if changed.is_closed() {
            return;
        }
    }
}

/// Waits until a folder exists. Returns false if that can't be watched.
async fn until_made(folder: &Path) -> bool {
    while !folder.is_dir() {
        let nearest = |folder: &Path| {
            folder
                .ancestors()
                .skip(1)
                .find(|above| above.is_dir())
                .map(Path::to_owned)
        };
        let Some(above) = nearest(folder) else {
            return false;
        };
        let Some(watcher) = begin(&above, Depth::Flat).await else {
            // It may have gone just now: then another one is the nearest.
            if above.is_dir() {
                return false;
            }
            continue;
        };
        // A folder that was made before the watch began changes nothing any more.
        while nearest(folder).as_deref() == Some(&*above) && !folder.is_dir() {
            watcher.changed().await;
        }
    }
    true
}

async fn begin(folder: &Path, depth: Depth) -> Option<Watcher> {
    let folder = folder.to_owned();
    match task::spawn_blocking(move || Watcher::new(&folder, depth)).await {
        Ok(Ok(watcher)) => Some(watcher),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the settings can't be watched");
            None
        }
        Err(_ended) => None,
    }
}
