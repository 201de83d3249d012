//! `OpenAI`'s responses protocol, in the form for servers that store nothing between requests.
//!
//! There are two differences from the reference runtime: no `prompt_cache_key` is generated,
//! because a new one for each request never hits the cache; and a tool's result is its text without
//! quotes.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Ask, Unread, Wire, arguments_text, is_error, kept, text_of, with};
use crate::conversation::{Message, Role, ToolDeclaration};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;
use crate::llm::model::ToolChoice;
use crate::llm::usage;

/// The key under which reasoning items are stored with the calls that followed.
pub(super) const KEPT: &str = "openai_reasoning";

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them.
const RESERVED: [&str; 7] = [
    "model",
    "input",
    "stream",
    "store",
    "tools",
    "tool_choice",
    "previous_response_id",
];

/// Parameters of chat completions that this protocol does not have.
const UNKNOWN: [&str; 4] = [
    "stop",
    "frequency_penalty",
    "presence_penalty",
    "stream_options",
];

/// The responses protocol.
#[derive(Debug)]
pub(super) struct Responses;

impl Wire for Responses {
    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        with(encode(ask), more)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        let index = event.get("output_index").and_then(Value::as_u64);
        let item = &event["item"];
        match text_of(event, "type") {
            "response.created" | "response.in_progress" => {
                answer.id(text_of(&event["response"], "id"));
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                answer.text(text_of(event, "delta"));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                answer.reasoning(text_of(event, "delta"));
            }
            "response.reasoning_summary_part.added" => answer.reasoning_paragraph(),
            "response.output_item.added" if text_of(item, "type") == "function_call" => {
                let arguments = &item["arguments"];
                answer.call(
                    index,
                    text_of(item, "call_id"),
                    text_of(item, "name"),
                    arguments,
                );
            }
            "response.function_call_arguments.delta" => {
                answer.arguments(index, text_of(event, "delta"));
            }
            "response.function_call_arguments.done" => {
                answer.whole_arguments(index, text_of(event, "arguments"));
            }
            "response.output_item.done" => match text_of(item, "type") {
                "function_call" => {
                    // Some servers say nothing of a call before it is done.
                    let name = text_of(item, "name");
                    answer.call_once(index, text_of(item, "call_id"), name, &json!(""));
                    answer.whole_arguments(index, text_of(item, "arguments"));
                    read_status(item, answer);
                }
                "message" => read_status(item, answer),
                "reasoning" => keep_reasoning(item, answer),
                _ => {}
            },
            "response.completed" | "response.incomplete" => {
                let response = &event["response"];
                // A server that streams nothing but the end has all there, and one that streams
                // only text its calls.
                if answer.is_empty() {
                    read_output(response, answer);
                } else {
                    read_rest(response, answer);
                }
                read_end(response, answer);
                answer.over();
            }
            "response.failed" | "error" => return Err(Unread::IsError),
            // A server that knows nothing of this protocol's events may still tell an error.
            "" if is_error(event) => return Err(Unread::IsError),
            _ => {}
        }
        Ok(())
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if is_error(body) || text_of(body, "status") == "failed" {
            return Err(Unread::IsError);
        }
        if !body["output"].is_array() {
            return Err(Unread::Lacks("output"));
        }
        read_output(body, answer);
        read_end(body, answer);
        Ok(())
    }
}

/// Returns the body of a request.
fn encode(ask: &Ask<'_>) -> Value {
    let request = ask.request;
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(ask.model_id));
    body.insert("store".to_owned(), json!(false));
    if let Some(is_streamed) = ask.stream_field() {
        body.insert("stream".to_owned(), is_streamed);
    }
    body.insert("input".to_owned(), input(&request.messages));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(tool).collect();
        body.insert("tools".to_owned(), Value::Array(tools));
        if let ToolChoice::Tool(name) = &request.tool_choice
            && !ask.dialect.lacks(Feature::ToolChoice)
        {
            let choice = json!({"type": "function", "name": name});
            body.insert("tool_choice".to_owned(), choice);
        }
    }
    let mut body = Value::Object(body);
    add_parameters(&mut body, ask);
    if let Some(format) = &request.response_format {
        body["text"]["format"] = json!({
            "type": "json_schema",
            "name": format.name,
            "strict": true,
            "schema": format.schema,
        });
    }
    body
}

fn add_parameters(body: &mut Value, ask: &Ask<'_>) {
    let mut include = Vec::new();
    for (name, value) in ask.free_parameters(&RESERVED) {
        match name {
            _ if UNKNOWN.contains(&name) => {}
            "max_tokens" | "max_completion_tokens" => body["max_output_tokens"] = value.clone(),
            "top_logprobs" => {
                body[name] = value.clone();
                include.push(json!("message.output_text.logprobs"));
            }
            "reasoning_effort" => body["reasoning"]["effort"] = value.clone(),
            // Beside an effort that was given apart, and a format that is still to come.
            "reasoning" | "text" if value.is_object() => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    body[name][key] = value.clone();
                }
            }
            "include" => include.extend(value.as_array().into_iter().flatten().cloned()),
            _ => body[name] = value.clone(),
        }
    }
    if let Some(reasoning) = body.get_mut("reasoning").and_then(Value::as_object_mut) {
        reasoning.entry("summary").or_insert(json!("auto"));
        // Without a store at the provider its reasoning has to come along, encrypted.
        include.push(json!("reasoning.encrypted_content"));
    }
    if !include.is_empty() {
        body["include"] = Value::Array(include);
    }
}

