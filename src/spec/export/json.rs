//! A value as JSON text: indented by two, UTF-8.

use serde_json::Value;

/// The text, ending in a line break.
pub(super) fn write(value: &Value) -> String {
    format!("{value:#}\n")
}
