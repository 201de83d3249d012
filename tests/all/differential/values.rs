//! Plain values: texts, numbers, JSON, and JSON Schemas with a title.

use serde_json::{Map, Value, json};

use super::generator::Generator;

/// Texts that a reader or writer of YAML or JSON may get wrong.
pub(super) const HOSTILE_TEXTS: &[&str] = &[
    "",
    " ",
    "  two leading",
    "trailing ",
    "\ttab",
    "tab\t",
    "a\tb",
    "line\nbreak",
    "ends in a break\n",
    "\nbegins with one",
    "two\n\nparagraphs\n\n",
    "\n",
    "\n\n",
    "  indented\nthen not",
    "not\n  then indented",
    "trailing blank \nin a line",
    "windows\r\nbreak",
    "old mac\rbreak",
    "next\u{85}line",
    "line\u{2028}separator",
    "paragraph\u{2029}separator",
    "\u{feff}bom",
    "inside\u{feff}",
    "nul\u{0}",
    "bell\u{7}",
    "escape\u{1b}[31m",
    "delete\u{7f}",
    "c1 \u{9f}",
    "no-break\u{a0}space",
    "zero\u{200b}width",
    "\u{202e}turned",
    "\u{fffe}",
    "\u{ffff}",
    "é",
    "日本語",
    "\u{1f600}",
    "e\u{301}",
    "\"",
    "'",
    "\\",
    "\"both' kinds",
    "back\\slash\\n",
    "\\u0041",
    "null",
    "Null",
    "NULL",
    "~",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "on",
    "On",
    "off",
    "OFF",
    "y",
    "n",
    "Y",
    "N",
    "0",
    "-0",
    "+1",
    "12",
    "-7",
    "1_000",
    "0_",
    "012",
    "0o14",
    "0x1F",
    "0b101",
    "1:30",
    "190:20:30",
    "-1:30",
    "1:30.5",
    "1.5",
    "-1.5e3",
    "1e3",
    "1E3",
    "1.0e+3",
    "1.e3",
    ".5",
    "5.",
    "+.5",
    "1_0.5",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "NaN",
    "Infinity",
    "2024-01-01",
    "2024-1-1",
    "2024-01-01T10:00:00Z",
    "2024-01-01 10:00:00",
    "2024-01-01t10:00:00.5 -5",
    "10:00",
    "=",
    "<<",
    "<",
    ">",
    "|",
    "|-",
    ">+",
    "-",
    "- item",
    "--",
    "---",
    "--- text",
    "...",
    "... text",
    "?",
    "? key",
    ":",
    ": value",
    "key: value",
    "key:",
    "a:b",
    "a :b",
    "#",
    "# note",
    "a #note",
    "a# not",
    "*alias",
    "&anchor",
    "!tag",
    "!!str x",
    "%directive",
    "@at",
    "`tick",
    "[",
    "]",
    "[a, b]",
    "{",
    "}",
    "{a: b}",
    ",",
    ", a",
    "a, b",
    "{{x}}",
    "{% if x %}",
    "$ref",
    "x\u{0}y\nz",
    "very long words, again and again, so that a \
     writer which folds its lines at some width has to decide where and how it does so, and whether blanks at the ends of \
     those lines survive",
    "a: b\n- c\n# d\n",
    "'quoted'",
    "\"quoted\"",
    "'",
    "''",
    "\"\"",
    "it's",
    "# first\nsecond",
    " - not a list",
    "\u{a0}",
    "\u{3000}",
    "1 2",
    "0.1.2",
    "1,000",
    "0x",
    "0xg",
    "09",
    "08.5",
    "0b2",
    "1__0",
    "_1",
    "+",
    "+-1",
    ".",
    "..",
    "-.",
    "1e",
    "e3",
    "1e+",
    "tr\u{fc}e",
    "null ",
    " null",
    "nul",
    "\u{10ffff}",
];

