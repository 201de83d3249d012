//! What tests of tool calls share: components from JSON, and who watches a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flowdeck::spec::{Component, LoadOptions, load};
use flowdeck::tools::ToolObserver;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::awaited::within;

/// A component from its JSON; `agentspec_version` is added.
pub(crate) fn component(mut document: Value) -> Arc<Component> {
    document["agentspec_version"] = json!("26.3.1");
    let loaded = load(&document.to_string(), &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.unwrap()
}

/// Properties that are named and typed as in `{"n": "integer"}`.
pub(crate) fn properties(types: &Value) -> Value {
    let types = types.as_object().unwrap();
    types
        .iter()
        .map(|(title, ty)| json!({"title": title, "type": ty}))
        .collect()
}

/// Keeps what was seen of a call.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    seen: Mutex<Seen>,
    chunk_came: Notify,
}

/// What was seen of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) chunks: Vec<Value>,
    pub(crate) notices: Vec<String>,
    pub(crate) begun: Vec<Value>,
    pub(crate) waited: Duration,
    pub(crate) held: Option<Duration>,
}

impl Watcher {
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until a chunk came.
    pub(crate) async fn first_chunk(&self) {
        within(self.chunk_came.notified()).await;
    }
}

impl ToolObserver for Watcher {
    fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
        self.seen.lock().unwrap().chunks.push(content);
        self.chunk_came.notify_one();
        Box::pin(std::future::ready(()))
    }

    fn began(&self, handle: Value) -> BoxFuture<'_, ()> {
        self.seen.lock().unwrap().begun.push(handle);
        Box::pin(std::future::ready(()))
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        self.seen.lock().unwrap().notices.push(notice);
        Box::pin(std::future::ready(()))
    }

    fn waited(&self, waited: Duration) {
        self.seen.lock().unwrap().waited += waited;
    }

    fn held(&self, held: Duration) {
        self.seen.lock().unwrap().held = Some(held);
    }
}
