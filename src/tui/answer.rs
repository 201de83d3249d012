//! The box in which a person answers a run's request, in the run's pane or in the inbox: a message,
//! a tool result, or an approval, a refusal or changed arguments.

mod draw;
mod pictures;
mod reply;
mod result;

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use tui_textarea::{CursorMove, TextArea};

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId};
use crate::base::text::sanitised;
use crate::conversation::{AuthorizationStep, Image};
use crate::runs::{OpenRequest, Reply};
use crate::trace::RequestKind;
use crate::tui::action::{Action, KeyContext};
use crate::tui::effect::{FileCommand, PathsOf, TerminalCommand};
use crate::tui::message::Command;
use crate::tui::widgets::path_completion::PathCompletion;
use crate::tui::widgets::text_keys::{self, text_area};
pub(crate) use draw::{draw, draw_question, height};

/// The time for which keys are ignored after a confirmation has appeared, so that a key meant for
/// something else doesn't approve a tool call.
const IGNORED_FOR: Duration = Duration::from_millis(300);

/// The request that is being answered, and the reply typed so far.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) run: RunId,
    pub(crate) request: OpenRequest,
    /// The number of runs that receive the answer.
    n_alike: usize,
    opened_at: Timestamp,
    mode: Mode,
    /// The reason why the typed reply can't be sent.
    problem: Option<String>,
    /// The typed reason for a refusal, and the typed arguments, kept while another part of the box
    /// is shown.
    reason: Option<Box<TextArea<'static>>>,
    edited_arguments: Option<Box<TextArea<'static>>>,
    /// The text in the box when it was opened.
    untouched: String,
    /// The completions of a picture's path.
    completion: PathCompletion,
    /// Whether the pictures of a message are being read. The message is sent when they have been
    /// read.
    is_reading: bool,
    /// Whether the pane is enlarged for the box.
    pub(crate) is_large: bool,
}

