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

/// The name of a component in traces. Nearly every event names one: a clone is the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComponentName(Arc<Names>);

/// The type, id and name of a component.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Names {
    /// The type's name: `Agent`.
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
    /// The component of that type, id and name.
    pub fn new(component_type: &str, id: &str, name: &str) -> Self {
        Self(Arc::new(Names {
            component_type: component_type.into(),
            id: id.into(),
            name: name.into(),
        }))
    }

    /// Names a component.
    pub fn of(component: &Component) -> Self {
        Self::new(component.type_name(), component.id(), component.name())
    }

    /// Whether its type is `F` or of the family `F`.
    pub fn is<F: Family>(&self) -> bool {
        language::find(&self.component_type).is_some_and(ComponentType::is::<F>)
    }
}

/// A tool call in a model's answer; in a chunk, a fragment of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedToolCall {
    /// The provider's id of the call.
    pub call_id: String,
    /// The tool's name.
    pub tool_name: String,
    /// The arguments as JSON text; in a chunk, the part to append.
    pub arguments: String,
    /// Fields of the provider's that are sent back unchanged; none in a chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

/// Declares the events with what each attribute carries, which no attribute can be without. A `boxed` event is a struct of
/// its own, so that the others, which are many and kept, are no larger than they have to be.
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

            /// The event's name: `ToolExecutionRequest`.
            pub const fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => stringify!($variant), )*
                    $( Self::$boxed(_) => stringify!($boxed), )*
                }
            }

            /// Whether an attribute of this event carries content, which `--mask` masks.
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

            /// Takes away all that carries content; names, times and counts stay.
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

            /// About how many bytes of text it holds.
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

/// The word before an attribute.
macro_rules! carries_content {
    (content) => {
        true
    };
    (open) => {
        false
    };
}

/// Hides an attribute that carries content.
macro_rules! hide_content {
    (content $field:ident) => {
        $field.hide();
    };
    (open $field:ident) => {
        let _open = $field;
    };
}

