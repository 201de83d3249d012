//! The chat protocol of Oracle's Generative AI service for Cohere's models: the last message is
//! separate from the previous ones, and calls have no ids.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::turns::BEGIN;
use super::{Ask, Unread, Wire, arguments_object, is_oci_error, oci_usage, text_of, with};
use crate::conversation::{Message, Role, ToolCall, ToolDeclaration};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;

/// The default token limit; the service's own default is only 20.
const DEFAULT_MAX_TOKENS: u64 = 4_000;

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them, and parameters that these models lack.
const RESERVED: [&str; 11] = [
    "model",
    "apiFormat",
    "message",
    "chatHistory",
    "toolResults",
    "isStream",
    "stream",
    "streamOptions",
    "tools",
    "responseFormat",
    "top_logprobs",
];

/// The chat protocol for Cohere's models.
#[derive(Debug)]
pub(super) struct OciCohere;

impl Wire for OciCohere {
    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        with(encode(ask), more)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if is_oci_error(event) {
            return Err(Unread::IsError);
        }
        let reason = text_of(event, "finishReason");
        // The last event has the whole text once more.
        if reason.is_empty() || answer.is_empty() {
            answer.text(text_of(event, "text"));
        }
        read_calls(event, answer);
        read_end(event, answer);
        Ok(())
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if is_oci_error(body) {
            return Err(Unread::IsError);
        }
        let response = &body["chatResponse"];
        if !response.is_object() {
            return Err(Unread::Lacks("chatResponse"));
        }
        answer.text(text_of(response, "text"));
        read_calls(response, answer);
        read_end(response, answer);
        Ok(())
    }
}

/// Returns the body of a request.
fn encode(ask: &Ask<'_>) -> Value {
    let request = ask.request;
    let messages = &request.messages;
    // What was said since the model spoke last: its results if it called tools, else the question.
    let since = messages
        .iter()
        .rposition(|message| message.role != Role::User)
        .map_or(0, |last| last + 1);
    let (before, last) = messages.split_at(since);
    let results: Vec<Value> = last
        .iter()
        .filter_map(|message| tool_result(message, messages))
        .collect();
    let texts: Vec<&str> = last
        .iter()
        .filter(|message| message.tool_result.is_none())
        .map(|message| message.content.as_str())
        .collect();
    let mut text = texts.join("\n\n");
    if text.is_empty() && results.is_empty() {
        BEGIN.clone_into(&mut text);
    }
    let history: Vec<Value> = before.iter().map(|m| past(m, messages)).collect();
    let mut chat = json!({
        "apiFormat": "COHERE",
        "message": text,
        "chatHistory": history,
        "isStream": request.is_streamed,
        "maxTokens": DEFAULT_MAX_TOKENS,
    });
    if request.is_streamed && !ask.dialect.lacks(Feature::StreamOptions) {
        chat["streamOptions"] = json!({"isIncludeUsage": true});
    }
    if !results.is_empty() {
        chat["toolResults"] = json!(results);
    }
    if !request.tools.is_empty() {
        chat["tools"] = request.tools.iter().map(tool).collect();
    }
    if let Some(format) = &request.response_format {
        chat["responseFormat"] = json!({"type": "JSON_OBJECT", "schema": format.schema});
    }
    for (name, value) in ask.free_parameters(&RESERVED) {
        let (name, value) = match name {
            "max_tokens" | "max_completion_tokens" => ("maxTokens", value.clone()),
            "top_p" => ("topP", value.clone()),
            "top_k" => ("topK", value.clone()),
            "stop" if value.is_string() => ("stopSequences", json!([value])),
            "stop" => ("stopSequences", value.clone()),
            // From 0 to 1 here, where others have 0 to 2.
            "frequency_penalty" => ("frequencyPenalty", halved(value)),
            "presence_penalty" => ("presencePenalty", halved(value)),
            name => (name, value.clone()),
        };
        chat[name] = value;
    }
    json!({"chatRequest": chat})
}

fn halved(value: &Value) -> Value {
    value
        .as_f64()
        .map_or(value.clone(), |value| json!(value / 2.0))
}

/// Converts an earlier message.
fn past(message: &Message, all: &[Arc<Message>]) -> Value {
    if let Some(result) = tool_result(message, all) {
        return json!({"role": "TOOL", "toolResults": [result]});
    }
    let role = match message.role {
        Role::System => "SYSTEM",
        Role::User => "USER",
        Role::Agent => "CHATBOT",
    };
    let mut written = json!({"role": role, "message": message.content});
    if !message.tool_calls.is_empty() {
        written["toolCalls"] = message.tool_calls.iter().map(tool_call).collect();
    }
    written
}

/// Converts a tool result together with its call, because calls have no ids; `None` for other
/// messages.
fn tool_result(message: &Message, all: &[Arc<Message>]) -> Option<Value> {
    let result = message.tool_result.as_ref()?;
    let calls: Vec<&ToolCall> = all.iter().flat_map(|message| &message.tool_calls).collect();
    let call = calls.iter().rfind(|call| call.id == result.call_id)?;
    let field = if result.is_error { "error" } else { "output" };
    Some(json!({"call": tool_call(call), "outputs": [{field: result.content}]}))
}

fn tool_call(call: &ToolCall) -> Value {
    json!({"name": call.name, "parameters": arguments_object(&call.arguments)})
}

fn tool(tool: &ToolDeclaration) -> Value {
    let required = tool.parameters.get("required").and_then(Value::as_array);
    let properties = tool.parameters.get("properties").and_then(Value::as_object);
    let definitions: serde_json::Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
            let definition = json!({
                "type": text_of(schema, "type"),
                "description": text_of(schema, "description"),
                "isRequired": is_required,
            });
            (name.clone(), definition)
        })
        .collect();
    json!({
        "name": tool.name,
        "description": tool.description,
        "parameterDefinitions": definitions,
    })
}

