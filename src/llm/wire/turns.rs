//! A conversation as protocols want it that let the two sides take turns and keep instructions apart.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::{Message, Role};

/// The words of the user in a conversation that would begin without them: such protocols refuse that.
pub(super) const BEGIN: &str = "Begin.";

/// All that one side said until the other spoke.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Turn {
    /// The user's, or the model's.
    pub(super) is_users: bool,
    /// Never empty.
    pub(super) parts: Vec<Value>,
}

/// All instructions, one paragraph each.
pub(super) fn instructions(messages: &[Arc<Message>]) -> String {
    let texts = messages
        .iter()
        .filter(|message| message.role == Role::System && !message.content.is_empty())
        .map(|message| message.content.as_str());
    texts.collect::<Vec<_>>().join("\n\n")
}

/// The turns: neighbours of one side are one, as all results of one answer's calls must be; the first
/// is the user's. `begin` is the part with [`BEGIN`].
pub(super) fn turns(
    messages: &[Arc<Message>],
    parts: impl Fn(&Message) -> Vec<Value>,
    begin: impl Fn() -> Value,
) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages
        .iter()
        .filter(|message| message.role != Role::System)
    {
        let is_users = message.role == Role::User;
        let parts = parts(message);
        match turns.last_mut() {
            Some(last) if last.is_users == is_users => last.parts.extend(parts),
            _ if parts.is_empty() => {}
            _ => turns.push(Turn { is_users, parts }),
        }
    }
    if turns.first().is_none_or(|first| !first.is_users) {
        let parts = vec![begin()];
        turns.insert(
            0,
            Turn {
                is_users: true,
                parts,
            },
        );
    }
    turns
}
