use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;

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

/// News of a run without an end.
async fn flood(runs: &Unattended) {
    let run = RunId::new("r_1");
    let event = |seq, body| {
        Arc::new(RunEvent {
            run: run.clone(),
            seq,
            joined: 0,
            timestamp: Timestamp::from_ns(seq),
            span: None,
            body,
        })
    };
    for seq in 0.. {
        let state = if seq % 2 == 0 {
            RunState::Running
        } else {
            RunState::Paused
        };
        let body = RunEventBody::StateChanged { state };
        runs.publish(&Update::Events(Arc::new([event(seq, body)])));
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
