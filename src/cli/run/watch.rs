//! What happens while the runs go on: everything that is told is written, shown and asked about.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::ask::Asker;
use super::begin::Begin;
use super::interrupt::Interrupts;
use super::progress::Progress;
use super::report::Report;
use super::steering::Told;
use crate::base::ids::BatchId;
use crate::cli::context::Context;
use crate::cli::outcome::Stop;
use crate::cli::output::Output;
use crate::runs::{RunRecord, Runs, RunsCommand, RunsHandle, Summary, Target, Update};

/// Reads the journal of the runs.
#[derive(Debug)]
pub(super) struct Watch {
    handle: RunsHandle,
    report: Report,
    progress: Option<Progress>,
    asker: Option<Asker>,
    summary: Option<Summary>,
    told: Told,
    output: Output,
}

impl Watch {
    pub(super) fn new(
        handle: RunsHandle,
        report: Report,
        begin: &Begin,
        shows_progress: bool,
        output: Output,
    ) -> Self {
        let plan = begin.plan();
        Self {
            handle,
            report,
            progress: shows_progress.then(|| Progress::new(plan.runs.len())),
            asker: plan.is_attended.then(|| Asker::new(output)),
            summary: None,
            told: Told::new(plan),
            output,
        }
    }

    /// Reads until every run is over, and gives their records in the order of their inputs. Runs whose results can't be
    /// written any more are cancelled.
    pub(super) async fn until_over(
        &mut self,
        mut journal: mpsc::Receiver<Update>,
        owner: Runs,
        interrupts: &mut Interrupts,
    ) -> Vec<Arc<RunRecord>> {
        let (mut owner, mut shutdown) = (Some(owner), None);
        let (mut snapshot, mut has_journal, mut is_cancelled) = (None, true, false);
        while has_journal || snapshot.is_none() {
            tokio::select! {
                biased;
                () = interrupts.first(), if !is_cancelled => {
                    is_cancelled = true;
                    self.cancel().await;
                }
                update = journal.recv(), if has_journal => match update {
                    Some(update) => self.take(update),
                    None => has_journal = false,
                },
                ended = pending_or(&mut shutdown), if snapshot.is_none() => snapshot = Some(ended),
                answer = Asker::next(self.asker.as_mut()) => match answer {
                    Some(answer) => self.tell(answer).await,
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
                shutdown = Some(owner.shutdown().boxed());
            }
        }
        if let Some(progress) = &self.progress {
            progress.clear();
        }
        snapshot
            .map(|snapshot| snapshot.records())
            .unwrap_or_default()
    }

    /// Writes what is written at the end.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) async fn finish(
        self,
        ended: (&BatchId, &[Arc<RunRecord>]),
        interrupts: &Interrupts,
        context: &Context,
    ) -> Result<(), Stop> {
        let summary = self.summary.unwrap_or_default();
        let report = self.report;
        report.finish(ended, &summary, interrupts, context).await
    }

    async fn cancel(&self) {
        self.tell(RunsCommand::Cancel(Target::All)).await;
    }

    /// Gives a command. If the hub is gone, all runs are over.
    async fn tell(&self, command: RunsCommand) {
        let _over = self.handle.send(command).await;
    }

    /// Writes a line for people; above the bar, where there is one.
    fn note(&self, line: &str) {
        match &self.progress {
            Some(progress) => progress.above(|| self.output.note(line)),
            None => self.output.note(line),
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
                for line in self.told.batch(&batch) {
                    self.note(&line);
                }
            }
            Update::HistoryOff(trouble) => {
                let words = format!("nothing is kept from here on: {}", trouble.in_words());
                self.output.warning(&words);
            }
            Update::BatchStarted(_)
            | Update::LetGo(_)
            | Update::Forgotten { .. }
            | Update::Snapshot { .. } => {}
        }
    }
}

/// The future's value; never, where there is no future yet.
async fn pending_or<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