#[derive(Debug)]
enum Mode {
    /// A message of the user.
    Message(Box<TextArea<'static>>),
    /// The result of a tool.
    Result(Box<TextArea<'static>>),
    /// An approval, a refusal, or another action of one key: editing the arguments, copying the
    /// address.
    Confirm,
    /// The reason for a refusal; may be empty.
    Refuse(Box<TextArea<'static>>),
    /// The arguments, to be edited.
    Arguments(Box<TextArea<'static>>),
}

/// The outcome of a key press in the box.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The box stays open.
    Stays,
    /// The box is closed without an answer.
    Closes,
    /// The box stays open, and the command is performed.
    Does(Command),
    /// The request is answered.
    Answers(Reply),
}

impl Answer {
    /// Opens the box for the oldest request of a run.
    pub(crate) fn new(run: RunId, request: OpenRequest, is_large: bool, now: Timestamp) -> Self {
        let mode = match &request.kind {
            RequestKind::UserMessage { .. } => Mode::Message(text_area("")),
            RequestKind::ToolResult { outputs, .. } => {
                let mut area = text_area(&result::draft(outputs));
                if result::is_one_scalar(outputs) {
                    // What is typed is the answer, and not a part of the draft.
                    area.select_all();
                }
                Mode::Result(area)
            }
            RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. } => Mode::Confirm,
        };
        let untouched = match &mode {
            Mode::Message(area) | Mode::Result(area) => area.lines().join("\n"),
            Mode::Confirm | Mode::Refuse(_) | Mode::Arguments(_) => String::new(),
        };
        Self {
            run,
            request,
            n_alike: 1,
            opened_at: now,
            mode,
            reason: None,
            edited_arguments: None,
            untouched,
            completion: PathCompletion::default(),
            problem: None,
            is_reading: false,
            is_large,
        }
    }

    /// Marks the question as shown since `opened_at`, so that keys are no longer ignored if that
    /// was long enough ago.
    pub(crate) const fn seen_since(mut self, opened_at: Timestamp) -> Self {
        self.opened_at = opened_at;
        self
    }

    /// Whether the box shows a confirmation and nothing is being typed.
    pub(crate) const fn is_question(&self) -> bool {
        matches!(self.mode, Mode::Confirm)
    }

    /// Sets the number of runs with the same question that receive the answer.
    pub(crate) const fn for_alike(mut self, n_alike: usize) -> Self {
        self.n_alike = n_alike;
        self
    }

    pub(crate) const fn context(&self) -> KeyContext {
        match self.mode {
            Mode::Confirm => match self.request.kind {
                RequestKind::Authorization {
                    step: AuthorizationStep::Register(_),
                    ..
                } => KeyContext::AnswerRegistration,
                RequestKind::Authorization {
                    step: AuthorizationStep::SignIn(_),
                    ..
                } => KeyContext::AnswerSignIn,
                RequestKind::UserMessage { .. }
                | RequestKind::ToolResult { .. }
                | RequestKind::ToolConfirmation { .. }
                | RequestKind::CallInDoubt { .. }
                | RequestKind::Elicitation { .. } => KeyContext::AnswerConfirm,
            },
            Mode::Message(_) | Mode::Result(_) | Mode::Refuse(_) | Mode::Arguments(_) => {
                KeyContext::Answer
            }
        }
    }

    /// Returns the box for being shown again.
    pub(crate) fn opened(self, is_large: bool, now: Timestamp) -> Self {
        Self {
            opened_at: now,
            is_large,
            is_reading: false,
            ..self
        }
    }

    /// Whether the box contains typed text that would be lost; blanks don't count.
    pub(crate) fn is_filled_in(&self) -> bool {
        let says = |area: &TextArea<'_>, untouched: &str| {
            let text = area.lines().join("\n");
            !text.trim().is_empty() && text.trim() != untouched.trim()
        };
        let written = match &self.mode {
            Mode::Message(area) | Mode::Result(area) => says(area, &self.untouched),
            Mode::Refuse(area) => says(area, ""),
            Mode::Arguments(area) => says(area, &self.arguments()),
            Mode::Confirm => false,
        };
        let reason = self.reason.as_ref();
        let arguments = self.edited_arguments.as_ref();
        written
            || reason.is_some_and(|area| says(area, ""))
            || arguments.is_some_and(|area| says(area, &self.arguments()))
    }

    /// Returns to the question and keeps the typed text.
    fn ask_again(&mut self) {
        match std::mem::replace(&mut self.mode, Mode::Confirm) {
            Mode::Refuse(area) => self.reason = Some(area),
            Mode::Arguments(area) => self.edited_arguments = Some(area),
            Mode::Message(_) | Mode::Result(_) | Mode::Confirm => {}
        }
        self.problem = None;
    }

    /// Whether the box answers one of these open requests.
    pub(crate) fn is_for(&self, open: &[OpenRequest]) -> bool {
        open.iter().any(|request| request.id == self.request.id)
    }

    pub(crate) fn act(&mut self, action: Action, now: Timestamp) -> Outcome {
        let is_guarded = now.since(self.opened_at) < IGNORED_FOR;
        match (action, &self.mode) {
            (Action::Back, Mode::Refuse(_) | Mode::Arguments(_)) => {
                self.ask_again();
                Outcome::Stays
            }
            (Action::Back, _) => Outcome::Closes,
            (Action::ConfirmCall | Action::Register, Mode::Confirm)
                if !is_guarded && self.context() != KeyContext::AnswerSignIn =>
            {
                self.confirm()
            }
            (Action::RefuseCall, Mode::Confirm) if !is_guarded => {
                self.mode = Mode::Refuse(self.reason.take().unwrap_or_else(|| text_area("")));
                Outcome::Stays
            }
            (Action::EditArguments, Mode::Confirm) if !is_guarded => {
                let kept = self.edited_arguments.take();
                self.mode = Mode::Arguments(kept.unwrap_or_else(|| text_area(&self.arguments())));
                Outcome::Stays
            }
            (Action::CopyAddress, Mode::Confirm) => match self.address() {
                Some(address) => Outcome::Does(Command::terminal(TerminalCommand::Copy {
                    text: address.to_owned(),
                    what: "the address".to_owned(),
                })),
                None => Outcome::Stays,
            },
            (Action::NewLine, _) => {
                if let Some(area) = self.text_area_mut() {
                    area.insert_newline();
                }
                Outcome::Stays
            }
            (Action::Undo, _) => {
                if let Some(area) = self.text_area_mut() {
                    area.undo();
                }
                Outcome::Stays
            }
            (Action::Accept, _) => self.send(),
            _ => Outcome::Stays,
        }
    }

    /// Handles a key that is text. A key in the path of a picture may return a command that
    /// searches for files.
    pub(crate) fn text(&mut self, key: KeyEvent) -> Option<Command> {
        self.problem = None;
        if key.code == KeyCode::Tab
            && let Some(typed) = self.picture_path()
        {
            if self.complete(&typed) {
                return None;
            }
            return Some(Command::file(FileCommand::ListPaths {
                of: PathsOf::Pictures,
                root: PathBuf::from("."),
                typed,
            }));
        }
        if let Some(area) = self.text_area_mut() {
            text_keys::input(area, key);
        }
        None
    }

    /// Returns the path of a picture if the cursor is at its end.
    fn picture_path(&self) -> Option<String> {
        let Mode::Message(area) = &self.mode else {
            return None;
        };
        let cursor = area.cursor();
        let line = area.lines().get(cursor.0)?;
        let is_at_end = cursor.1 == line.chars().count();
        pictures::path_of(line)
            .filter(|_| is_at_end)
            .map(str::to_owned)
    }

    /// Stores the found completions of a picture's path, unless the path has changed meanwhile.
    pub(crate) fn take_paths(&mut self, typed: &str, found: Vec<String>) {
        if self.picture_path().as_deref() == Some(typed) {
            self.completion.take(typed.to_owned(), found);
            self.complete(typed);
        }
    }

    /// Completes the path of a picture; returns whether the path has changed.
    fn complete(&mut self, typed: &str) -> bool {
        let Some(path) = self.completion.next(typed) else {
            return false;
        };
        if let Some(area) = self.text_area_mut() {
            area.move_cursor(CursorMove::Head);
            area.delete_line_by_end();
            area.insert_str(pictures::line_of(&path));
        }
        true
    }

    pub(crate) fn paste(&mut self, text: &str) {
        let picture = match self.mode {
            Mode::Message(_) => pictures::dropped(text),
            _ => None,
        };
        if let Some(area) = self.text_area_mut() {
            area.insert_str(sanitised(picture.as_deref().unwrap_or(text)));
        }
    }

    const fn text_area_mut(&mut self) -> Option<&mut TextArea<'static>> {
        match &mut self.mode {
            Mode::Message(area)
            | Mode::Result(area)
            | Mode::Refuse(area)
            | Mode::Arguments(area) => Some(&mut **area),
            Mode::Confirm => None,
        }
    }

