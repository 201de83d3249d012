//! Follows a task to its end, by events or by polling.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;

use super::answer::{self, SeenParts};
use super::peer::Peer;
use super::stream::Events;
use super::trouble::{Trouble, state_name};
use super::turn::{RemoteAnswer, RemoteThread};
use super::unfinished::Unfinished;
use crate::a2a::{Message, PartContent, StreamEvent, Task, TaskState, TaskStatus};
use crate::tools::executor::ToolObserver;

/// A task that is being followed.
pub(super) struct Follow<'f> {
    peer: &'f Peer,
    observer: &'f dyn ToolObserver,
    /// The parts of the task from earlier turns.
    seen: SeenParts,
    context: Option<String>,
    task: Option<Task>,
    /// The state that was reported last.
    shown: Option<(TaskState, String)>,
    /// The time at which the agent counts as silent for too long.
    deadline: Instant,
    /// The number of consecutive failed polls.
    n_failed: u64,
    unfinished: Unfinished,
}

impl<'f> Follow<'f> {
    pub(super) fn new(
        peer: &'f Peer,
        thread: &RemoteThread,
        observer: &'f dyn ToolObserver,
        tasks: &TaskTracker,
    ) -> Self {
        Self {
            peer,
            observer,
            seen: SeenParts::of(thread),
            context: thread.context.clone(),
            task: None,
            shown: None,
            deadline: Instant::now() + peer.target().patience,
            n_failed: 0,
            unfinished: Unfinished::new(peer, tasks),
        }
    }

    /// Resets the recorded parts, for a new task.
    pub(super) fn forget(&mut self) {
        self.seen = SeenParts::default();
    }

    /// Records that the agent has accepted the task.
    pub(super) fn begin(&mut self, task: &str) {
        self.unfinished.begin(task);
        self.has_news();
    }

    /// Follows the task until it is finished or waits for input, and returns the result. `events`
    /// is the stream that is already open.
    ///
    /// # Errors
    /// The task failed, the agent can't be reached, or it sent nothing new for too long.
    pub(super) async fn finish(
        mut self,
        id: &str,
        mut events: Option<Events>,
    ) -> Result<RemoteAnswer, Trouble> {
        self.begin(id);
        let mut subscribes = self.peer.streams;
        // A stream that was taken up may repeat a piece or lack one; the task itself is right.
        let mut is_patchy = false;
        let mut has_hurried = false;
        let mut wait = if self.task.is_some() {
            self.peer.target().poll_interval
        } else {
            Duration::ZERO
        };
        while is_patchy || !self.is_over() {
            if self.is_over() && events.take().is_some() {
                wait = Duration::ZERO;
            }
            if let Some(stream) = &mut events {
                let Ok(came) = timeout_at(self.deadline, stream.next()).await else {
                    return Err(self.silent(id));
                };
                match came {
                    Ok(Some(event)) => {
                        self.n_failed = 0;
                        self.take(event).await?;
                        continue;
                    }
                    // Once at once; a server that ends each stream is not to be rushed.
                    Ok(None) if !has_hurried => (wait, has_hurried) = (Duration::ZERO, true),
                    Ok(None) => {}
                    // What the agent itself fell over.
                    Err(trouble @ Trouble::Refused(_)) => return Err(trouble),
                    Err(trouble) => self.failed(trouble)?,
                }
                events = None;
                continue;
            }
            if timeout_at(self.deadline, sleep(wait)).await.is_err() {
                return Err(self.silent(id));
            }
            wait = self.peer.target().poll_interval;
            match timeout_at(self.deadline, self.peer.task(id, self.observer)).await {
                Err(_elapsed) => return Err(self.silent(id)),
                Ok(Ok(task)) => {
                    self.n_failed = 0;
                    is_patchy = false;
                    self.replace(task).await;
                }
                Ok(Err(trouble)) => {
                    self.failed(trouble)?;
                    continue;
                }
            }
            if subscribes && !self.is_over() {
                let Ok(taken_up) = timeout_at(self.deadline, self.taken_up(id)).await else {
                    return Err(self.silent(id));
                };
                match taken_up {
                    Ok((first, stream)) => {
                        is_patchy = true;
                        self.take(first).await?;
                        events = Some(stream);
                    }
                    Err(trouble) if trouble.is_passing() => self.failed(trouble)?,
                    // It is looked at instead.
                    Err(_refused) => subscribes = false,
                }
            }
        }
        self.unfinished.end();
        let Some(task) = self.task else {
            return Err(Trouble::Strange("there is no task".to_owned()));
        };
        answer::answer_of_task(&task, &self.seen, self.context, self.peer.target())
    }

