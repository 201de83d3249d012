//! The features that a model was found not to take, learnt from its server's refusals.
//!
//! Nothing else says it: servers with the same protocol take different fields, by their version and by the model behind
//! them, so a table of servers would be wrong for the next one. `dialect/refusals.txt` has the words that servers use.
//!
//! A refusal teaches only by words that mean *unknown* or *unsupported*, only about what the request held, and only for
//! the model that was asked: a schema with a mistake in it turns nothing off.

mod refusal;

use std::collections::HashMap;
use std::sync::Mutex;

pub(super) use self::refusal::Refusal;
use self::refusal::{Clauses, LESSONS};
use crate::base::lock::lock;

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

    /// Returns the name to try after a refusal of this one.
    fn other(self) -> Self {
        match self {
            Self::Usual => Self::OpenAiForGood,
            Self::OpenAi => Self::UsualForGood,
            settled @ (Self::UsualForGood | Self::OpenAiForGood) => settled,
        }
    }
}

/// A part of a request that a server may not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    /// The usage at the end of a stream.
    StreamOptions,
    /// The tool that must be called.
    ToolChoice,
    /// The JSON Schema of the answer.
    ResponseFormat,
    /// The bound on the answer's tokens, under its present name.
    MaxTokens,
    /// The answer in pieces.
    Stream,
    /// More than one answer to a request: none is ever asked for it.
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

/// How a model wants to be spoken to. What it lacks is left out of further requests, or written otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The present name of the bound on an answer's tokens.
    pub(super) max_tokens: MaxTokensField,
    /// Whether the model wants its reasoning back with each of its messages.
    pub(super) wants_reasoning: bool,
    lacking: Features,
}

impl Dialect {
    /// A dialect that begins with that name of the bound on tokens.
    pub(super) fn with_max_tokens(max_tokens: MaxTokensField) -> Self {
        Self {
            max_tokens,
            ..Self::default()
        }
    }

    /// The dialect of a model that does not take a feature, and else takes what this one does.
    #[must_use]
    pub(super) const fn without(self, feature: Feature) -> Self {
        Self {
            lacking: self.lacking.with(feature),
            ..self
        }
    }

    /// Whether the model was found not to take something.
    pub(super) const fn lacks(self, feature: Feature) -> bool {
        self.lacking.has(feature)
    }

    /// The dialect that a refusal of a request which `held` these features teaches, with what is different now; none if
    /// it teaches nothing.
    ///
    /// Idempotent, so that any number of requests that failed for the same reason learn the same.
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

/// The dialects of all models, by endpoint and model, kept as long as the connections are. Never held across an await.
#[derive(Debug, Default)]
pub(super) struct Dialects(Mutex<HashMap<(String, String), Dialect>>);

/// A model at an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker<'s> {
    pub(super) endpoint: &'s str,
    pub(super) model_id: &'s str,
    /// How it is spoken to while nothing is known.
    pub(super) first: Dialect,
}

impl Speaker<'_> {
    fn key(&self) -> (String, String) {
        (self.endpoint.to_owned(), self.model_id.to_owned())
    }
}

impl Dialects {
    /// The dialect of a model.
    pub(super) fn of(&self, speaker: Speaker<'_>) -> Dialect {
        let known = lock(&self.0);
        known.get(&speaker.key()).copied().unwrap_or(speaker.first)
    }

    /// Keeps that a model is not asked for something. Gives whether it is news.
    pub(super) fn leave_out(&self, speaker: Speaker<'_>, feature: Feature) -> bool {
        let mut known = lock(&self.0);
        let dialect = known.entry(speaker.key()).or_insert(speaker.first);
        let is_news = !dialect.lacks(feature);
        *dialect = dialect.without(feature);
        is_news
    }

    /// Keeps what a refusal teaches beside what others have learnt meanwhile. Gives what is different now, if that is news.
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
