//! Refusals that say little of what they answer: a call ends at once with the server's words.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use flowdeck::tools::ToolErrorKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::guarded::serve;
use super::{Bed, mcp_tool, test_server};
use crate::awaited;

/// What a server answers a call with.
type Refusal = (u16, &'static str, String);

async fn answer(
    State((status, kind, body)): State<Refusal>,
    Json(message): Json<Value>,
) -> Response {
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "refusing", "version": "1"},
        }),
        "tools/list" => json!({"tools": [{"name": "knock", "inputSchema": {"type": "object"}}]}),
        "tools/call" | "server/discover" => {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, [("content-type", kind)], body).into_response();
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[tokio::test]
async fn a_refusal_over_http_ends_the_call_at_once_with_the_servers_words() {
    let json_rpc = |id: Value| {
        json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32600, "message": "not on a Sunday"}})
            .to_string()
    };
    let event = |text: String| format!("event: message\ndata: {text}\n\n");
    for (status, kind, body, words) in [
        (
            400,
            "application/json",
            json_rpc(Value::Null),
            "not on a Sunday",
        ),
        (
            400,
            "application/json",
            json_rpc(json!("server-error")),
            "not on a Sunday",
        ),
        (
            400,
            "text/plain",
            "no such form".to_owned(),
            "it answered 400 Bad Request: no such form",
        ),
        (
            403,
            "text/html",
            "<p>no</p>".to_owned(),
            "it answered 403 Forbidden: <p>no</p>",
        ),
        (
            422,
            "application/json",
            json!({"detail": "bad"}).to_string(),
            "it answered 422 Unprocessable Entity: {\"detail\":\"bad\"}",
        ),
        (
            429,
            "text/plain",
            "slowly".to_owned(),
            "it answered 429 Too Many Requests: slowly",
        ),
        (
            500,
            "application/json",
            json_rpc(Value::Null),
            "not on a Sunday",
        ),
        (
            502,
            "text/html",
            "<p>bad gateway</p>".to_owned(),
            "it answered 502 Bad Gateway: <p>bad gateway</p>",
        ),
        (
            503,
            "text/plain",
            String::new(),
            "it answered 503 Service Unavailable",
        ),
        (
            200,
            "application/json",
            json_rpc(Value::Null),
            "not on a Sunday",
        ),
        (
            200,
            "text/event-stream",
            event(json_rpc(Value::Null)),
            "not on a Sunday",
        ),
        (
            200,
            "application/json",
            json!({"id": 1, "error": "no"}).to_string(),
            "no",
        ),
        (
            400,
            "application/json",
            format!("[{}]", json_rpc(Value::Null)),
            "not on a Sunday",
        ),
        (
            202,
            "text/plain",
            String::new(),
            "it answered 202 Accepted, without a word",
        ),
        (
            200,
            "application/json",
            json!({"jsonrpc": "2.0", "id": 999, "result": {"content": []}}).to_string(),
            "its answer names another request, `999`",
        ),
        (
            200,
            "text/event-stream",
            event(json!({"jsonrpc": "2.0", "id": 999, "result": {"content": []}}).to_string()),
            "its answer names another request, `999`",
        ),
    ] {
        let (url, _server) = serve(|_url| {
            let state = (status, kind, body.clone());
            Router::new().route("/mcp", post(answer)).with_state(state)
        })
        .await;
        let transport = json!({
            "component_type": "StreamableHTTPTransport", "id": "h", "name": "h", "url": format!("{url}/mcp"),
        });
        let bed = Bed::new();
        let knock = mcp_tool("knock", &transport, &json!({}), &json!({}));
        let error = bed.call(&knock, json!({})).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Failed, "{status}: {error}");
        let expected = format!(
            "the call of `knock` failed: the MCP server `{url}/mcp` answered with an error: {words}"
        );
        assert_eq!(error.message, expected);
    }
}

