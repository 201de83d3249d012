//! The states of a run, and the requests for which it waits.

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
    /// Waiting for a free slot.
    Queued,
    /// Executing.
    Running,
    /// Waiting for a person to answer a request.
    NeedsInput,
    /// Paused by a person between two steps.
    Paused,
    /// Ended after an agent's reply; the conversation can be continued.
    Answered,
    /// Ended with final outputs.
    Finished,
    /// Ended by an error.
    Failed,
    /// Stopped by a person or an exhausted budget.
    Cancelled,
    /// Ended by the time limit.
    TimedOut,
    /// Running when the program was terminated.
    Interrupted,
}

impl RunState {
    /// All states, in the order of display.
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

    /// Returns the name of the state in files: `needs_input`.
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

    /// Returns whether the run has or waits for a slot: it has neither ended nor waits for a
    /// person.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

/// The status of an ended or waiting execution, as named in Agent Spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExecutionStatusName {
    /// Outputs are final.
    FinishedStatus,
    /// The agent or flow waits for a message from the user.
    UserMessageRequestStatus,
    /// A client tool waits for its result.
    ToolRequestStatus,
    /// A tool waits for a person's confirmation.
    ToolExecutionConfirmationStatus,
    /// A server waits for a sign-in.
    AuthChallengeRequestStatus,
    /// The execution was stopped by a limit or a person.
    InterruptedExecutionStatus,
}

/// The request for which a run waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RequestKind {
    /// A request for a message: the agent's reply, or the question of an `InputMessageNode`.
    UserMessage {
        /// The text for the person; may be empty.
        message: String,
        /// Whether the run may also end here as `answered`, because its root is an agent without
        /// declared outputs and has replied.
        may_end: bool,
    },
    /// A request for the result of a tool that a person or client executes.
    ToolResult {
        /// The name of the tool.
        tool: String,
        /// The provider's id for the call.
        call_id: String,
        /// The arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of the tool's outputs.
        outputs: Vec<serde_json::Value>,
    },
    /// A request for a person's confirmation of a tool call.
    ToolConfirmation {
        /// The name of the tool.
        tool: String,
        /// The provider's id for the call.
        call_id: String,
        /// The arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of the tool's inputs, which changed arguments must fit.
        #[serde(default)]
        inputs: Vec<serde_json::Value>,
    },
    /// A decision about a tool call that was in progress when the program was terminated: repeat
    /// the call, enter its result, or let it fail.
    CallInDoubt {
        /// The name of the tool.
        tool: String,
        /// The provider's id for the call.
        call_id: String,
        /// The arguments, an object.
        arguments: serde_json::Value,
        /// The JSON Schemas of the tool's outputs.
        outputs: Vec<serde_json::Value>,
    },
    /// A request for a person's authorization at a server.
    Authorization {
        /// The server: `https://mcp.example/mcp`.
        server: String,
        /// The step that needs authorization.
        step: AuthorizationStep,
    },
    /// A question that a server asks before it continues with a call.
    Elicitation {
        /// The server: `https://mcp.example/mcp`.
        server: String,
        /// The server's message.
        message: String,
        /// The initial values of the form, an object; null for fields without a value.
        values: serde_json::Value,
        /// The JSON Schemas of the requested values.
        inputs: Vec<serde_json::Value>,
    },
}

impl RequestKind {
    /// Returns whether the run may also end here.
    pub const fn may_end(&self) -> bool {
        matches!(self, Self::UserMessage { may_end: true, .. })
    }

    /// Returns Agent Spec's status for an execution that waits for this request.
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
