//! What a server's refusals change in later requests, and what they do not.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::conversation::{Message, Role, ToolCall, ToolResult};
use crate::llm::model::{GenerationRequest, ResponseFormat};
use crate::llm::scripted_server::{self, Script, ScriptedServer, answer, stream};
use crate::profile::{Api, ModelEndpoint};

const SPOKEN: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn request() -> GenerationRequest {
    GenerationRequest {
        messages: [Message::text("1", Role::User, "Hello?")]
            .map(std::sync::Arc::new)
            .into(),
        is_streamed: true,
        ..GenerationRequest::default()
    }
}

fn shaped() -> GenerationRequest {
    GenerationRequest {
        response_format: Some(ResponseFormat {
            name: "answer".to_owned(),
            schema: json!({"type": "object", "required": ["n"]}),
        }),
        ..request()
    }
}

fn endpoint(server: &ScriptedServer) -> ModelEndpoint {
    ModelEndpoint::new(Api::ChatCompletions, server.url.parse().unwrap(), "m")
}

async fn start(scripts: Vec<Script>) -> ScriptedServer {
    ScriptedServer::start("/v1/chat/completions", scripts).await
}

async fn next_body(server: &mut ScriptedServer) -> Value {
    server.requests.recv().await.unwrap().1
}

#[tokio::test]
async fn a_schema_with_a_mistake_turns_nothing_off() {
    let refusal = r#"{"error":{"message":"Invalid schema for response_format 'answer': In context=('properties', 'n'), 'oneOf' is not permitted.","param":"response_format"}}"#;
    let scripts = vec![
        answer("400 Bad Request", "", refusal),
        stream(&[SPOKEN, DONE]),
    ];
    let mut server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let (refused, heard) = scripted_server::ask(&model, &shaped()).await;
    let error = refused.unwrap_err();
    assert!(
        error.message.contains("'oneOf' is not permitted"),
        "{error}"
    );
    let hint = error.hint.as_deref().unwrap();
    assert!(hint.contains("not this one"), "{hint}");
    assert_eq!(*heard.notices.lock().unwrap(), [""; 0]);
    let (answered, _) = scripted_server::ask(&model, &shaped()).await;
    assert!(answered.is_ok());
    for _ in 0..2 {
        let body = next_body(&mut server).await;
        assert_eq!(body["response_format"]["type"], "json_schema");
    }
}

#[tokio::test]
async fn what_a_person_wrote_of_a_refusal_keeps_nothing_from_being_learnt() {
    let refusal = r#"{"error":{"message":"Unknown parameter: stream_options is not supported by this model"}}"#;
    let scripts = vec![
        answer("400 Bad Request", "", refusal),
        stream(&[SPOKEN, DONE]),
        stream(&[SPOKEN, DONE]),
    ];
    let mut server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let mut asked = request();
    std::sync::Arc::make_mut(&mut asked.messages[0]).content =
        "Why do I read \"stream_options is not supported by this model\"?".to_owned();
    let mut notices = Vec::new();
    for _ in 0..2 {
        let (answered, heard) = scripted_server::ask(&model, &asked).await;
        assert_eq!(answered.unwrap().content, "Hi");
        notices.extend(heard.notices.into_inner().unwrap());
    }
    assert_eq!(notices.len(), 1, "{notices:?}");
    for is_sent in [true, false, false] {
        let body = next_body(&mut server).await;
        assert_eq!(body.get("stream_options").is_some(), is_sent);
    }
}

#[tokio::test]
async fn what_a_server_quotes_of_a_person_is_tried_and_not_kept() {
    let refusal = r#"{"error":{"message":"The input was flagged: why is stream_options not supported here"}}"#;
    let scripts = vec![
        answer("400 Bad Request", "", refusal),
        answer("400 Bad Request", "", refusal),
        stream(&[SPOKEN, DONE]),
    ];
    let mut server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let mut asked = request();
    std::sync::Arc::make_mut(&mut asked.messages[0]).content =
        "Why is stream_options not supported here?".to_owned();
    let (refused, heard) = scripted_server::ask(&model, &asked).await;
    assert!(refused.unwrap_err().message.contains("flagged"));
    assert_eq!(*heard.notices.lock().unwrap(), [""; 0]);
    let (answered, _) = scripted_server::ask(&model, &request()).await;
    assert!(answered.is_ok());
    for is_sent in [true, false, true] {
        let body = next_body(&mut server).await;
        assert_eq!(body.get("stream_options").is_some(), is_sent);
    }
}

