//! Answers that ended before the model had finished.

use super::model::LENGTH;

/// The finish reason of an answer that filled the model's context window.
const WINDOW: &str = "model_context_window_exceeded";

/// The finish reason of an answer that a server's filter stopped.
const FILTER: &str = "content_filter";

/// The finish reasons of complete answers, of all servers.
const WHOLE: [&str; 13] = [
    "stop",
    "end_turn",
    "stop_sequence",
    "tool_calls",
    "tool_call",
    "tool_use",
    "function_call",
    "eos",
    "eos_token",
    "end",
    "complete",
    "completed",
    "finished",
];

/// The cause of an incomplete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutBy {
    /// The token limit.
    Tokens,
    /// The size of the model's context window.
    Window,
    /// A filter of the server, or a refusal.
    Filter,
    /// Another reason that does not stand for a complete answer, such as a pause.
    Other(String),
}

impl CutBy {
    /// Returns the cause for a finish reason; `None` if the answer is complete.
    pub(super) fn of(reason: &str) -> Option<Self> {
        let is = |name: &str| reason.eq_ignore_ascii_case(name);
        if is(LENGTH) {
            Some(Self::Tokens)
        } else if is(WINDOW) {
            Some(Self::Window)
        } else if is(FILTER) {
            Some(Self::Filter)
        } else if WHOLE.into_iter().any(is) {
            None
        } else {
            Some(Self::Other(reason.to_owned()))
        }
    }

    /// Returns whether a shorter answer would have been complete.
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::Tokens | Self::Window)
    }

    /// Describes the cause for a person, as a continuation of "its answer".
    pub fn for_person(&self) -> String {
        format!("{} (finish reason `{}`)", self.words(), self.reason())
    }

    /// Describes the cause for the model, as a continuation of "It".
    pub fn for_model(&self) -> String {
        format!("{} (finish_reason: {})", self.words(), self.reason())
    }

    /// Returns a hint on how to avoid the problem.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Tokens => Some("raise `max_tokens`"),
            Self::Window => Some("shorten the prompt or the conversation"),
            Self::Filter | Self::Other(_) => None,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Tokens => "was cut off at the limit of tokens",
            Self::Window => "was cut off at the end of the model's context window",
            Self::Filter => "was cut off by the server's content filter",
            Self::Other(_) => "may not be whole",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Tokens => LENGTH,
            Self::Window => WINDOW,
            Self::Filter => FILTER,
            Self::Other(reason) => reason,
        }
    }
}
