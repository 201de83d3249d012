//! Transforms for models that require a certain form of conversation.

use crate::spec::language::declare::components;
use crate::spec::language::families::MessageTransform;
use crate::spec::language::kind::{Maybe, Text};

components! {
    /// Appends system messages at the end to the last message of the user.
    type PluginAppendTrailingSystemMessageToUserMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Brings the conversation into the order that most models expect: system, then user and assistant in turn.
    type PluginCanonicalizationMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Joins several system messages into one.
    type PluginCoalesceSystemMessagesTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Rewrites tool calls and their results as text in the form that Llama models expect.
    type PluginLlamaMergeToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Rewrites tool calls and their results as text with thought, action and observation.
    type PluginReactMergeToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Removes empty messages, except those of the user.
    type PluginRemoveEmptyNonUserMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Splits a message into several at a marker.
    type PluginSplitPromptOnMarkerMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {
        /// The marker; null means WayFlow's own.
        marker: Maybe<Text> = null;
    }

    /// Rewrites tool calls and their results as text for the agents of a team.
    type PluginToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}
}
