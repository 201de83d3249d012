//! When an answer counts and when a call ends, whatever a server goes on to send.

use std::time::Duration;

use futures_util::future::join_all;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::conversation::{Message, Role};
use crate::llm::model::{Generation, GenerationRequest, ModelError, ModelErrorKind};
use crate::llm::scripted_server::{
    self, Observed, STREAM_HEAD, Script, ScriptedServer, answer, stream,
};
use crate::profile::{Api, CallLimits, ModelEndpoint};

const HI: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const JSON: &str = "Content-Type: application/json\r\n";
const WHOLE: &str = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;

/// What servers send to show that they live.
const HEARTBEATS: [&str; 6] = [
    ": keep-alive\n\n",
    "data:\n\n",
    "data: \n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: ping\ndata: now\n\n",
    "data: {\"choices\":[]}\n\n",
];

fn endpoint(api: Api, server: &ScriptedServer, call_limits: CallLimits) -> ModelEndpoint {
    ModelEndpoint {
        call_limits,
        ..ModelEndpoint::new(api, server.url.parse().unwrap(), "m")
    }
}

async fn ask(
    api: Api,
    scripts: Vec<Script>,
    call_limits: CallLimits,
    is_streamed: bool,
) -> (Result<Generation, ModelError>, Observed, ScriptedServer) {
    let server = ScriptedServer::start("/v1", scripts).await;
    let model = scripted_server::model(endpoint(api, &server, call_limits));
    let request = GenerationRequest {
        messages: [Message::text("1", Role::User, "Hello?")]
            .map(std::sync::Arc::new)
            .into(),
        is_streamed,
        ..GenerationRequest::default()
    };
    let (answered, heard) = scripted_server::ask(&model, &request).await;
    (answered, heard, server)
}

fn drip(first: &[&str], beat: &str) -> Script {
    Script::Drip(STREAM_HEAD.to_owned() + &first.concat(), beat.to_owned())
}

fn idle(milliseconds: u64) -> CallLimits {
    CallLimits {
        call: None,
        idle: Some(Duration::from_millis(milliseconds)),
    }
}

fn call(milliseconds: u64) -> CallLimits {
    CallLimits {
        call: Some(Duration::from_millis(milliseconds)),
        idle: None,
    }
}

/// Each protocol's text, and its mark that the answer is whole.
fn marks() -> [(Api, String, String); 5] {
    let event = |value: serde_json::Value| format!("data: {value}\n\n");
    [
        (Api::ChatCompletions, HI.to_owned(), STOP.to_owned()),
        (
            Api::Messages,
            event(json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": "Hi"}})),
            event(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})),
        ),
        (
            Api::Gemini,
            event(json!({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]})),
            event(json!({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]})),
        ),
        (
            Api::OciGeneric,
            event(json!({"message": {"content": [{"type": "TEXT", "text": "Hi"}]}})),
            event(json!({"finishReason": "stop"})),
        ),
        (
            Api::OciCohere,
            event(json!({"text": "Hi"})),
            event(json!({"finishReason": "COMPLETE", "text": "Hi"})),
        ),
    ]
}

#[tokio::test]
async fn a_finished_answer_counts_though_its_stream_never_ends() {
    let mut asked = Vec::new();
    for (api, text, mark) in marks() {
        let head = STREAM_HEAD.to_owned() + &text + &mark;
        let mut tails = vec![
            Script::Hang(vec![head.clone()]),
            Script::Hang(vec![head.clone() + "data: {\"half"]),
            Script::Send(vec![head.clone() + "data: no JSON\n\n"]),
            Script::Send(vec![head.clone() + "data: {\"error\": \"too late\"}\n\n"]),
        ];
        tails.extend(HEARTBEATS.map(|beat| Script::Drip(head.clone(), beat.to_owned())));
        for tail in tails {
            asked.push(async move {
                let shown = format!("{api:?} {tail:?}");
                let (answered, _, _server) = ask(api, vec![tail], idle(30_000), true).await;
                (shown, answered)
            });
        }
    }
    for (shown, answered) in join_all(asked).await {
        let answered = answered.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(answered.content, "Hi", "{shown}");
        assert_eq!(answered.finish_reason.as_deref(), Some("stop"), "{shown}");
    }
}

