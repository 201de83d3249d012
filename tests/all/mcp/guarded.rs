//! What servers that want an access token have in common.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A server on loopback, made when its address is known. Gives the address; the server ends with the tasks.
pub(super) async fn serve(router: impl FnOnce(&str) -> Router) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router(&url);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, tasks)
}

/// The answer of an MCP server with one tool, `knock`, which takes no token but that of this number.
pub(super) fn answer(number: usize, headers: &HeaderMap, message: &Value) -> Response {
    let wanted = format!("Bearer token-{number}");
    let shown = headers.get("authorization");
    if shown.is_none_or(|shown| shown != wanted.as_str()) {
        let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "guarded", "version": "1"},
        }),
        "tools/list" => json!({"tools": [{"name": "knock", "inputSchema": {"type": "object"}}]}),
        "tools/call" => json!({"content": [{"type": "text", "text": "come in"}]}),
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

/// A transport to such a server. `auth` and `client` are put over what its authorization and client are.
pub(super) fn transport(url: &str, auth: &Value, client: &Value) -> Value {
    let mut config = json!({"component_type": "OAuthConfig", "id": "auth", "name": "auth"});
    let mut of_client =
        json!({"component_type": "OAuthClientConfig", "id": "client", "name": "client"});
    for (target, further) in [(&mut config, auth), (&mut of_client, client)] {
        for (key, value) in further.as_object().unwrap() {
            target[key] = value.clone();
        }
    }
    config["client"] = of_client;
    json!({
        "component_type": "StreamableHTTPTransport", "id": "guarded", "name": "guarded",
        "url": format!("{url}/mcp"), "auth": config,
    })
}
