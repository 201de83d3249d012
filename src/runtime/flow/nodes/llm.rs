//! `LlmNode`: one question to a model, without the conversation.

use std::sync::Arc;

use super::result::NodeResult;
use crate::conversation::{Message, Role, Values};
use crate::llm::{Generation, GenerationRequest};
use crate::runtime::{Halt, RunContext, structured, values};
use crate::spec::Component;
use crate::spec::language::LlmNode;
use crate::spec::property::Property;
use crate::trace::FailureKind;

/// A single output of type string takes the text as it is. Anything else is structured generation: the model is held
/// to the schema of all outputs, the answer is checked, and asked for again a few times.
pub(super) async fn run(
    node: &LlmNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let prompt = values::render(node.prompt_template(), inputs, node.inputs())?;
    let mut messages = vec![message(Role::User, prompt)];
    if let [output] = node.outputs()
        && is_plain_text(output)
    {
        let answer = ask(node.llm_config(), messages, None, &context.at("try", 0)).await?;
        let outputs = Values::from_iter([(output.title().to_owned(), answer.content.into())]);
        return Ok(NodeResult::next(outputs));
    }
    let format = structured::response_format(node.name(), node.outputs());
    let tries = context.limits().max_corrections + 1;
    let mut problem = String::new();
    for number in 0..tries {
        let place = context.at("try", number);
        let answer = ask(
            node.llm_config(),
            messages.clone(),
            Some(format.clone()),
            &place,
        )
        .await?;
        let cut = answer.cut();
        match structured::read(&answer.content, cut.as_ref(), node.outputs()) {
            Ok(outputs) => return Ok(NodeResult::next(outputs)),
            Err(misfit) => {
                problem = misfit.in_words(cut.as_ref());
                messages.push(message(Role::Agent, answer.content));
                messages.push(message(
                    Role::User,
                    misfit.correction(node.outputs(), cut.as_ref()),
                ));
            }
        }
    }
    Err(Halt::failed(
        FailureKind::Model,
        format!("the model gave no usable outputs in {tries} tries; at last: {problem}"),
    ))
}

async fn ask(
    llm_config: &Arc<Component>,
    messages: Vec<Arc<Message>>,
    response_format: Option<crate::llm::ResponseFormat>,
    context: &RunContext,
) -> Result<Generation, Halt> {
    let request = GenerationRequest {
        messages,
        response_format,
        is_streamed: true,
        ..GenerationRequest::default()
    };
    context.generate(llm_config, request).await
}

/// These messages are in no conversation, so their ids need only differ from each other's meaning: none is read.
fn message(role: Role, text: String) -> Arc<Message> {
    Arc::new(Message::text("prompt", role, text))
}

fn is_plain_text(output: &Property) -> bool {
    let has = |keyword: &str| output.schema().get(keyword).is_some();
    output.json_type() == Some("string") && !has("enum") && !has("const")
}
