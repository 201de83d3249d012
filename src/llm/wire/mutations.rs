//! Streams and arguments that are damaged at random, by seed: whatever comes, reading ends, in bounds,
//! and the same however the bytes are cut.

use fastrand::Rng;
use serde_json::Value;

use super::{arguments_text, wire_of};
use crate::base::lenient_json;
use crate::llm::answer::Answer;
use crate::llm::json;
use crate::llm::model::Generation;
use crate::net::sse::SseDecoder;
use crate::profile::Api;

const MAX_EVENT_BYTES: usize = 4 * 1024;
const SEEDS: u64 = 3_000;

/// A short turn of each protocol: reasoning, text with a character of four bytes, a call, the end.
fn recorded(api: Api) -> &'static str {
    match api {
        Api::ChatCompletions => concat!(
            ": hello\n\n",
            "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"é🙂\\ud83d\"}}]}\r\n\r\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"\\ude00\"}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",",
            "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":\"}}]}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,",
            "\"function\":{\"arguments\":\"[1]}\"}}]},\"finish_reason\":\"stop\"}]}\n\n",
            "data: [DONE]\n\n",
        ),
        Api::Responses => concat!(
            "event: response.created\n",
            "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n",
            "data: {\"type\":\"response.reasoning_text.delta\",\"delta\":\"hm\"}\n\n",
            "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"é🙂\"}\n\n",
            "data: {\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":",
            "{\"type\":\"function_call\",\"call_id\":\"a\",\"name\":\"f\",\"arguments\":\"\"}}\n\n",
            "data: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,",
            "\"delta\":\"{\\\"x\\\":\"}\n\n",
            "data: {\"type\":\"response.function_call_arguments.done\",\"output_index\":1,",
            "\"arguments\":\"{\\\"x\\\":[1]}\"}\n\n",
            "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":1}}}\n\n",
        ),
        Api::Messages => concat!(
            "event: message_start\n",
            "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\n",
            "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":",
            "{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
            "{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":",
            "{\"type\":\"text_delta\",\"text\":\"é🙂\"}}\n\n",
            "data: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":",
            "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":",
            "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\\\":[1]}\"}}\n\n",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n",
            "data: {\"type\":\"message_stop\"}\n\n",
        ),
        Api::Gemini => concat!(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true}]}}]}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"é🙂\"}]}}],\"responseId\":\"r\"}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",",
            "\"args\":{\"x\":[1]}},\"thoughtSignature\":\"s\"}]},\"finishReason\":\"STOP\"}],",
            "\"usageMetadata\":{\"promptTokenCount\":1}}\r\n\r\n",
        ),
        Api::OciGeneric => concat!(
            "data: {\"message\":{\"reasoningContent\":\"hm\"}}\n\n",
            "data: {\"message\":{\"content\":[{\"type\":\"TEXT\",\"text\":\"é🙂\"}]},\"pad\":\"aa\"}\n\n",
            "data: {\"message\":{\"toolCalls\":[{\"id\":\"a\",\"name\":\"f\",",
            "\"arguments\":\"{\\\"x\\\":\"}]}}\n\n",
            "data: {\"message\":{\"toolCalls\":[{\"arguments\":\"[1]}\"}]},\"finishReason\":\"stop\"}\n\n",
        ),
        Api::OciCohere => concat!(
            "data: {\"apiFormat\":\"COHERE\",\"text\":\"é🙂\"}\n\n",
            "data: {\"toolCalls\":[{\"name\":\"f\",\"parameters\":{\"x\":[1]}}]}\n\n",
            "data: {\"text\":\"é🙂\",\"finishReason\":\"COMPLETE\"}\n\n",
        ),
    }
}

/// Damages bytes in one to four places.
fn damaged(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    /// The marks that decide how text is read.
    const MARKS: &[&[u8]] = &[
        b"\n",
        b"\r",
        b"\n\n",
        b"data:",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"\\",
        b"\\ud83d",
        b"null",
        b"-1",
        b"1e999",
        b"\xff",
        b"\xf0\x9f",
        b"\xef\xbb\xbf",
        b"\0",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=bytes.len());
        let end = (at + rng.usize(..12)).min(bytes.len());
        match rng.u8(..5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy.repeat(rng.usize(1..40)));
            }
            3 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(..8),
            _ => drop(bytes.splice(at..at, rng.choice(MARKS).unwrap().iter().copied())),
        }
    }
    bytes
}

