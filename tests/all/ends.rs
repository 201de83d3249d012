//! However the program ends: what it started ends with it, and the terminal is as it was.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::awaited;
use crate::program::{file, program};
use crate::terminal::Terminal;

/// A program that starts another, writes the ids of both into `pids`, and never ends.
const NEVER: &str = "sleep 1000 & echo $$ $! > pids; wait";

/// A program that kills whoever started it as soon as it can, and never ends.
const KILLER: &str = "echo $$ > pids; kill -9 $PPID; sleep 1000 & wait";

/// A flow that only calls one tool.
fn flow(tool: &Value) -> Value {
    let node = |component_type: &str, name: &str| json!({"component_type": component_type, "id": name, "name": name});
    let edge = |from: &str, to: &str| {
        json!({
            "component_type": "ControlFlowEdge", "id": format!("{from}_{to}"), "name": format!("{from}_{to}"),
            "from_node": {"$component_ref": from}, "to_node": {"$component_ref": to},
        })
    };
    let mut call = node("ToolNode", "call");
    call["tool"] = tool.clone();
    json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": "f", "name": "f",
        "start_node": {"$component_ref": "start"},
        "nodes": [{"$component_ref": "start"}, {"$component_ref": "call"}, {"$component_ref": "end"}],
        "control_flow_connections": [edge("start", "call"), edge("call", "end")],
        "data_flow_connections": [],
        "$referenced_components": {
            "start": node("StartNode", "start"), "call": call, "end": node("EndNode", "end"),
        },
    })
}

fn server_tool() -> Value {
    json!({"component_type": "ServerTool", "id": "work", "name": "work", "description": "Works."})
}

/// An agent whose model is nowhere.
fn agent() -> Value {
    json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "a", "name": "a", "system_prompt": "Hi.",
        "llm_config": {
            "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m",
            "url": "http://127.0.0.1:9/v1", "model_id": "m",
        },
    })
}

/// `flowdeck run` of a spec in a folder.
fn run(home: &Path, spec: &Value, profile: &str) -> Child {
    file(home, "spec.json", spec.to_string());
    file(home, "flowdeck.toml", profile);
    program(&[
        "run",
        "spec.json",
        "--yes",
        "--profile",
        "here",
        "--message",
        "Go.",
    ])
    .current_dir(home)
    .env("XDG_STATE_HOME", home.join("state"))
    .stdin(Stdio::null())
    .spawn()
    .unwrap()
}

/// Waits until the program has started others, ends it by a signal, and waits until they have ended.
async fn all_end(home: &Path, mut child: Child, signal: Signal) {
    let pids = awaited::file(&home.join("pids"), |text| text.ends_with('\n')).await;
    kill_process(Pid::from_child(&child), signal).unwrap();
    for pid in pids.split_whitespace() {
        awaited::end_of(pid).await;
    }
    child.wait().unwrap();
}

fn toml_command(script: &str) -> String {
    json!(["sh", "-c", script]).to_string()
}

#[tokio::test]
async fn a_command_and_what_it_started_end_with_the_program() {
    for signal in [Signal::KILL, Signal::QUIT, Signal::HUP, Signal::TERM] {
        let home = tempfile::tempdir().unwrap();
        let profile = format!(
            "[profiles.here]\n[tools.work]\ncommand = {}\n",
            toml_command(NEVER)
        );
        let child = run(home.path(), &flow(&server_tool()), &profile);
        all_end(home.path(), child, signal).await;
    }
}

