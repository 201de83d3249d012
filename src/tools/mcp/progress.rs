//! Converts progress of a call to a piece of its output.

use rmcp::model::ProgressNotificationParam;
use serde_json::Value;

/// Returns the piece for a progress notification: its message, or the numbers (`2 of 5`).
///
/// A message that is a JSON object of type `tool/stream` is a piece of the tool's own output, as
/// `WayFlow` servers send it; then the piece is its `content`.
pub(super) fn chunk(progress: &ProgressNotificationParam) -> Value {
    let message = progress.message.as_deref().unwrap_or_default().trim();
    if let Ok(Value::Object(mut piece)) = serde_json::from_str(message)
        && piece.get("type").and_then(Value::as_str) == Some("tool/stream")
        && let Some(content) = piece.shift_remove("content")
    {
        return content;
    }
    let so_far = match progress.total {
        Some(total) => format!("{} of {total}", progress.progress),
        None => progress.progress.to_string(),
    };
    Value::String(match message {
        "" => so_far,
        message => format!("{so_far}: {message}"),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn progress_is_shown_in_few_words() {
        for (progress, expected) in [
            (json!({"progress": 2, "total": 5}), json!("2 of 5")),
            (json!({"progress": 0.5}), json!("0.5")),
            (
                json!({"progress": 1, "total": 2, "message": "half"}),
                json!("1 of 2: half"),
            ),
            (
                json!({"progress": 1, "message": r#"{"type": "tool/stream", "content": {"a": 1}}"#}),
                json!({"a": 1}),
            ),
            (
                json!({"progress": 1, "message": r#"{"type": "other"}"#}),
                json!(r#"1: {"type": "other"}"#),
            ),
        ] {
            let mut params = progress.clone();
            params["progressToken"] = json!(1);
            let params = serde_json::from_value(params).unwrap();
            assert_eq!(chunk(&params), expected, "{progress}");
        }
    }
}
