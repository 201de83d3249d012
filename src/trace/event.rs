//! The events of Agent Spec Tracing, with pyagentspec's attribute names.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::ids::RequestId;
use crate::conversation::Message;
use crate::spec::Component;
use crate::trace::{Failure, RequestKind};

/// A component, as traces name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ComponentName {
    /// The type's name: `Agent`.
    pub component_type: String,
    /// The component's id.
    pub id: String,
    /// The component's name.
    pub name: String,
}

impl ComponentName {
    /// Names a component.
    pub fn of(component: &Component) -> Self {
        Self {
            component_type: component.type_name().to_owned(),
            id: component.id().to_owned(),
            name: component.name().to_owned(),
        }
    }
}

/// A message as a model is sent it; roles are the provider's (`assistant`, `tool`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptMessage {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: String,
    /// The text.
    pub content: String,
    /// The pictures shown with it, in words: `[picture: cat.png, image/png, 12 KB]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<String>,
    /// Name of the component that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Tool calls of an assistant message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<TracedToolCall>,
    /// The call that a tool message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// A tool as a model is offered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptTool {
    /// The tool's name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

/// A tool call in a model's answer; in a chunk, a fragment of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedToolCall {
    /// The provider's id of the call.
    pub call_id: String,
    /// The tool's name.
    pub tool_name: String,
    /// JSON text; in a chunk, what is to be appended.
    pub arguments: String,
}

