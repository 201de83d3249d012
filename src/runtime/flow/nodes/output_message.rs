//! The `OutputMessageNode`: shows the user a message.

use super::result::NodeResult;
use crate::conversation::{Message, Role, Values};
use crate::runtime::{Halt, RunContext, values};
use crate::spec::language::OutputMessageNode;

pub(super) async fn run(
    node: &OutputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let text = values::render(node.message(), inputs, node.inputs())?;
    say(text, Role::Agent, node.name(), context).await?;
    Ok(NodeResult::next(Values::new()))
}

/// Adds a text to the conversation, as a message from the node `name`.
pub(super) async fn say(
    text: String,
    role: Role,
    node_name: &str,
    context: &RunContext,
) -> Result<(), Halt> {
    let message = Message::text(context.new_message_id(), role, text);
    context.add_message(message.from_sender(node_name)).await
}
