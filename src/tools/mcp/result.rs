//! Turns the result of a server's tool into the value that it means here.
//!
//! | declared outputs | value |
//! |---|---|
//! | none | text: the parts one under another, with a word for each that is no text |
//! | one string | the same |
//! | others | the structured result if there is one, else the text read as JSON, else the list of parts |

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

use crate::base::written::Written;
use crate::spec::Component;
use crate::spec::property::validate;
use crate::tools::executor::{ToolError, ToolErrorKind};
use crate::tools::output::Given;
use crate::tools::process::MAX_OUTPUT_BYTES;

/// The value of a result, still to be fitted to the declared outputs.
///
/// # Errors
/// The tool said that it failed, or gave too much.
pub(super) fn value(tool: &Component, result: CallToolResult) -> Result<Given, ToolError> {
    let name = tool.name();
    let text = as_text(&result);
    if text.len() > MAX_OUTPUT_BYTES {
        let megabytes = MAX_OUTPUT_BYTES / (1024 * 1024);
        return Err(ToolError::new(
            ToolErrorKind::BadOutput,
            format!("`{name}` gave more than {megabytes} MB of text"),
        ));
    }
    if result.is_error == Some(true) {
        return Err(ToolError::new(
            ToolErrorKind::Failed,
            match text.trim() {
                "" => format!("`{name}` failed and did not say why"),
                text => format!("`{name}` failed: {text}"),
            },
        ));
    }
    let wants_text = match tool.outputs() {
        [] => true,
        [output] => output.json_type() == Some("string"),
        _ => false,
    };
    if wants_text {
        return Ok(match result.structured_content {
            Some(structured) if result.content.is_empty() => {
                Given::Written(Written::from_marked(structured))
            }
            _ => Given::Value(Value::String(text)),
        });
    }
    if let Some(structured) = result.structured_content {
        return Ok(Given::Written(unwrapped(
            tool,
            as_written(structured, &text),
        )));
    }
    if result.content.iter().all(|part| part.as_text().is_some()) {
        return Ok(Given::Value(to_be_read(tool, text)));
    }
    let parts = serde_json::to_value(&result.content).map(Given::Value);
    parts.map_err(|error| {
        ToolError::new(
            ToolErrorKind::BadOutput,
            format!("the result of `{name}` is not JSON"),
        )
        .with_source(error)
    })
}

/// A text that is to be read as JSON, without the blanks and line ends around it, unless it is itself what is declared.
fn to_be_read(tool: &Component, text: String) -> Value {
    let trimmed = Value::from(text.trim());
    let whole = Value::String(text);
    match tool.outputs() {
        [output] if validate(&whole, output.schema()).is_empty() => whole,
        _ => trimmed,
    }
}

/// A structured result with its numbers as they are written. Servers repeat it as text, which keeps them where what read
/// the message did not.
fn as_written(structured: Value, text: &str) -> Written {
    if serde_json::from_str::<Value>(text).is_ok_and(|repeated| repeated == structured)
        && let Ok(written) = Written::read(text)
    {
        return written;
    }
    Written::from_marked(structured)
}

/// Servers put a result that is no object into one with the one key `result`.
fn unwrapped(tool: &Component, structured: Written) -> Written {
    let is_meant = tool
        .outputs()
        .iter()
        .any(|output| output.title() == "result");
    match structured.get("result") {
        Some(inner) if structured.n_keys() == Some(1) && !is_meant => inner.into_owned(),
        _ => structured,
    }
}

fn as_text(result: &CallToolResult) -> String {
    let parts: Vec<String> = result.content.iter().map(part_as_text).collect();
    parts.join("\n")
}

fn part_as_text(part: &ContentBlock) -> String {
    match part {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => placeholder("image", &image.mime_type, &image.data),
        ContentBlock::Audio(audio) => placeholder("audio", &audio.mime_type, &audio.data),
        ContentBlock::Resource(resource) => match &resource.resource {
            ResourceContents::TextResourceContents { uri, text, .. } => format!("[{uri}]\n{text}"),
            ResourceContents::BlobResourceContents {
                uri,
                mime_type,
                blob,
                ..
            } => placeholder(uri, mime_type.as_deref().unwrap_or("bytes"), blob),
            _ => "[a resource of an unknown kind]".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("[{}: {}]", link.name, link.uri),
        _ => "[a part of an unknown kind]".to_owned(),
    }
}

/// A word for what is no text: `[image: image/png, 1234 bytes]`.
fn placeholder(what: &str, mime_type: &str, base64: &str) -> String {
    let size = BASE64_STANDARD
        .decode(base64)
        .map_or(base64.len(), |bytes| bytes.len());
    format!("[{what}: {mime_type}, {size} bytes]")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::spec::property::Coercion;
    use crate::spec::{LoadOptions, load};
    use crate::tools::output::fit_outputs;

    #[test]
    fn blanks_around_a_text_stay_only_where_text_is_declared() {
        for (schema, text, expected) in [
            (json!({"type": "number"}), "1.10\n", json!(1.1)),
            (json!({"type": "boolean"}), " true ", json!(true)),
            (
                json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
                "7\n",
                json!(7),
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
                "7\n",
                json!("7\n"),
            ),
            (json!({"type": "string"}), " 7 ", json!(" 7 ")),
        ] {
            let mut output = schema;
            output["title"] = json!("v");
            let tool = json!({
                "component_type": "ServerTool", "id": "t", "name": "t", "outputs": [output],
                "agentspec_version": "26.1.2",
            });
            let loaded = load(&tool.to_string(), &LoadOptions::default());
            let tool = loaded.component.unwrap();
            let given = value(
                &tool,
                CallToolResult::success(vec![ContentBlock::text(text)]),
            );
            let fitted = fit_outputs(&tool, given.unwrap(), Coercion::Text);
            assert_eq!(fitted.unwrap(), expected, "{tool:?}");
        }
    }
}