events! {
/// An event. Each attribute is `open`, or is `content`: what was said, given, done or answered,
/// which `--mask` masks. Content are those that the specification calls *sensitive*, and ours of the same kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A model is asked.
    LlmGenerationRequest {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that joins request, chunks and response.
        open request_id: RequestId,
        /// Temperature and the like, as sent.
        open llm_generation_config: Arc<Value>,
        /// The messages and tools, as sent. Files of lines have `prompt` and `tools` in whole.
        content prompt: Arc<Prompt>,
        /// Name of the model at its provider.
        open model_id: String,
        /// Where the request goes; `offline` for the built-in model.
        open endpoint: String,
        /// The place of the request in the run, the same in every execution of the same spec and
        /// inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A piece of a model's answer.
    LlmGenerationChunkReceived {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that joins request, chunks and response.
        open request_id: RequestId,
        /// The provider's id of the answer.
        open completion_id: Option<String>,
        /// Text to append.
        content content: String,
        /// Fragments of tool calls to append.
        content tool_calls: Vec<TracedToolCall>,
        /// Reasoning to append.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        content reasoning: String,
    },
    /// A request failed and is sent again after a wait.
    LlmGenerationRetry {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that joins request, chunks and response.
        open request_id: RequestId,
        /// The attempt that failed, from 1.
        open attempt: u32,
        /// Why it failed.
        content reason: String,
        /// The wait, in seconds.
        open wait_seconds: f64,
    },
    /// An endpoint does not support something, so that requests change from now on; emitted once.
    LlmGenerationNotice {
        /// The model's configuration.
        open llm_config: ComponentName,
        /// The id that joins request, chunks and response.
        open request_id: RequestId,
        /// The part of the request that the model does not take, and what is done instead.
        content notice: String,
    },
    /// A tool is called.
    ToolExecutionRequest {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The provider's id of the call, or ours for a `ToolNode`.
        open request_id: RequestId,
        /// The arguments.
        content inputs: Arc<Value>,
        /// The binding of the tool: `tools/work.py:heavy_work`, `a fixed value`, ….
        open binding: String,
        /// Where it runs: `async`, `worker thread`, `process`, `python worker`, `python loop`, `http`, `mcp`, `person`,
        /// `fixed`.
        open lane: String,
        /// The place of the request in the run, the same in every execution of the same spec and
        /// inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A piece of a tool's output, not necessarily a delta.
    ToolExecutionStreamingChunkReceived {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The id that joins request and response.
        open request_id: RequestId,
        /// The piece.
        content content: Value,
    },
    /// A notice for people on how a tool is carried out, such as that it blocks others.
    ToolExecutionNotice {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The id that joins request and response.
        open request_id: RequestId,
        /// The notice, and what can be done about it.
        content notice: String,
    },
    /// A notice for people on where tools come from, such as that some of them are left out.
    ToolSourceNotice {
        /// The tool box, or the tool that leaves its inputs to its server.
        open source: ComponentName,
        /// The notice.
        content notice: String,
    },
    /// A tool's result.
    ToolExecutionResponse {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The id that joins request and response.
        open request_id: RequestId,
        /// The place of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// The value of each output, or the bare value; null on failure.
        content outputs: Arc<Value>,
        /// The error, and what the person can do about it. Files of lines have its words here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content error: Option<Box<Failure>>,
        /// Milliseconds it waited for a free place of its run and then for a free worker; the rest
        /// of the time since the request it ran.
        open waited_ms: f64,
        /// Milliseconds at a time that an async function kept the loop to itself which it shares with
        /// others, if that was long enough to hold them up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open held_ms: Option<f64>,
    },
    /// A tool waits for a person's permission.
    ToolConfirmationRequest {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The request id of the [`Event::ToolExecutionRequest`].
        open tool_execution_request_id: RequestId,
        /// The id that joins request and response.
        open request_id: RequestId,
    },
    /// A person allowed or refused a tool call.
    ToolConfirmationResponse {
        /// The id that joins request and response.
        open tool: ComponentName,
        /// The request id of the [`Event::ToolExecutionRequest`].
        open tool_execution_request_id: RequestId,
        /// The id that joins request and response.
        open request_id: RequestId,
        /// Whether it was allowed.
        open execution_confirmed: bool,
        /// The reason of a refusal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content reason: Option<String>,
    },
    /// An agent starts.
    AgentExecutionStart {
        /// The agent.
        open agent: ComponentName,
        /// Its inputs.
        content inputs: Arc<Value>,
    },
    /// An agent ends.
    AgentExecutionEnd {
        /// The agent.
        open agent: ComponentName,
        /// Its outputs.
        content outputs: Arc<Value>,
    },
    /// A swarm starts.
    SwarmExecutionStart {
        /// The swarm.
        open swarm: ComponentName,
        /// Its inputs.
        content inputs: Arc<Value>,
    },
    /// A swarm ends.
    SwarmExecutionEnd {
        /// The swarm.
        open swarm: ComponentName,
        /// Its outputs.
        content outputs: Arc<Value>,
    },
    /// A manager and its workers start.
    ManagerWorkersExecutionStart {
        /// The group.
        open managerworkers: ComponentName,
        /// Its inputs.
        content inputs: Arc<Value>,
    },
    /// A manager and its workers end.
    ManagerWorkersExecutionEnd {
        /// The group.
        open managerworkers: ComponentName,
        /// Its outputs.
        content outputs: Arc<Value>,
    },
    /// A flow starts.
    FlowExecutionStart {
        /// The flow.
        open flow: ComponentName,
        /// Its inputs.
        content inputs: Arc<Value>,
    },
    /// A flow ends.
    FlowExecutionEnd {
        /// The flow.
        open flow: ComponentName,
        /// Its outputs.
        content outputs: Arc<Value>,
        /// `branch_name` of the end node that was reached.
        open branch_selected: Option<String>,
    },
    /// A node starts.
    NodeExecutionStart {
        /// The node.
        open node: ComponentName,
        /// Its inputs.
        content inputs: Arc<Value>,
    },
    /// A node ends.
    NodeExecutionEnd {
        /// The node.
        open node: ComponentName,
        /// Its outputs.
        content outputs: Arc<Value>,
        /// The branch that is taken.
        open branch_selected: Option<String>,
    },
    /// A message joins the conversation.
    ConversationMessageAdded {
        /// The message.
        content message: Arc<Message>,
    },
    /// A part of the run failed.
    ExceptionRaised {
        /// The place where it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// The failure's kind.
        open exception_type: String,
        /// The message of the exception.
        content exception_message: String,
        /// The whole failure.
        content failure: Box<Failure>,
    },
    /// A person has to answer.
    HumanInTheLoopRequest {
        /// The id that joins request and response.
        open request_id: RequestId,
        /// The request to the person.
        content content: Box<RequestKind>,
        /// The place of the request in the run, the same in every execution of the same spec and
        /// inputs: `trip_plan.0/exchange.0/turn.1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
    },
    /// A person answered.
    HumanInTheLoopResponse {
        /// The id that joins request and response.
        open request_id: RequestId,
        /// The place of the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open key: Option<String>,
        /// Which of the answers that were prepared and taken it is, from 0; none if a person gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open prepared: Option<u64>,
        /// The message that brought it, where a client of a served spec sent one with a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open client_message: Option<Box<ClientMessage>>,
        /// The answer. Files of lines have [`Reply::to_content`] here.
        content content: Box<Reply>,
    },
    /// A step waits for something, or goes on after that.
    ExecutionWait {
        /// The reason of the wait: `worker`, `stream`, `session`, `sign-in`, `rate limit`, which others hold; `tool
        /// slot`; `retry: 429`; none when it goes on.
        open on: Option<String>,
        /// How long, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open wait_seconds: Option<f64>,
    },
}

/// A model's whole answer.
pub struct LlmGenerationResponse {
    /// The model's configuration.
    open llm_config: ComponentName,
    /// The id that joins request, chunks and response.
    open request_id: RequestId,
    /// The place of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open key: Option<String>,
    /// The provider's id of the answer.
    open completion_id: Option<String>,
    /// The text.
    content content: String,
    /// The tool calls.
    content tool_calls: Vec<TracedToolCall>,
    /// Reasoning that the provider showed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    content reasoning: String,
    /// Fields of the provider's that go back with the answer in later requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content extra: Option<Box<Value>>,
    /// Tokens of the prompt.
    open input_tokens: Option<u64>,
    /// Tokens of the answer.
    open output_tokens: Option<u64>,
    /// Tokens of both, as the provider counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open total_tokens: Option<u64>,
    /// Tokens of the prompt that the provider had at hand from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open cached_tokens: Option<u64>,
    /// Tokens of the answer that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open reasoning_tokens: Option<u64>,
    /// Why the model stopped: `stop`, `tool_calls`, `length`, …, or what else the server says.
    content finish_reason: Option<String>,
    /// The arguments of the last call may be less than the model meant to write although they can be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    open is_last_call_unsure: bool,
    /// Milliseconds until the first piece came.
    open time_to_first_token_ms: Option<f64>,
    /// Requests that were sent before one succeeded, from 1.
    open attempts: u32,
}
}