#[tokio::test]
async fn a_model_that_may_not_stream_is_asked_for_whole_answers_from_then_on() {
    for refusal in [
        r#"{"error":{"message":"Your organization must be verified to stream this model.","param":"stream","code":"unsupported_value"}}"#,
        r#"{"error":{"message":"Unknown parameter: 'stream'."}}"#,
    ] {
        asks_for_whole_answers_after(refusal).await;
    }
}

async fn asks_for_whole_answers_after(refusal: &str) {
    let whole = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let json = "Content-Type: application/json\r\n";
    let scripts = vec![
        answer("400 Bad Request", "", refusal),
        answer("200 OK", json, whole),
        answer("200 OK", json, whole),
    ];
    let mut server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let mut notices = Vec::new();
    for _ in 0..2 {
        let (answered, heard) = scripted_server::ask(&model, &request()).await;
        assert_eq!(answered.unwrap().content, "Hi");
        notices.extend(heard.notices.into_inner().unwrap());
    }
    let expected = format!(
        "`m` at `{}` does not stream: answers come in one piece",
        server.url
    );
    assert_eq!(notices, [expected], "told once");
    for is_streamed in [true, false, false] {
        let body = next_body(&mut server).await;
        assert_eq!(body.get("stream").is_some(), is_streamed, "{refusal}");
        assert_eq!(body.get("stream_options").is_some(), is_streamed);
    }
}

