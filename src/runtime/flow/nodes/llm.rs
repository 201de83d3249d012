//! The `LlmNode`: sends one question to a model, without the conversation; WayFlow's node can
//! include the conversation and show the answer.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::output_message;
use super::result::NodeResult;
use crate::conversation::{Message, Role, Values};
use crate::llm::{Generation, GenerationRequest};
use crate::runtime::agent::Template;
use crate::runtime::{Halt, RunContext, structured, values};
use crate::spec::Component;
use crate::spec::language::{ExtendedLlmNode, LlmNode};
use crate::spec::property::Property;
use crate::trace::FailureKind;

pub(super) async fn run(
    node: &LlmNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let extended = ExtendedLlmNode::of(node.component());
    let template = extended
        .as_ref()
        .and_then(ExtendedLlmNode::prompt_template_object);
    let mut question = GenerationRequest::default();
    question.messages = match template {
        None => {
            let prompt = values::render(node.prompt_template(), inputs, node.inputs())?;
            vec![message(Role::User, prompt)]
        }
        Some(template) => {
            let template = Template::of_step(template)?;
            template.shape(&mut question);
            let place = context.at("prompt", 0);
            template
                .messages("", context.messages(), inputs.clone(), &[], &place)
                .await?
        }
    };
    let (outputs, text) = answered(node, question, context).await?;
    if extended.is_some_and(|node| node.send_message()) {
        output_message::say(text, Role::Agent, node.name(), context).await?;
    }
    Ok(NodeResult::next(outputs))
}

/// Obtains a node's outputs from a model; returns them with the text of the answer.
///
/// A single output of type string is the text itself. Anything else is structured generation: the
/// model gets the schema of all outputs, the answer is checked, and the model is asked again a few
/// times if necessary.
async fn answered(
    node: &LlmNode,
    mut question: GenerationRequest,
    context: &RunContext,
) -> Result<(Values, String), Halt> {
    if let [output] = node.outputs()
        && is_plain_text(output)
    {
        let answer = ask(node.llm_config(), question, &context.at("try", 0)).await?;
        let text = Value::from(answer.content.as_str());
        return Ok((
            Values::from_iter([(output.title().to_owned(), text)]),
            answer.content,
        ));
    }
    question.response_format = Some(structured::response_format(node.name(), node.outputs()));
    let tries = context.limits().max_corrections + 1;
    let mut problem = String::new();
    for number in 0..tries {
        let place = context.at("try", number);
        let answer = ask(node.llm_config(), question.clone(), &place).await?;
        let cut = answer.cut();
        match structured::read(&answer.content, cut.as_ref(), node.outputs()) {
            Ok(outputs) => return Ok((outputs, answer.content)),
            Err(misfit) => {
                problem = misfit.in_words(cut.as_ref());
                question.messages.push(message(Role::Agent, answer.content));
                question.messages.push(message(
                    Role::User,
                    misfit.correction(node.outputs(), cut.as_ref()),
                ));
            }
        }
    }
    Err(Halt::failed(
        FailureKind::Model,
        format!(
            "the model gave no usable outputs in {tries} attempts; the last problem: {problem}"
        ),
    ))
}

/// Asks a model one question and returns its text.
pub(super) async fn ask_once(
    llm_config: &Arc<Component>,
    text: String,
    parameters: Map<String, Value>,
    context: &RunContext,
) -> Result<String, Halt> {
    let question = GenerationRequest {
        messages: vec![message(Role::User, text)],
        parameters,
        ..GenerationRequest::default()
    };
    Ok(ask(llm_config, question, context).await?.content)
}

async fn ask(
    llm_config: &Arc<Component>,
    question: GenerationRequest,
    context: &RunContext,
) -> Result<Generation, Halt> {
    let request = GenerationRequest {
        is_streamed: true,
        ..question
    };
    context.generate(llm_config, request).await
}

/// Makes a message for a prompt. The message is in no conversation, so its id is never used.
fn message(role: Role, text: String) -> Arc<Message> {
    Arc::new(Message::text("prompt", role, text))
}

fn is_plain_text(output: &Property) -> bool {
    let has = |keyword: &str| output.schema().get(keyword).is_some();
    output.json_type() == Some("string") && !has("enum") && !has("const")
}
