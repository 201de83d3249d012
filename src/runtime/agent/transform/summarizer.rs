//! Summaries of texts and images, written by a model.

use std::sync::Arc;

use serde_json::json;

use crate::conversation::{Image, Message, Role, Values};
use crate::llm::GenerationRequest;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::placeholder;
use crate::trace::{Failure, FailureKind};

/// The number of characters that count as one token.
const CHARS_PER_TOKEN: usize = 4;

/// The number of tokens that count for an image: one per patch of 16 by 16 pixels in 2,048 by
/// 2,048, which is more than most models use.
pub(super) const IMAGE_TOKENS: usize = 16_384;

/// An indivisible piece of the content to summarize.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    Image(Image),
}

impl Piece {
    /// Returns the text and images of a message as pieces.
    pub(super) fn of(message: &Message) -> Vec<Self> {
        let text = (!message.content.is_empty()).then(|| Self::Text(message.content.clone()));
        let images = message.images.iter().cloned().map(Self::Image);
        text.into_iter().chain(images).collect()
    }
}

/// Estimates the tokens of a number of characters.
pub(super) const fn tokens_in(chars: usize) -> usize {
    chars.div_ceil(CHARS_PER_TOKEN)
}

/// Estimates the tokens of pieces.
pub(super) fn count_tokens(pieces: &[Piece]) -> usize {
    let tokens = |piece: &Piece| match piece {
        Piece::Text(text) => tokens_in(text.chars().count()),
        Piece::Image(_) => IMAGE_TOKENS,
    };
    pieces.iter().map(tokens).sum()
}

/// A model with its instructions for summaries.
pub(super) struct Summarizer<'a> {
    pub(super) llm: &'a Arc<Component>,
    pub(super) instructions: &'a str,
    /// The text around the summary, which replaces `{{summary}}`.
    pub(super) template: &'a str,
}

impl Summarizer<'_> {
    /// Returns a summary of the pieces, inserted into the template. If the pieces exceed
    /// `max_tokens`, they are summarized in several steps, each of which includes the summary of
    /// the previous ones.
    ///
    /// # Errors
    /// The failure of the model.
    pub(super) async fn summarize(
        &self,
        pieces: Vec<Piece>,
        max_tokens: usize,
        place: &RunContext,
    ) -> Result<String, Halt> {
        let mut summary = "Nothing yet.".to_owned();
        let mut chunk: Vec<Piece> = Vec::new();
        let mut step = 0;
        for piece in pieces {
            chunk.push(piece);
            if count_tokens(&chunk) > max_tokens
                && chunk.len() > 1
                && let Some(next) = chunk.pop()
            {
                summary = self.ask(&summary, &chunk, &place.at("chunk", step)).await?;
                step += 1;
                chunk = vec![next];
            }
        }
        summary = self.ask(&summary, &chunk, &place.at("chunk", step)).await?;
        let values = Values::from_iter([("summary".to_owned(), json!(summary))]);
        let rendered = placeholder::render(self.template, &values);
        Ok(rendered.map_err(|missing| Failure::from_error(FailureKind::Spec, &missing))?)
    }

    async fn ask(
        &self,
        summary: &str,
        chunk: &[Piece],
        place: &RunContext,
    ) -> Result<String, Halt> {
        let mut prompt = format!(
            "{}\n\nSummary so far:\n{summary}\n\nTo be added:\n",
            self.instructions
        );
        let mut images = Vec::new();
        for piece in chunk {
            match piece {
                Piece::Text(text) => prompt.push_str(text),
                Piece::Image(image) => images.push(image.clone()),
            }
        }
        let message = Message {
            images,
            ..Message::text("summary", Role::User, prompt)
        };
        let request = GenerationRequest {
            messages: [message].map(Arc::new).into(),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        Ok(place.generate(self.llm, request).await?.content)
    }
}