    fn arguments(&self) -> String {
        match &self.request.kind {
            RequestKind::ToolConfirmation { arguments, .. } => {
                format!("{arguments:#}")
            }
            RequestKind::Elicitation { values, .. } => format!("{values:#}"),
            RequestKind::CallInDoubt { outputs, .. } => result::draft(outputs),
            RequestKind::UserMessage { .. }
            | RequestKind::ToolResult { .. }
            | RequestKind::Authorization { .. } => String::new(),
        }
    }

    /// Whether the question is about a call that may already have been made.
    const fn is_in_doubt(&self) -> bool {
        matches!(self.request.kind, RequestKind::CallInDoubt { .. })
    }

    /// Whether a server asks for values in a form.
    const fn is_form(&self) -> bool {
        matches!(self.request.kind, RequestKind::Elicitation { .. })
    }

    /// Returns the address that the question contains.
    fn address(&self) -> Option<&str> {
        match &self.request.kind {
            RequestKind::Authorization {
                step: AuthorizationStep::Register(address) | AuthorizationStep::SignIn(address),
                ..
            } => Some(address),
            RequestKind::UserMessage { .. }
            | RequestKind::ToolResult { .. }
            | RequestKind::ToolConfirmation { .. }
            | RequestKind::CallInDoubt { .. }
            | RequestKind::Elicitation { .. } => None,
        }
    }

    /// Sends a message whose pictures were read, or shows why one of them could not be read.
    pub(crate) fn take_pictures(
        &mut self,
        request: &RequestId,
        text: String,
        result: Result<Vec<Image>, String>,
    ) -> Outcome {
        if self.request.id != *request {
            return Outcome::Stays;
        }
        self.is_reading = false;
        match result {
            Ok(images) => Outcome::Answers(Reply::Message { text, images }),
            Err(problem) => {
                self.problem = Some(problem);
                Outcome::Stays
            }
        }
    }
}

#[cfg(test)]
mod tests;
