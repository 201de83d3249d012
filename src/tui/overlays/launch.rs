//! The launch dialog: what will be started, and whether it can be.

mod draw;
mod form;
mod tools;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::profile::Profile;
use crate::runs::{InputRows, PlanError, Planned, RunsCommand, plan};
use crate::spec::Component;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::Context;
use crate::tui::command::{Command, FileCommand, UiCommand};
use crate::tui::event::Checked;
use crate::tui::notices::Notice;
use crate::tui::overlays::trust;
use crate::tui::screens::Screen;
pub(super) use draw::draw;
pub use form::Draft;
use form::{Field, Form};

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

    /// Fills in what was launched last.
    pub(crate) fn fill_from(&mut self, draft: &Draft) {
        self.form.fill_from(draft);
        if let Ok(profile) = self.checked.profiles.profile(Some(&self.form.profile)) {
            self.profile = Arc::new(profile);
        }
        self.look_again();
    }

    /// The file to read rows from, if it is another than the one that was read.
    pub(crate) fn begin(&mut self, root: &Path) -> Vec<Command> {
        let written = self.form.text(&Field::RowsFile).trim().to_owned();
        if written.is_empty() {
            self.rows = Rows::None;
            self.look_again();
            return Vec::new();
        }
        let path = root.join(written);
        let is_known = match &self.rows {
            Rows::Reading(known) | Rows::Read(known, _) | Rows::Failed(known, _) => *known == path,
            Rows::None => false,
        };
        if is_known {
            return Vec::new();
        }
        self.rows = Rows::Reading(path.clone());
        self.look_again();
        vec![Command::File(FileCommand::ReadRows { path })]
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
            let words = "nothing is started yet: see the problems in the dialog";
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
            self.form.profile.clone_from(&profile.name);
            self.profile = Arc::new(profile);
            self.look_again();
        }
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Launch]
}

pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => {
            // The file may have been named a moment ago.
            let reading = state.begin(&context.workspace.root);
            if reading.is_empty() {
                state.launch(context)
            } else {
                reading
            }
        }
        Action::Back => vec![Command::close()],
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    let is_back = key.modifiers.contains(KeyModifiers::SHIFT);
    let step = match key.code {
        KeyCode::Down => 1,
        KeyCode::Tab if !is_back => 1,
        KeyCode::Up | KeyCode::BackTab | KeyCode::Tab => -1,
        KeyCode::Left if state.form.focus() == &Field::Profile => {
            state.turn_profile(-1);
            return Vec::new();
        }
        KeyCode::Right | KeyCode::Char(' ') if state.form.focus() == &Field::Profile => {
            state.turn_profile(1);
            return Vec::new();
        }
        _ => {
            if state.form.input(key) {
                state.look_again();
            }
            return Vec::new();
        }
    };
    let was_rows = state.form.focus() == &Field::RowsFile;
    state.form.step(step);
    if was_rows {
        state.begin(&context.workspace.root)
    } else {
        Vec::new()
    }
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    state.form.insert(text);
    state.look_again();
    Vec::new()
}

pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    if event.kind != MouseEventKind::Down(MouseButton::Left) {
        return Vec::new();
    }
    let at = ratatui::layout::Position::new(event.column, event.row);
    match draw::field_at(state, context.area, at) {
        Some(Field::Launch) => update(state, Action::Accept, context),
        Some(field) => {
            state.form.focus_on(&field);
            Vec::new()
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
