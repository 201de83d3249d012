//! Faults of schemas: their keywords, titles and defaults.

use serde_json::{Value, json};

use super::{Fault, with};
use crate::differential::document::Document;
use crate::differential::generator::Generator;

pub(super) fn faults(g: &mut Generator) -> Vec<Fault> {
    let mut faults = schemas(g);
    faults.extend(titles(g));
    faults
}

/// A tool for each schema with something unusual in it. Both sides take it or neither does.
pub(in crate::differential) fn odd() -> Vec<Document> {
    let tool = |(index, schema): (usize, &Value)| {
        let tool =
            json!({"component_type": "ServerTool", "id": "t", "name": "t", "inputs": [schema]});
        Document::of(format!("odd schema {index}"), &tool)
    };
    odd_schemas().iter().enumerate().map(tool).collect()
}

/// Schemas that are no schemas, and defaults that do not fit.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn schemas(g: &mut Generator) -> Vec<Fault> {
    let wrong = [
        ("AS301", json!({"title": "x", "type": "str"})),
        ("AS301", json!({"title": "x", "type": ["string", "str"]})),
        ("AS301", json!({"title": "x", "type": null})),
        ("AS301", json!({"title": "x", "type": []})),
        (
            "AS301",
            json!({"title": "x", "type": "string", "description": null}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "description": 5}),
        ),
        ("AS301", json!({"title": 5, "type": "string"})),
        (
            "AS301",
            json!({"title": "x", "type": "array", "items": "string"}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "items": [{"type": "string"}]}),
        ),
        ("AS301", json!({"title": "x", "anyOf": []})),
        ("AS301", json!({"title": "x", "anyOf": {"type": "string"}})),
        (
            "AS301",
            json!({"title": "x", "type": "object", "properties": ["a"]}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "required": "a"}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "required": ["a", "a"]}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "minLength": -1}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "pattern": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "integer", "multipleOf": 0}),
        ),
        ("AS301", json!({"title": "x", "enum": "a"})),
        ("AS301", json!({"title": "x", "type": ["string", "string"]})),
        (
            "AS301",
            json!({"title": "x", "type": "string", "maxLength": 1.5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "format": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "examples": 5}),
        ),
        ("AS301", json!({"title": "x", "type": "string", "$ref": 5})),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$defs": []}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$defs": {"a": 5}}),
        ),
        ("AS301", json!({"title": "x", "type": "string", "$id": 5})),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$anchor": "1a"}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$schema": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$comment": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$vocabulary": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$dynamicAnchor": "a b"}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "$dynamicRef": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "contentEncoding": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "contentMediaType": []}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "contentSchema": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "string", "readOnly": "yes"}),
        ),
        ("AS301", json!({"title": "x", "type": "string", "if": 5})),
        ("AS301", json!({"title": "x", "type": "string", "not": []})),
        (
            "AS301",
            json!({"title": "x", "type": "array", "contains": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "minContains": -1}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "maxContains": "x"}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "prefixItems": []}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "prefixItems": {"type": "string"}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "uniqueItems": 1}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "unevaluatedItems": 1}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "propertyNames": []}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "patternProperties": {"a": 5}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "unevaluatedProperties": 5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "dependentRequired": {"a": "b"}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "dependentRequired": {"a": [5]}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "dependentSchemas": {"a": 5}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "dependencies": {"a": 5}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "definitions": {"a": 5}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "minProperties": 0.5}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "integer", "exclusiveMinimum": true}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "properties": {"a": {"type": "object", "required": 5}}}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "array", "items": true}),
        ),
        (
            "AS301",
            json!({"title": "x", "type": "object", "properties": {"a": false}}),
        ),
        ("AS301", json!(true)),
        ("AS301", json!(null)),
        (
            "AS305",
            json!({"title": "x", "type": "integer", "default": "5"}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "integer", "default": null}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "number", "default": []}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "boolean", "default": "yes"}),
        ),
        ("AS305", json!({"title": "x", "type": "null", "default": 0})),
        (
            "AS305",
            json!({"title": "x", "type": "array", "default": "a"}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "array", "items": {"type": "integer"}, "default": [1, "a"]}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "object", "default": []}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "object", "properties": {"a": {"type": "integer"}}, "default": {}}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "object", "properties": {"a": {"type": "integer"}}, "default": {"a": "1"}}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "object", "additionalProperties": false, "default": {"b": 1}}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "object", "additionalProperties": {"type": "integer"}, "default": {"b": "1"}}),
        ),
        (
            "AS305",
            json!({"title": "x", "anyOf": [{"type": "integer"}, {"type": "null"}], "default": "a"}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": ["integer", "null"], "default": "a"}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "integer", "default": 5.5}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "string", "default": 5}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "boolean", "default": 1}),
        ),
        (
            "AS305",
            json!({"title": "x", "type": "string", "enum": ["a"], "default": "b"}),
        ),
        ("AS303", json!({"type": "string"})),
    ];
    let fault = |(code, schema): (&'static str, Value)| {
        let what = format!("{schema}");
        let tool = with(g, "ServerTool", json!({"inputs": [schema]}));
        Fault::new(code, &what, &tool)
    };
    wrong.into_iter().map(fault).collect()
}

