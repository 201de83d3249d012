//! The writer: one task in front of the file. All that waits becomes one transaction.
//!
//! ```text
//! feed ── Record ──► writer ── one transaction ──► file ──► those who wait for it
//! ```
//!
//! Entries of a run are written in their order, so an entry that is on disk means that all before it are. Where nobody
//! waits, what comes within a moment is gathered. Trouble with the file is reported once; history is off from then on, and
//! the runs continue.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::lease::RENEWED;
use super::live::Request;
use super::session::Session;
use super::waiting::Waiting;
use super::{HistoryError, Trouble};
use crate::base::ids::RunId;
use crate::runs::{RunSummary, RunsCommand, Target, Update};

/// How long events are collected for which nobody waits.
const GATHERED: Duration = Duration::from_millis(25);

/// The time without records after which other work is done, until the next record.
const IDLE: Duration = Duration::from_millis(300);

/// The maximum delay of other work; after it, some is done between records.
const PUT_OFF: Duration = Duration::from_secs(1);

/// The maximum number of records that are collected.
const MAX_GATHERED: usize = 64;

/// The maximum number of records that wait for the writer; beyond it, the feed waits, and with it
/// the runs.
pub(in crate::runs) const MAX_RECORDS: usize = 8;

/// The updates that the feed folded at once.
#[derive(Debug)]
pub(in crate::runs) struct Record {
    /// The updates in order.
    pub(in crate::runs) updates: Vec<Update>,
    /// The summaries of runs whose state changed.
    pub(in crate::runs) changed: Vec<RunSummary>,
    /// Notified when everything is on disk, or the history is turned off.
    pub(in crate::runs) done: Option<oneshot::Sender<()>>,
}

/// The task that writes.
#[derive(Debug)]
pub(in crate::runs) struct Writer {
    pub(super) session: Session,
    pub(super) records_rx: mpsc::Receiver<Record>,
    pub(super) requests_rx: mpsc::Receiver<Request>,
    pub(super) waiting: Waiting,
    pub(super) trouble: watch::Sender<Trouble>,
    /// For ending runs that another process has taken over.
    pub(super) commands_tx: mpsc::WeakSender<RunsCommand>,
}

impl Writer {
    /// Writes until the feed is gone.
    pub(in crate::runs) async fn work(self) {
        let Self {
            session,
            mut records_rx,
            mut requests_rx,
            waiting,
            trouble,
            commands_tx,
        } = self;
        let mut session = Some(session);
        // One at a time. Waiting for the disk is left to it, so that no run has to.
        let mut checkpoint = JoinSet::new();
        let (mut recorded_at, mut tidied_at) = (Instant::now(), Instant::now());
        loop {
            let has_chores = session.as_ref().is_some_and(Session::has_chores);
            let idle_at = if has_chores {
                recorded_at + IDLE
            } else {
                Instant::now() + RENEWED
            };
            let next = gathered(&mut records_rx, &mut requests_rx, &waiting, idle_at).await;
            let now = Instant::now();
            let is_time = now >= idle_at || now >= tidied_at + PUT_OFF;
            let records = match next {
                Some(Work::Write(records)) => {
                    if !records.is_empty() {
                        recorded_at = now;
                    }
                    records
                }
                Some(Work::Answer(request)) => {
                    // Where history is off the request is dropped, and who asked learns of it.
                    if let Some(open) = session.take() {
                        session = answered(request, open).await;
                        if session.is_none() {
                            waiting.give_up();
                        }
                    }
                    continue;
                }
                None => break,
            };
            let Some(open) = session.take() else {
                notify(records.into_iter().filter_map(|record| record.done));
                continue;
            };
            let (mut done, written) = write(open, records).await;
            let worked = match written {
                Ok((mut open, lost)) => {
                    waiting.written(&open.take_requests(), &lost);
                    end(lost, &commands_tx);
                    while checkpoint.try_join_next().is_some() {}
                    if checkpoint.is_empty()
                        && let Some(file) = open.checkpoint_due()
                    {
                        checkpoint.spawn_blocking(move || {
                            if let Err(error) = file.checkpoint() {
                                tracing::warn!(%error, "the log of the history stays long");
                            }
                        });
                    }
                    // Nobody waits for what else is to be done.
                    notify(std::mem::take(&mut done));
                    if has_chores && is_time {
                        tidied_at = now;
                        do_chores(open).await
                    } else {
                        Ok(open)
                    }
                }
                Err(error) => Err(error),
            };
            match worked {
                Ok(open) => session = Some(open),
                Err(error) => {
                    waiting.give_up();
                    trouble.send_replace(Some(Arc::new(error)));
                    notify(done);
                }
            }
        }
        waiting.give_up();
        while checkpoint.join_next().await.is_some() {}
        if let Some(session) = session {
            let _joined = tokio::task::spawn_blocking(move || session.close()).await;
        }
    }
}

