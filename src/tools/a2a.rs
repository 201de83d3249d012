//! Remote agents that are called over the Agent2Agent protocol.
//!
//! A call sends a message to the agent and returns its answer. The agent's card determines the
//! connection: version 1.0 or 0.3 of the protocol, JSON-RPC or HTTP+JSON, and either a stream of
//! events or polling.

mod answer;
mod card;
mod exchange;
mod follow;
mod http;
mod peer;
mod stream;
mod target;
mod trouble;
mod turn;
mod unfinished;

use std::path::PathBuf;

use serde_json::Value;
use tokio_util::task::TaskTracker;

use self::exchange::exchange;
use self::http::Caller;
use self::peer::Peer;
use self::target::Target;
use super::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use crate::base::address::shown_text;
use crate::spec::language::A2AAgent;
pub use turn::{RemoteAnswer, RemoteThread, RemoteTurn};

/// The maximum size of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Calls remote agents.
#[derive(Debug)]
pub(super) struct RemoteAgents {
    /// The folder that contains relative paths of certificates.
    folder: PathBuf,
    /// Owns the tasks that cancel work at agents whose answers are no longer needed.
    tasks: TaskTracker,
}

impl RemoteAgents {
    pub(super) fn new(folder: PathBuf, tasks: TaskTracker) -> Self {
        Self { folder, tasks }
    }

    /// Returns the address of an agent, for people.
    pub(super) fn shown(agent: &A2AAgent) -> String {
        format!("A2A {}", shown_text(agent.agent_url()))
    }

    /// Sends the message in the arguments ([`RemoteTurn`]) to an agent and returns its answer
    /// ([`RemoteAnswer`]).
    ///
    /// # Errors
    /// The agent can't be reached, rejects the message, fails, or sends an invalid answer.
    ///
    /// # Cancel safety
    /// When the future is dropped, the agent is asked to cancel its task.
    pub(super) async fn call(
        &self,
        agent: &A2AAgent,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let target = Target::of(agent, &self.folder)?;
        let name = target.name.clone();
        let turn = RemoteTurn::of(&invocation.arguments).map_err(|error| {
            ToolError::new(
                ToolErrorKind::Configuration,
                format!("the message to `{name}` can't be read"),
            )
            .with_source(error)
        })?;
        let answer = async {
            let caller = Caller::new(target.clone()).await?;
            let peer = Peer::meet(caller, observer).await?;
            let message_id = invocation.identity.idempotency_key();
            let begun = invocation.begun.as_ref();
            exchange(&peer, &turn, (&message_id, begun), observer, &self.tasks).await
        };
        let answer = answer.await.map_err(|trouble| trouble.of(&target))?;
        serde_json::to_value(answer).map_err(|error| {
            let message = format!("the answer of `{name}` can't be kept");
            ToolError::new(ToolErrorKind::BadOutput, message).with_source(error)
        })
    }
}
