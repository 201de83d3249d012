//! Tool calls through real programs, Python workers and HTTP servers.

mod api_node;
mod builtin;
mod commands;
mod http;
mod python;
mod rust_functions;
mod stubs;

use std::sync::Arc;

use flowdeck::conversation::Values;
use flowdeck::profile::ProfileFile;
use flowdeck::spec::Component;
use flowdeck::tools::{
    CallIdentity, ToolError, ToolExecutor, ToolInvocation, ToolObserver, ToolRegistry, Tools,
    ToolsBuilder,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::awaited;
use crate::tool_calls::{Seen, Watcher, component, properties};

/// A `ServerTool` whose inputs and outputs are named and typed as in `{"n": "integer"}`.
fn server_tool(name: &str, inputs: &Value, outputs: &Value) -> Arc<Component> {
    component(json!({
        "component_type": "ServerTool", "id": name, "name": name, "description": "for a test",
        "inputs": properties(inputs), "outputs": properties(outputs),
    }))
}

/// A folder with files, and the tools that its `flowdeck.toml` binds.
struct Bed {
    folder: tempfile::TempDir,
    tools: Arc<Tools>,
}

impl Bed {
    fn new(profile: &str, files: &[(&str, &str)]) -> Self {
        Self::with(profile, files, |builder| builder)
    }

    fn with(
        profile: &str,
        files: &[(&str, &str)],
        build: impl FnOnce(ToolsBuilder) -> ToolsBuilder,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        let path = folder.path().join("flowdeck.toml");
        let file = ProfileFile::parse(profile, &path).unwrap();
        let profile = Arc::new(file.profile(None).unwrap());
        let tools = Arc::new(build(Tools::builder(profile)).build());
        Self { folder, tools }
    }

    fn registered(registry: ToolRegistry) -> Self {
        Self::with("", &[], |builder| builder.registry(registry))
    }

    async fn call(&self, tool: &Arc<Component>, arguments: Value) -> Result<Value, ToolError> {
        self.watched(tool, arguments).await.0
    }

    /// Calls a tool and tells what was seen meanwhile.
    async fn watched(
        &self,
        tool: &Arc<Component>,
        arguments: Value,
    ) -> (Result<Value, ToolError>, Seen) {
        let (watcher, never) = (Watcher::default(), CancellationToken::new());
        let called = call(&self.tools, tool, arguments, &watcher, &never).await;
        (called, watcher.seen())
    }

    async fn call_until(
        &self,
        tool: &Arc<Component>,
        arguments: Value,
        cancel: &CancellationToken,
    ) -> Result<Value, ToolError> {
        call(&self.tools, tool, arguments, &Watcher::default(), cancel).await
    }

    /// Waits until a tool has written the file.
    async fn wait_for(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        awaited::file(&path, |text| text.ends_with('\n')).await
    }

    /// The absolute path of a file, for programs.
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

async fn call(
    tools: &Tools,
    tool: &Arc<Component>,
    arguments: Value,
    observer: &dyn ToolObserver,
    cancel: &CancellationToken,
) -> Result<Value, ToolError> {
    let arguments: Values = arguments.as_object().cloned().unwrap();
    let invocation = ToolInvocation {
        tool: Arc::clone(tool),
        arguments,
        begun: None,
        identity: CallIdentity::default(),
    };
    awaited::within(tools.call(&invocation, observer, cancel)).await
}
