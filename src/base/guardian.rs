//! Cleanup after this process, whatever ends it: a small separate process that lives a moment
//! longer.
//!
//! The guardian is a shell that reads orders from a pipe. The pipe closes when this process ends,
//! even by `SIGKILL` or a stack overflow, after which no code of this process runs. The guardian
//! then kills the process groups that are still watched, and restores the terminal if it is still
//! taken. It is started with the first order.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use rustix::process::Pid;

use super::environment::for_foreign_programs;
use super::lock::lock;

/// The script that the shell runs; every system with a terminal has `sh`.
const SCRIPT: &str = include_str!("guardian.sh");

/// The guardian of this process. A process ends only once, so it needs only one guardian.
static GUARDIAN: Mutex<Guardian> = Mutex::new(Guardian {
    shell: None,
    groups: BTreeSet::new(),
    terminal: None,
});

/// The shell that cleans up, and its current orders.
struct Guardian {
    shell: Option<Shell>,
    /// The groups to kill, kept for a second shell if the first one is killed.
    groups: BTreeSet<i32>,
    /// The order that restores the terminal.
    terminal: Option<String>,
}

struct Shell {
    process: Child,
    orders: ChildStdin,
}

/// Lets the guardian kill a process group if this process ends before [`forget`] is called.
pub(super) fn watch(group: Pid) {
    order(|guardian| {
        guardian.groups.insert(group.as_raw_pid());
        format!("watch {}\n", group.as_raw_pid())
    });
}

/// Removes a process group from the guardian's orders, because it has ended and its id may soon
/// belong to another group.
pub(super) fn forget(group: Pid) {
    order(|guardian| {
        guardian.groups.remove(&group.as_raw_pid());
        format!("forget {}\n", group.as_raw_pid())
    });
}

/// Lets the guardian restore the terminal if this process ends before [`terminal_given_back`] is
/// called: with the modes that it has now (they must not be changed yet), and with a text that
/// reverts what is written to take it over.
pub(crate) fn terminal_taken(farewell: &str) {
    let modes = Command::new("stty")
        .arg("-g")
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output();
    let modes = modes.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let modes = modes.ok().filter(|modes| !modes.is_empty());
    let modes = modes.unwrap_or_else(|| "sane".to_owned());
    order(|guardian| {
        let line = format!("taken {modes} {farewell}\n");
        guardian.terminal = Some(line.clone());
        line
    });
}

/// Cancels the order of [`terminal_taken`].
pub(crate) fn terminal_given_back() {
    order(|guardian| {
        guardian.terminal = None;
        "given\n".to_owned()
    });
}

/// Changes the orders, and sends the change to the shell.
fn order(change: impl FnOnce(&mut Guardian) -> String) {
    // Nothing panics under this lock.
    let mut guardian = lock(&GUARDIAN);
    let line = change(&mut guardian);
    if let Some(shell) = &mut guardian.shell {
        if shell.orders.write_all(line.as_bytes()).is_ok() {
            return;
        }
        // Someone has killed or stopped it.
        let _gone = shell.process.kill();
        let _reaped = shell.process.wait();
        guardian.shell = None;
    }
    match guardian.start() {
        Ok(shell) => guardian.shell = Some(shell),
        Err(error) => tracing::warn!(%error, "nobody ends our programs if we are killed"),
    }
}

impl Guardian {
    /// Starts a shell with all current orders.
    fn start(&self) -> io::Result<Shell> {
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT, "flowdeck-guardian"])
            .env_clear()
            .envs(for_foreign_programs())
            .current_dir("/")
            // What the keyboard and a shell send to our group is not for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let Some(mut orders) = process.stdin.take() else {
            return Err(io::Error::other("it has no pipe"));
        };
        // One that was stopped must not hold us up.
        rustix::io::ioctl_fionbio(&orders, true)?;
        let mut lines = self.terminal.clone().unwrap_or_default();
        for group in &self.groups {
            // Writing to a string never fails.
            let _ = writeln!(lines, "watch {group}");
        }
        orders.write_all(lines.as_bytes())?;
        Ok(Shell { process, orders })
    }
}
