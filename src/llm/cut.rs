//! Answers that end before the model has written all of them.

use super::model::LENGTH;

/// The reason to stop of an answer that filled the model's context window.
const WINDOW: &str = "model_context_window_exceeded";

/// The reason to stop of an answer that a filter of the server ended.
const FILTER: &str = "content_filter";

/// The reasons to stop of whole answers, in the words of all servers.
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

/// The cause that ended an answer before it was whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutBy {
    /// The limit of tokens.
    Tokens,
    /// The end of the model's context window.
    Window,
    /// A filter of the server, or a refusal in the middle.
    Filter,
    /// A reason that says nothing of a whole answer, such as a pause.
    Other(String),
}

impl CutBy {
    /// Returns what cut an answer with this reason to stop; none if it is whole.
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

    /// Whether a shorter answer would have been whole.
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::Tokens | Self::Window)
    }

    /// Returns what happened, for a person: the words after "its answer".
    pub fn for_person(&self) -> String {
        format!("{} (finish reason `{}`)", self.words(), self.reason())
    }

    /// Returns what happened, for the model: the words after "It".
    pub fn for_model(&self) -> String {
        format!("{} (finish_reason: {})", self.words(), self.reason())
    }

    /// Returns what a person can do about it.
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
