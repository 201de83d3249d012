//! Finds what a remote agent has not heard yet of a conversation, and where it left its own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Remote;
use crate::conversation::{Message, Role};
use crate::tools::RemoteThread;

/// The member of a message's extra fields that says where a remote agent's conversation was left.
const KEPT: &str = "a2a";
/// The key of the agent whose conversation it is: the id of its component.
const AGENT: &str = "agent";
const THREAD: &str = "thread";

/// The messages that an agent is sent next.
pub(super) struct NextMessages {
    /// The parts of the message to it, in the words of A2A 1.0.
    pub(super) parts: Vec<Value>,
    /// Where its conversation was left.
    pub(super) thread: RemoteThread,
}

/// Returns what was said since an agent spoke last. Its user's words are passed on as they are, those of other agents
/// with their names; tool calls and what steers models are nobody else's.
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

/// The wait of a remote agent after it has spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RemoteWait {
    /// An authorization, and not words.
    pub(crate) needs_authorization: bool,
}

/// Returns what a remote agent waits for after this message; none if its task is over, or the message is not of a remote
/// agent.
pub(crate) fn remote_wait(message: &Message) -> Option<RemoteWait> {
    let thread = message.extra.as_ref()?.get(KEPT)?.get(THREAD)?;
    let thread: RemoteThread = serde_json::from_value(thread.clone()).ok()?;
    thread.task.is_some().then_some(RemoteWait {
        needs_authorization: thread.needs_authorization,
    })
}

/// Returns what is kept with the words of an agent.
pub(super) fn kept(remote: &Remote, thread: &RemoteThread) -> Value {
    json!({KEPT: {AGENT: remote.component.id(), THREAD: thread}})
}

/// Returns where an agent left its conversation with this message, if the message is its.
fn thread_in(message: &Message, remote: &Remote) -> Option<RemoteThread> {
    let kept = message.extra.as_ref()?.get(KEPT)?;
    if kept.get(AGENT)?.as_str() != Some(remote.component.id()) {
        return None;
    }
    serde_json::from_value(kept.get(THREAD)?.clone()).ok()
}
