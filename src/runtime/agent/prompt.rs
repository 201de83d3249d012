//! The prompt of an agent's model: instructions, then the conversation.

use std::sync::Arc;

use super::template::Template;
use super::{Seat, Setup, transform};
use crate::conversation::{Message, Role, ToolDeclaration, Values};
use crate::runtime::{Halt, RunContext, providers, values};
use crate::spec::placeholder;

/// The constant part of an agent's prompts.
pub(super) struct Prompt<'a> {
    setup: &'a Setup,
    inputs: Values,
    /// The description of the team, which precedes the instructions.
    introduction: &'a str,
    /// The position in the conversation of a nudge, which replaces a missing message of the user.
    nudge_at: Option<usize>,
}

impl<'a> Prompt<'a> {
    /// Makes the prompt of an agent that starts on the conversation of `context`.
    ///
    /// Many servers reject a request without a user message, or continue a final assistant message
    /// instead of answering. An agent that would start this way gets a nudge to begin, which is not
    /// part of the conversation.
    pub(super) fn new(
        setup: &'a Setup,
        inputs: Values,
        context: &RunContext,
        seat: Option<&'a Seat<'a>>,
    ) -> Self {
        let messages = context.messages();
        let goes_on = seat.is_some() && !messages.is_empty();
        let is_asked = messages
            .last()
            .is_some_and(|last| last.role == Role::User && last.tool_result.is_none());
        // Who speaks first needs no nudge.
        let is_nudged = !is_asked && !goes_on && setup.initial_message.is_none();
        Self {
            setup,
            inputs,
            introduction: seat.map_or("", |seat| &seat.introduction),
            nudge_at: is_nudged.then_some(messages.len()),
        }
    }

    /// Returns the messages to send now, with these tools.
    ///
    /// # Errors
    /// A value for the instructions is missing, or its provider fails.
    pub(super) async fn messages(
        &self,
        tools: &[ToolDeclaration],
        turn: &RunContext,
    ) -> Result<Vec<Arc<Message>>, Halt> {
        let values = self.values(turn).await?;
        let declared = self.setup.component().inputs();
        let own = values::render(&self.setup.instructions, &values, declared)?;
        let instructions = match (self.introduction, own.as_str()) {
            ("", _) => own,
            (introduction, "") => introduction.to_owned(),
            (introduction, own) => format!("{introduction}\n\n{own}"),
        };
        let history = transform::apply(&self.setup.transforms, self.history(turn), turn).await?;
        if let Some(template) = &self.setup.template {
            return template
                .messages(&instructions, history, values, tools, turn)
                .await;
        }
        let mut sent = Vec::new();
        if !instructions.is_empty() {
            sent.push(Arc::new(Message::text(
                "system",
                Role::System,
                instructions,
            )));
        }
        sent.extend(history);
        Ok(sent)
    }

    /// The inputs, and what the context providers give for names that have none.
    async fn values(&self, turn: &RunContext) -> Result<Values, Halt> {
        let mut open = placeholder::names(&self.setup.instructions);
        open.extend(self.setup.template.iter().flat_map(Template::names));
        open.retain(|name| !self.inputs.contains_key(name));
        let mut values = providers::values_of(&self.setup.context_providers, &open, turn).await?;
        values.extend(self.inputs.clone());
        Ok(values)
    }

    /// Returns the conversation as the model sees it.
    fn history(&self, context: &RunContext) -> Vec<Arc<Message>> {
        let mut seen = Vec::new();
        for (index, message) in context.messages().into_iter().enumerate() {
            if self.nudge_at == Some(index) {
                seen.push(nudge());
            }
            // An empty answer says nothing, and some servers refuse it.
            let is_empty = message.content.is_empty()
                && message.images.is_empty()
                && message.tool_calls.is_empty()
                && message.tool_result.is_none();
            if !is_empty {
                seen.push(message);
            }
        }
        if self
            .nudge_at
            .is_some_and(|index| index >= context.message_count())
        {
            seen.push(nudge());
        }
        seen
    }
}

fn nudge() -> Arc<Message> {
    Arc::new(Message {
        is_internal: true,
        ..Message::text("nudge", Role::User, "Please begin.")
    })
}
