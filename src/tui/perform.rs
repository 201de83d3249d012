//! Performs the effects that updates return. Only this part of the screen spawns tasks, and it owns
//! all of them.

mod exports;
mod files;
mod fork;
mod history;
mod latest;
mod settings;
mod traces;
mod writes;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{self, JoinError, JoinSet};

pub(super) use self::files::done;
#[cfg(test)]
pub(super) use self::history::read as read_history;
use self::latest::{Latest, LatestJobs};
use self::traces::TracesRead;
use self::writes::Writes;
use crate::runs::{HistoryFile, QueueName, RunsCommand, RunsHandle};
use crate::spec::Component;
use crate::tui::check::AskedProfile;
use crate::tui::effect::{DrawSubject, Effect, FileCommand, TerminalCommand};
use crate::tui::event::JobResult;
use crate::tui::history::{HistoryCommand, HistoryQuery};
use crate::tui::widgets::graph::Drawings;
use crate::workspace::{Changes, Depth, Watcher};

/// The maximum number of disk changes that wait for the screen. If there are more, the watcher
/// waits and merges them by path.
const MAX_WAITING_CHANGES: usize = 64;

/// The maximum number of commands that wait for room in the hub's queue; each comes from one action
/// of a person. Further commands are refused with a notice.
const MAX_OUTBOX: usize = 1024;

/// Owns the tasks of the screen.
#[derive(Debug)]
pub(super) struct Performer {
    runs: RunsHandle,
    history: HistoryFile,
    /// The queue through which runs are sent to workers; `None` if runs execute in this process.
    queue: Option<QueueName>,
    /// Commands for which the hub had no room, in order.
    outbox: VecDeque<RunsCommand>,
    /// The requested profile; `None` selects each file's default.
    profile: Option<Arc<str>>,
    /// Whether graphs are drawn in ASCII.
    is_ascii: bool,
    jobs: JoinSet<Option<JobResult>>,
    latest: LatestJobs,
    writes: Writes,
    traces: TracesRead,
    /// Tasks that run as long as the screen.
    lasting: JoinSet<()>,
    /// The watcher of the folder, once it is started.
    watcher: Arc<OnceLock<Watcher>>,
}

impl Performer {
    pub(super) fn new(
        runs: RunsHandle,
        (history, queue): (HistoryFile, Option<QueueName>),
        profile: Option<Arc<str>>,
        is_ascii: bool,
    ) -> Self {
        Self {
            runs,
            history,
            queue,
            outbox: VecDeque::new(),
            profile,
            is_ascii,
            jobs: JoinSet::new(),
            latest: LatestJobs::default(),
            writes: Writes::default(),
            traces: TracesRead::default(),
            lasting: JoinSet::new(),
            watcher: Arc::default(),
        }
    }

    /// Stops the clocks of all runs before the program is suspended, or continues them afterwards.
    pub(super) async fn stand_still(&self, is_stopped: bool) {
        self.runs.stand_still(is_stopped).await;
    }