/// Numbers that a reader or writer may get wrong, as JSON.
pub(super) const HOSTILE_NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.0",
    "-0.0",
    "1.0",
    "10.0",
    "100.0",
    "0.1",
    "0.5",
    "-0.5",
    "1.5",
    "3.14159",
    "1e3",
    "1e16",
    "1e21",
    "1e22",
    "1.5e300",
    "1e-7",
    "5e-324",
    "1.7976931348623157e308",
    "123456789012345680.0",
    "1e100",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "0.30000000000000004",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1e400",
    "1e-5",
    "0.0001",
    "0.00001",
    "123456.789e3",
    "2e0",
];

/// Short texts for fields.
const PLAIN_TEXTS: &[&str] = &[
    "plain",
    "two words",
    "with {{ holder }}",
    "quote \" and '",
    "yes",
    "12",
    "multi\nline\n",
    "ünï – 日本",
    "a: b # c",
];

/// A text for a field; no two are equal.
pub(super) fn text(g: &mut Generator) -> String {
    let text = g.random.choice(PLAIN_TEXTS).expect("some");
    format!("{text}{}", g.number())
}

/// A number with or without a fraction.
pub(super) fn number(g: &mut Generator) -> Value {
    let whole = g.random.u8(3..100);
    if g.random.bool() {
        json!(f64::from(whole) + 0.25)
    } else {
        json!(whole)
    }
}

/// Any JSON.
pub(super) fn json(g: &mut Generator) -> Value {
    let leaf = match g.random.u8(0..6) {
        0 => json!(true),
        1 => json!(g.random.i32(..)),
        2 => json!(1.5),
        3 => json!(g.random.choice(HOSTILE_TEXTS)),
        4 => json!(null),
        _ => json!(text(g)),
    };
    match g.random.u8(0..3) {
        0 => json!({"z": leaf, "name": "n", "a b": [leaf, {}], "12": []}),
        1 => json!({"inner": {"yes": leaf, "id": 3}, "description": "d"}),
        _ => json!({"only": [[], leaf]}),
    }
}

/// One to three JSON Schemas with titles that are not used before.
pub(super) fn properties(g: &mut Generator) -> Vec<Value> {
    (0..g.random.usize(1..=3)).map(|_| property(g)).collect()
}

/// A JSON Schema with a title that is not used before.
pub(super) fn property(g: &mut Generator) -> Value {
    let mut schema = Map::from_iter([("title".to_owned(), json!(format!("p{}", g.number())))]);
    let body = schema_body(g);
    schema.extend(body.as_object().cloned().unwrap_or_default());
    if g.random.u8(0..4) == 0 {
        schema.insert("description".to_owned(), json!(text(g)));
    }
    Value::Object(schema)
}

/// A schema without a title, of any of the shapes that the language has.
fn schema_body(g: &mut Generator) -> Value {
    let bodies = [
        json!({"type": "string"}),
        json!({"type": "string", "default": "d"}),
        json!({"type": "string", "enum": ["a", "b"], "pattern": "^[ab]$"}),
        json!({"type": "integer", "default": 3, "minimum": 1}),
        json!({"type": "integer"}),
        json!({"type": "number", "default": 1.5}),
        json!({"type": "number"}),
        json!({"type": "boolean", "default": false}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!({}),
        json!({"default": {"any": [1, null]}}),
        json!({"type": "array", "items": {"type": "string"}, "default": ["a"]}),
        json!({"type": "array"}),
        json!({"type": "array", "items": {"type": "array", "items": {"title": "inner", "type": "integer"}}}),
        json!({"type": "object", "properties": {"x": {"type": "integer"}, "any key.": {"title": "t", "type": "string"}}}),
        json!({"type": "object", "properties": {"x": {"type": "integer", "default": 1}}, "default": {}}),
        json!({"type": "object", "additionalProperties": {"type": "number"}, "default": {"a": 1.0, "b": 2}}),
        json!({"type": "object", "additionalProperties": false, "properties": {"x": {"type": "string"}}}),
        json!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": null}),
        json!({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
        json!({"type": ["string", "null"]}),
        json!({"type": ["integer", "array"], "items": {"type": "integer"}, "default": [1]}),
        json!({"type": "string", "format": "date", "examples": ["2024-01-01"], "x-note": {"b": 1, "a": 2}}),
    ];
    let at = g.random.usize(..bodies.len());
    bodies[at].clone()
}
