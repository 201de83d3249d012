//! Records of runs that are written elsewhere than in the history.
//!
//! The same rules apply as for the history: events of a run come in order, the end of a run and the
//! request of an effect must be written before continuing, and a run that was lost to another
//! process has no further effects.

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

/// The interval between checks when nothing arrives.
const IDLE: Duration = Duration::from_hours(1);

/// The end of the record for the runs: the feed's connection, and the keeper for effects.
#[derive(Debug)]
pub struct Recorded {
    pub(in crate::runs) records: Records,
    pub(in crate::runs) keeper: Arc<dyn Keeper>,
}

/// The end of the record for the writer.
#[derive(Debug)]
pub struct Recorder {
    records_rx: mpsc::Receiver<Record>,
    requests_rx: mpsc::Receiver<Request>,
    waiting: Waiting,
    /// The senders that confirm that the newest records are written.
    done: Vec<oneshot::Sender<()>>,
    _trouble_tx: watch::Sender<super::Trouble>,
}

/// The updates to write.
#[derive(Debug)]
pub struct ToRecord {
    /// The updates in order.
    pub updates: Vec<Update>,
    /// The summaries of runs whose state changed.
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

    /// Receives the next updates: everything that waits, and, unless somebody waits for them, what
    /// arrives within a short time. `None` once the runs are gone.
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

    /// Confirms that the last updates are written, with the requests of effects among them; reports
    /// lost runs.
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
