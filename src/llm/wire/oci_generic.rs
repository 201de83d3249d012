//! The chat protocol of Oracle's Generative AI service, in the form that all models but Cohere's take.
//!
//! What the service wants beside the chat itself (compartment, serving mode) is in
//! [`ModelEndpoint::fields`](crate::profile::ModelEndpoint).

use serde_json::{Map, Value, json};

use super::{
    Ask, Unread, Wire, arguments_text, first_answer, is_first, is_oci_error, oci_usage, text_of,
    with,
};
use crate::conversation::{Message, Role, ToolCall, ToolDeclaration};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;
use crate::llm::model::ToolChoice;

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them.
const RESERVED: [&str; 9] = [
    "model",
    "apiFormat",
    "messages",
    "isStream",
    "stream",
    "streamOptions",
    "tools",
    "toolChoice",
    "responseFormat",
];

/// The chat protocol for all models except Cohere's.
#[derive(Debug)]
pub(super) struct OciGeneric;

impl Wire for OciGeneric {
    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        with(encode(ask), more)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if is_oci_error(event) {
            return Err(Unread::IsError);
        }
        if is_first(event) {
            read_choice(event, answer);
        }
        if let Some(usage) = oci_usage(&event["usage"]) {
            answer.usage(usage);
        }
        Ok(())
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if is_oci_error(body) {
            return Err(Unread::IsError);
        }
        let response = &body["chatResponse"];
        let Some(choice) = first_answer(&response["choices"]) else {
            return Err(Unread::Lacks("choices"));
        };
        read_choice(choice, answer);
        if let Some(usage) = oci_usage(&response["usage"]) {
            answer.usage(usage);
        }
        Ok(())
    }
}

/// Returns the body of a request.
fn encode(ask: &Ask<'_>) -> Value {
    let request = ask.request;
    let mut chat = Map::new();
    chat.insert("apiFormat".to_owned(), json!("GENERIC"));
    let messages = request.messages.iter().map(|it| message(it)).collect();
    chat.insert("messages".to_owned(), messages);
    chat.insert("isStream".to_owned(), json!(request.is_streamed));
    if request.is_streamed && !ask.dialect.lacks(Feature::StreamOptions) {
        let options = json!({"isIncludeUsage": true});
        chat.insert("streamOptions".to_owned(), options);
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(tool).collect();
        chat.insert("tools".to_owned(), tools);
        if let ToolChoice::Tool(name) = &request.tool_choice
            && !ask.dialect.lacks(Feature::ToolChoice)
        {
            let choice = json!({"type": "FUNCTION", "name": name});
            chat.insert("toolChoice".to_owned(), choice);
        }
    }
    if let Some(format) = &request.response_format {
        let schema = json!({"name": format.name, "schema": format.schema, "isStrict": true});
        let format = json!({"type": "JSON_SCHEMA", "jsonSchema": schema});
        chat.insert("responseFormat".to_owned(), format);
    }
    // Meta's models know the older name alone.
    let max_tokens = if ask.model_id.starts_with("meta.") {
        "maxTokens"
    } else {
        "maxCompletionTokens"
    };
    for (name, value) in ask.free_parameters(&RESERVED) {
        let (name, value) = match name {
            "max_tokens" | "max_completion_tokens" => (max_tokens, value.clone()),
            "top_p" => ("topP", value.clone()),
            "top_k" => ("topK", value.clone()),
            "stop" if value.is_string() => ("stop", json!([value])),
            "frequency_penalty" => ("frequencyPenalty", value.clone()),
            "presence_penalty" => ("presencePenalty", value.clone()),
            "top_logprobs" => ("logProbs", value.clone()),
            "reasoning_effort" => {
                let effort = value.as_str().map(str::to_uppercase);
                ("reasoningEffort", effort.map_or(value.clone(), Value::from))
            }
            name => (name, value.clone()),
        };
        chat.insert(name.to_owned(), value);
    }
    json!({"chatRequest": chat})
}

