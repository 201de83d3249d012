//! A task at a remote agent that has not finished.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::peer::Peer;
use crate::tools::executor::ToolObserver;

/// The time limit for sending the cancellation to an agent.
const FAREWELL: Duration = Duration::from_secs(1);

/// A task at a remote agent that has not finished. Dropping it asks the agent to cancel the task.
pub(super) struct Unfinished {
    peer: Peer,
    tasks: TaskTracker,
    /// The id of the task; `None` before there is a task and after it has finished.
    task: Option<String>,
}

impl Unfinished {
    pub(super) fn new(peer: &Peer, tasks: &TaskTracker) -> Self {
        Self {
            peer: peer.clone(),
            tasks: tasks.clone(),
            task: None,
        }
    }

    pub(super) fn begin(&mut self, task: &str) {
        self.task = Some(task.to_owned());
    }

    pub(super) fn end(&mut self) {
        self.task = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(task) = self.task.take().filter(|_| self.peer.can_cancel) else {
            return;
        };
        let peer = self.peer.clone();
        self.tasks.spawn(async move {
            // An agent that is gone need not be told.
            let _told = tokio::time::timeout(FAREWELL, peer.cancel(&task, &Nobody)).await;
        });
    }
}

/// An observer that ignores everything.
struct Nobody;

impl ToolObserver for Nobody {}
