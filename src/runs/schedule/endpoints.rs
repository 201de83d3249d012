//! Limits the concurrent requests to each endpoint: reduced after the endpoint rejects some because
//! there are too many, and increased with successful answers.
//!
//! Additive increase, multiplicative decrease, as in TCP's congestion control: a rejection (status
//! 429, 503 or 529) halves the limit, and each round of answers increases it by one. All batches
//! share the limits, because they share the endpoints.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::base::hash::HashMap;
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::llm::{GenerationDelta, GenerationObserver, RetryNotice};
use crate::runs::schedule::bell::Bell;

/// The statuses with which a server reports too many requests.
const TOO_MUCH: [u16; 3] = [429, 503, 529];

/// The limit of one endpoint. Pure.
#[derive(Debug, Default)]
struct Bound {
    /// The maximum number of concurrent requests; `None` until the endpoint rejects some.
    limit: Option<f64>,
    n_under_way: usize,
    /// The number of concurrent requests at the first rejection; when the limit reaches it, the
    /// limit is removed.
    free_from: usize,
    /// The number of reductions. A rejection of a request that was sent before the last reduction
    /// is ignored.
    era: u64,
    room: Arc<Notify>,
}

impl Bound {
    /// Returns the maximum number of concurrent requests as an integer.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a limit is at least 1, and never more than were under way"
    )]
    fn at_once(&self) -> Option<usize> {
        self.limit.map(|limit| limit as usize)
    }

    fn has_room(&self) -> bool {
        self.at_once()
            .is_none_or(|at_once| self.n_under_way < at_once)
    }

    /// Records the rejection of a request that was sent in an era. Returns whether the limit was
    /// reduced.
    fn refuse(&mut self, era: u64) -> bool {
        if era < self.era {
            return false;
        }
        self.era += 1;
        let before = self.at_once().unwrap_or_else(|| {
            self.free_from = self.n_under_way;
            self.n_under_way
        });
        self.limit = Some(to_f64(before / 2).max(1.0));
        true
    }

    /// Records an answered request. Returns whether the limit was removed.
    fn answer(&mut self) -> bool {
        let Some(limit) = self.limit else {
            return false;
        };
        let limit = limit + 1.0 / limit;
        let is_free = limit >= to_f64(self.free_from);
        self.limit = (!is_free).then_some(limit);
        is_free
    }
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// A changed limit, to be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runs) struct BoundChange {
    pub(in crate::runs) endpoint: String,
    /// The new maximum number of concurrent requests; `None` for no limit.
    pub(in crate::runs) at_once: Option<usize>,
}

/// The limits of all endpoints. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Endpoints {
    state: Arc<Mutex<State>>,
    /// Rung when there are changes.
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct State {
    bounds: HashMap<String, Bound>,
    /// The changes that the hub has not taken yet, at most one for each endpoint.
    changes: Vec<BoundChange>,
}

impl Endpoints {
    /// Makes the limits; no endpoint is limited at first.
    pub(in crate::runs) fn new(bell: &Arc<Bell>) -> Self {
        Self {
            state: Arc::default(),
            bell: Arc::clone(bell),
        }
    }

    /// Returns the changes since the last call.
    pub(in crate::runs) fn take_changes(&self) -> Vec<BoundChange> {
        std::mem::take(&mut self.lock().changes)
    }

    /// Waits until a request may be sent to an address.
    pub(in crate::runs) async fn admit(
        &self,
        address: &str,
        observer: &dyn GenerationObserver,
    ) -> UnderWay {
        let under_way = UnderWay {
            endpoints: self.clone(),
            endpoint: host_of(address).to_owned(),
            sent: Mutex::default(),
        };
        under_way.enter(observer).await;
        under_way
    }

