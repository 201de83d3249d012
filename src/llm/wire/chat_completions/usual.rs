//! The usual events of a stream (words, reasoning, a fragment of one tool call, the end, the token counts), parsed without
//! a tree of values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};

use crate::llm::answer::Answer;
use crate::llm::assemble::{Arguments, Fragment};
use crate::llm::usage;
use crate::llm::wire::SameWords;

/// A usual event. An event with an unknown field, or a field of another type, is an unusual one.
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
    #[serde(default)]
    usage: Option<Counts>,
    #[serde(borrow)]
    choices: AtMostOne<Choice<'d>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice<'d> {
    index: u64,
    #[serde(borrow)]
    delta: Delta<'d>,
    #[serde(default, rename = "logprobs")]
    _logprobs: IgnoredAny,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'d>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Delta<'d> {
    #[serde(rename = "role")]
    _role: IgnoredAny,
    #[serde(borrow)]
    content: Option<Text<'d>>,
    #[serde(rename = "refusal")]
    _no_refusal: (),
    #[serde(borrow)]
    reasoning_content: Option<Text<'d>>,
    #[serde(borrow)]
    reasoning: Option<Text<'d>>,
    #[serde(rename = "function_call")]
    _no_function_call: (),
    #[serde(borrow)]
    tool_calls: Option<AtMostOne<Call<'d>>>,
}

/// A fragment of a tool call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call<'d> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    id: Option<Text<'d>>,
    #[serde(default, rename = "type")]
    _type: IgnoredAny,
    #[serde(borrow)]
    function: Function<'d>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Function<'d> {
    #[serde(borrow, default)]
    name: Option<Text<'d>>,
    #[serde(borrow, default)]
    arguments: Option<Text<'d>>,
}

/// The token counts, under the names that `OpenAI` uses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    prompt_tokens: u64,
    completion_tokens: u64,
    #[serde(default)]
    total_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
    #[serde(default)]
    completion_tokens_details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Details {
    #[serde(rename = "cached_tokens")]
    cached: Option<u64>,
    #[serde(rename = "reasoning_tokens")]
    reasoning: Option<u64>,
    #[serde(rename = "audio_tokens")]
    _audio: IgnoredAny,
    #[serde(rename = "accepted_prediction_tokens")]
    _accepted_prediction: IgnoredAny,
    #[serde(rename = "rejected_prediction_tokens")]
    _rejected_prediction: IgnoredAny,
}

/// A string, borrowed if it has no escapes. Inside an `Option`, serde would always copy a `Cow`.
#[derive(Deserialize)]
struct Text<'d>(#[serde(borrow)] Cow<'d, str>);

/// A list of at most one item.
struct AtMostOne<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtMostOne<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = AtMostOne<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of at most one item")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let first = items.next_element()?;
                if first.is_some() && items.next_element::<IgnoredAny>()?.is_some() {
                    return Err(A::Error::custom("a second item"));
                }
                Ok(AtMostOne(first))
            }
        }

        deserializer.deserialize_seq(Items(std::marker::PhantomData))
    }
}

/// Reads an event if it is a usual one; returns whether it is.
pub(super) fn read(data: &str, answer: &mut Answer, same: &mut SameWords) -> bool {
    if let Some(words) = same.find(data) {
        answer.expect_halves(false);
        answer.text(words);
        return true;
    }
    let Ok(event) = serde_json::from_str::<Event<'_>>(data) else {
        return false;
    };
    let AtMostOne(choice) = event.choices;
    if event.object == "error" || choice.as_ref().is_some_and(|choice| choice.index != 0) {
        return false;
    }
    answer.expect_halves(false);
    answer.id(&event.id);
    let has_usage = event.usage.is_some();
    if let Some(counts) = event.usage {
        answer.usage(usage::Counts::from(counts).into());
    }
    let Some(Choice {
        delta,
        finish_reason,
        ..
    }) = choice
    else {
        return true;
    };
    answer.stopped(as_str(finish_reason.as_ref()));
    let has_more = has_usage || finish_reason.is_some() || delta.has_more_than_content();
    let reasoning = match (&delta.reasoning_content, &delta.reasoning) {
        (Some(Text(text)), _) => Some(("reasoning_content", text)),
        (None, Some(Text(text))) => Some(("reasoning", text)),
        (None, None) => None,
    };
    if let Some((field, text)) = reasoning {
        answer.reasoning_field(field);
        answer.reasoning(text);
    }
    if let Some(Text(content)) = delta.content {
        answer.text(&content);
        if let Cow::Borrowed(words) = content
            && !has_more
        {
            same.note(data, words);
        }
    }
    if let Some(AtMostOne(Some(call))) = delta.tool_calls {
        answer.call_fragment(&call.fragment());
    }
    true
}

impl Delta<'_> {
    fn has_more_than_content(&self) -> bool {
        self.reasoning_content.is_some() || self.reasoning.is_some() || self.tool_calls.is_some()
    }
}

impl Call<'_> {
    fn fragment(&self) -> Fragment<'_> {
        let arguments = self.function.arguments.as_ref();
        Fragment {
            index: self.index,
            id: as_str(self.id.as_ref()),
            name: as_str(self.function.name.as_ref()),
            arguments: arguments.map_or(Arguments::None, |Text(text)| Arguments::Text(text)),
            fields: None,
        }
    }
}

impl From<Counts> for usage::Counts {
    fn from(counts: Counts) -> Self {
        Self {
            input: Some(counts.prompt_tokens),
            output: Some(counts.completion_tokens),
            total: counts.total_tokens,
            cached: counts.prompt_tokens_details.and_then(|it| it.cached),
            reasoning: counts.completion_tokens_details.and_then(|it| it.reasoning),
        }
    }
}

fn as_str<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", |Text(text)| text)
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

    const OTHERS: [&str; 9] = [
        r#"{"id":"c1","choices":[]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"max_tokens"}],"usage":null}"#,
        r#"{"choices":[{"index":0,"delta":{"content":null,"refusal":null,"reasoning":"\u00e9 b","function_call":null}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a","reasoning_content":"b","reasoning":"c"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"k","type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"id":null,"function":{"arguments":"{\"x\": 1}"}}]}}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":6,"prompt_tokens_details":{"cached_tokens":1,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1,"accepted_prediction_tokens":0}}}"#,
    ];

    #[test]
    fn usual_events_are_read_to_the_same_effect_and_all_else_is_left() {
        for data in WORDS.into_iter().chain(OTHERS) {
            assert!(read_both_ways(data), "{data}");
        }
        for data in [
            "",
            "[DONE]",
            r#"{"object":"error","choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"error":{"message":"no"},"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a \ud83d"}}]}"#,
            r#"{"id":1,"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a","audio":{}}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"refusal":"no"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":{"x":1.0}}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{}},{"index":1,"function":{}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"extra_content":1,"function":{"arguments":""}}]}}]}"#,
            r#"{"choices":[],"usage":{"input_tokens":3,"output_tokens":2}}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":3.0,"completion_tokens":2}}"#,
        ] {
            assert!(!read_both_ways(data), "{data}");
        }
    }

    #[test]
    fn an_event_with_a_byte_changed_is_read_to_the_same_effect_or_left() {
        for data in WORDS.into_iter().chain(OTHERS) {
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
