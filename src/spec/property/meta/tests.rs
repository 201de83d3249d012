use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

/// Each problem as `rule path: message (help)`.
fn told(schema: &Value) -> Vec<String> {
    let tell = |problem: SchemaProblem| {
        let help = problem
            .help
            .map(|help| format!(" ({help})"))
            .unwrap_or_default();
        format!(
            "{:?} /{}: {}{help}",
            problem.rule,
            problem.path.join("/"),
            problem.message
        )
    };
    check_schema(schema).into_iter().map(tell).collect()
}

#[test]
fn what_the_reference_accepts_has_no_problem() {
    for schema in [
        json!({"title": "a"}),
        json!({"title": "a-b/c$\tü", "type": ["string", "null"], "default": null}),
        json!({"title": "a", "type": "string", "enum": ["x"], "x-widget": {"any": 1}}),
        json!({"type": "object", "properties": {"any key.": {"title": ""}}}),
        json!({"title": "a", "type": "array", "items": {}, "minItems": 1.0}),
        json!({"title": "a", "additionalProperties": false}),
    ] {
        assert_eq!(told(&schema), Vec::<String>::new(), "{schema}");
    }
}

#[test]
fn a_default_of_another_kind_that_the_reference_accepts_is_told_with_what_runs_make_of_it() {
    for (schema, expected) in [
        (
            json!({"type": "integer", "default": true}),
            "LooseDefault /default: its default true does not fit: expected integer, found boolean true; what needs it fails",
        ),
        (
            json!({"type": "string", "default": 5}),
            r#"LooseDefault /default: default 5 is not of type string; runs take "5" (write `default: "5"`)"#,
        ),
        (
            json!({"type": "string", "default": null}),
            r#"LooseDefault /default: default null is not of type string; runs take "" (write `default: ""`)"#,
        ),
        (
            json!({"type": "object", "properties": {"n": {"type": "integer", "default": "5"}}}),
            r#"LooseDefault /properties/n/default: its default "5" does not fit: expected integer, found string "5"; what needs it fails"#,
        ),
    ] {
        assert_eq!(told(&schema), [expected], "{schema}");
    }
    let whole = json!({"type": "integer", "default": 5.0});
    assert_eq!(told(&whole), [""; 0]);
}

#[test]
fn each_problem_is_told_at_its_value() {
    for (schema, expected) in [
        (
            json!(true),
            "Schema /: a property is a JSON Schema object; found boolean true",
        ),
        (
            json!({"type": "int"}),
            r#"Schema /type: "int" is not a JSON Schema type (did you mean `integer`?)"#,
        ),
        (
            json!({"type": "String"}),
            r#"Schema /type: "String" is not a JSON Schema type (did you mean `string`?)"#,
        ),
        (
            json!({"type": "any"}),
            r#"Schema /type: "any" is not a JSON Schema type (write no `type` at all)"#,
        ),
        (
            json!({"type": ["string", "string"]}),
            "Schema /type/1: type `string` is listed twice",
        ),
        (
            json!({"type": null}),
            "Schema /type: `type` must be the name of a type, or a list of them; found null",
        ),
        (
            json!({"description": null}),
            "Schema /description: `description` must be a string; found null",
        ),
        (
            json!({"title": 3}),
            "Schema /title: `title` must be a string; found number 3",
        ),
        (
            json!({"title": ""}),
            "Title /title: a property's title must not be empty",
        ),
        (
            json!({"title": "a", "items": {"title": "user name"}}),
            "Title /items/title: title \"user name\" contains a space \
             (titles may not contain . , { } space newline ' or \")",
        ),
        (
            json!({"properties": {"x": {"type": "list"}}}),
            r#"Schema /properties/x/type: "list" is not a JSON Schema type (did you mean `array`?)"#,
        ),
        (
            json!({"anyOf": [{}, 1]}),
            "Schema /anyOf/1: `anyOf` must be a schema object; found number 1",
        ),
        (
            json!({"anyOf": []}),
            "Schema /anyOf: `anyOf` must not be empty",
        ),
        (
            json!({"items": true}),
            "Schema /items: `items` must be a schema object; found boolean true",
        ),
        (
            json!({"required": "x"}),
            r#"Schema /required: `required` must be an array of property names; found string "x""#,
        ),
        (
            json!({"minLength": -1}),
            "Schema /minLength: `minLength` must be a whole number from 0; found number -1",
        ),
        (
            json!({"type": "integer", "default": "5"}),
            r#"Default /default: default "5" does not fit type integer"#,
        ),
    ] {
        assert_eq!(told(&schema), [expected], "{schema}");
    }
}