fn message(message: &Message) -> Value {
    let text = |text: &str| json!({"type": "TEXT", "text": text});
    if let Some(result) = &message.tool_result {
        return json!({
            "role": "TOOL",
            "toolCallId": result.call_id,
            "content": [text(&result.content)],
        });
    }
    let mut content = Vec::new();
    if !message.content.is_empty() {
        content.push(text(&message.content));
    }
    content.extend(
        message
            .images
            .iter()
            .map(|image| json!({"type": "IMAGE", "imageUrl": {"url": image.data_url()}})),
    );
    let role = match message.role {
        Role::System => "SYSTEM",
        Role::User => "USER",
        Role::Agent => "ASSISTANT",
    };
    let mut written = json!({"role": role, "content": content});
    if !message.tool_calls.is_empty() {
        written["toolCalls"] = message.tool_calls.iter().map(tool_call).collect();
    }
    written
}

fn tool_call(call: &ToolCall) -> Value {
    json!({
        "type": "FUNCTION",
        "id": call.id,
        "name": call.name,
        "arguments": arguments_text(&call.arguments),
    })
}

fn tool(tool: &ToolDeclaration) -> Value {
    json!({
        "type": "FUNCTION",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    })
}

fn read_choice(choice: &Value, answer: &mut Answer) {
    let message = &choice["message"];
    answer.reasoning(text_of(message, "reasoningContent"));
    for part in message["content"].as_array().into_iter().flatten() {
        answer.text(text_of(part, "text"));
    }
    let calls = message.get("toolCalls").or(message.get("tool_calls"));
    for call in calls.and_then(Value::as_array).into_iter().flatten() {
        // As chat completions write a fragment of a call.
        answer.call_fragments(&[json!({
            "index": call.get("index"),
            "id": call["id"],
            "function": {"name": call["name"], "arguments": call["arguments"]},
        })]);
    }
    let reason = choice.get("finishReason").or(choice.get("finish_reason"));
    answer.stopped(&reason.and_then(Value::as_str).unwrap_or("").to_lowercase());
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::conversation::{Image, ToolResult};
    use crate::llm::dialect::Dialect;
    use crate::llm::model::{GenerationRequest, ResponseFormat};

    #[test]
    fn an_agents_second_turn_is_written_in_full() {
        let call = ToolCall {
            id: "a".to_owned(),
            name: "get_weather".to_owned(),
            arguments: r#"{"city":"Bern"}"#.to_owned(),
            extra: None,
        };
        let image = Image {
            name: None,
            media_type: "image/png".to_owned(),
            base64: "eA==".to_owned(),
        };
        let request = GenerationRequest {
            messages: [
                Message::text("1", Role::System, "Be brief."),
                Message {
                    images: vec![image],
                    ..Message::text("2", Role::User, "Weather?")
                },
                Message {
                    tool_calls: vec![call],
                    ..Message::text("3", Role::Agent, "")
                },
                Message::tool_result(
                    "4",
                    ToolResult {
                        call_id: "a".to_owned(),
                        content: "sunny".to_owned(),
                        is_error: false,
                    },
                ),
            ]
            .map(std::sync::Arc::new)
            .into(),
            tools: [ToolDeclaration {
                name: "get_weather".to_owned(),
                description: "d".to_owned(),
                parameters: json!({"type": "object"}),
            }]
            .into(),
            tool_choice: ToolChoice::Tool("get_weather".to_owned()),
            response_format: Some(ResponseFormat {
                name: "car".to_owned(),
                schema: json!({"type": "object"}),
            }),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        let parameters =
            json!({"max_tokens": 9, "top_p": 0.5, "stop": "x", "reasoning_effort": "low"});
        let ask = |model_id| Ask {
            request: &request,
            model_id,
            parameters: parameters.as_object().unwrap(),
            dialect: Dialect::default(),
            is_openai: false,
        };
        let body = encode(&ask("xai.grok-4"));
        assert_eq!(
            body,
            json!({"chatRequest": {
                "apiFormat": "GENERIC",
                "messages": [
                    {"role": "SYSTEM", "content": [{"type": "TEXT", "text": "Be brief."}]},
                    {"role": "USER", "content": [
                        {"type": "TEXT", "text": "Weather?"},
                        {"type": "IMAGE", "imageUrl": {"url": "data:image/png;base64,eA=="}},
                    ]},
                    {"role": "ASSISTANT", "content": [], "toolCalls": [
                        {"type": "FUNCTION", "id": "a", "name": "get_weather",
                            "arguments": r#"{"city":"Bern"}"#},
                    ]},
                    {"role": "TOOL", "toolCallId": "a",
                        "content": [{"type": "TEXT", "text": "sunny"}]},
                ],
                "isStream": true,
                "streamOptions": {"isIncludeUsage": true},
                "tools": [{"type": "FUNCTION", "name": "get_weather", "description": "d",
                    "parameters": {"type": "object"}}],
                "toolChoice": {"type": "FUNCTION", "name": "get_weather"},
                "responseFormat": {"type": "JSON_SCHEMA", "jsonSchema": {
                    "name": "car", "schema": {"type": "object"}, "isStrict": true,
                }},
                "maxCompletionTokens": 9,
                "topP": 0.5,
                "stop": ["x"],
                "reasoningEffort": "LOW",
            }})
        );
        let meta = encode(&ask("meta.llama-3.3-70b-instruct"));
        assert_eq!(meta["chatRequest"]["maxTokens"], 9);
    }

    #[test]
    fn a_recorded_stream_and_a_body_are_read() {
        let text = |text: &str| {
            json!({"index": 0, "message": {"role": "ASSISTANT",
            "content": [{"type": "TEXT", "text": text}]}, "pad": "aaa"})
        };
        let calls = |calls: Value| json!({"message": {"role": "ASSISTANT", "toolCalls": calls}});
        let mut answer = Answer::default();
        for event in [
            text("Check"),
            text("ing."),
            calls(json!([{"type": "FUNCTION", "id": "a", "name": "f", "arguments": "{\"x\""}])),
            calls(json!([{"type": "FUNCTION", "arguments": ":1}"}])),
            calls(json!([{"type": "FUNCTION", "id": "b", "name": "g", "arguments": "{}"}])),
            json!({"finishReason": "tool_calls"}),
            json!({"usage": {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5,
                "promptTokensDetails": {"cachedTokens": 1},
                "completionTokensDetails": {"reasoningTokens": 1}}}),
        ] {
            OciGeneric.read_event(&event, &mut answer).unwrap();
        }
        let (generation, usage) = answer.finish("call");
        assert_eq!(generation.content, "Checking.");
        let called: Vec<_> = generation
            .tool_calls
            .iter()
            .map(|call| format!("{} {} {}", call.id, call.name, call.arguments))
            .collect();
        assert_eq!(called, [r#"a f {"x":1}"#, "b g {}"]);
        assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
        let usage = usage.unwrap();
        assert_eq!(
            (
                usage.total_tokens,
                usage.cached_tokens,
                usage.reasoning_tokens
            ),
            (5, 1, 1)
        );

        let mut answer = Answer::default();
        let body = json!({"modelId": "m", "chatResponse": {"choices": [{
            "finishReason": "stop",
            "message": {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": "Hi"}]},
        }]}});
        OciGeneric.read_body(&body, &mut answer).unwrap();
        assert_eq!(answer.finish("call").0.content, "Hi");
        let error = json!({"code": "401", "message": "NotAuthenticated"});
        let mut answer = Answer::default();
        assert_eq!(
            OciGeneric.read_body(&error, &mut answer),
            Err(Unread::IsError)
        );
        let other = json!({"choices": []});
        assert_eq!(
            OciGeneric.read_body(&other, &mut answer),
            Err(Unread::Lacks("choices"))
        );
    }
}
