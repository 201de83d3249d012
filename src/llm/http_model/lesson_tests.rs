//! What a server's refusals change in later requests, and what they do not.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::conversation::{Message, Role};
use crate::llm::model::{GenerationRequest, ResponseFormat};
use crate::llm::scripted_server::{self, Script, ScriptedServer, answer, stream};
use crate::profile::{Api, ModelEndpoint};

const SPOKEN: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn request() -> GenerationRequest {
    GenerationRequest {
        messages: vec![Message::text("1", Role::User, "Hello?")],
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
async fn a_model_that_may_not_stream_is_asked_for_whole_answers_from_then_on() {
    let refusal = r#"{"error":{"message":"Your organization must be verified to stream this model.","param":"stream","code":"unsupported_value"}}"#;
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
        assert_eq!(body["stream"], is_streamed);
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
