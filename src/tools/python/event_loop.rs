//! The worker for async functions: all calls run concurrently in one event loop and are cancelled
//! by messages.
//!
//! A task owns the process. Calls reach it through a bounded queue and receive their answers
//! through their own channels. When the process ends, all its calls fail, the task ends, and the
//! next call starts a new process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::PythonCall;
use super::worker::{
    Answer, Launcher, Mode, Worker, WorkerMessage, call_line, failure, gone, silent,
};
use crate::base::duration;
use crate::base::lock::lock;
use crate::tools::executor::{ToolError, ToolErrorKind, ToolObserver};
use crate::tools::limit::within;

/// The maximum number of requests that wait for the task; beyond it, callers wait.
const QUEUE: usize = 256;
/// The maximum number of events that wait for a slow observer: the maximum number of chunks of a
/// call, and its notices, each of which comes at most once. Thus nothing is lost and the loop never
/// waits.
const MAX_EVENTS: usize = 300 + 2;

/// Returns the notice about a call that blocks the event loop; without a duration, the call is
/// still blocking it.
fn blocks(call: &PythonCall<'_>, held: Option<Duration>) -> String {
    let name = call.name;
    let what = match held {
        None => format!("`{name}` blocks the loop that all async Python tools share"),
        Some(held) => format!(
            "`{name}` blocked the loop that all async Python tools share for {}",
            duration::short(held)
        ),
    };
    format!("{what}: in an `async def` nothing may wait without `await`, so make it a plain `def`")
}

/// A request to the task.
enum Request {
    Call {
        id: u64,
        line: String,
        pending: Pending,
    },
    Cancel {
        id: u64,
    },
}

/// A call without an answer yet.
struct Pending {
    name: String,
    file: PathBuf,
    /// Whether it was already reported that the call blocks the loop.
    is_named: bool,
    answer: oneshot::Sender<Result<Answer, ToolError>>,
    events_tx: mpsc::Sender<CallEvent>,
}

/// An event of a running call.
enum CallEvent {
    Chunk(Value),
    /// The call is blocking the event loop.
    Blocks,
    /// The call blocked the event loop for this long without a pause.
    Held(Duration),
}

/// The worker for async functions, started by the first call.
#[derive(Debug)]
pub(super) struct EventLoop {
    launcher: Launcher,
    requests: Mutex<Option<mpsc::Sender<Request>>>,
    last_id: AtomicU64,
}

/// Cancels a call whose future is dropped before the answer.
struct CancelOnDrop {
    requests: mpsc::Sender<Request>,
    id: u64,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // Full only while the worker does not read, and then it is about to be killed as silent.
        let _ = self.requests.try_send(Request::Cancel { id: self.id });
    }
}

impl EventLoop {
    pub(super) fn new(launcher: Launcher) -> Self {
        Self {
            launcher,
            requests: Mutex::default(),
            last_id: AtomicU64::new(0),
        }
    }

    /// Calls a function on the loop.
    ///
    /// # Cancel safety
    /// A dropped call is cancelled in the worker.
    pub(super) async fn call(
        &self,
        call: &PythonCall<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<Answer, ToolError> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer_tx, mut answer_rx) = oneshot::channel();
        let (events_tx, mut events_rx) = mpsc::channel(MAX_EVENTS);
        let mut request = Request::Call {
            id,
            line: call_line(id, call),
            pending: Pending {
                name: call.name.to_owned(),
                file: call.file.to_owned(),
                is_named: false,
                answer: answer_tx,
                events_tx,
            },
        };
        let requests = loop {
            let requests = self.requests();
            match requests.send(request).await {
                Ok(()) => break requests,
                // The task ended in this moment; the next round starts another.
                Err(mpsc::error::SendError(unsent)) => request = unsent,
            }
        };
        let _cancel = CancelOnDrop { requests, id };
        let answered = async {
            let mut is_named = false;
            loop {
                // Events first, so that all that the call printed is passed on before its answer.
                tokio::select! {
                    biased;
                    Some(event) = events_rx.recv() => match event {
                        CallEvent::Chunk(chunk) => observer.chunk(chunk).await,
                        CallEvent::Blocks => {
                            is_named = true;
                            observer.notice(blocks(call, None)).await;
                        }
                        CallEvent::Held(held) => {
                            observer.held(held);
                            if !is_named {
                                observer.notice(blocks(call, Some(held))).await;
                            }
                        }
                    },
                    answer = &mut answer_rx => {
                        return answer.unwrap_or_else(|_dropped| {
                            Err(gone(call.name, "it was stopped"))
                        });
                    }
                }
            }
        };
        within(call.name, call.limit, answered).await
    }

    /// Returns the queue of the task; starts the task if necessary.
    fn requests(&self) -> mpsc::Sender<Request> {
        let mut requests = lock(&self.requests);
        if let Some(queue) = requests.as_ref().filter(|queue| !queue.is_closed()) {
            return queue.clone();
        }
        let (queue, received) = mpsc::channel(QUEUE);
        let launcher = self.launcher.clone();
        self.launcher.tasks.spawn(async move {
            let stopping = launcher.stopping.clone();
            stopping
                .run_until_cancelled(serve(launcher, received))
                .await;
        });
        requests.insert(queue).clone()
    }
}

