//! The features that a model does not support, learned from its server's error messages.
//!
//! There is no other source: servers of the same protocol accept different fields, depending on
//! their version and model, so a table of servers would soon be wrong. `dialect/refusals.txt` lists
//! the phrases that servers use.
//!
//! An error message counts only if its words mean *unknown* or *unsupported*, only for features
//! that the request used, and only for the requested model: an invalid schema does not disable
//! structured output.

mod refusal;

use std::collections::HashMap;
use std::sync::Mutex;

pub(super) use self::refusal::Refusal;
use self::refusal::{Clauses, LESSONS};
use crate::base::lock::lock;

/// The name of the field that limits an answer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MaxTokensField {
    /// `max_tokens`, as on nearly all servers; the other name has not been tried.
    #[default]
    Usual,
    /// `max_completion_tokens`, as at `OpenAI`; the other name has not been tried.
    OpenAi,
    /// `max_tokens`, after the server rejected the other name.
    UsualForGood,
    /// `max_completion_tokens`, after the server rejected the other name.
    OpenAiForGood,
}

impl MaxTokensField {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usual | Self::UsualForGood => "max_tokens",
            Self::OpenAi | Self::OpenAiForGood => "max_completion_tokens",
        }
    }

    /// Returns the name to try after this one was rejected.
    fn other(self) -> Self {
        match self {
            Self::Usual => Self::OpenAiForGood,
            Self::OpenAi => Self::UsualForGood,
            settled @ (Self::UsualForGood | Self::OpenAiForGood) => settled,
        }
    }
}

/// A part of a request that a server may not support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    /// The usage at the end of a stream (`stream_options`).
    StreamOptions,
    /// The required tool (`tool_choice`).
    ToolChoice,
    /// The JSON Schema of the answer (`response_format`).
    ResponseFormat,
    /// The limit of the answer's tokens, under its current name.
    MaxTokens,
    /// Streaming.
    Stream,
    /// More than one answer to a request, which flowdeck never requests.
    Answers,
    /// The reasoning of earlier answers.
    Reasoning,
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features(u8);

impl Features {
    pub(super) const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u8) != 0
    }

    #[must_use]
    const fn with(self, feature: Feature) -> Self {
        Self(self.0 | (1 << feature as u8))
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::default(), Self::with)
    }
}

/// The dialect of a model: which features are left out of its requests or sent in another form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The name of the field that limits an answer's tokens.
    pub(super) max_tokens: MaxTokensField,
    /// Whether the model requires its earlier reasoning in each of its messages.
    pub(super) wants_reasoning: bool,
    lacking: Features,
}

impl Dialect {
    /// Makes a dialect that begins with a certain name for the token limit.
    pub(super) fn with_max_tokens(max_tokens: MaxTokensField) -> Self {
        Self {
            max_tokens,
            ..Self::default()
        }
    }

    /// Returns this dialect without one feature.
    #[must_use]
    pub(super) const fn without(self, feature: Feature) -> Self {
        Self {
            lacking: self.lacking.with(feature),
            ..self
        }
    }

    /// Returns whether the model does not support a feature.
    pub(super) const fn lacks(self, feature: Feature) -> bool {
        self.lacking.has(feature)
    }

    /// Returns the dialect after an error message for a request that used the features in `held`,
    /// with a notice about the change; `None` if the message gives no reason for a change.
    ///
    /// Idempotent, so that several requests that fail for the same reason have the same result.
    pub(super) fn learn(self, refusal: &Refusal, held: Features) -> Option<(Self, &'static str)> {
        if !refusal.may_teach() {
            return None;
        }
        let clauses = Clauses::of(&refusal.words);
        if clauses.are_about_content() {
            return None;
        }
        if held.has(Feature::Reasoning) && clauses.want_reasoning() {
            let better = Self {
                wants_reasoning: true,
                ..self
            };
            let notice = "wants its reasoning back with its messages: flowdeck sends it";
            return (better != self).then_some((better, notice));
        }
        let lesson = LESSONS
            .iter()
            .find(|lesson| held.has(lesson.feature) && clauses.refuse(lesson))?;
        let better = if lesson.feature == Feature::MaxTokens {
            Self {
                max_tokens: self.max_tokens.other(),
                ..self
            }
        } else {
            self.without(lesson.feature)
        };
        (better != self).then_some((better, lesson.notice))
    }
}

/// The dialects of all models, by endpoint and model, kept as long as the connections. The lock is
/// never held across an await.
#[derive(Debug, Default)]
pub(super) struct Dialects(Mutex<HashMap<(String, String), Dialect>>);

/// A model at an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker<'s> {
    pub(super) endpoint: &'s str,
    pub(super) model_id: &'s str,
    /// The initial dialect, before anything was learned.
    pub(super) first: Dialect,
}

impl Speaker<'_> {
    fn key(&self) -> (String, String) {
        (self.endpoint.to_owned(), self.model_id.to_owned())
    }
}

impl Dialects {
    /// Returns the dialect of a model.
    pub(super) fn of(&self, speaker: Speaker<'_>) -> Dialect {
        let known = lock(&self.0);
        known.get(&speaker.key()).copied().unwrap_or(speaker.first)
    }

    /// Records that a model does not support a feature. Returns whether that is new.
    pub(super) fn leave_out(&self, speaker: Speaker<'_>, feature: Feature) -> bool {
        let mut known = lock(&self.0);
        let dialect = known.entry(speaker.key()).or_insert(speaker.first);
        let is_news = !dialect.lacks(feature);
        *dialect = dialect.without(feature);
        is_news
    }

    /// Records what an error message says about a model, merged with the results of other requests.
    /// Returns a notice if something is new.
    pub(super) fn learn(
        &self,
        speaker: Speaker<'_>,
        refusal: &Refusal,
        held: Features,
    ) -> Option<&'static str> {
        let mut known = lock(&self.0);
        let dialect = known.entry(speaker.key()).or_insert(speaker.first);
        let (better, notice) = dialect.learn(refusal, held)?;
        *dialect = better;
        Some(notice)
    }
}

#[cfg(test)]
mod tests;
