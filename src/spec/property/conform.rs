//! Validation of a value against a schema.

use serde_json::{Map, Number, Value};

use super::compatible::is_union;
use super::parts::{Member, Members, item_schema};
use super::{Violation, equal, standalone, type_text, value_text};

/// Returns all violations of `schema` by `value`; empty if the value fits.
///
/// Checks `type`, `enum`, `const`, `required`, `properties`, `patternProperties`,
/// `additionalProperties`, `items`, `prefixItems`, `anyOf`, `oneOf`, `allOf`, the bounds of
/// numbers, and the lengths of strings (in characters), arrays and objects. Types are those of
/// JSON: a boolean is not a number, and `3.0` is an integer. Other keywords (`pattern`, `format`)
/// are ignored. References within the schema are followed; where a definition contains itself, only
/// the type of the inner one is checked.
pub fn validate(value: &Value, schema: &Value) -> Vec<Violation> {
    violations_of(value, &standalone(schema))
}

/// Returns all violations of a schema without references.
pub(super) fn violations_of(value: &Value, schema: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    check(value, schema, "", &mut violations);
    violations
}

/// Returns whether `value` fits a schema without references.
pub(super) fn conforms(value: &Value, schema: &Value) -> bool {
    violations_of(value, schema).is_empty()
}

fn check(value: &Value, schema: &Value, path: &str, violations: &mut Vec<Violation>) {
    let Value::Object(keywords) = schema else {
        if *schema == Value::Bool(false) {
            violations.push(Violation::new(path, "no value is allowed here"));
        }
        return;
    };
    if !type_fits(value, keywords) {
        let expected = keywords
            .get("type")
            .map(type_list)
            .unwrap_or_default()
            .join(" or ");
        let message = format!("expected {expected}, found {}", value_text(value));
        violations.push(Violation::new(path, message));
        return;
    }
    check_choices(value, schema, path, violations);
    match value {
        Value::Number(number) => check_bounds(number, keywords, path, violations),
        Value::String(text) => {
            let size = text.chars().count();
            check_size(
                size,
                ("minLength", "maxLength"),
                "characters",
                keywords,
                path,
                violations,
            );
        }
        Value::Array(items) => {
            check_size(
                items.len(),
                ("minItems", "maxItems"),
                "items",
                keywords,
                path,
                violations,
            );
            for (index, item) in items.iter().enumerate() {
                if let Some(schema) = item_schema(schema, index) {
                    check(item, schema, &item_path(path, index), violations);
                }
            }
        }
        Value::Object(object) => check_object(object, schema, path, violations),
        Value::Null | Value::Bool(_) => {}
    }
}

fn check_choices(value: &Value, schema: &Value, path: &str, violations: &mut Vec<Violation>) {
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.iter().any(|allowed| equal(allowed, value))
    {
        let allowed: Vec<String> = allowed.iter().map(Value::to_string).collect();
        let message = format!("{} is not one of {}", value_text(value), allowed.join(", "));
        violations.push(Violation::new(path, message));
    }
    if let Some(constant) = schema.get("const")
        && !equal(constant, value)
    {
        let message = format!("expected {constant}, found {}", value_text(value));
        violations.push(Violation::new(path, message));
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(members)) = schema.get(keyword)
            && !members.iter().any(|member| conforms(value, member))
        {
            violations.push(no_member_fits(value, schema, members, path));
        }
    }
    if let Some(Value::Array(members)) = schema.get("allOf") {
        for member in members {
            check(value, member, path, violations);
        }
    }
}

/// Makes the violation for a value that fits no member of a union. If only one member has the
/// value's type, the violations of that member are more useful and are returned instead.
fn no_member_fits(value: &Value, schema: &Value, members: &[Value], path: &str) -> Violation {
    let mut of_kind = members.iter().filter(|member| {
        member
            .as_object()
            .is_some_and(|keywords| keywords.contains_key("type") && type_fits(value, keywords))
    });
    if let (Some(member), None) = (of_kind.next(), of_kind.next()) {
        let mut inner = Vec::new();
        check(value, member, path, &mut inner);
        if let Some(violation) = inner.into_iter().next() {
            return violation;
        }
    }
    let expected = if is_union(schema) {
        type_text(schema)
    } else {
        "another type".to_owned()
    };
    Violation::new(
        path,
        format!("expected {expected}, found {}", value_text(value)),
    )
}

fn check_object(
    object: &Map<String, Value>,
    schema: &Value,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    let size = ("minProperties", "maxProperties");
    if let Some(keywords) = schema.as_object() {
        check_size(object.len(), size, "properties", keywords, path, violations);
    }
    if let Some(Value::Array(required)) = schema.get("required") {
        for name in required.iter().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                violations.push(Violation::new(&member_path(path, name), "is missing"));
            }
        }
    }
    let members = Members::of(schema);
    for (name, value) in object {
        let path = member_path(path, name);
        match members.find(name) {
            Member::Declared(schemas) => {
                for member in schemas {
                    check(value, member, &path, violations);
                }
            }
            Member::Further(Some(Value::Bool(false))) => {
                violations.push(Violation::new(&path, "is not expected here"));
            }
            Member::Further(Some(member)) => check(value, member, &path, violations),
            Member::Further(None) => {}
        }
    }
}

