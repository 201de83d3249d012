//! The loop that writes, shows and asks everything that happens while the runs are active.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::ask::Asker;
use super::begin::Begin;
use super::interrupt::Interrupts;
use super::progress::Progress;
use super::report::Report;
use super::steering::BatchNotes;
use crate::base::ids::BatchId;
use crate::base::plural::counted;
use crate::cli::context::Context;
use crate::cli::outcome::Stop;
use crate::cli::output::Output;
use crate::otlp::LiveTraces;
use crate::runs::{
    ClosingHistory, END_NOT_TAKEN, RunRecord, Runs, RunsCommand, RunsHandle, Summary, Target,
    Update,
};

/// The time that the collector of traces has for the last spans.
const TRACES_WITHIN: Duration = Duration::from_secs(5);

/// Reads the events of the runs.
#[derive(Debug)]
pub(super) struct Watch {
    handle: RunsHandle,
    report: Report,
    progress: Option<Progress>,
    asker: Option<Asker>,
    summary: Option<Summary>,
    told: BatchNotes,
    /// Whether a person who asked for quiet output was warned about what prevents the runs from
    /// continuing.
    has_warned: bool,
    /// Problems with the collector of traces, if there is one.
    trouble: Option<mpsc::Receiver<String>>,
    output: Output,
}

impl Watch {
    pub(super) fn new(
        handle: RunsHandle,
        report: Report,
        begin: &Begin,
        (shows_progress, trouble): (bool, Option<mpsc::Receiver<String>>),
        output: Output,
    ) -> Self {
        let plan = begin.plan();
        Self {
            handle,
            report,
            progress: shows_progress.then(|| Progress::new(plan.runs.len())),
            asker: plan.is_attended.then(|| Asker::new(output)),
            summary: None,
            told: BatchNotes::new(plan),
            has_warned: false,
            trouble,
            output,
        }
    }

    /// Reads until every run has ended. Returns the records in the order of their inputs, and the
    /// history, which is closed meanwhile. Runs whose results can't be written any more are
    /// cancelled.
    pub(super) async fn until_over(
        &mut self,
        mut journal: mpsc::Receiver<Update>,
        owner: Runs,
        interrupts: &mut Interrupts,
    ) -> (Vec<Arc<RunRecord>>, Option<ClosingHistory>) {
        let (mut owner, mut shutdown) = (Some(owner), None);
        let (mut snapshot, mut has_journal, mut is_cancelled) = (None, true, false);
        while has_journal || snapshot.is_none() {
            tokio::select! {
                biased;
                () = interrupts.first(), if !is_cancelled => {
                    is_cancelled = true;
                    self.cancel().await;
                    if self.told.is_hindered() {
                        self.note("the queue was asked to end the runs; flowdeck waits ten seconds for that, or until `ctrl-c` again");
                    }
                }
                update = journal.recv(), if has_journal => match update {
                    Some(update) => self.take(update),
                    None => has_journal = false,
                },
                ended = pending_or(&mut shutdown), if snapshot.is_none() => snapshot = Some(ended),
                Some(words) = news(&mut self.trouble) => self.warn(&words),
                answer = Asker::next(self.asker.as_mut()) => match answer {
                    Some(answer) => self.send_command(answer).await,
                    // Nobody is there any more.
                    None => self.cancel().await,
                },
            }
            if self.report.is_broken() && !is_cancelled {
                is_cancelled = true;
                self.cancel().await;
            }
            if self.summary.is_some()
                && let Some(owner) = owner.take()
            {
                shutdown = Some(owner.end().boxed());
            }
        }
        if let Some(progress) = &self.progress {
            progress.clear();
        }
        snapshot
            .map(|(snapshot, history)| (snapshot.records(), Some(history)))
            .unwrap_or_default()
    }

    /// Waits until the collector has taken the last spans, up to a time limit, and reports a
    /// problem in one line.
    pub(super) async fn end_traces(&mut self, traces: LiveTraces) {
        let lost = traces.finish(TRACES_WITHIN).await;
        let trouble = self.trouble.as_mut();
        let told = trouble.and_then(|trouble| trouble.try_recv().ok());
        let words: Vec<String> = told.into_iter().chain(lost).collect();
        if !words.is_empty() {
            self.output.warning(&words.join("; "));
        }
    }

    /// Writes the results that are written at the end.
    ///
    /// # Errors
    /// The results can't be written.
    pub(super) async fn finish(
        self,
        ended: (&BatchId, &[Arc<RunRecord>]),
        interrupts: &Interrupts,
        context: &Context,
    ) -> Result<(), Stop> {
        let summary = self.summary.unwrap_or_default();
        if let Some(words) = still_at_workers(ended.1) {
            self.output.warning(&words);
        }
        let report = self.report;
        report.finish(ended, &summary, interrupts, context).await
    }

    async fn cancel(&self) {
        self.send_command(RunsCommand::Cancel(Target::All)).await;
    }

    /// Sends a command. If the hub is gone, all runs have ended.
    async fn send_command(&self, command: RunsCommand) {
        let _over = self.handle.send(command).await;
    }

    /// Writes a line for people, above the progress bar if there is one.
    fn note(&self, line: &str) {
        match &self.progress {
            Some(progress) => progress.above(|| self.output.note(line)),
            None => self.output.note(line),
        }
    }

    /// Writes a warning, above the progress bar if there is one.
    fn warn(&self, line: &str) {
        match &self.progress {
            Some(progress) => progress.above(|| self.output.warning(line)),
            None => self.output.warning(line),
        }
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Events(events) => {
                for event in events.iter() {
                    if let Some(line) = self.told.event(event) {
                        self.note(&line);
                    }
                    if let Some(progress) = &mut self.progress {
                        progress.take(event);
                    }
                    if let Some(asker) = &mut self.asker {
                        asker.take(event);
                    }
                }
                self.report.take(&events);
            }
            Update::BatchEnded(batch) => {
                self.summary = Some(batch.summary.clone().unwrap_or_default());
            }
            Update::BatchChanged(batch) => {
                if self.output.is_quiet
                    && !self.has_warned
                    && let Some(words) = &batch.notice
                {
                    self.has_warned = true;
                    self.output.warning(words);
                }
                for line in self.told.batch(&batch) {
                    self.note(&line);
                }
            }
            Update::HistoryOff(trouble) => {
                let words = format!("runs are not recorded from here on: {}", trouble.in_words());
                self.output.warning(&words);
            }
            Update::BatchStarted(_)
            | Update::LetGo(_)
            | Update::Forgotten { .. }
            | Update::Snapshot { .. } => {}
        }
    }
}

/// Returns what workers may still do after the runs were cancelled here; `None` if all of them have
/// confirmed it.
fn still_at_workers(records: &[Arc<RunRecord>]) -> Option<String> {
    let errors = records.iter().filter_map(|record| record.error.as_ref());
    let n_untold = errors.filter(|error| error.hint.as_deref() == Some(END_NOT_TAKEN));
    let n_untold = n_untold.count();
    (n_untold > 0).then(|| {
        format!(
            "the queue could not be asked to end {}: once it is back, workers may still continue them, and call models and tools",
            counted(n_untold, "run")
        )
    })
}

/// Receives the next message; never completes without a sender.
async fn news(told: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match told {
        Some(told) => told.recv().await,
        None => None,
    }
}

/// Waits for a future; never completes if there is none.
async fn pending_or<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
