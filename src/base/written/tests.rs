//! What is kept of numbers, and what stays as it is.

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn numbers_keep_the_text_that_they_are_written_in() {
    for text in [
        "1.10",
        "1e3",
        "-0",
        "123456789012345678901234",
        "[1.10,{\"a\":-18446744073709551616,\"b\":[true,null,\"x\"]}]",
        "{\"a\":1.0,\"b\":1.5,\"c\":18446744073709551615}",
        "1e999",
        "[\"\u{fdd0}1.10\",\"\u{fdd0}\",1.10]",
        "[1e16,5e-7,1E5]",
        "{\"a\":1,\"b\":{\"a\":2},\"a\":1}",
        "{\"\u{fdd0}a\":1,\"\u{fdd1}a\":2,\"\u{fdd1}a\":3,\"a\":4}",
    ] {
        assert_eq!(Written::read(text).unwrap().to_string(), text);
    }
    assert_eq!(Written::read("[1, 1.5]").unwrap(), json!([1, 1.5]).into());
}

#[test]
fn what_is_no_json_stays_none() {
    for text in [
        "01.10",
        "1.10x",
        "{1.10: 2}",
        "{\"a\": 1, 1.10: 2}",
        "[1.10 2.20]",
        "1.10 2",
        "+1.10",
        "1.",
        "\"\u{fdd0}",
    ] {
        assert!(Written::read(text).is_err(), "{text}");
    }
}

#[test]
fn only_what_is_inside_of_a_key_is_marked() {
    let text = r#"{"t": 1.10, "args": {"a": [1.10, 2], "args": 1.0}, "u": 123456789012345678901, "args2": 1.10}"#;
    let value: Value = serde_json::from_str(&mark_within(text, &["args"])).unwrap();
    assert_eq!(value["t"], 1.1);
    assert_eq!(value["args2"], 1.1);
    assert!(value["u"].is_f64());
    let args = Written::from_marked(value["args"].clone());
    assert_eq!(args.to_string(), r#"{"a":[1.10,2],"args":1.0}"#);
    let twice = r#"{"t": 1, "t": 2, "args": {"a": 1, "a": 2}}"#;
    let value: Value = serde_json::from_str(&mark_within(twice, &["args"])).unwrap();
    assert_eq!(value["t"], 2);
    let args = Written::from_marked(value["args"].clone());
    assert_eq!(args.to_string(), r#"{"a":1,"a":2}"#);
    let direct = mark_within("[{\"args\": 1.10}, 1.10]", &["args"]);
    assert_eq!(direct, "[{\"args\": \"\u{fdd0}1.10\"}, 1.10]");
}

fn any_json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,2})?",
        any::<String>().prop_map(|text| Value::String(text).to_string()),
        Just("\"\u{fdd0}1.1\"".to_owned()),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let entries: Vec<String> = (0..)
                    .zip(items)
                    .map(|(index, item)| format!("\"k{}\":{item}", index % 3))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_written_back_as_it_was(text in any_json()) {
        prop_assert_eq!(Written::read(&text).unwrap().to_string(), text);
    }

    #[test]
    fn any_text_is_taken_without_panic(text in r#"["\\u{fdd0}fd0-9.,:{}\[\]eE +-]{0,40}"#) {
        let is_json = serde_json::from_str::<Value>(&text).is_ok();
        prop_assert!(!is_json || Written::read(&text).is_ok());
        let _marked = mark_within(&text, &["f"]);
    }
}
