use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

fn of_document(schema: &Value) -> Value {
    standalone(schema).into_owned()
}

fn of_server(schema: &Value) -> Result<Value, SchemaTooLarge> {
    standalone_of_server(schema, &mut (1024 * 1024 * 1024)).map(|(schema, _)| schema)
}

/// A definition whose properties are all of the given types.
fn definition(members: &[(&str, &str)]) -> Value {
    let members = members.iter().map(|(name, other)| {
        (
            (*name).to_owned(),
            json!({"$ref": format!("#/$defs/{other}")}),
        )
    });
    json!({"type": "object", "properties": members.collect::<Map<_, _>>()})
}

#[test]
fn each_form_of_a_reference_is_followed() {
    let schema = json!({
        "type": "object",
        "$defs": {
            "deep": {"$defs": {"inner": {"type": "integer"}}},
            "a/b ~c": {"type": "boolean"},
            "anchored": {"$anchor": "mark", "type": "number"},
            "identified": {"$id": "https://example.org/schemas/unit", "enum": ["C", "F"]},
        },
        "definitions": {"old": {"type": "array"}},
        "properties": {
            "x": {"type": "string", "description": "the first"},
            "like_x": {"$ref": "#/properties/x", "description": "the second"},
            "inner": {"$ref": "#/$defs/deep/$defs/inner"},
            "escaped": {"$ref": "#/$defs/a~1b%20~0c"},
            "anchored": {"$ref": "#mark"},
            "identified": {"$ref": "https://example.org/schemas/unit"},
            "relative": {"$ref": "unit"},
            "old": {"$ref": "#/definitions/old"},
            "nowhere": {"$ref": "#/$defs/missing"},
            "elsewhere": {"$ref": "https://example.org/other#/x", "title": "t"},
        },
    });
    let expected = json!({"type": "object", "properties": {
        "x": {"type": "string", "description": "the first"},
        "like_x": {"type": "string", "description": "the second"},
        "inner": {"type": "integer"},
        "escaped": {"type": "boolean"},
        "anchored": {"type": "number"},
        "identified": {"enum": ["C", "F"]},
        "relative": {"enum": ["C", "F"]},
        "old": {"type": "array"},
        "nowhere": {},
        "elsewhere": {"title": "t"},
    }});
    assert_eq!(of_document(&schema), expected);
}

#[test]
fn what_only_looks_like_a_reference_stays() {
    let schema = json!({"type": "object", "properties": {
        "$ref": {"type": "string"},
        "$defs": {"enum": [{"$ref": "#/x"}], "default": {"$ref": "#/x"}},
        "n": {"$ref": "#/properties/$ref"},
    }});
    let mut expected = schema.clone();
    expected["properties"]["n"] = json!({"type": "string"});
    assert_eq!(of_document(&schema), expected);
}

#[test]
fn a_recursion_ends_in_a_word() {
    let schema = json!({
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"type": "object", "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            "parent": {"$ref": "#/$defs/Node", "description": "the one above"},
        }}},
    });
    let expected = json!({"type": "object", "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"type": "object", "description": "as `Node` above"}},
        "parent": {"type": "object", "description": "the one above (as `Node` above)"},
    }});
    assert_eq!(of_document(&schema), expected);
    assert_eq!(
        of_document(&json!({"properties": {"again": {"$ref": "#"}}})),
        json!({"properties": {"again": {"description": "as the whole above"}}}),
    );
    let circle = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    assert_eq!(of_document(&circle), json!({"description": "as `A` above"}));
}

#[test]
fn a_definition_that_names_itself_often_stays_small() {
    for count in 1..=8 {
        let names: Vec<String> = (0..count).map(|n| format!("child{n}")).collect();
        let members: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "Node")).collect();
        let made =
            of_document(&json!({"$ref": "#/$defs/Node", "$defs": {"Node": definition(&members)}}));
        assert_eq!(made["properties"].as_object().unwrap().len(), count);
        assert!(made.to_string().len() < 1_000, "{made}");
    }
}