#[tokio::test]
async fn a_program_ends_with_us_even_if_we_are_killed_while_it_starts() {
    let command = toml_command(KILLER);
    let tool = format!("[profiles.here]\n[tools.work]\ncommand = {command}\n");
    let key = format!(
        "[profiles.here]\n[[profiles.here.llm]]\nmatch = \"*\"\napi_key = {{ command = {} }}\n",
        json!(KILLER)
    );
    let server = json!({
        "component_type": "MCPTool", "id": "work", "name": "work", "description": "Works.",
        "client_transport": {
            "component_type": "StdioTransport", "id": "server", "name": "server",
            "command": "sh", "args": ["-c", KILLER],
        },
    });
    for (spec, profile) in [
        (flow(&server_tool()), tool.as_str()),
        (flow(&server), "[profiles.here]\n"),
        (agent(), key.as_str()),
    ] {
        // The moment that matters is short.
        for _ in 0..5 {
            let home = tempfile::tempdir().unwrap();
            let mut child = run(home.path(), &spec, profile);
            let pid = awaited::file(&home.path().join("pids"), |text| text.ends_with('\n')).await;
            awaited::end_of(&pid).await;
            child.wait().unwrap();
        }
    }
}

#[tokio::test]
async fn a_python_worker_and_what_it_started_end_with_the_program() {
    let home = tempfile::tempdir().unwrap();
    let work = "
import os, subprocess, time

def work():
    child = subprocess.Popen(['sleep', '1000'])
    with open('pids', 'w') as file:
        file.write(f'{os.getpid()} {child.pid}\\n')
    while True:
        time.sleep(1)
";
    file(home.path(), "work.py", work);
    let profile = "[profiles.here]\n[tools.work]\npython = \"work.py:work\"\n";
    let child = run(home.path(), &flow(&server_tool()), profile);
    all_end(home.path(), child, Signal::KILL).await;
}

#[tokio::test]
async fn an_mcp_server_and_what_it_started_end_with_the_program() {
    let home = tempfile::tempdir().unwrap();
    let tool = json!({
        "component_type": "MCPTool", "id": "work", "name": "work", "description": "Works.",
        "client_transport": {
            "component_type": "StdioTransport", "id": "server", "name": "server",
            "command": "sh", "args": ["-c", NEVER],
        },
    });
    let child = run(home.path(), &flow(&tool), "[profiles.here]\n");
    all_end(home.path(), child, Signal::KILL).await;
}

#[tokio::test]
async fn a_key_command_and_what_it_started_end_with_the_program() {
    let home = tempfile::tempdir().unwrap();
    let profile = format!(
        "[profiles.here]\n[[profiles.here.llm]]\nmatch = \"*\"\napi_key = {{ command = {} }}\n",
        json!(NEVER)
    );
    let child = run(home.path(), &agent(), &profile);
    all_end(home.path(), child, Signal::KILL).await;
}

const AGENT: &str = "{component_type: Agent, agentspec_version: 26.1.2, id: a, name: a, system_prompt: Hi., \
    llm_config: {component_type: OllamaConfig, id: m, name: m, url: u, model_id: m}}";

/// Starts the workbench in a terminal that lives on after it: then `ended` gets a word, and `modes` the terminal's modes
/// at the next `Enter`.
fn workbench_in_a_shell(home: &Path) -> Terminal {
    file(home, "desk.yaml", AGENT);
    let script = format!(
        "sh -c 'echo $$ > pid; exec \"{}\"'; echo yes > ended; read -r line; stty -a > modes",
        env!("CARGO_BIN_EXE_flowdeck")
    );
    let shell = Path::new("/bin/sh");
    let terminal = Terminal::start_program(shell, home, &["-c", &script], &[], (80, 24));
    terminal.wait_for("desk.yaml");
    terminal
}

/// The one child that a process has.
fn child_of(parent: Pid) -> String {
    let parent = parent.as_raw_pid().to_string();
    let children = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid = entry.unwrap().file_name().into_string().unwrap();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // `pid (name) state parent …`
        let (_, rest) = stat.rsplit_once(") ")?;
        (rest.split(' ').nth(1) == Some(parent.as_str())).then_some(pid)
    });
    let children: Vec<String> = children.collect();
    assert_eq!(children.len(), 1, "{children:?}");
    children.into_iter().next().unwrap()
}

