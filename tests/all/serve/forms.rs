//! What HTTP itself refuses, in the form of who was asked.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent};
use crate::scripted_model::ScriptedModel;

/// What a refusal has where each of the three forms says why.
fn words(path: &str, body: &Value) -> String {
    let error = &body["error"];
    if path.starts_with("/v1/") {
        assert_eq!(error["type"], "invalid_request_error", "{body}");
        assert!(
            error.get("param").is_some() && error.get("code").is_some(),
            "{body}"
        );
    } else if path.starts_with("/a2a/rest") {
        assert!(
            error["code"].is_u64() && error["status"].is_string(),
            "{body}"
        );
    } else {
        assert_eq!(
            (&body["jsonrpc"], &body["id"]),
            (&json!("2.0"), &Value::Null)
        );
        assert!(error["code"].is_i64(), "{body}");
    }
    error["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_door_refuses_in_its_own_form() {
    let model = ScriptedModel::start([]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let large = "x".repeat(9 << 20);
    let doors = ["/a2a", "/", "/a2a/rest/message:send", "/v1/responses"];
    for path in doors {
        let (status, body) = served
            .send(served.post(path, &json!({})).body(large.clone()))
            .await;
        assert_eq!(status, 413, "{path}");
        assert_eq!(words(path, &body), "the request is larger than 8 MiB");
        let packed = served.post(path, &json!({}));
        let packed = packed.header("content-encoding", "gzip");
        let (status, body) = served.send(packed).await;
        assert_eq!(status, 415, "{path}");
        assert!(words(path, &body).contains("`gzip`"), "{body}");
        for (bytes, told) in [
            (&b"\"\xff\""[..], "not JSON"),
            (b"{\"a\": ", "not JSON"),
            (b"[1]", ""),
            (b"7", ""),
        ] {
            let sent = served.post(path, &json!({})).body(bytes);
            let (status, body) = served.send(sent).await;
            // JSON-RPC says what is wrong in its body.
            let wanted = if path.len() < 5 { 200 } else { 400 };
            assert_eq!(status, wanted, "{path}: {body}");
            let words = words(path, &body);
            assert!(words.contains(told), "{path}: {words}");
        }
    }
    for (path, allowed) in [
        ("/a2a", "POST"),
        ("/v1/responses", "POST"),
        ("/a2a/rest/message:send", ""),
        ("/v1/nothing", ""),
        ("/a2a/rest/nothing", ""),
        ("/a2a/rest/a/b/c", ""),
        ("/a2a/rest/v1/tasks", ""),
        ("/a2a/rest/tasks/%ff", ""),
        ("/v1/responses/%ff", ""),
    ] {
        let (status, body) = served.send(served.get(path)).await;
        let wanted = match (allowed, path.ends_with("%ff")) {
            ("POST", _) => 405,
            (_, true) => 400,
            _ => 404,
        };
        assert_eq!(status, wanted, "{path}: {body}");
        let told = if wanted == 405 {
            "does not take GET"
        } else {
            ""
        };
        assert!(words(path, &body).contains(told), "{body}");
    }
    let (status, body) = served
        .send(served.get("/a2a").header("origin", "https://evil.example"))
        .await;
    assert_eq!(status, 403);
    assert!(words("/a2a", &body).contains("no web pages"));
    assert_eq!(model.asked().len(), 0);
}
