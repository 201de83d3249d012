//! A request as the chat completions protocol writes it.
//!
//! Where the reference and this differ: texts are plain strings, which every server takes, not lists
//! of parts; a tool's result is its text, without quotes around it; text is UTF-8, not escaped.

use serde_json::{Map, Value, json};

use crate::conversation::{Message, Role, ToolCall};
use crate::llm::model::{GenerationRequest, ResponseFormat, ToolChoice, ToolDeclaration};

/// Fields that a spec's generation parameters may not replace, because the request is built on them.
const RESERVED: [&str; 7] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "response_format",
];

/// The two names of the bound on an answer's tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MaxTokensField {
    /// As nearly every server knows it; the other name is still to be tried.
    #[default]
    Usual,
    /// As `OpenAI` wants it; the other name is still to be tried.
    OpenAi,
    /// `max_tokens`, after the other name was refused.
    UsualForGood,
    /// `max_completion_tokens`, after the other name was refused.
    OpenAiForGood,
}

impl MaxTokensField {
    fn name(self) -> &'static str {
        match self {
            Self::Usual | Self::UsualForGood => "max_tokens",
            Self::OpenAi | Self::OpenAiForGood => "max_completion_tokens",
        }
    }

    /// What to try after a refusal of this one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Usual => Self::OpenAiForGood,
            Self::OpenAi => Self::UsualForGood,
            settled @ (Self::UsualForGood | Self::OpenAiForGood) => settled,
        }
    }
}

/// What a server was found not to take. Each is left out of further requests, or written otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// How the bound on an answer's tokens is called.
    pub(super) max_tokens: MaxTokensField,
    /// No `stream_options`: the usage is estimated then.
    pub(super) lacks_stream_options: bool,
    /// No `tool_choice`: the model decides.
    pub(super) lacks_tool_choice: bool,
    /// `OpenAI` itself, which keeps answers unless told not to.
    pub(super) is_openai: bool,
}

/// The body of a request.
///
/// `generation` holds the model's own parameters; those of the request win over them field by field.
pub(super) fn body(
    request: &GenerationRequest,
    model_id: &str,
    generation: &Map<String, Value>,
    dialect: Dialect,
) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model_id));
    body.insert("stream".to_owned(), json!(request.is_streamed));
    body.insert("messages".to_owned(), messages(&request.messages));
    if dialect.is_openai {
        body.insert("store".to_owned(), json!(false));
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(tool).collect();
        body.insert("tools".to_owned(), Value::Array(tools));
        if let ToolChoice::Tool(name) = &request.tool_choice
            && !dialect.lacks_tool_choice
        {
            let choice = json!({"type": "function", "function": {"name": name}});
            body.insert("tool_choice".to_owned(), choice);
        }
    }
    if let Some(format) = &request.response_format {
        body.insert("response_format".to_owned(), response_format(format));
    }
    add_parameters(&mut body, generation, &request.parameters, dialect);
    if request.is_streamed && !dialect.lacks_stream_options {
        let options = json!({"include_usage": true});
        body.insert("stream_options".to_owned(), options);
    }
    Value::Object(body)
}

fn add_parameters(
    body: &mut Map<String, Value>,
    generation: &Map<String, Value>,
    overrides: &Map<String, Value>,
    dialect: Dialect,
) {
    let mut merged = generation.clone();
    for (name, value) in overrides {
        merged.insert(name.clone(), value.clone());
    }
    for (name, value) in merged {
        if value.is_null() || RESERVED.contains(&name.as_str()) {
            continue;
        }
        match name.as_str() {
            "max_tokens" | "max_completion_tokens" => {
                let field = dialect.max_tokens.name();
                body.insert(field.to_owned(), value);
            }
            "top_logprobs" => {
                body.insert("logprobs".to_owned(), json!(true));
                body.insert(name, value);
            }
            _ => {
                body.insert(name, value);
            }
        }
    }
}

fn messages(messages: &[Message]) -> Value {
    let mut written: Vec<Value> = messages.iter().map(message).collect();
    // Servers that insist on a user's turn refuse a conversation of nothing but instructions.
    if messages.iter().all(|message| message.role == Role::System) {
        written.push(json!({"role": "user", "content": "Begin."}));
    }
    Value::Array(written)
}

fn message(message: &Message) -> Value {
    if let Some(result) = &message.tool_result {
        return json!({
            "role": "tool",
            "tool_call_id": result.call_id,
            "content": result.content,
        });
    }
    match message.role {
        Role::System => json!({"role": "system", "content": message.content}),
        Role::User => json!({"role": "user", "content": message.content}),
        Role::Agent if message.tool_calls.is_empty() => {
            json!({"role": "assistant", "content": message.content})
        }
        Role::Agent => {
            let calls: Vec<Value> = message.tool_calls.iter().map(tool_call).collect();
            json!({"role": "assistant", "content": message.content, "tool_calls": calls})
        }
    }
}