    /// Reserves a request to an endpoint and returns its era; otherwise returns the notifier for
    /// free capacity.
    fn try_enter(&self, endpoint: &str) -> Result<u64, Arc<Notify>> {
        let mut state = self.lock();
        let bound = state.bounds.entry(endpoint.to_owned()).or_default();
        if bound.has_room() {
            bound.n_under_way += 1;
            Ok(bound.era)
        } else {
            Err(Arc::clone(&bound.room))
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn note_change(&self, state: &mut State, endpoint: &str, at_once: Option<usize>) {
        state.changes.retain(|change| change.endpoint != endpoint);
        state.changes.push(BoundChange {
            endpoint: endpoint.to_owned(),
            at_once,
        });
        self.bell.ring();
    }
}

/// Returns the host and port of an address: `api.example:8443`.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// A request that is in progress, or was rejected and waits to be sent again. Releases its capacity
/// on drop.
#[derive(Debug)]
pub(in crate::runs) struct UnderWay {
    endpoints: Endpoints,
    endpoint: String,
    /// The era in which the request was sent; `None` while it is not in progress.
    sent: Mutex<Option<u64>>,
}

impl UnderWay {
    /// Waits until the request may be sent.
    async fn enter(&self, observer: &dyn GenerationObserver) {
        let mut is_waiting = false;
        let era = loop {
            match self.endpoints.try_enter(&self.endpoint) {
                Ok(era) => break era,
                Err(room) => {
                    if !std::mem::replace(&mut is_waiting, true) {
                        observer.waits(Some(Awaited::Endpoint)).await;
                    }
                    room.notified().await;
                }
            }
        };
        *self.sent() = Some(era);
        if is_waiting {
            observer.waits(None).await;
        }
    }

    /// Returns the host and port of the request.
    pub(in crate::runs) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Records that the request is no longer in progress.
    fn leave(&self) {
        if self.sent().take().is_none() {
            return;
        }
        let mut state = self.endpoints.lock();
        if let Some(bound) = state.bounds.get_mut(&self.endpoint) {
            bound.n_under_way = bound.n_under_way.saturating_sub(1);
            // The bound may have grown, too.
            let room = bound.at_once().unwrap_or(usize::MAX);
            for _ in 0..room.saturating_sub(bound.n_under_way).min(2) {
                bound.room.notify_one();
            }
        }
    }

    /// Records that the request was rejected because there were too many. Returns the new limit if
    /// it was reduced.
    fn refused(&self) -> Option<usize> {
        let era = (*self.sent())?;
        let mut state = self.endpoints.lock();
        let bound = state.bounds.get_mut(&self.endpoint)?;
        let is_fewer = bound.refuse(era);
        let at_once = bound.at_once().filter(|_| is_fewer)?;
        self.endpoints
            .note_change(&mut state, &self.endpoint, Some(at_once));
        Some(at_once)
    }

    /// Records that the request was answered.
    pub(in crate::runs) fn answered(&self) {
        let mut state = self.endpoints.lock();
        if let Some(bound) = state.bounds.get_mut(&self.endpoint)
            && bound.answer()
        {
            bound.room.notify_waiters();
            self.endpoints.note_change(&mut state, &self.endpoint, None);
        }
    }

    fn sent(&self) -> MutexGuard<'_, Option<u64>> {
        lock(&self.sent)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.leave();
    }
}

/// An observer that records rejections before passing them on.
pub(in crate::runs) struct RefusalObserver<'o> {
    pub(in crate::runs) observer: &'o dyn GenerationObserver,
    pub(in crate::runs) under_way: &'o UnderWay,
}

impl RefusalObserver<'_> {
    /// Returns a notice for the user about a rejection with this status, if it reduced the limit.
    pub(in crate::runs) fn refused(&self, status: Option<u16>) -> Option<String> {
        let status = status.filter(|status| TOO_MUCH.contains(status))?;
        let at_once = self.under_way.refused()?;
        let endpoint = &self.under_way.endpoint;
        Some(format!(
            "`{endpoint}` has too many requests ({status}): at most {at_once} at once from now on, more as it answers"
        ))
    }
}

impl GenerationObserver for RefusalObserver<'_> {
    fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
        self.observer.delta(delta)
    }

    fn retry(&self, notice: RetryNotice) -> BoxFuture<'_, ()> {
        self.observer.retry(notice)
    }

    fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let is_refused =
                |status: Option<u16>| status.is_some_and(|code| TOO_MUCH.contains(&code));
            match on {
                Some(Awaited::Retry { status, .. }) if is_refused(status) => {
                    if let Some(notice) = self.refused(status) {
                        self.observer.notice(notice).await;
                    }
                    self.under_way.leave();
                    self.observer.waits(on).await;
                }
                None if self.under_way.sent().is_none() => {
                    self.observer.waits(None).await;
                    self.under_way.enter(self.observer).await;
                }
                on => self.observer.waits(on).await,
            }
        })
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        self.observer.notice(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(n_under_way: usize) -> Bound {
        Bound {
            n_under_way,
            ..Bound::default()
        }
    }

    #[test]
    fn a_refusal_halves_and_each_round_of_answers_allows_one_more() {
        let mut bound = bound(16);
        assert!(bound.has_room());
        assert!(bound.refuse(0));
        assert_eq!((bound.at_once(), bound.has_room()), (Some(8), false));
        // Fifteen more were sent before that and are refused, too.
        assert!(!bound.refuse(0));
        assert_eq!(bound.at_once(), Some(8));
        for _ in 0..9 {
            assert!(!bound.answer());
        }
        assert_eq!(bound.at_once(), Some(9));
        assert!(bound.refuse(1));
        assert_eq!(bound.at_once(), Some(4));
        let n_answers = (0..1000).take_while(|_| !bound.answer()).count();
        assert_eq!(bound.at_once(), None, "it takes all again");
        assert!((50..150).contains(&n_answers), "{n_answers}");
    }

    #[test]
    fn one_request_at_a_time_is_the_least() {
        let mut bound = bound(1);
        for era in 0..5 {
            assert!(bound.refuse(era));
            assert_eq!(bound.at_once(), Some(1));
        }
    }

    #[test]
    fn an_endpoint_is_its_host_and_port() {
        for (address, host) in [
            ("https://api.example/v1/chat", "api.example"),
            ("http://localhost:8080/v1", "localhost:8080"),
            ("offline", "offline"),
        ] {
            assert_eq!(host_of(address), host);
        }
    }
}
