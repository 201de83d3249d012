//! Rewrites the text of a message to a form that the SDK accepts.
//!
//! The SDK rejects a whole list because of one invalid tool, drops unknown properties of a tool,
//! and waits forever after an answer that it can't read. Therefore lists are repaired tool by tool,
//! dropped properties are moved to the `_meta` of each tool, and an unreadable answer becomes an
//! error of its request.

use std::borrow::Cow;

use rmcp::model::{
    ErrorCode, ErrorData, JsonRpcError, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::base::written::{Written, mark_within};

/// The key in a tool's `_meta` for the original entry of the server's list.
const ENTRY: &str = "flowdeck/entry";
/// The key in a list's `_meta` for a problem of the list itself.
const FAULT: &str = "flowdeck/fault";
/// The maximum nesting depth in a list of tools; the SDK's parser accepts at most 128.
const MAX_DEPTH: usize = 100;
/// The maximum number of characters of an error that are shown.
const MAX_WORDS: usize = 4_000;

/// A message, and whether the SDK's own parser would read its text in the same way.
pub(super) struct Read {
    pub(super) message: ServerJsonRpcMessage,
    pub(super) is_mended: bool,
}

/// Parses a message; `None` if the text is not a message. An unreadable answer becomes an error.
/// For a batch of messages, as in earlier versions of the protocol, returns the first answer,
/// because only one request is sent at a time.
pub(super) fn read(text: &[u8]) -> Option<Read> {
    if text.trim_ascii_start().starts_with(b"[") {
        let all = Written::read(str::from_utf8(text).ok()?).ok()?;
        let all = all.into_items().ok()?.into_iter();
        let mut read = all.filter_map(|one| read_one(one.to_string().as_bytes()));
        return read.find(|read| {
            let message = &read.message;
            matches!(
                message,
                JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_)
            )
        });
    }
    read_one(text)
}

fn read_one(text: &[u8]) -> Option<Read> {
    let mended = |message| Read {
        message,
        is_mended: true,
    };
    if let Some(list) = mended_list(text).or_else(|| mended_discovery(text)) {
        return Some(mended(list));
    }
    // Else numbers of a structured result would lose how they are written.
    let marked = str::from_utf8(text).map(|text| mark_within(text, &["structuredContent"]));
    let read = match &marked {
        Ok(marked) => serde_json::from_str(marked),
        Err(_no_text) => serde_json::from_slice(text),
    };
    match read {
        Ok(message) => Some(Read {
            message,
            is_mended: matches!(marked, Ok(Cow::Owned(_))),
        }),
        Err(error) => unreadable(text, &error).map(mended),
    }
}

/// Returns the text of the error for an answer that names another request.
pub(super) fn misnamed(id: &RequestId) -> String {
    format!("its answer names another request, `{id}`")
}

/// Returns the server's original entry for a tool.
pub(super) fn entry_of(tool: &rmcp::model::Tool) -> Value {
    let kept = tool.meta.as_ref().and_then(|meta| meta.get(ENTRY));
    kept.cloned()
        .unwrap_or_else(|| serde_json::to_value(tool).unwrap_or_default())
}

/// Returns the problem of a list itself.
pub(super) fn fault_of(list: &rmcp::model::ListToolsResult) -> Option<&str> {
    list.meta.as_ref()?.get(FAULT)?.as_str()
}

