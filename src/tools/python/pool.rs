//! The pool of workers for plain functions. Each executes one call at a time and is killed on
//! cancellation.

use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Semaphore;

use super::PythonCall;
use super::worker::{
    Answer, Launcher, Mode, Worker, WorkerMessage, call_line, failure, gone, silent,
};
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::tools::executor::{ToolError, ToolObserver};
use crate::tools::limit::within;
use crate::tools::slot::take_slot;

/// The id of the only call of a pool's worker.
const CALL_ID: u64 = 1;

/// The workers for plain functions, started on demand and kept while idle.
#[derive(Debug)]
pub(super) struct Pool {
    launcher: Launcher,
    /// A permit for each possible worker.
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// Makes a pool of at most `workers` processes, without starting any.
    pub(super) fn new(launcher: Launcher, workers: usize) -> Self {
        Self {
            launcher,
            places: Arc::new(Semaphore::new(workers.clamp(1, Semaphore::MAX_PERMITS))),
            idle: Mutex::default(),
        }
    }

    /// Calls a function in a worker.
    ///
    /// # Cancel safety
    /// A dropped call kills its worker.
    pub(super) async fn call(
        &self,
        call: &PythonCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<Answer, ToolError> {
        let _place = take_slot(&self.places, Awaited::Worker, observer).await;
        let mut worker = self.worker().await?;
        let asking = self.ask(&mut worker, call, observer);
        let answer = within(call.name, call.limit, asking).await;
        // After an answer the worker is as good as before; otherwise dropping it kills it.
        let (answer, is_reusable) = match answer {
            Ok(WorkerAnswer::Answer(answer)) => (Ok(answer), true),
            Ok(WorkerAnswer::Refusal(error)) => (Err(error), true),
            Err(error) => (Err(error), false),
        };
        if is_reusable && !self.launcher.stopping.is_cancelled() {
            self.idle().push(worker);
        }
        answer
    }

    /// Ends the idle workers.
    pub(super) fn end(&self) {
        self.idle().clear();
    }

    async fn worker(&self) -> Result<Worker, ToolError> {
        loop {
            let idle = self.idle().pop();
            let Some(mut worker) = idle else {
                return self.launcher.start(Mode::Calls).await;
            };
            if worker.is_alive() {
                return Ok(worker);
            }
        }
    }

    async fn ask(
        &self,
        worker: &mut Worker,
        call: &PythonCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<WorkerAnswer, ToolError> {
        if let Err(error) = worker.send(&call_line(CALL_ID, call)).await {
            return Err(gone(call.name, &error.to_string()));
        }
        loop {
            let said = tokio::time::timeout(self.launcher.silence, worker.listen())
                .await
                .map_err(|_elapsed| silent(call.name, call.file, self.launcher.silence))?
                .map_err(|how| gone(call.name, &how))?;
            match said {
                WorkerMessage::Result { result, .. } => {
                    return Ok(WorkerAnswer::Answer(Answer::Result(result)));
                }
                WorkerMessage::OtherKind { is_async, .. } => {
                    return Ok(WorkerAnswer::Answer(Answer::IsAsync(is_async)));
                }
                WorkerMessage::Failed {
                    error,
                    kind,
                    exception,
                    ..
                } => {
                    return Ok(WorkerAnswer::Refusal(failure(
                        call.name, error, kind, exception,
                    )));
                }
                WorkerMessage::Chunk { chunk, .. } => observer.chunk(chunk).await,
                // A beat may also be left over from the call before.
                WorkerMessage::Beat { .. }
                | WorkerMessage::Ready { .. }
                | WorkerMessage::Held { .. }
                | WorkerMessage::Blocked { .. } => {}
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        lock(&self.idle)
    }
}

/// The answer of a worker that can be reused.
enum WorkerAnswer {
    Answer(Answer),
    Refusal(ToolError),
}
