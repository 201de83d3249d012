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
        /// From the inputs that it has of itself to the names that they get here.
        input_mapping: Map<Text> = {};
        /// From the outputs that it has of itself to the names that they get here.
        output_mapping: Map<Text> = {};
    }

    /// Prompts a model once, by a text or by a prompt of several messages.
    type ExtendedLlmNode: ExtendedNode + LlmNode, since V25_4_1, plugin NodesPlugin, runs as Node(LlmNode) {
        /// The prompt of several messages, in place of `prompt_template`.
        prompt_template_object: Maybe<Slot<PluginPromptTemplate>> = null;
        /// Whether the user sees the answer.
        send_message: Flag = false;
    }

    /// Calls a tool, and may go on when it fails.
    type ExtendedToolNode: ExtendedNode + ToolNode, since V25_4_1, plugin NodesPlugin, runs as Node(ToolNode) {
        /// Whether a failing tool ends the run; if not, its message is the result.
        raise_exceptions: Flag;
    }

    /// Runs an agent as one step.
    type ExtendedAgentNode: ExtendedNode + AgentNode, since V25_4_1, plugin NodesPlugin, runs as Node(AgentNode) {
        /// Whether the agent may turn to the user before its work is done; null leaves that to the agent.
        caller_input_mode: Maybe<OneOf<CallerInputMode>> = null;
    }

    /// Runs a flow once for each element of a list.
    type ExtendedMapNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow that is run.
        flow: Slot<Flow>;
        /// From inputs of the flow to where in an element their values are (a jq query).
        unpack_input: Map<Text> = {};
        /// Whether the rounds run at the same time.
        parallel_execution: Flag = false;
        /// How many rounds at the same time; null leaves that to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs a flow once for each element of a list, all at the same time.
    type ExtendedParallelMapNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow that is run.
        flow: Slot<Flow>;
        /// From inputs of the flow to where in an element their values are (a jq query).
        unpack_input: Map<Text> = {};
        /// How many rounds at the same time; null leaves that to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs several flows at the same time.
    type ExtendedParallelFlowNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flows that are run.
        flows: Slots<Flow>;
        /// How many at the same time; null leaves that to the runtime.
        max_workers: Maybe<Integer> = null;
    }

    /// Runs a flow and goes on by a branch of its own if that fails in a way that is named.
    type PluginCatchExceptionNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow that is run.
        flow: Slot<Flow>;
        /// From names of exceptions to the branches that they take.
        except_on: Maybe<Map<Text>> = null;
        /// Whether every other exception takes the branch `default_exception_branch`.
        catch_all_exceptions: Flag = false;
    }

    /// Runs a flow again until it says that it succeeded.
    type PluginRetryNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The flow that is run.
        flow: Slot<Flow>;
        /// The output of the flow that says whether it succeeded.
        success_condition: Text;
        /// How often it is run at most; WayFlow allows 20.
        max_num_trials: Integer = (integer 5);
    }

    /// Lets a model choose the branch.
    type PluginChoiceNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The model.
        llm_config: Slot<LlmConfig>;
        /// The choices: each a branch, what it means and, if that is not the branch, what the model knows it by.
        next_branches: List<List<Text>>;
        /// The question to the model, as a Jinja template; empty uses WayFlow's own.
        prompt_template: Text = "";
        /// How many tokens the answer may have.
        num_tokens: Integer = (integer 7);
    }

    /// Gives fixed values.
    type PluginConstantValuesNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// From outputs to their values.
        constant_values: Map<Any>;
    }

    /// Takes values out of JSON text.
    type PluginExtractNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// From outputs to where in the JSON their values are (a jq query).
        output_values: Map<Text>;
        /// The model that mends text that is no JSON.
        llm_config: Maybe<Slot<LlmConfig>> = null;
        /// Whether a text that is no JSON is mended by the model.
        retry: Flag = false;
    }

    /// Finds a pattern in text.
    type PluginRegexNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The pattern, by itself or with how it is applied.
        regex_pattern: AnyOf<(Object<PluginRegexPattern>, Text)>;
        /// Whether the first match is given, and not a list of all.
        return_first_match_only: Flag = true;
    }

    /// Fills in a template.
    type PluginTemplateNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The template, in Jinja.
        template: Text;
    }

    /// Waits for a message of the user.
    type PluginInputMessageNode: ExtendedNode + InputMessageNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// A message to the user before they are asked, as a Jinja template; null says nothing.
        message_template: Maybe<Text>;
        /// Whether a model puts it in words that suit the conversation.
        rephrase: Flag = false;
        /// The model that does so.
        llm_config: Maybe<Slot<LlmConfig>> = null;
    }

    /// Adds a message to the conversation.
    type PluginOutputMessageNode: ExtendedNode + OutputMessageNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// The text of the message, as a Jinja template.
        message | message_template: Text;
        /// The author of the message.
        message_type: OneOf<MessageType> = "AGENT";
        /// Whether a model puts it in words that suit the conversation.
        rephrase: Flag = false;
        /// The model that does so.
        llm_config: Maybe<Slot<LlmConfig>> = null;
        /// Whether the message is an output of the node too.
        expose_message_as_output: Flag = true;
    }

    /// Gives messages of the conversation.
    type PluginGetChatHistoryNode: ExtendedNode, since V25_4_1, plugin NodesPlugin, runs as PluginNode {
        /// How many messages.
        n: Integer = (integer 10);
        /// From which end.
        which_messages: OneOf<MessageSlice> = "last";
        /// How many are skipped at that end.
        offset: Integer = (integer 0);
        /// The authors whose messages are taken; null takes all.
        message_types: Maybe<List<OneOf<MessageType>>> = (texts "USER" "AGENT");
        /// How they are put into one text, `{{chat_history}}` being the messages; null gives them as a list.
        output_template: Maybe<Text> = "";
    }
}

literals! {
    /// The author or kind of a message.
    MessageType: "SYSTEM", "AGENT", "USER", "THOUGHT", "INTERNAL", "TOOL_REQUEST", "TOOL_RESULT", "ERROR", "DISPLAY_ONLY";
    /// An end of a conversation.
    MessageSlice: "last", "first";
}
