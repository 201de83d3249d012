//! A workbench without a terminal, for tests: keys in, pictures and commands out. Jobs on files are
//! performed immediately; time stands still unless a test moves it.

pub(crate) mod scenes;
pub(crate) mod stage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, IdSource};
use crate::runs::{BatchRecord, HistoryFile, Update};
use crate::settings::Settings;
use crate::spec::{LoadOptions, load};
use crate::tui::app::{self, Fixed, Startup, State};
use crate::tui::effect::{Effect, FileCommand};
use crate::tui::event::AppEvent;
use crate::tui::frame;
use crate::tui::history::{HistoryCommand, HistoryQuery, PastRuns};
use crate::tui::launch_plan::PlanWish;
use crate::tui::launches::Launches;
use crate::tui::perform;
use crate::tui::remembered::Remembered;
use crate::tui::terminal::Features;
use crate::tui::theme::{ColourDepth, Theme};
use crate::workspace::{self, Trust, Workspace};

/// The moment at which every test begins.
const START: Timestamp = Timestamp::from_ns(1_767_225_600_000_000_000);

/// The workbench on a folder of its own.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that a test turns"
)]
pub(crate) struct Harness {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    size: (u16, u16),
    root: PathBuf,
    /// Commands for the outside that are no work on files.
    pub(crate) commands: Vec<Effect>,
    is_ascii: bool,
    /// Whether the history is read; else the newest list that is asked for waits in `asked_history`.
    pub(crate) reads_history: bool,
    /// The number of the newest list that is asked for.
    pub(crate) asked_history: Option<u64>,
    /// Whether files of rows are read; else they are being read for ever.
    pub(crate) reads_rows: bool,
    /// Whether launches are planned; else they wait in `wishes`.
    pub(crate) plans: bool,
    /// Launches that are not planned yet, the newest last.
    pub(crate) wishes: Vec<PlanWish>,
    folder: tempfile::TempDir,
}

/// What a workbench is drawn on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnTerminal {
    pub(crate) size: (u16, u16),
    pub(crate) is_ascii: bool,
    pub(crate) depth: ColourDepth,
}

impl OnTerminal {
    /// A terminal of this size that has all signs and colours.
    pub(crate) const fn of(size: (u16, u16)) -> Self {
        Self {
            size,
            is_ascii: false,
            depth: ColourDepth::True,
        }
    }
}

impl Harness {
    /// Opens a folder with these files in a terminal of this size.
    pub(crate) fn new(size: (u16, u16), files: &[(&str, &str)]) -> Self {
        Self::with(size, files, false)
    }

    /// Opens a folder with these files in a terminal of this size, with signs in ASCII only.
    pub(crate) fn ascii(size: (u16, u16), files: &[(&str, &str)]) -> Self {
        Self::with(size, files, true)
    }

    /// Opens the bundled samples.
    pub(crate) fn samples(size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        workspace::unpack_samples(folder.path()).unwrap();
        Self::open(size, folder, true, false)
    }

    /// A folder with these files on this terminal.
    pub(crate) fn on(terminal: OnTerminal, files: &[(&str, &str)]) -> Self {
        let mut bench = Self::with(terminal.size, files, terminal.is_ascii);
        bench.state.set_themes(Theme::all(&[], terminal.depth).0);
        bench
    }

    /// The bundled samples on this terminal.
    pub(crate) fn samples_on(terminal: OnTerminal) -> Self {
        let folder = tempfile::tempdir().unwrap();
        workspace::unpack_samples(folder.path()).unwrap();
        let mut bench = Self::open(terminal.size, folder, true, terminal.is_ascii);
        bench.state.set_themes(Theme::all(&[], terminal.depth).0);
        bench
    }

