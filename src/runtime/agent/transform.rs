//! Message transforms, which rewrite the conversation for the model. The conversation itself is not
//! changed.

mod cache;
mod canonical;
mod conversation;
mod message;
mod shape;
mod summarizer;
mod tool_text;

use std::sync::Arc;

use crate::conversation::Message;
use crate::runtime::runnable::{not_yet, viewed};
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::language::{
    Execution, PluginSplitPromptOnMarkerMessageTransform, TransformExecution,
};

/// Applies the transforms in order, each to the result of the previous one.
///
/// # Errors
/// A summarizing model fails, or the cache of summaries can't be used.
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
    let Execution::Transform(execution) = transform.execution() else {
        return Err(not_yet(transform).into());
    };
    let rewrite: fn(Vec<Message>) -> Vec<Message> = match execution {
        TransformExecution::MessageSummarizationTransform => {
            // Boxed, as the next one: each turn would have to hold room for it.
            return Box::pin(message::summarize(&viewed(transform)?, messages, place)).await;
        }
        TransformExecution::ConversationSummarizationTransform => {
            let transform = viewed(transform)?;
            return Box::pin(conversation::summarize(&transform, messages, place)).await;
        }
        TransformExecution::PluginSplitPromptOnMarkerMessageTransform => {
            let transform: PluginSplitPromptOnMarkerMessageTransform = viewed(transform)?;
            let marker = transform.marker().unwrap_or(shape::MARKER);
            return Ok(rewritten(messages, |messages| {
                shape::split_on(marker, messages)
            }));
        }
        TransformExecution::PluginAppendTrailingSystemMessageToUserMessageTransform => {
            shape::append_trailing_system
        }
        TransformExecution::PluginCanonicalizationMessageTransform => canonical::canonical,
        TransformExecution::PluginCoalesceSystemMessagesTransform => shape::coalesce_system,
        TransformExecution::PluginLlamaMergeToolRequestAndCallsTransform => tool_text::llama,
        TransformExecution::PluginReactMergeToolRequestAndCallsTransform => tool_text::react,
        TransformExecution::PluginToolRequestAndCallsTransform => tool_text::group,
        TransformExecution::PluginRemoveEmptyNonUserMessageTransform => shape::remove_empty,
    };
    Ok(rewritten(messages, rewrite))
}

/// Rewrites messages that are shared with the conversation.
fn rewritten(
    messages: Vec<Arc<Message>>,
    rewrite: impl FnOnce(Vec<Message>) -> Vec<Message>,
) -> Vec<Arc<Message>> {
    let owned = messages.into_iter().map(Arc::unwrap_or_clone).collect();
    rewrite(owned).into_iter().map(Arc::new).collect()
}
