//! The offline model: answers without network and key, with the same words for the same seed.
//!
//! It is not a language model. It calls an available tool that matches the question, with arguments
//! that fit the tool's schema; reports the results of tools; fills in structured output; picks one
//! of the classes that a prompt allows; and otherwise writes a short reply about the topic that
//! says it comes from the offline model. No clock and no randomness: an answer depends only on the
//! request and its seed.

mod answer;
mod arguments;
mod choice;
mod reply;
mod words;

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::answer::Answer;
use super::model::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ModelError, ModelErrorKind,
};
use super::usage;
use crate::conversation::ToolCall;

/// The model id and the endpoint of the offline model.
pub(super) const OFFLINE: &str = "offline";

/// The speed of the offline model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time until the first word.
    pub before_first: Duration,
    /// The average time between words.
    pub between_words: Duration,
}

impl Pace {
    /// No delays.
    pub const INSTANT: Self = Self {
        before_first: Duration::ZERO,
        between_words: Duration::ZERO,
    };

    /// The speed of a hosted model: about 33 words per second.
    pub const BELIEVABLE: Self = Self {
        before_first: Duration::from_millis(250),
        between_words: Duration::from_millis(30),
    };
}

impl Default for Pace {
    fn default() -> Self {
        Self::BELIEVABLE
    }
}

/// The built-in model that needs no network.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfflineModel {
    /// The speed of the answers.
    pub pace: Pace,
    /// The length of texts in words, if it is fixed, for load tests.
    pub length_words: Option<usize>,
}

impl OfflineModel {
    /// Returns the complete answer without delays. Pure.
    pub fn answer(&self, request: &GenerationRequest) -> Generation {
        let Answer { text, calls } = answer::answer(request, self.length_words);
        let prefix = request.messages.len();
        let tool_calls: Vec<ToolCall> = calls
            .into_iter()
            .enumerate()
            .map(|(at, (name, arguments))| ToolCall {
                id: format!("call_{prefix}_{at}"),
                name,
                arguments: arguments.to_string(),
                extra: None,
            })
            .collect();
        let finish_reason = if tool_calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        };
        let mut generation = Generation {
            content: text,
            tool_calls,
            finish_reason: Some(finish_reason.to_owned()),
            attempts: 1,
            ..Generation::default()
        };
        generation.usage = usage::estimate(request, &generation);
        generation
    }

    async fn speak(
        &self,
        request: &GenerationRequest,
        observer: &dyn GenerationObserver,
    ) -> Generation {
        let began = Instant::now();
        let mut generation = self.answer(request);
        let pieces = pieces(&generation);
        let mut random = fastrand::Rng::with_seed(pieces.len() as u64);
        pause(self.pace.before_first).await;
        if !request.is_streamed {
            let words = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
            pause(self.pace.between_words.saturating_mul(words)).await;
        }
        generation.time_to_first_token = Some(began.elapsed());
        for (at, piece) in pieces.into_iter().enumerate() {
            if request.is_streamed && at > 0 {
                // 25 to 40 words a second at the default pace.
                pause(self.pace.between_words.mul_f64(0.8 + 0.5 * random.f64())).await;
            }
            observer.delta(piece).await;
        }
        generation
    }
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        sleep(duration).await;
    }
}

/// Splits an answer into the pieces in which it is streamed: words, then calls.
///
/// Invariant: joined together, the pieces are the answer.
pub(super) fn pieces(generation: &Generation) -> Vec<GenerationDelta> {
    let mut pieces: Vec<GenerationDelta> = generation
        .content
        .split_inclusive(' ')
        .map(|word| GenerationDelta::Text(word.to_owned()))
        .collect();
    for (index, call) in generation.tool_calls.iter().enumerate() {
        let head = GenerationDelta::ToolCall {
            index,
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: String::new(),
        };
        pieces.push(head);
        let words = call.arguments.split_inclusive([' ', ',', ':']);
        pieces.extend(words.map(|word| GenerationDelta::ToolCall {
            index,
            id: String::new(),
            name: String::new(),
            arguments: word.to_owned(),
        }));
    }
    pieces
}

impl Model for OfflineModel {
    fn describe(&self) -> ModelDescription {
        ModelDescription {
            model_id: OFFLINE.to_owned(),
            endpoint: OFFLINE.to_owned(),
        }
    }

    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    Err(ModelError::new(ModelErrorKind::Cancelled, "the model call was cancelled"))
                }
                generation = self.speak(request, observer) => Ok(generation),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::conversation::{Message, Role};

    /// Keeps the text that it is sent, and when the first piece came.
    #[derive(Debug, Default)]
    struct Heard(Mutex<String>);

    impl GenerationObserver for Heard {
        fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
            if let GenerationDelta::Text(text) = delta {
                self.0.lock().unwrap().push_str(&text);
            }
            Box::pin(async {})
        }
    }

    fn request(is_streamed: bool) -> GenerationRequest {
        GenerationRequest {
            messages: [Message::text("1", Role::User, "Tell me about solar sails.")]
                .map(std::sync::Arc::new)
                .into(),
            is_streamed,
            ..GenerationRequest::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn words_come_at_the_pace_and_make_the_answer() {
        for is_streamed in [true, false] {
            let began = Instant::now();
            let heard = Heard::default();
            let cancel = CancellationToken::new();
            let generation = OfflineModel::default()
                .generate(&request(is_streamed), &heard, &cancel)
                .await
                .unwrap();
            assert_eq!(*heard.0.lock().unwrap(), generation.content);
            let words = u32::try_from(generation.content.split(' ').count()).unwrap();
            let speaking = began.elapsed().checked_sub(Pace::BELIEVABLE.before_first);
            let rate = f64::from(words) / speaking.unwrap().as_secs_f64();
            assert!((24.0..42.0).contains(&rate), "{rate} words a second");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_stops_it_between_words() {
        let heard = Heard::default();
        let cancel = CancellationToken::new();
        let model = OfflineModel {
            length_words: Some(10_000),
            ..OfflineModel::default()
        };
        let request = request(true);
        let (answered, ()) = tokio::join!(model.generate(&request, &heard, &cancel), async {
            sleep(Duration::from_secs(2)).await;
            cancel.cancel();
        });
        assert_eq!(answered.unwrap_err().kind, ModelErrorKind::Cancelled);
        let words = heard.0.lock().unwrap().split(' ').count();
        assert!((20..200).contains(&words), "{words} words");
    }
}
