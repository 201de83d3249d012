//! Agents that use tools of real servers: those of the protocol's makers, over every transport.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use flowdeck::tools::ToolErrorKind;
use pretty_assertions::assert_eq;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_util::sync::CancellationToken;

use super::agents::{agent, engine, reply, toolbox};
use super::{Bed, installed, stdio, within};
use crate::scripted_model::{ScriptedModel, calls, says};
use crate::tool_calls::Watcher;

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
    _reader: JoinSet<()>,
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
        let mut child = Command::new("node")
            .args([&npm(servers, "server-everything"), mode])
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // It says the port once it listens there.
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        within(async {
            while let Some(line) = said.next_line().await.unwrap() {
                if line.contains(&port.to_string()) {
                    return;
                }
            }
            panic!("the server has ended");
        })
        .await;
        // What else it says is taken, so that it never waits for a reader; ends with the process.
        let drained = async move { while let Ok(Some(_)) = said.next_line().await {} };
        let mut tasks = JoinSet::new();
        tasks.spawn(drained);
        Self {
            child,
            port,
            _reader: tasks,
        }
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
async fn a_killed_server_of_the_network_is_told_and_the_next_call_connects_again() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    for (mode, ty, path) in [
        ("sse", "SSETransport", "/sse"),
        ("streamableHttp", "StreamableHTTPTransport", "/mcp"),
    ] {
        let mut server = Everything::start(&servers, mode, None).await;
        let all = super::toolbox(&server.transport(ty, path), &json!({}));
        let bed = Bed::new();
        let long = bed.found(&all, "trigger-long-running-operation").await;
        let (watcher, never) = (Watcher::default(), CancellationToken::new());
        let arguments = json!({"duration": 60, "steps": 600});
        let call = bed.call_watched(&long, arguments, &watcher, &never);
        let kill = async {
            watcher.first_chunk().await;
            server.child.kill().await.unwrap();
        };
        let (told, ()) = tokio::join!(call, kill);
        let told = told.unwrap_err();
        assert_eq!(told.kind, ToolErrorKind::Unreachable);
        let expected = format!(
            "the call of `trigger-long-running-operation` failed: the MCP server `http://127.0.0.1:{}{path}` can't be used: ",
            server.port
        );
        assert!(told.message.starts_with(&expected), "{mode}: {told}");
        assert!(told.hint.unwrap().contains("whether the server runs"));
        let _again = Everything::start(&servers, mode, Some(server.port)).await;
        let echo = bed.found(&all, "echo").await;
        let echoed = bed.call(&echo, json!({"message": "again"})).await.unwrap();
        assert_eq!(echoed, json!("Echo: again"), "{mode}");
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

/// What wants a certificate of whoever connects, and hands the rest to `server-everything`. Ends with the value.
struct TlsFront {
    port: u16,
    _tasks: JoinSet<()>,
}

/// A file of `tests/data/keys/tls`.
fn key(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/tls");
    Path::new(folder).join(name)
}

impl TlsFront {
    async fn before(port: u16) -> Self {
        let provider = Arc::new(default_provider());
        let certificate = |name| CertificateDer::from_pem_file(key(name)).unwrap();
        let mut authorities = RootCertStore::empty();
        authorities.add(certificate("ca.pem")).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(
            Arc::new(authorities),
            Arc::clone(&provider),
        );
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(
                vec![certificate("server.pem")],
                PrivateKeyDer::from_pem_file(key("server.key")).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    // Who has no certificate gets no further.
                    if let Ok(mut client) = acceptor.accept(stream).await
                        && let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await
                    {
                        let _closed = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self {
            port: own_port,
            _tasks: tasks,
        }
    }

    /// With the files of a client that is let in.
    fn transport(&self, ty: &str, path: &str) -> Value {
        let url = format!("https://localhost:{}{path}", self.port);
        json!({
            "component_type": ty, "id": "server", "name": "server", "url": url,
            "key_file": key("client.key"), "cert_file": key("client.pem"), "ca_file": key("ca.pem"),
        })
    }
}

#[tokio::test]
async fn everything_behind_tls_that_wants_a_certificate() {
    let Some(servers) = installed(SERVERS) else {
        return;
    };
    for (mode, ty, path) in [
        ("sse", "SSEmTLSTransport", "/sse"),
        ("streamableHttp", "StreamableHTTPmTLSTransport", "/mcp"),
    ] {
        let server = Everything::start(&servers, mode, None).await;
        let front = TlsFront::before(server.port).await;
        let mut transport = front.transport(ty, path);
        sums_and_works(&transport).await;
        // Authorities that did not sign the server's certificate.
        transport["ca_file"] = json!(key("client.pem"));
        let folder = tempfile::tempdir().unwrap();
        let model = ScriptedModel::start([]).await;
        let engine = engine(&folder);
        let mistrustful = agent(&model, &json!([]), &json!([toolbox("box", &transport)]));
        let told = reply(&engine, &mistrustful).await.unwrap_err();
        let expected = format!(
            "the MCP server `https://localhost:{}{path}` can't be used: ",
            front.port
        );
        assert!(told.contains(&expected), "{mode}: {told}");
        assert!(told.contains("certificate"), "{mode}: {told}");
    }
}
