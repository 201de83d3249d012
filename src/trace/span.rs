//! The kinds of spans.

use serde::{Deserialize, Serialize};

/// The kind of a span (Agent Spec Tracing, *Spans*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpanKind {
    /// The whole run; the root span of pyagentspec.
    RootSpan,
    /// A model call.
    LlmGenerationSpan,
    /// A tool call.
    ToolExecutionSpan,
    /// An agent, from its start to its outputs.
    AgentExecutionSpan,
    /// A swarm, from its start to its outputs.
    SwarmExecutionSpan,
    /// A manager with its workers, from the start to the outputs.
    ManagerWorkersExecutionSpan,
    /// A flow, from its start node to an end node.
    FlowExecutionSpan,
    /// One visit of a node.
    NodeExecutionSpan,
}

impl SpanKind {
    /// Returns the name of the kind: `LlmGenerationSpan`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RootSpan => "RootSpan",
            Self::LlmGenerationSpan => "LlmGenerationSpan",
            Self::ToolExecutionSpan => "ToolExecutionSpan",
            Self::AgentExecutionSpan => "AgentExecutionSpan",
            Self::SwarmExecutionSpan => "SwarmExecutionSpan",
            Self::ManagerWorkersExecutionSpan => "ManagerWorkersExecutionSpan",
            Self::FlowExecutionSpan => "FlowExecutionSpan",
            Self::NodeExecutionSpan => "NodeExecutionSpan",
        }
    }
}

/// The outcome of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanOutcome {
    /// The span completed its work.
    Ok,
    /// The span failed.
    Error,
    /// The span was stopped by a cancellation or a time limit.
    Cancelled,
}