fn input(messages: &[Arc<Message>]) -> Value {
    let mut items: Vec<Value> = messages.iter().flat_map(|message| items(message)).collect();
    // Servers that insist on a user's turn refuse a conversation of nothing but instructions.
    if messages.iter().all(|message| message.role == Role::System) {
        items.push(json!({"role": "user", "type": "message", "content": "Begin."}));
    }
    Value::Array(items)
}

/// Converts a message to items: reasoning before the text that followed, and the text before the
/// calls.
fn items(message: &Message) -> Vec<Value> {
    if let Some(result) = &message.tool_result {
        return vec![json!({
            "type": "function_call_output",
            "call_id": result.call_id,
            "output": result.content,
        })];
    }
    match message.role {
        Role::System => {
            vec![json!({"role": "system", "type": "message", "content": message.content})]
        }
        Role::User => {
            vec![json!({"role": "user", "type": "message", "content": user_content(message)})]
        }
        Role::Agent => {
            let mut items: Vec<Value> = kept(&message.tool_calls, KEPT).cloned().collect();
            if !message.content.is_empty() || message.tool_calls.is_empty() {
                items.push(json!({"role": "assistant", "content": message.content}));
            }
            items.extend(message.tool_calls.iter().map(|call| {
                json!({
                    "type": "function_call",
                    "name": call.name,
                    "arguments": arguments_text(&call.arguments),
                    "call_id": call.id,
                })
            }));
            items
        }
    }
}

/// Returns the content of a user message: plain text, or parts if there are images.
fn user_content(message: &Message) -> Value {
    if message.images.is_empty() {
        return json!(message.content);
    }
    let text = json!({"type": "input_text", "text": message.content});
    let images = message.images.iter().map(
        |image| json!({"type": "input_image", "image_url": image.data_url(), "detail": "auto"}),
    );
    std::iter::once(text).chain(images).collect()
}

fn tool(tool: &ToolDeclaration) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        // What is left out here is taken for true, and a strict schema may have no optional field.
        "strict": false,
    })
}

/// Stores a reasoning item if it can be sent back, which requires its content because the provider
/// stores none.
fn keep_reasoning(item: &Value, answer: &mut Answer) {
    if !text_of(item, "encrypted_content").is_empty() {
        let mut item = item.clone();
        if let Some(fields) = item.as_object_mut() {
            fields.shift_remove("status");
        }
        answer.keep(KEPT, item);
    }
}

/// Reads the items of a complete response.
fn read_output(response: &Value, answer: &mut Answer) {
    for (index, item) in response["output"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        match text_of(item, "type") {
            "message" => {
                answer.text(&text_in(item));
                read_status(item, answer);
            }
            "reasoning" => {
                for text in [
                    texts(&item["summary"], "text"),
                    texts(&item["content"], "text"),
                ]
                .into_iter()
                .flatten()
                {
                    answer.reasoning_paragraph();
                    answer.reasoning(&text);
                }
                keep_reasoning(item, answer);
            }
            "function_call" => read_call(index, item, answer),
            _ => {}
        }
    }
}

/// Reads what was missing at the end of a stream: the rest of a text, calls, and whether texts are
/// complete.
fn read_rest(response: &Value, answer: &mut Answer) {
    let items = response["output"].as_array().into_iter().flatten();
    let mut whole = String::new();
    for (index, item) in items.enumerate() {
        match text_of(item, "type") {
            "message" => {
                whole.push_str(&text_in(item));
                read_status(item, answer);
            }
            "function_call" => read_call(index, item, answer),
            _ => {}
        }
    }
    answer.whole_text(&whole);
}

/// Returns the text of a message.
fn text_in(item: &Value) -> String {
    let texts = ["text", "refusal"].map(|name| texts(&item["content"], name).concat());
    texts.concat()
}

fn texts(parts: &Value, name: &str) -> Vec<String> {
    let parts = parts.as_array().into_iter().flatten();
    parts.map(|part| text_of(part, name).to_owned()).collect()
}

fn read_call(index: usize, item: &Value, answer: &mut Answer) {
    let (id, name) = (text_of(item, "call_id"), text_of(item, "name"));
    answer.call_once(Some(index as u64), id, name, &item["arguments"]);
    read_status(item, answer);
}

/// Reads the status of an item. An item at which the model was stopped is marked incomplete, even
/// if the response is completed or the arguments are closed. An item that is still in progress at
/// the end is not known to be complete.
fn read_status(item: &Value, answer: &mut Answer) {
    if !matches!(text_of(item, "status"), "incomplete" | "in_progress") {
        return;
    }
    match text_of(item, "call_id") {
        "" => answer.incomplete_text(),
        id => answer.incomplete_call(id),
    }
}

/// Reads the final status of a response.
fn read_end(response: &Value, answer: &mut Answer) {
    answer.id(text_of(response, "id"));
    if let Some(usage) = usage::read(&response["usage"]) {
        answer.usage(usage);
    }
    let reason = match text_of(&response["incomplete_details"], "reason") {
        "" if text_of(response, "status") == "incomplete" => "length",
        "" => "stop",
        "max_output_tokens" => "length",
        other => other,
    };
    answer.stopped(reason);
}

#[cfg(test)]
mod tests;
