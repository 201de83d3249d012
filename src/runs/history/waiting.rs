//! Waits until the request of an effect is on disk.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use crate::base::hash::HashMap;
use crate::base::ids::{RequestId, RunId};
use crate::base::lock::lock;
use crate::runtime::Keeper;
use crate::trace::{Failure, FailureKind};

/// The runs that wait, by their requests. Cheap to clone; a clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    state: Arc<Mutex<State>>,
    begun: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    requests: HashMap<(RunId, RequestId), oneshot::Sender<Result<(), Failure>>>,
    /// Nothing is written any more.
    is_off: bool,
}

impl Waiting {
    /// Whether anybody waits.
    pub(super) fn is_any(&self) -> bool {
        !self.state().requests.is_empty()
    }

    /// Ready when one more waits.
    pub(super) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// Lets those go on whose requests are on disk, and none whose run was lost.
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

    /// Lets all go on: there is no history any more.
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

/// Returns why a run does nothing further here.
fn taken() -> Failure {
    Failure::new(
        FailureKind::Cancelled,
        "another flowdeck has taken over this run",
    )
    .with_hint("this one was suspended for too long")
}