#[test]
fn definitions_that_all_name_one_another_fit_into_the_bound() {
    let names: Vec<String> = (0..20).map(|n| format!("T{n}")).collect();
    let members: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), name.as_str()))
        .collect();
    let all = names
        .iter()
        .map(|name| (name.clone(), definition(&members)));
    let schema = json!({
        "type": "object", "properties": {"first": {"$ref": "#/$defs/T0"}}, "$defs": all.collect::<Map<_, _>>(),
    });
    let made = of_server(&schema).unwrap();
    assert!(made.to_string().len() < MAX_SCHEMA_BYTES);
    // One level is there, and then a word; two of a document.
    let inner = &made["properties"]["first"]["properties"]["T1"];
    assert_eq!(
        inner["description"],
        "see `T1`, which is too large to be described here"
    );
    let made = of_document(&schema);
    let inner = &made["properties"]["first"]["properties"]["T1"]["properties"]["T2"];
    assert_eq!(
        inner["description"],
        "see `T2`, which is too large to be described here"
    );
}

#[test]
fn definitions_that_double_at_each_step_fit_into_the_bound() {
    let all = (0..40).map(|n| {
        let next = format!("T{}", n + 1);
        (
            format!("T{n}"),
            definition(&[("left", &next), ("right", &next)]),
        )
    });
    let schema = json!({"$ref": "#/$defs/T0", "$defs": all.collect::<Map<_, _>>()});
    assert!(of_server(&schema).unwrap().to_string().len() < MAX_SCHEMA_BYTES);
}

#[test]
fn a_chain_of_references_does_not_fill_the_stack() {
    let all = (0..100_000).map(|n| {
        (
            format!("T{n}"),
            definition(&[("next", &format!("T{}", n + 1))]),
        )
    });
    let schema = json!({"$ref": "#/$defs/T0", "$defs": all.collect::<Map<_, _>>()});
    assert!(of_document(&schema).to_string().len() < MAX_SCHEMA_BYTES);
}

#[test]
fn what_is_too_large_in_itself_is_refused() {
    let words: Vec<String> = (0..100_000).map(|n| format!("word {n}")).collect();
    for large in [
        json!({"properties": {"word": {"enum": words}}}),
        json!({"properties": {"word": {"description": "x".repeat(MAX_SCHEMA_BYTES)}}}),
    ] {
        let error = of_server(&large).unwrap_err();
        assert_eq!(error.to_string(), "its schema has more than 256 KB");
    }
    let mut room = 100;
    let schema = json!({"properties": {"a": {"type": "string"}}});
    assert!(standalone_of_server(&schema, &mut room).is_ok());
    let error = standalone_of_server(&schema, &mut room).unwrap_err();
    assert_eq!(error.to_string(), "its schema has more than 1 KB");
    let large = json!({"$ref": "#/$defs/a", "title": "a", "$defs": {"a": {"enum": words}}});
    let word = "see `a`, which is too large to be described here";
    assert_eq!(
        of_document(&large),
        json!({"description": word, "title": "a"})
    );
    let large = json!({"$ref": "#/$defs/a", "title": "a", "examples": words});
    assert_eq!(of_document(&large), json!({"title": "a"}));
}

#[test]
fn a_server_requires_only_what_it_says() {
    let schema = json!({"type": "object", "properties": {
        "where": {"type": "object", "properties": {"city": {"type": "string"}}},
        "closed": {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": false},
        "draft_three": {"type": "string", "required": true},
        "odd": 7,
    }});
    let made = of_server(&schema).unwrap();
    assert_eq!(
        made["properties"]["where"],
        json!({
            "type": "object", "properties": {"city": {"type": "string"}},
            "required": [], "additionalProperties": {},
        })
    );
    assert_eq!(made["properties"]["closed"], schema["properties"]["closed"]);
    assert_eq!(made["properties"]["draft_three"], json!({"type": "string"}));
    assert_eq!(made["properties"]["odd"], json!({}));
    assert_eq!(made["required"], json!([]));
}

#[test]
fn types_that_there_are_none_of_mean_any_value() {
    let schema = json!({"type": "object", "required": ["a", 1], "properties": {
        "a": {"type": "any"}, "b": {"type": ["string", "None"]}, "c": {"type": 7}, "d": {"type": "integer"},
    }});
    let made = of_server(&schema).unwrap();
    assert_eq!(
        made["properties"],
        json!({"a": {}, "b": {"type": ["string"]}, "c": {}, "d": {"type": "integer"}})
    );
    assert_eq!(made["required"], json!(["a"]));
}
