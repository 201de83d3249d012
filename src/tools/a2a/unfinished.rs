//! A task whose agent still works on it.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::peer::Peer;
use crate::tools::executor::ToolObserver;

/// How long sending the cancel to an agent may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A task whose agent still works on it. Dropped, it asks the agent to end it.
pub(super) struct Unfinished {
    peer: Peer,
    tasks: TaskTracker,
    /// The task's id; none while there is no task, and once it is over.
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

/// Nobody watches any more.
struct Nobody;

impl ToolObserver for Nobody {}
