//! The workbench over a connection that holds everything up for a while and breaks once, as over `ssh` from a train.

use std::io::{Read, Write};
use std::process;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tokio::time::Instant;

use super::*;

/// How long bytes are under way, in each direction.
const DELAY: Duration = Duration::from_millis(100);

/// Set for the process that stands between the terminal and flowdeck.
const STANDS_BETWEEN: &str = "FLOWDECK_TEST_STANDS_BETWEEN";

/// A terminal that is far from flowdeck. The process between them has flowdeck's own terminal: killed, it hangs up on flowdeck.
fn far(home: &Path, size: (u16, u16)) -> Terminal {
    let tests = std::env::current_exe().unwrap();
    // What the tests themselves say, of one that takes long, is no part of the screen.
    let quietly = "exec \"$0\" --exact workbench::far::stands_between --nocapture > /dev/null";
    let arguments = ["-c", quietly, tests.to_str().unwrap()];
    let variables = [(STANDS_BETWEEN, "1")];
    Terminal::start_program(Path::new("/bin/sh"), home, &arguments, &variables, size)
}

#[test]
fn stands_between() {
    if std::env::var_os(STANDS_BETWEEN).is_none() {
        return;
    }
    let (cols, rows) = crossterm::terminal::size().unwrap();
    crossterm::terminal::enable_raw_mode().unwrap();
    let size = PtySize {
        rows,
        cols,
        ..PtySize::default()
    };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flowdeck"));
    command.cwd(std::env::current_dir().unwrap());
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let written = pair.master.try_clone_reader().unwrap();
    let keys = pair.master.take_writer().unwrap();
    thread::spawn(|| pass_on(std::io::stdin(), keys));
    let terminal = fs::OpenOptions::new().write(true).open("/dev/tty");
    pass_on(written, terminal.unwrap());
    let ended = child.wait().unwrap();
    process::exit(i32::try_from(ended.exit_code()).unwrap());
}

/// Passes bytes on, each [`DELAY`] after it came, until there are no more.
fn pass_on(mut from: impl Read + Send + 'static, mut to: impl Write) {
    let (under_way_tx, under_way_rx) = sync_channel(1024);
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let due = Instant::now() + DELAY;
            if under_way_tx.send((due, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    for (due, bytes) in under_way_rx {
        let left = due.saturating_duration_since(Instant::now());
        #[expect(clippy::disallowed_methods, reason = "the delay is what is tested")]
        thread::sleep(left);
        if to.write_all(&bytes).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

#[test]
fn the_whole_job_from_far_away() {
    let home = desk();
    whole_job_in(far(home.path(), (120, 36)), home.path());
}

#[test]
fn what_a_broken_connection_interrupted_is_brought_back_by_the_history() {
    let home = desk();
    let mut terminal = far(home.path(), (120, 36));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 12 runs in 1 batch");
    terminal.send(ENTER);
    terminal.wait_for("? 12 need you");
    answer_one(&mut terminal);
    terminal.signal(rustix::process::Signal::KILL);
    drop(terminal);

    let mut terminal = far(home.path(), (120, 36));
    // The workbench that was hung up on may still be about to end.
    terminal.send_until("5", "the runs that were interrupted", |screen| {
        screen.contains("11 interrupted") && screen.contains("◆ answered")
    });
    terminal.send("I");
    terminal.wait_for("? 11 need you");
    terminal.send("!");
    terminal.wait_for("inbox · 11 requests");
    terminal.send("a");
    terminal.wait_for("all 11 runs");
    terminal.send_until("y", "all of them answered", |screen| {
        screen.contains("◆ 12") && !screen.contains("running")
    });
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}
