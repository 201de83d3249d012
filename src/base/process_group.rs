//! Programs that are ended with everything that they have started.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::guardian;

/// How long the output of a program that has ended may still be held open by what it started.
pub(crate) const LEFTOVER_GRACE: Duration = Duration::from_millis(250);

/// A process group that a program is started into: all that the program starts is in it too, but for daemons that
/// make a session of their own. Dropping this kills all of them; so does the end of this process, even by `SIGKILL`.
///
/// Invariant: the guardian watches the group before a program is in it. The program joins the group before its first
/// instruction, and the copy of our end of the guardian's pipe that it has until then keeps the guardian waiting: a kill
/// of this process at any moment finds the program in the group, or not started.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    id: Pid,
    /// The child that gave the group its id; none once the group was killed. It ends at once, and as long as nobody has
    /// asked how, the id is nobody else's.
    leader: Option<Child>,
}

impl ProcessGroup {
    /// Makes a group that is watched, for one program that is then started with `process_group(group.id())`.
    ///
    /// # Errors
    /// No further process can be started.
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

    /// The group, as `process_group` of a command takes it.
    pub(crate) fn id(&self) -> i32 {
        self.id.as_raw_pid()
    }

    /// Kills everything in the group now. Nothing can be started into it any more.
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
