//! A value as JSON text: indented by two, UTF-8.

use serde_json::Value;

/// The text, ending in a line break.
pub(super) fn write(value: &Value) -> String {
    // Writing to memory can't fail; formatting gives the same text, only slower.
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| format!("{value:#}"));
    text + "\n"
}
