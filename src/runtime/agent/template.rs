//! `agent_template`: the messages that are put to an agent's model, in place of instructions before the conversation.
//!
//! Its texts are Jinja templates over the agent's values and these of its own:
//!
//! | name | value |
//! |---|---|
//! | `custom_instruction` | the agent's instructions, filled in |
//! | `__TOOLS__` | the tools, where the model is not offered them by its own means |
//! | `__CHAT_HISTORY__` | the conversation, where no message is replaced by it |
//! | `__PLAN__` | nothing: there are no plans |
//!
//! Source: WayFlow 26.3.1.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::textual_calls::Form;
use super::transform;
use crate::conversation::{Message, Role, ToolDeclaration, Values};
use crate::llm::{Generation, GenerationRequest, ToolChoice};
use crate::runtime::message_value::as_value;
use crate::runtime::runnable::viewed;
use crate::runtime::{Halt, RunContext, jinja};
use crate::spec::Component;
use crate::spec::component::FieldValue;
use crate::spec::language::PluginPromptTemplate;
use crate::spec::placeholder::jinja::variables;
use crate::trace::{Failure, FailureKind};

/// The marker that WayFlow writes for the message to be replaced by the conversation.
const HISTORY: &str = "$$__CHAT_HISTORY_PLACEHOLDER__$$";

/// The names whose values come from the runtime.
const RESERVED: [&str; 4] = [
    "custom_instruction",
    "__TOOLS__",
    "__CHAT_HISTORY__",
    "__PLAN__",
];

/// A template of several messages.
#[derive(Clone)]
pub(in crate::runtime) struct Template {
    parts: Vec<Part>,
    /// The transforms that rewrite the conversation before it is inserted.
    pre: Vec<Arc<Component>>,
    /// The transforms that rewrite the messages after everything was inserted.
    post: Vec<Arc<Component>>,
    /// Whether tools are passed through the API of the model.
    offers_natively: bool,
    /// The formats of calls in an answer; empty if there are none.
    forms: Vec<Form>,
    parameters: Map<String, Value>,
}

#[derive(Clone)]
enum Part {
    /// The position of the conversation.
    History,
    /// A message whose text is a Jinja template.
    Text(Role, String),
}

impl Template {
    /// Returns the template of an agent.
    ///
    /// # Errors
    /// A `spec` failure, if the template is not supported.
    pub(super) fn of(component: &Arc<Component>) -> Result<Self, Failure> {
        let template: PluginPromptTemplate = viewed(component)?;
        if template.response_format().is_some() {
            return Err(refused(
                component,
                "`response_format` of an `agent_template` can't be run",
            )
            .with_hint("declare the agent's `outputs` instead"));
        }
        Self::read(&template)
    }

    /// Returns the template of a step that calls a model once, without tools.
    ///
    /// # Errors
    /// A `spec` failure, if the template is not supported.
    pub(in crate::runtime) fn of_step(component: &Arc<Component>) -> Result<Self, Failure> {
        let template: PluginPromptTemplate = viewed(component)?;
        if template.tools().is_some_and(|tools| !tools.is_empty()) {
            let message =
                "tools of a step's prompt can't be called: nobody would read their results";
            return Err(refused(component, message).with_hint("use an agent in an AgentNode"));
        }
        if template.output_parser().is_some() || !template.native_structured_generation() {
            let message = "an `output_parser` of a step's prompt can't be run";
            return Err(refused(component, message)
                .with_hint("declare the step's `outputs`; the model is held to their types"));
        }
        Self::read(&template)
    }

