//! A workbench without a terminal, for tests: keys in, pictures and commands out. Jobs on files are
//! done at once; time stands still unless a test moves it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::layout::Rect;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, IdSource};
use crate::runs::{BatchRecord, HistoryFile, Update};
use crate::settings::Settings;
use crate::spec::{LoadOptions, load};
use crate::tui::app::{self, Startup, State};
use crate::tui::effect::{Effect, FileCommand};
use crate::tui::event::AppEvent;
use crate::tui::frame;
use crate::tui::history::{HistoryCommand, PastRuns};
use crate::tui::launch_plan::PlanWish;
use crate::tui::perform;
use crate::tui::theme::{ColourDepth, Theme};
use crate::workspace::{self, Trust, Workspace};

/// The moment at which every test begins.
const START: Timestamp = Timestamp::from_ns(1_767_225_600_000_000_000);

/// The workbench on a folder of its own.
pub(crate) struct Bench {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    size: (u16, u16),
    root: PathBuf,
    /// Commands for the outside that are no work on files.
    pub(crate) commands: Vec<Effect>,
    is_ascii: bool,
    /// Whether files of rows are read; else they are being read for ever.
    pub(crate) reads_rows: bool,
    /// Whether launches are planned; else they wait in `wishes`.
    pub(crate) plans: bool,
    /// Launches that are not planned yet, the newest last.
    pub(crate) wishes: Vec<PlanWish>,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// Opens a folder with these files in a terminal of this size.
    pub(crate) fn new(size: (u16, u16), files: &[(&str, &str)]) -> Self {
        Self::with(size, files, false)
    }

    /// The same, with signs in ASCII only.
    pub(crate) fn ascii(size: (u16, u16), files: &[(&str, &str)]) -> Self {
        Self::with(size, files, true)
    }

    /// Opens the bundled samples.
    pub(crate) fn samples(size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        workspace::unpack_samples(folder.path()).unwrap();
        Self::open(size, folder, true, false)
    }

