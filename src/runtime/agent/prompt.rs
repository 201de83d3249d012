//! What the model is sent: instructions, then the conversation.

use crate::conversation::{Message, Role};
use crate::runtime::RunContext;

/// The fixed part of an agent's prompts.
pub(super) struct Prompt {
    /// The system prompt with the inputs filled in.
    system: String,
    /// Where in the conversation a nudge stands in for a message of the user, if there is none to answer.
    nudge_at: Option<usize>,
}

impl Prompt {
    /// The prompt of an agent that starts on the conversation of `context`.
    ///
    /// Many servers refuse a request without a message of the user, or take one that ends with the assistant's words
    /// for a beginning to complete. An agent that starts there is told to begin; the nudge is not part of the
    /// conversation.
    pub(super) fn new(system: String, context: &RunContext) -> Self {
        let messages = context.messages();
        let is_asked = messages
            .last()
            .is_some_and(|last| last.role == Role::User && last.tool_result.is_none());
        Self {
            system,
            nudge_at: (!is_asked).then_some(messages.len()),
        }
    }

    /// The messages to send now.
    pub(super) fn messages(&self, context: &RunContext) -> Vec<Message> {
        let mut sent = Vec::new();
        if !self.system.is_empty() {
            sent.push(Message::text("system", Role::System, self.system.clone()));
        }
        for (index, message) in context.messages().into_iter().enumerate() {
            if self.nudge_at == Some(index) {
                sent.push(nudge());
            }
            // An empty answer says nothing, and some servers refuse it.
            let is_empty = message.content.is_empty()
                && message.tool_calls.is_empty()
                && message.tool_result.is_none();
            if !is_empty {
                sent.push(message);
            }
        }
        if self
            .nudge_at
            .is_some_and(|index| index >= context.message_count())
        {
            sent.push(nudge());
        }
        sent
    }
}

fn nudge() -> Message {
    Message {
        is_internal: true,
        ..Message::text("nudge", Role::User, "Please begin.")
    }
}
