//! What tables and panes read off a record.

use std::time::Duration;

use serde_json::Value;

use super::{RunRecord, SpanRecord, TranscriptItem};
use crate::base::clock::Timestamp;
use crate::base::ids::SpanId;
use crate::base::text;
use crate::conversation::{AuthorizationStep, Role};
use crate::trace::{RequestKind, RunState};

/// Widest that the part of a label behind the spec's name gets, in terminal cells.
const LABEL_CELLS: usize = 40;

/// Characters that are taken for one token until the provider has counted.
const CHARACTERS_PER_TOKEN: u64 = 4;

impl RunRecord {
    /// Whether its last event has come: nothing will change any more.
    pub fn is_over(&self) -> bool {
        self.is_ended
    }

    /// Whether it can't end before a person answers; other calls of it may go on meanwhile.
    pub fn needs_person(&self) -> bool {
        let is_asked = || self.requests.iter().any(|asked| !asked.kind.may_end());
        match self.state {
            RunState::NeedsInput => true,
            RunState::Running | RunState::Queued => is_asked(),
            _ => false,
        }
    }

    /// How long it was active until `now`; time queued, paused or waiting for a person does not
    /// count.
    pub fn duration(&self, now: Timestamp) -> Duration {
        match self.active_since {
            Some(since) => self.active + now.since(since),
            None => self.active,
        }
    }

    /// All tokens so far, as the answers that are whole count them.
    pub fn tokens(&self) -> u64 {
        self.usage.total_tokens
    }

    /// The model that is asked and has not begun to answer, where that is what the run does.
    pub fn silent_model(&self) -> Option<&str> {
        let span = &self.activities.last()?.span;
        let mut calls = self.model_calls.iter().rev();
        let call = calls.find(|call| call.span.as_ref() == Some(span))?;
        let is_silent = call.ended_at.is_none() && call.streamed_characters == 0;
        is_silent.then_some(call.model_id.as_str())
    }

    /// About how many tokens came of answers that are not whole.
    pub fn streamed_tokens(&self) -> u64 {
        self.streamed_characters.div_ceil(CHARACTERS_PER_TOKEN)
    }

    /// The moment up to which something went on in it: when it ended, answered, was paused or began
    /// to wait for a person; `now` while it is active.
    pub fn latest(&self, now: Timestamp) -> Timestamp {
        let resting_since = self.rests.last().filter(|(_, end)| end.is_none());
        self.ended_at
            .or(resting_since.map(|(since, _)| *since))
            .unwrap_or(now)
    }

    /// How much of the time from `begin` to `end`, or up to `now`, it was active: of what lies in the
    /// run, the time that adds up to [`RunRecord::duration`].
    pub fn active_between(
        &self,
        begin: Timestamp,
        end: Option<Timestamp>,
        now: Timestamp,
    ) -> Duration {
        let end = end.unwrap_or_else(|| self.latest(now)).max(begin);
        let rested: Duration = self
            .rests
            .iter()
            .map(|(since, until)| until.unwrap_or(end).min(end).since((*since).max(begin)))
            .sum();
        end.since(begin).saturating_sub(rested)
    }

    /// What tells it from its neighbours: the component's name and its first input that is a text
    /// or a number, else what the user said first (`weather Paris`).
    pub fn label(&self) -> String {
        match self.salient() {
            Some(salient) => format!(
                "{} {}",
                self.component.name,
                text::ellipsis(&salient, LABEL_CELLS)
            ),
            None => self.component.name.clone(),
        }
    }

    /// Its first input that is a text or a number, else what the user said first.
    pub fn salient(&self) -> Option<String> {
        let input = self.inputs.values().find_map(salient_text);
        input.or_else(|| self.first_user_message())
    }

    fn first_user_message(&self) -> Option<String> {
        self.messages
            .iter()
            .find(|m| m.role == Role::User && !m.is_internal && m.tool_result.is_none())
            .map(|message| message.content.clone())
    }

    /// What came of it, or what it says now, in one line: the error, what it asks, its outputs,
    /// or the last words of the agent. Empty if there is nothing yet.
    pub fn first_line_of_result(&self) -> String {
        if let Some(error) = &self.error {
            return first_line(&error.message).to_owned();
        }
        let asked = self.requests.first().map(|request| &request.kind);
        match asked.or(self.unanswered.as_ref()) {
            Some(RequestKind::ToolResult { tool, .. }) => {
                return format!("{tool} wants its result");
            }
            Some(RequestKind::ToolConfirmation { tool, .. }) => {
                return format!("{tool} wants your yes");
            }
            Some(RequestKind::Authorization { server, step }) => {
                return match step {
                    AuthorizationStep::Register(_) => format!("may it register with {server}?"),
                    AuthorizationStep::SignIn(_) => format!("{server} wants you to sign in"),
                };
            }
            Some(RequestKind::Elicitation { message, .. }) => {
                return first_line(message).to_owned();
            }
            Some(RequestKind::UserMessage { .. }) | None => {}
        }
        match self.outputs.len() {
            0 => first_line(self.last_words()).to_owned(),
            1 => self
                .outputs
                .values()
                .next()
                .map_or_else(String::new, |only| match only {
                    Value::String(text) => first_line(text).to_owned(),
                    other => other.to_string(),
                }),
            _ => Value::Object(self.outputs.clone()).to_string(),
        }
    }

    /// What the agent said last, or is saying; empty if it has not spoken.
    pub fn last_words(&self) -> &str {
        self.transcript
            .iter()
            .rev()
            .find_map(|item| match item {
                TranscriptItem::Message(message) if message.role == Role::Agent => {
                    Some(message.content.as_str())
                }
                TranscriptItem::Streaming { content, .. } => Some(content),
                TranscriptItem::Message(_)
                | TranscriptItem::Reasoning(_)
                | TranscriptItem::ToolCall(_)
                | TranscriptItem::Node(_)
                | TranscriptItem::Error(_)
                | TranscriptItem::Note(_) => None,
            })
            .unwrap_or_default()
    }

    /// A span by its id.
    pub fn span(&self, id: &SpanId) -> Option<&SpanRecord> {
        self.spans.iter().rev().find(|span| span.id == *id)
    }
}

/// The value in words, if it is a text or a number.
fn salient_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The first line that is not blank.
fn first_line(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}
