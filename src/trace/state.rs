//! The states of a run, and the requests that it waits for.

use serde::{Deserialize, Serialize};

use crate::conversation::AuthorizationStep;

/// The state of a run. Names in `jsonl`, `json` and on the screen are these, in `snake_case`.
///
/// ```text
/// queued → running ⇄ needs_input | paused → finished | answered | failed | cancelled
///                                           | timed_out | needs_input (final)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Waits for a free slot under the concurrency bound.
    Queued,
    /// Does something.
    Running,
    /// Stopped at a request that a person answers.
    NeedsInput,
    /// Held by a person between two steps.
    Paused,
    /// The agent has replied and the conversation can go on.
    Answered,
    /// Outputs are final.
    Finished,
    /// Ended by an error.
    Failed,
    /// Stopped by a person or by a spent budget.
    Cancelled,
    /// Its time ran out.
    TimedOut,
    /// Was alive when the program died.
    Interrupted,
}

impl RunState {
    /// All states, in the order in which counters show them.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Running,
        Self::NeedsInput,
        Self::Paused,
        Self::Answered,
        Self::Finished,
        Self::Failed,
        Self::Cancelled,
        Self::TimedOut,
        Self::Interrupted,
    ];

    /// The state's name in files: `needs_input`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::NeedsInput => "needs_input",
            Self::Paused => "paused",
            Self::Answered => "answered",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether the run holds or waits for a place: it is neither over nor waiting for a person.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

/// Agent Spec's word for how an execution stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExecutionStatusName {
    /// Outputs are final.
    FinishedStatus,
    /// The agent or flow waits for a message of the user.
    UserMessageRequestStatus,
    /// A client tool waits for its result.
    ToolRequestStatus,
    /// A tool waits for a person's permission.
    ToolExecutionConfirmationStatus,
    /// A server waits for a login.
    AuthChallengeRequestStatus,
    /// Stopped by a limit or a person.
    InterruptedExecutionStatus,
}

/// The kind of answer that a run waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RequestKind {
    /// A message: the agent's last words, or the question of an `InputMessageNode`.
    UserMessage {
        /// The agent's words to the person; empty if there were none.
        message: String,
        /// Whether the run may as well end here as `answered`: its root is an agent without
        /// declared outputs, and it has replied.
        may_end: bool,
    },
    /// The result of a tool that a person or client carries out.
    ToolResult {
        /// The tool's name.
        tool: String,
        /// The provider's id of the call.
        call_id: String,
        /// Its arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of its outputs.
        outputs: Vec<serde_json::Value>,
    },
    /// A person's permission before a tool is called.
    ToolConfirmation {
        /// The tool's name.
        tool: String,
        /// The provider's id of the call.
        call_id: String,
        /// Its arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of its inputs, which changed arguments must fit.
        #[serde(default)]
        inputs: Vec<serde_json::Value>,
    },
    /// The decision on a tool call that was under way when the program died: make it again, give
    /// its result, or let it fail.
    CallInDoubt {
        /// The tool's name.
        tool: String,
        /// The provider's id of the call.
        call_id: String,
        /// Its arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of its outputs.
        outputs: Vec<serde_json::Value>,
    },
    /// A person's permission before a server lets the program act for them.
    Authorization {
        /// The server: `https://mcp.example/mcp`.
        server: String,
        /// The step for which a person is asked.
        step: AuthorizationStep,
    },
    /// A question of a server, before it goes on with a call.
    Elicitation {
        /// The server: `https://mcp.example/mcp`.
        server: String,
        /// The message of the server.
        message: String,
        /// The values in its form, an object; null where there are none.
        values: serde_json::Value,
        /// The JSON Schemas of the values that it wants.
        inputs: Vec<serde_json::Value>,
    },
}

impl RequestKind {
    /// Whether the run may as well end here.
    pub const fn may_end(&self) -> bool {
        matches!(self, Self::UserMessage { may_end: true, .. })
    }

    /// Agent Spec's word for an execution that stopped at such a request.
    pub const fn status(&self) -> ExecutionStatusName {
        match self {
            Self::UserMessage { .. } => ExecutionStatusName::UserMessageRequestStatus,
            Self::ToolResult { .. } | Self::CallInDoubt { .. } | Self::Elicitation { .. } => {
                ExecutionStatusName::ToolRequestStatus
            }
            Self::ToolConfirmation { .. } => ExecutionStatusName::ToolExecutionConfirmationStatus,
            Self::Authorization { .. } => ExecutionStatusName::AuthChallengeRequestStatus,
        }
    }
}
