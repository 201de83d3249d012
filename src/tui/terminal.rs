//! Taking over the terminal and restoring it: at the end, for an editor, for `ctrl-z`, and on a
//! panic.

mod features;
mod links;

use std::io::{self, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};

use crate::base::guardian;
use crate::tui::hang_up::HangUp;
pub use features::Features;

/// Returns the width of the terminal of standard output, in cells; `None` if standard output is no
/// terminal.
pub(crate) fn width_cells() -> Option<usize> {
    let size = io::stdout().is_terminal().then(crossterm::terminal::size)?;
    size.ok().map(|(width, _)| usize::from(width))
}

/// The terminal while the workbench uses it. It is restored on drop.
#[derive(Debug)]
pub struct Screen {
    /// The terminal to draw on. It is never dropped, because its destructor panics if the terminal
    /// is gone.
    pub terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    /// Detects that the terminal is gone.
    pub(super) hang_up: HangUp,
    has_mouse: bool,
    features: Features,
    /// Addresses that are links wherever they are shown.
    addresses: Vec<String>,
    /// Whether the terminal is taken over; shared with the panic hook.
    is_taken: Arc<AtomicBool>,
}

impl Screen {
    /// Takes over the terminal: raw mode, the alternate screen, bracketed paste, focus events, the
    /// mouse if wanted, and the useful ones of its features. From here on, a panic of this thread
    /// first restores the terminal.
    ///
    /// # Errors
    /// The terminal refuses a command; it is then restored.
    pub fn enter(has_mouse: bool, features: Features) -> io::Result<Self> {
        let is_taken = Arc::new(AtomicBool::new(false));
        restore_on_panic(Arc::clone(&is_taken), features);
        let mut screen = Self {
            terminal: ManuallyDrop::new(Terminal::new(CrosstermBackend::new(io::stdout()))?),
            hang_up: HangUp::watch(),
            has_mouse,
            features,
            addresses: Vec::new(),
            is_taken,
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes over the terminal again after [`Screen::give_back`], and redraws everything.
    ///
    /// # Errors
    /// The terminal refuses a command.
    pub fn take(&mut self) -> io::Result<()> {
        guardian::terminal_taken(&farewell(self.features));
        if let Err(error) = enable_raw_mode() {
            guardian::terminal_given_back();
            return Err(error);
        }
        self.is_taken.store(true, Ordering::SeqCst);
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            cursor::Hide
        )?;
        self.features.ask_for_keys(&mut io::stdout())?;
        if self.has_mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        // `Terminal::clear` would ask the terminal where its cursor is and wait for an answer, which
        // some never give and which the input stream would take. A resize draws everything again
        // without that.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Restores the terminal. Does nothing if this was already done.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn give_back(&mut self) -> io::Result<()> {
        restore(&self.is_taken, self.features)
    }

    /// Draws a frame, without flicker if the terminal supports synchronized output.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(picture)?;
        if self.features.has_links() && !self.addresses.is_empty() {
            links::write(&self.addresses, drawn.buffer, &mut io::stdout())?;
        }
        execute!(io::stdout(), EndSynchronizedUpdate)
    }

    /// Turns these addresses into links wherever they are shown.
    pub fn set_links(&mut self, addresses: Vec<String>) {
        self.addresses = addresses;
    }

    /// Signals a person who looks elsewhere.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn call(&mut self, words: &str) -> io::Result<()> {
        self.features.call(words, &mut io::stdout())
    }

    /// Captures the mouse, or leaves it to the terminal's own selection.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn set_mouse(&mut self, has_mouse: bool) -> io::Result<()> {
        self.has_mouse = has_mouse;
        if has_mouse {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The terminal may be gone (SIGHUP); there is nobody left to tell.
        let _gone = self.give_back();
    }
}

/// Reverts everything that [`Screen::take`] does, once.
fn restore(is_taken: &AtomicBool, features: Features) -> io::Result<()> {
    if !is_taken.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = io::stdout();
    let written = out
        .write_all(farewell(features).as_bytes())
        .and_then(|()| out.flush());
    let restored = disable_raw_mode().and(written);
    guardian::terminal_given_back();
    restored
}

/// Returns the escape sequences that revert the ones written by taking over the terminal.
fn farewell(features: Features) -> String {
    let mut bytes = Vec::new();
    // Writing to memory never fails.
    let _ = features.give_keys_back(&mut bytes);
    let _ = queue!(
        bytes,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Installs a panic hook before the present one. A panic on the calling thread restores the
/// terminal before it is reported. On any other thread (such as one of a run, whose panic becomes
/// its failure) the panic is logged and nothing is written to the screen.
fn restore_on_panic(is_taken: Arc<AtomicBool>, features: Features) {
    let screen_thread = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_screen = std::thread::current().id() == screen_thread;
        if is_screen {
            let _gone = restore(&is_taken, features);
        }
        if is_screen || !is_taken.load(Ordering::SeqCst) {
            report(info);
        } else {
            tracing::error!(panic = %info, "a task panicked");
        }
    }));
}
