//! Converts a line to an [`Event`], adding missing attributes and converting other spellings.

use serde_json::{Map, Value, json};

use super::prompts::Prompts;
use crate::base::address::shown_text;
use crate::conversation::Values;
use crate::trace::{ComponentName, Event, Failure, FailureKind, MASKED, SpanKind};

/// The attributes in which events name components.
const COMPONENTS: [&str; 8] = [
    "llm_config",
    "tool",
    "agent",
    "swarm",
    "managerworkers",
    "flow",
    "node",
    "source",
];

/// The attributes of a line.
pub(super) type Attributes = Map<String, Value>;

/// Reads an event by its name. Content may be masked, and components may be named or written in
/// full.
///
/// # Errors
/// The reason why the line is not an event, in words.
pub(super) fn event_of(
    name: &str,
    mut attributes: Attributes,
    (place, kind): (&str, Option<SpanKind>),
    prompts: &mut Prompts,
) -> Result<Event, String> {
    match name {
        "LlmGenerationRequest" => ask(&mut attributes, place, prompts)?,
        "LlmGenerationChunkReceived" => {
            text(&mut attributes, "content");
            list(&mut attributes, "tool_calls");
        }
        "LlmGenerationResponse" => {
            text(&mut attributes, "content");
            list(&mut attributes, "tool_calls");
            default(&mut attributes, "attempts", || json!(1));
        }
        "ToolExecutionRequest" => {
            default(&mut attributes, "binding", || json!(""));
            default(&mut attributes, "lane", || json!(""));
        }
        "ToolExecutionResponse" => {
            default(&mut attributes, "waited_ms", || json!(0.0));
            if let Some(Value::String(words)) = attributes.get("error") {
                let failure = Failure::new(FailureKind::Tool, words.clone());
                attributes.insert("error".to_owned(), json!(failure));
            }
        }
        "ToolConfirmationRequest" | "ToolConfirmationResponse" => {
            let request = attributes.get("request_id").cloned().unwrap_or_default();
            default(&mut attributes, "tool_execution_request_id", || request);
        }
        "ConversationMessageAdded" => message(&mut attributes)?,
        "ExceptionRaised" => exception(&mut attributes, kind),
        "HumanInTheLoopRequest" => question(&mut attributes),
        "HumanInTheLoopResponse" => answer(&mut attributes),
        _ => {}
    }
    for component in COMPONENTS {
        if let Some(written) = attributes.get_mut(component) {
            *written = json!(component_name(written));
        }
    }
    let named = Value::Object(Map::from_iter([(name.to_owned(), attributes.into())]));
    serde_json::from_value(named).map_err(|error| error.to_string())
}

