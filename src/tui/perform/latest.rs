//! Jobs of which only the latest one counts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use crate::tui::event::JobResult;

/// A kind of job of which only the latest one counts: a job waits a little, and a newer one
/// replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Latest {
    /// The check of a file.
    Check(PathBuf),
    /// Reading the rows of a launch.
    Rows,
    /// Planning a launch.
    Plan,
    /// Listing past runs.
    History,
    /// Comparing runs.
    Compare,
}

/// The latest job of each kind.
#[derive(Debug, Default)]
pub(super) struct LatestJobs(HashMap<Latest, Turn>);

#[derive(Debug)]
struct Turn {
    job: AbortHandle,
    /// The only permit belongs to the working thread and not to its job. Work that has begun can't
    /// be aborted, so the newest job waits until it ends.
    thread: Arc<Semaphore>,
}

impl LatestJobs {
    /// Starts a job in place of an older one of the same kind, after a delay in which a newer one
    /// may replace it. The result of the older one is dropped.
    pub(super) fn begin(
        &mut self,
        jobs: &mut JoinSet<Option<JobResult>>,
        of: Latest,
        delay: Duration,
        work: impl FnOnce() -> JobResult + Send + 'static,
    ) {
        let older = self.0.get(&of);
        if let Some(older) = older {
            older.job.abort();
        }
        let thread = older.map_or_else(
            || Arc::new(Semaphore::new(1)),
            |older| Arc::clone(&older.thread),
        );
        let turn = Arc::clone(&thread);
        let job = jobs.spawn(async move {
            tokio::time::sleep(delay).await;
            // Never closed, so the permit always comes.
            let permit = turn.acquire_owned().await.ok();
            let work = move || {
                let _permit = permit;
                work()
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(result) => Some(result),
                Err(ended) => match ended.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_cancelled) => None,
                },
            }
        });
        self.0.insert(of, Turn { job, thread });
    }

    /// Aborts all jobs whose work has not begun.
    pub(super) fn abort(&mut self) {
        for (_, turn) in self.0.drain() {
            turn.job.abort();
        }
    }
}