#[tokio::test]
async fn of_several_answers_none_is_asked_for_and_the_first_is_read() {
    let piece = |index: u64, text: &str| {
        let choice = json!({"index": index, "delta": {"content": text}});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    let both = json!({"choices": [
        {"index": 1, "delta": {"content": "Zwei."}, "finish_reason": "stop"},
        {"index": 0, "delta": {"content": "One."}, "finish_reason": "stop"},
    ]});
    let mixed = [
        piece(0, "One "),
        piece(1, "Eins "),
        piece(1, "und "),
        piece(0, "and "),
        format!("data: {both}\n\n"),
        DONE.to_owned(),
    ];
    let whole = json!({"choices": [
        {"index": 1, "message": {"content": "Zwei."}, "finish_reason": "stop"},
        {"index": 0, "message": {"content": "One and One."}, "finish_reason": "stop"},
    ]});
    let scripts = vec![
        stream(&mixed.each_ref().map(String::as_str)),
        answer(
            "200 OK",
            "Content-Type: application/json\r\n",
            &whole.to_string(),
        ),
    ];
    let mut server = start(scripts).await;
    let generation = json!({"n": 2, "best_of": 3, "temperature": 0.5});
    let model = scripted_server::model(ModelEndpoint {
        generation: generation.as_object().unwrap().clone(),
        ..endpoint(&server)
    });
    let mut notices = Vec::new();
    for _ in 0..2 {
        let (answered, heard) = scripted_server::ask(&model, &request()).await;
        assert_eq!(answered.unwrap().content, "One and One.");
        assert_eq!(*heard.text.lock().unwrap(), "One and One.");
        notices.extend(heard.notices.into_inner().unwrap());
        let body = next_body(&mut server).await;
        assert_eq!((body.get("n"), body.get("best_of")), (None, None));
        assert_eq!(body["temperature"], 0.5);
    }
    let expected = format!(
        "`m` at `{}` is asked for one answer: `n` is left out",
        server.url
    );
    assert_eq!(notices, [expected], "told once");
}

#[tokio::test]
async fn half_a_character_is_told_once_in_text_and_kept_for_its_reader_in_json() {
    let half = "data: {\"choices\":[{\"delta\":{\"content\":\"a \\ud83d\"}}]}\n\n";
    let low = "data: {\"choices\":[{\"delta\":{\"content\":\"b \\ude00\"}}]}\n\n";
    for (asked, content, n_notices) in [
        (request(), "a \u{fffd}b \u{fffd}Hi", 1),
        (shaped(), r"a \ud83db \ude00Hi", 0),
    ] {
        let server = start(vec![stream(&[half, low, SPOKEN, DONE])]).await;
        let model = scripted_server::model(endpoint(&server));
        let (answered, heard) = scripted_server::ask(&model, &asked).await;
        assert_eq!(answered.unwrap().content, content);
        let notices = heard.notices.into_inner().unwrap();
        assert_eq!(notices.len(), n_notices, "{notices:?}");
    }
}

#[tokio::test]
async fn a_gateways_word_for_the_wait_counts() {
    let headers = "llm_provider-retry-after: 0\r\n";
    let scripts = vec![
        answer("429 Too Many Requests", headers, ""),
        stream(&[SPOKEN, DONE]),
    ];
    let server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let (answered, heard) = scripted_server::ask(&model, &request()).await;
    assert_eq!(answered.unwrap().attempts, 2);
    let waits: Vec<_> = heard
        .retries
        .lock()
        .unwrap()
        .iter()
        .map(|retry| retry.wait)
        .collect();
    assert_eq!(waits, [std::time::Duration::ZERO]);
}

/// A conversation in which the model has called a tool and then answered.
fn conversation(extra: Option<Value>) -> GenerationRequest {
    let call = ToolCall {
        id: "c".to_owned(),
        name: "f".to_owned(),
        arguments: "{}".to_owned(),
        extra: None,
    };
    GenerationRequest {
        messages: [
            Message::text("1", Role::User, "Hello?"),
            Message {
                tool_calls: vec![call],
                extra,
                ..Message::text("2", Role::Agent, "")
            },
            Message::tool_result(
                "3",
                ToolResult {
                    call_id: "c".to_owned(),
                    content: "5".to_owned(),
                    is_error: false,
                },
            ),
            Message::text("4", Role::Agent, "It is 5."),
            Message::text("5", Role::User, "Thanks."),
        ]
        .map(std::sync::Arc::new)
        .into(),
        is_streamed: true,
        ..GenerationRequest::default()
    }
}

#[tokio::test]
async fn reasoning_goes_back_from_the_first_refusal_on_to_a_model_that_wants_it() {
    let refusal = r#"{"error":{"message":"thinking is enabled but reasoning_content is missing in assistant tool call message at index 1"}}"#;
    for field in ["reasoning_content", "reasoning"] {
        let scripts = vec![
            answer("400 Bad Request", "", refusal),
            stream(&[SPOKEN, DONE]),
            stream(&[SPOKEN, DONE]),
        ];
        let mut server = start(scripts).await;
        let model = scripted_server::model(endpoint(&server));
        let request = conversation(Some(json!({field: "I add."})));
        for _ in 0..2 {
            let (answered, heard) = scripted_server::ask(&model, &request).await;
            assert_eq!(answered.unwrap().content, "Hi");
            assert_eq!(heard.retries.lock().unwrap().len(), 0);
        }
        let first = next_body(&mut server).await;
        assert_eq!(first["messages"][1].get("reasoning_content"), None);
        for _ in 0..2 {
            let body = next_body(&mut server).await;
            let sent = |at: usize| body["messages"][at]["reasoning_content"].clone();
            // One that came without is not left empty: such models refuse that.
            assert_eq!((sent(1), sent(3)), (json!("I add."), json!(" ")));
            assert_eq!(body["messages"][0].get("reasoning_content"), None);
        }
    }
}

#[tokio::test]
async fn reasoning_details_go_back_as_they_came_until_a_server_does_not_take_them() {
    let piece = |text: &str| {
        let detail = json!({"type": "reasoning.text", "text": text, "index": 0});
        let delta = json!({"reasoning": text, "reasoning_details": [detail]});
        format!("data: {}\n\n", json!({"choices": [{"delta": delta}]}))
    };
    let refusal = r#"{"error":{"message":"property 'reasoning_details' is unsupported"}}"#;
    let scripts = vec![
        stream(&[&piece("I "), &piece("add."), SPOKEN, DONE]),
        stream(&[SPOKEN, DONE]),
        answer("400 Bad Request", "", refusal),
        stream(&[SPOKEN, DONE]),
    ];
    let mut server = start(scripts).await;
    let model = scripted_server::model(endpoint(&server));
    let (answered, _) = scripted_server::ask(&model, &request()).await;
    let extra = answered.unwrap().extra.unwrap();
    let details = json!([{"type": "reasoning.text", "text": "I add.", "index": 0}]);
    let expected = json!({"reasoning": "I add.", "reasoning_details": details});
    assert_eq!(extra, expected);
    next_body(&mut server).await;
    let request = conversation(Some(extra));
    for _ in 0..2 {
        let (answered, _) = scripted_server::ask(&model, &request).await;
        assert!(answered.is_ok());
    }
    for is_sent in [true, true, false] {
        let body = next_body(&mut server).await;
        let sent = body["messages"][1].get("reasoning_details");
        assert_eq!(sent, is_sent.then_some(&details));
    }
}
