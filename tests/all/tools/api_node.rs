//! `ApiNode`s, against a server of the test's own.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use flowdeck::spec::Component;
use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::http::{Server, json_answer};
use super::{Bed, component, properties};

/// A node named `ask`; `fields` are put over its own.
fn api_node(url: &str, outputs: &Value, fields: &Value) -> Arc<Component> {
    let mut document = json!({
        "component_type": "ApiNode", "id": "ask", "name": "ask", "url": url, "http_method": "GET",
        "outputs": properties(outputs), "agentspec_version": "26.1.2",
    });
    let given = fields.as_object().unwrap().clone();
    document.as_object_mut().unwrap().extend(given);
    component(document)
}

#[tokio::test]
async fn a_request_is_made_as_it_is_described() {
    let server = Server::start(|_, _| json_answer(&json!({"price": 7, "name": "tea"}))).await;
    let bed = Bed::new("", &[]);
    let node = api_node(
        &format!("{}/prices/{{{{product}}}}", server.url),
        &json!({"price": "integer", "name": "string", "http_status_code": "integer"}),
        &json!({
            "http_method": "POST", "query_params": {"in": "{{currency}}"},
            "headers": {"X-Trace": "{{product}}"}, "sensitive_headers": {"X-Key": "k-{{currency}}"},
            "data": {"who": "{{who}}"},
        }),
    );
    let given = json!({"product": "green tea", "currency": "CHF", "who": "A \"B\""});
    let result = bed.call(&node, given).await.unwrap();
    assert_eq!(
        result,
        json!({"price": 7, "name": "tea", "http_status_code": 200})
    );
    let got = &server.got()[0];
    assert_eq!(
        (got.method.as_str(), got.uri.as_str()),
        ("POST", "/prices/green%20tea?in=CHF")
    );
    assert_eq!(
        (got.content_type.as_str(), got.key.as_str()),
        ("application/json", "k-CHF")
    );
    assert_eq!(got.body, r#"{"who":"A \"B\""}"#);
    let ToolPlan::Run { lane, binding } = bed.tools.plan(&node) else {
        panic!("an ApiNode is carried out");
    };
    assert_eq!(lane, Lane::Http);
    assert!(binding.starts_with("POST http://127.0.0.1"), "{binding}");
}

#[tokio::test]
async fn a_form_and_a_plain_answer() {
    let server = Server::start(|_, _| "done".into_response()).await;
    let bed = Bed::new("", &[]);
    let node = api_node(
        &server.url,
        &json!({"said": "string"}),
        &json!({
            "http_method": "PUT", "data": {"a": "{{x}}", "b": ["1", "2"]},
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        }),
    );
    let result = bed.call(&node, json!({"x": "ü"})).await.unwrap();
    assert_eq!(result, json!("done"));
    assert_eq!(server.got()[0].body, "a=%C3%BC&b=1&b=2");
}

#[tokio::test]
async fn where_it_may_not_go_it_does_not_go_even_if_it_is_sent_there() {
    let other = Server::start(|_, _| json_answer(&json!({"secret": 1}))).await;
    let to_other = other.url.clone();
    let server = Server::start(move |got, _| {
        let target = match got.uri.as_str() {
            "/in" => "/in/further".to_owned(),
            "/in/out" => "/outside".to_owned(),
            "/in/other" => format!("{to_other}/in"),
            _ => return json_answer(&json!({"response": "there"})),
        };
        (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
    })
    .await;
    let bed = Bed::new("", &[]);
    let call = async |path: &str| {
        let allowed = json!({"url_allow_list": [format!("{}/in", server.url)]});
        let url = format!("{}{path}", server.url);
        let node = api_node(&url, &json!({"response": "string"}), &allowed);
        bed.call(&node, json!({})).await
    };
    assert_eq!(call("/in").await.unwrap(), json!("there"));
    for path in ["/elsewhere", "/in/out"] {
        let refused = call(path).await.unwrap_err();
        assert_eq!(refused.kind, ToolErrorKind::Configuration);
        assert!(
            refused.message.contains("is not in its `url_allow_list`"),
            "{refused}"
        );
    }
    let refused = call("/in/other").await.unwrap_err();
    assert!(
        refused.message.contains("which is not followed"),
        "{refused}"
    );
    assert_eq!(other.got(), []);
}

#[tokio::test]
async fn it_is_tried_again_as_it_says_and_a_bad_status_is_an_error() {
    let server = Server::start(|_, count| match count {
        1 | 2 => (StatusCode::SERVICE_UNAVAILABLE, "busy").into_response(),
        3 => json_answer(&json!({"n": 3})),
        _ => (StatusCode::NOT_FOUND, "no such thing").into_response(),
    })
    .await;
    let bed = Bed::new("", &[]);
    let policy = json!({"max_attempts": 3, "initial_retry_delay": 0.01, "max_retry_delay": 0.02});
    let node = api_node(
        &server.url,
        &json!({"n": "integer"}),
        &json!({"http_method": "POST", "retry_policy": policy}),
    );
    assert_eq!(bed.call(&node, json!({})).await.unwrap(), json!(3));
    let failed = bed.call(&node, json!({})).await.unwrap_err();
    assert_eq!(failed.kind, ToolErrorKind::Failed);
    assert!(
        failed.message.contains("404") && failed.message.contains("no such thing"),
        "{failed}"
    );
}

#[tokio::test]
async fn an_answer_without_what_is_wanted_says_what() {
    let server = Server::start(|_, _| json_answer(&json!({"a": 1}))).await;
    let bed = Bed::new("", &[]);
    let outputs = json!({"a": "integer", "b": "integer"});
    let node = api_node(&server.url, &outputs, &json!({}));
    let failed = bed.call(&node, json!({})).await.unwrap_err();
    assert_eq!(failed.kind, ToolErrorKind::BadOutput);
    assert!(
        failed.message.contains("`b`: is not in the answer"),
        "{failed}"
    );
}
