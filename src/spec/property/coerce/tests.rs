use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

#[test]
fn values_become_the_declared_type() {
    for (value, schema, expected) in [
        (json!(null), json!({"type": "string"}), json!("")),
        (json!(true), json!({"type": "string"}), json!("true")),
        (
            json!([1, "ä"]),
            json!({"type": "string"}),
            json!(r#"[1, "\u00e4"]"#),
        ),
        (
            json!({"a": 1}),
            json!({"type": "string"}),
            json!(r#"{"a": 1}"#),
        ),
        (json!("x"), json!({"type": "string"}), json!("x")),
        (json!(3), json!({"type": "number"}), json!(3)),
        (json!(7.9), json!({"type": "integer"}), json!(7)),
        (json!(-7.9), json!({"type": "integer"}), json!(-7)),
        (json!(3.0), json!({"type": "integer"}), json!(3)),
        (
            json!(1e19),
            json!({"type": "integer"}),
            json!(10_000_000_000_000_000_000_u64),
        ),
        (json!(1.0), json!({"type": "string"}), json!("1.0")),
        (json!(1e20), json!({"type": "string"}), json!("1e+20")),
        (json!(i64::MAX), json!({"type": "integer"}), json!(i64::MAX)),
        (json!(2), json!({"type": "boolean"}), json!(true)),
        (json!(0.0), json!({"type": "boolean"}), json!(false)),
        (json!(true), json!({"type": "integer"}), json!(1)),
        (
            json!([1.5, true]),
            json!({"type": "array", "items": {"type": "integer"}}),
            json!([1, 1]),
        ),
        (json!({"anything": 1}), json!({}), json!({"anything": 1})),
        (
            json!(null),
            json!({"type": ["string", "null"]}),
            json!(null),
        ),
        (
            json!(3),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!("3"),
        ),
        (
            json!(3),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!(3),
        ),
        (json!(3.0), json!({"type": ["integer", "null"]}), json!(3)),
        (
            json!(3.0),
            json!({"type": ["integer", "number"]}),
            json!(3.0),
        ),
        (
            json!({"a": [3.0, null], "b": [3.0]}),
            json!({"anyOf": [{"type": "null"}, {
                "type": "object",
                "properties": {"a": {"type": "array", "items": {"type": ["integer", "null"]}}},
                "additionalProperties": {"type": "array", "items": {"type": "number"}},
            }]}),
            json!({"a": [3, null], "b": [3.0]}),
        ),
        (
            json!("b"),
            json!({"type": "string", "enum": ["a", "b"]}),
            json!("b"),
        ),
        (
            json!(1),
            json!({"type": "string", "enum": ["1"]}),
            json!("1"),
        ),
    ] {
        assert_eq!(
            coerce(&value, &schema, Coercion::Edge),
            Ok(expected),
            "{value} {schema}"
        );
    }
}

#[test]
fn only_an_edge_may_lose_a_part_of_a_value() {
    for (value, kind) in [
        (json!(7.9), "integer"),
        (json!(-0.5), "integer"),
        (json!(true), "integer"),
        (json!(false), "number"),
        (json!(2), "boolean"),
        (json!(0.5), "boolean"),
    ] {
        let list = json!({"type": "array", "items": {"type": kind}});
        let object = json!({"type": "object", "properties": {"x": {"type": kind}}});
        let union = json!({"type": [kind, "null"]});
        for coercion in [Coercion::Json, Coercion::Text] {
            for (value, schema) in [
                (value.clone(), json!({ "type": kind })),
                (json!([value]), list.clone()),
                (json!({"x": value}), object.clone()),
                (value.clone(), union.clone()),
            ] {
                let refused = coerce(&value, &schema, coercion);
                assert!(refused.is_err(), "{value} {schema}: {refused:?}");
            }
        }
        let text = coerce(
            &json!(value.to_string()),
            &json!({ "type": kind }),
            Coercion::Text,
        );
        assert!(text.is_err(), "{value} {kind}: {text:?}");
    }
    for (value, kind, expected) in [
        (json!(3.0), "integer", json!(3)),
        (json!(1), "boolean", json!(true)),
        (json!(0), "boolean", json!(false)),
    ] {
        let made = coerce(&value, &json!({ "type": kind }), Coercion::Json);
        assert_eq!(made, Ok(expected));
    }
    let (text, integer) = (json!("7.9"), json!({"type": "integer"}));
    assert_eq!(coerce(&text, &integer, Coercion::TextEdge), Ok(json!(7)));
    assert!(coerce(&text, &integer, Coercion::Edge).is_err());
}

#[test]
fn objects_are_made_to_fit_property_by_property() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": "string"},
        "b": {"type": "integer", "default": 5},
    }});
    let made = coerce(&json!({"a": 1, "extra": true}), &schema, Coercion::Json);
    assert_eq!(made, Ok(json!({"a": "1", "b": 5})));

    let missing = coerce(&json!({"b": 1}), &schema, Coercion::Json).unwrap_err();
    assert_eq!(missing, [Violation::new("a", "is missing")]);

    let optional =
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": []});
    assert_eq!(coerce(&json!({}), &optional, Coercion::Json), Ok(json!({})));

    let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    assert_eq!(
        coerce(&json!({"x": 1.0}), &map, Coercion::Json),
        Ok(json!({"x": 1}))
    );
    let free = json!({"type": "object"});
    assert_eq!(
        coerce(&json!({"x": 1.5}), &free, Coercion::Json),
        Ok(json!({"x": 1.5}))
    );
}

