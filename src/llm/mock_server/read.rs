//! Parses the body of a chat completions request as a [`GenerationRequest`], strictly.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::conversation::{Message, Role, ToolCall, ToolDeclaration, ToolResult};
use crate::llm::model::{Generation, GenerationRequest, ResponseFormat, ToolChoice};

/// The reason why a request is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRequest(pub(super) String);

/// The settings of a request other than those of the answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wishes {
    /// The name of the model, which is sent back.
    pub(super) model: String,
    /// Whether to send the usage at the end of a stream.
    pub(super) includes_usage: bool,
    max_words: Option<usize>,
}

impl Wishes {
    /// Cuts an answer at the client's token limit, counting a word as a token.
    pub(super) fn cut(&self, generation: &mut Generation) {
        let Some(max) = self.max_words else { return };
        let words: Vec<&str> = generation.content.split(' ').collect();
        if let Some(kept) = words.get(..max)
            && words.len() > max
            && generation.tool_calls.is_empty()
        {
            generation.content = kept.join(" ");
            generation.finish_reason = Some("length".to_owned());
        }
    }
}

/// Parses a request.
pub(super) fn request(body: &[u8]) -> Result<(GenerationRequest, Wishes), BadRequest> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| BadRequest(format!("the body is not JSON: {error}")))?;
    let refuse = |message: &str| BadRequest(message.to_owned());
    let model = body.get("model").and_then(Value::as_str);
    let model = model.ok_or_else(|| refuse("you must provide a model parameter"))?;
    let written = body.get("messages").and_then(Value::as_array);
    let written = written
        .filter(|messages| !messages.is_empty())
        .ok_or_else(|| refuse("`messages` must be a list that is not empty"))?;
    let mut messages: Vec<Arc<Message>> = Vec::with_capacity(written.len());
    for (at, value) in written.iter().enumerate() {
        let message = message(at, value)
            .map_err(|problem| BadRequest(format!("messages[{at}]: {problem}")))?;
        if let Some(result) = &message.tool_result
            && !is_call_known(&messages, &result.call_id)
        {
            return Err(BadRequest(format!(
                "messages[{at}]: no tool call before it has the id `{}`",
                result.call_id
            )));
        }
        messages.push(Arc::new(message));
    }
    let flag = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
    let options = body.get("stream_options");
    let max_words = ["max_completion_tokens", "max_tokens"]
        .iter()
        .find_map(|name| body.get(name)?.as_u64())
        .and_then(|max| usize::try_from(max).ok());
    let request = GenerationRequest {
        messages,
        tools: tools(&body)?.into(),
        tool_choice: tool_choice(&body),
        response_format: response_format(&body),
        parameters: Map::new(),
        seed: body.get("seed").and_then(Value::as_u64),
        is_streamed: flag(body.get("stream")),
    };
    let wishes = Wishes {
        model: model.to_owned(),
        includes_usage: flag(options.and_then(|options| options.get("include_usage"))),
        max_words,
    };
    Ok((request, wishes))
}

fn is_call_known(messages: &[Arc<Message>], call_id: &str) -> bool {
    let mut calls = messages.iter().flat_map(|message| &message.tool_calls);
    calls.any(|call| call.id == call_id)
}

fn message(at: usize, value: &Value) -> Result<Message, String> {
    let id = at.to_string();
    let content = text(value.get("content"))?;
    let role = value.get("role").and_then(Value::as_str).unwrap_or("");
    match role {
        "system" | "developer" => Ok(Message::text(id, Role::System, content)),
        "user" => Ok(Message::text(id, Role::User, content)),
        "assistant" => {
            let calls = value.get("tool_calls").and_then(Value::as_array);
            let calls: Result<Vec<ToolCall>, String> =
                calls.into_iter().flatten().map(tool_call).collect();
            Ok(Message {
                tool_calls: calls?,
                ..Message::text(id, Role::Agent, content)
            })
        }
        "tool" => {
            let call_id = value.get("tool_call_id").and_then(Value::as_str);
            let call_id = call_id.ok_or("a tool's message needs a `tool_call_id`")?;
            let result = ToolResult {
                call_id: call_id.to_owned(),
                content,
                is_error: false,
            };
            Ok(Message::tool_result(id, result))
        }
        other => Err(format!("`{other}` is not a role")),
    }
}

/// Returns the text of a message's content: a string, null, or a list of parts, of which only texts
/// count.
fn text(content: Option<&Value>) -> Result<String, String> {
    match content {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            Ok(texts.collect::<Vec<&str>>().join("\n"))
        }
        Some(_) => Err("`content` must be a text or a list of parts".to_owned()),
    }
}

fn tool_call(value: &Value) -> Result<ToolCall, String> {
    let text = |value: Option<&Value>, name: &str| {
        value
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| format!("a tool call needs the text `{name}`"))
    };
    let function = value.get("function");
    let part = |name| function.and_then(|function| function.get(name));
    let arguments = text(part("arguments"), "function.arguments")?;
    let is_object = serde_json::from_str(&arguments).is_ok_and(|value: Value| value.is_object());
    if !is_object {
        return Err("`function.arguments` must be the JSON text of an object".to_owned());
    }
    Ok(ToolCall {
        id: text(value.get("id"), "id")?,
        name: text(part("name"), "function.name")?,
        arguments,
        extra: None,
    })
}

fn tools(body: &Value) -> Result<Vec<ToolDeclaration>, BadRequest> {
    let tools = body.get("tools").and_then(Value::as_array);
    let read = |(at, tool): (usize, &Value)| {
        let function = tool.get("function");
        let part = |name| function.and_then(|function| function.get(name));
        let name = part("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| BadRequest(format!("tools[{at}] has no function.name")))?;
        let description = part("description").and_then(Value::as_str);
        Ok(ToolDeclaration {
            name: name.to_owned(),
            description: description.unwrap_or("").to_owned(),
            parameters: part("parameters").cloned().unwrap_or_default(),
        })
    };
    tools.into_iter().flatten().enumerate().map(read).collect()
}

fn tool_choice(body: &Value) -> ToolChoice {
    let name = body.pointer("/tool_choice/function/name");
    match name.and_then(Value::as_str) {
        Some(name) => ToolChoice::Tool(name.to_owned()),
        None => ToolChoice::Auto,
    }
}

fn response_format(body: &Value) -> Option<ResponseFormat> {
    let format = body.get("response_format")?;
    let (name, schema) = match format.get("type")?.as_str()? {
        "json_schema" => {
            let schema = format.get("json_schema")?;
            (schema.get("name")?.as_str()?, schema.get("schema")?.clone())
        }
        "json_object" => ("object", serde_json::json!({"type": "object"})),
        _ => return None,
    };
    Some(ResponseFormat {
        name: name.to_owned(),
        schema,
    })
}
