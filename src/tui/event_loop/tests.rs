use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::base::clock::SystemClock;
use crate::base::ids::RunId;
use crate::base::lock::lock;
use crate::runs::{Unattended, Update};
use crate::trace::{RunEvent, RunEventBody, RunState};
use crate::tui::testing;

/// A console on which keys are pressed when a word is on it.
struct Reader {
    terminal: Terminal<TestBackend>,
    script: Arc<Mutex<VecDeque<(&'static str, &'static str)>>>,
    keys: Arc<Mutex<VecDeque<crossterm::event::Event>>>,
    wake: Arc<tokio::sync::Notify>,
    n_drawn: Arc<AtomicUsize>,
}

impl Reader {
    /// Each entry: what must be seen, and the keys that follow.
    fn new(script: &[(&'static str, &'static str)]) -> Self {
        let Ok(terminal) = Terminal::new(TestBackend::new(120, 36));
        Self {
            terminal,
            script: Arc::new(Mutex::new(script.iter().copied().collect())),
            keys: Arc::default(),
            wake: Arc::default(),
            n_drawn: Arc::default(),
        }
    }
}

impl Console for Reader {
    type Input = Pin<Box<dyn Stream<Item = io::Result<crossterm::event::Event>>>>;

    fn input(&self) -> Self::Input {
        let (keys, wake) = (Arc::clone(&self.keys), Arc::clone(&self.wake));
        let script = Arc::clone(&self.script);
        Box::pin(futures_util::stream::unfold((), move |()| {
            let (keys, wake, script) = (Arc::clone(&keys), Arc::clone(&wake), Arc::clone(&script));
            async move {
                loop {
                    if let Some(key) = lock(&keys).pop_front() {
                        return Some((Ok(key), ()));
                    }
                    if lock(&script).is_empty() {
                        return None;
                    }
                    wake.notified().await;
                }
            }
        }))
    }

    fn size(&self) -> io::Result<Size> {
        Ok(Size::new(120, 36))
    }

    fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let Ok(_drawn) = self.terminal.draw(picture);
        self.n_drawn.fetch_add(1, Ordering::Relaxed);
        let seen = self.terminal.backend().to_string();
        let mut script = lock(&self.script);
        if let Some((word, pressed)) = script.front()
            && seen.contains(word)
        {
            let pressed = pressed.split_whitespace().map(testing::key_event);
            lock(&self.keys).extend(pressed.map(crossterm::event::Event::Key));
            script.pop_front();
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// A piece of news of a run.
fn news(seq: u64) -> Update {
    let state = if seq.is_multiple_of(2) {
        RunState::Running
    } else {
        RunState::Paused
    };
    Update::Events(Arc::new([Arc::new(RunEvent {
        run: RunId::new("r_1"),
        seq,
        joined: 0,
        timestamp: Timestamp::from_ns(seq),
        span: None,
        body: RunEventBody::StateChanged { state },
    })]))
}

/// News of a run without an end.
async fn flood(runs: &Unattended) {
    for seq in 0.. {
        runs.publish(&news(seq));
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_read_and_saved_and_keys_are_taken_while_news_of_runs_never_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    std::fs::write(&file, "component_type: Agent\nname: before\n").unwrap();
    let (handle, runs) = Unattended::runs(8);
    let services = Services {
        runs: handle,
        clock: SystemClock::shared(),
        editor: "true".to_owned(),
        profile: None,
        problems_rx: tokio::sync::mpsc::channel(1).1,
    };
    let console = Reader::new(&[("name: before", "e end x ctrl-s"), ("saved a.yaml", "")]);
    let workbench = run_on(console, testing::startup(folder.path()), services);
    tokio::select! {
        ended = workbench => ended.unwrap(),
        () = flood(&runs) => {}
        () = tokio::time::sleep(Duration::from_mins(2)) => panic!("it starved"),
    }
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("component_type: Agentx\n"), "{text}");
}

/// The time of a test that stands still but where all wait.
#[derive(Debug)]
struct PausedClock(tokio::time::Instant);

impl crate::base::clock::Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ns(0).plus(self.0.elapsed())
    }
}

#[tokio::test(start_paused = true)]
async fn all_news_that_wait_are_in_the_next_picture_though_no_key_is_pressed() {
    let folder = tempfile::tempdir().unwrap();
    let (handle, runs) = Unattended::runs(8);
    let services = Services {
        runs: handle,
        clock: Arc::new(PausedClock(tokio::time::Instant::now())),
        editor: "true".to_owned(),
        profile: None,
        problems_rx: tokio::sync::mpsc::channel(1).1,
    };
    let console = Reader::new(&[("runs are not recorded from here on", "")]);
    let n_drawn = Arc::clone(&console.n_drawn);
    let workbench = run_on(console, testing::startup(folder.path()), services);
    let published = async {
        // Many times as many as are taken at once, and what a person sees comes last.
        (0..4_000).for_each(|seq| runs.publish(&news(seq)));
        let off = crate::runs::HistoryError::Off;
        runs.publish(&Update::HistoryOff(Arc::new(off)));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        ended = workbench => ended.unwrap(),
        () = published => {}
    }
    // The workspace is read meanwhile, which is drawn, too. A picture for each of the 63 times would be the fault.
    let n_drawn = n_drawn.load(Ordering::Relaxed);
    assert!(n_drawn < 10, "{n_drawn} pictures");
}
