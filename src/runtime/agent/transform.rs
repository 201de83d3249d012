//! Message transforms: what rewrites the conversation before the model sees it. The conversation itself stays.

mod cache;
mod canonical;
mod conversation;
mod message;
mod shape;
mod summarizer;
mod tool_text;

use std::sync::Arc;

use crate::conversation::Message;
use crate::runtime::runnable::not_yet;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::language::{
    ConversationSummarizationTransform, MessageSummarizationTransform,
    PluginAppendTrailingSystemMessageToUserMessageTransform,
    PluginCanonicalizationMessageTransform, PluginCoalesceSystemMessagesTransform,
    PluginLlamaMergeToolRequestAndCallsTransform, PluginReactMergeToolRequestAndCallsTransform,
    PluginRemoveEmptyNonUserMessageTransform, PluginSplitPromptOnMarkerMessageTransform,
    PluginToolRequestAndCallsTransform,
};

/// Applies the transforms, each to what the one before made.
///
/// # Errors
/// A model that summarises fails, or the place where summaries are kept can't be used.
pub(super) async fn apply(
    transforms: &[Arc<Component>],
    mut messages: Vec<Arc<Message>>,
    turn: &RunContext,
) -> Result<Vec<Arc<Message>>, Halt> {
    for (index, transform) in transforms.iter().enumerate() {
        let place = turn.at("transform", index);
        messages = apply_one(transform, messages, &place).await?;
    }
    Ok(messages)
}

async fn apply_one(
    transform: &Arc<Component>,
    messages: Vec<Arc<Message>>,
    place: &RunContext,
) -> Result<Vec<Arc<Message>>, Halt> {
    if let Some(transform) = MessageSummarizationTransform::of(transform) {
        message::summarize(&transform, messages, place).await
    } else if let Some(transform) = ConversationSummarizationTransform::of(transform) {
        conversation::summarize(&transform, messages, place).await
    } else if PluginAppendTrailingSystemMessageToUserMessageTransform::of(transform).is_some() {
        Ok(rewritten(messages, shape::append_trailing_system))
    } else if PluginCanonicalizationMessageTransform::of(transform).is_some() {
        Ok(rewritten(messages, canonical::canonical))
    } else if PluginCoalesceSystemMessagesTransform::of(transform).is_some() {
        Ok(rewritten(messages, shape::coalesce_system))
    } else if PluginLlamaMergeToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(rewritten(messages, tool_text::llama))
    } else if PluginReactMergeToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(rewritten(messages, tool_text::react))
    } else if PluginToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(rewritten(messages, tool_text::group))
    } else if PluginRemoveEmptyNonUserMessageTransform::of(transform).is_some() {
        Ok(rewritten(messages, shape::remove_empty))
    } else if let Some(transform) = PluginSplitPromptOnMarkerMessageTransform::of(transform) {
        let marker = transform.marker().unwrap_or(shape::MARKER);
        Ok(rewritten(messages, |messages| {
            shape::split_on(marker, messages)
        }))
    } else {
        Err(not_yet(transform).into())
    }
}

/// Rewrites messages that are shared with the conversation.
fn rewritten(
    messages: Vec<Arc<Message>>,
    rewrite: impl FnOnce(Vec<Message>) -> Vec<Message>,
) -> Vec<Arc<Message>> {
    let owned = messages.into_iter().map(Arc::unwrap_or_clone).collect();
    rewrite(owned).into_iter().map(Arc::new).collect()
}
