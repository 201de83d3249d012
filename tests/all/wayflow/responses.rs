//! The responses protocol: its answers, and its requests as those of chat completions, so that one comparison serves both.

use serde_json::{Map, Value, json};

/// An answer as a stream that tells all at its end, or in one piece.
pub(super) fn reply(text: &str, calls: &[Value], is_streamed: bool) -> (&'static str, String) {
    let calls = calls.iter().map(|call| {
        json!({
            "type": "function_call", "id": format!("item_{}", call["id"].as_str().unwrap()), "call_id": call["id"],
            "name": call["function"]["name"], "arguments": call["function"]["arguments"], "status": "completed",
        })
    });
    let mut output: Vec<Value> = Vec::new();
    if !text.is_empty() {
        let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
        output.push(json!({
            "type": "message", "id": "item", "role": "assistant", "status": "completed", "content": content,
        }));
    }
    output.extend(calls);
    let usage = json!({
        "input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    });
    let response = json!({
        "id": "r", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": output,
        "usage": usage,
    });
    if !is_streamed {
        return ("application/json", response.to_string());
    }
    let mut events = vec![json!({"type": "response.created", "response": {"id": "r"}})];
    for (index, item) in output.iter().enumerate() {
        let event = |kind: &str| json!({"type": kind, "output_index": index, "item": item});
        events.push(event("response.output_item.added"));
        if item["type"] == "message" {
            events.push(json!({
                "type": "response.output_text.delta", "output_index": index, "content_index": 0, "item_id": "item",
                "delta": text,
            }));
        }
        events.push(event("response.output_item.done"));
    }
    events.push(json!({"type": "response.completed", "response": response}));
    let lines = events.iter().map(|event| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap()
        )
    });
    ("text/event-stream", lines.collect())
}

/// A request as one of chat completions; one that is none of this protocol stays as it is.
pub(super) fn as_chat(request: Value) -> Value {
    let Value::Object(mut fields) = request else {
        return request;
    };
    let Some(Value::Array(items)) = fields.remove("input") else {
        return Value::Object(fields);
    };
    fields.insert("messages".to_owned(), messages(items).into());
    if let Some(Value::Array(tools)) = fields.get_mut("tools") {
        for tool in tools {
            let mut function = tool.as_object().cloned().unwrap();
            function.remove("type");
            *tool = json!({"type": "function", "function": function});
        }
    }
    if let Some(bound) = fields.remove("max_output_tokens") {
        fields.insert("max_tokens".to_owned(), bound);
    }
    if let Some(format) = fields
        .get_mut("text")
        .and_then(|text| text.get_mut("format"))
    {
        let format = format.take();
        fields.remove("text");
        fields.insert("response_format".to_owned(), format);
    }
    Value::Object(fields)
}

/// Items as messages: calls belong to the text before them.
fn messages(items: Vec<Value>) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    for item in items {
        let kind = item["type"].as_str().unwrap_or("message").to_owned();
        let message = match kind.as_str() {
            "function_call" => {
                let call = json!({
                    "id": item["call_id"], "type": "function",
                    "function": {"name": item["name"], "arguments": item["arguments"]},
                });
                let begins = messages
                    .last()
                    .is_none_or(|last| last["role"] != "assistant");
                if begins {
                    messages.push(json!({"role": "assistant", "content": ""}));
                }
                let last = messages.last_mut().unwrap().as_object_mut().unwrap();
                let calls = last.entry("tool_calls").or_insert(json!([]));
                calls.as_array_mut().unwrap().push(call);
                continue;
            }
            "function_call_output" => {
                json!({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
            }
            "message" => {
                let mut message: Map<String, Value> = item.as_object().cloned().unwrap();
                message.remove("type");
                message.into()
            }
            other => panic!("an item of type {other}"),
        };
        messages.push(message);
    }
    messages
}
