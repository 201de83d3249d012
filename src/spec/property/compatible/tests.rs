use super::*;

/// The types of the table of Agent Spec's type compatibility, by their names there.
fn named(name: &str) -> Value {
    match name {
        "any" => json!({"title": name}),
        "null" => json!({"title": "n1", "type": "null"}),
        "null, other title" => json!({"title": "n2", "type": "null"}),
        "array<any>" => json!({"type": "array"}),
        "array<integer>" => json!({"type": "array", "items": {"type": "integer"}}),
        "array<string>" => json!({"type": "array", "items": {"type": "string"}}),
        "object{x:int}" => json!({"type": "object", "properties": {"x": {"type": "integer"}}}),
        "object{x:int,y:str}" => json!({"type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}}),
        "object{x:int}, closed" => json!({"type": "object",
            "properties": {"x": {"type": "integer"}}, "additionalProperties": false}),
        "map<int>" => json!({"type": "object", "properties": {},
            "additionalProperties": {"type": "integer"}}),
        "int or null" => json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        "string or null" => json!({"type": ["string", "null"]}),
        "integer or array<integer>" => json!({"anyOf": [
            {"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
        name => json!({"title": "plain", "type": name}),
    }
}

#[test]
fn the_whole_table_of_castable_types() {
    let destinations = [
        "any",
        "null, other title",
        "boolean",
        "integer",
        "number",
        "string",
        "array<any>",
        "array<integer>",
        "object{x:int}",
        "map<int>",
        "int or null",
        "string or null",
    ];
    // One letter a destination, in that order.
    let table = [
        ("any", "y....y....yy"),
        ("null", "y....y....yy"),
        ("boolean", "y.yyyy....yy"),
        ("integer", "y.yyyy....yy"),
        ("number", "y.yyyy....yy"),
        ("string", "y....y.....y"),
        ("array<any>", "y....yy....y"),
        ("array<integer>", "y....yyy...y"),
        ("array<string>", "y....yy....y"),
        ("object{x:int}", "y....y..y..y"),
        ("object{x:int,y:str}", "y....y..y..y"),
        ("object{x:int}, closed", "y....y.....y"),
        ("map<int>", "y....y...y.y"),
        ("int or null", "y....y....yy"),
        ("integer or array<integer>", "y....y.....y"),
    ];
    for (source, row) in table {
        let found: String = destinations
            .iter()
            .map(|destination| {
                if castable(&named(source), &named(destination)).unwrap() {
                    'y'
                } else {
                    '.'
                }
            })
            .collect();
        assert_eq!(found, row, "{source} to {destinations:?}");
    }
}

#[test]
fn identical_null_types_are_castable() {
    assert!(castable(&named("null"), &named("null")).unwrap());
}

#[test]
fn arrays_of_anything_become_arrays_of_text() {
    assert!(castable(&named("array<integer>"), &named("array<string>")).unwrap());
    assert!(!castable(&named("array<string>"), &named("array<integer>")).unwrap());
}

#[test]
fn an_object_does_not_feed_a_union_that_holds_it() {
    let object = named("object{x:int}");
    let union = json!({"anyOf": [object, {"type": "null"}]});
    assert!(!castable(&object, &union).unwrap());
    let closed = json!({"anyOf": [named("object{x:int}, closed"), {"type": "null"}]});
    assert!(castable(&object, &closed).unwrap());
}

#[test]
fn all_of_and_one_of_are_refused_where_they_are_met() {
    let all_of = json!({"allOf": []});
    assert_eq!(
        castable(&all_of, &json!({})),
        Err(Unsupported::Keyword("allOf"))
    );
    let one_of = json!({"type": "array", "items": {"oneOf": []}});
    assert_eq!(
        castable(&one_of, &named("array<integer>")),
        Err(Unsupported::Keyword("oneOf"))
    );
    assert_eq!(castable(&one_of, &json!({})), Ok(true), "not looked into");
    assert_eq!(
        same_type(&all_of, &all_of),
        Err(Unsupported::Keyword("allOf"))
    );
}

#[test]
fn a_huge_union_is_refused() {
    let union = json!({"anyOf": vec![json!({"type": "integer"}); 101]});
    assert_eq!(
        castable(&union, &json!({"type": "integer"})),
        Err(Unsupported::Members)
    );
}

#[test]
fn the_same_type_is_stricter_than_castable() {
    let cases = [
        (
            json!({"type": "integer", "title": "a", "default": 1}),
            json!({"type": "integer"}),
            true,
        ),
        (json!({"type": "integer"}), json!({"type": "number"}), false),
        (json!({}), json!({"title": "x"}), true),
        (json!({}), json!({"type": "string"}), false),
        (named("array<integer>"), named("array<string>"), false),
        (named("array<any>"), named("array<integer>"), false),
        (named("object{x:int}"), named("object{x:int,y:str}"), false),
        (
            named("object{x:int}"),
            named("object{x:int}, closed"),
            false,
        ),
        (
            json!({"type": "object", "properties": {}}),
            json!({"type": "object"}),
            true,
        ),
        (
            named("string or null"),
            json!({"anyOf": [{"type": "null"}, {"type": "string"}]}),
            true,
        ),
        (
            json!({"type": ["null", "null", "string"]}),
            named("string or null"),
            true,
        ),
        (named("int or null"), json!({"type": "integer"}), false),
    ];
    for (left, right, same) in cases {
        assert_eq!(same_type(&left, &right), Ok(same), "{left} and {right}");
        assert_eq!(same_type(&right, &left), Ok(same), "{right} and {left}");
    }
}