fn check_bounds(
    number: &Number,
    keywords: &Map<String, Value>,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    let Some(value) = number.as_f64() else { return };
    let rules = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("exclusiveMinimum", "more than"),
        ("exclusiveMaximum", "less than"),
    ];
    for (keyword, words) in rules {
        let Some(bound) = keywords.get(keyword) else {
            continue;
        };
        let Some(limit) = bound.as_f64() else {
            continue;
        };
        let holds = match keyword {
            "minimum" => value >= limit,
            "maximum" => value <= limit,
            "exclusiveMinimum" => value > limit,
            _ => value < limit,
        };
        if !holds {
            let message = format!("must be {words} {bound}, found {number}");
            violations.push(Violation::new(path, message));
        }
    }
}

fn check_size(
    size: usize,
    (least, most): (&str, &str),
    unit: &str,
    keywords: &Map<String, Value>,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    let size = size as u64;
    if let Some(bound) = keywords.get(least).and_then(Value::as_u64)
        && size < bound
    {
        let message = format!("needs at least {bound} {unit}, has {size}");
        violations.push(Violation::new(path, message));
    }
    if let Some(bound) = keywords.get(most).and_then(Value::as_u64)
        && size > bound
    {
        let message = format!("may have at most {bound} {unit}, has {size}");
        violations.push(Violation::new(path, message));
    }
}

/// Returns whether the value has the `type`, or one of the types, in these keywords; true without
/// `type`.
pub(super) fn type_fits(value: &Value, keywords: &Map<String, Value>) -> bool {
    keywords
        .get("type")
        .is_none_or(|names| type_list(names).iter().any(|name| is_of(value, name)))
}

fn type_list(names: &Value) -> Vec<&str> {
    match names {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether a value is of the JSON Schema type with this name; false for an unknown name.
pub(super) fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(is_integer),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Returns whether a float is an integer within 64 bits. Beyond that, the intended integer is
/// unknown.
fn is_integer(number: f64) -> bool {
    /// 2 to the power of 63.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    number.fract() == 0.0 && (-BOUND..2.0 * BOUND).contains(&number)
}

/// Appends the name of an object's member to a path: `address.city`.
pub(super) fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Appends the index of an array's item to a path: `rows[2]`.
pub(super) fn item_path(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn found(value: &Value, schema: &Value) -> Vec<String> {
        validate(value, schema)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn values_that_fit() {
        for (value, schema) in [
            (json!(3), json!({})),
            (json!(null), json!(true)),
            (json!(3.0), json!({"type": "integer"})),
            (json!(3), json!({"type": "number"})),
            (json!("x"), json!({"type": ["null", "string"]})),
            (json!(1.0), json!({"enum": [1, 2]})),
            (
                json!({"x": 1, "y": 2}),
                json!({"properties": {"x": {"type": "integer"}}}),
            ),
            (
                json!({"x": 1}),
                json!({"type": "object", "properties": {"x": {}, "y": {}}}),
            ),
            (
                json!("äöü"),
                json!({"maxLength": 3, "pattern": "^nothing$"}),
            ),
            (
                json!([1]),
                json!({"anyOf": [{"type": "null"}, {"type": "array"}]}),
            ),
        ] {
            assert_eq!(
                found(&value, &schema),
                Vec::<String>::new(),
                "{value} {schema}"
            );
        }
    }

    #[test]
    fn values_that_do_not_fit() {
        for (value, schema, expected) in [
            (
                json!(true),
                json!({"type": "integer"}),
                "expected integer, found boolean true",
            ),
            (
                json!(3.5),
                json!({"type": "integer"}),
                "expected integer, found number 3.5",
            ),
            (
                json!("x"),
                json!({"type": ["integer", "null"]}),
                r#"expected integer or null, found string "x""#,
            ),
            (json!(1), json!(false), "no value is allowed here"),
            (
                json!("z"),
                json!({"enum": ["x", "y"]}),
                r#"string "z" is not one of "x", "y""#,
            ),
            (json!(2), json!({"const": 1}), "expected 1, found number 2"),
            (
                json!(0),
                json!({"exclusiveMinimum": 0}),
                "must be more than 0, found 0",
            ),
            (
                json!(11),
                json!({"maximum": 10}),
                "must be at most 10, found 11",
            ),
            (
                json!(""),
                json!({"minLength": 1}),
                "needs at least 1 characters, has 0",
            ),
            (
                json!([1, 2]),
                json!({"maxItems": 1}),
                "may have at most 1 items, has 2",
            ),
            (json!({}), json!({"required": ["a"]}), "`a`: is missing"),
            (
                json!({"a": [{"b": "x"}]}),
                json!({"properties": {"a": {"items": {"properties": {"b": {"type": "null"}}}}}}),
                r#"`a[0].b`: expected null, found string "x""#,
            ),
            (
                json!({"a": 1}),
                json!({"additionalProperties": false}),
                "`a`: is not expected here",
            ),
            (
                json!({"a": 1}),
                json!({"additionalProperties": {"type": "string"}}),
                "`a`: expected string, found number 1",
            ),
            (
                json!(1),
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
                "expected string or null, found number 1",
            ),
            (
                json!(-1),
                json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}),
                "must be at least 0, found -1",
            ),
        ] {
            assert_eq!(found(&value, &schema), [expected], "{value} {schema}");
        }
    }
}
