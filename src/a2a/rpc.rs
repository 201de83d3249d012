//! The envelope of JSON-RPC 2.0.

use serde_json::{Map, Value, json};

use super::object::Object;
use super::{ErrorCode, ProtocolError};

/// A request. The protocol uses neither batches nor notifications.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcRequest {
    /// The id that the answer must contain: a text, an integer, or null.
    pub id: Value,
    /// The name of the operation in the request's version.
    pub method: String,
    /// The parameters of the method.
    pub params: Map<String, Value>,
}

/// An answer to a request, or one event of a streamed answer.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcResponse {
    /// The request's id; null if it could not be parsed.
    pub id: Value,
    /// The result or the error.
    pub outcome: Result<Value, ProtocolError>,
}

impl RpcRequest {
    /// Converts the request to JSON.
    pub fn to_json(&self) -> Value {
        json!({"jsonrpc": "2.0", "id": self.id, "method": self.method, "params": self.params})
    }

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// The answer that the client is to have, with the request's id as far as it has one.
    pub fn read(body: &[u8]) -> Result<Self, Box<RpcResponse>> {
        let refuse = |id: Value, code, message: &str| {
            Err(Box::new(RpcResponse {
                id,
                outcome: Err(ProtocolError::new(code, message)),
            }))
        };
        let body = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => {
                let words = format!("the request is not JSON: {error}");
                return refuse(Value::Null, ErrorCode::Parse, &words);
            }
        };
        let Value::Object(mut body) = body else {
            let words = "the request is not an object; batches are not supported";
            return refuse(Value::Null, ErrorCode::InvalidRequest, words);
        };
        let id = body.shift_remove("id").unwrap_or_default();
        if !(id.is_null() || id.is_string() || id.is_i64() || id.is_u64()) {
            let words = "`id` is neither a text nor a whole number";
            return refuse(Value::Null, ErrorCode::InvalidRequest, words);
        }
        if body.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return refuse(id, ErrorCode::InvalidRequest, "`jsonrpc` is not \"2.0\"");
        }
        let Some(Value::String(method)) = body.shift_remove("method") else {
            return refuse(
                id,
                ErrorCode::InvalidRequest,
                "`method` is missing or not text",
            );
        };
        let params = match body.shift_remove("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return refuse(id, ErrorCode::InvalidParams, "`params` is not an object"),
        };
        Ok(Self { id, method, params })
    }
}

impl RpcResponse {
    /// Converts the answer to JSON.
    pub fn to_json(&self) -> Value {
        let object = Object::default()
            .with("jsonrpc", "2.0")
            .with("id", self.id.clone());
        match &self.outcome {
            Ok(result) => object.with("result", result.clone()),
            Err(error) => object.with("error", error.to_rpc()),
        }
        .into()
    }

    /// Parses an answer; `None` if it has neither a result nor an error.
    pub fn read(body: Value) -> Option<Self> {
        let Value::Object(mut body) = body else {
            return None;
        };
        let outcome = match body.shift_remove("error").filter(|error| !error.is_null()) {
            Some(error) => Err(ProtocolError::from_rpc(&error)),
            None => Ok(body.shift_remove("result")?),
        };
        Some(Self {
            id: body.shift_remove("id").unwrap_or_default(),
            outcome,
        })
    }
}
