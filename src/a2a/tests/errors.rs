//! Errors, and the envelope of JSON-RPC.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

#[test]
fn codes_have_their_numbers_and_reasons() {
    for (number, status, reason) in [
        (-32700, 400, "JSON_PARSE_ERROR"),
        (-32601, 404, "METHOD_NOT_FOUND"),
        (-32603, 500, "INTERNAL_ERROR"),
        (-32001, 404, "TASK_NOT_FOUND"),
        (-32002, 400, "TASK_NOT_CANCELABLE"),
        (-32004, 400, "UNSUPPORTED_OPERATION"),
        (-32009, 400, "VERSION_NOT_SUPPORTED"),
    ] {
        let code = ErrorCode::numbered(number);
        assert_eq!(code.number(), number);
        assert_eq!((code.http_status(), code.reason()), (status, reason));
        let error = ProtocolError::new(code, "so it is");
        assert_eq!(ProtocolError::from_rpc(&error.to_rpc()), error);
        let read = ProtocolError::from_http(&error.to_http()).unwrap();
        assert_eq!((read.code, read.message), (code, error.message));
    }
    assert_eq!(ErrorCode::numbered(-32050), ErrorCode::Other(-32050));
    assert_eq!(ErrorCode::Other(-32050).number(), -32050);
}

/// The codes of both versions, as A2A's SDK for Python (1.3.0) writes the errors.
#[test]
fn errors_of_servers_are_read() {
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "TASK_NOT_FOUND",
        "domain": "a2a-protocol.org", "metadata": {},
    }]);
    let http = json!({"error": {"code": 404, "status": "NOT_FOUND", "message": "Task not found", "details": details}});
    let read = ProtocolError::from_http(&http).unwrap();
    assert_eq!(read.code, ErrorCode::TaskNotFound);
    assert_eq!(read.to_string(), "Task not found (-32001)");
    let old = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "data": null, "message": "Task not found"}});
    let read = RpcResponse::read(old).unwrap();
    assert_eq!(
        read.outcome,
        Err(ProtocolError::new(
            ErrorCode::TaskNotFound,
            "Task not found"
        ))
    );
    // Bodies of others.
    let other =
        ProtocolError::from_http(&json!({"error": "no", "code": 418})).map(|error| error.message);
    assert_eq!(other.as_deref(), Some("no"));
    assert_eq!(ProtocolError::from_http(&json!({"weather": "fine"})), None);
    assert_eq!(ProtocolError::from_rpc(&json!("no")).message, "no");
    assert_eq!(RpcResponse::read(json!({"jsonrpc": "2.0", "id": 1})), None);
}

#[test]
fn requests_that_are_none_are_answered_with_what_is_wrong() {
    for (body, id, code) in [
        ("{", json!(null), ErrorCode::Parse),
        ("[]", json!(null), ErrorCode::InvalidRequest),
        (
            r#"{"jsonrpc": "2.0", "id": true, "method": "a"}"#,
            json!(null),
            ErrorCode::InvalidRequest,
        ),
        (
            r#"{"jsonrpc": "2.0", "id": 1.5, "method": "a"}"#,
            json!(null),
            ErrorCode::InvalidRequest,
        ),
        (
            r#"{"id": 7, "method": "a"}"#,
            json!(7),
            ErrorCode::InvalidRequest,
        ),
        (
            r#"{"jsonrpc": "2.0", "id": "x", "method": 1}"#,
            json!("x"),
            ErrorCode::InvalidRequest,
        ),
        (
            r#"{"jsonrpc": "2.0", "id": "x", "method": "a", "params": [1]}"#,
            json!("x"),
            ErrorCode::InvalidParams,
        ),
    ] {
        let answer = RpcRequest::read(body.as_bytes()).unwrap_err();
        assert_eq!(answer.id, id, "{body}");
        assert_eq!(answer.outcome.unwrap_err().code, code, "{body}");
    }
    let request = RpcRequest::read(
        br#"{"jsonrpc": "2.0", "id": 7, "method": "GetTask", "params": {"id": "t"}}"#,
    );
    let request = request.unwrap();
    assert_eq!(
        RpcRequest::read(request.to_json().to_string().as_bytes()),
        Ok(request)
    );
    let answer = RpcResponse {
        id: json!(7),
        outcome: Ok(json!({"id": "t"})),
    };
    assert_eq!(RpcResponse::read(answer.to_json()), Some(answer));
}
