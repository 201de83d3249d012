//! The launch dialog over a file of many rows: it is opened, the file is named, and a message is typed that is filled in from each
//! row. Shows how long the longest picture took, and the longest way from a key to its picture.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use flowdeck::llm::{ModelSettings, Models};
use flowdeck::program::{Console, Services, Startup, Workspace, on_this_thread, run_on};
use flowdeck::runs::{KeptDetail, ProfileWorlds, Runs, RunsSettings, WorldProvider};
use flowdeck::spec::IdSource;
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::SystemClock;
use futures_util::Stream;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::console::lock;
use super::report;
use super::startup::startup;

const SIZE: (u16, u16) = (120, 36);

/// Between two keys: a fast typist has 100.
const KEY_EVERY: Duration = Duration::from_millis(20);

const AGENT: &str = "component_type: Agent\nagentspec_version: 26.1.2\nid: weather\nname: weather\n\
                     system_prompt: You tell the weather of {{city}} for {{days}} days.\n\
                     inputs:\n  - {title: city, type: string}\n  - {title: days, type: integer, default: 3}\n\
                     llm_config:\n  component_type: OllamaConfig\n  id: model\n  name: model\n  \
                     url: http://localhost:11434\n  model_id: llama3.2\n";

/// What was measured, and what the last picture shows.
#[derive(Debug, Default)]
struct Figures {
    frames: Vec<Duration>,
    keys: Vec<Duration>,
    last: String,
}

/// A console on which a script is typed, a key or a pause each time.
#[derive(Debug)]
struct Typist {
    terminal: Terminal<TestBackend>,
    script: VecDeque<Option<KeyCode>>,
    pressed: Arc<Mutex<VecDeque<Instant>>>,
    figures: Arc<Mutex<Figures>>,
}

/// The keys of a script at their times.
#[derive(Debug)]
struct Script {
    due: Interval,
    left: VecDeque<Option<KeyCode>>,
    pressed: Arc<Mutex<VecDeque<Instant>>>,
}

impl Console for Typist {
    type Input = Script;

    fn input(&self) -> Script {
        let mut due = interval(KEY_EVERY);
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Script {
            due,
            left: self.script.clone(),
            pressed: Arc::clone(&self.pressed),
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
        let pressed = lock(&self.pressed).drain(..).collect::<Vec<_>>();
        figures
            .keys
            .extend(pressed.into_iter().map(|due| now - due));
        figures.last = self.terminal.backend().to_string();
        Ok(())
    }
}

impl Stream for Script {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Poll::Ready(due) = self.due.poll_tick(context) else {
                return Poll::Pending;
            };
            match self.left.pop_front() {
                None => return Poll::Ready(None),
                Some(None) => {}
                Some(Some(code)) => {
                    lock(&self.pressed).push_back(due);
                    let key = KeyEvent::new(code, KeyModifiers::NONE);
                    return Poll::Ready(Some(Ok(Event::Key(key))));
                }
            }
        }
    }
}

/// Measures the dialog over a file of so many rows.
///
/// # Errors
/// The workbench can't be started, or its last picture is not that of the dialog.
pub(crate) fn measure(n_rows: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("weather.yaml"), AGENT)?;
    let mut rows = "city,days\n".to_owned();
    for row in 0..n_rows {
        let _infallible = writeln!(rows, "city {row},{}", row % 9);
    }
    std::fs::write(folder.path().join("rows.csv"), rows)?;
    let figures = tokio::runtime::Runtime::new()?.block_on(show(folder.path()))?;
    println!(
        "launch dialog over {n_rows} rows, a key each {} ms",
        KEY_EVERY.as_millis()
    );
    report("key to frame", &figures.keys);
    report("one frame   ", &figures.frames);
    let wanted = format!("= {n_rows} runs");
    if !figures.last.contains(&wanted) {
        return Err(format!(
            "the last picture does not say `{wanted}`:\n{}",
            figures.last
        )
        .into());
    }
    Ok(())
}

async fn show(folder: &Path) -> Result<Figures, Box<dyn Error>> {
    let clock = SystemClock::shared();
    let models = Models::new(ModelSettings::default());
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: None,
        history: None,
        kept_detail: KeptDetail::All,
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(Arc::clone(&clock), IdSource::Random, settings);
    let services = Services {
        runs,
        clock,
        editor: "true".to_owned(),
        profile: None,
        problems_rx: tokio::sync::mpsc::channel(1).1,
    };
    let Ok(terminal) = Terminal::new(TestBackend::new(SIZE.0, SIZE.1));
    let figures = Arc::new(Mutex::new(Figures::default()));
    let typist = Typist {
        terminal,
        script: script(),
        pressed: Arc::default(),
        figures: Arc::clone(&figures),
    };
    let begin = startup("spec")?;
    let startup = Startup {
        workspace: Workspace {
            root: folder.to_owned(),
            ..begin.workspace
        },
        ..begin
    };
    on_this_thread(run_on(typist, startup, services))?;
    owner.shutdown().await;
    worlds.shutdown().await;
    Ok(std::mem::take(&mut *lock(&figures)))
}

/// What is typed: the dialog is opened, the file named while it is read, a message typed, each field gone through, and the dialog
/// left and opened again over what it had.
fn script() -> VecDeque<Option<KeyCode>> {
    let pause = |ticks: usize| std::iter::repeat_n(None, ticks);
    let press = |code: KeyCode, times: usize| std::iter::repeat_n(Some(code), times);
    let text = |text: &'static str| text.chars().map(|letter| Some(KeyCode::Char(letter)));
    let mut script = VecDeque::new();
    script.extend(pause(50));
    script.extend(press(KeyCode::Enter, 1));
    script.extend(pause(10));
    script.extend(press(KeyCode::Up, 8));
    script.extend(text("rows.csv"));
    script.extend(press(KeyCode::Up, 4).chain(press(KeyCode::Down, 4)));
    script.extend(pause(150));
    script.extend(press(KeyCode::Down, 1));
    script.extend(text(
        "How is the weather in {{city}} in the next {{days}} days, please?",
    ));
    script.extend(pause(100));
    script.extend(text(" In short."));
    script.extend(
        press(KeyCode::Up, 8)
            .chain(text("7"))
            .chain(press(KeyCode::Backspace, 1)),
    );
    script.extend(press(KeyCode::Down, 8));
    script.extend(pause(100));
    script.extend(press(KeyCode::Esc, 1));
    script.extend(pause(20));
    script.extend(press(KeyCode::Enter, 1));
    script.extend(pause(250));
    script
}