    fn read(template: &PluginPromptTemplate) -> Result<Self, Failure> {
        let parts = template.messages().iter().map(|message| {
            part(message).ok_or_else(|| {
                let message = "messages of a prompt template can only have text: no pictures, no calls, no results";
                refused(template.component(), message)
            })
        });
        let parsers = match template.output_parser() {
            None => Vec::new(),
            Some(FieldValue::List(parsers)) => parsers
                .iter()
                .filter_map(FieldValue::as_component)
                .collect(),
            Some(one) => one.as_component().into_iter().collect(),
        };
        let forms = parsers.into_iter().map(Form::of);
        let all = |list: Option<Vec<&Arc<Component>>>| {
            list.unwrap_or_default().into_iter().cloned().collect()
        };
        let parameters = template.generation_config().and_then(Value::as_object);
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
            pre: all(template.pre_rendering_transforms()),
            post: all(template.post_rendering_transforms()),
            offers_natively: template.native_tool_calling(),
            forms: forms.collect::<Result<_, _>>()?,
            parameters: parameters.cloned().unwrap_or_default(),
        })
    }

    /// Returns the names that the template uses and that the agent's inputs or context providers
    /// must supply.
    pub(super) fn names(&self) -> Vec<String> {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(_, text) => Some(text),
            Part::History => None,
        });
        let names = texts.flat_map(|text| variables(text)).map(|it| it.name);
        names
            .filter(|name| !RESERVED.contains(&name.as_str()))
            .collect()
    }

    /// Returns the messages to send, after insertion of the values and all transforms.
    ///
    /// # Errors
    /// A value is missing, or a summarizing model fails.
    pub(in crate::runtime) async fn messages(
        &self,
        instructions: &str,
        history: Vec<Arc<Message>>,
        mut values: Values,
        tools: &[ToolDeclaration],
        turn: &RunContext,
    ) -> Result<Vec<Arc<Message>>, Halt> {
        let history = transform::apply(&self.pre, history, &turn.at("before", 0)).await?;
        values.insert("custom_instruction".to_owned(), json!(instructions));
        values.insert("__PLAN__".to_owned(), json!(""));
        if !self.offers_natively {
            let tools = tools.iter().map(declaration).collect();
            values.insert("__TOOLS__".to_owned(), tools);
        }
        if !self.parts.iter().any(|part| matches!(part, Part::History)) {
            let told = history.iter().map(|message| as_value(message)).collect();
            values.insert("__CHAT_HISTORY__".to_owned(), told);
        }
        let mut messages = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::History => messages.extend(history.iter().cloned()),
                Part::Text(role, text) => {
                    let text = jinja::render(text, &values)?;
                    let message = Message::text(format!("template_{index}"), *role, text);
                    messages.push(Arc::new(message));
                }
            }
        }
        transform::apply(&self.post, messages, &turn.at("after", 0)).await
    }

    /// Applies the template's other settings to a request.
    pub(in crate::runtime) fn shape(&self, request: &mut GenerationRequest) {
        if !self.offers_natively {
            request.tools = Arc::default();
            request.tool_choice = ToolChoice::Auto;
        }
        let given = self.parameters.iter().filter(|(_, value)| !value.is_null());
        request
            .parameters
            .extend(given.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Converts calls in the text of an answer to tool calls, if the answer has none itself.
    pub(super) fn read_calls(&self, generation: &mut Generation, turn: &RunContext) {
        for form in &self.forms {
            if !generation.tool_calls.is_empty() {
                return;
            }
            let (words, calls) = form.read(&generation.content);
            if calls.is_empty() {
                continue;
            }
            generation.content = words;
            generation.tool_calls = calls
                .into_iter()
                .map(|call| call.with_id(turn.new_request_id("call").as_str()))
                .collect();
        }
    }
}

fn refused(component: &Component, message: &str) -> Failure {
    Failure::new(FailureKind::Spec, message).in_component(component.name())
}

/// Returns a message of a template; `None` if it contains something other than text.
fn part(message: &Value) -> Option<Part> {
    let role = match message.get("role").and_then(Value::as_str)? {
        "system" => Role::System,
        "assistant" => Role::Agent,
        _ => Role::User,
    };
    let has = |field: &str| message.get(field).is_some_and(|value| !value.is_null());
    if has("tool_requests") || has("tool_result") {
        return None;
    }
    let contents = message.get("contents").and_then(Value::as_array);
    let texts: Option<Vec<&str>> = contents
        .into_iter()
        .flatten()
        .map(|content| match content.get("base64_content") {
            None => Some(
                content
                    .get("content")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            ),
            Some(_) => None,
        })
        .collect();
    let text = texts?.join("\n");
    let is_history = text == HISTORY || (text.is_empty() && role == Role::User);
    Some(if is_history {
        Part::History
    } else {
        Part::Text(role, text)
    })
}

/// Returns the declaration of a tool in OpenAI's format.
fn declaration(tool: &ToolDeclaration) -> Value {
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    })
}
