//! Transforms for models that are particular about the form of a conversation.

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

    /// Makes one system message of several.
    type PluginCoalesceSystemMessagesTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Puts calls of tools and their results into texts as Llama models know them.
    type PluginLlamaMergeToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Puts calls of tools and their results into texts of thought, action and observation.
    type PluginReactMergeToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Leaves out messages that say nothing, except those of the user.
    type PluginRemoveEmptyNonUserMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}

    /// Makes several messages of one that has marks in it.
    type PluginSplitPromptOnMarkerMessageTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {
        /// The mark; null takes WayFlow's own.
        marker: Maybe<Text> = null;
    }

    /// Puts calls of tools and their results into texts that agents of a team understand.
    type PluginToolRequestAndCallsTransform: MessageTransform,
        since V26_1_2, plugin MessageTransformPlugin, runs as Transform {}
}
