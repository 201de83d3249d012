//! The events of Agent Spec Tracing, with pyagentspec's attribute names.

use std::ops::Deref;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outline::Content as _;
use super::weight::Weight as _;
use crate::base::ids::RequestId;
use crate::conversation::Message;
use crate::spec::Component;
use crate::spec::language::{self, ComponentType, Family};
use crate::trace::{ClientMessage, Failure, Prompt, Reply, RequestKind};

/// The name of a component in traces. Cheap to clone, because nearly every event contains one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComponentName(Arc<Names>);

/// The type, id and name of a component.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Names {
    /// The name of the type, such as `Agent`.
    pub component_type: CompactString,
    /// The component's id.
    pub id: CompactString,
    /// The component's name.
    pub name: CompactString,
}

impl Deref for ComponentName {
    type Target = Names;

    fn deref(&self) -> &Names {
        &self.0
    }
}

impl ComponentName {
    /// Makes a name from a type, an id and a name.
    pub fn new(component_type: &str, id: &str, name: &str) -> Self {
        Self(Arc::new(Names {
            component_type: component_type.into(),
            id: id.into(),
            name: name.into(),
        }))
    }

    /// Returns the name of a component.
    pub fn of(component: &Component) -> Self {
        Self::new(component.type_name(), component.id(), component.name())
    }

    /// Returns whether the component's type is `F` or in the family `F`.
    pub fn is<F: Family>(&self) -> bool {
        language::find(&self.component_type).is_some_and(ComponentType::is::<F>)
    }
}

/// A tool call in a model's answer or, in a chunk, a fragment of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedToolCall {
    /// The provider's id for the call.
    pub call_id: String,
    /// The name of the tool.
    pub tool_name: String,
    /// The arguments as JSON text; in a chunk, the part to append.
    pub arguments: String,
    /// Fields of the provider that are sent back unchanged; `None` in a chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

