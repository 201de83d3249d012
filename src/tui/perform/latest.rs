//! Jobs of which only the latest counts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use crate::tui::event::JobResult;

/// A kind of job of which only the latest counts: it waits a little, and a newer one takes its place.
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
    /// Laying runs beside each other.
    Compare,
}

/// The latest job of each kind.
#[derive(Debug, Default)]
pub(super) struct LatestJobs(HashMap<Latest, Turn>);

#[derive(Debug)]
struct Turn {
    job: AbortHandle,
    /// The one permit belongs to the thread that works, and not to its job: work that has begun can't be
    /// taken back, and while it goes on the newest job waits instead of working beside it.
    thread: Arc<Semaphore>,
}

impl LatestJobs {
    /// Begins a job in place of an older one of its kind, after a delay in which a newer one may take its
    /// place in turn. Nothing is heard of the older one any more.
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

    /// Ends all that have not begun their work.
    pub(super) fn abort(&mut self) {
        for (_, turn) in self.0.drain() {
            turn.job.abort();
        }
    }
}