/// One event. Attributes marked *sensitive* by the specification carry content and are masked by
/// `--mask`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// A model is asked.
    LlmGenerationRequest {
        /// The model's configuration.
        llm_config: ComponentName,
        /// Joins request, chunks and response.
        request_id: RequestId,
        /// Temperature and the like, as sent.
        llm_generation_config: Value,
        /// The messages, as sent (sensitive). Shared: a long history is not copied per event.
        prompt: std::sync::Arc<[PromptMessage]>,
        /// The tools offered.
        tools: std::sync::Arc<[PromptTool]>,
        /// Name of the model at its provider.
        model_id: String,
        /// Where the request goes; `offline` for the built-in model.
        endpoint: String,
        /// Where in the run this is, the same in every execution of the same spec and inputs:
        /// `trip_plan/research.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A piece of a model's answer.
    LlmGenerationChunkReceived {
        /// The model's configuration.
        llm_config: ComponentName,
        /// Joins request, chunks and response.
        request_id: RequestId,
        /// The provider's id of the answer.
        completion_id: Option<String>,
        /// Text to append (sensitive).
        content: String,
        /// Fragments of tool calls to append (sensitive).
        tool_calls: Vec<TracedToolCall>,
        /// Reasoning to append (sensitive).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reasoning: String,
    },
    /// A model's whole answer.
    LlmGenerationResponse {
        /// The model's configuration.
        llm_config: ComponentName,
        /// Joins request, chunks and response.
        request_id: RequestId,
        /// The provider's id of the answer.
        completion_id: Option<String>,
        /// The text (sensitive).
        content: String,
        /// The tool calls (sensitive).
        tool_calls: Vec<TracedToolCall>,
        /// Reasoning that the provider showed (sensitive).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reasoning: String,
        /// Tokens of the prompt.
        input_tokens: Option<u64>,
        /// Tokens of the answer.
        output_tokens: Option<u64>,
        /// Tokens of the prompt that the provider had at hand from before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cached_tokens: Option<u64>,
        /// Tokens of the answer that were reasoning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reasoning_tokens: Option<u64>,
        /// Why the model stopped: `stop`, `tool_calls`, `length`, ….
        finish_reason: Option<String>,
        /// Milliseconds until the first piece came.
        time_to_first_token_ms: Option<f64>,
        /// Requests that were sent before one succeeded, from 1.
        attempts: u32,
    },
    /// A request failed and is sent again after a wait.
    LlmGenerationRetry {
        /// The model's configuration.
        llm_config: ComponentName,
        /// Joins request, chunks and response.
        request_id: RequestId,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why it failed.
        reason: String,
        /// The wait, in seconds.
        wait_seconds: f64,
    },
    /// An endpoint does not take something and is asked otherwise from now on; told once.
    LlmGenerationNotice {
        /// The model's configuration.
        llm_config: ComponentName,
        /// Joins request, chunks and response.
        request_id: RequestId,
        /// What it does not take, and what is done instead.
        notice: String,
    },
    /// A tool is called.
    ToolExecutionRequest {
        /// The tool.
        tool: ComponentName,
        /// The provider's id of the call, or ours for a `ToolNode`.
        request_id: RequestId,
        /// The arguments (sensitive).
        inputs: Value,
        /// What it is bound to: `tools/work.py:heavy_work`, `a fixed value`, ….
        binding: String,
        /// Where it runs: `async`, `worker thread`, `process`, `python worker`, `python loop`, `http`, `mcp`, `person`,
        /// `fixed`.
        lane: String,
        /// Where in the run this is, the same in every execution of the same spec and inputs:
        /// `trip_plan/research.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A piece of a tool's output, not necessarily a delta.
    ToolExecutionStreamingChunkReceived {
        /// The tool.
        tool: ComponentName,
        /// Joins request and response.
        request_id: RequestId,
        /// The piece (sensitive).
        content: Value,
    },
    /// Something that the person should know of how a tool is carried out, such as that it blocks others.
    ToolExecutionNotice {
        /// The tool.
        tool: ComponentName,
        /// Joins request and response.
        request_id: RequestId,
        /// What there is to know, and what can be done about it.
        notice: String,
    },
    /// Something that the person should know of where tools come from, such as that some of them are left out.
    ToolSourceNotice {
        /// The tool box, or the tool that leaves its inputs to its server.
        source: ComponentName,
        /// What there is to know.
        notice: String,
    },
    /// A tool's result.
    ToolExecutionResponse {
        /// The tool.
        tool: ComponentName,
        /// Joins request and response.
        request_id: RequestId,
        /// A value for each output, or the bare value (sensitive); null on failure.
        outputs: Value,
        /// What went wrong, and what the person can do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Milliseconds it waited for a free place of its run and then for a free worker; the rest
        /// of the time since the request it ran.
        waited_ms: f64,
        /// Milliseconds at a time that an async function kept the loop to itself which it shares with
        /// others, if that was long enough to hold them up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_ms: Option<f64>,
    },
    /// A tool waits for a yes.
    ToolConfirmationRequest {
        /// The tool.
        tool: ComponentName,
        /// [`Event::ToolExecutionRequest`]'s request id.
        tool_execution_request_id: RequestId,
        /// Joins request and response.
        request_id: RequestId,
    },
    /// A person said yes or no.
    ToolConfirmationResponse {
        /// The tool.
        tool: ComponentName,
        /// [`Event::ToolExecutionRequest`]'s request id.
        tool_execution_request_id: RequestId,
        /// Joins request and response.
        request_id: RequestId,
        /// Whether it was a yes.
        execution_confirmed: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An agent starts.
    AgentExecutionStart {
        /// The agent.
        agent: ComponentName,
        /// Its inputs (sensitive).
        inputs: Value,
    },
    /// An agent ends.
    AgentExecutionEnd {
        /// The agent.
        agent: ComponentName,
        /// Its outputs (sensitive).
        outputs: Value,
    },
    /// A flow starts.
    FlowExecutionStart {
        /// The flow.
        flow: ComponentName,
        /// Its inputs (sensitive).
        inputs: Value,
    },
    /// A flow ends.
    FlowExecutionEnd {
        /// The flow.
        flow: ComponentName,
        /// Its outputs (sensitive).
        outputs: Value,
        /// `branch_name` of the end node that was reached.
        branch_selected: Option<String>,
    },
    /// A node starts.
    NodeExecutionStart {
        /// The node.
        node: ComponentName,
        /// Its inputs (sensitive).
        inputs: Value,
    },
    /// A node ends.
    NodeExecutionEnd {
        /// The node.
        node: ComponentName,
        /// Its outputs (sensitive).
        outputs: Value,
        /// The branch that is taken.
        branch_selected: Option<String>,
    },
    /// A message joins the conversation.
    ConversationMessageAdded {
        /// The message (sensitive).
        message: Message,
    },
    /// Something failed.
    ExceptionRaised {
        /// The failure's kind.
        exception_type: String,
        /// What happened (sensitive).
        exception_message: String,
        /// The whole failure.
        failure: Failure,
    },
    /// A person owes an answer.
    HumanInTheLoopRequest {
        /// Joins request and response.
        request_id: RequestId,
        /// What is asked (sensitive).
        content: RequestKind,
        /// Where in the run this is, the same in every execution of the same spec and inputs:
        /// `trip_plan/research.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// A person answered.
    HumanInTheLoopResponse {
        /// Joins request and response.
        request_id: RequestId,
        /// The answer (sensitive).
        content: Value,
    },
}
