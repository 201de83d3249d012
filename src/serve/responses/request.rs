//! The parser of clients' requests. A request that can't be fulfilled is refused; nothing is
//! silently ignored.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Refusal;
use crate::conversation::Image;
use crate::serve::exact;
use crate::serve::reply::Saying;

/// A request for a response.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) saying: Saying,
    /// The id of the response that this one follows.
    pub(super) previous: Option<String>,
    pub(super) is_streamed: bool,
    pub(super) metadata: Value,
}

/// The request fields that have no effect here.
const WITHOUT_MEANING: &[&str] = &[
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "parallel_tool_calls",
    "stream_options",
];

impl Request {
    /// Parses a request to the model with the given name.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(super) fn read(body: &[u8], model: &str) -> Result<Self, Refusal> {
        exact::check(body).map_err(|words| Refusal::invalid(None, words))?;
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Refusal::invalid(None, format!("the request is not JSON: {error}")))?;
        let Value::Object(mut fields) = body else {
            return Err(Refusal::invalid(None, "the request must be an object"));
        };
        match fields.shift_remove("model") {
            Some(Value::String(named)) if named == model => {}
            Some(Value::String(named)) => {
                return Err(Refusal {
                    status: StatusCode::NOT_FOUND,
                    code: Some("model_not_found"),
                    param: Some("model".to_owned()),
                    message: format!("there is no model `{named}` here: `{model}` is served"),
                });
            }
            _ => return Err(Refusal::invalid(Some("model"), "`model` is missing")),
        }
        let input = fields.shift_remove("input");
        let saying = saying(input.as_ref().unwrap_or(&Value::Null))?;
        let previous = match fields.shift_remove("previous_response_id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id),
            Some(_) => {
                let words = "`previous_response_id` must be text";
                return Err(Refusal::invalid(Some("previous_response_id"), words));
            }
        };
        let is_streamed = match fields.shift_remove("stream") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_streamed)) => is_streamed,
            Some(_) => {
                return Err(Refusal::invalid(
                    Some("stream"),
                    "`stream` must be true or false",
                ));
            }
        };
        let metadata = match fields.shift_remove("metadata") {
            None | Some(Value::Null) => json!({}),
            Some(metadata @ Value::Object(_)) => metadata,
            Some(_) => {
                return Err(Refusal::invalid(
                    Some("metadata"),
                    "`metadata` must be an object",
                ));
            }
        };
        refuse_others(&fields)?;
        Ok(Self {
            saying,
            previous,
            is_streamed,
            metadata,
        })
    }
}

/// Refuses fields that would change the models or the instructions, because the spec sets both.
fn refuse_others(fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in fields {
        let says_nothing = match name.as_str() {
            name if WITHOUT_MEANING.contains(&name) => true,
            "store" => *value == Value::Bool(true),
            "background" => *value == Value::Bool(false),
            "tool_choice" => value == "auto",
            "truncation" => value == "disabled",
            "service_tier" => value == "auto" || value == "default",
            "text" => *value == json!({}) || value["format"] == json!({"type": "text"}),
            _ => false,
        };
        let is_empty = value.is_null() || *value == json!([]);
        if !says_nothing && !is_empty {
            let reason = match name.as_str() {
                "store" => "responses are always stored",
                "background" => "a response is answered in its request",
                "conversation" => "a conversation goes on by `previous_response_id`",
                "truncation" => "nothing is left out of a conversation",
                _ => "the served spec decides about its models, prompts and tools",
            };
            let message = format!("`{name}` is not accepted: {reason}");
            return Err(Refusal {
                code: Some("unsupported_parameter"),
                ..Refusal::invalid(Some(name), message)
            });
        }
    }
    Ok(())
}

fn saying(input: &Value) -> Result<Saying, Refusal> {
    let mut saying = Saying::default();
    let mut texts = Vec::new();
    match input {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                take(item, &format!("input[{at}]"), &mut saying, &mut texts)?;
            }
        }
        _ => {
            return Err(Refusal::invalid(
                Some("input"),
                "`input` must be text or a list of items",
            ));
        }
    }
    saying.text = texts.join("\n\n");
    if saying == Saying::default() {
        return Err(Refusal::invalid(Some("input"), "`input` is empty"));
    }
    Ok(saying)
}

fn take(
    item: &Value,
    at: &str,
    saying: &mut Saying,
    texts: &mut Vec<String>,
) -> Result<(), Refusal> {
    let refuse = |words: String| Err(Refusal::invalid(Some(at), words));
    let kind = item["type"].as_str().unwrap_or("message");
    if kind == "function_call_output" {
        let (Some(call), Some(output)) = (item["call_id"].as_str(), item["output"].as_str()) else {
            return refuse("a result has a `call_id`, and its `output` is text".to_owned());
        };
        saying.results.push((call.to_owned(), output.to_owned()));
        return Ok(());
    }
    if kind != "message" {
        return refuse(format!("an item of type `{kind}` is not accepted"));
    }
    let role = item["role"].as_str().unwrap_or_default();
    if role != "user" {
        return refuse(format!(
            "only messages of the user are accepted, not of `{role}`: the spec has its own instructions, and what was said before \
             is named by `previous_response_id`"
        ));
    }
    match &item["content"] {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(parts) => {
            for part in parts {
                match part["type"].as_str() {
                    Some("input_text") => {
                        texts.push(part["text"].as_str().unwrap_or_default().to_owned());
                    }
                    Some("input_image") => saying.images.push(picture(part, at)?),
                    other => {
                        let other = other.unwrap_or("without a type");
                        return refuse(format!("a part of type `{other}` is not accepted"));
                    }
                }
            }
        }
        _ => return refuse("`content` must be text or a list of parts".to_owned()),
    }
    Ok(())
}

/// Returns the picture in a message part that contains its bytes.
fn picture(part: &Value, at: &str) -> Result<Image, Refusal> {
    let read = || {
        let rest = part["image_url"].as_str()?.strip_prefix("data:")?;
        let (media_type, base64) = rest.split_once(";base64,")?;
        media_type.starts_with("image/").then(|| Image {
            name: None,
            media_type: media_type.to_owned(),
            base64: base64.to_owned(),
        })
    };
    read().ok_or_else(|| {
        Refusal::invalid(
            Some(at),
            "a picture must be sent as its bytes: `data:image/png;base64,…`",
        )
    })
}
