//! Against signatures that openssl made.

use std::time::Duration;

use pretty_assertions::assert_eq;

use super::*;
use crate::llm::signing_key::test_key;

fn now() -> Timestamp {
    Timestamp::from_ns(0).plus(Duration::from_secs(1_234_567_890))
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers()[name].to_str().unwrap()
}

#[test]
fn signatures_are_those_of_openssl() {
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .build()
        .unwrap();
    let get = client.get("https://h.example/20231130/models?limit=1");
    let mut get = get.build().unwrap();
    sign(&mut get, None, &test_key::key(), "t/u/f", now()).unwrap();
    assert_eq!(header(&get, "authorization"), test_key::vector("oci_get"));
    assert_eq!(header(&get, "date"), "Fri, 13 Feb 2009 23:31:30 GMT");

    let body = r#"{"chatRequest":{}}"#;
    let post = client
        .post("https://h.example:8443/20231130/actions/chat")
        .body(body);
    let mut post = post.build().unwrap();
    sign(
        &mut post,
        Some(body.as_bytes()),
        &test_key::key(),
        "ST$token",
        now(),
    )
    .unwrap();
    assert_eq!(header(&post, "authorization"), test_key::vector("oci_post"));
    assert_eq!(header(&post, "host"), "h.example:8443");
    assert_eq!(header(&post, "content-length"), "18");
    assert!(post.headers()["authorization"].is_sensitive());
}