    fn with(size: (u16, u16), files: &[(&str, &str)], is_ascii: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("desk").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("desk")).unwrap();
        Self::open(size, folder, false, is_ascii)
    }

    fn open(size: (u16, u16), folder: tempfile::TempDir, is_samples: bool, is_ascii: bool) -> Self {
        let root = if is_samples {
            folder.path().to_owned()
        } else {
            folder.path().join("desk")
        };
        let root = std::fs::canonicalize(root).unwrap();
        let mut startup = startup(&root);
        startup.workspace.is_samples = is_samples;
        startup.fixed.is_ascii = is_ascii;
        startup.trash = folder.path().join("state/trash");
        startup.trust = Trust::read(folder.path().join("state/trusted")).unwrap();
        let (state, commands) = State::new(startup, Rect::new(0, 0, size.0, size.1), START);
        let mut bench = Self {
            state,
            now: START,
            size,
            root,
            commands: Vec::new(),
            is_ascii,
            reads_history: true,
            asked_history: None,
            reads_rows: true,
            plans: true,
            wishes: Vec::new(),
            folder,
        };
        bench.perform(commands);
        bench
    }

    /// The bundled samples in a workbench that keeps settings and layout in files of its own.
    pub(crate) fn keeping(size: (u16, u16)) -> Self {
        let mut bench = Self::samples(size);
        bench.restart();
        bench
    }

    /// Where the layout is kept.
    pub(crate) fn screen_file(&self) -> PathBuf {
        self.root.join(".kept/screen.json")
    }

    /// Ends the workbench and starts it anew with what was kept.
    pub(crate) fn restart(&mut self) -> &mut Self {
        let mut startup = startup(&self.root);
        startup.workspace.is_samples = true;
        startup.config_file = Some(self.root.join(".kept/config.toml"));
        startup.remembered = Remembered::read(&self.screen_file());
        startup.screen_file = Some(self.screen_file());
        startup.launches = Launches::read(self.root.join(".kept/launches.json"));
        let (width, height) = self.size;
        let (state, commands) = State::new(startup, Rect::new(0, 0, width, height), self.now);
        self.state = state;
        self.perform(commands);
        self.state.prepare(self.now);
        self
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

    /// Drags the mouse from one cell to another.
    pub(crate) fn drag(&mut self, from: (u16, u16), to: (u16, u16)) -> &mut Self {
        let left = MouseButton::Left;
        for (kind, (column, row)) in [
            (MouseEventKind::Down(left), from),
            (MouseEventKind::Drag(left), to),
            (MouseEventKind::Up(left), to),
        ] {
            self.event(Event::Mouse(MouseEvent {
                kind,
                column,
                row,
                modifiers: KeyModifiers::NONE,
            }));
        }
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
                    let result = perform::done(command, crate::tui::check::AskedProfile::default());
                    self.update(AppEvent::Job(result));
                }
                Effect::History(HistoryCommand::Read(query)) if !self.reads_history => {
                    if let HistoryQuery::List { question, .. } = query {
                        self.asked_history = Some(question);
                    } else {
                        let command = HistoryCommand::Read(query);
                        self.commands.push(Effect::History(command));
                    }
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

    /// Where the cursor stands, if a text has the focus.
    pub(crate) fn cursor(&self) -> Option<Position> {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        frame::draw(&self.state, self.now, area, &mut Buffer::empty(area))
    }

    /// Lets the terminal lose the focus.
    pub(crate) fn lose_focus(&mut self) {
        self.event(Event::FocusLost);
    }

    /// The keys that the footer names, with what they do.
    pub(crate) fn hints(&self) -> Vec<(String, &'static str)> {
        let contexts = self.state.screen_contexts();
        frame::hints(&self.state, &self.state.look(self.now, &contexts))
    }

    /// The screen as text, a line for each row.
    pub(crate) fn picture(&self) -> String {
        let terminal = self.drawn();
        let text = terminal.backend().to_string();
        // Behind the line the backend tells of cells that wide signs cover.
        let lines = text.lines().map(|line| {
            let line = line.split("\" Hidden by").next().unwrap_or(line);
            line.trim_matches('"').trim_end()
        });
        self.without_chance(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// A picture in which the folder has the same name each time, whole and as far as it is cut.
    fn without_chance(&self, picture: &str) -> String {
        let folder = self.folder.path().file_name().unwrap_or_default();
        let name = folder.to_string_lossy();
        let Some(chance) = name.strip_prefix(".tmp") else {
            return picture.to_owned();
        };
        let above = self.folder.path().parent().unwrap_or(Path::new(""));
        let mut picture = picture.replace(&format!("{}/.tmp", above.display()), "/dir/.tmp");
        for length in (1..=chance.len()).rev() {
            let (begin, _) = chance.split_at(length);
            let (_, end) = chance.split_at(chance.len() - length);
            let stars = "*".repeat(length);
            picture = picture.replace(&format!(".tmp{begin}"), &format!(".tmp{stars}"));
            picture = picture.replace(&format!("\u{2026}{end}/"), &format!("\u{2026}{stars}/"));
        }
        picture
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
        component: load(spec, &LoadOptions::default()).component,
        profile: "offline".to_owned(),
        bound_to: "offline model · real tools".to_owned(),
        tracing: None,
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
        notice: None,
        workers: None,
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
        mistakes: Vec::new(),
        fixed: Fixed {
            depth: ColourDepth::True,
            features: Features::default(),
            is_ascii: false,
            no_mouse: false,
        },
        remembered: Remembered::default(),
        screen_file: None,
        launches: Launches::default(),
        trash: root.join(".kept/trash"),
        utc_offset: chrono::FixedOffset::east_opt(0).unwrap(),
        ids: IdSource::counted(),
        trust: Trust::default(),
        config_file: None,
        history: PastRuns {
            file: HistoryFile::new(root.join("history.db")),
            off: None,
            queue: None,
        },
        traces: Vec::new(),
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
