//! The messages of a conversation that a remote agent has not received, and the state of its own
//! conversation.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Remote;
use crate::conversation::{Message, Role};
use crate::tools::RemoteThread;

/// The member of a message's extra fields with the state of a remote agent's conversation.
const KEPT: &str = "a2a";
/// The member with the id of the agent's component.
const AGENT: &str = "agent";
const THREAD: &str = "thread";

/// The next messages for a remote agent.
pub(super) struct NextMessages {
    /// The parts of the message, in the format of A2A 1.0.
    pub(super) parts: Vec<Value>,
    /// The state of the agent's conversation.
    pub(super) thread: RemoteThread,
}

/// Returns the messages since the agent's last one. Messages of its user are passed on unchanged,
/// those of other agents with their names; tool calls and messages that steer models are left out.
pub(super) fn unread_messages(messages: &[Arc<Message>], remote: &Remote) -> NextMessages {
    let left = |message: &Arc<Message>| thread_in(message, remote);
    let last = messages.iter().rposition(|message| left(message).is_some());
    let thread = last.and_then(|last| left(messages.get(last)?));
    let new = messages.iter().skip(last.map_or(0, |last| last + 1));
    let new = new.filter(|message| {
        !message.is_internal && message.tool_calls.is_empty() && message.tool_result.is_none()
    });
    let mut parts = Vec::new();
    for message in new {
        let text = match (message.role, &message.sender) {
            (Role::System, _) => continue,
            (Role::Agent, Some(sender)) if sender == remote.name() => continue,
            (Role::Agent, Some(sender)) => format!("{sender}: {}", message.content),
            (Role::Agent, None) | (Role::User, _) => message.content.clone(),
        };
        if !message.content.is_empty() {
            parts.push(json!({"text": text}));
        }
        parts.extend(message.images.iter().map(|image| {
            json!({
                "raw": image.base64,
                "mediaType": image.media_type,
                "filename": image.name.as_deref().unwrap_or_default(),
            })
        }));
    }
    NextMessages {
        parts,
        thread: thread.unwrap_or_default(),
    }
}

/// What a remote agent waits for after its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RemoteWait {
    /// Whether it waits for an authorization instead of a message.
    pub(crate) needs_authorization: bool,
}

/// Returns what a remote agent waits for after this message; `None` if its task has ended, or the
/// message is not from a remote agent.
pub(crate) fn remote_wait(message: &Message) -> Option<RemoteWait> {
    let thread = message.extra.as_ref()?.get(KEPT)?.get(THREAD)?;
    let thread: RemoteThread = serde_json::from_value(thread.clone()).ok()?;
    thread.task.is_some().then_some(RemoteWait {
        needs_authorization: thread.needs_authorization,
    })
}

/// Returns the state to store with an agent's message.
pub(super) fn kept(remote: &Remote, thread: &RemoteThread) -> Value {
    json!({KEPT: {AGENT: remote.component.id(), THREAD: thread}})
}

/// Returns the state of an agent's conversation after this message, if the message is from the
/// agent.
fn thread_in(message: &Message, remote: &Remote) -> Option<RemoteThread> {
    let kept = message.extra.as_ref()?.get(KEPT)?;
    if kept.get(AGENT)?.as_str() != Some(remote.component.id()) {
        return None;
    }
    serde_json::from_value(kept.get(THREAD)?.clone()).ok()
}
