//! Answering a run in its pane: a message, a tool's result, or a yes, a no, other arguments.

mod draw;
mod pictures;
mod result;

use std::time::Duration;

use crossterm::event::KeyEvent;
use serde_json::Value;
use tui_textarea::TextArea;

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId};
use crate::base::text::sanitised;
use crate::conversation::{AuthorizationStep, Image};
use crate::runs::{OpenRequest, Reply, RunsCommand, check_reply};
use crate::trace::RequestKind;
use crate::tui::action::{Action, KeyContext};
use crate::tui::command::{Command, FileCommand, TerminalCommand};
pub(super) use draw::draw;
use pictures::Written;

/// How long keys are ignored after a question for a yes has appeared: a key that was meant for
/// something else must not call a tool.
const IGNORED_FOR: Duration = Duration::from_millis(300);

/// What is being answered, and what is filled in.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) run: RunId,
    request: OpenRequest,
    opened_at: Timestamp,
    mode: Mode,
    /// Why what is filled in can't be sent.
    problem: Option<String>,
    /// Whether the pictures of a message are being read; it is sent when they are there.
    is_reading: bool,
    /// Whether the pane is made large for it.
    pub(super) is_large: bool,
}

#[derive(Debug)]
enum Mode {
    /// A message of the user.
    Message(Box<TextArea<'static>>),
    /// The result of a tool.
    Result(Box<TextArea<'static>>),
    /// Yes, no, or what else one key does: other arguments, the address to the clipboard.
    Confirm,
    /// Why not; may be empty.
    Refuse(Box<TextArea<'static>>),
    /// The arguments, to be changed.
    Arguments(Box<TextArea<'static>>),
}

/// What comes of a key.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It stays open.
    Stays,
    /// It is closed without an answer.
    Closes,
    /// It stays open, and this is done.
    Does(Command),
    /// It is answered.
    Answers(Command),
}

impl Answer {
    /// Opens the box for the oldest request of a run.
    pub(super) fn new(run: RunId, request: OpenRequest, is_large: bool, now: Timestamp) -> Self {
        let mode = match &request.kind {
            RequestKind::UserMessage { .. } => Mode::Message(text_area("")),
            RequestKind::ToolResult { outputs, .. } => {
                Mode::Result(text_area(&result::draft(outputs)))
            }
            RequestKind::ToolConfirmation { .. } | RequestKind::Authorization { .. } => {
                Mode::Confirm
            }
        };
        Self {
            run,
            request,
            opened_at: now,
            mode,
            problem: None,
            is_reading: false,
            is_large,
        }
    }

    pub(super) const fn context(&self) -> KeyContext {
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
                | RequestKind::ToolConfirmation { .. } => KeyContext::AnswerConfirm,
            },
            Mode::Message(_) | Mode::Result(_) | Mode::Refuse(_) | Mode::Arguments(_) => {
                KeyContext::Answer
            }
        }
    }

    /// Whether this is the answer to one of these requests.
    pub(super) fn is_for(&self, open: &[OpenRequest]) -> bool {
        open.iter().any(|request| request.id == self.request.id)
    }

    pub(super) fn act(&mut self, action: Action, now: Timestamp) -> Outcome {
        let is_guarded = now.since(self.opened_at) < IGNORED_FOR;
        match (action, &self.mode) {
            (Action::Back, Mode::Refuse(_) | Mode::Arguments(_)) => {
                self.mode = Mode::Confirm;
                self.problem = None;
                Outcome::Stays
            }
            (Action::Back, _) => Outcome::Closes,
            (Action::ConfirmCall | Action::Register, Mode::Confirm)
                if !is_guarded && self.context() != KeyContext::AnswerSignIn =>
            {
                self.answer(Reply::Confirm { arguments: None })
            }
            (Action::RefuseCall, Mode::Confirm) if !is_guarded => {
                self.mode = Mode::Refuse(text_area(""));
                Outcome::Stays
            }
            (Action::EditArguments, Mode::Confirm) if !is_guarded => {
                self.mode = Mode::Arguments(text_area(&self.arguments()));
                Outcome::Stays
            }
            (Action::CopyAddress, Mode::Confirm) => match self.address() {
                Some(address) => Outcome::Does(Command::Terminal(TerminalCommand::Copy {
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
            (Action::Accept, _) => self.send(),
            _ => Outcome::Stays,
        }
    }

    pub(super) fn text(&mut self, key: KeyEvent) {
        self.problem = None;
        if let Some(area) = self.text_area_mut() {
            area.input(key);
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
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
            RequestKind::UserMessage { .. }
            | RequestKind::ToolResult { .. }
            | RequestKind::Authorization { .. } => String::new(),
        }
    }

    /// The address that the question is about.
    fn address(&self) -> Option<&str> {
        match &self.request.kind {
            RequestKind::Authorization {
                step: AuthorizationStep::Register(address) | AuthorizationStep::SignIn(address),
                ..
            } => Some(address),
            RequestKind::UserMessage { .. }
            | RequestKind::ToolResult { .. }
            | RequestKind::ToolConfirmation { .. } => None,
        }
    }

    /// Sends a message whose pictures were read, or says why one can't be shown.
    pub(super) fn take_pictures(
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
            Ok(images) => self.answer(Reply::Message { text, images }),
            Err(problem) => {
                self.problem = Some(problem);
                Outcome::Stays
            }
        }
    }

    /// Sends what is filled in, or says why that can't be.
    fn send(&mut self) -> Outcome {
        if self.is_reading {
            return Outcome::Stays;
        }
        if let Mode::Message(area) = &self.mode
            && let Ok(written) = Written::of(&area.lines().join("\n"))
            && !written.pictures.is_empty()
        {
            self.is_reading = true;
            return Outcome::Does(Command::File(FileCommand::ReadPictures {
                request: self.request.id.clone(),
                text: written.text,
                paths: written.pictures,
            }));
        }
        let reply = self.reply().and_then(|reply| {
            if let Some(reply) = &reply {
                check_reply(&self.request.id, &self.request.kind, reply)
                    .map_err(|refused| refused.to_string())?;
            }
            Ok(reply)
        });
        match reply {
            Ok(Some(reply)) => self.answer(reply),
            Ok(None) => Outcome::Stays,
            Err(problem) => {
                self.problem = Some(problem);
                Outcome::Stays
            }
        }
    }

    fn reply(&self) -> Result<Option<Reply>, String> {
        let written = |area: &TextArea<'_>| area.lines().join("\n");
        match &self.mode {
            Mode::Message(area) => {
                let message = Written::of(&written(area))?;
                Ok(Some(Reply::message(message.text)))
            }
            Mode::Result(area) => match &self.request.kind {
                RequestKind::ToolResult { outputs, .. } => {
                    let value = result::read(&written(area), outputs)?;
                    Ok(Some(Reply::ToolResult(value)))
                }
                RequestKind::UserMessage { .. }
                | RequestKind::ToolConfirmation { .. }
                | RequestKind::Authorization { .. } => Ok(None),
            },
            Mode::Refuse(area) => {
                let reason = written(area).trim().to_owned();
                let reason = (!reason.is_empty()).then_some(reason);
                Ok(Some(Reply::Reject { reason }))
            }
            Mode::Arguments(area) => match serde_json::from_str(&written(area)) {
                Ok(Value::Object(arguments)) => Ok(Some(Reply::Confirm {
                    arguments: Some(arguments),
                })),
                Ok(_) => Err("the arguments must be a JSON object".to_owned()),
                Err(error) => Err(format!("not JSON: {error}")),
            },
            // A yes never sits on Enter.
            Mode::Confirm => Ok(None),
        }
    }

    fn answer(&self, reply: Reply) -> Outcome {
        Outcome::Answers(Command::Runs(RunsCommand::Answer {
            run: self.run.clone(),
            request: self.request.id.clone(),
            reply,
        }))
    }
}

fn text_area(text: &str) -> Box<TextArea<'static>> {
    let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.set_wrap_mode(tui_textarea::WrapMode::WordOrGlyph);
    Box::new(area)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};
    use serde_json::json;

    use super::*;
    use crate::base::ids::RequestId;

    const OPENED: Timestamp = Timestamp::from_ns(1_000_000_000);

    fn later(ms: u64) -> Timestamp {
        OPENED.plus(Duration::from_millis(ms))
    }

    fn answer(kind: RequestKind) -> Answer {
        let request = OpenRequest {
            id: RequestId::new("q_1"),
            kind,
            since: OPENED,
        };
        Answer::new(RunId::new("r_1"), request, false, OPENED)
    }

    fn confirmation() -> Answer {
        answer(RequestKind::ToolConfirmation {
            tool: "book_taxi".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: json!({"at": "18:00"}),
            inputs: vec![json!({"title": "at", "type": "string"})],
        })
    }

    fn type_text(answer: &mut Answer, text: &str) {
        for character in text.chars() {
            answer.text(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE));
        }
    }

    #[track_caller]
    fn check(outcome: Outcome, expected: &Reply) {
        match outcome {
            Outcome::Answers(Command::Runs(RunsCommand::Answer {
                run,
                request,
                reply,
            })) => {
                assert_eq!((run.as_str(), request.as_str()), ("r_1", "q_1"));
                assert_eq!(reply, *expected);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_yes_is_taken_only_after_a_moment_and_never_on_enter() {
        let mut answer = confirmation();
        assert!(matches!(
            answer.act(Action::ConfirmCall, later(299)),
            Outcome::Stays
        ));
        assert!(matches!(
            answer.act(Action::Accept, later(400)),
            Outcome::Stays
        ));
        let outcome = answer.act(Action::ConfirmCall, later(300));
        check(outcome, &Reply::Confirm { arguments: None });
    }

    #[test]
    fn a_no_takes_a_reason_and_esc_goes_back_one_level() {
        let mut answer = confirmation();
        answer.act(Action::RefuseCall, later(400));
        assert!(matches!(
            answer.act(Action::Back, later(500)),
            Outcome::Stays
        ));
        answer.act(Action::RefuseCall, later(600));
        type_text(&mut answer, "too late");
        let reason = Some("too late".to_owned());
        check(
            answer.act(Action::Accept, later(700)),
            &Reply::Reject { reason },
        );
        assert!(matches!(
            confirmation().act(Action::Back, later(0)),
            Outcome::Closes
        ));
    }

    #[test]
    fn edited_arguments_must_be_an_object() {
        let mut answer = confirmation();
        answer.act(Action::EditArguments, later(400));
        answer.paste("]");
        assert!(matches!(
            answer.act(Action::Accept, later(500)),
            Outcome::Stays
        ));
        assert!(
            answer
                .problem
                .is_some_and(|told| told.starts_with("not JSON"))
        );
        let mut answer = confirmation();
        answer.act(Action::EditArguments, later(400));
        if let Mode::Arguments(area) = &mut answer.mode {
            **area = *text_area(r#"{"ad": "19:00"}"#);
        }
        answer.act(Action::Accept, later(500));
        let problem = answer.problem.unwrap();
        assert!(problem.contains("did you mean `at`?"), "{problem}");
        let mut answer = confirmation();
        answer.act(Action::EditArguments, later(400));
        let arguments = json!({"at": "18:00"}).as_object().cloned();
        check(
            answer.act(Action::Accept, later(500)),
            &Reply::Confirm { arguments },
        );
    }

    #[test]
    fn a_result_must_fit_the_outputs() {
        let request = || {
            answer(RequestKind::ToolResult {
                tool: "count".to_owned(),
                call_id: "call_1".to_owned(),
                arguments: json!({}),
                outputs: vec![json!({"title": "n", "type": "integer"})],
            })
        };
        for (written, told) in [("many", "not JSON"), ("[1]", "expected integer")] {
            let mut answer = request();
            answer.mode = Mode::Result(text_area(written));
            answer.act(Action::Accept, later(0));
            let problem = answer.problem.unwrap();
            assert!(problem.contains(told), "{problem}");
        }
        let mut answer = request();
        answer.mode = Mode::Result(text_area("7"));
        check(
            answer.act(Action::Accept, later(0)),
            &Reply::ToolResult(json!(7)),
        );
    }

    #[test]
    fn an_empty_message_is_not_sent() {
        let mut answer = answer(RequestKind::UserMessage {
            message: String::new(),
            may_end: false,
        });
        assert!(matches!(
            answer.act(Action::Accept, later(0)),
            Outcome::Stays
        ));
        type_text(&mut answer, "one");
        answer.act(Action::NewLine, later(0));
        type_text(&mut answer, "two");
        check(
            answer.act(Action::Accept, later(0)),
            &Reply::message("one\ntwo"),
        );
    }

    #[test]
    fn a_message_with_pictures_is_sent_when_they_are_read() {
        let mut answer = answer(RequestKind::UserMessage {
            message: String::new(),
            may_end: false,
        });
        type_text(&mut answer, "What is it?");
        answer.act(Action::NewLine, later(0));
        answer.paste("/home/ann/cat.png");
        let Outcome::Does(Command::File(FileCommand::ReadPictures {
            request,
            text,
            paths,
        })) = answer.act(Action::Accept, later(0))
        else {
            panic!("the picture is not read");
        };
        assert_eq!(paths, [std::path::PathBuf::from("/home/ann/cat.png")]);
        let again = answer.act(Action::Accept, later(0));
        assert!(matches!(again, Outcome::Stays), "it is sent once");
        let lost = answer.take_pictures(&request, text.clone(), Err("no picture".to_owned()));
        assert!(matches!(lost, Outcome::Stays));
        assert_eq!(answer.problem.as_deref(), Some("no picture"));
        answer.act(Action::Accept, later(0));
        let image = Image {
            name: Some("cat.png".to_owned()),
            media_type: "image/png".to_owned(),
            base64: "AAAA".to_owned(),
        };
        check(
            answer.take_pictures(&request, text, Ok(vec![image.clone()])),
            &Reply::Message {
                text: "What is it?".to_owned(),
                images: vec![image],
            },
        );
    }
}
