//! The kinds of spans.

use serde::{Deserialize, Serialize};

/// The kind of a span (Agent Spec Tracing, *Spans*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpanKind {
    /// The whole run; pyagentspec calls it the root span.
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
    /// A visit of a node.
    NodeExecutionSpan,
}

impl SpanKind {
    /// The kind's name: `LlmGenerationSpan`.
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

/// How a span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanOutcome {
    /// The span did its work.
    Ok,
    /// The span failed.
    Error,
    /// The span was cut off by a cancel or a time limit.
    Cancelled,
}
