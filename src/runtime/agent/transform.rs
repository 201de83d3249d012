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
use crate::runtime::{Halt, RunContext, execute};
use crate::spec::Component;
use crate::spec::language::wayflow::transforms::{
    PluginAppendTrailingSystemMessageToUserMessageTransform,
    PluginCanonicalizationMessageTransform, PluginCoalesceSystemMessagesTransform,
    PluginLlamaMergeToolRequestAndCallsTransform, PluginReactMergeToolRequestAndCallsTransform,
    PluginRemoveEmptyNonUserMessageTransform, PluginSplitPromptOnMarkerMessageTransform,
    PluginToolRequestAndCallsTransform,
};
use crate::spec::language::{ConversationSummarizationTransform, MessageSummarizationTransform};

/// Applies the transforms, each to what the one before made.
///
/// # Errors
/// A model that summarises fails, or the place where summaries are kept can't be used.
pub(super) async fn apply(
    transforms: &[Arc<Component>],
    mut messages: Vec<Message>,
    turn: &RunContext,
) -> Result<Vec<Message>, Halt> {
    for (index, transform) in transforms.iter().enumerate() {
        let place = turn.at("transform", index);
        messages = apply_one(transform, messages, &place).await?;
    }
    Ok(messages)
}

async fn apply_one(
    transform: &Arc<Component>,
    messages: Vec<Message>,
    place: &RunContext,
) -> Result<Vec<Message>, Halt> {
    if let Some(transform) = MessageSummarizationTransform::of(transform) {
        message::summarize(&transform, messages, place).await
    } else if let Some(transform) = ConversationSummarizationTransform::of(transform) {
        conversation::summarize(&transform, messages, place).await
    } else if PluginAppendTrailingSystemMessageToUserMessageTransform::of(transform).is_some() {
        Ok(shape::append_trailing_system(messages))
    } else if PluginCanonicalizationMessageTransform::of(transform).is_some() {
        Ok(canonical::canonical(messages))
    } else if PluginCoalesceSystemMessagesTransform::of(transform).is_some() {
        Ok(shape::coalesce_system(messages))
    } else if PluginLlamaMergeToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(tool_text::llama(messages))
    } else if PluginReactMergeToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(tool_text::react(messages))
    } else if PluginToolRequestAndCallsTransform::of(transform).is_some() {
        Ok(tool_text::group(messages))
    } else if PluginRemoveEmptyNonUserMessageTransform::of(transform).is_some() {
        Ok(shape::remove_empty(messages))
    } else if let Some(transform) = PluginSplitPromptOnMarkerMessageTransform::of(transform) {
        Ok(shape::split_on(
            transform.marker().unwrap_or(shape::MARKER),
            messages,
        ))
    } else {
        Err(execute::not_yet(transform).into())
    }
}