#[test]
fn text_is_read_only_from_sources_that_make_text() {
    for (text, kind, read) in [
        ("7", "integer", json!(7)),
        ("7.5", "number", json!(7.5)),
        ("true", "boolean", json!(true)),
        ("[1]", "array", json!([1])),
        ("{\"a\":1}", "object", json!({"a": 1})),
    ] {
        let schema = json!({ "type": kind });
        assert_eq!(
            coerce(&json!(text), &schema, Coercion::Text),
            Ok(read),
            "{text}"
        );
        assert!(
            coerce(&json!(text), &schema, Coercion::Json).is_err(),
            "{text}"
        );
    }
    for (text, kind) in [
        ("seven", "integer"),
        (" 7", "integer"),
        ("7 apples", "integer"),
        ("True", "boolean"),
        ("yes", "boolean"),
        ("1", "boolean"),
        ("", "number"),
        ("true", "integer"),
        ("\"7\"", "integer"),
    ] {
        let refused = coerce(&json!(text), &json!({ "type": kind }), Coercion::Text);
        let expected = format!("expected {kind}, found string {}", json!(text));
        assert_eq!(refused, Err(vec![Violation::new("", expected)]));
    }
    let nested = json!({"type": "array", "items": {"type": "integer"}});
    assert_eq!(
        coerce(&json!(["1", 2]), &nested, Coercion::Text),
        Ok(json!([1, 2]))
    );
}

#[test]
fn every_violation_is_told_with_its_path() {
    let schema = json!({"type": "object", "properties": {
        "rows": {"type": "array", "items": {"type": "integer"}},
        "unit": {"type": "string", "enum": ["C", "F"]},
    }});
    let violations = coerce(&json!({"rows": [1, "x", null]}), &schema, Coercion::Text).unwrap_err();
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            r#"`rows[1]`: expected integer, found string "x""#,
            "`rows[2]`: expected integer, found null",
            "`unit`: is missing",
        ]
    );
    let refused = coerce(&json!({"rows": [], "unit": "K"}), &schema, Coercion::Json).unwrap_err();
    assert_eq!(
        refused,
        [Violation::new(
            "unit",
            r#"string "K" is not one of "C", "F""#
        )]
    );
}
