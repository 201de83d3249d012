//! Watching a person's settings.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use tokio::task;

use crate::workspace::{Depth, Watcher};

/// Tells of every change of a folder and what lies in it, until nobody listens. A folder that is not there yet is waited for
/// as long as the one above it is there.
pub(super) async fn watch(folder: PathBuf, changed: mpsc::Sender<()>) {
    let tell = || match changed.try_send(()) {
        // One change that was not looked at yet stands for all: the files are read whole.
        Ok(()) | Err(mpsc::error::TrySendError::Full(())) => true,
        Err(mpsc::error::TrySendError::Closed(())) => false,
    };
    loop {
        if !folder.is_dir() {
            let Some(above) = folder.parent() else { return };
            let Some(watcher) = begin(above, Depth::Flat).await else {
                return;
            };
            while !folder.is_dir() {
                watcher.changed().await;
            }
            if !tell() {
                return;
            }
        }
        let Some(watcher) = begin(&folder, Depth::Whole).await else {
            return;
        };
        while folder.is_dir() {
            watcher.changed().await;
            if !tell() {
                return;
            }
        }
    }
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