/// Repairs an answer with a list of tools, so that the SDK accepts each entry; `None` for other
/// messages.
fn mended_list(text: &[u8]) -> Option<ServerJsonRpcMessage> {
    if !has_key(text, b"\"tools\"") {
        return None;
    }
    let mut message: Value = serde_json::from_slice(text)
        .or_else(|_too_deep| serde_json::from_slice(&shallow(text)))
        .ok()?;
    let result = message.get_mut("result")?.as_object_mut()?;
    let is_list = result.contains_key("tools")
        && !["content", "structuredContent", "isError"]
            .iter()
            .any(|key| result.contains_key(*key));
    if !is_list {
        return None;
    }
    let mut meta = Map::new();
    let tools = result.shift_remove("tools").unwrap_or_default();
    if !tools.is_array() {
        let id = serde_json::from_value(message.get("id").cloned()?).ok();
        let words = "the `tools` of its list of tools is not a list".to_owned();
        return Some(JsonRpcMessage::Error(JsonRpcError::new(
            id,
            ErrorData::new(ErrorCode::INTERNAL_ERROR, words, None),
        )));
    }
    let entries = tools.as_array().into_iter().flatten();
    let mut list = Map::new();
    list.insert("tools".to_owned(), entries.map(mended_tool).collect());
    match result.shift_remove("nextCursor") {
        None | Some(Value::Null) => {}
        Some(cursor @ Value::String(_)) => {
            list.insert("nextCursor".to_owned(), cursor);
        }
        Some(_other) => {
            meta.insert(FAULT.to_owned(), "its `nextCursor` is not text".into());
        }
    }
    for (key, fits) in [
        ("resultType", Value::is_string as fn(&Value) -> bool),
        ("ttlMs", Value::is_u64),
    ] {
        if let Some(value) = result.shift_remove(key).filter(fits) {
            list.insert(key.to_owned(), value);
        }
    }
    let scope = result.shift_remove("cacheScope");
    if let Some(scope) = scope.filter(|scope| *scope == "public" || *scope == "private") {
        list.insert("cacheScope".to_owned(), scope);
    }
    list.insert("_meta".to_owned(), Value::Object(meta));
    *result = list;
    serde_json::from_value(message).ok()
}

/// Completes an answer to `server/discover` with all fields that the SDK requires; `None` for other
/// messages. Missing caching fields are no reason to treat the server as an older one; without
/// them, the answer is not cached.
fn mended_discovery(text: &[u8]) -> Option<ServerJsonRpcMessage> {
    if !has_key(text, b"\"supportedVersions\"") {
        return None;
    }
    let mut message: Value = serde_json::from_slice(text).ok()?;
    let result = message.get_mut("result")?.as_object_mut()?;
    if !result.get("supportedVersions")?.is_array() {
        return None;
    }
    let is_scope = |value: &Value| *value == "public" || *value == "private";
    for (key, default, fits) in [
        (
            "resultType",
            json!("complete"),
            Value::is_string as fn(&Value) -> bool,
        ),
        ("capabilities", json!({}), Value::is_object),
        ("ttlMs", json!(0), Value::is_u64),
        ("cacheScope", json!("private"), is_scope),
    ] {
        if !result.get(key).is_some_and(fits) {
            result.insert(key.to_owned(), default);
        }
    }
    serde_json::from_value(message).ok()
}

/// Reduces an entry of a list to the minimum that the SDK accepts as a tool.
fn mended_tool(entry: &Value) -> Value {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or("");
    // The SDK reads what goes into headers from here.
    let schema = entry.get("inputSchema").filter(|schema| schema.is_object());
    let schema = schema.cloned().unwrap_or_else(|| json!({}));
    json!({"name": name, "inputSchema": schema, "_meta": {ENTRY: entry}})
}

/// The readable beginning of a message.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    jsonrpc: Option<IgnoredAny>,
    #[serde(default)]
    id: Option<RequestId>,
    #[serde(default)]
    method: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    result: Option<IgnoredAny>,
}

/// Makes the error that replaces an unreadable answer; `None` if the text is not an answer.
fn unreadable(text: &[u8], why: &serde_json::Error) -> Option<ServerJsonRpcMessage> {
    let Ok(head) = serde_json::from_slice::<Head>(text) else {
        let words = format!("its answer is not JSON: {why}");
        let error = ErrorData::new(ErrorCode::PARSE_ERROR, words, None);
        let id = Some(id_of_broken(text)?);
        return Some(JsonRpcMessage::Error(JsonRpcError::new(id, error)));
    };
    if head.method.is_some() {
        return None;
    }
    let words = match (&head.error, head.result) {
        (Some(error), _) => words_of(error),
        (None, Some(_result)) => format!("its answer can't be read: {why}"),
        (None, None) if head.jsonrpc.is_some() && head.id.is_some() => {
            "its answer has neither a result nor an error".to_owned()
        }
        // Something that was printed beside the protocol.
        (None, None) => return None,
    };
    let code = head.error.as_ref().and_then(|error| error.get("code"));
    let code = code
        .and_then(Value::as_i64)
        .and_then(|code| i32::try_from(code).ok());
    let code = code.map_or(ErrorCode::INTERNAL_ERROR, ErrorCode);
    let error = ErrorData::new(code, words, None);
    Some(JsonRpcMessage::Error(JsonRpcError::new(head.id, error)))
}

