//! What a server was found not to take, learnt from its refusals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::model::ModelError;

/// The two names of the bound on an answer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MaxTokensField {
    /// As nearly every server knows it; the other name is still to be tried.
    #[default]
    Usual,
    /// As `OpenAI` wants it; the other name is still to be tried.
    OpenAi,
    /// `max_tokens`, after the other name was refused.
    UsualForGood,
    /// `max_completion_tokens`, after the other name was refused.
    OpenAiForGood,
}

impl MaxTokensField {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usual | Self::UsualForGood => "max_tokens",
            Self::OpenAi | Self::OpenAiForGood => "max_completion_tokens",
        }
    }

    /// What to try after a refusal of this one.
    fn other(self) -> Self {
        match self {
            Self::Usual => Self::OpenAiForGood,
            Self::OpenAi => Self::UsualForGood,
            settled @ (Self::UsualForGood | Self::OpenAiForGood) => settled,
        }
    }
}

/// How a server wants to be spoken to. What it lacks is left out of further requests, or written
/// otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// How the bound on an answer's tokens is called.
    pub(super) max_tokens: MaxTokensField,
    /// No `stream_options`: the usage is estimated then.
    pub(super) lacks_stream_options: bool,
    /// No `tool_choice`: the model decides.
    pub(super) lacks_tool_choice: bool,
    /// No JSON Schema for answers: the prompt asks for the shape.
    pub(super) lacks_response_format: bool,
}

/// A refusal by any of these words is about a field that the server does not know.
const UNKNOWN: [&str; 6] = [
    "unsupported",
    "not supported",
    "does not support",
    "unknown",
    "unrecognized",
    "permitted",
];

/// How servers call the JSON Schema of an answer, in the words of the protocols.
const RESPONSE_FORMAT: [&str; 8] = [
    "response_format",
    "response format",
    "json_schema",
    "text.format",
    "structured output",
    "output_config",
    "response_schema",
    "responseschema",
];

impl Dialect {
    /// The dialect that a refusal teaches, with what is different now; none if it teaches nothing.
    ///
    /// Idempotent, so that any number of requests that failed for the same reason learn the same.
    pub(super) fn learn(mut self, refusal: &ModelError) -> Option<(Self, &'static str)> {
        if !matches!(refusal.status, Some(400 | 422 | 501)) {
            return None;
        }
        let before = self;
        let words = refusal.message.to_lowercase();
        let says = |words_of: &[&str]| words_of.iter().any(|word| words.contains(word));
        let lesson = if says(&["stream_options"]) {
            self.lacks_stream_options = true;
            "does not take `stream_options`: tokens are estimated"
        } else if says(&["tool_choice"]) {
            self.lacks_tool_choice = true;
            "does not take `tool_choice`: the model decides whether it calls a tool"
        } else if says(&RESPONSE_FORMAT) {
            self.lacks_response_format = true;
            "does not take a JSON Schema for the answer: the prompt asks for the shape instead"
        } else if says(&UNKNOWN) && says(&["max_tokens", "max_completion_tokens"]) {
            self.max_tokens = before.max_tokens.other();
            "wants the bound on tokens under its other name"
        } else {
            return None;
        };
        (self != before).then_some((self, lesson))
    }
}

/// The dialects of all endpoints, kept as long as the connections are. Never held across an await.
#[derive(Debug, Default)]
pub(super) struct Dialects(Mutex<HashMap<String, Dialect>>);

impl Dialects {
    /// The dialect of an endpoint, `first` if nothing is known yet.
    pub(super) fn of(&self, endpoint: &str, first: Dialect) -> Dialect {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(endpoint).copied().unwrap_or(first)
    }

    /// Keeps what a refusal teaches beside what others have learnt meanwhile. Gives whether it is
    /// news.
    pub(super) fn learn(&self, endpoint: &str, first: Dialect, refusal: &ModelError) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let dialect = known.entry(endpoint.to_owned()).or_insert(first);
        match dialect.learn(refusal) {
            Some((better, _)) => {
                *dialect = better;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::llm::model::ModelErrorKind;

    fn refusal(status: u16, message: &str) -> ModelError {
        let mut error = ModelError::new(ModelErrorKind::Refused, message);
        error.status = Some(status);
        error
    }

    #[test]
    fn refusals_teach() {
        let first = Dialect::default();
        for (status, message, lesson) in [
            (
                400,
                "Unknown parameter: stream_options",
                Some("stream_options"),
            ),
            (
                422,
                "tool_choice: Extra inputs are not permitted",
                Some("tool_choice"),
            ),
            (
                400,
                "'response_format' is not supported",
                Some("JSON Schema"),
            ),
            (
                400,
                "output_config: Extra inputs are not permitted",
                Some("JSON Schema"),
            ),
            (
                400,
                "Unsupported parameter: 'max_tokens', use 'max_completion_tokens'",
                Some("other name"),
            ),
            (400, "max_tokens is too large", None),
            (400, "Unsupported parameter: 'temperature'", None),
            (500, "stream_options", None),
        ] {
            let learnt = first.learn(&refusal(status, message));
            match lesson {
                Some(lesson) => assert!(learnt.unwrap().1.contains(lesson), "{message}"),
                None => assert_eq!(learnt, None, "{message}"),
            }
        }
    }

    #[test]
    fn two_that_were_refused_at_once_both_learn_and_one_tells() {
        let dialects = Dialects::default();
        let first = Dialect::default();
        let refused = refusal(400, "unknown field max_tokens");
        assert!(first.learn(&refused).is_some());
        assert!(dialects.learn("http://h", first, &refused));
        assert!(!dialects.learn("http://h", first, &refused));
        let known = dialects.of("http://h", first);
        assert_eq!(known.max_tokens, MaxTokensField::OpenAiForGood);
        assert_eq!(known.learn(&refused), None);
    }
}
