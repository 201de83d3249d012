//! The launch dialog: what will be started, and whether it can be.

mod below;
mod draw;
mod form;
mod tools;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::profile::Profile;
use crate::runs::{InputRows, PlanError, Planned, RunsCommand, plan};
use crate::spec::Component;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::Context;
use crate::tui::command::{Command, FileCommand, PathsOf, UiCommand};
use crate::tui::event::Checked;
use crate::tui::notices::Notice;
use crate::tui::overlays::trust;
use crate::tui::screens::Screen;
use crate::tui::widgets::path_completion::PathCompletion;
use crate::workspace::Changes;
pub(super) use draw::draw;
pub use form::Draft;
use form::{Field, Form};

/// How long the name of the file with rows is left alone before it is read.
const READ_AFTER: Duration = Duration::from_millis(200);

/// The file that holds a row of inputs for each run.
#[derive(Clone, Debug, Default)]
enum Rows {
    /// There is none: one value for all runs.
    #[default]
    None,
    /// It is being read.
    Reading(PathBuf),
    Read(PathBuf, Arc<InputRows>),
    Failed(PathBuf, String),
}

impl Rows {
    /// The file.
    const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::None => None,
            Self::Reading(path) | Self::Read(path, _) | Self::Failed(path, _) => Some(path),
        }
    }

    /// What was read.
    fn read(&self) -> Option<&InputRows> {
        match self {
            Self::Read(_, read) => Some(read),
            Self::None | Self::Reading(_) | Self::Failed(..) => None,
        }
    }
}

/// What is filled in.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    checked: Arc<Checked>,
    /// The component; none where the spec can't be launched.
    component: Option<Arc<Component>>,
    profile: Arc<Profile>,
    form: Form,
    rows: Rows,
    /// What the name of their file may go on with.
    rows_files: PathCompletion,
    /// Each tool, and what calling it will mean.
    tools: Vec<tools::ToolLine>,
    /// What would be started, or why nothing can be.
    planned: Result<Planned, PlanError>,
}

impl State {
    pub(super) fn new(root: &Path, path: PathBuf, checked: Arc<Checked>) -> Self {
        let loadable = checked.loaded.component.clone();
        let component = loadable.filter(|_| !checked.loaded.has_errors());
        let example = checked.profiles.example(&path);
        let form = Form::new(root, component.as_ref(), example, &checked.profile);
        let mut state = Self {
            profile: Arc::clone(&checked.profile),
            path,
            checked,
            component,
            form,
            rows: Rows::None,
            rows_files: PathCompletion::default(),
            tools: Vec::new(),
            planned: Err(PlanError(Vec::new())),
        };
        state.look_again();
        state
    }

    /// The spec.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The profile that is chosen.
    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Fills in what was launched last.
    pub(crate) fn fill_from(&mut self, draft: &Draft) {
        self.form.fill_from(draft);
        if let Ok(profile) = self.checked.profiles.profile(Some(&self.form.profile)) {
            self.form.take_profile(&profile);
            self.profile = Arc::new(profile);
        }
        self.look_again();
    }

    /// Reads what the fields name, when the dialog is opened.
    pub(crate) fn begin(&mut self, root: &Path) -> Vec<Command> {
        self.read_rows(root, Duration::ZERO)
    }

    /// Follows the name of the file with rows: what was read of another one holds no more.
    fn read_rows(&mut self, root: &Path, delay: Duration) -> Vec<Command> {
        let written = self.form.text(&Field::RowsFile).trim().to_owned();
        if written.is_empty() {
            self.rows = Rows::None;
            self.look_again();
            return Vec::new();
        }
        let path = root.join(written);
        if self.rows.path() == Some(&path) {
            return Vec::new();
        }
        self.rows = Rows::Reading(path.clone());
        self.look_again();
        vec![Command::File(FileCommand::ReadRows { path, delay })]
    }