/// Returns the id of the request that a truncated or invalid JSON message answers, if it precedes
/// the broken part.
fn id_of_broken(text: &[u8]) -> Option<RequestId> {
    let text = std::str::from_utf8(text).ok()?;
    let head = text.trim_start().strip_prefix('{')?;
    let end = ["\"result\"", "\"error\""]
        .iter()
        .filter_map(|key| head.find(key))
        .min()?;
    let head = head
        .get(..end)
        .filter(|head| head.contains("\"jsonrpc\""))?;
    if head.contains("\"method\"") {
        return None;
    }
    let (_, rest) = head.split_once("\"id\"")?;
    let id = rest.trim_start().strip_prefix(':')?.split(',').next()?;
    serde_json::from_str(id).ok()
}

/// Returns the text of an error, whatever its format.
fn words_of(error: &Value) -> String {
    let words = match error.get("message").unwrap_or(error) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match words.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => words.get(..end).unwrap_or_default().to_owned() + "…",
        None => words,
    }
}

fn has_key(text: &[u8], key: &[u8]) -> bool {
    text.windows(key.len()).any(|window| window == key)
}

/// Replaces values that are nested too deeply by empty objects.
fn shallow(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in text {
        let ends = !is_text && matches!(byte, b'}' | b']');
        let begins = !is_text && matches!(byte, b'{' | b'[');
        if begins {
            depth += 1;
            if depth == MAX_DEPTH + 1 {
                kept.extend_from_slice(b"{}");
            }
        }
        if depth <= MAX_DEPTH {
            kept.push(*byte);
        }
        if ends {
            depth = depth.saturating_sub(1);
        }
        match byte {
            b'"' if !is_escaped => is_text = !is_text,
            _ => {}
        }
        is_escaped = is_text && *byte == b'\\' && !is_escaped;
    }
    kept
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rmcp::model::ServerResult;

    use super::*;

    #[test]
    fn an_answer_that_is_none_ends_its_request() {
        let told = |text: &str| match read(text.as_bytes()).map(|read| read.message) {
            Some(JsonRpcMessage::Error(error)) => error.error.message.to_string(),
            None => String::new(),
            other => panic!("{other:?}"),
        };
        let nothing = told(r#"{"jsonrpc":"2.0","id":2}"#);
        assert!(
            nothing.contains("neither a result nor an error"),
            "{nothing}"
        );
        let cut = told(r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"na"#);
        assert!(cut.contains("not JSON"), "{cut}");
        for printed in [
            r#"{"level":"info","id":2}"#,
            "{ready",
            r#"{"jsonrpc":"2.0","method":"x","id"#,
        ] {
            assert_eq!(told(printed), "", "{printed}");
        }
    }

    fn list(text: &str) -> rmcp::model::ListToolsResult {
        match read(text.as_bytes()).map(|read| read.message) {
            Some(JsonRpcMessage::Response(response)) => match response.result {
                ServerResult::ListToolsResult(list) => list,
                other => panic!("no list: {other:?}"),
            },
            other => panic!("no answer: {other:?}"),
        }
    }

    #[test]
    fn a_list_is_read_tool_by_tool() {
        let entries = json!([
            {"name": "a", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "required"}},
            {"name": "no schema"},
            {"name": 7, "inputSchema": []},
            "no tool",
            {"name": "odd", "inputSchema": {"type": "object"}, "annotations": [], "icons": 1, "description": {}},
        ]);
        for result in [
            json!({"tools": entries, "nextCursor": "2", "resultType": "complete", "ttlMs": 5}),
            json!({"tools": entries, "nextCursor": "2", "resultType": 1, "ttlMs": "soon", "cacheScope": "mine"}),
        ] {
            let text = json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string();
            let list = list(&text);
            let read: Vec<Value> = list.tools.iter().map(entry_of).collect();
            assert_eq!(Value::from(read), entries);
            assert_eq!(list.next_cursor.as_deref(), Some("2"));
            assert_eq!(fault_of(&list), None);
        }
    }

    #[test]
    fn a_list_that_is_none_says_so() {
        let result = json!({"tools": [], "nextCursor": 2});
        let text = json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string();
        assert_eq!(fault_of(&list(&text)), Some("its `nextCursor` is not text"));
    }

    #[test]
    fn a_discovery_without_a_word_on_how_long_it_may_be_kept_is_one() {
        for result in [
            json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}),
            json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                "resultType": 1, "ttlMs": -1, "cacheScope": "", "serverInfo": {"name": "s"}}),
        ] {
            let text = json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string();
            let Some(JsonRpcMessage::Response(read)) = read(text.as_bytes()).map(|it| it.message)
            else {
                panic!("no answer: {text}");
            };
            let ServerResult::DiscoverResult(found) = read.result else {
                panic!("no discovery: {text}");
            };
            assert!(found.capabilities.tools.is_some());
            assert_eq!(found.ttl_ms, 0);
        }
    }

    #[test]
    fn tools_that_are_no_list_are_an_error_of_the_request() {
        for tools in [json!("none"), json!({"a": 1}), json!(null)] {
            let text = json!({"jsonrpc": "2.0", "id": 4, "result": {"tools": tools}}).to_string();
            let Some(JsonRpcMessage::Error(error)) = read(text.as_bytes()).map(|it| it.message)
            else {
                panic!("no error: {text}");
            };
            assert_eq!(error.id, Some(RequestId::Number(4)));
            assert!(error.error.message.contains("is not a list"), "{error:?}");
        }
    }

    #[test]
    fn of_a_list_of_messages_the_first_answer_counts() {
        let news = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#;
        let refusal =
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no such city"}}"#;
        let text = format!(" [{news}, {refusal}]");
        let Some(JsonRpcMessage::Error(error)) = read(text.as_bytes()).map(|it| it.message) else {
            panic!("no error");
        };
        assert_eq!(error.error.message, "no such city");
        assert!(read(format!("[{news}]").as_bytes()).is_none());
        assert!(read(b"[]").is_none());
    }

    #[test]
    fn what_lies_too_deep_in_a_list_is_left_out() {
        let deep = format!(
            "{}{}",
            "{\"items\":".repeat(5_000),
            "1".to_owned() + &"}".repeat(5_000)
        );
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{{"name":"a \" ] {{","inputSchema":{deep}}},{{"name":"b","inputSchema":{{}}}}]}}}}"#
        );
        let names: Vec<String> = list(&text)
            .tools
            .iter()
            .map(|tool| tool.name.to_string())
            .collect();
        assert_eq!(names, ["a \" ] {", "b"]);
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_an_error_of_its_request() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for (text, id, words) in [
            (
                format!(r#"{{"jsonrpc":"2.0","id":7,"result":{deep}}}"#),
                Some(7),
                "its answer can't be read: ",
            ),
            (
                r#"{"id":7,"error":{"code":"bad","message":"no such city"}}"#.to_owned(),
                Some(7),
                "no such city",
            ),
            (
                r#"{"id":null,"error":"bad token"}"#.to_owned(),
                None,
                "bad token",
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":1.5,"message":["a"]}}"#.to_owned(),
                Some(7),
                r#"["a"]"#,
            ),
        ] {
            let read = read(text.as_bytes()).map(|read| read.message);
            let Some(JsonRpcMessage::Error(error)) = read else {
                panic!("no error: {text}");
            };
            assert_eq!(error.id, id.map(RequestId::Number), "{text}");
            assert!(error.error.message.starts_with(words), "{error:?}");
        }
        for text in [
            "ready",
            "{}",
            r#"{"level": "info"}"#,
            "[1]",
            r#"{"method": 7, "error": 1}"#,
        ] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
