//! Agents that are spoken to over the Agent2Agent protocol.
//!
//! A call says something to the agent and gives what it answers. Its card says how it is spoken to: version 1.0 or 0.3, by
//! JSON-RPC or HTTP+JSON, with a stream of events or by asking for its task again and again.

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

/// How much an agent may send in one answer, in bytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Speaks to remote agents.
#[derive(Debug)]
pub(super) struct RemoteAgents {
    /// The folder that paths of certificates are relative to.
    folder: PathBuf,
    /// Owns the farewells to agents whose answers nobody waits for any more.
    tasks: TaskTracker,
}

impl RemoteAgents {
    pub(super) fn new(folder: PathBuf, tasks: TaskTracker) -> Self {
        Self { folder, tasks }
    }

    /// Returns where an agent is, for people.
    pub(super) fn shown(agent: &A2AAgent) -> String {
        format!("A2A {}", shown_text(agent.agent_url()))
    }

    /// Says to an agent what the arguments are ([`RemoteTurn`]), and gives its answer ([`RemoteAnswer`]).
    ///
    /// # Errors
    /// It can't be reached, refuses, fails, or answers what can't be read.
    ///
    /// # Cancel safety
    /// When the future is dropped, the agent is asked to end its task.
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