/// Returns the name of a line's component, which may be named or written in full.
pub(super) fn component_name(written: &Value) -> ComponentName {
    let text = |name| {
        written
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let id = text("id");
    let name = Some(text("name")).filter(|name| !name.is_empty());
    ComponentName::new(text("component_type"), id, name.unwrap_or(id))
}

/// Returns the values of inputs or outputs; empty if they are masked.
pub(super) fn values(written: Option<&Value>) -> Values {
    let object = written.and_then(Value::as_object);
    object.cloned().unwrap_or_default()
}

/// Sets an attribute that is missing or null.
fn default(attributes: &mut Attributes, name: &str, value: impl FnOnce() -> Value) {
    if attributes.get(name).is_none_or(Value::is_null) {
        attributes.insert(name.to_owned(), value());
    }
}

/// Replaces a missing or null string by an empty one.
fn text(attributes: &mut Attributes, name: &str) {
    default(attributes, name, || json!(""));
}

/// Replaces a missing, null or masked list by an empty one.
fn list(attributes: &mut Attributes, name: &str) {
    if !attributes.get(name).is_some_and(Value::is_array) {
        attributes.insert(name.to_owned(), json!([]));
    }
}

/// Converts a request to a model: the prompt becomes a reference to the previous one at the same
/// place.
fn ask(attributes: &mut Attributes, place: &str, prompts: &mut Prompts) -> Result<(), String> {
    let config = attributes.get("llm_config").cloned().unwrap_or_default();
    let of_config = |name| config.get(name).and_then(Value::as_str);
    default(attributes, "model_id", || {
        let model = of_config("model_id").or_else(|| of_config("name"));
        json!(model.unwrap_or_default())
    });
    default(attributes, "endpoint", || {
        json!(of_config("url").map(shown_text).unwrap_or_default())
    });
    if let Some(Value::Object(parameters)) = attributes.get_mut("llm_generation_config") {
        // pyagentspec writes null for each that is not set.
        parameters.retain(|_, value| !value.is_null());
    }
    let request = attributes.get("request_id").and_then(Value::as_str);
    let request = request.ok_or("it has no `request_id`")?.to_owned();
    let asked = (attributes.get("prompt"), attributes.get("tools"));
    let prompt = prompts.next(place, &request, asked)?;
    attributes.insert("prompt".to_owned(), json!(prompt));
    Ok(())
}

fn message(attributes: &mut Attributes) -> Result<(), String> {
    match attributes.get_mut("message") {
        Some(Value::Object(message)) => {
            if message.get("role").is_some_and(|role| role == "assistant") {
                message.insert("role".to_owned(), json!("agent"));
            }
            Ok(())
        }
        Some(Value::String(masked)) if masked == MASKED => Err("its message is masked".to_owned()),
        _ => Err("it has no `message`".to_owned()),
    }
}

fn exception(attributes: &mut Attributes, kind: Option<SpanKind>) {
    if attributes.get("failure").is_some_and(Value::is_object) {
        return;
    }
    let text = |attributes: &Attributes, name: &str| {
        let text = attributes.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let class = text(attributes, "exception_type");
    let message = text(attributes, "exception_message");
    let mut failure = Failure::new(
        match kind {
            Some(SpanKind::LlmGenerationSpan) => FailureKind::Model,
            Some(SpanKind::ToolExecutionSpan) => FailureKind::Tool,
            _ => FailureKind::Internal,
        },
        if message.is_empty() { &class } else { &message },
    );
    failure.exception = Some(class);
    attributes.insert("failure".to_owned(), json!(failure));
    // Inspect shows the event as it is; the failure itself is without it.
    let stack = text(attributes, "exception_stacktrace");
    if !matches!(stack.as_str(), "" | "None" | MASKED) {
        let whole = format!("{message}\n\n{stack}");
        attributes.insert("exception_message".to_owned(), json!(whole));
    }
}

/// Converts a request to a person, whose format pyagentspec leaves to runtimes.
fn question(attributes: &mut Attributes) {
    let content = attributes.get("content").cloned().unwrap_or_default();
    let is_ours = content.get("kind").is_some();
    if !is_ours {
        let question = json!({
            "kind": "user_message",
            "message": words_of(&content),
            "may_end": false,
        });
        attributes.insert("content".to_owned(), question);
    }
}

/// Converts the reply to a request: flowdeck's format as written by
/// [`Reply::to_content`](crate::trace::Reply::to_content), else its text.
fn answer(attributes: &mut Attributes) {
    let content = attributes.get("content").cloned().unwrap_or_default();
    let message = |text: &str| json!({"message": {"text": text, "images": []}});
    let reply = match &content {
        Value::Object(fields) => {
            match (
                fields.get("message"),
                fields.get("result"),
                fields.get("confirmed"),
            ) {
                (Some(Value::String(text)), _, _) => {
                    // Of pictures only the words are written.
                    let pictures = fields.get("pictures").and_then(Value::as_array);
                    let pictures = pictures.into_iter().flatten().filter_map(Value::as_str);
                    let lines = std::iter::once(text.as_str()).chain(pictures);
                    message(&lines.collect::<Vec<_>>().join("\n"))
                }
                (_, Some(result), _) => json!({ "tool_result": result }),
                (_, _, Some(Value::Bool(true))) => {
                    json!({"confirm": {"arguments": fields.get("arguments")}})
                }
                (_, _, Some(Value::Bool(false))) => {
                    json!({"reject": {"reason": fields.get("reason")}})
                }
                _ => message(&words_of(&content)),
            }
        }
        other => message(&words_of(other)),
    };
    attributes.insert("content".to_owned(), reply);
}

/// Returns a value as text.
fn words_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Returns the component of a line, in full if it is written so; null if there is none.
pub(super) fn component_of(line: &Attributes) -> &Value {
    let names = COMPONENTS.iter().chain(&["component"]);
    let written = names.filter_map(|name| line.get(*name));
    written.into_iter().next().unwrap_or(&Value::Null)
}