#[tokio::test]
async fn the_usage_after_the_mark_is_waited_for() {
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n";
    let script = Script::Hang(vec![STREAM_HEAD.to_owned() + HI + STOP, usage.to_owned()]);
    let (answered, _, _server) = ask(Api::ChatCompletions, vec![script], idle(30_000), true).await;
    assert_eq!(answered.unwrap().usage.total_tokens, 18);
}

#[tokio::test]
async fn a_server_that_marks_each_piece_is_read_to_its_end() {
    let piece = |text: &str| {
        let candidate = json!({"content": {"parts": [{"text": text}]}, "finishReason": "STOP"});
        format!("data: {}\n\n", json!({"candidates": [candidate]}))
    };
    let pieces = ["One ", "and ", "two."].map(piece);
    let script = stream(&pieces.each_ref().map(String::as_str));
    let (answered, _, _server) = ask(Api::Gemini, vec![script], idle(30_000), true).await;
    assert_eq!(answered.unwrap().content, "One and two.");
}

#[tokio::test]
async fn heartbeats_keep_nothing_alive_past_the_bound() {
    let asked = HEARTBEATS.iter().flat_map(|beat| {
        [&[][..], &[HI][..]].map(|first| async move {
            let script = drip(first, beat);
            let (answered, _, _server) =
                ask(Api::ChatCompletions, vec![script; 3], idle(300), true).await;
            (beat, answered.unwrap_err())
        })
    });
    for (beat, error) in join_all(asked).await {
        assert_eq!(error.kind, ModelErrorKind::Network, "{beat}");
        let told = "sent no piece of an answer for 0.3 s, only signs of life";
        assert!(error.message.contains(told), "{beat}: {error}");
        assert!(error.hint.unwrap().contains("`idle_timeout`"), "{beat}");
    }
}

#[tokio::test]
async fn a_call_ends_at_its_bound_whatever_comes() {
    let blanks = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    let marked =
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n";
    let cases = [
        (drip(&[], HI), true, "had not ended its answer"),
        (drip(&[], marked), true, "had not ended its answer"),
        (drip(&[], HEARTBEATS[0]), true, "had not ended its answer"),
        (
            Script::Drip(blanks.to_owned(), "\n".to_owned()),
            false,
            "had not ended its answer",
        ),
        (Script::Hang(Vec::new()), true, "did not begin to answer"),
        (Script::Hang(Vec::new()), false, "did not begin to answer"),
    ];
    for (script, is_streamed, told) in cases {
        let shown = format!("{script:?}");
        let limits = CallLimits {
            idle: Some(Duration::from_secs(30)),
            ..call(400)
        };
        let (answered, heard, _server) =
            ask(Api::ChatCompletions, vec![script], limits, is_streamed).await;
        let error = answered.unwrap_err();
        let told = format!("{told} when the 0.4 s of a model call were over");
        assert!(error.message.ends_with(&told), "{shown}: {error}");
        assert!(error.hint.unwrap().contains("`call_timeout`"), "{shown}");
        assert_eq!(heard.retries.lock().unwrap().len(), 0, "{shown}");
    }
}