fn tool_call(call: &ToolCall) -> Value {
    let mut written = call
        .extra
        .as_ref()
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    written.insert("id".to_owned(), json!(call.id));
    written.insert("type".to_owned(), json!("function"));
    let function = json!({"name": call.name, "arguments": arguments(&call.arguments)});
    written.insert("function".to_owned(), function);
    Value::Object(written)
}

/// Arguments as servers take them back: some refuse the whole request for text that is no object,
/// even where the model itself wrote it.
fn arguments(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => text.to_owned(),
        Ok(_) | Err(_) => json!({"malformed_arguments": text}).to_string(),
    }
}

fn tool(tool: &ToolDeclaration) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    })
}

fn response_format(format: &ResponseFormat) -> Value {
    json!({
        "type": "json_schema",
        "json_schema": {"name": format.name, "strict": true, "schema": format.schema},
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::conversation::ToolResult;

    fn parameters(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_agents_second_turn_is_written_in_full() {
        let call = ToolCall {
            id: "call_a".to_owned(),
            name: "get_weather".to_owned(),
            arguments: r#"{"city": "Zürich"}"#.to_owned(),
            extra: Some(json!({"extra_content": {"s": 1}})),
        };
        let request = GenerationRequest {
            messages: vec![
                Message::text("1", Role::System, "Be brief."),
                Message::text("2", Role::User, "Weather?"),
                Message {
                    tool_calls: vec![call],
                    ..Message::text("3", Role::Agent, "Checking.")
                },
                Message::tool_result(
                    "4",
                    ToolResult {
                        call_id: "call_a".to_owned(),
                        content: "10:00".to_owned(),
                        is_error: false,
                    },
                ),
            ],
            tools: vec![ToolDeclaration {
                name: "get_weather".to_owned(),
                description: "d".to_owned(),
                parameters: json!({"type": "object"}),
            }],
            tool_choice: ToolChoice::Tool("get_weather".to_owned()),
            parameters: parameters(&json!({"temperature": 0.5, "model": "evil"})),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        let generation = parameters(&json!({"temperature": 0.0, "max_tokens": 9, "top_k": 3}));
        assert_eq!(
            body(&request, "m", &generation, Dialect::default()),
            json!({
                "model": "m",
                "stream": true,
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Weather?"},
                    {"role": "assistant", "content": "Checking.", "tool_calls": [{
                        "extra_content": {"s": 1},
                        "id": "call_a",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": r#"{"city": "Zürich"}"#},
                    }]},
                    {"role": "tool", "tool_call_id": "call_a", "content": "10:00"},
                ],
                "tools": [{"type": "function", "function": {
                    "name": "get_weather", "description": "d", "parameters": {"type": "object"},
                }}],
                "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
                "temperature": 0.5,
                "max_tokens": 9,
                "top_k": 3,
                "stream_options": {"include_usage": true},
            })
        );
    }

    #[test]
    fn servers_that_differ_get_what_they_take() {
        let request = GenerationRequest {
            messages: vec![Message::text("1", Role::System, "Instructions.")],
            tool_choice: ToolChoice::Tool("t".to_owned()),
            response_format: Some(ResponseFormat {
                name: "car".to_owned(),
                schema: json!({"type": "object"}),
            }),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        let dialect = Dialect {
            max_tokens: MaxTokensField::OpenAi,
            lacks_stream_options: true,
            lacks_tool_choice: true,
            is_openai: true,
        };
        let generation = parameters(&json!({"max_tokens": 9, "top_logprobs": 2, "stop": null}));
        assert_eq!(
            body(&request, "m", &generation, dialect),
            json!({
                "model": "m",
                "stream": true,
                "messages": [
                    {"role": "system", "content": "Instructions."},
                    {"role": "user", "content": "Begin."},
                ],
                "store": false,
                "response_format": {"type": "json_schema", "json_schema": {
                    "name": "car", "strict": true, "schema": {"type": "object"},
                }},
                "max_completion_tokens": 9,
                "logprobs": true,
                "top_logprobs": 2,
            })
        );
    }

    #[test]
    fn arguments_that_are_no_object_go_back_inside_one() {
        assert_eq!(arguments(r#"{"a": 1}"#), r#"{"a": 1}"#);
        assert_eq!(arguments("{oops"), r#"{"malformed_arguments":"{oops"}"#);
    }
}
