//! The record of runs, where something else than the history writes it.
//!
//! What holds for the history holds here: entries of a run are given in their order, the end of a run and the request of an
//! effect are waited for, and a run that was lost to another process does nothing further.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::Records;
use super::live::Request;
use super::waiting::Waiting;
use super::writer::{MAX_RECORDS, Record, Work, gathered};
use crate::base::ids::{RequestId, RunId};
use crate::runs::{RunSummary, Update};
use crate::runtime::Keeper;

/// How long nothing may come before that is looked at again.
const IDLE: Duration = Duration::from_hours(1);

/// The end of the runs: what the feed gives its records to, and what effects wait for.
#[derive(Debug)]
pub struct Recorded {
    pub(in crate::runs) records: Records,
    pub(in crate::runs) keeper: Arc<dyn Keeper>,
}

/// The writer's end of the record.
#[derive(Debug)]
pub struct Recorder {
    records_rx: mpsc::Receiver<Record>,
    requests_rx: mpsc::Receiver<Request>,
    waiting: Waiting,
    /// The senders that report that the newest records are written.
    done: Vec<oneshot::Sender<()>>,
    _trouble_tx: watch::Sender<super::Trouble>,
}

/// The updates that are to be written.
#[derive(Debug)]
pub struct ToRecord {
    /// The updates in their order.
    pub updates: Vec<Update>,
    /// Where the runs are whose state changed by it.
    pub changed: Vec<RunSummary>,
}

impl Recorder {
    /// Makes both ends of a record.
    pub fn new() -> (Recorded, Self) {
        let (records_tx, records_rx) = mpsc::channel(MAX_RECORDS);
        // Nothing is asked of this record: the queue is closed from the beginning.
        let (_, requests_rx) = mpsc::channel(1);
        let (trouble_tx, trouble_rx) = watch::channel(None);
        let waiting = Waiting::default();
        let records = Records {
            records_tx,
            trouble_rx,
        };
        let given = Recorded {
            records,
            keeper: Arc::new(waiting.clone()),
        };
        let recorder = Self {
            records_rx,
            requests_rx,
            waiting,
            done: Vec::new(),
            _trouble_tx: trouble_tx,
        };
        (given, recorder)
    }

    /// Receives what is to be written next: all that waits, and what comes within a moment where nobody waits for it. None
    /// once the runs are gone.
    pub async fn next(&mut self) -> Option<ToRecord> {
        loop {
            let idle_at = Instant::now() + IDLE;
            let next = gathered(
                &mut self.records_rx,
                &mut self.requests_rx,
                &self.waiting,
                idle_at,
            );
            let Work::Write(records) = next.await? else {
                continue;
            };
            let mut to_record = ToRecord {
                updates: Vec::new(),
                changed: Vec::new(),
            };
            for record in records {
                to_record.updates.extend(record.updates);
                to_record.changed.extend(record.changed);
                self.done.extend(record.done);
            }
            if !to_record.updates.is_empty() {
                return Some(to_record);
            }
        }
    }

    /// Notes that all that was given last is written: requests of effects are, and these runs were found lost.
    pub fn written(&mut self, requests: &[(RunId, RequestId)], lost: &[RunId]) {
        self.waiting.written(requests, lost);
        for done in self.done.drain(..) {
            // Who is gone waits no longer.
            let _gone = done.send(());
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.waiting.give_up();
    }
}
