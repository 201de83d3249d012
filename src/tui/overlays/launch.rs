//! The launch dialog: its fields, the plan of what will be started, and the problems that prevent
//! it.

mod below;
mod beside;
mod draw;
mod form;
mod places;
mod plan;
mod rows;
mod tools;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::keeping::Keeping;
use crate::profile::Profile;
use crate::spec::Component;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::{FileCommand, PathsOf, TerminalCommand};
use crate::tui::event::Checked;
use crate::tui::launches::LaunchDraft;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::{Notice, NoticeLevel};
use crate::tui::widgets::path_completion::PathCompletion;
use form::{Field, Form};
use plan::Plan;
use rows::Rows;

/// The time without typing after which the named file with rows is read.
const READ_AFTER: Duration = Duration::from_millis(200);

/// Returns the kind of files that a field names; `None` if the field names no file.
fn files_of(field: &Field) -> Option<PathsOf> {
    match field {
        Field::RowsFile => Some(PathsOf::Rows),
        Field::Answers => Some(PathsOf::Answers),
        _ => None,
    }
}

/// The state of the dialog.
#[derive(Debug)]
pub(crate) struct State {
    path: PathBuf,
    checked: Arc<Checked>,
    /// The component; `None` if the spec can't be launched.
    component: Option<Arc<Component>>,
    profile: Arc<Profile>,
    form: Form,
    rows: Rows,
    /// The completions of the file name in the focused field.
    files: PathCompletion,
    /// The tools, each with the effect that a call will have.
    tools: Vec<tools::ToolLine>,
    /// The description of the models that will be called.
    models: String,
    plan: Plan,
    /// The inputs of the current plan, finished or not.
    looked: Option<plan::Looked>,
    /// Whether a launch was requested while the rows were still being read. It is started when the
    /// plan is ready.
    is_launch_due: bool,
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
            files: PathCompletion::default(),
            tools: Vec::new(),
            models: String::new(),
            plan: Plan::Unknown,
            looked: None,
            is_launch_due: false,
        };
        state.look_at_profile();
        state
    }

    /// Returns the path of the spec.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fills in the fields of the last launch.
    pub(crate) fn fill_from(&mut self, draft: &LaunchDraft) {
        self.form.fill_from(draft);
        let profile = self.checked.profiles.profile(Some(&self.form.profile));
        self.take_profile(profile.unwrap_or_else(|_| Profile::clone(&self.checked.profile)));
    }

    fn take_profile(&mut self, profile: Profile) {
        self.form.take_profile(&profile);
        self.profile = Arc::new(profile);
        self.look_at_profile();
    }

    /// Updates the descriptions of models and tools from the profile and the stubs.
    fn look_at_profile(&mut self) {
        if let Some(component) = &self.component {
            let stubs = self.form.stubs().unwrap_or_default();
            self.tools = tools::lines(component, &self.profile, &stubs);
            self.models = self.profile.models_in_words(component).join(", ");
        }
    }

    /// Reads the files that the fields name, when the dialog is opened.
    pub(crate) fn begin(&mut self, root: &Path) -> Vec<Command> {
        self.read_rows(root, Duration::ZERO)
    }

    /// Handles a changed text.
    fn typed(&mut self, root: &Path) -> Vec<Command> {
        let mut commands = match self.form.focus() {
            Field::RowsFile => self.read_rows(root, READ_AFTER),
            Field::Answers => self.look_later(root, READ_AFTER),
            Field::Stubs => {
                self.look_at_profile();
                self.look_again(root)
            }
            _ => self.look_again(root),
        };
        commands.extend(self.list_files(root));
        commands
    }

    /// Searches for the completions of the file name in the focused field.
    fn list_files(&self, root: &Path) -> Option<Command> {
        Some(Command::file(FileCommand::ListPaths {
            of: files_of(self.form.focus())?,
            root: root.to_owned(),
            typed: self.form.text(self.form.focus()).to_owned(),
        }))
    }

    /// Stores the completions of a file name, unless the name or the focus has changed meanwhile.
    pub(crate) fn take_files(&mut self, of: PathsOf, typed: &str, found: &[String]) {
        let focus = self.form.focus();
        if files_of(focus) == Some(of) && self.form.text(focus) == typed {
            self.files.take(typed.to_owned(), found.to_vec());
        }
    }

    /// Whether `tab` completes the file name instead of moving to the next field.
    fn tab_completes(&self) -> bool {
        let focus = self.form.focus();
        let text = self.form.text(focus);
        files_of(focus).is_some() && !text.is_empty() && self.files.has_next(text)
    }

    /// Completes the file name; `None` if there is no completion.
    fn complete(&mut self, root: &Path) -> Option<Vec<Command>> {
        let focus = self.form.focus().clone();
        files_of(&focus)?;
        let text = self.files.next(self.form.text(&focus))?;
        self.form.set_text(&focus, text);
        let mut commands = match focus {
            Field::RowsFile => self.read_rows(root, READ_AFTER),
            _ => self.look_later(root, READ_AFTER),
        };
        if !self.files.is_choosing() {
            commands.extend(self.list_files(root));
        }
        Some(commands)
    }

    /// Moves the focus to another field.
    fn step(&mut self, step: isize, root: &Path) -> Vec<Command> {
        self.form.step(step);
        self.arrived(root)
    }

    fn arrived(&self, root: &Path) -> Vec<Command> {
        self.list_files(root).into_iter().collect()
    }

    /// Copies the command line for the same launch.
    fn copy_command(&self, root: &Path) -> Vec<Command> {
        let columns = self.rows.read().map(|rows| rows.columns());
        let line = self.form.command_line(
            &self.path,
            root,
            columns.unwrap_or_default(),
            self.checked.profiles.default_profile(),
        );
        vec![Command::terminal(TerminalCommand::Copy {
            text: line.to_string(),
            what: "the command line".to_owned(),
        })]
    }

    /// Returns the command that saves the filled-in fields for the next launch.
    fn remember(&self) -> Command {
        Command::Tell(Message::RememberLaunch {
            path: self.path.clone(),
            draft: Box::new(self.form.draft()),
            is_kept: self.profile.keeping == Keeping::All,
        })
    }

    /// Selects the next or the previous profile.
    fn turn_profile(&mut self, step: isize, root: &Path) -> Vec<Command> {
        let mut names = self.checked.profiles.names();
        let of_workers = Some(&self.checked.profile).filter(|profile| profile.is_of_workers);
        names.extend(of_workers.map(|profile| profile.name.as_str()));
        let now = names
            .iter()
            .position(|name| *name == self.form.profile)
            .unwrap_or(0);
        let next = (now + names.len()).saturating_add_signed(step) % names.len().max(1);
        let next = names.get(next);
        let is_at_workers = of_workers.is_some();
        let profile = next.and_then(|name| {
            let profiles = &self.checked.profiles;
            let found = profiles.profile_here_or_of_workers(Some(name), is_at_workers);
            found.ok()
        });
        let Some(profile) = profile else {
            return Vec::new();
        };
        self.form.is_profile_chosen = true;
        self.take_profile(profile);
        self.look_again(root)
    }
}

