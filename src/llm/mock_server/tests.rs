use std::sync::Arc;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use tokio::task::JoinSet;

use super::*;
use crate::conversation::{Message, Role, ToolDeclaration, ToolResult};
use crate::llm::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelErrorKind,
    Models, ResponseFormat, RetryNotice,
};
use crate::profile::{Api, ModelEndpoint, ModelTarget};

fn target(url: &str, model_id: &str) -> ModelTarget {
    let url = url.parse().unwrap();
    ModelTarget::Endpoint(Box::new(ModelEndpoint::new(
        Api::ChatCompletions,
        url,
        model_id,
    )))
}

/// A server on a port of its own that stops with the test.
struct Running {
    base: String,
    stop: CancellationToken,
    tasks: JoinSet<io::Result<()>>,
}

impl Running {
    async fn start(settings: MockSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, settings, stop.clone()));
        Self { base, stop, tasks }
    }

    fn model(&self) -> Arc<dyn Model> {
        let url = format!("{}/v1/chat/completions", self.base);
        Models::default().for_target(&target(&url, "m"))
    }

    async fn stats(&self) -> Value {
        let url = format!("{}/stats", self.base);
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let body = client.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&body).unwrap()
    }

    async fn stop(mut self) {
        self.stop.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[derive(Debug, Default)]
struct Heard {
    text: Mutex<String>,
    retries: Mutex<Vec<String>>,
}

impl GenerationObserver for Heard {
    fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
        if let GenerationDelta::Text(text) = delta {
            self.text.lock().unwrap().push_str(&text);
        }
        Box::pin(async {})
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        panic!("our own server takes all: {notice}")
    }

    fn retry(&self, notice: RetryNotice) -> BoxFuture<'_, ()> {
        self.retries.lock().unwrap().push(notice.reason);
        Box::pin(async {})
    }
}

fn request(text: &str, is_streamed: bool) -> GenerationRequest {
    GenerationRequest {
        messages: [Message::text("1", Role::User, text)]
            .map(std::sync::Arc::new)
            .into(),
        is_streamed,
        ..GenerationRequest::default()
    }
}

async fn generate(
    model: &Arc<dyn Model>,
    request: &GenerationRequest,
) -> (Result<Generation, crate::llm::ModelError>, Heard) {
    let heard = Heard::default();
    let cancel = CancellationToken::new();
    let generated = model.generate(request, &heard, &cancel).await;
    (generated, heard)
}

#[tokio::test]
async fn what_it_says_is_what_the_offline_model_says() {
    let server = Running::start(MockSettings::default()).await;
    let model = server.model();
    for is_streamed in [true, false] {
        let request = request("Tell me about solar sails.", is_streamed);
        let expected = OfflineModel::default().answer(&request);
        let (generated, heard) = generate(&model, &request).await;
        let generated = generated.unwrap();
        assert_eq!(generated.content, expected.content);
        assert_eq!(generated.usage, expected.usage);
        assert_eq!(generated.finish_reason.as_deref(), Some("stop"));
        assert_eq!(*heard.text.lock().unwrap(), expected.content);
    }
    server.stop().await;
}

#[tokio::test]
async fn tools_go_round_over_the_wire() {
    let server = Running::start(MockSettings::default()).await;
    let model = server.model();
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let mut request = request("What is the weather in Lima?", true);
    request.tools = [ToolDeclaration {
        name: "get_weather".to_owned(),
        description: "The weather of a city".to_owned(),
        parameters: schema,
    }]
    .into();
    let first = generate(&model, &request).await.0.unwrap();
    assert_eq!(first.finish_reason.as_deref(), Some("tool_calls"));
    assert_eq!(first.tool_calls[0].name, "get_weather");
    assert_eq!(first.tool_calls[0].arguments, r#"{"city":"Lima"}"#);
    let call_id = first.tool_calls[0].id.clone();
    request.messages.push(Arc::new(Message {
        tool_calls: first.tool_calls,
        ..Message::text("2", Role::Agent, first.content)
    }));
    let result = |call_id: &str| ToolResult {
        call_id: call_id.to_owned(),
        content: "sunny".to_owned(),
        is_error: false,
    };
    let mut wrong = request.clone();
    wrong
        .messages
        .push(Arc::new(Message::tool_result("3", result("other"))));
    let refused = generate(&model, &wrong).await.0.unwrap_err();
    assert_eq!(refused.kind, ModelErrorKind::Refused);
    assert!(
        refused
            .message
            .contains("no tool call before it has the id `other`")
    );

    request
        .messages
        .push(Arc::new(Message::tool_result("3", result(&call_id))));
    let second = generate(&model, &request).await.0.unwrap();
    assert!(second.content.starts_with("get_weather says: sunny."));
    server.stop().await;
}

#[tokio::test]
async fn structured_output_goes_over_the_wire() {
    let server = Running::start(MockSettings::default()).await;
    let mut request = request("Fastest car?", false);
    request.response_format = Some(ResponseFormat {
        name: "car".to_owned(),
        schema: json!({"type": "object", "properties": {"hp": {"type": "integer", "minimum": 900}}}),
    });
    let generated = generate(&server.model(), &request).await.0.unwrap();
    assert_eq!(generated.content, r#"{"hp":900}"#);
    server.stop().await;
}

#[tokio::test]
async fn requests_at_once_are_counted_and_a_client_that_leaves_is_seen() {
    let settings = MockSettings {
        length_words: Some(1_000),
        pace: Pace {
            between_words: Duration::from_millis(50),
            ..Pace::INSTANT
        },
        ..MockSettings::default()
    };
    let server = Running::start(settings).await;
    let cancel = CancellationToken::new();
    let mut calls = JoinSet::new();
    for _ in 0..5 {
        let (model, cancel) = (server.model(), cancel.clone());
        calls.spawn(async move {
            let heard = Heard::default();
            model
                .generate(&request("Speak.", true), &heard, &cancel)
                .await
        });
    }
    while server.stats().await["max_in_flight"] != json!(5) {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    while let Some(called) = calls.join_next().await {
        assert_eq!(called.unwrap().unwrap_err().kind, ModelErrorKind::Cancelled);
    }
    while server.stats().await["in_flight"] != json!(0) {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.stats().await["disconnected"], json!(5));
    server.stop().await;
}

#[tokio::test]
async fn faults_are_retried_but_not_inside_a_stream() {
    let settings = MockSettings {
        error_rate: 1.0,
        ..MockSettings::default()
    };
    let server = Running::start(settings).await;
    let settings = crate::llm::ModelSettings {
        retry: crate::net::retry::RetryPolicy {
            max_attempts: 0,
            ..Default::default()
        },
        ..Default::default()
    };
    let mut inside_stream = 0;
    for number in 0..20 {
        let url = format!("{}/v1/chat/completions", server.base);
        let target = target(&url, &number.to_string());
        let model = Models::new(settings.clone()).for_target(&target);
        let (generated, heard) = generate(&model, &request("Speak.", true)).await;
        let error = generated.unwrap_err();
        if error.message.contains("broke off") {
            inside_stream += 1;
            assert!(!heard.text.lock().unwrap().is_empty());
        } else {
            let kinds = [ModelErrorKind::RateLimit, ModelErrorKind::Server];
            assert!(kinds.contains(&error.kind), "{error}");
        }
    }
    assert!(inside_stream > 0);
    assert_eq!(server.stats().await["errors"], json!(20));
    server.stop().await;
}