/// Declares the events, with a mark on each attribute whether it has content; the mark is
/// mandatory. A `boxed` event is a separate struct, so that it does not enlarge the other events,
/// of which many are kept in memory.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident {
                    $( $(#[$field_meta:meta])* $carries:ident $field:ident: $ty:ty, )*
                },
            )*
        }
        $(
            $(#[$boxed_meta:meta])*
            pub struct $boxed:ident {
                $( $(#[$boxed_field_meta:meta])* $boxed_carries:ident $boxed_field:ident: $boxed_ty:ty, )*
            }
        )*
    ) => {
        $(#[$meta])*
        pub enum $name {
            $( $(#[$variant_meta])* $variant { $( $(#[$field_meta])* $field: $ty, )* }, )*
            $( $(#[$boxed_meta])* $boxed(Box<$boxed>), )*
        }

        $(
            $(#[$boxed_meta])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub struct $boxed {
                $( $(#[$boxed_field_meta])* pub $boxed_field: $boxed_ty, )*
            }
        )*

        impl $name {
            /// The names of all events.
            pub const NAMES: &'static [&'static str] =
                &[$( stringify!($variant), )* $( stringify!($boxed), )*];

            /// Returns the name of the event: `ToolExecutionRequest`.
            pub const fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => stringify!($variant), )*
                    $( Self::$boxed(_) => stringify!($boxed), )*
                }
            }

            /// Returns whether an attribute of this event has content, which `--mask` hides.
            pub fn is_content(&self, attribute: &str) -> bool {
                let attributes: &[(&str, bool)] = match self {
                    $( Self::$variant { .. } => {
                        &[$( (stringify!($field), carries_content!($carries)) ),*]
                    } )*
                    $( Self::$boxed(_) => {
                        &[$( (stringify!($boxed_field), carries_content!($boxed_carries)) ),*]
                    } )*
                };
                attributes.contains(&(attribute, true))
            }

            /// Removes all content; names, times and counts stay.
            pub(super) fn hide_content(&mut self) {
                match self {
                    $( Self::$variant { $($field),* } => {
                        $( hide_content!($carries $field); )*
                    } )*
                    $( Self::$boxed(boxed) => {
                        let $boxed { $($boxed_field),* } = boxed.as_mut();
                        $( hide_content!($boxed_carries $boxed_field); )*
                    } )*
                }
            }

            /// Returns the approximate size of the event's text in bytes.
            pub(super) fn bytes(&self) -> usize {
                match self {
                    $( Self::$variant { $($field),* } => 0 $( + $field.weight() )*, )*
                    $( Self::$boxed(boxed) => {
                        let $boxed { $($boxed_field),* } = boxed.as_ref();
                        0 $( + $boxed_field.weight() )*
                    } )*
                }
            }
        }
    };
}

/// Evaluates the `open` or `content` mark of an attribute.
macro_rules! carries_content {
    (content) => {
        true
    };
    (open) => {
        false
    };
}

/// Removes the content of an attribute that has some.
macro_rules! hide_content {
    (content $field:ident) => {
        $field.hide();
    };
    (open $field:ident) => {
        let _open = $field;
    };
}

events! {
/// An event. Each attribute is marked as `open` or `content`. Content is what was said, given, done
/// or answered, which `--mask` hides: the attributes that the specification calls *sensitive*, and
/// flowdeck's attributes of the same kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A request to a model.
    LlmGenerationRequest {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that connects request, chunks and response.
        open request_id: RequestId,
        /// The generation parameters, as sent.
        open llm_generation_config: Arc<Value>,
        /// The messages and tools, as sent. `jsonl` files have them in full, as `prompt` and
        /// `tools`.
        content prompt: Arc<Prompt>,
        /// The name of the model at its provider.
        open model_id: String,
        /// The destination of the request; `offline` for the built-in model.
        open endpoint: String,
        /// The position of the request in the run, which is the same in every execution with the
        /// same spec and inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A piece of a model's answer.
    LlmGenerationChunkReceived {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that connects request, chunks and response.
        open request_id: RequestId,
        /// The provider's id for the answer.
        open completion_id: Option<String>,
        /// The text to append.
        content content: String,
        /// The fragments of tool calls to append.
        content tool_calls: Vec<TracedToolCall>,
        /// The reasoning to append.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        content reasoning: String,
    },
    /// A request that failed and will be sent again after a wait.
    LlmGenerationRetry {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that connects request, chunks and response.
        open request_id: RequestId,
        /// The attempt that failed, from 1.
        open attempt: u32,
        /// The reason of the failure.
        content reason: String,
        /// The wait, in seconds.
        open wait_seconds: f64,
    },
    /// A notice that an endpoint does not support a feature, so that later requests are different;
    /// emitted once.
    LlmGenerationNotice {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that connects request, chunks and response.
        open request_id: RequestId,
        /// The unsupported feature, and its replacement.
        content notice: String,
    },
    /// A call of a tool.
    ToolExecutionRequest {
        /// The tool.
        open tool: ComponentName,
        /// The provider's id for the call, or a generated id for a `ToolNode`.
        open request_id: RequestId,
        /// The arguments.
        content inputs: Arc<Value>,
        /// The binding of the tool: `tools/work.py:heavy_work`, `a fixed value`, ….
        open binding: String,
        /// The lane in which the tool runs: `async`, `worker thread`, `process`, `python worker`,
        /// `python loop`, `http`, `mcp`, `person`, `fixed`.
        open lane: String,
        /// The position of the request in the run, which is the same in every execution with the
        /// same spec and inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A piece of a tool's output, not necessarily a delta.
    ToolExecutionStreamingChunkReceived {
        /// The tool.
        open tool: ComponentName,
        /// The id that connects request and response.
        open request_id: RequestId,
        /// The piece.
        content content: Value,
    },
    /// A notice for the user about the execution of a tool, for example that it blocks others.
    ToolExecutionNotice {
        /// The tool.
        open tool: ComponentName,
        /// The id that connects request and response.
        open request_id: RequestId,
        /// The notice, with a hint on what to do.
        content notice: String,
    },
    /// A notice for the user about a source of tools, for example that some tools are left out.
    ToolSourceNotice {
        /// The toolbox, or the tool whose inputs come from its server.
        open source: ComponentName,
        /// The notice.
        content notice: String,
    },
    /// The result of a tool.
    ToolExecutionResponse {
        /// The tool.
        open tool: ComponentName,
        /// The id that connects request and response.
        open request_id: RequestId,
        /// The position of the request in the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// The value of each output, or the bare value; null on failure.
        content outputs: Arc<Value>,
        /// The error, with a hint on how to fix it. `jsonl` files have its text here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content error: Option<Box<Failure>>,
        /// The time in milliseconds that the call waited, first for a slot of its run and then for
        /// a free worker. For the rest of the time since the request, it ran.
        open waited_ms: f64,
        /// The longest time in milliseconds for which an async function blocked its shared event
        /// loop, if that was long enough to delay others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open held_ms: Option<f64>,
    },
    /// A question whether a tool may be called.
    ToolConfirmationRequest {
        /// The tool.
        open tool: ComponentName,
        /// The request id of the [`Event::ToolExecutionRequest`].
        open tool_execution_request_id: RequestId,
        /// The id that connects request and response.
        open request_id: RequestId,
    },
    /// A person's decision whether a tool may be called.
    ToolConfirmationResponse {
        /// The tool.
        open tool: ComponentName,
        /// The request id of the [`Event::ToolExecutionRequest`].
        open tool_execution_request_id: RequestId,
        /// The id that connects request and response.
        open request_id: RequestId,
        /// Whether the call was allowed.
        open execution_confirmed: bool,
        /// The reason of a rejection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content reason: Option<String>,
    },
    /// The start of an agent.
    AgentExecutionStart {
        /// The agent.
        open agent: ComponentName,
        /// The inputs of the agent.
        content inputs: Arc<Value>,
    },
    /// The end of an agent.
    AgentExecutionEnd {
        /// The agent.
        open agent: ComponentName,
        /// The outputs of the agent.
        content outputs: Arc<Value>,
    },
    /// The start of a swarm.
    SwarmExecutionStart {
        /// The swarm.
        open swarm: ComponentName,
        /// The inputs of the swarm.
        content inputs: Arc<Value>,
    },
    /// The end of a swarm.
    SwarmExecutionEnd {
        /// The swarm.
        open swarm: ComponentName,
        /// The outputs of the swarm.
        content outputs: Arc<Value>,
    },
    /// The start of a manager with its workers.
    ManagerWorkersExecutionStart {
        /// The manager with its workers.
        open managerworkers: ComponentName,
        /// The inputs of the team.
        content inputs: Arc<Value>,
    },
    /// The end of a manager with its workers.
    ManagerWorkersExecutionEnd {
        /// The manager with its workers.
        open managerworkers: ComponentName,
        /// The outputs of the team.
        content outputs: Arc<Value>,
    },
    /// The start of a flow.
    FlowExecutionStart {
        /// The flow.
        open flow: ComponentName,
        /// The inputs of the flow.
        content inputs: Arc<Value>,
    },
    /// The end of a flow.
    FlowExecutionEnd {
        /// The flow.
        open flow: ComponentName,
        /// The outputs of the flow.
        content outputs: Arc<Value>,
        /// The `branch_name` of the end node that was reached.
        open branch_selected: Option<String>,
    },
    /// The start of a node.
    NodeExecutionStart {
        /// The node.
        open node: ComponentName,
        /// The inputs of the node.
        content inputs: Arc<Value>,
    },
    /// The end of a node.
    NodeExecutionEnd {
        /// The node.
        open node: ComponentName,
        /// The outputs of the node.
        content outputs: Arc<Value>,
        /// The branch that was taken.
        open branch_selected: Option<String>,
    },
    /// A message that was added to the conversation.
    ConversationMessageAdded {
        /// The message.
        content message: Arc<Message>,
    },
    /// A failure in a part of the run.
    ExceptionRaised {
        /// The position of the failure in the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// The kind of the failure.
        open exception_type: String,
        /// The message of the exception.
        content exception_message: String,
        /// The complete failure.
        content failure: Box<Failure>,
    },
    /// A request that a person has to answer.
    HumanInTheLoopRequest {
        /// The id that connects request and response.
        open request_id: RequestId,
        /// The kind of answer that is needed.
        content content: Box<RequestKind>,
        /// The position of the request in the run, which is the same in every execution with the
        /// same spec and inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A person's answer.
    HumanInTheLoopResponse {
        /// The id that connects request and response.
        open request_id: RequestId,
        /// The position of the request in the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// The index of the prepared answer among those used, from 0; `None` if a person answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open prepared: Option<u64>,
        /// The message that contained the answer, if it came with an id from a client of a served
        /// spec.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open client_message: Option<Box<ClientMessage>>,
        /// The answer. `jsonl` files have [`Reply::to_content`] here.
        content content: Box<Reply>,
    },
    /// The beginning or the end of a step's wait.
    ExecutionWait {
        /// The reason of the wait: `worker`, `stream`, `session`, `sign-in` or `rate limit`, which
        /// other runs hold; `tool slot`; or `retry: 429`. `None` at the end of the wait.
        open on: Option<String>,
        /// The duration of the wait, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open wait_seconds: Option<f64>,
    },
}

/// The complete answer of a model.
pub struct LlmGenerationResponse {
    /// The model's configuration.
    open llm_config: ComponentName,
    /// The id that connects request, chunks and response.
    open request_id: RequestId,
    /// The position of the request in the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open key: Option<String>,
    /// The provider's id for the answer.
    open completion_id: Option<String>,
    /// The text.
    content content: String,
    /// The tool calls.
    content tool_calls: Vec<TracedToolCall>,
    /// The reasoning, if the provider returned it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    content reasoning: String,
    /// Fields of the provider that are sent back with the answer in later requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content extra: Option<Box<Value>>,
    /// The number of tokens in the prompt.
    open input_tokens: Option<u64>,
    /// The number of tokens in the answer.
    open output_tokens: Option<u64>,
    /// The total number of tokens, as counted by the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open total_tokens: Option<u64>,
    /// The number of prompt tokens that the provider had cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open cached_tokens: Option<u64>,
    /// The number of answer tokens that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open reasoning_tokens: Option<u64>,
    /// The finish reason: `stop`, `tool_calls`, `length`, …, or the server's own.
    content finish_reason: Option<String>,
    /// Whether the arguments of the last call may be incomplete, although they parse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open is_last_call_unsure: bool,
    /// The time in milliseconds until the first piece.
    open time_to_first_token_ms: Option<f64>,
    /// The number of requests up to the successful one, from 1.
    open attempts: u32,
}
}
