//! Nodes with what WayFlow adds, and nodes of its own.

use super::agents::CallerInputMode;
use super::parsers::PluginRegexPattern;
use super::prompts::PluginPromptTemplate;
use crate::spec::language::declare::{components, literals};
use crate::spec::language::families::Node;
use crate::spec::language::flows::Flow;
use crate::spec::language::kind::{
    Any, AnyOf, Flag, Integer, List, Map, Maybe, Object, OneOf, Slot, Slots, Text,
};
use crate::spec::language::llms::LlmConfig;

components! {
    /// A node whose inputs and outputs can be given other names.
    family ExtendedNode: Node, since V25_4_1 {
        /// Maps the node's own inputs to their names in this flow.
        input_mapping: Map<Text> = {};
        /// Maps the node's own outputs to their names in this flow.
        output_mapping: Map<Text> = {};
    }

    /// Sends a prompt of one or several messages to a model once.
    type ExtendedLlmNode: ExtendedNode + LlmNode, since V25_4_1, plugin NodesPlugin, runs as Node(LlmNode) {
        /// The prompt of several messages, in place of `prompt_template`.
        prompt_template_object: Maybe<Slot<PluginPromptTemplate>> = null;
        /// Whether the user sees the answer.
        send_message: Flag = false;
    }

    /// Calls a tool and can continue if it fails.
    type ExtendedToolNode: ExtendedNode + ToolNode, since V25_4_1, plugin NodesPlugin, runs as Node(ToolNode) {
        /// Whether a failing tool ends the run; if not, its message is the result.
        raise_exceptions: Flag;
    }

    /// Runs an agent as one step.
    type ExtendedAgentNode: ExtendedNode + AgentNode, since V25_4_1, plugin NodesPlugin, runs as Node(AgentNode) {
        /// Whether the agent may turn to the user before its work is done; null takes the setting of the agent.
        caller_input_mode: Maybe<OneOf<CallerInputMode>> = null;
    }

    /// Runs a flow once for each element of a list.
    type ExtendedMapNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow to run.
        flow: Slot<Flow>;
        /// Maps inputs of the flow to jq queries that find their values in an element.
        unpack_input: Map<Text> = {};
        /// Whether the elements are processed at the same time.
        parallel_execution: Flag = false;
        /// The maximum number of elements at the same time; null leaves it to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs a flow once for each element of a list, all at the same time.
    type ExtendedParallelMapNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow to run.
        flow: Slot<Flow>;
        /// Maps inputs of the flow to jq queries that find their values in an element.
        unpack_input: Map<Text> = {};
        /// The maximum number of elements at the same time; null leaves it to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs several flows at the same time.
    type ExtendedParallelFlowNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flows to run.
        flows: Slots<Flow>;
        /// The maximum number of flows at the same time; null leaves it to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs a flow and takes the branch for its exception if it fails.
    type PluginCatchExceptionNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow to run.
        flow: Slot<Flow>;
        /// Maps names of exceptions to branches.
        except_on: Maybe<Map<Text>> = null;
        /// Whether every other exception takes the branch `default_exception_branch`.
        catch_all_exceptions: Flag = false;
    }

    /// Repeats a flow until its output reports success.
    type PluginRetryNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow to run.
        flow: Slot<Flow>;
        /// The output of the flow that says whether it succeeded.
        success_condition: Text;
        /// The maximum number of trials; WayFlow allows 20.
        max_num_trials: Integer = (integer 5);
    }

    /// Lets a model choose the branch.
    type PluginChoiceNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The model.
        llm_config: Slot<LlmConfig>;
        /// The choices: for each the branch, its description and, if it differs from the branch, its name for the model.
        next_branches: List<List<Text>>;
        /// The question to the model, as a Jinja template; empty uses WayFlow's own.
        prompt_template: Text = "";
        /// The maximum number of tokens in the answer.
        num_tokens: Integer = (integer 7);
    }

    /// Returns fixed values.
    type PluginConstantValuesNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// Maps outputs to their values.
        constant_values: Map<Any>;
    }

    /// Takes values out of JSON text.
    type PluginExtractNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// Maps outputs to jq queries that find their values.
        output_values: Map<Text>;
        /// The model that repairs text that is not valid JSON.
        llm_config: Maybe<Slot<LlmConfig>> = null;
        /// Whether the model repairs text that is not valid JSON.
        retry: Flag = false;
    }

    /// Finds a pattern in text.
    type PluginRegexNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The pattern, as text or with its settings.
        regex_pattern: AnyOf<(Object<PluginRegexPattern>, Text)>;
        /// Whether only the first match is returned, and not a list of all.
        return_first_match_only: Flag = true;
    }

    /// Fills in a template.
    type PluginTemplateNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The template, in Jinja.
        template: Text;
    }

    /// Waits for a message of the user.
    type PluginInputMessageNode: ExtendedNode + InputMessageNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// A message to show before the user is asked, as a Jinja template; null shows none.
        message_template: Maybe<Text>;
        /// Whether a model rephrases it to suit the conversation.
        rephrase: Flag = false;
        /// The model that rephrases it.
        llm_config: Maybe<Slot<LlmConfig>> = null;
    }

    /// Adds a message to the conversation.
    type PluginOutputMessageNode: ExtendedNode + OutputMessageNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The text of the message, as a Jinja template.
        message | message_template: Text;
        /// The author of the message.
        message_type: OneOf<MessageType> = "AGENT";
        /// Whether a model rephrases it to suit the conversation.
        rephrase: Flag = false;
        /// The model that rephrases it.
        llm_config: Maybe<Slot<LlmConfig>> = null;
        /// Whether the message is an output of the node too.
        expose_message_as_output: Flag = true;
    }

    /// Returns messages of the conversation.
    type PluginGetChatHistoryNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The number of messages.
        n: Integer = (integer 10);
        /// The end from which messages are counted.
        which_messages: OneOf<MessageSlice> = "last";
        /// The number of messages to skip at that end.
        offset: Integer = (integer 0);
        /// The kinds of messages to return; null means all.
        message_types: Maybe<List<OneOf<MessageType>>> = (texts "USER" "AGENT");
        /// The template that joins them into one text, where `{{chat_history}}` is the messages; null returns a list.
        output_template: Maybe<Text> = "";
    }
}

literals! {
    /// The author or kind of a message.
    MessageType: "SYSTEM", "AGENT", "USER", "THOUGHT", "INTERNAL", "TOOL_REQUEST", "TOOL_RESULT", "ERROR", "DISPLAY_ONLY";
    /// An end of a conversation.
    MessageSlice: "last", "first";
}
