//! The `InputMessageNode`: waits for a message from the user.

use super::output_message;
use super::result::NodeResult;
use crate::conversation::{Role, Values};
use crate::runtime::{Halt, RunContext, values};
use crate::spec::Component;
use crate::spec::language::InputMessageNode;
use crate::trace::{Reply, RequestKind};

pub(super) async fn run(
    node: &InputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let message = node.message();
    let message_text = message.map(|template| values::render(template, inputs, node.inputs()));
    ask(message_text.transpose()?, node.component(), context).await
}

/// Asks the user. The node's text, if there is one, is shown first. The user's message is added to
/// the conversation and is the output.
pub(super) async fn ask(
    message_text: Option<String>,
    node: &Component,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    if let Some(text) = &message_text {
        output_message::say(text.clone(), Role::Agent, node.name(), context).await?;
    }
    let reply = context
        .ask(RequestKind::UserMessage {
            message: message_text.unwrap_or_default(),
            may_end: false,
        })
        .await?;
    let (text, images) = match reply {
        Reply::Message { text, images } => (text, images),
        // `ask` gives only replies that fit its request.
        Reply::ToolResult(_) | Reply::Confirm { .. } | Reply::Reject { .. } => {
            (String::new(), Vec::new())
        }
    };
    context.add_user_message(text.clone(), images).await?;
    let outputs = node
        .outputs()
        .iter()
        .map(|output| (output.title().to_owned(), text.clone().into()));
    Ok(NodeResult::next(outputs.collect()))
}
