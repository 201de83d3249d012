//! `InputMessageNode`: waits for a message of the user.

use super::output_message;
use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext, values};
use crate::spec::language::InputMessageNode;
use crate::trace::{Reply, RequestKind};

/// The node's message, if it has one, is said first. What the user writes joins the conversation and is the output.
pub(super) async fn run(
    node: &InputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let said = match node.message() {
        Some(template) => {
            let text = values::render(template, inputs, node.inputs())?;
            output_message::say(text.clone(), node.name(), context).await?;
            text
        }
        None => String::new(),
    };
    let reply = context
        .ask(RequestKind::UserMessage {
            message: said,
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