#[tokio::test]
async fn the_terminal_is_given_back_even_where_no_code_of_ours_runs_any_more() {
    for signal in [Signal::KILL, Signal::ABORT, Signal::QUIT] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = workbench_in_a_shell(home.path());
        let pid = fs::read_to_string(home.path().join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        let guardian = child_of(pid);
        kill_process(pid, signal).unwrap();
        awaited::file(&home.path().join("ended"), |text| !text.is_empty()).await;
        awaited::end_of(&guardian).await;
        terminal.wait_until_sane();
        terminal.send("\n");
        assert!(terminal.wait_for_end().success());
        let modes = fs::read_to_string(home.path().join("modes")).unwrap();
        let modes: Vec<&str> = modes.split_whitespace().collect();
        for mode in ["isig", "icanon", "echo", "opost", "icrnl"] {
            assert!(modes.contains(&mode), "{signal:?}: {mode} in {modes:?}");
        }
    }
}

/// Starts what it is given as the leader of a session of its own, as `ssh -t` does it, and reads until it is on show.
const LEADER: &str = "
import fcntl, os, pty, signal, struct, sys, termios, time
signal.alarm(60)
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'desk.yaml' not in seen:
    seen += os.read(terminal, 65536)
";

/// Kills the leader, and says what is left of it on the terminal.
const KILLS: &str = "
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
def is_sane():
    global seen
    try:
        while True:
            seen += os.read(terminal, 65536)
    except OSError:
        # Nobody has it open now; the guardian may not have come yet.
        pass
    modes = termios.tcgetattr(terminal)[3]
    return seen.rfind(b'\\x1b[?1049l') > seen.rfind(b'\\x1b[?1049h') and modes & termios.ICANON
deadline = time.monotonic() + 30
while not is_sane() and time.monotonic() < deadline:
    time.sleep(0.01)
modes = termios.tcgetattr(terminal)[3]
print('alternate' if seen.rfind(b'\\x1b[?1049l') < seen.rfind(b'\\x1b[?1049h') else 'main')
print('cooked' if modes & termios.ICANON and modes & termios.ECHO and modes & termios.ISIG else 'raw')
";

#[test]
fn a_killed_leader_of_a_session_leaves_its_terminal_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(workbench_under(KILLS, home.path()), "main\ncooked\n");
}

/// Starts the workbench in a session of its own, goes on with a Python script, and gives what that prints.
fn workbench_under(script: &str, home: &Path) -> String {
    file(home, "desk.yaml", AGENT);
    let ended = Command::new("python3")
        .args([
            "-c",
            &format!("{LEADER}{script}"),
            env!("CARGO_BIN_EXE_flowdeck"),
        ])
        .current_dir(home)
        .env("TERM", "xterm-256color")
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .output()
        .unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn a_terminal_that_goes_away_ends_the_workbench_in_good_order() {
    // A terminal whose other end this script closes.
    const SCRIPT: &str = "
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";
    let home = tempfile::tempdir().unwrap();
    let code = workbench_under(SCRIPT, home.path());
    let code: i32 = code.trim().parse().unwrap();
    assert!(code >= 0, "it ended by signal {}", -code);
}

#[test]
fn programs_are_started_also_where_whoever_started_us_ignores_how_children_end() {
    let home = tempfile::tempdir().unwrap();
    let mut spec = flow(&server_tool());
    let output = json!([{"title": "said", "type": "string"}]);
    let parts = &mut spec["$referenced_components"];
    parts["call"]["tool"]["outputs"] = output.clone();
    parts["end"]["outputs"] = output;
    spec["data_flow_connections"] = json!([{
        "component_type": "DataFlowEdge", "id": "d", "name": "d",
        "source_node": {"$component_ref": "call"}, "source_output": "said",
        "destination_node": {"$component_ref": "end"}, "destination_input": "said",
    }]);
    file(home.path(), "spec.json", spec.to_string());
    file(
        home.path(),
        "flowdeck.toml",
        "[tools.work]\ncommand = [\"echo\", \"hello\"]\n",
    );
    let ignoring = "import os, signal, sys\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nos.execv(sys.argv[1], sys.argv[1:])";
    let ran = Command::new("python3")
        .args(["-c", ignoring])
        .arg(program(&[]).get_program())
        .args(["run", "spec.json"])
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("hello"), "{ran:?}");
}
