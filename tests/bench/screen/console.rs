//! A console of paper: keys come at fixed times, and each picture is read for how old its words are.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowdeck::program::Console;
use futures_util::Stream;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// Size of the terminal, in cells.
const SIZE: (u16, u16) = (120, 36);

/// How often a key is pressed.
const KEY_EVERY: Duration = Duration::from_millis(20);

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// How old the newest word of each pane was when its picture was there, for every picture.
    pub(crate) lags: Vec<Duration>,
    /// From when a key was due to the picture that shows what it did.
    pub(crate) keys: Vec<Duration>,
    /// How long each picture took to make.
    pub(crate) frames: Vec<Duration>,
    /// The most memory that was seen, in MB.
    pub(crate) most_mb: u64,
    /// Memory once all is over, in MB.
    pub(crate) mb_after: u64,
    /// From the beginning to the end of the last stream at the server.
    pub(crate) server_done: Duration,
    /// From there to the picture that shows the end of the batch.
    pub(crate) behind_at_end: Duration,
    last_picture: Duration,
}

impl Figures {
    /// Takes what is known in the end.
    pub(crate) fn finish(&mut self, server_done: Duration, mb_after: u64) {
        self.server_done = server_done;
        self.behind_at_end = self.last_picture.saturating_sub(server_done);
        self.mb_after = mb_after;
    }
}

/// Ends the workbench.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quit {
    is_asked: Arc<Mutex<bool>>,
    drawn: Arc<Notify>,
}

impl Quit {
    /// Waits for the next picture.
    pub(crate) async fn a_frame(&self) {
        self.drawn.notified().await;
    }

    /// Ends the input, and with it the workbench.
    pub(crate) fn now(&self) {
        *lock(&self.is_asked) = true;
    }
}

/// The console.
#[derive(Debug)]
pub(crate) struct Paper {
    terminal: Terminal<TestBackend>,
    begun: Instant,
    /// When the keys were due that no picture shows yet.
    pressed: Arc<Mutex<VecDeque<Instant>>>,
    figures: Arc<Mutex<Figures>>,
    quit: Quit,
}

impl Paper {
    /// A console, what ends it, and what it measures.
    pub(crate) fn new(begun: Instant) -> (Self, Quit, Arc<Mutex<Figures>>) {
        let (figures, quit) = (Arc::default(), Quit::default());
        let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.0, SIZE.1));
        let paper = Self {
            terminal,
            begun,
            pressed: Arc::default(),
            figures: Arc::clone(&figures),
            quit: quit.clone(),
        };
        (paper, quit, figures)
    }
}

impl Console for Paper {
    type Input = Keys;

    fn input(&self) -> Keys {
        let mut due = interval(KEY_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Keys {
            due,
            count: 0,
            pressed: Arc::clone(&self.pressed),
            quit: self.quit.clone(),
        }
    }

    fn size(&self) -> io::Result<Size> {
        Ok(Size::from(SIZE))
    }

    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let begin = Instant::now();
        let Ok(_drawn) = self.terminal.draw(picture);
        let now = Instant::now();
        let mut figures = lock(&self.figures);
        figures.frames.push(now - begin);
        figures.last_picture = now - self.begun;
        let since_begun = now - self.begun;
        let newest = newest_words(self.terminal.backend().buffer());
        let lags = newest.into_values().flatten();
        figures
            .lags
            .extend(lags.map(|sent| since_begun.saturating_sub(sent)));
        figures
            .keys
            .extend(lock(&self.pressed).drain(..).map(|due| now - due));
        figures.most_mb = figures.most_mb.max(super::memory_mb("VmRSS"));
        self.quit.drawn.notify_waiters();
        Ok(())
    }
}

/// When the newest word of each stream in a pane was sent; none for a stream that has ended. The table
/// on the left has words, too, but the first ones of each run.
fn newest_words(buffer: &Buffer) -> HashMap<u32, Option<Duration>> {
    let mut newest: HashMap<u32, Option<Duration>> = HashMap::new();
    let width = usize::from(buffer.area.width);
    for row in buffer.content.chunks(width) {
        let panes = row.iter().skip(width / 2);
        let line: String = panes.map(ratatui::buffer::Cell::symbol).collect();
        for word in line.split(|character: char| !character.is_ascii_alphanumeric()) {
            if let Some((stream, sent)) = read_word(word) {
                let known = newest.entry(stream).or_insert(sent);
                *known = known.zip(sent).map(|(known, sent)| known.max(sent));
            }
        }
    }
    newest
}

/// The stream of a word, and when it was sent unless it is the last one. A word that is cut is none.
fn read_word(word: &str) -> Option<(u32, Option<Duration>)> {
    let rest = word.strip_prefix('s')?;
    if let Some(stream) = rest.strip_suffix("end") {
        return Some((stream.parse().ok()?, None));
    }
    let (stream, sent) = rest.split_once('t')?;
    let sent = (sent.len() == 6).then(|| sent.parse().ok())??;
    Some((stream.parse().ok()?, Some(Duration::from_millis(sent))))
}

/// Keys at fixed times: first to the Runs screen, then up and down the table.
#[derive(Debug)]
pub(crate) struct Keys {
    due: Interval,
    count: usize,
    pressed: Arc<Mutex<VecDeque<Instant>>>,
    quit: Quit,
}

impl Stream for Keys {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Poll::Ready(due) = self.due.poll_tick(context) else {
            return Poll::Pending;
        };
        if *lock(&self.quit.is_asked) {
            return Poll::Ready(None);
        }
        lock(&self.pressed).push_back(due);
        self.count += 1;
        let key = match self.count {
            1 => '2',
            count if count % 40 < 20 => 'j',
            _ => 'k',
        };
        let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        Poll::Ready(Some(Ok(Event::Key(key))))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