/// Repeats what it was sent.
async fn repeating(headers: HeaderMap, Json(message): Json<Value>) -> Response {
    let sent: Vec<String> = headers
        .values()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    let sent = sent.join(" ");
    let mut answer = json!({"jsonrpc": "2.0", "id": message["id"]});
    match message["method"].as_str().unwrap() {
        "initialize" => {
            answer["result"] = json!({
                "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                "serverInfo": {"name": "repeating", "version": "1"},
            });
        }
        "tools/list" => {
            answer["result"] = json!({"tools": [
                {"name": "refused", "inputSchema": {"type": "object"}},
                {"name": "failed", "inputSchema": {"type": "object"}},
                {"name": "described", "inputSchema": {"type": "object"}},
                {"name": "broken", "inputSchema": {"type": "object"}},
            ]});
        }
        "tools/call" => match message["params"]["name"].as_str().unwrap() {
            "refused" => answer["error"] = json!({"code": 1, "message": sent}),
            "failed" => {
                answer["result"] =
                    json!({"isError": true, "content": [{"type": "text", "text": sent}]});
            }
            "described" => {
                let resource = json!({"uri": "file:///x", "mimeType": "text/plain", "text": sent});
                let part = json!({"type": "resource", "resource": resource});
                answer["result"] = json!({"isError": true, "content": [part]});
            }
            _ => return (StatusCode::INTERNAL_SERVER_ERROR, sent).into_response(),
        },
        _ => return (StatusCode::BAD_REQUEST, sent).into_response(),
    }
    Json(answer).into_response()
}

#[tokio::test]
async fn what_a_server_repeats_of_our_secrets_is_not_shown() {
    let (url, _server) = serve(|_url| Router::new().route("/mcp", post(repeating))).await;
    let url = url.replace("http://", "http://ann:pass-word-7@");
    let transport = json!({
        "component_type": "StreamableHTTPTransport", "id": "h", "name": "h", "url": format!("{url}/mcp"),
        "headers": {"x-plain": "plain"}, "sensitive_headers": {"x-key": "sk-mark-1234567890"},
    });
    let bed = Bed::new();
    for name in ["refused", "failed", "described", "broken"] {
        let tool = mcp_tool(name, &transport, &json!({}), &json!({}));
        let error = bed.call(&tool, json!({})).await.unwrap_err();
        assert!(error.message.contains("plain"), "{error}");
        for secret in ["sk-mark", "pass-word-7", "YW5uOnBhc3Mtd29yZC03"] {
            assert!(!error.message.contains(secret), "{error}");
        }
    }
}

#[tokio::test]
async fn an_error_that_names_no_request_is_that_of_the_only_one() {
    let bed = Bed::new();
    for id in [json!(null), json!("server-error")] {
        let nameless = mcp_tool("nameless", &test_server(), &json!({}), &json!({}));
        let error = bed.call(&nameless, json!({"id": id})).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Failed);
        assert!(
            error
                .message
                .ends_with("answered with an error: the form is not signed"),
            "{error}"
        );
    }
    assert_eq!(bed.lines("starts").len(), 1);
}

#[tokio::test]
async fn of_two_calls_the_one_that_is_not_answered_by_name_is_the_one_that_failed() {
    let bed = Bed::new();
    let tool = |name: &str| mcp_tool(name, &test_server(), &json!({}), &json!({}));
    let (silent, nameless) = (tool("silent"), tool("nameless"));
    let signed = async {
        let asked = bed.folder.path().join("asked");
        awaited::file(&asked, |text| text.contains("tools/call")).await;
        bed.call(&nameless, json!({"is_for_another": true})).await
    };
    let (failed, signed) = tokio::join!(bed.call(&silent, json!({})), signed);
    assert_eq!(signed.unwrap(), json!("signed"));
    let error = failed.unwrap_err();
    assert!(
        error
            .message
            .ends_with("answered with an error: the form is not signed"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_ends_the_call() {
    let bed = Bed::new();
    let deep = mcp_tool("deep", &test_server(), &json!({}), &json!({}));
    let error = bed.call(&deep, json!({})).await.unwrap_err();
    assert!(
        error
            .message
            .contains("its answer can't be read: recursion limit exceeded"),
        "{error}"
    );
    assert_eq!(bed.lines("starts").len(), 1);
}
