//! Calls that were under way when the program died, for each kind of tool.

use std::fs;
use std::future::pending;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::bed::Bed;
use crate::awaited;
use crate::program::file;
use crate::terminal::Terminal;

const ONE: [&str; 5] = ["run", "noter.json", "--message", "job x", "--yes"];

/// A server whose tool does its work and then hangs, until it is opened. It keeps the journal of the workspace.
struct HangingServer {
    url: String,
    door: Arc<Door>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Door {
    journal: std::sync::Mutex<PathBuf>,
    is_open: AtomicBool,
}

impl Door {
    async fn note(&self, key: &str) -> Value {
        let path = self.journal.lock().unwrap().clone();
        let mut journal = fs::File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        writeln!(journal, "{key}").unwrap();
        if !self.is_open.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        json!({"noted": "noted"})
    }
}

impl HangingServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let door = Arc::new(Door::default());
        let router = Router::new()
            .route("/note", post(over_http))
            .route("/mcp", post(over_mcp))
            .with_state(Arc::clone(&door));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            door,
            _tasks: tasks,
        }
    }
}

async fn over_http(State(door): State<Arc<Door>>, headers: HeaderMap) -> Json<Value> {
    let key = headers["idempotency-key"].to_str().unwrap();
    Json(door.note(key).await)
}

async fn over_mcp(State(door): State<Arc<Door>>, Json(message): Json<Value>) -> Response {
    let schema = json!({"type": "object", "properties": {"job": {"type": "string"}}});
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "notes", "version": "1"},
        }),
        "tools/list" => {
            json!({"tools": [{"name": "note", "inputSchema": schema, "description": "Notes a job."}]})
        }
        "tools/call" => {
            let key = &message["params"]["_meta"]["flowdeck/idempotencyKey"];
            door.note(key.as_str().unwrap()).await;
            json!({"content": [{"type": "text", "text": "noted"}]})
        }
        "server/discover" => return StatusCode::NOT_FOUND.into_response(),
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}

/// How a tool is carried out.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Command,
    Http,
    Remote,
    Mcp,
    Python,
    AsyncPython,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Command,
        Self::Http,
        Self::Remote,
        Self::Mcp,
        Self::Python,
        Self::AsyncPython,
    ];

    /// A workspace with such a tool, whose first call hangs after it has done its work.
    async fn bed(self, server: &HangingServer) -> Bed {
        let url = format!("{}/note", server.url);
        let bound = |binding: &str| (Bed::bound_tool(), format!("[tools.note]\n{binding}\n"));
        let (tool, profile) = match self {
            Self::Command => bound(
                r#"command = ["sh", "-c", "cat >/dev/null; echo $FLOWDECK_IDEMPOTENCY_KEY >> journal; [ -e go ] || sleep 100; echo noted"]"#,
            ),
            Self::Http => bound(&format!("http = {{ url = \"{url}\" }}")),
            Self::Python => bound("python = \"work.py:note\""),
            Self::AsyncPython => bound("python = \"work.py:note_on_the_loop\""),
            Self::Remote => {
                let mut tool = Bed::bound_tool();
                tool["component_type"] = json!("RemoteTool");
                tool["url"] = json!(url);
                tool["http_method"] = json!("POST");
                tool["data"] = json!({"job": "{{job}}"});
                (tool, String::new())
            }
            Self::Mcp => {
                let mut tool = Bed::bound_tool();
                tool["component_type"] = json!("MCPTool");
                tool["client_transport"] = json!({
                    "component_type": "StreamableHTTPTransport", "id": "notes", "name": "notes",
                    "url": format!("{}/mcp", server.url),
                });
                (tool, String::new())
            }
        };
        let bed = Bed::with(&tool, &profile).await;
        let work = "import asyncio, os, time\n\
             def done():\n    with open('journal', 'a') as f: f.write(flowdeck_context().idempotency_key + '\\n')\n\
             def note(job):\n    done()\n    if not os.path.exists('go'): time.sleep(100)\n    return 'noted'\n\
             async def note_on_the_loop(job):\n    done()\n    if not os.path.exists('go'): await asyncio.sleep(100)\n    return 'noted'\n";
        file(bed.path(), "work.py", work);
        *server.door.journal.lock().unwrap() = bed.journal();
        server.door.is_open.store(false, Ordering::SeqCst);
        bed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_doubt_of_any_kind_of_tool_is_made_again_or_let_fail_as_it_is_said() {
    let server = HangingServer::start().await;
    for kind in Kind::ALL {
        for (in_doubt, calls, words) in [
            ("again", 2, "noted"),
            ("fail", 1, "the program ended while `note` was called"),
        ] {
            let bed = kind.bed(&server).await;
            bed.killed_at(&ONE, 1).await;
            file(bed.path(), "go", "");
            server.door.is_open.store(true, Ordering::SeqCst);
            let asked = bed.run(&["run", "--resume", "last", "--format", "json"]);
            assert_eq!(asked.code, 4, "{kind:?}: {}", asked.stderr);
            let asked: Value = serde_json::from_str(&asked.stdout).unwrap();
            assert_eq!(asked["runs"][0]["state"], "needs_input", "{kind:?}");
            assert_eq!(
                bed.noted().values().sum::<usize>(),
                1,
                "{kind:?}: nothing is guessed"
            );
            let resume = ["run", "--resume", "last", "--format", "json", "--in-doubt"];
            let ended = bed.json(&[&resume[..], &[in_doubt]].concat());
            let run = &ended["runs"][0];
            assert_eq!(run["state"], "answered", "{kind:?} {in_doubt}: {run}");
            assert_eq!(
                bed.noted().values().sum::<usize>(),
                calls,
                "{kind:?} {in_doubt}"
            );
            let call = run["tool_calls"][0].to_string();
            assert!(call.contains(words), "{kind:?} {in_doubt}: {call}");
            // The same key, so that the tool could have known it again.
            let journal = fs::read_to_string(bed.journal()).unwrap();
            let mut keys: Vec<&str> = journal.lines().collect();
            keys.dedup();
            assert_eq!(keys.len(), 1, "{kind:?} {in_doubt}: {keys:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gives_the_result_of_a_call_in_doubt_of_any_kind_of_tool() {
    let server = HangingServer::start().await;
    for kind in Kind::ALL {
        let bed = kind.bed(&server).await;
        bed.killed_at(&ONE, 1).await;
        let folder = bed.path().to_owned();
        let ended = tokio::task::spawn_blocking(move || {
            let resume = ["run", "--resume", "last", "--profile", "spec"];
            let mut terminal = Terminal::start(&folder, &resume, (160, 24));
            terminal.wait_for("may have done its work");
            terminal.send("r noted by hand\r");
            terminal.wait_for("job x is done");
            terminal.wait_for_end().exit_code()
        });
        assert_eq!(awaited::within(ended).await.unwrap(), 0, "{kind:?}");
        assert_eq!(bed.noted().values().sum::<usize>(), 1, "{kind:?}");
        let shown = bed.json(&["history", "show", "last", "--format", "json"]);
        let call = &shown["runs"][0]["tool_calls"][0];
        assert_eq!(call["output"], "noted by hand", "{kind:?}: {shown}");
    }
}
