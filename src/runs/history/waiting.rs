//! Lets effects wait until their requests are on disk.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use crate::base::hash::HashMap;
use crate::base::ids::{RequestId, RunId};
use crate::base::lock::lock;
use crate::runtime::Keeper;
use crate::trace::{Failure, FailureKind};

/// The waiting runs, by request. Cheap to clone; clones share the state.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    state: Arc<Mutex<State>>,
    begun: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    requests: HashMap<(RunId, RequestId), oneshot::Sender<Result<(), Failure>>>,
    /// Whether the history was turned off.
    is_off: bool,
}

impl Waiting {
    /// Returns whether any run waits.
    pub(super) fn is_any(&self) -> bool {
        !self.state().requests.is_empty()
    }

    /// Completes when another run begins to wait.
    pub(super) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// Lets runs continue whose requests are on disk, unless they were lost.
    pub(super) fn written(&self, requests: &[(RunId, RequestId)], lost: &[RunId]) {
        let mut state = self.state();
        for request in requests {
            if let Some(waiting) = state.requests.remove(request) {
                // A run that is cancelled waits no longer.
                let _gone = waiting.send(Ok(()));
            }
        }
        if lost.is_empty() {
            return;
        }
        let of_lost: Vec<_> = state.requests.keys().cloned().collect();
        for request in of_lost.into_iter().filter(|(run, _)| lost.contains(run)) {
            if let Some(waiting) = state.requests.remove(&request) {
                let _gone = waiting.send(Err(taken()));
            }
        }
    }

    /// Lets all runs continue, because the history was turned off.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.is_off = true;
        for (_, waiting) in state.requests.drain() {
            let _gone = waiting.send(Ok(()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Keeper for Waiting {
    fn kept(&self, run: &RunId, request: &RequestId) -> BoxFuture<'static, Result<(), Failure>> {
        let (kept_tx, kept_rx) = oneshot::channel();
        {
            let mut state = self.state();
            if state.is_off {
                return std::future::ready(Ok(())).boxed();
            }
            let request = (run.clone(), request.clone());
            state.requests.insert(request, kept_tx);
        }
        self.begun.notify_one();
        // Dropped unsent only with the writer: then nothing is written any more.
        kept_rx.map(|kept| kept.unwrap_or(Ok(()))).boxed()
    }
}

/// Makes the failure of a run that belongs to another process now.
fn taken() -> Failure {
    Failure::new(
        FailureKind::Cancelled,
        "another flowdeck has taken over this run",
    )
    .with_hint("this one was suspended for too long")
}