    /// Reads the rows again after their file has changed.
    pub(crate) fn changed_on_disk(&mut self, changes: &Changes) -> Vec<Command> {
        let Some(path) = self.rows.path().filter(|path| match changes {
            Changes::Paths(paths) => paths.contains(*path),
            Changes::Many => true,
        }) else {
            return Vec::new();
        };
        let path = path.clone();
        self.rows = Rows::Reading(path.clone());
        self.look_again();
        let delay = Duration::ZERO;
        vec![Command::File(FileCommand::ReadRows { path, delay })]
    }

    /// Goes on with a text that was changed.
    fn typed(&mut self, root: &Path) -> Vec<Command> {
        self.look_again();
        if self.form.focus() != &Field::RowsFile {
            return Vec::new();
        }
        let mut commands = self.read_rows(root, READ_AFTER);
        commands.push(self.list_rows_files(root));
        commands
    }

    /// Looks for what the file's name may go on with.
    fn list_rows_files(&self, root: &Path) -> Command {
        Command::File(FileCommand::ListPaths {
            of: PathsOf::Rows,
            root: root.to_owned(),
            typed: self.form.text(&Field::RowsFile).to_owned(),
        })
    }

    /// Takes what the file's name may go on with, unless it has changed since.
    pub(crate) fn take_rows_files(&mut self, typed: &str, found: &[String]) {
        if self.form.text(&Field::RowsFile) == typed {
            self.rows_files.take(typed.to_owned(), found.to_vec());
        }
    }

    /// Completes the file's name. Returns none if there is nothing to go on with.
    fn complete(&mut self, root: &Path) -> Option<Vec<Command>> {
        if self.form.focus() != &Field::RowsFile {
            return None;
        }
        let text = self.rows_files.next(self.form.text(&Field::RowsFile))?;
        self.form.set_text(&Field::RowsFile, text);
        let mut commands = self.read_rows(root, READ_AFTER);
        if !self.rows_files.is_choosing() {
            commands.push(self.list_rows_files(root));
        }
        Some(commands)
    }

    /// Goes to another field.
    fn step(&mut self, step: isize, root: &Path) -> Vec<Command> {
        self.form.step(step);
        self.arrived(root)
    }

    fn arrived(&self, root: &Path) -> Vec<Command> {
        if self.form.focus() == &Field::RowsFile {
            vec![self.list_rows_files(root)]
        } else {
            Vec::new()
        }
    }

    /// Takes the rows that were read, if they are still wanted.
    pub(crate) fn take_rows(&mut self, path: &Path, result: Result<Arc<InputRows>, String>) {
        let is_wanted = matches!(&self.rows, Rows::Reading(wanted) if wanted == path);
        if is_wanted {
            self.rows = match result {
                Ok(rows) => Rows::Read(path.to_owned(), rows),
                Err(problem) => Rows::Failed(path.to_owned(), problem),
            };
            self.look_again();
        }
    }

    /// Makes the plan anew, after something was changed.
    fn look_again(&mut self) {
        let Some(component) = &self.component else {
            return;
        };
        self.tools = tools::lines(component, &self.profile);
        let rows = self.rows.read();
        // Repeats make no new problems, so they are left to the launch.
        let request = self.form.request(component, &self.profile, rows, 1);
        self.planned = plan(request);
    }

    /// How many runs will be started.
    fn count(&self) -> usize {
        let rows = self.rows.read().map_or(1, |read| read.rows.len().max(1));
        rows.saturating_mul(self.form.repeats())
    }

    fn is_ready(&self) -> bool {
        self.component.is_some()
            && self.planned.is_ok()
            && self.form.problems().is_empty()
            && !matches!(self.rows, Rows::Reading(_) | Rows::Failed(..))
    }

