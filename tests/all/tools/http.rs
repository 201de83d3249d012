//! Tools behind HTTP, against a server of the test's own.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flowdeck::spec::Component;
use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Bed, component, properties};

/// One request as the server got it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Got {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) content_type: String,
    pub(super) key: String,
    pub(super) body: String,
}

type Answering = Arc<dyn Fn(&Got, usize) -> Response + Send + Sync>;

#[derive(Clone)]
struct Handler {
    got: Arc<Mutex<Vec<Got>>>,
    answering: Answering,
}

/// A server on loopback that keeps what it gets; ended when dropped.
pub(super) struct Server {
    pub(super) url: String,
    got: Arc<Mutex<Vec<Got>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// `answer` makes the answer to a request; its number counts from 1.
    pub(super) async fn start(
        answer: impl Fn(&Got, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let handler = Handler {
            got: Arc::default(),
            answering: Arc::new(answer),
        };
        let got = Arc::clone(&handler.got);
        let app = Router::new().fallback(handle).with_state(handler);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            got,
            _tasks: tasks,
        }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn handle(
    State(handler): State<Handler>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let got = Got {
        method: method.to_string(),
        uri: uri.to_string(),
        content_type: text("content-type"),
        key: text("x-key"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let count = {
        let mut all = handler.got.lock().unwrap();
        all.push(got.clone());
        all.len()
    };
    (handler.answering)(&got, count)
}

pub(super) fn json_answer(value: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

/// A `RemoteTool` named `t`; `fields` are put over its own.
fn remote_tool(url: &str, inputs: &Value, outputs: &Value, fields: &Value) -> Arc<Component> {
    let mut document = json!({
        "component_type": "RemoteTool", "id": "t", "name": "t", "url": url, "http_method": "GET",
        "inputs": properties(inputs), "outputs": properties(outputs),
    });
    for (name, value) in fields.as_object().unwrap() {
        document[name] = value.clone();
    }
    component(document)
}

#[tokio::test]
async fn a_remote_tool_fills_address_query_headers_and_body() {
    let server =
        Server::start(|_, _| json_answer(&json!({"sky": "blue", "celsius": 20, "x": 1}))).await;
    let tool = remote_tool(
        &format!("{}/v1/{{{{city}}}}?a=1", server.url),
        &json!({"city": "string", "days": "integer", "tags": "array"}),
        &json!({"sky": "string", "celsius": "number"}),
        &json!({
            "http_method": "POST",
            "query_params": {"d": "{{days}}", "t": "{{tags}}"},
            "headers": {"Accept": "application/json"},
            "sensitive_headers": {"X-Key": "k {{days}}"},
            "data": {"days": "{{days}}", "say": "{{days}} days in {{city}}"},
        }),
    );
    let bed = Bed::new("", &[]);
    let plan = ToolPlan::Run {
        lane: Lane::Http,
        binding: format!("POST {}/v1/{{{{city}}}}?a=1", server.url),
    };
    assert_eq!(bed.tools.plan(&tool), plan);
    let arguments = json!({"city": "São \"Paulo\"/SP", "days": 3, "tags": ["x", "y z"]});
    let output = bed.call(&tool, arguments).await.unwrap();
    assert_eq!(output, json!({"sky": "blue", "celsius": 20}));
    let expected = Got {
        method: "POST".to_owned(),
        uri: "/v1/S%C3%A3o%20%22Paulo%22%2FSP?a=1&d=3&t=x&t=y+z".to_owned(),
        content_type: "application/json".to_owned(),
        key: "k 3".to_owned(),
        body: r#"{"days":3,"say":"3 days in São \"Paulo\"/SP"}"#.to_owned(),
    };
    assert_eq!(server.got(), [expected]);
}

#[tokio::test]
async fn forms_text_and_json_in_text_are_sent_as_what_they_are() {
    let server = Server::start(|_, _| "ok".into_response()).await;
    let form = json!({"content-type": "application/x-www-form-urlencoded"});
    for (fields, content_type, body) in [
        (
            json!({"headers": form, "data": {"q": "{{q}}", "l": ["1", "{{q}}"]}}),
            "application/x-www-form-urlencoded",
            "q=a+%22b%22&l=1&l=a+%22b%22",
        ),
        (
            json!({"data": "{\"q\": \"{{q}}\"}"}),
            "application/json",
            r#"{"q":"a \"b\""}"#,
        ),
        (json!({"data": "q is {{q}}"}), "", r#"q is a "b""#),
        (json!({"data": {}, "query_params": {"q": "{{q}}"}}), "", ""),
    ] {
        let mut fields = fields;
        fields["http_method"] = json!("POST");
        let tool = remote_tool(
            &server.url,
            &json!({"q": "string"}),
            &json!({"out": "string"}),
            &fields,
        );
        let output = Bed::new("", &[]).call(&tool, json!({"q": "a \"b\""})).await;
        assert_eq!(output.unwrap(), json!("ok"));
        let got = server.got().pop().unwrap();
        assert_eq!(
            (got.content_type.as_str(), got.body.as_str()),
            (content_type, body)
        );
    }
}

#[tokio::test]
async fn an_answer_becomes_the_declared_output() {
    let server = Server::start(|got, _| match got.uri.as_str() {
        "/number" => "7".into_response(),
        "/json" => json_answer(&json!({"a": [1]})),
        "/empty" => StatusCode::NO_CONTENT.into_response(),
        _ => ([(header::CONTENT_TYPE, "application/json")], "{half").into_response(),
    })
    .await;
    let bed = Bed::new("", &[]);
    for (path, ty, expected) in [
        ("/number", "integer", Ok(json!(7))),
        ("/number", "string", Ok(json!("7"))),
        ("/json", "object", Ok(json!({"a": [1]}))),
        ("/json", "string", Ok(json!("{\"a\":[1]}"))),
        ("/empty", "string", Ok(json!(""))),
        ("/json", "integer", Err(ToolErrorKind::BadOutput)),
        ("/half", "string", Err(ToolErrorKind::BadOutput)),
    ] {
        let url = format!("{}{path}", server.url);
        let tool = remote_tool(&url, &json!({}), &json!({"out": ty}), &json!({}));
        let output = bed.call(&tool, json!({})).await.map_err(|error| error.kind);
        assert_eq!(output, expected, "{path} {ty}");
    }
}

#[tokio::test]
async fn an_argument_may_decide_the_server_only_by_an_allow_list() {
    let server = Server::start(|_, _| "ok".into_response()).await;
    let bed = Bed::new("", &[]);
    let call = async |allow_list: Value, path: &str| {
        let tool = remote_tool(
            "{{url}}",
            &json!({"url": "string"}),
            &json!({"out": "string"}),
            &json!({"url_allow_list": allow_list}),
        );
        let url = format!("{}{path}", server.url);
        bed.call(&tool, json!({"url": url}))
            .await
            .map_err(|error| error.message)
    };
    let here = json!([format!("{}/open", server.url)]);
    assert_eq!(call(here.clone(), "/open/door").await, Ok(json!("ok")));
    let refused = format!(
        "the request of `t` can't be made: {}/closed is not in its `url_allow_list`",
        server.url
    );
    assert_eq!(call(here.clone(), "/open/../closed").await, Err(refused));
    for allow_list in [json!([]), json!(["https://example.com"])] {
        assert!(call(allow_list, "/open").await.is_err());
    }
    assert_eq!(server.got().len(), 1, "nothing refused was sent");
}

#[tokio::test]
async fn without_an_allow_list_an_argument_can_not_decide_the_server() {
    let tool = remote_tool(
        "http://{{host}}/x",
        &json!({"host": "string"}),
        &json!({"out": "string"}),
        &json!({}),
    );
    let error = Bed::new("", &[])
        .call(&tool, json!({"host": "127.0.0.1"}))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Configuration);
    assert_eq!(
        error.message,
        "the request of `t` can't be made: an argument decides where it goes, and there is no `url_allow_list`"
    );
}

#[tokio::test]
async fn redirects_stay_on_their_server() {
    let server = Server::start(|got, _| match got.uri.as_str() {
        "/old" => (StatusCode::FOUND, [(header::LOCATION, "/new")]).into_response(),
        "/away" => (
            StatusCode::FOUND,
            [(header::LOCATION, "http://127.0.0.1:1/x?k=1")],
        )
            .into_response(),
        "/round" => (StatusCode::FOUND, [(header::LOCATION, "/round")]).into_response(),
        _ => "new".into_response(),
    })
    .await;
    let bed = Bed::new("", &[]);
    for (path, expected) in [
        ("/old", Ok(json!("new"))),
        (
            "/away",
            Err(
                "`t` got 302 Found and was redirected to http://127.0.0.1:1/x, which is not followed",
            ),
        ),
        ("/round", Err("`t` was redirected more than 5 times")),
    ] {
        let url = format!("{}{path}", server.url);
        let tool = remote_tool(&url, &json!({}), &json!({"out": "string"}), &json!({}));
        let output = bed
            .call(&tool, json!({}))
            .await
            .map_err(|error| error.message);
        assert_eq!(output, expected.map_err(str::to_owned), "{path}");
    }
}

#[tokio::test]
async fn only_what_may_be_done_twice_is_sent_again_unless_a_policy_says_so() {
    let quick = json!({"max_attempts": 2, "initial_retry_delay": 0.01, "max_retry_delay": 0.01});
    for (method, policy, expected_requests, is_ok) in [
        ("PUT", Value::Null, 2, true),
        ("POST", Value::Null, 1, false),
        ("POST", quick, 2, true),
    ] {
        let server = Server::start(|_, count| match count {
            1 => (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "0")],
                "busy",
            )
                .into_response(),
            _ => "ok".into_response(),
        })
        .await;
        let fields = json!({"http_method": method, "retry_policy": policy});
        let tool = remote_tool(&server.url, &json!({}), &json!({"out": "string"}), &fields);
        let output = Bed::new("", &[]).call(&tool, json!({})).await;
        assert_eq!(output.is_ok(), is_ok, "{method} {policy}");
        assert_eq!(server.got().len(), expected_requests, "{method} {policy}");
        if let Err(error) = output {
            let message = format!("`t` got 503 Service Unavailable from {}/: busy", server.url);
            assert_eq!(error.message, message);
        }
    }
}

#[tokio::test]
async fn a_server_tool_is_bound_to_an_address() {
    let server = Server::start(|got, _| json_answer(&json!({"got": got.body}))).await;
    let profile = format!(
        "[tools.post]\nhttp = {{ url = \"{0}/p\", headers = {{ X-Key = \"secret\" }} }}\n\
         [tools.get]\nhttp = {{ url = \"{0}/g\", method = \"GET\" }}\n",
        server.url
    );
    let bed = Bed::new(&profile, &[]);
    let inputs = json!({"q": "string"});
    let post = super::server_tool("post", &inputs, &json!({}));
    let get = super::server_tool("get", &inputs, &json!({}));
    bed.call(&post, json!({"q": "{{q}} ü"})).await.unwrap();
    bed.call(&get, json!({"q": "{{q}} ü"})).await.unwrap();
    let got = server.got();
    assert_eq!(got[0].body, "{\"q\":\"{{q}} ü\"}");
    assert_eq!(got[0].key, "secret");
    assert_eq!(got[1].uri, "/g?q=%7B%7Bq%7D%7D+%C3%BC");
}

#[tokio::test]
async fn a_dead_server_and_a_large_answer_are_told() {
    let bed = Bed::new("", &[]);
    let quick = json!({"retry_policy": {"max_attempts": 0, "initial_retry_delay": 0.0, "max_retry_delay": 0.0}});
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("http://{}/x?key=secret", listener.local_addr().unwrap());
    drop(listener);
    let tool = remote_tool(&dead, &json!({}), &json!({"out": "string"}), &quick);
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Unreachable);
    assert!(error.message.contains("Connection refused"), "{error}");
    assert!(!error.message.contains("secret"), "{error}");

    let server = Server::start(|_, _| "x".repeat(5_000_000).into_response()).await;
    let tool = remote_tool(&server.url, &json!({}), &json!({"out": "string"}), &quick);
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(
        error.message,
        format!("the answer of `t` from {}/ is larger than 4 MB", server.url)
    );
}

#[tokio::test]
async fn cancelling_ends_a_request_that_hangs() {
    // A server that accepts and never says a word.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let tool = remote_tool(&url, &json!({}), &json!({"out": "string"}), &json!({}));
    let cancel = CancellationToken::new();
    let bed = Bed::new("", &[]);
    let (ended, closed) = tokio::join!(bed.call_until(&tool, json!({}), &cancel), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        cancel.cancel();
        let mut request = Vec::new();
        // The end of the stream comes only if the other side closes it.
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut request).await
    });
    assert_eq!(ended.unwrap_err().kind, ToolErrorKind::Cancelled);
    assert!(closed.is_ok());
}
