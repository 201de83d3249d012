//! Remote agents over A2A: a server of our own that does what a test wants, and real ones.

mod cards;
mod doubt;
mod exchanges;
mod faults;
mod real;
mod runs;
pub(crate) mod server;
mod streams;

use std::sync::Arc;

use flowdeck::conversation::Values;
use flowdeck::profile::ProfileFile;
use flowdeck::spec::Component;
use flowdeck::tools::{
    CallIdentity, RemoteAnswer, RemoteThread, RemoteTurn, ToolError, ToolExecutor, ToolInvocation,
    Tools,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::awaited::within;
use crate::tool_calls::{Watcher, component};

/// A remote agent named `far`; fields of its session and connection are given besides. Looks at tasks follow each other
/// closely.
pub(crate) fn far(url: &str, session: &Value, connection: &Value) -> Value {
    let mut document = json!({
        "component_type": "A2AAgent", "id": "far", "name": "far", "agent_url": url,
        "session_parameters": {"timeout": 20, "poll_interval": 0.01, "max_retries": 2},
        "connection_config": {"component_type": "A2AConnectionConfig", "id": "way", "name": "way"},
    });
    for (field, further) in [
        ("session_parameters", session),
        ("connection_config", connection),
    ] {
        for (name, value) in further.as_object().unwrap() {
            document[field][name] = value.clone();
        }
    }
    document
}

/// The tools of an empty profile, which speak to remote agents.
fn tools() -> (Tools, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let profile = ProfileFile::parse("", &folder.path().join("flowdeck.toml"));
    let profile = profile.unwrap().profile(None).unwrap();
    (Tools::builder(Arc::new(profile)).build(), folder)
}

/// Some words to an agent, with which a conversation begins.
fn words(text: &str) -> RemoteTurn {
    in_thread(text, RemoteThread::default())
}

/// Some words to an agent in a conversation.
fn in_thread(text: &str, thread: RemoteThread) -> RemoteTurn {
    RemoteTurn {
        parts: vec![json!({"text": text})],
        thread,
    }
}

/// A call of an agent.
struct Call {
    tools: Tools,
    agent: Arc<Component>,
    watcher: Watcher,
    cancel: CancellationToken,
    /// What is known of it from before.
    begun: Option<Value>,
    _folder: tempfile::TempDir,
}

impl Call {
    fn of(agent: Value) -> Self {
        let (tools, folder) = tools();
        Self {
            tools,
            agent: component(agent),
            watcher: Watcher::default(),
            cancel: CancellationToken::new(),
            begun: None,
            _folder: folder,
        }
    }

    fn to(url: &str) -> Self {
        Self::of(far(url, &json!({}), &json!({})))
    }

    async fn say(&self, turn: RemoteTurn) -> Result<RemoteAnswer, ToolError> {
        let arguments = serde_json::to_value(turn).unwrap();
        let arguments: Values = arguments.as_object().cloned().unwrap();
        let invocation = ToolInvocation {
            tool: Arc::clone(&self.agent),
            arguments,
            identity: CallIdentity {
                run: "r_1".to_owned(),
                place: "far.0/call.0".to_owned(),
            },
            begun: self.begun.clone(),
        };
        let called = self.tools.call(&invocation, &self.watcher, &self.cancel);
        let answer = within(called).await?;
        Ok(serde_json::from_value(answer).unwrap())
    }

    /// The pieces that were told on the way.
    fn told(&self) -> Vec<String> {
        let chunks = self.watcher.seen().chunks;
        let chunks = chunks
            .iter()
            .map(|chunk| chunk.as_str().unwrap().to_owned());
        chunks.collect()
    }
}

/// The message of the error, and its hint.
fn failure(answer: Result<RemoteAnswer, ToolError>) -> String {
    let error = answer.unwrap_err();
    match error.hint {
        Some(hint) => format!("{}. {hint}", error.message),
        None => error.message,
    }
}
