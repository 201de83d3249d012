//! Programs that are ended with everything that they have started.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::guardian;

/// How long the output of a program that has ended may still be held open by what it started.
pub const LEFTOVER_GRACE: Duration = Duration::from_millis(250);

/// The process group of a child that was started with `process_group(0)`: whoever it started is in it too, but for
/// daemons that make a session of their own. Dropping this kills all of them; so does the end of this process, even
/// by `SIGKILL`.
#[derive(Debug)]
pub struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Makes ready to watch the group of a program that is about to be started: between its start and
    /// [`ProcessGroup::led_by`] nobody would end it if this process were killed.
    pub fn expect() {
        guardian::ready();
    }

    /// The group that a child leads, by the child's id; none for a child that has ended.
    pub fn led_by(id: Option<u32>) -> Self {
        let id = id.and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw);
        if let Some(group) = group {
            guardian::watch(group);
        }
        Self(group)
    }

    /// Kills everything in the group now. Where the leader has ended, this must follow at once: the id of a group of
    /// which nothing is left may soon be another's.
    pub fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            // A group that is already gone is what was wanted.
            let _ = kill_process_group(group, Signal::KILL);
            guardian::forget(group);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
