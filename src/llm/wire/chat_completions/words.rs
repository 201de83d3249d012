//! The event that only adds a few words to an answer, by far the most frequent one, parsed without
//! a tree of values.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::llm::answer::Answer;
use crate::llm::wire::SameWords;

/// An event with only words. An unknown field, or a field with another type, makes it a different
/// event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event<'d> {
    #[serde(borrow, default)]
    id: Cow<'d, str>,
    #[serde(borrow, default)]
    object: Cow<'d, str>,
    #[serde(default, rename = "created")]
    _created: IgnoredAny,
    #[serde(default, rename = "model")]
    _model: IgnoredAny,
    #[serde(default, rename = "system_fingerprint")]
    _system_fingerprint: IgnoredAny,
    #[serde(default, rename = "service_tier")]
    _service_tier: IgnoredAny,
    #[serde(default, rename = "obfuscation")]
    _obfuscation: IgnoredAny,
    #[serde(default, rename = "usage")]
    _no_usage: (),
    #[serde(borrow)]
    choices: [Choice<'d>; 1],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice<'d> {
    index: u64,
    #[serde(borrow)]
    delta: Delta<'d>,
    #[serde(default, rename = "logprobs")]
    _logprobs: IgnoredAny,
    #[serde(default, rename = "finish_reason")]
    _no_reason: (),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delta<'d> {
    #[serde(default, rename = "role")]
    _role: IgnoredAny,
    #[serde(borrow)]
    content: Cow<'d, str>,
}

/// Reads an event if it only adds words; returns whether it does.
pub(super) fn read(data: &str, answer: &mut Answer, same: &mut SameWords) -> bool {
    if let Some(words) = same.find(data) {
        answer.expect_halves(false);
        answer.text(words);
        return true;
    }
    match serde_json::from_str::<Event<'_>>(data) {
        Ok(Event {
            id,
            object,
            choices:
                [
                    Choice {
                        index: 0, delta, ..
                    },
                ],
            ..
        }) if object != "error" => {
            answer.expect_halves(false);
            answer.id(&id);
            answer.text(&delta.content);
            if let Cow::Borrowed(words) = delta.content {
                same.note(data, words);
            }
            true
        }
        Ok(_) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::llm::json;
    use crate::llm::wire::Wire;
    use crate::llm::wire::chat_completions::ChatCompletions;

    /// Returns the answer as it is after an event, however it is read; and whether it was read
    /// here.
    fn read_both_ways(data: &str) -> bool {
        read_both_ways_after(data, &mut SameWords::default())
    }

    /// Returns the answer as it is after other events and this one, however it is read; and whether
    /// it was read here.
    fn read_both_ways_after(data: &str, same: &mut SameWords) -> bool {
        let mut quick = Answer::default();
        quick.text("Once ");
        let mut whole = Answer::default();
        whole.text("Once ");
        quick.id("first");
        whole.id("first");
        let is_read = read(data, &mut quick, same);
        if is_read {
            let event = json::parse(data).unwrap();
            whole.expect_halves(event.has_halves);
            ChatCompletions
                .read_event(&event.value, &mut whole)
                .unwrap();
        }
        assert_eq!(format!("{quick:?}"), format!("{whole:?}"), "{data}");
        is_read
    }

    const WORDS: [&str; 4] = [
        r#"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" up"},"finish_reason":null}]}"#,
        r#"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#,
        r#"{"choices":[{"delta":{"content":"a \"b\" \u00e9 \ud83d\ude00\n"},"index":0}],"id":"c"}"#,
        r#"{"id":"c1","service_tier":"default","obfuscation":"x","choices":[{"index":0,"delta":{"content":"upon"}}]}"#,
    ];

    #[test]
    fn words_are_read_to_the_same_effect_and_all_else_is_left() {
        for data in WORDS {
            assert!(read_both_ways(data), "{data}");
        }
        for data in [
            "",
            "[DONE]",
            r#"{"choices":[]}"#,
            r#"{"object":"error","choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"error":{"message":"no"},"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":[{"index":0,"delta":{"content":null}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a","reasoning":"b"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a \ud83d"}}]}"#,
            r#"{"id":1,"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        ] {
            assert!(!read_both_ways(data), "{data}");
        }
    }

    #[test]
    fn an_event_with_a_byte_changed_is_read_to_the_same_effect_or_left() {
        for data in WORDS {
            for (at, _) in data.char_indices() {
                let (before, after) = data.split_at(at);
                let rest: String = after.chars().skip(1).collect();
                let others = [
                    "\"", "{", "}", "[", ",", ":", "0", "x", "\\", "\n", "\u{e9}",
                ];
                let replaced = others.map(|other| format!("{before}{other}{rest}"));
                let inserted = others.map(|other| format!("{before}{other}{after}"));
                for changed in
                    [[format!("{before}{rest}")].as_slice(), &replaced, &inserted].concat()
                {
                    let alone = read_both_ways(&changed);
                    let mut same = SameWords::default();
                    read_both_ways_after(data, &mut same);
                    let is_read = read_both_ways_after(&changed, &mut same);
                    assert_eq!(is_read, alone, "{changed} after {data}");
                }
            }
        }
    }

    #[test]
    fn only_words_between_the_same_bytes_are_known_without_reading_all() {
        let event = |words: &str| {
            format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{{"content":"{words}"}}}}]}}"#)
        };
        let mut same = SameWords::default();
        let first = event(" up");
        assert_eq!(same.find(&first), None);
        assert!(read_both_ways_after(&first, &mut same));
        assert_eq!(
            same.find(&event("on a \u{e9} time")),
            Some("on a \u{e9} time")
        );
        assert_eq!(same.find(&event("")), Some(""));
        for other in [
            event("a\\n"),
            event("a\nb"),
            event("\"}, {\""),
            event("x").replace('0', "1"),
        ] {
            assert_eq!(same.find(&other), None, "{other}");
        }
    }
}
