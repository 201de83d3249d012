//! What is repaired, and what is not.

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn half_of_a_surrogate_pair_is_no_character_and_not_replaced() {
    for text in [
        r#"{"a": "\ud83d!"}"#,
        r#"{"a": "\ude00"}"#,
        r#"{'a': "\ud83d\ud83d"}"#,
    ] {
        assert_eq!(read(text), Err(Unread::Half), "{text}");
    }
}

#[test]
fn what_is_commonly_wrong_is_repaired() {
    for (text, expected) in [
        (r#"{"a": 1}"#, json!({"a": 1})),
        ("{'a': 'it\\'s'}", json!({"a": "it's"})),
        ("{a: True, b-c: None}", json!({"a": true, "b-c": null})),
        ("[1, 2, ]", json!([1, 2])),
        ("```json\n{\"a\": [1]}\n``` done", json!({"a": [1]})),
        ("```\n{\"a\": \"```\", }\n```", json!({"a": "```"})),
        ("Here [it] is {so}: {\"a\": 1} — bye", json!({"a": 1})),
        ("{\"a\": \"line\nbreak\"}", json!({"a": "line\nbreak"})),
        ("{\"a\": 1 // one\n}", json!({"a": 1})),
        ("{\"a\": 1} {\"a\": 1}", json!({"a": 1})),
        (
            r#"{"a": "\ud83d\ude00 !", b: 0.5}"#,
            json!({"a": "😀 !", "b": 0.5}),
        ),
        (
            r#"{a: "\"\\\/\b\f\n\r\tA"}"#,
            json!({"a": "\"\\/\u{8}\u{c}\n\r\tA"}),
        ),
    ] {
        assert_eq!(read(text), Ok(expected.into()), "{text}");
    }
}

#[test]
fn numbers_stay_as_they_are_written() {
    let read = read("{v: 1.10, id: 123456789012345678901234}").unwrap();
    assert_eq!(
        read.to_string(),
        r#"{"v":1.10,"id":123456789012345678901234}"#
    );
}

#[test]
fn nothing_is_guessed() {
    for (text, expected) in [
        ("", Unread::NoJson),
        ("hello", Unread::NoJson),
        ("{hello}", Unread::NoJson),
        ("{\"a\": maybe}", Unread::Unclear),
        ("[1 2 x]", Unread::Unclear),
        ("[1 2]", Unread::Unclear),
        ("[1,,2]", Unread::Unclear),
        ("{\"a\": 1 \"b\": 2}", Unread::Unclear),
        ("{\"a\": 007}", Unread::Unclear),
        ("{\"a\": \"x\"y\"}", Unread::Unclear),
        (
            "{\"a\": {\"b\": 1}, c d, \"e\": {\"f\": 1}}",
            Unread::Unclear,
        ),
        ("{\"a\": 1} {\"a\": 2}", Unread::Several),
        ("{\"a\": 1}, \"b\": 2}", Unread::Unclear),
        ("{a: {\"b\": 1}}, \"c\": 2}", Unread::Unclear),
        ("{\"a\": 1}}", Unread::Unclear),
        (r#"{"a": "\d+"}"#, Unread::Escape('d')),
        (r#"{"a": "C:\users"}"#, Unread::Escape('u')),
        (r#"{"a": "it\'s"}"#, Unread::Escape('\'')),
        (&"[".repeat(100_000), Unread::Unclear),
    ] {
        assert_eq!(read(text), Err(expected), "{}", text.len());
    }
}

#[test]
fn nothing_is_closed_that_is_not_closed() {
    let whole = r#"{"to": "Ann", "amount": 12500, "at": {"x": [true, "y"]}, "z": null}"#;
    for (end, _) in whole.char_indices().skip(1) {
        let cut = whole.get(..end).unwrap();
        assert_eq!(read(cut), Err(Unread::Cut), "{cut}");
        let fenced = format!("```json\n{cut}");
        assert_eq!(read(&fenced), Err(Unread::Cut), "{cut}");
    }
}

#[test]
fn values_among_words_come_in_their_order() {
    let all = |text: &str| -> Vec<_> {
        let found = read_all(text).into_iter();
        found
            .map(|found| found.map(|value| value.to_string()))
            .collect()
    };
    assert_eq!(
        all("First {\"a\": 1}, no: {\"a\": x {\"b\": 1}}. {'a': 2} and [3]."),
        [
            Ok("{\"a\":1}".to_owned()),
            Err(Unread::Unclear),
            Ok("{\"a\":2}".to_owned()),
            Ok("[3]".to_owned()),
        ]
    );
    assert_eq!(
        all("{\"a\": 1} {\"a\": {\"b\": 2}, \"c\""),
        [Ok("{\"a\":1}".to_owned()), Err(Unread::Cut)]
    );
}

proptest! {
    #[test]
    fn what_is_cut_is_never_read(
        value in r#"\{"a": (12[0-9]{0,5}|"[a-z\\"]{0,6}"|\[1, 2\]), "b": "x"\}"#,
        length in 1_usize..60,
    ) {
        let cut: String = value.chars().take(length).collect();
        if cut.len() < value.len() {
            prop_assert!(read(&cut).is_err(), "{}", cut);
        }
    }

    #[test]
    fn any_text_is_taken_without_panic(text in r#"[\[\]{}"'\\u0-9a-e:, ]{0,40}"#) {
        if let Ok(value) = read(&text) {
            // A repair is stable.
            prop_assert_eq!(read(&value.to_string()).map(|it| it.to_string()), Ok(value.to_string()));
        }
        let _all = read_all(&text);
    }
}
