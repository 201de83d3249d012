//! A console of paper that a person works at: keys when they are pressed, the last picture to be read, the time of each frame.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cpu_time::ThreadTime;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowdeck::program::Console;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use tokio::sync::{mpsc, watch};

const SIZE: Size = Size {
    width: 200,
    height: 60,
};

/// How long a picture is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The console.
pub(crate) struct Paper {
    terminal: Terminal<TestBackend>,
    begun: Option<ThreadTime>,
    keys: Arc<Mutex<Option<mpsc::Receiver<KeyEvent>>>>,
    frames: Arc<Mutex<Vec<Duration>>>,
    picture_tx: watch::Sender<String>,
}

/// Who works at it.
pub(crate) struct Person {
    keys_tx: Mutex<Option<mpsc::Sender<KeyEvent>>>,
    frames: Arc<Mutex<Vec<Duration>>>,
    picture_rx: watch::Receiver<String>,
}

impl Paper {
    /// A console, and who works at it.
    pub(crate) fn new() -> (Self, Person) {
        let (keys_tx, keys_rx) = mpsc::channel(64);
        let (picture_tx, picture_rx) = watch::channel(String::new());
        let frames = Arc::default();
        let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
        let person = Person {
            keys_tx: Mutex::new(Some(keys_tx)),
            frames: Arc::clone(&frames),
            picture_rx,
        };
        let paper = Self {
            terminal,
            begun: None,
            keys: Arc::new(Mutex::new(Some(keys_rx))),
            frames,
            picture_tx,
        };
        (paper, person)
    }
}

impl Person {
    /// Presses keys, one after the other.
    pub(crate) fn press(&self, keys: &[&str]) {
        let keys_tx = lock(&self.keys_tx);
        for key in keys {
            // One whose workbench is gone is told by the picture that does not come.
            let _gone = keys_tx.as_ref().map(|keys_tx| keys_tx.try_send(event(key)));
        }
    }

    /// Waits for the first picture, which may be there already.
    ///
    /// # Errors
    /// The workbench is gone.
    pub(crate) async fn sit_down(&self) -> Result<(), Box<dyn Error>> {
        let mut picture_rx = self.picture_rx.clone();
        picture_rx.wait_for(|picture| !picture.is_empty()).await?;
        Ok(())
    }

    /// Waits for a picture, from the next one on, that is as wanted.
    ///
    /// # Errors
    /// None comes in time; says the last one.
    pub(crate) async fn until(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let mut picture_rx = self.picture_rx.clone();
        picture_rx.mark_unchanged();
        let seen = async {
            loop {
                picture_rx.changed().await?;
                if is_wanted(&picture_rx.borrow_and_update()) {
                    return Ok(());
                }
            }
        };
        let seen: Result<Result<(), Box<dyn Error>>, _> =
            tokio::time::timeout(PATIENCE, seen).await;
        let late = |_late| {
            format!(
                "the picture did not come; the last one is\n{}",
                *self.picture_rx.borrow()
            )
        };
        seen.map_err(late)?
    }

    /// The times of the frames since this was asked last.
    pub(crate) fn take_frames(&self) -> Vec<Duration> {
        std::mem::take(&mut lock(&self.frames))
    }

    /// Goes away: the workbench ends.
    pub(crate) fn quit(&self) {
        *lock(&self.keys_tx) = None;
    }
}

impl Console for Paper {
    type Input = BoxStream<'static, io::Result<Event>>;

    fn input(&self) -> Self::Input {
        let keys_rx = lock(&self.keys).take();
        let keys = stream::unfold(keys_rx, |keys_rx| async {
            let mut keys_rx = keys_rx?;
            let key = keys_rx.recv().await?;
            Some((Ok(Event::Key(key)), Some(keys_rx)))
        });
        keys.boxed()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(SIZE)
    }

    fn begin_frame(&mut self) {
        self.begun = Some(ThreadTime::now());
    }

    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let Ok(_drawn) = self.terminal.draw(picture);
        if let Some(begun) = self.begun.take() {
            lock(&self.frames).push(begun.elapsed());
        }
        let _nobody_looks = self.picture_tx.send(self.terminal.backend().to_string());
        Ok(())
    }
}

/// A key by its name: `j`, `ctrl-d`, `enter`.
fn event(key: &str) -> KeyEvent {
    let (modifiers, name) = match key.strip_prefix("ctrl-") {
        Some(name) => (KeyModifiers::CONTROL, name),
        None => (KeyModifiers::NONE, key),
    };
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "end" => KeyCode::End,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        letter => KeyCode::Char(letter.chars().next().unwrap_or(' ')),
    };
    KeyEvent::new(code, modifiers)
}

/// Prints how long frames took.
#[expect(clippy::print_stdout, reason = "figures are what a bench is for")]
pub(crate) fn report(name: &str, mut frames: Vec<Duration>) {
    frames.sort_unstable();
    let last = frames.len().saturating_sub(1);
    let at = |percent: usize| {
        let frame = frames.get((frames.len() * percent / 100).min(last));
        frame.map_or(0.0, |frame| frame.as_secs_f64() * 1_000.0)
    };
    println!(
        "  {name:<20} {:>5} frames: p50 {:>6.2} ms, p99 {:>6.2} ms, longest {:>6.2} ms",
        frames.len(),
        at(50),
        at(99),
        at(100)
    );
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
