//! Conversion of the typed text into a reply, with the reason if it can't be sent.

use serde_json::Value;
use tui_textarea::TextArea;

use super::pictures::Written;
use super::{Answer, Mode, Outcome, result};
use crate::runs::{Reply, check_reply, read_tool_arguments};
use crate::trace::RequestKind;
use crate::tui::effect::FileCommand;
use crate::tui::message::Command;
use crate::tui::widgets::text_keys::text_area;

impl Answer {
    /// Sends the reply, or shows why it can't be sent.
    pub(super) fn send(&mut self) -> Outcome {
        if self.is_reading {
            return Outcome::Stays;
        }
        if let Mode::Message(area) = &self.mode
            && let Ok(written) = Written::of(&area.lines().join("\n"))
            && !written.pictures.is_empty()
        {
            self.is_reading = true;
            return Outcome::Does(Command::file(FileCommand::ReadPictures {
                request: self.request.id.clone(),
                text: written.text,
                paths: written.pictures,
            }));
        }
        let reply = self.reply().and_then(|reply| {
            if let Some(reply) = &reply {
                check_reply(&self.request.id, &self.request.kind, reply)
                    .map_err(|refused| refused.to_string())?;
                self.nothing_is_taken_out(reply)?;
            }
            Ok(reply)
        });
        match reply {
            Ok(Some(reply)) => Outcome::Answers(reply),
            Ok(None) => Outcome::Stays,
            Err(problem) => {
                self.problem = Some(problem);
                Outcome::Stays
            }
        }
    }

    /// Refuses arguments from which keys were removed. Agent Spec lets a person change arguments,
    /// but a removed one would keep its original value.
    fn nothing_is_taken_out(&self, reply: &Reply) -> Result<(), String> {
        let (
            RequestKind::ToolConfirmation {
                arguments: Value::Object(given),
                ..
            }
            | RequestKind::Elicitation {
                values: Value::Object(given),
                ..
            },
            Reply::Confirm {
                arguments: Some(changed),
            },
        ) = (&self.request.kind, reply)
        else {
            return Ok(());
        };
        match given.keys().find(|name| !changed.contains_key(*name)) {
            Some(name) => Err(format!("`{name}` can be changed, but not taken out")),
            None => Ok(()),
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
                | RequestKind::CallInDoubt { .. }
                | RequestKind::Authorization { .. }
                | RequestKind::Elicitation { .. } => Ok(None),
            },
            Mode::Refuse(area) => {
                let reason = written(area).trim().to_owned();
                let reason = (!reason.is_empty()).then_some(reason);
                Ok(Some(Reply::Reject { reason }))
            }
            Mode::Arguments(area) => {
                if let RequestKind::CallInDoubt { outputs, .. } = &self.request.kind {
                    let value = result::read(&written(area), outputs)?;
                    return Ok(Some(Reply::ToolResult(value)));
                }
                let inputs = match &self.request.kind {
                    RequestKind::ToolConfirmation { inputs, .. }
                    | RequestKind::Elicitation { inputs, .. } => inputs.as_slice(),
                    RequestKind::UserMessage { .. }
                    | RequestKind::ToolResult { .. }
                    | RequestKind::CallInDoubt { .. }
                    | RequestKind::Authorization { .. } => &[],
                };
                let arguments = read_tool_arguments(inputs, &written(area))?;
                Ok(Some(Reply::Confirm {
                    arguments: Some(arguments),
                }))
            }
            // A yes never sits on Enter.
            Mode::Confirm => Ok(None),
        }
    }

    /// Approves the call unchanged; if an answer needs values, opens the form.
    pub(super) fn confirm(&mut self) -> Outcome {
        let reply = Reply::Confirm { arguments: None };
        match check_reply(&self.request.id, &self.request.kind, &reply) {
            Ok(()) => Outcome::Answers(reply),
            Err(refused) => {
                let kept = self.edited_arguments.take();
                self.mode = Mode::Arguments(kept.unwrap_or_else(|| text_area(&self.arguments())));
                self.problem = Some(refused.to_string());
                Outcome::Stays
            }
        }
    }
}
