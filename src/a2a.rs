//! The Agent2Agent protocol (A2A): its objects in the form in which they are sent.
//!
//! One model serves the two supported versions, [`Version::V1_0`] and [`Version::V0_3`]. Objects of a peer are parsed
//! with serde, in either version. Objects for a peer are written with `to_json`, which takes the version. Parsing accepts
//! known deviations of peers (lists that are null, times without a zone, tasks without a kind); writing is exact.
//!
//! Source: <https://a2a-protocol.org/v1.0.0/specification> and <https://a2a-protocol.org/v0.3.0/specification>; names of fields and
//! codes as in `a2a-sdk` 1.3.0 (`a2a.proto`, `compat/v0_3`).

mod card;
mod error;
mod event;
mod lenient;
mod message;
mod method;
mod object;
mod part;
mod request;
mod rpc;
mod security;
mod task;
mod version;

#[cfg(test)]
mod tests;

pub use card::{
    AgentCapabilities, AgentCard, AgentExtension, AgentInterface, AgentProvider, AgentSkill,
    ProtocolBinding,
};
pub use error::{ErrorCode, ProtocolError};
pub use event::{StreamEvent, TaskArtifactUpdate, TaskStatusUpdate};
pub use message::{Message, Role};
pub use method::Method;
pub use part::{Part, PartContent};
pub use request::{
    CancelTaskRequest, GetTaskRequest, ListTasksRequest, ListTasksResponse,
    SendMessageConfiguration, SendMessageRequest, SubscribeToTaskRequest,
};
pub use rpc::{RpcRequest, RpcResponse};
pub use security::{SecurityRequirement, SecurityScheme, SecuritySchemeKind};
pub use task::{Artifact, Task, TaskState, TaskStatus};
pub use version::Version;

/// The path of an agent's card on its server.
pub const AGENT_CARD_PATH: &str = "/.well-known/agent-card.json";
/// The path of a card before version 0.3 of the protocol.
pub const OLD_AGENT_CARD_PATH: &str = "/.well-known/agent.json";
/// The media type of HTTP+JSON bodies in version 1.0. Servers accept `application/json` as well.
pub const MEDIA_TYPE: &str = "application/a2a+json";
