//! MCP servers: one of our own that goes wrong in many ways, and real ones.

mod agents;
mod eras;
mod faults;
mod found;
mod guarded;
mod lists;
mod oauth;
mod real;
mod refusals;
mod sign_in;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowdeck::conversation::Values;
use flowdeck::profile::ProfileFile;
use flowdeck::spec::Component;
use flowdeck::tools::{CallIdentity, ToolError, ToolExecutor, ToolInvocation, Tools, ToolsBuilder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::awaited::{self, within};
use crate::tool_calls::{Watcher, component, properties};

/// A folder, and the tools of a profile in it.
struct Bed {
    folder: tempfile::TempDir,
    tools: Tools,
}

impl Bed {
    fn new() -> Self {
        Self::made(|builder| builder)
    }

    /// One whose tokens are kept in a folder.
    fn keeping_tokens(folder: &Path) -> Self {
        Self::made(|builder| builder.token_folder(Some(folder.to_owned())))
    }

    fn made(with: impl FnOnce(ToolsBuilder) -> ToolsBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flowdeck.toml");
        let profile = ProfileFile::parse("", &path)
            .unwrap()
            .profile(None)
            .unwrap();
        let tools = with(Tools::builder(Arc::new(profile))).build();
        Self { folder, tools }
    }

    async fn discover(&self, source: &Arc<Component>) -> Result<Vec<Arc<Component>>, ToolError> {
        self.discover_watched(source, &Watcher::default()).await
    }

    async fn discover_watched(
        &self,
        source: &Arc<Component>,
        watcher: &Watcher,
    ) -> Result<Vec<Arc<Component>>, ToolError> {
        let never = CancellationToken::new();
        within(self.tools.discover(source, watcher, &never)).await
    }

    /// The one tool of that name in a box.
    async fn found(&self, toolbox: &Arc<Component>, name: &str) -> Arc<Component> {
        let found = self.discover(toolbox).await.unwrap();
        let tool = found.into_iter().find(|tool| tool.name() == name);
        tool.unwrap_or_else(|| panic!("there is no `{name}`"))
    }

    async fn call(&self, tool: &Arc<Component>, arguments: Value) -> Result<Value, ToolError> {
        self.call_watched(
            tool,
            arguments,
            &Watcher::default(),
            &CancellationToken::new(),
        )
        .await
    }

    async fn call_watched(
        &self,
        tool: &Arc<Component>,
        arguments: Value,
        watcher: &Watcher,
        cancel: &CancellationToken,
    ) -> Result<Value, ToolError> {
        let arguments: Values = arguments.as_object().cloned().unwrap();
        let tool = Arc::clone(tool);
        let invocation = ToolInvocation {
            tool,
            arguments,
            begun: None,
            identity: CallIdentity::default(),
        };
        within(self.tools.call(&invocation, watcher, cancel)).await
    }

    /// The lines of a file that the server writes.
    fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until a file has that many lines.
    async fn wait_for(&self, file: &str, lines: usize) {
        let path = self.folder.path().join(file);
        awaited::file(&path, |text| text.lines().count() >= lines).await;
    }
}

/// Whether a process lives; a zombie does not.
fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A box over a transport, with further fields.
fn toolbox(transport: &Value, further: &Value) -> Arc<Component> {
    let mut document = json!({
        "component_type": "MCPToolBox", "id": "box", "name": "box", "client_transport": transport,
    });
    for (key, value) in further.as_object().unwrap() {
        document[key] = value.clone();
    }
    component(document)
}

/// A tool over a transport; its inputs and outputs are given as in `{"n": "integer"}`.
fn mcp_tool(name: &str, transport: &Value, inputs: &Value, outputs: &Value) -> Arc<Component> {
    component(json!({
        "component_type": "MCPTool", "id": name, "name": name, "client_transport": transport,
        "inputs": properties(inputs), "outputs": properties(outputs),
    }))
}

/// How a program is reached.
fn stdio(command: &str, args: &[&str]) -> Value {
    json!({"component_type": "StdioTransport", "id": "server", "name": "server", "command": command, "args": args})
}

/// How the test server is reached.
fn test_server() -> Value {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mcp_server.py");
    stdio("python3", &[server.to_str().unwrap()])
}

/// Where real servers are installed, named by an environment variable. Without it tests say so and pass on a
/// developer's machine, and fail where `CI` is `true`.
fn installed(variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    if named.is_none() {
        assert_ne!(
            std::env::var_os("CI").as_deref(),
            Some("true".as_ref()),
            "{variable} is not set"
        );
        println!("skipped: {variable} is not set");
    }
    named
}