fn read_calls(holder: &Value, answer: &mut Answer) {
    // The last event may tell the calls once more.
    if answer.call_count() > 0 {
        return;
    }
    for call in holder["toolCalls"].as_array().into_iter().flatten() {
        let index = answer.call_count() as u64;
        answer.call(Some(index), "", text_of(call, "name"), &call["parameters"]);
    }
}

fn read_end(holder: &Value, answer: &mut Answer) {
    if let Some(usage) = oci_usage(&holder["usage"]) {
        answer.usage(usage);
    }
    answer.stopped(match text_of(holder, "finishReason") {
        "COMPLETE" => "stop",
        "MAX_TOKENS" => "length",
        "ERROR_TOXIC" => "content_filter",
        other => other,
    });
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::conversation::ToolResult;
    use crate::llm::dialect::Dialect;
    use crate::llm::model::GenerationRequest;

    fn body(messages: Vec<Message>, parameters: &Value) -> Value {
        let schema = json!({"type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "description": "where"}, "days": {"type": "integer"},
        }});
        let request = GenerationRequest {
            messages: messages.into_iter().map(Arc::new).collect(),
            tools: [ToolDeclaration {
                name: "get_weather".to_owned(),
                description: "d".to_owned(),
                parameters: schema,
            }]
            .into(),
            ..GenerationRequest::default()
        };
        encode(&Ask {
            request: &request,
            model_id: "cohere.command-r",
            parameters: parameters.as_object().unwrap(),
            dialect: Dialect::default(),
            is_openai: false,
        })["chatRequest"]
            .take()
    }

    fn called() -> Message {
        let call = ToolCall {
            id: "a".to_owned(),
            name: "get_weather".to_owned(),
            arguments: r#"{"city":"Bern"}"#.to_owned(),
            extra: None,
        };
        Message {
            tool_calls: vec![call],
            ..Message::text("3", Role::Agent, "Checking.")
        }
    }

    #[test]
    fn the_last_words_stand_apart_from_the_history() {
        let messages = vec![
            Message::text("1", Role::System, "Be brief."),
            Message::text("2", Role::User, "Weather?"),
            called(),
            Message::tool_result(
                "4",
                ToolResult {
                    call_id: "a".to_owned(),
                    content: "sunny".to_owned(),
                    is_error: false,
                },
            ),
        ];
        let call = json!({"name": "get_weather", "parameters": {"city": "Bern"}});
        let chat = body(
            messages.clone(),
            &json!({"frequency_penalty": 1.0, "stop": "x"}),
        );
        assert_eq!(
            chat,
            json!({
                "apiFormat": "COHERE",
                "message": "",
                "chatHistory": [
                    {"role": "SYSTEM", "message": "Be brief."},
                    {"role": "USER", "message": "Weather?"},
                    {"role": "CHATBOT", "message": "Checking.", "toolCalls": [call]},
                ],
                "isStream": false,
                "maxTokens": 4000,
                "toolResults": [{"call": call, "outputs": [{"output": "sunny"}]}],
                "tools": [{"name": "get_weather", "description": "d", "parameterDefinitions": {
                    "city": {"type": "string", "description": "where", "isRequired": true},
                    "days": {"type": "integer", "description": "", "isRequired": false},
                }}],
                "frequencyPenalty": 0.5,
                "stopSequences": ["x"],
            })
        );
        let mut later = messages;
        later.push(Message::text("5", Role::Agent, "It is sunny."));
        later.push(Message::text("6", Role::User, "Thanks!"));
        let chat = body(later, &json!({"max_tokens": 9}));
        assert_eq!(
            (&chat["message"], &chat["maxTokens"]),
            (&json!("Thanks!"), &json!(9))
        );
        assert_eq!(chat["chatHistory"][3]["role"], "TOOL");
        let only = body(
            vec![Message::text("1", Role::System, "Be brief.")],
            &json!({}),
        );
        assert_eq!(only["message"], "Begin.");
    }

    #[test]
    fn a_recorded_stream_and_a_body_are_read() {
        let calls = json!([{"name": "get_weather", "parameters": {"city": "Bern"}}]);
        let mut answer = Answer::default();
        for event in [
            json!({"apiFormat": "COHERE", "text": "Check"}),
            json!({"apiFormat": "COHERE", "text": "ing."}),
            json!({"apiFormat": "COHERE", "toolCalls": calls}),
            json!({"apiFormat": "COHERE", "text": "Checking.", "finishReason": "COMPLETE",
                "toolCalls": calls}),
            json!({"usage": {"promptTokens": 3, "completionTokens": 2, "totalTokens": 5}}),
        ] {
            OciCohere.read_event(&event, &mut answer).unwrap();
        }
        let (generation, usage) = answer.finish("call");
        assert_eq!(generation.content, "Checking.");
        assert_eq!(generation.tool_calls.len(), 1);
        assert_eq!(generation.tool_calls[0].arguments, r#"{"city":"Bern"}"#);
        assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
        assert_eq!(usage.unwrap().total_tokens, 5);
        let mut answer = Answer::default();
        let body = json!({"chatResponse": {"text": "Hi", "finishReason": "MAX_TOKENS"}});
        OciCohere.read_body(&body, &mut answer).unwrap();
        let (generation, _) = answer.finish("call");
        assert_eq!(generation.content, "Hi");
        assert_eq!(generation.finish_reason.as_deref(), Some("length"));
    }
}