    fn with(size: (u16, u16), files: &[(&str, &str)], is_ascii: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("work").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("work")).unwrap();
        Self::open(size, folder, false, is_ascii)
    }

    fn open(size: (u16, u16), folder: tempfile::TempDir, is_samples: bool, is_ascii: bool) -> Self {
        let root = if is_samples {
            folder.path().to_owned()
        } else {
            folder.path().join("work")
        };
        let root = std::fs::canonicalize(root).unwrap();
        let mut startup = startup(&root);
        startup.workspace.is_samples = is_samples;
        startup.is_ascii = is_ascii;
        startup.trust = Trust::read(folder.path().join("state/trusted")).unwrap();
        let (state, commands) = State::new(startup, Rect::new(0, 0, size.0, size.1), START);
        let mut bench = Self {
            state,
            now: START,
            size,
            root,
            commands: Vec::new(),
            is_ascii,
            reads_rows: true,
            plans: true,
            wishes: Vec::new(),
            _folder: folder,
        };
        bench.perform(commands);
        bench
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Presses keys, written as in the keymap and parted by blanks: `down ctrl-s space x`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.event(Event::Key(key_event(key)));
        }
        self
    }

    /// Types a text letter by letter.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE);
            self.event(Event::Key(key));
        }
        self
    }

    /// Pastes a text.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.event(Event::Paste(text.to_owned()));
        self
    }

    /// Clicks on a cell.
    pub(crate) fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.event(Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }));
        self
    }

    /// Lets a plan that was wished for be there.
    pub(crate) fn finish_plan(&mut self, wish: usize) {
        let result = self.wishes.remove(wish).plan();
        self.update(AppEvent::Job(result));
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, duration: Duration) -> &mut Self {
        self.now = self.now.plus(duration);
        self.state.prepare(self.now);
        self
    }

    fn event(&mut self, event: Event) {
        self.update(AppEvent::Terminal(event));
    }

    /// Lets time pass as far as the screen changes by itself, at most so often. Returns how often it did.
    pub(crate) fn wait_while_it_changes(&mut self, at_most: usize) -> usize {
        for changes in 0..at_most {
            match self.state.changes_at(self.now) {
                Some(at) => {
                    self.now = at;
                    self.state.prepare(at);
                }
                None => return changes,
            }
        }
        at_most
    }

    /// Lets something happen, and does the work on files that it leads to.
    pub(crate) fn update(&mut self, event: AppEvent) {
        let commands = app::update(&mut self.state, event, self.now);
        self.perform(commands);
        self.state.prepare(self.now);
    }

    /// Lets a batch of runs of a spec start, which are called `weather`.
    pub(crate) fn start_batch(&mut self, id: &str, spec: &str, total: usize) {
        let number = self.state.runs_model().batches().len();
        let mut batch = batch_record(id, spec, number, self.now);
        batch.total = total;
        self.update(AppEvent::Runs(Update::BatchStarted(Arc::new(batch))));
    }

    fn perform(&mut self, commands: Vec<Effect>) {
        for command in commands {
            match command {
                Effect::File(FileCommand::ReadRows { .. }) if !self.reads_rows => {}
                Effect::File(command) => {
                    let result = perform::done(command, None);
                    self.update(AppEvent::Job(result));
                }
                Effect::History(HistoryCommand::Read(query)) => {
                    let file = HistoryFile::new(self.root.join("history.db"));
                    let result = perform::read_history(query, &file, None);
                    self.update(AppEvent::Job(result));
                }
                Effect::Plan(wish) if !self.plans => self.wishes.push(*wish),
                Effect::Plan(wish) => {
                    let result = wish.plan();
                    self.update(AppEvent::Job(result));
                }
                Effect::Draw {
                    subject,
                    component,
                    has_marks,
                } => {
                    let result = perform::drawn(subject, &component, has_marks, self.is_ascii);
                    self.update(AppEvent::Job(result));
                }
                other => self.commands.push(other),
            }
        }
    }

    fn drawn(&self) -> Terminal<TestBackend> {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal
            .draw(|frame| {
                frame::draw(&self.state, self.now, frame.area(), frame.buffer_mut());
            })
            .unwrap();
        terminal
    }

    /// The cells of the screen, row by row.
    pub(crate) fn cells(&self) -> Vec<Vec<Cell>> {
        let terminal = self.drawn();
        let rows = terminal
            .backend()
            .buffer()
            .content
            .chunks(self.size.0.into());
        rows.map(<[Cell]>::to_vec).collect()
    }

    /// Lets the terminal lose the focus.
    pub(crate) fn lose_focus(&mut self) {
        self.event(Event::FocusLost);
    }

    /// The screen as text, a line for each row.
    pub(crate) fn picture(&self) -> String {
        let terminal = self.drawn();
        let text = terminal.backend().to_string();
        let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A batch of runs of a spec, which are called `weather`.
pub(crate) fn batch_record(
    id: &str,
    spec: &str,
    number: usize,
    launched_at: Timestamp,
) -> BatchRecord {
    BatchRecord {
        is_paused: false,
        id: BatchId::new(id),
        number,
        spec_name: "weather".to_owned(),
        terms: Arc::default(),
        component: load(spec, &LoadOptions::default()).component.unwrap(),
        profile: "offline".to_owned(),
        bound_to: "offline model · real tools".to_owned(),
        total: 1,
        at_once: 4,
        budget: None,
        canary: None,
        requests_per_second: None,
        busy_endpoints: indexmap::IndexMap::new(),
        launched_at,
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
    }
}

/// A workbench on a folder.
pub(crate) fn startup(root: &Path) -> Startup {
    let (themes, _) = Theme::all(&[], ColourDepth::True);
    Startup {
        workspace: Workspace {
            root: root.to_owned(),
            file: None,
            is_samples: false,
            kept_samples: Vec::new(),
            note: None,
        },
        settings: Settings::default(),
        themes,
        profile: "offline model · real tools".to_owned(),
        notices: Vec::new(),
        is_ascii: false,
        has_mouse: true,
        utc_offset: chrono::FixedOffset::east_opt(0).unwrap(),
        ids: IdSource::counted(),
        trust: Trust::default(),
        config_file: None,
        history: PastRuns {
            file: HistoryFile::new(root.join("history.db")),
            off: None,
        },
    }
}

/// The event of a key as it is written in the keymap.
pub(crate) fn key_event(text: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = text;
    for (prefix, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
            modifiers |= modifier;
            rest = after;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "del" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        function if function.len() > 1 && function.starts_with('F') => {
            KeyCode::F(function.trim_start_matches('F').parse().unwrap())
        }
        other => KeyCode::Char(other.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}