impl Layer for State {
    fn refusal(&self, action: Action, _context: &Context<'_>) -> Option<&'static str> {
        let focus = self.form.focus();
        match action {
            Action::Accept if self.reading().is_none() && !self.has_no_problem() => {
                Some("nothing is started yet: see the problems in the dialog")
            }
            Action::NewLine if !self.form.takes_lines() => Some("this field has one line"),
            Action::Complete if files_of(focus).is_none() => {
                Some("only names of files are completed")
            }
            Action::CopyCommand if self.reading().is_none() && !self.has_no_problem() => {
                Some("there is no command yet: see the problems in the dialog")
            }
            Action::Complete if !self.files.has_next(self.form.text(focus)) => {
                Some("no file name begins like this")
            }
            _ => None,
        }
    }

    fn bound_to(&self, _context: &Context<'_>) -> Option<String> {
        Some(self.profile.words())
    }

    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Launch]
    }

    fn ends_in_button(&self) -> bool {
        true
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        let root = &context.workspace.root;
        if let Some(reason) = self.refusal(action, context) {
            let mut words = vec![reason.to_owned()];
            if action == Action::Accept {
                // In the dialog there may be no room for all of them.
                words.extend(below::problems(self).texts);
            }
            let refused = Notice::refused(action, words.join("\n"));
            return vec![Command::notify(refused.with_level(NoticeLevel::Warning))];
        }
        match action {
            Action::Accept => self.launch(root),
            Action::CopyCommand => self.copy_command(root),
            Action::NewLine => {
                if self.form.break_line() {
                    return self.typed(root);
                }
                Vec::new()
            }
            Action::Complete => self.complete(root).unwrap_or_default(),
            Action::Back => {
                let mut commands = vec![Command::close()];
                // What was filled in is there again when the dialog is.
                if self.form.is_edited() {
                    commands.push(self.remember());
                }
                commands
            }
            _ => Vec::new(),
        }
    }

    fn text(&mut self, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
        let root = &context.workspace.root;
        let is_back = key.modifiers.contains(KeyModifiers::SHIFT);
        let is_profile = self.form.focus() == &Field::Profile;
        match key.code {
            // As in a shell: a name that can be completed is completed, any other tab goes to the next field.
            KeyCode::Tab if !is_back && self.tab_completes() => {
                self.complete(root).unwrap_or_default()
            }
            KeyCode::Down => self.step(1, root),
            KeyCode::Tab if !is_back => self.step(1, root),
            KeyCode::Up | KeyCode::BackTab | KeyCode::Tab => self.step(-1, root),
            KeyCode::Left if is_profile => self.turn_profile(-1, root),
            KeyCode::Right | KeyCode::Char(' ') if is_profile => self.turn_profile(1, root),
            _ if self.form.input(key) => self.typed(root),
            _ => Vec::new(),
        }
    }

    fn paste(&mut self, text: &str, context: &Context<'_>) -> Vec<Command> {
        let notice = self.form.paste(text);
        let mut commands = self.typed(&context.workspace.root);
        commands.extend(notice.map(Command::notify));
        commands
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        if event.kind != MouseEventKind::Down(MouseButton::Left) {
            return Vec::new();
        }
        let at = ratatui::layout::Position::new(event.column, event.row);
        match draw::field_at(self, context.area, at) {
            Some((Field::Launch, _)) => self.update(Action::Accept, context),
            Some((field, area)) => {
                let is_again = self.form.focus() == &field;
                self.form.focus_on(&field);
                self.form.click(event.column, area);
                if is_again && field == Field::Profile {
                    return self.turn_profile(1, &context.workspace.root);
                }
                self.arrived(&context.workspace.root)
            }
            None => Vec::new(),
        }
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        draw::draw(self, look, area, buffer)
    }
}

#[cfg(test)]
mod tests;