#[tokio::test]
async fn a_whole_answer_counts_though_its_connection_stays_open() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    let script = Script::Hang(vec![head.to_owned() + WHOLE]);
    let (answered, _, _server) = ask(Api::ChatCompletions, vec![script], idle(30_000), false).await;
    assert_eq!(answered.unwrap().content, "Hi");
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_piece_is_asked_for_in_one_piece() {
    let error = "data: {\"error\":{\"message\":\"no streams here\",\"code\":400}}\n\n";
    let broken = [
        ("ended", stream(&[])),
        ("ended after a heartbeat", stream(&[HEARTBEATS[0]])),
        ("an error", stream(&[error])),
        ("no JSON", stream(&["data: oops\n\n"])),
        (
            "JSON",
            answer("200 OK", JSON, r#"{"error": "no streams here"}"#),
        ),
        (
            "JSON that calls itself a stream",
            stream(&[r#"{"error": "no streams here"}"#]),
        ),
        (
            "cut inside a chunk",
            Script::Send(vec![
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99\r\n\r\n"
                    .to_owned(),
            ]),
        ),
    ];
    for (name, broken) in broken {
        let scripts = vec![broken, answer("200 OK", JSON, WHOLE)];
        let (answered, heard, mut server) =
            ask(Api::ChatCompletions, scripts, CallLimits::default(), true).await;
        assert_eq!(answered.expect(name).content, "Hi", "{name}");
        for is_streamed in [true, false] {
            let (_, body) = server.requests.recv().await.unwrap();
            assert_eq!(body["stream"], is_streamed, "{name}");
        }
        let retries = heard.retries.into_inner().unwrap();
        let reason = &retries[0].reason;
        let told = "; flowdeck asks again without streaming";
        assert!(reason.ends_with(told), "{name}: {reason}");
    }
}

#[tokio::test]
async fn where_both_ways_fail_the_servers_words_are_told() {
    let error = "data: {\"error\":{\"message\":\"no streams here\",\"code\":400}}\n\n";
    let words = r#"{"error": "nor anything else"}"#;
    for (status, count) in [("400 Bad Request", 1), ("503 Service Unavailable", 2)] {
        let mut scripts = vec![stream(&[error])];
        scripts.extend(vec![answer(status, JSON, words); count]);
        let (answered, _, mut server) =
            ask(Api::ChatCompletions, scripts, CallLimits::default(), true).await;
        let error = answered.unwrap_err();
        for told in ["nor anything else", "as a stream: ", "no streams here"] {
            assert!(error.message.contains(told), "{error}");
        }
        let mut forms = Vec::new();
        for _ in 0..=count {
            forms.push(server.requests.recv().await.unwrap().1["stream"].clone());
        }
        let whole = forms.iter().filter(|form| **form == json!(false)).count();
        assert_eq!(whole, count, "{forms:?}");
    }
}

#[tokio::test]
async fn an_answer_without_events_is_read_where_a_stream_was_asked_for() {
    let (answered, heard, _server) = ask(
        Api::ChatCompletions,
        vec![stream(&[WHOLE])],
        CallLimits::default(),
        true,
    )
    .await;
    assert_eq!(answered.unwrap().content, "Hi");
    assert_eq!(heard.retries.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_that_is_not_utf_8_is_refused() {
    let latin1 = |text: &str| -> Vec<u8> {
        let bytes = text.chars().map(|character| character as u32);
        bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
    };
    let body = |piece: &str, place: &str| {
        format!(r#"{{"choices":[{{"{place}":{piece},"finish_reason":"stop"}}]}}"#)
    };
    let streamed = |piece: &str| {
        let event = body(piece, "delta");
        Script::Bytes(latin1(&format!("{STREAM_HEAD}data: {event}\n\n")))
    };
    let whole = |piece: &str| {
        let body = body(piece, "message");
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}Connection: close\r\n\r\n");
        Script::Bytes(latin1(&(head + &body)))
    };
    let text = r#"{"content":"Müller"}"#;
    let call = r#"{"tool_calls":[{"id":"a","function":{"name":"pay","arguments":"{\"to\":\"Müller\"}"}}]}"#;
    for piece in [text, call] {
        for (is_streamed, scripts) in [
            (false, vec![whole(piece)]),
            (true, vec![streamed(piece), whole(piece)]),
        ] {
            let limits = idle(30_000);
            let (answered, heard, _server) =
                ask(Api::ChatCompletions, scripts, limits, is_streamed).await;
            let error = answered.unwrap_err();
            assert_eq!(error.kind, ModelErrorKind::BadAnswer, "{error}");
            let told = "sent an answer that is not UTF-8: ";
            assert!(error.message.contains(told), "{error}");
            assert_eq!(*heard.text.lock().unwrap(), "");
        }
    }
    let scripts = vec![streamed(text), answer("200 OK", JSON, WHOLE)];
    let (answered, ..) = ask(Api::ChatCompletions, scripts, idle(30_000), true).await;
    assert_eq!(answered.unwrap().content, "Hi");
}
