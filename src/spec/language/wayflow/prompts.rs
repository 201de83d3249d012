//! Prompts of several messages.

use super::parsers::PluginOutputParser;
use crate::spec::language::declare::{components, literals, plain_objects};
use crate::spec::language::families::{MessageTransform, Tool};
use crate::spec::language::kind::{
    Any, AnyOf, Flag, Inputs, List, Map, Maybe, Moment, Object, OneOf, Schema, Slot, Slots, Text,
};
use crate::spec::language::objects::LlmGenerationConfig;

components! {
    /// A prompt of several messages, with what the model may do and how its answer is read.
    type PluginPromptTemplate: Component, since V25_4_1, plugin PromptTemplatePlugin, runs as Part {
        /// The messages; their texts are Jinja templates. A message of the user without contents is
        /// replaced by the conversation.
        messages: List<Object<PluginMessage>>;
        /// The parsers that read values from the answer; several are applied in this order.
        output_parser: Maybe<AnyOf<(Slots<PluginOutputParser>, Slot<PluginOutputParser>)>> = null;
        /// The inputs: JSON Schemas with a title each. If left out, they follow from the messages.
        inputs: Inputs = null;
        /// The transforms that rewrite the conversation before it is filled in.
        pre_rendering_transforms: Maybe<Slots<MessageTransform>> = null;
        /// The transforms that rewrite the messages after they are filled in.
        post_rendering_transforms: Maybe<Slots<MessageTransform>> = null;
        /// The tools that the model may call.
        tools: Maybe<Slots<Tool>> = null;
        /// Whether tools are offered by the API of the model; if not, the messages must describe them.
        native_tool_calling: Flag = true;
        /// The JSON Schema of the answer.
        response_format: Maybe<Schema> = null;
        /// Whether the API of the model is asked for that schema; if not, the messages must describe it.
        native_structured_generation: Flag = true;
        /// Whether outputs of a wrong type are refused.
        strict_output_validation: Flag = false;
        /// The generation parameters.
        generation_config: Maybe<Object<LlmGenerationConfig>> = null;
    }
}

plain_objects! {
    /// A message of a prompt.
    PluginMessage, drops_extras {
        /// The author of the message.
        role: OneOf<MessageRole>;
        /// Its texts and images.
        contents: List<AnyOf<(Object<PluginTextContent>, Object<PluginImageContent>)>> = [];
        /// The calls of tools in it.
        tool_requests: Maybe<List<Object<PluginToolRequest>>> = null;
        /// The result of a tool in it.
        tool_result: Maybe<Object<PluginToolResult>> = null;
        /// Whether it is only for people and hidden from the model.
        display_only: Flag = false;
        /// The agent that sent it, among several.
        sender: Maybe<Text> = null;
        /// The agents that it is for, among several.
        recipients: List<Text> = [];
        /// When it was written; the default is the time of loading.
        time_created: Moment<Text> = unset;
        /// When it was last changed; the default is the time of loading.
        time_updated: Moment<Text> = unset;
    }

    /// Text in a message.
    PluginTextContent, drops_extras {
        /// Always `text`.
        type: OneOf<TextContent> = "text";
        /// The text, a Jinja template.
        content: Text = "";
    }

    /// An image in a message.
    PluginImageContent, drops_extras {
        /// Always `image`.
        type: OneOf<ImageContent> = "image";
        /// The image, in Base64.
        base64_content: Text;
    }

    /// A call of a tool in a message.
    PluginToolRequest, drops_extras {
        /// The name of the tool.
        name: Text;
        /// Maps inputs of the tool to their values.
        args: Map<Any>;
        /// The id of the call that this is the result of.
        tool_request_id: Text;
    }

    /// The result of a tool in a message.
    PluginToolResult, drops_extras {
        /// The result.
        content: Any;
        /// The id of the call that it answers.
        tool_request_id: Text;
    }
}

literals! {
    /// The author of a message.
    MessageRole: "user", "assistant", "system";
    /// The mark of a text in a message.
    TextContent: "text";
    /// The mark of an image in a message.
    ImageContent: "image";
}
