//! The real binary in a pseudo-terminal: keys in, a screen out, conditions awaited.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use tokio::time::Instant;

/// How long a condition may take before the test fails with the screen it saw. Generous: a busy
/// machine must not fail a test that a fast one passes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long [`Terminal::send_until`] waits before it sends again.
const RESEND_AFTER: Duration = Duration::from_millis(400);

/// What the program has written so far, as a terminal shows it.
struct Shown {
    parser: vt100::Parser<Signals>,
    is_closed: bool,
}

/// What the program gave to the clipboard, in base64, and how it called.
#[derive(Default)]
struct Signals {
    copies: Vec<Vec<u8>>,
    /// How often the bell was rung.
    bells: usize,
}

impl vt100::Callbacks for Signals {
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _ty: &[u8], data: &[u8]) {
        self.copies.push(data.to_vec());
    }

    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.bells += 1;
    }
}

/// A program that runs in a pseudo-terminal.
pub(crate) struct Terminal {
    shown: Arc<(Mutex<Shown>, Condvar)>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    /// Starts flowdeck with `arguments` in a terminal of `columns` by `rows`. Everything it keeps
    /// (settings, state, samples) lies below `home`.
    pub(crate) fn start(home: &Path, arguments: &[&str], size: (u16, u16)) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
        Self::start_program(program, home, arguments, &[], size)
    }

    /// Starts another program in the same way, with further variables in its environment.
    pub(crate) fn start_program(
        program: &Path,
        home: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(home);
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("COLORTERM", "truecolor"),
        ] {
            command.env(name, value);
        }
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env(name, home.join(name));
        }
        // What the machine of the test happens to have set must not change what is seen: a
        // backtrace, asked for there, would scroll a report out of a small terminal.
        for name in [
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "EDITOR",
            "VISUAL",
            "ACCESSIBLE",
            "RUST_BACKTRACE",
            "RUST_LIB_BACKTRACE",
        ] {
            command.env_remove(name);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shown = Arc::new((
            Mutex::new(Shown {
                parser: vt100::Parser::new_with_callbacks(
                    cells(rows),
                    cells(columns),
                    0,
                    Signals::default(),
                ),
                is_closed: false,
            }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            loop {
                let count = reader.read(&mut bytes).unwrap_or(0);
                let (lock, changed) = &*shared;
                let mut shown = lock.lock().unwrap();
                if count == 0 {
                    shown.is_closed = true;
                    changed.notify_all();
                    return;
                }
                shown.parser.process(&bytes[..count]);
                changed.notify_all();
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self {
            shown,
            writer,
            master: pair.master,
            child,
        }
    }

    /// Sends keys as a terminal does: `"\r"` is Enter, `"\x1b"` Esc, `"\x13"` ctrl-s.
    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.shown
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        self.master.resize(size).unwrap();
    }

    /// The screen's text, a line a row.
    pub(crate) fn screen(&self) -> String {
        self.shown.0.lock().unwrap().parser.screen().contents()
    }

    /// How often the bell was rung.
    pub(crate) fn bells(&self) -> usize {
        self.shown.0.lock().unwrap().parser.callbacks().bells
    }

    /// Whether the program has the mouse.
    pub(crate) fn has_mouse(&self) -> bool {
        let shown = self.shown.0.lock().unwrap();
        shown.parser.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Whether the program has the whole screen.
    pub(crate) fn is_full_screen(&self) -> bool {
        self.shown
            .0
            .lock()
            .unwrap()
            .parser
            .screen()
            .alternate_screen()
    }

    /// Waits until the program has given something to the clipboard, and gives all that it did.
    pub(crate) fn wait_for_copies(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        while shown.parser.callbacks().copies.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !shown.is_closed, "nothing was copied");
            shown = changed.wait_timeout(shown, left).unwrap().0;
        }
        let copies = shown.parser.callbacks().copies.iter();
        copies
            .map(|copy| String::from_utf8(BASE64_STANDARD.decode(copy).unwrap()).unwrap())
            .collect()
    }

    /// Waits until the screen's text passes `is_so`, and gives that text.
    ///
    /// # Panics
    /// After [`PATIENCE`], or when the program ends before, with the screen.
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        loop {
            let contents = shown.parser.screen().contents();
            if is_so(&contents) {
                return contents;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !shown.is_closed,
                "waited for {what}; the screen is:\n{contents}"
            );
            shown = changed.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Sends keys again and again until the screen's text passes `is_so`, where a key may come too
    /// early to count.
    pub(crate) fn send_until(&mut self, keys: &str, what: &str, is_so: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.send(keys);
            let (lock, changed) = &*self.shown;
            let mut shown = lock.lock().unwrap();
            let next = Instant::now() + RESEND_AFTER;
            while Instant::now() < next {
                let contents = shown.parser.screen().contents();
                if is_so(&contents) {
                    return;
                }
                assert!(
                    Instant::now() < deadline && !shown.is_closed,
                    "waited for {what}; the screen is:\n{contents}"
                );
                shown = changed.wait_timeout(shown, RESEND_AFTER).unwrap().0;
            }
        }
    }

    /// Waits until the screen holds `text`.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the program's end and the last of its output.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        while !shown.is_closed {
            let left = deadline.saturating_duration_since(Instant::now());
            let contents = shown.parser.screen().contents();
            assert!(
                !left.is_zero(),
                "the program does not end; the screen is:\n{contents}"
            );
            shown = changed.wait_timeout(shown, left).unwrap().0;
        }
        drop(shown);
        self.child.wait().unwrap()
    }

    /// Asserts that the program left the terminal as it found it: the main screen, a visible
    /// cursor, no mouse reports, no bracketed paste.
    pub(crate) fn assert_sane(&self) {
        let shown = self.shown.0.lock().unwrap();
        assert_eq!(left_on(shown.parser.screen()), [""; 0], "still on");
    }

    /// Waits until the terminal is as the program found it.
    pub(crate) fn wait_until_sane(&self) {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        loop {
            let on = left_on(shown.parser.screen());
            if on.is_empty() {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !shown.is_closed, "still on: {on:?}");
            shown = changed.wait_timeout(shown, left).unwrap().0;
        }
    }
}

/// What a program has turned on in a terminal and not off again.
fn left_on(screen: &vt100::Screen) -> Vec<&'static str> {
    let mouse = screen.mouse_protocol_mode();
    [
        (screen.alternate_screen(), "the alternate screen"),
        (screen.hide_cursor(), "the hidden cursor"),
        (screen.bracketed_paste(), "bracketed paste"),
        (mouse != vt100::MouseProtocolMode::None, "the mouse"),
    ]
    .into_iter()
    .filter_map(|(is_on, what)| is_on.then_some(what))
    .collect()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves the program running.
        self.child.kill().ok();
    }
}

/// A number of cells, as the emulator takes it.
fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}
