//! The text form of a tool's result: JSON that fits the schemas of the tool's outputs, or a single
//! text without quotation marks.

use serde_json::{Map, Value, json};

use crate::base::written::Written;
use crate::runs::read_tool_result;
use crate::spec::property::Property;

/// Returns the initial text of the box: the default of a single text, number or boolean, which
/// typing replaces, or else an example of the right structure.
pub(super) fn draft(outputs: &[Value]) -> String {
    match outputs {
        [] => String::new(),
        [only] if is_scalar(only) => match only.get("default") {
            Some(Value::String(default)) if is_text(only) => default.clone(),
            Some(default) => default.to_string(),
            None => String::new(),
        },
        [only] => format!("{:#}", example(only, 0)),
        several => {
            let values: Map<String, Value> = several
                .iter()
                .map(|schema| (title(schema), example(schema, 0)))
                .collect();
            format!("{:#}", Value::Object(values))
        }
    }
}

/// Parses a text into a value, without checking it against the schemas.
///
/// # Errors
/// JSON is required and the text is not JSON.
pub(super) fn read(text: &str, outputs: &[Value]) -> Result<Value, String> {
    match outputs {
        [only] if is_text(only) => Ok(Value::String(text.to_owned())),
        // Nothing is promised: JSON if it is some, else the text.
        [] => read_tool_result(outputs, text),
        _ => {
            Written::read(text).map_err(|error| format!("not JSON: {error}"))?;
            read_tool_result(outputs, text)
        }
    }
}

/// Whether the outputs are a single scalar value.
pub(super) fn is_one_scalar(outputs: &[Value]) -> bool {
    matches!(outputs, [only] if is_scalar(only))
}

fn is_scalar(schema: &Value) -> bool {
    let kind = schema.get("type").and_then(Value::as_str);
    matches!(
        kind,
        Some("string" | "integer" | "number" | "boolean" | "null")
    )
}

fn is_text(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("string")
}

fn title(schema: &Value) -> String {
    Property::from_schema(schema.clone()).title().to_owned()
}

/// The maximum depth of nested values in an example.
const MAX_DEPTH: usize = 6;

/// Returns a small example value for a schema.
fn example(schema: &Value, depth: usize) -> Value {
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!(""),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        Some("array") => match schema.get("items") {
            Some(items) if depth < MAX_DEPTH => json!([example(items, depth + 1)]),
            _ => json!([]),
        },
        Some("object") => {
            let fields = schema.get("properties").and_then(Value::as_object);
            let fields = fields.filter(|_| depth < MAX_DEPTH).into_iter().flatten();
            fields
                .map(|(name, schema)| (name.clone(), example(schema, depth + 1)))
                .collect::<Map<_, _>>()
                .into()
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::RequestId;
    use crate::runs::{Reply, check_reply};
    use crate::trace::RequestKind;

    #[test]
    fn a_draft_fits_its_own_schemas() {
        let cases = [
            vec![json!({"title": "n", "type": "integer", "default": 3})],
            vec![
                json!({"title": "slots", "type": "array", "items": {"type": "object", "properties": {
                "day": {"type": "string"}, "free": {"type": "boolean"}}}}),
            ],
            vec![
                json!({"title": "a", "type": "string"}),
                json!({"title": "b", "type": "number"}),
            ],
        ];
        for outputs in cases {
            let draft = draft(&outputs);
            let reply = Reply::ToolResult(read(&draft, &outputs).unwrap());
            let request = RequestKind::ToolResult {
                tool: "t".to_owned(),
                call_id: "c".to_owned(),
                arguments: json!({}),
                outputs,
            };
            let taken = check_reply(&RequestId::new("q"), &request, &reply);
            assert_eq!(taken, Ok(()), "{draft}");
        }
    }

    #[test]
    fn one_number_or_truth_value_has_no_draft_but_its_default() {
        for (kind, default, filled_in) in [
            ("integer", json!(7), "7"),
            ("number", json!(1.5), "1.5"),
            ("boolean", json!(true), "true"),
        ] {
            assert_eq!(draft(&[json!({"title": "n", "type": kind})]), "");
            let schema = json!({"title": "n", "type": kind, "default": default});
            assert_eq!(draft(&[schema]), filled_in);
        }
    }

    #[test]
    fn a_text_needs_no_quotation_marks() {
        let outputs = [json!({"title": "answer", "type": "string"})];
        assert_eq!(draft(&outputs), "");
        assert_eq!(
            read("yes \"please\"", &outputs),
            Ok(json!("yes \"please\""))
        );
    }
}
