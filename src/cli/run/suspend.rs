//! Handling of `ctrl-z` while runs are active: their clocks stop for as long as the program is
//! suspended.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use rustix::process::{self, Pid, Signal as Posix};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::runs::RunsHandle;

/// The maximum time for the records to contain the suspension. The reader of the output may already
/// be suspended.
const GRACE: Duration = Duration::from_secs(1);

/// Suspends the program when the terminal asks for it, until it is dropped.
#[derive(Debug)]
pub(super) struct Suspender {
    _listener: JoinSet<()>,
}

impl Suspender {
    /// Starts listening.
    ///
    /// # Errors
    /// The system's signals can't be used.
    pub(super) fn listen(runs: RunsHandle) -> io::Result<Self> {
        let stop = signal(kind(Posix::TSTP))?;
        let go_on = signal(kind(Posix::CONT))?;
        let mut listener = JoinSet::new();
        listener.spawn(suspend(runs, stop, go_on));
        Ok(Self {
            _listener: listener,
        })
    }
}

const fn kind(signal: Posix) -> SignalKind {
    SignalKind::from_raw(signal.as_raw())
}

async fn suspend(runs: RunsHandle, mut stop: Signal, mut go_on: Signal) {
    while stop.recv().await.is_some() {
        if is_orphaned() {
            continue;
        }
        let _late = tokio::time::timeout(GRACE, runs.stand_still(true)).await;
        // An earlier one that found us running ends no stop.
        while go_on.recv().now_or_never().flatten().is_some() {}
        if process::kill_process(process::getpid(), Posix::STOP).is_ok() {
            // The other threads stop a moment later, and this may be one of them.
            go_on.recv().await;
        }
        runs.stand_still(false).await;
    }
}

/// Whether the process group is orphaned, so that no shell could continue it; the terminal does not
/// suspend such a group either. A group is orphaned if no member has a parent in another group of
/// the same session. Only the ancestors of this process are checked.
fn is_orphaned() -> bool {
    let (group, session) = (process::getpgrp(), process::getsid(None).ok());
    let mut ancestor = process::getppid();
    while let Some(pid) = ancestor {
        if process::getpgid(Some(pid)).ok() != Some(group) {
            return process::getsid(Some(pid)).ok() != session;
        }
        ancestor = parent(pid);
    }
    true
}

/// Returns the parent of a process; only Linux provides this information.
fn parent(pid: Pid) -> Option<Pid> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    Pid::from_raw(parent.trim().parse().ok()?)
}
