//! `OutputMessageNode`: says something to the user.

use super::NodeResult;
use crate::conversation::{Message, Role, Values};
use crate::runtime::{Halt, RunContext};
use crate::spec::language::OutputMessageNode;
use crate::spec::placeholder;
use crate::trace::{Failure, FailureKind};

pub(super) async fn run(
    node: &OutputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    say(node.message(), node.name(), inputs, context).await?;
    Ok(NodeResult::next(Values::new()))
}

/// Fills a template in and adds it to the conversation, as a message of the node of that name. Gives the text.
pub(super) async fn say(
    template: &str,
    node_name: &str,
    inputs: &Values,
    context: &RunContext,
) -> Result<String, Halt> {
    let text = placeholder::render(template, inputs)
        .map_err(|missing| Failure::from_error(FailureKind::Input, &missing))?;
    let message = Message::text(context.new_message_id(), Role::Agent, text.clone());
    context.add_message(message.from_sender(node_name)).await?;
    Ok(text)
}
