//! Texts against the trees and problems that come of them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::*;

/// The value of a text that has no problem.
#[track_caller]
fn value(text: &str, format: Format) -> Value {
    let (tree, problems) = parse(text, format);
    assert_eq!(problems, [], "{text}");
    tree.to_json(tree.root().unwrap())
}

/// The problems of a text: `line:column code message`.
#[track_caller]
fn check_problems(text: &str, format: Format, expected: &[&str]) {
    let (_, problems) = parse(text, format);
    let problems: Vec<String> = problems
        .iter()
        .map(|p| {
            format!(
                "{}:{} {} {}",
                p.place.line, p.place.column, p.code, p.message
            )
        })
        .collect();
    assert_eq!(problems, expected, "{text}");
}

#[test]
fn yaml_reads_as_the_reference_reader_does() {
    assert_eq!(
        value(
            "a: 1\nb: [x, 2.5, true, ~]\nc:\n- d: |\n    one\n    two\n- 'q'\n",
            Format::Yaml
        ),
        json!({"a": 1, "b": ["x", 2.5, true, null], "c": [{"d": "one\ntwo\n"}, "q"]})
    );
    assert_eq!(
        value("a: !!str 12\nb: !!int '3'\nc: ! x", Format::Yaml),
        json!({"a": "12", "b": 3, "c": "x"})
    );
    assert_eq!(value("\u{feff}a: 1", Format::Yaml), json!({"a": 1}));
}

#[test]
fn a_tagged_number_is_written_as_its_text_without_tag_and_quotes() {
    let text = "- !!int \"5\"\n- !!float '1.10'\n- !!bool \"yes\"\n- !!int \"\\x35\"\n- !!int |-\n  7\n- &a !!int '012'\n- *a\n";
    let (tree, problems) = parse(text, Format::Yaml);
    assert_eq!(problems, []);
    let written = tree.to_written(tree.root().unwrap());
    let texts: Vec<String> = written
        .into_items()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        texts,
        ["5", "1.10", "\"yes\"", "5", "7", "\"012\"", "\"012\""]
    );
}

