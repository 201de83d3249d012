//! The `PluginInputMessageNode` and `PluginOutputMessageNode`, with texts in Jinja that a model may
//! rephrase.

use std::sync::Arc;

use serde_json::Map;

use crate::conversation::{Role, Values};
use crate::runtime::flow::nodes::{NodeResult, input_message, llm, output_message};
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::Component;
use crate::spec::language::{PluginInputMessageNode, PluginOutputMessageNode};
use crate::trace::FailureKind;

pub(super) async fn ask(
    node: &PluginInputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let message_text = match node.message_template() {
        None => None,
        Some(template) => {
            let text = jinja::render(template, inputs)?;
            let model = node.llm_config().filter(|_| node.rephrase());
            Some(in_other_words(text, model, context).await?)
        }
    };
    input_message::ask(message_text, node.component(), context).await
}

/// Adds a message of the user, the agent or the system to the conversation. A message for people
/// only is shown, and no model reads it.
pub(super) async fn say(
    node: &PluginOutputMessageNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let text = jinja::render(node.message(), inputs)?;
    let model = node.llm_config().filter(|_| node.rephrase());
    let message_text = in_other_words(text.clone(), model, context).await?;
    let name = node.name();
    match node.message_type() {
        "AGENT" => output_message::say(message_text, Role::Agent, name, context).await?,
        "USER" => output_message::say(message_text, Role::User, name, context).await?,
        "SYSTEM" => output_message::say(message_text, Role::System, name, context).await?,
        kind @ ("TOOL_REQUEST" | "TOOL_RESULT") => {
            let message = format!("a text can't be a message of type {kind}: it has no call");
            return Err(Halt::failed(FailureKind::Spec, message));
        }
        _ => context.show(message_text, name).await?,
    }
    let mut outputs = Values::new();
    if node.expose_message_as_output() {
        outputs.extend(node.outputs().iter().map(|output| {
            let title = output.title().to_owned();
            (title, text.clone().into())
        }));
    }
    Ok(NodeResult::next(outputs))
}

/// Returns the text as rephrased by the model, if there is one.
async fn in_other_words(
    text: String,
    model: Option<&Arc<Component>>,
    context: &RunContext,
) -> Result<String, Halt> {
    let Some(model) = model else {
        return Ok(text);
    };
    let asked = format!(
        "Say the following in other words, in the same tone and no more formally. Answer with the new words and nothing \
         else.\n\n{text}"
    );
    llm::ask_once(model, asked, Map::new(), &context.at("rephrase", 0)).await
}
