//! Programs that are ended together with all processes that they started.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::guardian;

/// The time for which processes left by an ended program may still hold its output open.
pub(crate) const LEFTOVER_GRACE: Duration = Duration::from_millis(250);

/// A process group for a program. All processes that the program starts are in the group too,
/// except daemons that make their own session. Dropping the value kills all of them, and so does
/// the end of this process, even by `SIGKILL`.
///
/// Invariant: the guardian watches the group before a program is in it. The program joins the group
/// before its first instruction, and until then its copy of this process's end of the guardian's
/// pipe keeps the guardian waiting. So if this process is killed at any time, the program is either
/// in the group or not started.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    id: Pid,
    /// The child that gave the group its id; `None` after the group was killed. It exits
    /// immediately, but as long as it is not waited for, its id is not reused.
    leader: Option<Child>,
}

impl ProcessGroup {
    /// Makes a watched group for one program, which must then be started with
    /// `process_group(group.id())`.
    ///
    /// # Errors
    /// No more processes can be started.
    pub(crate) fn watched() -> io::Result<Self> {
        // A program can't lead a group that was watched before it: its id is known only once it runs. Something else
        // leads, then; of all programs this one costs the least.
        let leader = Command::new("true")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::other(format!("can't start `true`: {error}")))?;
        let id = Pid::from_child(&leader);
        guardian::watch(id);
        Ok(Self {
            id,
            leader: Some(leader),
        })
    }

    /// Returns the group's id, for the `process_group` method of a command.
    pub(crate) fn id(&self) -> i32 {
        self.id.as_raw_pid()
    }

    /// Kills all processes in the group now. No process can join it afterwards.
    pub(crate) fn kill(&mut self) {
        if let Some(mut leader) = self.leader.take() {
            // A group that is already gone is what was wanted.
            let _ = kill_process_group(self.id, Signal::KILL);
            guardian::forget(self.id);
            // Gives the id away, so it comes last. The leader has ended long ago, or was killed just now.
            let _ended = leader.wait();
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
