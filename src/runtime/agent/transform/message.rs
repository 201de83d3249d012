//! The `MessageSummarizationTransform`: messages and results that are too long are replaced by
//! summaries.

use std::sync::Arc;

use super::cache::{Cache, CacheSettings};
use super::summarizer::{Piece, Summarizer, count_tokens, tokens_in};
use crate::conversation::Message;
use crate::runtime::datastore::Row;
use crate::runtime::{Halt, RunContext};
use crate::spec::component::FieldValue;
use crate::spec::language::MessageSummarizationTransform;

/// Summarizes messages that are too long. Begins with the latest one, so that its summary counts as
/// the least recently used.
pub(super) async fn summarize(
    transform: &MessageSummarizationTransform,
    mut messages: Vec<Arc<Message>>,
    place: &RunContext,
) -> Result<Vec<Arc<Message>>, Halt> {
    let settings = CacheSettings {
        datastore: transform.datastore().and_then(FieldValue::as_component),
        collection: transform.cache_collection_name(),
        max_size: transform.max_cache_size(),
        max_lifetime: transform.max_cache_lifetime(),
    };
    let max_chars = usize::try_from(transform.max_message_size()).unwrap_or(usize::MAX);
    let shortener = Shortener {
        summarizer: Summarizer {
            llm: transform.llm(),
            instructions: transform.summarization_instructions(),
            template: transform.summarized_message_template(),
        },
        cache: Cache::open(settings, place)?,
        max_tokens: tokens_in(max_chars),
    };
    for (index, message) in messages.iter_mut().enumerate().rev() {
        let place = place.at("message", index);
        let id = message.id.clone();
        if let Some(summary) = shortener.shorten(&id, Piece::of(message), &place).await? {
            let message = Arc::make_mut(message);
            message.content = summary;
            message.images.clear();
        }
        if let Some(result) = &message.tool_result {
            let pieces = vec![Piece::Text(result.content.clone())];
            let name = format!("{id}/result");
            if let Some(summary) = shortener.shorten(&name, pieces, &place).await?
                && let Some(result) = &mut Arc::make_mut(message).tool_result
            {
                result.content = summary;
            }
        }
    }
    Ok(messages)
}

struct Shortener<'a> {
    summarizer: Summarizer<'a>,
    cache: Cache<'a>,
    max_tokens: usize,
}

impl Shortener<'_> {
    /// Returns the summary of a text that is too long.
    async fn shorten(
        &self,
        name: &str,
        pieces: Vec<Piece>,
        place: &RunContext,
    ) -> Result<Option<String>, Halt> {
        if count_tokens(&pieces) <= self.max_tokens {
            return Ok(None);
        }
        if let Some((summary, _)) = self.cache.get(name).await? {
            return Ok(Some(summary));
        }
        let summary = self
            .summarizer
            .summarize(pieces, self.max_tokens, place)
            .await?;
        self.cache.put(name, &summary, Row::new()).await?;
        Ok(Some(summary))
    }
}
