//! The order of file writes: the writes of one file happen one after the other.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task;

use crate::tui::effect::FileCommand;
use crate::tui::event::JobResult;

/// The active writes and the writes that wait for them. Without this order, two quick saves of a
/// file would take each other for outside changes, or end in any order.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// The files that are being written, each with the writes that wait.
    waiting: HashMap<PathBuf, VecDeque<FileCommand>>,
    /// The file that each job writes.
    writers: HashMap<task::Id, PathBuf>,
}

impl Writes {
    /// Adds a write of a file. Returns the command if it can begin now; otherwise it waits.
    pub(super) fn enqueue(&mut self, path: PathBuf, command: FileCommand) -> Option<FileCommand> {
        if let Some(waiting) = self.waiting.get_mut(&path) {
            waiting.push_back(command);
            return None;
        }
        self.waiting.insert(path, VecDeque::new());
        Some(command)
    }

    /// Records that a job has begun to write a file.
    pub(super) fn begun(&mut self, job: task::Id, path: PathBuf) {
        self.writers.insert(job, path);
    }

    /// Records that a job has ended. Returns the next write of the same file, if one waits.
    pub(super) fn ended(
        &mut self,
        job: task::Id,
        result: Option<&JobResult>,
    ) -> Option<(PathBuf, FileCommand)> {
        let path = self.writers.remove(&job)?;
        let mut waiting = self.waiting.remove(&path)?;
        let saved = match result {
            Some(JobResult::Saved { text, result, .. }) => Some((text, result.is_ok())),
            _ => None,
        };
        match saved {
            // What the next save finds on disk is what this one has put there.
            Some((text, true)) => waiting.iter_mut().for_each(|command| {
                if let FileCommand::Save {
                    base: Some(base), ..
                } = command
                {
                    *base = Arc::clone(text);
                }
            }),
            // The person is asked what to do; the newest text is in the editor still.
            Some((_, false)) => {
                waiting.retain(|command| !matches!(command, FileCommand::Save { .. }));
            }
            None => {}
        }
        let next = waiting.pop_front()?;
        self.waiting.insert(path.clone(), waiting);
        Some((path, next))
    }

    /// Whether no file is being written.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.writers.is_empty()
    }
}
