//! Requests to the writer while runs are active, because only its session owns the runs of this
//! process.

use tokio::sync::{mpsc, oneshot};

use super::error::HistoryError;
use super::resume::TakenBatch;
use super::session::Session;
use crate::base::ids::{BatchId, RunId};

/// The maximum number of requests that wait for the writer; beyond it, callers wait.
const MAX_REQUESTS: usize = 16;

type Reply<T> = oneshot::Sender<Result<T, HistoryError>>;

/// A request to the writer.
#[derive(Debug)]
pub(super) enum Request {
    /// Take over the runs of a batch, or some of them.
    TakeOver(BatchId, Option<Vec<RunId>>, Reply<TakenBatch>),
    /// Delete runs, and batches with all their runs.
    Delete(Vec<RunId>, Vec<BatchId>, Reply<usize>),
}

impl Request {
    /// Executes and answers the request on this thread.
    pub(super) fn answer(self, session: &mut Session) {
        // Who is gone waits no longer.
        let _gone = match self {
            Self::TakeOver(batch, only, reply_tx) => {
                let taken = session.take_over(&batch, only.as_deref());
                reply_tx.send(taken).map_err(drop)
            }
            Self::Delete(runs, batches, reply_tx) => {
                reply_tx.send(session.delete(&runs, &batches)).map_err(drop)
            }
        };
    }
}

/// The history of this process's runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveHistory {
    requests_tx: mpsc::Sender<Request>,
}

impl LiveHistory {
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests_tx, requests_rx) = mpsc::channel(MAX_REQUESTS);
        (Self { requests_tx }, requests_rx)
    }

    /// Takes over a batch or some of its runs, like [`super::History::take_over`]; they belong to
    /// this process from then on. Runs that this process already has are left out.
    ///
    /// # Errors
    /// As [`super::History::take_over`], or [`HistoryError::Off`].
    pub async fn take_over(
        &self,
        batch: BatchId,
        only: Option<Vec<RunId>>,
    ) -> Result<TakenBatch, HistoryError> {
        self.ask(|reply_tx| Request::TakeOver(batch, only, reply_tx))
            .await
    }

    /// Deletes runs, and batches with all their runs, like [`super::History::delete`].
    ///
    /// # Errors
    /// As [`super::History::delete`], or [`HistoryError::Off`].
    pub async fn delete(
        &self,
        runs: Vec<RunId>,
        batches: Vec<BatchId>,
    ) -> Result<usize, HistoryError> {
        self.ask(|reply_tx| Request::Delete(runs, batches, reply_tx))
            .await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, HistoryError> {
        let (reply_tx, reply_rx) = oneshot::channel();
        let sent = self.requests_tx.send(request(reply_tx)).await;
        sent.map_err(|_closed| HistoryError::Off)?;
        reply_rx.await.map_err(|_closed| HistoryError::Off)?
    }
}