    /// Starts watching a folder. The receiver gets its changes, and closes if the folder can't be
    /// watched.
    pub(super) fn watch(&mut self, root: &Path) -> mpsc::Receiver<Changes> {
        let (changes_tx, changes_rx) = mpsc::channel(MAX_WAITING_CHANGES);
        let root = root.to_owned();
        let slot = Arc::clone(&self.watcher);
        self.lasting.spawn(async move {
            let begun =
                tokio::task::spawn_blocking(move || Watcher::new(&root, Depth::Specs)).await;
            let watcher = match begun {
                Ok(Ok(watcher)) => slot.get_or_init(|| watcher),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the folder can't be watched");
                    return;
                }
                Err(_ended) => return,
            };
            // What changed since the folder was read, and before it was watched, is not known one by one.
            let mut changes = Changes::Many;
            while changes_tx.send(changes).await.is_ok() {
                if let Some(error) = watcher.refusal() {
                    tracing::warn!(%error, "not all folders can be watched");
                }
                changes = watcher.changed().await;
            }
        });
        changes_rx
    }

    /// Starts watching the user's settings: `config.toml` and the themes beside it. The receiver is
    /// notified whenever one of them may have changed, and closes if they can't be watched.
    pub(super) fn watch_settings(&mut self, file: Option<&Path>) -> mpsc::Receiver<()> {
        let (changed_tx, changed_rx) = mpsc::channel(1);
        if let Some(folder) = file.and_then(Path::parent).map(Path::to_owned) {
            self.lasting.spawn(settings::watch(folder, changed_tx));
        }
        changed_rx
    }

    /// Starts an effect. A command that only the owner of the terminal can perform is returned.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<TerminalCommand> {
        match effect {
            Effect::Terminal(command) => return Some(command),
            Effect::Runs(command) => self.send(command),
            Effect::File(command) => self.file(command),
            Effect::History(command) => self.history(command),
            Effect::Fork(wish) => {
                let (file, profile) = (self.history.clone(), self.profile.clone());
                let work = move || Some(fork::forked(*wish, &file, profile.as_deref()));
                self.jobs.spawn_blocking(work);
            }
            Effect::CallAgain(wish) => {
                let (file, profile) = (self.history.clone(), self.profile.clone());
                let work = move || Some(fork::called_again(*wish, &file, profile.as_deref()));
                self.jobs.spawn_blocking(work);
            }
            Effect::Plan(wish) => {
                let delay = wish.delay;
                let watcher = Arc::clone(&self.watcher);
                let work = move || {
                    watch_shown(&watcher, wish.answers.as_deref());
                    wish.plan()
                };
                self.latest.begin(&mut self.jobs, Latest::Plan, delay, work);
            }
            Effect::Draw {
                subject,
                component,
                has_marks,
            } => {
                let is_ascii = self.is_ascii;
                self.jobs
                    .spawn_blocking(move || Some(drawn(subject, &component, has_marks, is_ascii)));
            }
        }
        None
    }

    /// Sends a command if there is room; otherwise the command and all later ones wait in order.
    fn send(&mut self, command: RunsCommand) {
        let command = if self.outbox.is_empty() {
            match self.runs.try_send(command) {
                Ok(()) => return,
                Err(refused) => *refused.0,
            }
        } else {
            command
        };
        if self.outbox.len() < MAX_OUTBOX {
            self.outbox.push_back(command);
        } else {
            let words = "the runs are too busy to do this; try again in a moment";
            let refused = Some(JobResult::Failed(words.to_owned()));
            self.jobs.spawn(std::future::ready(refused));
        }
    }

    fn file(&mut self, command: FileCommand) {
        if let Some(path) = command.written_file().map(Path::to_owned) {
            if let Some(command) = self.writes.enqueue(path.clone(), command) {
                self.write(path, command);
            }
            return;
        }
        let profile = self.profile.clone();
        let (of, delay) = match &command {
            FileCommand::Check { path, delay, .. } => (Some(Latest::Check(path.clone())), *delay),
            FileCommand::ReadRows { delay, .. } => (Some(Latest::Rows), *delay),
            FileCommand::OpenTrace { .. } => {
                let traces = self.traces.clone();
                self.jobs.spawn_blocking(move || traces.open(command));
                return;
            }
            _ => (None, Duration::ZERO),
        };
        let watcher = Arc::clone(&self.watcher);
        let is_at_workers = self.queue.is_some();
        let work = move || {
            watch_shown(&watcher, command.shown_file());
            let name = profile.as_deref();
            done(
                command,
                AskedProfile {
                    name,
                    is_at_workers,
                },
            )
        };
        let Some(of) = of else {
            self.jobs.spawn_blocking(move || Some(work()));
            return;
        };
        self.latest.begin(&mut self.jobs, of, delay, work);
    }

    fn history(&mut self, command: HistoryCommand) {
        let (file, profile) = (self.history.clone(), self.profile.clone());
        match command {
            HistoryCommand::CarryOn { batches, only } => {
                let runs = self.runs.clone();
                let kept = (file, self.queue.clone());
                let work = history::carry_on(runs, kept, profile, (batches, only));
                self.jobs.spawn(async move { Some(work.await) });
            }
            HistoryCommand::Delete { runs, batches } => {
                let work = history::delete(self.runs.clone(), runs, batches);
                self.jobs.spawn(async move { Some(work.await) });
            }
            HistoryCommand::Read(query) => {
                let delay = query.delay();
                let of = match query {
                    HistoryQuery::CompareRuns { .. } => Latest::Compare,
                    _ => Latest::History,
                };
                let work = move || history::read(query, &file, profile.as_deref());
                match delay {
                    Some(delay) => {
                        self.latest.begin(&mut self.jobs, of, delay, work);
                    }
                    None => {
                        self.jobs.spawn_blocking(move || Some(work()));
                    }
                }
            }
        }
    }

    /// Starts writing a file.
    fn write(&mut self, path: PathBuf, command: FileCommand) {
        let profile = self.profile.clone();
        let is_at_workers = self.queue.is_some();
        let job = self.jobs.spawn_blocking(move || {
            let name = profile.as_deref();
            Some(done(
                command,
                AskedProfile {
                    name,
                    is_at_workers,
                },
            ))
        });
        self.writes.begun(job.id(), path);
    }

    /// Returns the next finished job; waits forever while there is none. Meanwhile sends waiting
    /// commands to the hub as room becomes free.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn next(&mut self) -> JobResult {
        loop {
            tokio::select! {
                room = self.runs.room(), if !self.outbox.is_empty() => {
                    let Some(room) = room else {
                        self.outbox.clear();
                        return JobResult::Failed("the runs have ended".to_owned());
                    };
                    if let Some(command) = self.outbox.pop_front() {
                        room.send(command);
                    }
                }
                Some(ended) = self.jobs.join_next_with_id() => {
                    if let Some(result) = self.ended(ended) {
                        return result;
                    }
                }
                reading = self.traces.changed() => return JobResult::TracesRead(reading),
            }
        }
    }

    /// Returns the next job that is already finished, if any.
    pub(super) fn try_next(&mut self) -> Option<JobResult> {
        while let Some(ended) = self.jobs.try_join_next_with_id() {
            if let Some(result) = self.ended(ended) {
                return Some(result);
            }
        }
        None
    }

    /// Returns the screen's message about a finished job, and starts the next write of the same
    /// file, whatever the result was.
    fn ended(
        &mut self,
        ended: Result<(task::Id, Option<JobResult>), JoinError>,
    ) -> Option<JobResult> {
        let (job, result) = match ended {
            Ok((job, result)) => (job, result),
            Err(error) => {
                let words = "a job of the screen failed; see the log";
                let broke = error.is_panic();
                let told = broke.then(|| JobResult::Failed(words.to_owned()));
                (error.id(), told)
            }
        };
        if let Some((path, command)) = self.writes.ended(job, result.as_ref()) {
            self.write(path, command);
        }
        result
    }

    /// Waits for started jobs that must not be aborted, such as a save, and for the writes behind
    /// them.
    pub(super) async fn finish(mut self) {
        self.latest.abort();
        while let Some(ended) = self.jobs.join_next_with_id().await {
            let _nobody_looks = self.ended(ended);
        }
    }
}

/// Watches a file that is about to be read, so that no change is missed. The file may be outside of
/// the folder of specs.
fn watch_shown(watcher: &OnceLock<Watcher>, path: Option<&Path>) {
    if let (Some(watcher), Some(path)) = (watcher.get(), path) {
        watcher.watch_file(path);
    }
}

/// Draws a graph, on this thread.
pub(super) fn drawn(
    subject: DrawSubject,
    component: &Arc<Component>,
    has_marks: bool,
    is_ascii: bool,
) -> JobResult {
    JobResult::Drawn {
        subject,
        drawings: Drawings::of(component, is_ascii, has_marks).map(Arc::new),
    }
}

#[cfg(test)]
mod tests;