/// Reads a stream whose bytes come in the pieces given, until the first thing that can't be read.
fn read(api: Api, pieces: &[&[u8]]) -> (Generation, bool) {
    let wire = wire_of(api);
    let mut decoder = SseDecoder::new(MAX_EVENT_BYTES);
    let mut answer = Answer::default();
    let mut is_readable = true;
    'stream: for piece in pieces {
        let mut events = Vec::new();
        is_readable = decoder.push(piece, &mut events).is_ok();
        for event in events {
            assert!(event.data.len() <= MAX_EVENT_BYTES);
            let Some(read) = str::from_utf8(&event.data)
                .ok()
                .and_then(|data| json::parse(data).ok())
            else {
                is_readable = false;
                break 'stream;
            };
            answer.expect_halves(read.has_halves);
            if wire.read_event(&read.value, &mut answer).is_err() {
                is_readable = false;
                break 'stream;
            }
        }
        if !is_readable {
            break;
        }
    }
    (answer.finish("call").0, is_readable)
}

#[test]
fn a_damaged_stream_is_read_the_same_however_it_is_cut() {
    let mut readable = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let api = rng.choice(Api::ALL).unwrap();
        let bytes = damaged(recorded(api).as_bytes(), &mut rng);
        let whole = read(api, &[&bytes]);
        let cut = rng.usize(1..30);
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        assert_eq!(
            read(api, &pieces),
            whole,
            "seed {seed}, {api:?}, pieces of {cut}"
        );
        let (generation, is_readable) = whole;
        readable += u64::from(is_readable);
        let mut ids: Vec<_> = generation.tool_calls.iter().map(|call| &call.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(
            ids.len(),
            generation.tool_calls.len(),
            "seed {seed}: ids are unique"
        );
        assert!(ids.iter().all(|id| !id.is_empty()), "seed {seed}");
    }
    // Both ends of the test are worth something: neither all nor none of the streams broke.
    assert!(
        (SEEDS / 20..SEEDS * 19 / 20).contains(&readable),
        "{readable} were readable"
    );
}

#[test]
fn whole_streams_say_what_was_recorded() {
    for api in Api::ALL {
        let (generation, is_readable) = read(
            api,
            &[recorded(api)
                .trim_end_matches("data: [DONE]\n\n")
                .as_bytes()],
        );
        assert!(is_readable, "{api:?}");
        assert!(generation.content.starts_with("é🙂"), "{api:?}");
        let thinks = api != Api::OciCohere;
        assert_eq!(
            generation.reasoning,
            if thinks { "hm" } else { "" },
            "{api:?}"
        );
        assert_eq!(
            generation.tool_calls[0].arguments, r#"{"x":[1]}"#,
            "{api:?}"
        );
    }
}

#[test]
fn damaged_arguments_are_an_object_when_they_go_back_and_repairs_are_stable() {
    let recorded = r#"{"city": "Zürich", "days": [1, 2.5, -3e2], "at": {"lat": null, "ok": true}, "q": "a\\"b\\u00e9"}"#;
    let mut objects = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let bytes = damaged(recorded.as_bytes(), &mut rng);
        let text = String::from_utf8_lossy(&bytes);
        let back = arguments_text(&text);
        let read: Value = serde_json::from_str(&back).unwrap();
        assert!(read.is_object(), "seed {seed}: {back}");
        let Ok(repaired) = lenient_json::read(&text) else {
            continue;
        };
        objects += u64::from(repaired.is_object());
        let again = lenient_json::read(&repaired.to_string());
        assert_eq!(again.as_ref(), Ok(&repaired), "seed {seed}: {text}");
    }
    assert!(objects > 0, "none was read");
    for (end, _) in recorded.char_indices().skip(1) {
        let cut = lenient_json::read(recorded.get(..end).unwrap());
        assert!(cut.is_err(), "{end}: {cut:?}");
    }
}
