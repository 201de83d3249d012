//! The progress of reading traces.

use tokio::sync::watch;

use super::files;
use crate::tui::effect::FileCommand;
use crate::tui::event::{JobResult, TraceProgress};

/// The progress of the traces that are being read. Reading threads write it; the screen gets the
/// newest state.
#[derive(Clone, Debug)]
pub(super) struct TracesRead {
    reading_tx: watch::Sender<Vec<TraceProgress>>,
    reading_rx: watch::Receiver<Vec<TraceProgress>>,
}

impl Default for TracesRead {
    fn default() -> Self {
        let (reading_tx, reading_rx) = watch::channel(Vec::new());
        Self {
            reading_tx,
            reading_rx,
        }
    }
}

impl TracesRead {
    /// Opens a trace on this thread; `None` for any other command.
    pub(super) fn open(&self, command: FileCommand) -> Option<JobResult> {
        let FileCommand::OpenTrace {
            path,
            number,
            is_alone,
        } = command
        else {
            return None;
        };
        let of_it = path.clone();
        let result = files::opened(path, number, is_alone, |bytes| {
            self.reading_tx.send_modify(|reading| {
                match reading.iter_mut().find(|trace| trace.number == number) {
                    Some(trace) => trace.bytes = bytes,
                    None => reading.push(TraceProgress {
                        path: of_it.clone(),
                        number,
                        bytes,
                    }),
                }
            });
        });
        // Whatever came of it: nobody reads it any more.
        self.reading_tx.send_if_modified(|reading| {
            let before = reading.len();
            reading.retain(|trace| trace.number != number);
            reading.len() != before
        });
        Some(result)
    }

    /// Waits until more has been read, and returns the progress of all traces.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(super) async fn changed(&mut self) -> Vec<TraceProgress> {
        // The sender is here, too.
        let _open = self.reading_rx.changed().await;
        self.reading_rx.borrow_and_update().clone()
    }
}
