//! Waiting for what another program does: a file that it writes, its own end. Nothing is looked at again and again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

/// How long a test waits for what must come; far more than it takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What comes of work that must end.
pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it never ended")
}

/// Waits until the text of a file is as it should be, and gives it; a missing file has no text.
pub(crate) async fn file(path: &Path, is_wanted: impl Fn(&str) -> bool) -> String {
    let changed = Arc::new(Notify::new());
    let told = Arc::clone(&changed);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Our own reading is an event, too.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            told.notify_one();
        }
    })
    .unwrap();
    let folder = path.parent().unwrap();
    watcher.watch(folder, RecursiveMode::NonRecursive).unwrap();
    within(async {
        loop {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            if is_wanted(&text) {
                return text;
            }
            changed.notified().await;
        }
    })
    .await
}

/// Waits until a process has ended; one that its parent has not looked after yet has.
#[expect(
    deprecated,
    reason = "its successor is unsafe for descriptors that are not owned; this one is"
)]
pub(crate) async fn end_of(pid: &str) {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let process = match pidfd_open(pid, PidfdFlags::NONBLOCK) {
        Ok(process) => AsyncFd::with_interest(process, Interest::READABLE).unwrap(),
        Err(Errno::SRCH) => return,
        Err(error) => panic!("{error}"),
    };
    within(process.readable()).await.unwrap().retain_ready();
}
