//! A conversation in the form for protocols in which the two sides alternate and instructions are
//! separate.

use std::sync::Arc;

use serde_json::Value;

use crate::conversation::{Message, Role};

/// The user's first message in a conversation that would otherwise begin with the model, which such
/// protocols reject.
pub(super) const BEGIN: &str = "Begin.";

/// Consecutive messages of one side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Turn {
    /// Whether the turn is the user's; otherwise it is the model's.
    pub(super) is_users: bool,
    /// The parts; never empty.
    pub(super) parts: Vec<Value>,
}

/// Returns all instructions, one paragraph each.
pub(super) fn instructions(messages: &[Arc<Message>]) -> String {
    let texts = messages
        .iter()
        .filter(|message| message.role == Role::System && !message.content.is_empty())
        .map(|message| message.content.as_str());
    texts.collect::<Vec<_>>().join("\n\n")
}

/// Returns the turns. Consecutive messages of one side form one turn, which is required for the
/// results of one answer's calls; the first turn is the user's. `begin` is the part with [`BEGIN`].
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