/// The next work of the writer.
#[derive(Debug)]
pub(super) enum Work {
    Write(Vec<Record>),
    Answer(Request),
}

/// Answers a request; returns `None` if the session broke.
async fn answered(request: Request, mut session: Session) -> Option<Session> {
    let answered = tokio::task::spawn_blocking(move || {
        request.answer(&mut session);
        session
    });
    answered.await.ok()
}

/// Waits for the next request or records, the latter immediately if somebody waits for them, else
/// after a short time. `None` once the feed is gone. Returns without work at `idle_at`, so that the
/// lease can be renewed and other work done.
pub(super) async fn gathered(
    records_rx: &mut mpsc::Receiver<Record>,
    requests_rx: &mut mpsc::Receiver<Request>,
    waiting: &Waiting,
    idle_at: Instant,
) -> Option<Work> {
    // Records first: a request is answered from what was sent before it.
    let first = tokio::select! {
        biased;
        record = records_rx.recv() => record?,
        Some(request) = requests_rx.recv() => return Some(Work::Answer(request)),
        () = sleep_until(idle_at) => return Some(Work::Write(Vec::new())),
    };
    let end = Instant::now() + GATHERED;
    let mut records = vec![first];
    while records.len() < MAX_GATHERED {
        // What is there already goes along in any case.
        if let Some(Some(record)) = records_rx.recv().now_or_never() {
            records.push(record);
            continue;
        }
        if waiting.is_any() || records.iter().any(|record| record.done.is_some()) {
            break;
        }
        tokio::select! {
            biased;
            record = records_rx.recv() => match record {
                Some(record) => records.push(record),
                None => break,
            },
            () = waiting.begun() => {}
            () = sleep_until(end) => break,
        }
    }
    Some(Work::Write(records))
}

type Written = Result<(Session, Vec<RunId>), HistoryError>;

/// Writes records; returns the waiting callers and the runs that were found to be lost.
async fn write(session: Session, records: Vec<Record>) -> (Vec<oneshot::Sender<()>>, Written) {
    let mut done = Vec::new();
    let mut folded = Vec::with_capacity(records.len());
    for record in records {
        done.extend(record.done);
        folded.push((record.updates, record.changed));
    }
    let written = off_thread(session, move |session| session.write(&folded)).await;
    (done, written)
}

async fn do_chores(session: Session) -> Result<Session, HistoryError> {
    let done = off_thread(session, Session::do_chores).await;
    done.map(|(session, ())| session)
}

/// Works on the file on a thread that may block.
async fn off_thread<T: Send + 'static>(
    mut session: Session,
    work: impl FnOnce(&mut Session) -> Result<T, HistoryError> + Send + 'static,
) -> Result<(Session, T), HistoryError> {
    let path = session.path().to_owned();
    let worked = tokio::task::spawn_blocking(move || {
        let outcome = work(&mut session)?;
        Ok((session, outcome))
    });
    worked.await.unwrap_or_else(|panicked| {
        Err(HistoryError::Io {
            path,
            source: std::io::Error::other(panicked),
        })
    })
}

/// Notifies callers that their data is on disk, or that the history is turned off.
fn notify(done: impl IntoIterator<Item = oneshot::Sender<()>>) {
    for done in done {
        // Who is gone waits no longer.
        let _gone = done.send(());
    }
}

/// Ends the runs that another process has taken over.
fn end(lost: Vec<RunId>, commands_tx: &mpsc::WeakSender<RunsCommand>) {
    if lost.is_empty() {
        return;
    }
    if let Some(commands_tx) = commands_tx.upgrade()
        && let Err(error) = commands_tx.try_send(RunsCommand::GiveUp(Target::Runs(lost)))
    {
        // None of them does anything further that has to be written first.
        tracing::warn!(%error, "runs that another process took are not ended");
    }
}