/// Titles that no title may be, and one for two properties.
fn titles(g: &mut Generator) -> Vec<Fault> {
    let mut faults = Vec::new();
    let wrong = ["a.b", "a,b", "{a", "a}", "a b", "a\nb", "it's", "a\"b"];
    for title in wrong {
        let own = json!({"title": title, "type": "string"});
        let nested = [
            ("itself", own.clone()),
            (
                "in items",
                json!({"title": "x", "type": "array", "items": own}),
            ),
            (
                "in anyOf",
                json!({"title": "x", "anyOf": [own, {"type": "null"}]}),
            ),
            (
                "in additionalProperties",
                json!({"title": "x", "type": "object", "additionalProperties": own}),
            ),
            (
                "in properties",
                json!({"title": "x", "type": "object", "properties": {"a": own}}),
            ),
        ];
        for (place, schema) in nested {
            let what = format!("{title:?} {place}");
            let tool = with(g, "ServerTool", json!({"outputs": [schema]}));
            faults.push(Fault::new("AS302", &what, &tool));
        }
    }
    // Only a property's own title may not be empty.
    let empty = with(
        g,
        "ServerTool",
        json!({"outputs": [json!({"title": "", "type": "string"})]}),
    );
    faults.push(Fault::new("AS302", "an empty title", &empty));
    let twice = json!([{"title": "x", "type": "string"}, {"title": "x", "type": "integer"}]);
    for (type_name, list) in [
        ("ServerTool", "inputs"),
        ("Agent", "outputs"),
        ("StartNode", "inputs"),
    ] {
        let component = with(g, type_name, json!({ list: twice }));
        faults.push(Fault::new(
            "AS307",
            &format!("{type_name}.{list}"),
            &component,
        ));
    }
    faults
}

/// Schemas with something unusual in them, valid or not.
fn odd_schemas() -> Vec<Value> {
    let keywords = [
        json!({"$defs": {"a": true}}),
        json!({"definitions": {"a": false}}),
        json!({"patternProperties": {"a": true}}),
        json!({"patternProperties": {"(": {}}}),
        json!({"dependentSchemas": {"a": true}}),
        json!({"dependencies": {"a": true, "b": ["c"], "d": {}}}),
        json!({"dependencies": {"a": ["b", "b"]}}),
        json!({"dependentRequired": {"a": ["b", "b"]}}),
        json!({"dependentRequired": {"a": []}}),
        json!({"required": []}),
        json!({"not": true}),
        json!({"oneOf": [true]}),
        json!({"allOf": [{"title": "a b"}]}),
        json!({"anyOf": [true]}),
        json!({"anyOf": [{"title": "a b"}]}),
        json!({"prefixItems": [true, {"title": "a b"}]}),
        json!({"contains": true}),
        json!({"contains": {"title": "a b"}}),
        json!({"if": true, "then": {"title": "a.b"}, "else": false}),
        json!({"additionalProperties": true}),
        json!({"additionalProperties": {}}),
        json!({"unevaluatedItems": true, "unevaluatedProperties": {"title": "a b"}}),
        json!({"propertyNames": {"title": "a b"}}),
        json!({"contentSchema": true, "contentEncoding": "base64", "contentMediaType": "a/b"}),
        json!({"$id": "http://example.com/a#"}),
        json!({"$id": "a#b"}),
        json!({"$id": ""}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema"}),
        json!({"$ref": "#/$defs/a"}),
        json!({"$anchor": "_a-b.c1"}),
        json!({"$anchor": "é"}),
        json!({"$vocabulary": {"not a uri": true}}),
        json!({"$vocabulary": {"http://a": 1}}),
        json!({"$comment": ""}),
        json!({"const": null}),
        json!({"enum": []}),
        json!({"enum": [1, 1]}),
        json!({"enum": [null, {"a": 1.0}]}),
        json!({"multipleOf": 0.5}),
        json!({"minLength": 2.0}),
        json!({"minLength": 5, "maxLength": 3}),
        json!({"minContains": 0, "maxContains": 1.0}),
        json!({"deprecated": true, "readOnly": false}),
        json!({"deprecated": "no"}),
        json!({"examples": []}),
        json!({"pattern": "("}),
        json!({"format": "no such format"}),
        json!({"nullable": true}),
        json!({"nullable": "yes", "x-any": {"title": "a b"}}),
        json!({"discriminator": 5}),
        json!({"properties": {}}),
        json!({"properties": {"": {"title": "t"}}}),
        json!({"properties": {"a": {"type": "str"}}}),
        json!({"properties": {"a": {"description": null}}}),
        json!({"items": {"items": {"type": 5}}}),
        json!({"description": ""}),
        json!({"title": "tab\there"}),
        json!({"title": "-/$é\u{a0}"}),
        json!({"title": "carriage\rreturn"}),
    ];
    let with_title = |keywords: &Value| {
        let mut schema = json!({"title": "x"});
        let entries = keywords.as_object().cloned().unwrap_or_default();
        schema.as_object_mut().expect("an object").extend(entries);
        schema
    };
    keywords.iter().map(with_title).collect()
}
