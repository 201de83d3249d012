//! The `ConversationSummarizationTransform`: all but the latest messages of a long conversation
//! become one summary.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cache::{Cache, CacheSettings};
use super::summarizer::{IMAGE_TOKENS, Piece, Summarizer, tokens_in};
use crate::conversation::{Message, Role};
use crate::runtime::datastore::Row;
use crate::runtime::{Halt, RunContext};
use crate::spec::component::FieldValue;
use crate::spec::language::ConversationSummarizationTransform;

/// The number of characters that are summarized in one step.
const CHUNK_CHARS: usize = 20_000;

/// The column with the number of messages, counted from the first, that a summary replaces.
const PREFIX: &str = "prefix_size";

/// Summarizes a conversation that is too long. An existing summary replaces its messages until the
/// conversation is too long again; then the summary is summarized together with the other messages.
pub(super) async fn summarize(
    transform: &ConversationSummarizationTransform,
    messages: Vec<Arc<Message>>,
    place: &RunContext,
) -> Result<Vec<Arc<Message>>, Halt> {
    let Some(first) = messages
        .first()
        .filter(|_| is_too_long(transform, &messages))
    else {
        return Ok(messages);
    };
    let settings = CacheSettings {
        datastore: transform.datastore().and_then(FieldValue::as_component),
        collection: transform.cache_collection_name(),
        max_size: transform.max_cache_size(),
        max_lifetime: transform.max_cache_lifetime(),
    };
    let cache = Cache::open(settings, place)?;
    // Ids of messages differ in a run, so a conversation is known by its first.
    let key = format!("{}/conversation", first.id);
    let count = messages.len();
    let current = match cache.get(&key).await? {
        Some((summary, row)) => {
            let prefix = row.get(PREFIX).and_then(Value::as_u64);
            let prefix = prefix.and_then(|prefix| usize::try_from(prefix).ok());
            let rest = messages.into_iter().skip(prefix.unwrap_or_default());
            std::iter::once(Arc::new(summary_message(summary)))
                .chain(rest)
                .collect()
        }
        None => messages,
    };
    if !is_too_long(transform, &current) {
        return Ok(current);
    }
    let kept = usize::try_from(transform.min_num_messages()).unwrap_or(usize::MAX);
    let at = split_at(&current, kept);
    let (old, latest) = current.split_at_checked(at).unwrap_or((&[], &current));
    if old.is_empty() {
        return Ok(current);
    }
    let summarizer = Summarizer {
        llm: transform.llm(),
        instructions: transform.summarization_instructions(),
        template: transform.summarized_conversation_template(),
    };
    let pieces = old.iter().flat_map(|message| pieces_of(message)).collect();
    let summary = summarizer
        .summarize(pieces, tokens_in(CHUNK_CHARS), place)
        .await?;
    let row = Row::from_iter([(PREFIX.to_owned(), json!(count - latest.len()))]);
    cache.put(&key, &summary, row).await?;
    let latest = latest.iter().cloned();
    Ok(std::iter::once(Arc::new(summary_message(summary)))
        .chain(latest)
        .collect())
}

fn is_too_long(transform: &ConversationSummarizationTransform, messages: &[Arc<Message>]) -> bool {
    let exceeds = |number: usize, most: i64| usize::try_from(most).is_ok_and(|most| number > most);
    match (transform.max_num_messages(), transform.max_num_characters()) {
        (Some(most), _) => exceeds(messages.len(), most),
        (None, Some(most)) => exceeds(messages.iter().map(|message| chars_of(message)).sum(), most),
        (None, None) => false,
    }
}

/// Returns the approximate number of characters of a message.
fn chars_of(message: &Message) -> usize {
    let calls = message.tool_calls.iter();
    let results = message.tool_result.iter();
    role_name(message.role).len()
        + message.content.chars().count()
        + message.images.len() * IMAGE_TOKENS * 4
        + calls
            .map(|call| call.name.chars().count() + call.arguments.chars().count())
            .sum::<usize>()
        + results
            .map(|result| result.content.chars().count())
            .sum::<usize>()
}

/// Returns the index of the first message to keep: at least `kept` messages remain, and each result
/// remains with its call.
fn split_at(messages: &[Arc<Message>], kept: usize) -> usize {
    let at = messages.len().saturating_sub(kept);
    let (old, latest) = messages.split_at(at);
    let is_answered = |id: &str| {
        latest
            .iter()
            .filter_map(|message| message.tool_result.as_ref())
            .any(|result| result.call_id == id)
    };
    old.iter()
        .position(|message| message.tool_calls.iter().any(|call| is_answered(&call.id)))
        .unwrap_or(at)
}

/// Returns a message with its author as pieces to summarize; an earlier summary is taken unchanged.
fn pieces_of(message: &Message) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if message.id != SUMMARY_ID {
        pieces.push(Piece::Text(format!(
            "\n\n\n{}:\n\n",
            role_name(message.role)
        )));
    }
    pieces.extend(Piece::of(message));
    let result = message.tool_result.iter();
    pieces.extend(result.map(|result| Piece::Text(result.content.clone())));
    pieces
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Agent => "assistant",
        Role::System => "system",
    }
}

/// The id of a summary among the messages of a prompt.
const SUMMARY_ID: &str = "summary";

fn summary_message(summary: String) -> Message {
    Message {
        is_internal: true,
        ..Message::text(SUMMARY_ID, Role::User, summary)
    }
}