/// Runs the task until the worker ends or no caller is left.
async fn serve(launcher: Launcher, mut requests: mpsc::Receiver<Request>) {
    let worker = match launcher.start(Mode::Loop).await {
        Ok(worker) => worker,
        Err(error) => {
            requests.close();
            while let Some(request) = requests.recv().await {
                if let Request::Call { pending, .. } = request {
                    let mut copy = ToolError::new(error.kind, error.message.clone());
                    copy.hint.clone_from(&error.hint);
                    // Who no longer waits needs no answer.
                    let _ = pending.answer.send(Err(copy));
                }
            }
            return;
        }
    };
    let mut serving = Serving {
        worker,
        pending: HashMap::new(),
        blocked: None,
    };
    let end = serving.run(&mut requests, launcher.silence).await;
    requests.close();
    while let Some(request) = requests.recv().await {
        if let Request::Call { id, pending, .. } = request {
            serving.pending.insert(id, pending);
        }
    }
    serving.fail_all(&end, launcher.silence);
}

/// The reason why the task ends.
enum End {
    Gone(String),
    Silent,
    Unneeded,
}

struct Serving {
    worker: Worker,
    pending: HashMap<u64, Pending>,
    /// The call that is currently blocking the loop, as reported by the worker.
    blocked: Option<u64>,
}

impl Serving {
    async fn run(&mut self, requests: &mut mpsc::Receiver<Request>, silence: Duration) -> End {
        let mut deadline = Instant::now() + silence;
        loop {
            let step = tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => {
                        if self.pending.is_empty() {
                            deadline = Instant::now() + silence;
                        }
                        self.pass_on(request, silence).await
                    }
                    None => Err(End::Unneeded),
                },
                said = self.worker.listen() => match said {
                    Ok(message) => {
                        if !matches!(message, WorkerMessage::Blocked { .. }) {
                            deadline = Instant::now() + silence;
                            self.blocked = None;
                        }
                        self.handle(message);
                        Ok(())
                    }
                    Err(how) => Err(End::Gone(how)),
                },
                () = tokio::time::sleep_until(deadline), if !self.pending.is_empty() => {
                    Err(End::Silent)
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn pass_on(&mut self, request: Request, silence: Duration) -> Result<(), End> {
        let line = match request {
            Request::Call { id, line, pending } => {
                self.pending.insert(id, pending);
                line
            }
            Request::Cancel { id } => {
                if self.pending.remove(&id).is_none() {
                    return Ok(());
                }
                format!("{}\n", json!({"cancel": id}))
            }
        };
        match tokio::time::timeout(silence, self.worker.send(&line)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Gone(error.to_string())),
            Err(_elapsed) => Err(End::Silent),
        }
    }

    fn handle(&mut self, message: WorkerMessage) {
        match message {
            WorkerMessage::Result { id, result } => self.answer(id, |_| Ok(Answer::Result(result))),
            WorkerMessage::OtherKind { id, is_async } => {
                self.answer(id, |_| Ok(Answer::IsAsync(is_async)));
            }
            WorkerMessage::Failed {
                id,
                error,
                kind,
                exception,
            } => {
                self.answer(id, |pending| {
                    Err(failure(&pending.name, error, kind, exception))
                });
            }
            WorkerMessage::Chunk { id, chunk } => self.notify(id, CallEvent::Chunk(chunk)),
            WorkerMessage::Blocked { blocked } => {
                if let Some(pending) = self.pending.get_mut(&blocked)
                    && !pending.is_named
                {
                    pending.is_named = true;
                    self.notify(blocked, CallEvent::Blocks);
                }
                self.blocked = Some(blocked);
            }
            WorkerMessage::Held { held: id, seconds } => {
                // A function can set back the clock that this was measured by.
                let held = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                self.notify(id, CallEvent::Held(held));
            }
            WorkerMessage::Beat { .. } | WorkerMessage::Ready { .. } => {}
        }
    }

    fn notify(&self, id: u64, event: CallEvent) {
        if let Some(pending) = self.pending.get(&id) {
            // It has room for as many as the worker lets through.
            let _ = pending.events_tx.try_send(event);
        }
    }

    fn answer(&mut self, id: u64, answer: impl FnOnce(&Pending) -> Result<Answer, ToolError>) {
        if let Some(pending) = self.pending.remove(&id) {
            let answer = answer(&pending);
            // Who no longer waits needs no answer.
            let _ = pending.answer.send(answer);
        }
    }

    fn fail_all(&mut self, end: &End, silence: Duration) {
        let culprit = self.blocked.and_then(|id| {
            self.pending
                .get(&id)
                .map(|pending| (id, pending.name.clone()))
        });
        for (id, pending) in self.pending.drain() {
            let error = match (end, &culprit) {
                (End::Silent, Some((blocked, name))) if *blocked != id => ToolError::new(
                    ToolErrorKind::Failed,
                    format!(
                        "`{}` was stopped with its Python worker, whose loop `{name}` blocked",
                        pending.name
                    ),
                ),
                (End::Silent, _) => silent(&pending.name, &pending.file, silence),
                (End::Gone(how), _) => gone(&pending.name, how),
                (End::Unneeded, _) => gone(&pending.name, "it was stopped"),
            };
            // Who no longer waits needs no answer.
            let _ = pending.answer.send(Err(error));
        }
    }
}
