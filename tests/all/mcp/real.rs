//! Agents that use tools of real servers: those of the protocol's makers, over every transport.

use std::path::Path;
use std::process::Stdio;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use super::agents::{agent, engine, reply, toolbox};
use super::model::{ScriptedModel, calls, says};
use super::{installed, stdio, wait_until_async};

/// Names a folder with `node_modules`, which holds the servers from npm, and `venv`, a Python environment with the server
/// of `PyPI`: what `.ci/run` makes.
const SERVERS: &str = "FLOWDECK_TEST_MCP";

fn npm(servers: &Path, name: &str) -> String {
    let path = format!("node_modules/@modelcontextprotocol/{name}/dist/index.js");
    servers.join(path).to_str().unwrap().to_owned()
}

/// `server-everything` as a server of the network; ends with the value.
struct Everything {
    child: Child,
    port: u16,
}

impl Everything {
    /// `mode` is `sse` or `streamableHttp`.
    async fn start(servers: &Path, mode: &str, port: Option<u16>) -> Self {
        let port = match port {
            Some(port) => port,
            None => TcpListener::bind("127.0.0.1:0")
                .await
                .unwrap()
                .local_addr()
                .unwrap()
                .port(),
        };
        let child = Command::new("node")
            .args([&npm(servers, "server-everything"), mode])
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let server = Self { child, port };
        wait_until_async(async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        server
    }

    fn transport(&self, ty: &str, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        json!({"component_type": ty, "id": "server", "name": "server", "url": url})
    }
}

/// An agent that asks the server for a sum and for work that takes a moment.
async fn sums_and_works(transport: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let model = ScriptedModel::start([
        calls(&[
            ("get-sum", json!({"a": 20, "b": 22})),
            ("echo", json!({"message": "hear, hear"})),
            (
                "trigger-long-running-operation",
                json!({"duration": 0.2, "steps": 2}),
            ),
        ]),
        says("Done."),
    ])
    .await;
    let engine = engine(&folder);
    let agent = agent(&model, &json!([]), &json!([toolbox("box", transport)]));
    assert_eq!(reply(&engine, &agent).await.unwrap(), "Done.");
    let results = model.results();
    assert_eq!(
        results[..2],
        ["The sum of 20 and 22 is 42.", "Echo: hear, hear"]
    );
    assert!(
        results[2].starts_with("Long running operation completed."),
        "{}",
        results[2]
    );
    assert!(model.offered().len() > 8, "{:?}", model.offered());
    engine.shutdown().await;
}

#[tokio::test]
async fn everything_over_its_standard_input_and_output() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    sums_and_works(&stdio(
        "node",
        &[&npm(&servers, "server-everything"), "stdio"],
    ))
    .await;
}

#[tokio::test]
async fn everything_over_the_first_http_transport() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    let server = Everything::start(&servers, "sse", None).await;
    sums_and_works(&server.transport("SSETransport", "/sse")).await;
}

#[tokio::test]
async fn everything_over_streamable_http() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    let server = Everything::start(&servers, "streamableHttp", None).await;
    sums_and_works(&server.transport("StreamableHTTPTransport", "/mcp")).await;
}

#[tokio::test]
async fn a_killed_server_of_the_network_is_told_and_the_next_run_connects_again() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    for (mode, ty, path) in [
        ("sse", "SSETransport", "/sse"),
        ("streamableHttp", "StreamableHTTPTransport", "/mcp"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Everything::start(&servers, mode, None).await;
        let transport = server.transport(ty, path);
        let long = || {
            calls(&[(
                "trigger-long-running-operation",
                json!({"duration": 60, "steps": 600}),
            )])
        };
        let model = ScriptedModel::start([
            long(),
            calls(&[("echo", json!({"message": "again"}))]),
            says("Done."),
        ])
        .await;
        let engine = engine(&folder);
        let agent = agent(&model, &json!([]), &json!([toolbox("box", &transport)]));
        let kill = async {
            // The call is under way once the model has given it.
            wait_until_async(async || model.requests() == 1).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            server.child.kill().await.unwrap();
        };
        let (told, ()) = tokio::join!(reply(&engine, &agent), kill);
        let told = told.unwrap_err();
        let expected = format!(
            "the MCP server `http://127.0.0.1:{}{path}` can't be used, ",
            server.port
        );
        assert!(told.contains(&expected), "{mode}: {told}");
        let _again = Everything::start(&servers, mode, Some(server.port)).await;
        assert_eq!(reply(&engine, &agent).await.unwrap(), "Done.");
        assert_eq!(model.results(), ["Echo: again"], "{mode}");
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn files_below_a_folder() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "buy tea").unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let root = root.to_str().unwrap();
    let model = ScriptedModel::start([
        calls(&[
            (
                "read_text_file",
                json!({"path": format!("{root}/note.txt")}),
            ),
            ("read_text_file", json!({"path": "/etc/hostname"})),
        ]),
        says("Tea."),
    ])
    .await;
    let engine = engine(&folder);
    let transport = stdio("node", &[&npm(&servers, "server-filesystem"), root]);
    let agent = agent(&model, &json!([]), &json!([toolbox("files", &transport)]));
    assert_eq!(reply(&engine, &agent).await.unwrap(), "Tea.");
    let results = model.results();
    assert_eq!(results[0], "buy tea");
    assert!(
        results[1].starts_with("`read_text_file` failed: Access denied"),
        "{}",
        results[1]
    );
    engine.shutdown().await;
}

#[tokio::test]
async fn the_time_in_another_place() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        json!({"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"});
    let model = ScriptedModel::start([calls(&[("convert_time", arguments)]), says("Nine.")]).await;
    let engine = engine(&folder);
    let program = servers.join("venv/bin/mcp-server-time");
    let transport = stdio(program.to_str().unwrap(), &["--local-timezone", "UTC"]);
    let mut toolbox = toolbox("time", &transport);
    toolbox["tool_filter"] = json!(["convert_time"]);
    let agent = agent(&model, &json!([]), &json!([toolbox]));
    assert_eq!(reply(&engine, &agent).await.unwrap(), "Nine.");
    assert!(
        model.results()[0].contains("21:00:00+09:00"),
        "{:?}",
        model.results()
    );
    assert_eq!(model.offered(), ["convert_time", "talk_to_user"]);
    engine.shutdown().await;
}
