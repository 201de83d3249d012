//! A mark that distinguishes a running process from a later one with the same process id.

use std::fs;

use rustix::process::{Pid, test_kill_process};

/// Returns the mark of a process, which stays the same as long as the process lives and is never
/// the mark of another one. `None` if there is no such process.
pub(crate) fn process_mark(pid: u32) -> Option<String> {
    let process = Pid::from_raw(i32::try_from(pid).ok()?)?;
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        // Where the system has no such files, its number is all there is.
        return test_kill_process(process).is_ok().then(String::new);
    };
    // The name of the program, in brackets, may hold anything. What follows it: the state, then 18 numbers, then the start.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    let started = fields.nth(18)?;
    let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}/{started}", machine.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_while_it_lives() {
        let own = process_mark(std::process::id());
        assert!(own.is_some());
        assert_eq!(own, process_mark(std::process::id()));
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id();
        let mark = process_mark(pid);
        assert!(mark.is_some() && mark != own);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_ne!(process_mark(pid), mark);
    }
}