#[test]
fn anchors_share_a_node_and_merge_keys_give_way() {
    let text = "base: &b {x: 1, y: 2}\nuse: *b\nover:\n  <<: *b\n  y: 3\n";
    assert_eq!(
        value(text, Format::Yaml),
        json!({"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 2}, "over": {"x": 1, "y": 3}})
    );
    let (tree, _) = parse(text, Format::Yaml);
    let root = tree.root().unwrap();
    assert_eq!(tree.get(root, "base"), tree.get(root, "use"));
}

#[test]
fn warnings_tell_where_readers_differ() {
    check_problems(
        "a: yes",
        Format::Yaml,
        &["1:4 AS008 unquoted `yes` is the boolean true here, but text for YAML 1.2 readers"],
    );
    check_problems(
        "yes: go",
        Format::Yaml,
        &[
            "1:1 AS008 unquoted `yes` is a boolean for YAML 1.1 readers such as the Python SDK; read as text",
        ],
    );
    check_problems(
        "a: 2024-01-01",
        Format::Yaml,
        &[
            "1:4 AS008 unquoted `2024-01-01` is a date for YAML 1.1 readers such as the Python SDK; read as text",
        ],
    );
    for format in [Format::Yaml, Format::Json] {
        let text = r#"{"a": 18446744073709551615, "b": 18446744073709551616, "c": 1.0e+30}"#;
        check_problems(text, format, &[]);
        let (tree, _) = parse(text, format);
        let columns: Vec<usize> = tree.oversized().map(|place| place.column).collect();
        assert_eq!(columns, [34]);
        let written = tree.to_written(tree.root().unwrap()).to_string();
        assert!(written.contains("18446744073709551616"), "{written}");
    }
    check_problems("a: 'yes'\nb: \"1:30\"\nc: y\n", Format::Yaml, &[]);
}

#[test]
fn yaml_faults_are_told_at_their_places() {
    check_problems(
        "a: 1\nb: 2\na: 3",
        Format::Yaml,
        &["3:1 AS011 `a` is given twice (first at 1:1)"],
    );
    check_problems(
        "a: 1\n---\nb: 2",
        Format::Yaml,
        &["2:1 AS001 a second document begins here; a file holds one"],
    );
    check_problems(
        "a: !thing x",
        Format::Yaml,
        &["1:11 AS001 the tag `!thing` has no meaning here"],
    );
    check_problems(
        "a: *nowhere",
        Format::Yaml,
        &["1:4 AS001 no anchor is called `nowhere`"],
    );
    check_problems(
        "a: &a [*a]",
        Format::Yaml,
        &["1:8 AS001 this alias is inside the value that it repeats, or repeats a key"],
    );
    check_problems(
        "[a, b]: c\nd: e",
        Format::Yaml,
        &["1:1 AS001 a list can't be a key"],
    );
    check_problems(
        "a: =",
        Format::Yaml,
        &["1:4 AS001 unquoted `=` is reserved; write \"=\" for the text"],
    );
    let (_, problems) = parse("a: [1, 2\nb: 3", Format::Yaml);
    assert_eq!(problems.len(), 1);
}

#[test]
fn json_reads_strictly_with_places() {
    let text =
        "{\"a\": [1, -2.5e3, \"x\\n\\u00e9\\ud83d\\ude00\"],\n \"é\": {\"b\": null}, \"c\": true}";
    assert_eq!(
        value(text, Format::Json),
        json!({"a": [1, -2500.0, "x\né😀"], "é": {"b": null}, "c": true})
    );
    let (tree, _) = parse(text, Format::Json);
    let root = tree.root().unwrap();
    let entry = tree.entry(root, "é").unwrap();
    let place = tree.place(entry.value);
    let key = tree.key_place(entry);
    assert_eq!((key.line, key.column), (2, 2));
    assert_eq!(
        (
            place.column,
            place.end_column,
            text.get(place.bytes()).unwrap()
        ),
        (7, 18, "{\"b\": null}")
    );
}

#[test]
fn json_faults_are_told_at_their_places() {
    check_problems(
        "{\"component_type\": \"ServerTool\", \"name\": \"t\",}",
        Format::Json,
        &["1:45 AS001 trailing comma before `}`"],
    );
    check_problems(
        "[1 2]",
        Format::Json,
        &["1:4 AS001 a comma is missing before this"],
    );
    check_problems(
        "{\"a\": 1 // c\n}",
        Format::Json,
        &["1:9 AS001 JSON has no comments"],
    );
    check_problems(
        "{'a': 1}",
        Format::Json,
        &["1:2 AS001 `'` where a key in double quotes should be; JSON quotes with `\"`"],
    );
    check_problems(
        "[NaN]",
        Format::Json,
        &["1:2 AS001 `NaN` is not a JSON number"],
    );
    check_problems("[01]", Format::Json, &["1:2 AS001 `01` is not a number"]);
    check_problems(
        "[\"a\nb\"]",
        Format::Json,
        &["1:2 AS001 the text is not closed on its line; a line break is `\\n`"],
    );
    check_problems(
        "{\"a\": [1",
        Format::Json,
        &["1:9 AS001 the text ends where `,` or `]` should be; still open: `]}`"],
    );
    check_problems(
        "{} x",
        Format::Json,
        &["1:4 AS001 nothing may follow the document"],
    );
    check_problems(
        "{\"a\":1,\"a\":2}",
        Format::Json,
        &["1:8 AS011 `a` is given twice (first at 1:2)"],
    );
    check_problems(
        "\u{feff}{}",
        Format::Json,
        &["1:1 AS001 JSON may not begin with a byte-order mark"],
    );
    check_problems(
        "[\"\\x\"]",
        Format::Json,
        &["1:3 AS001 no such escape; a backslash is `\\\\`"],
    );
    for half in ["\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\u0041"] {
        check_problems(
            &format!("[\"a{half}\", \"\\ud83d\\ude00\"]"),
            Format::Json,
            &["1:4 AS001 half of a surrogate pair is not a character; write the character itself"],
        );
    }
}

#[test]
fn nesting_is_bounded_in_both_formats() {
    let deep = "[".repeat(100_000);
    for format in [Format::Json, Format::Yaml] {
        let (_, problems) = parse(&deep, format);
        assert_eq!(problems.len(), 1, "{format:?}");
        assert_eq!(problems[0].code, Code("AS001"));
    }
    let fits = format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(parse(&fits, Format::Json).1, []);
}

#[test]
fn an_alias_bomb_is_refused_at_an_alias() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let (_, problems) = parse(&text, Format::Yaml);
    assert_eq!(problems[0].message, "aliases expand to more than 64 MiB");
    assert!(problems[0].place.line > 4);
}

#[test]
fn a_text_beyond_the_bound_is_refused() {
    let text = " ".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(parse(&text, Format::Yaml).1.len(), 1);
}