    /// Subscribes to the task's further events. Some agents reject this only with the first event.
    async fn taken_up(&self, id: &str) -> Result<(StreamEvent, Events), Trouble> {
        let mut stream = self.peer.subscribe(id, self.observer).await?;
        match stream.next().await? {
            Some(first) => Ok((first, stream)),
            None => Err(Trouble::Strange("its stream has no events".to_owned())),
        }
    }

    /// Processes an event of the task.
    ///
    /// # Errors
    /// The event belongs to another task, or is a message without a task.
    pub(super) async fn take(&mut self, event: StreamEvent) -> Result<(), Trouble> {
        let known = self.task.as_ref().map(|task| task.id.clone());
        if let (Some(known), Some(id)) = (&known, event.task_id())
            && known != id
        {
            let why = format!("an event of the task `{known}` is about `{id}`");
            return Err(Trouble::Strange(why));
        }
        let context = event.context_id().map(str::to_owned);
        let mut task = match (self.task.take(), &event) {
            (Some(task), _) => task,
            (None, event) => {
                let id = event.task_id().unwrap_or_default().to_owned();
                let mut task = Task::new(id, String::new(), TaskStatus::default());
                task.context_id = None;
                task
            }
        };
        task.context_id = task.context_id.or(context);
        match event {
            StreamEvent::Task(whole) => {
                self.task = Some(task);
                self.replace(whole).await;
                return Ok(());
            }
            StreamEvent::Message(message) => task.history.push(message),
            StreamEvent::Status(update) => task.apply_status(update),
            StreamEvent::Artifact(update) => {
                let text = answer::text_of_parts(&update.artifact.parts);
                task.apply_artifact(update);
                self.show(text).await;
            }
        }
        self.has_news();
        self.show_status(&task).await;
        self.task = Some(task);
        Ok(())
    }

    /// Replaces the known state of the task by its current state.
    async fn replace(&mut self, mut task: Task) {
        if self.task.as_ref() != Some(&task) {
            self.has_news();
        }
        let context = self.task.take().and_then(|task| task.context_id);
        task.context_id = task.context_id.or(context);
        self.show_status(&task).await;
        self.task = Some(task);
    }

    /// Returns whether the agent has finished its work for this turn.
    fn is_over(&self) -> bool {
        let Some(task) = &self.task else {
            return false;
        };
        let state = task.status.state;
        // What a server still reports of the turn before is no answer to this one.
        state.is_terminal() || (state.is_interrupted() && self.seen.has_news(task))
    }

    fn has_news(&mut self) {
        self.deadline = Instant::now() + self.peer.target().patience;
    }

    /// Counts a failure that may be temporary.
    fn failed(&mut self, trouble: Trouble) -> Result<(), Trouble> {
        self.n_failed += 1;
        if trouble.is_passing() && self.n_failed <= self.peer.target().max_retries {
            return Ok(());
        }
        Err(trouble)
    }

    fn silent(&self, id: &str) -> Trouble {
        Trouble::Silent {
            patience: self.peer.target().patience,
            task: Some(id.to_owned()),
        }
    }

    /// Reports the state of the task and the agent's status message, if they are new.
    async fn show_status(&mut self, task: &Task) {
        let state = task.status.state;
        let status_text = task.status.message.as_ref().map(words).unwrap_or_default();
        let now = (state, status_text);
        if self.shown.as_ref() == Some(&now) {
            return;
        }
        let line = match now.1.as_str() {
            "" => state_name(state).to_owned(),
            status_text => format!("{}: {status_text}", state_name(state)),
        };
        self.shown = Some(now);
        self.show(line).await;
    }

    async fn show(&self, line: String) {
        if !line.is_empty() {
            let line = self.peer.target().redactor.clean(&line);
            self.observer.chunk(Value::String(line)).await;
        }
    }
}

/// Returns the text of a message.
fn words(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match &part.content {
        PartContent::Text(text) => Some(text.as_str()),
        PartContent::Bytes(_) | PartContent::Url(_) | PartContent::Data(_) => None,
    });
    texts.collect()
}