    fn launch(&mut self, context: &Context<'_>) -> Vec<Command> {
        let Some(component) = self.component.clone().filter(|_| self.is_ready()) else {
            let words = match &self.rows {
                Rows::Reading(_) => {
                    "the rows are being read: launch again when the line with = says what starts"
                }
                Rows::None | Rows::Read(..) | Rows::Failed(..) => {
                    "nothing is started yet: see the problems in the dialog"
                }
            };
            return vec![Command::notify(Notice::warning(words))];
        };
        let rows = self.rows.read();
        let repeats = self.form.repeats();
        let request = self.form.request(&component, &self.profile, rows, repeats);
        let planned = match plan(request) {
            Ok(planned) => planned,
            Err(error) => {
                self.planned = Err(error);
                return Vec::new();
            }
        };
        let mut commands = vec![
            Command::close(),
            Command::Ui(UiCommand::RememberLaunch {
                path: self.path.clone(),
                draft: Box::new(self.form.draft()),
            }),
            Command::Runs(RunsCommand::Launch {
                batch: context.ids.batch(),
                plan: Box::new(planned.plan),
            }),
            Command::Ui(UiCommand::Show(Screen::Runs)),
        ];
        let notes = planned.notes.into_iter();
        commands.extend(notes.map(|note| Command::notify(Notice::warning(note))));
        let spec = (self.path.as_path(), &*self.checked);
        trust::once_trusted(spec, &component, &self.profile, commands, context)
    }

    /// Takes the next or the previous profile.
    fn turn_profile(&mut self, step: isize) {
        let names = self.checked.profiles.names();
        let now = names
            .iter()
            .position(|name| *name == self.form.profile)
            .unwrap_or(0);
        let next = (now + names.len()).saturating_add_signed(step) % names.len().max(1);
        if let Some(name) = names.get(next)
            && let Ok(profile) = self.checked.profiles.profile(Some(name))
        {
            self.form.take_profile(&profile);
            self.profile = Arc::new(profile);
            self.look_again();
        }
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Launch]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let root = &context.workspace.root;
    match action {
        Action::Accept => state.launch(context),
        Action::NewLine => {
            if state.form.break_line() {
                return state.typed(root);
            }
            Vec::new()
        }
        Action::Complete => state.complete(root).unwrap_or_default(),
        Action::Back => {
            let mut commands = vec![Command::close()];
            // What was filled in is there again when the dialog is.
            if state.form.is_edited() {
                commands.push(Command::Ui(UiCommand::RememberLaunch {
                    path: state.path.clone(),
                    draft: Box::new(state.form.draft()),
                }));
            }
            commands
        }
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    let root = &context.workspace.root;
    let is_back = key.modifiers.contains(KeyModifiers::SHIFT);
    let is_profile = state.form.focus() == &Field::Profile;
    match key.code {
        // As in a shell: a name that can go on goes on, any other tab goes to the next field.
        KeyCode::Tab if !is_back && !state.form.text(&Field::RowsFile).is_empty() => {
            state.complete(root).unwrap_or_else(|| state.step(1, root))
        }
        KeyCode::Down => state.step(1, root),
        KeyCode::Tab if !is_back => state.step(1, root),
        KeyCode::Up | KeyCode::BackTab | KeyCode::Tab => state.step(-1, root),
        KeyCode::Left if is_profile => {
            state.turn_profile(-1);
            Vec::new()
        }
        KeyCode::Right | KeyCode::Char(' ') if is_profile => {
            state.turn_profile(1);
            Vec::new()
        }
        _ if state.form.input(key) => state.typed(root),
        _ => Vec::new(),
    }
}

pub(super) fn paste(state: &mut State, text: &str, context: &Context<'_>) -> Vec<Command> {
    let notice = state.form.paste(text);
    let mut commands = state.typed(&context.workspace.root);
    commands.extend(notice.map(Command::notify));
    commands
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    if event.kind != MouseEventKind::Down(MouseButton::Left) {
        return Vec::new();
    }
    let at = ratatui::layout::Position::new(event.column, event.row);
    match draw::field_at(state, context.area, at) {
        Some(Field::Launch) => update(state, Action::Accept, context),
        Some(field) => {
            let is_again = state.form.focus() == &field;
            state.form.focus_on(&field);
            if is_again && field == Field::Profile {
                state.turn_profile(1);
            }
            state.arrived(&context.workspace.root)
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
