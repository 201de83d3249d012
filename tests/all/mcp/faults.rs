//! What goes wrong with servers, by one that does it.

use std::sync::Arc;
use std::time::Duration;

use flowdeck::spec::Component;
use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Bed, lives, mcp_tool, stdio, test_server, toolbox, within};
use crate::awaited;
use crate::tool_calls::Watcher;

/// A tool of the test server without inputs.
fn tool(name: &str) -> Arc<Component> {
    mcp_tool(name, &test_server(), &json!({}), &json!({}))
}

/// The tool `add` of the test's server, as a document has it.
fn sum_tool() -> Arc<Component> {
    mcp_tool(
        "add",
        &test_server(),
        &json!({"a": "integer"}),
        &json!({"sum": "integer"}),
    )
}

#[tokio::test]
async fn an_answer_to_another_request_ends_the_call_at_once() {
    let bed = Bed::new();
    let misnamed = mcp_tool(
        "misnamed",
        &test_server(),
        &json!({"id": "integer", "is_own_next": "boolean"}),
        &json!({}),
    );
    let arguments = json!({"id": 999, "is_own_next": false});
    let error = bed.call(&misnamed, arguments).await.unwrap_err();
    let words = "its answer names another request, `999`";
    assert!(error.message.ends_with(words), "{error}");
    // The list of tools is answered already: a second answer to it ends no call.
    let arguments = json!({"id": 1, "is_own_next": true});
    assert_eq!(
        bed.call(&misnamed, arguments).await.unwrap(),
        json!("its own")
    );
}

#[tokio::test]
async fn a_dead_server_is_told_with_its_last_words_and_started_again_by_the_next_call() {
    let bed = Bed::new();
    let error = bed.call(&tool("die"), json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Unreachable);
    let ending = "can't be used: it ended with exit code 3: out of memory";
    assert!(
        error
            .message
            .starts_with("the call of `die` failed: the MCP server `python3 "),
        "{error}"
    );
    assert!(error.message.ends_with(ending), "{error}");
    assert_eq!(
        bed.call(&tool("ping"), json!({})).await.unwrap_err().kind,
        ToolErrorKind::Configuration
    );
    let sum = sum_tool();
    assert_eq!(bed.call(&sum, json!({"a": 1})).await.unwrap(), json!(3));
    assert_eq!(bed.lines("starts").len(), 2);
}

#[tokio::test]
async fn a_killed_server_is_started_again_without_a_failed_call() {
    let bed = Bed::new();
    let sum = sum_tool();
    bed.call(&sum, json!({"a": 1})).await.unwrap();
    let pid = bed.lines("starts").remove(0);
    let process = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    awaited::end_of(&pid).await;
    // The end of its output may be noticed during the call that comes first; then that one is told.
    let first = bed.call(&sum, json!({"a": 2})).await;
    if let Err(error) = first {
        assert!(error.message.contains("signal 9"), "{error}");
        assert_eq!(bed.call(&sum, json!({"a": 2})).await.unwrap(), json!(4));
    }
    assert_eq!(bed.lines("starts").len(), 2);
}

#[tokio::test]
async fn one_program_serves_all_and_ends_with_the_tools() {
    let bed = Bed::new();
    let sum = sum_tool();
    let calls = (0..20).map(|n| bed.call(&sum, json!({"a": n})));
    let sums: Vec<_> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let expected: Vec<_> = (0..20).map(|n| json!(n + 2)).collect();
    assert_eq!(sums, expected);
    let starts = bed.lines("starts");
    assert_eq!(starts.len(), 1);
    assert!(lives(&starts[0]));
    within(bed.tools.shutdown()).await;
    assert!(!lives(&starts[0]));
}

#[tokio::test]
async fn a_server_that_nobody_uses_is_ended_and_started_again_by_the_next_call() {
    let bed = Bed::made(|builder| builder.mcp_idle(Duration::from_millis(1)));
    let sum = sum_tool();
    for starts in 1..=2 {
        assert_eq!(bed.call(&sum, json!({"a": 1})).await.unwrap(), json!(3));
        let pids = bed.lines("starts");
        assert_eq!(pids.len(), starts);
        awaited::end_of(&pids[starts - 1]).await;
    }
    // One at work is not idle, however long that takes.
    let count = mcp_tool(
        "count",
        &test_server(),
        &json!({"to": "integer"}),
        &json!({}),
    );
    let counted = bed.call(&count, json!({"to": 200})).await;
    assert_eq!(counted.unwrap(), json!("counted"));
}

#[tokio::test]
async fn progress_is_shown_in_order_before_the_result() {
    let bed = Bed::new();
    let count = mcp_tool(
        "count",
        &test_server(),
        &json!({"to": "integer"}),
        &json!({}),
    );
    let watcher = Watcher::default();
    let result = bed
        .call_watched(
            &count,
            json!({"to": 40}),
            &watcher,
            &CancellationToken::new(),
        )
        .await;
    assert_eq!(result.unwrap(), json!("counted"));
    let told = watcher.seen().chunks;
    let expected: Vec<_> = (1..=40)
        .map(|step| json!(format!("{step} of 40")))
        .collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_cancelled_call_is_told_to_the_server() {
    let bed = Bed::new();
    let cancel = CancellationToken::new();
    bed.discover(&toolbox(&test_server(), &json!({})))
        .await
        .unwrap();
    let silent = tool("silent");
    let watcher = Watcher::default();
    let call = bed.call_watched(&silent, json!({}), &watcher, &cancel);
    let stop = async {
        // The call must be on its way.
        tokio::task::yield_now().await;
        bed.call(&tool("environment"), json!({})).await.unwrap();
        cancel.cancel();
    };
    let (called, ()) = tokio::join!(call, stop);
    assert_eq!(called.unwrap_err().kind, ToolErrorKind::Cancelled);
    bed.wait_for("cancelled", 1).await;
    assert_eq!(bed.lines("starts").len(), 1);
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_read_timeout() {
    let bed = Bed::new();
    let mut transport = test_server();
    // Python's start must fit into it too.
    transport["session_parameters"] = json!({"read_timeout_seconds": 4.0});
    let silent = mcp_tool("silent", &transport, &json!({}), &json!({}));
    let error = bed.call(&silent, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::TimedOut);
    assert!(
        error.message.ends_with("did not answer within 4 s"),
        "{error}"
    );
    assert!(error.hint.unwrap().contains("session_parameters"));
    bed.wait_for("cancelled", 1).await;
}

#[tokio::test]
async fn a_failing_tool_is_an_error_in_its_own_words() {
    let bed = Bed::new();
    let fail = mcp_tool(
        "fail",
        &test_server(),
        &json!({"why": "string"}),
        &json!({"out": "integer"}),
    );
    let error = bed
        .call(&fail, json!({"why": "no such city"}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ToolErrorKind::Failed, "`fail` failed: no such city")
    );
    let error = bed.call(&fail, json!({"why": ""})).await.unwrap_err();
    assert_eq!(error.message, "`fail` failed and did not say why");
}

#[tokio::test]
async fn results_are_bounded() {
    let bed = Bed::new();
    let flood = mcp_tool(
        "flood",
        &test_server(),
        &json!({"megabytes": "integer"}),
        &json!({}),
    );
    let whole = bed.call(&flood, json!({"megabytes": 1})).await.unwrap();
    assert_eq!(whole.as_str().unwrap().len(), 1024 * 1024);
    let error = bed.call(&flood, json!({"megabytes": 5})).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (
            ToolErrorKind::BadOutput,
            "`flood` gave more than 4 MB of text"
        )
    );
    let error = bed
        .call(&flood, json!({"megabytes": 17}))
        .await
        .unwrap_err();
    assert!(
        error
            .message
            .ends_with("it sent a message of more than 16 MB"),
        "{error}"
    );
    assert_eq!(bed.lines("starts").len(), 1);
    bed.call(&flood, json!({"megabytes": 1})).await.unwrap();
    assert_eq!(bed.lines("starts").len(), 2, "the connection was given up");
}

#[tokio::test]
async fn what_is_no_text_has_a_word_or_is_a_value() {
    let bed = Bed::new();
    let text =
        "here it is\n[image: image/png, 4 bytes]\n[file:///a.txt]\nwords\n[b: file:///b.txt]";
    assert_eq!(
        bed.call(&tool("picture"), json!({})).await.unwrap(),
        json!(text)
    );
    let parts = mcp_tool(
        "picture",
        &test_server(),
        &json!({}),
        &json!({"parts": "array"}),
    );
    let parts = bed.call(&parts, json!({})).await.unwrap();
    assert_eq!(
        parts[1],
        json!({"type": "image", "data": "AAECAw==", "mimeType": "image/png"})
    );
    assert_eq!(parts[3]["uri"], json!("file:///b.txt"));
}

#[tokio::test]
async fn results_are_cast_to_the_declared_outputs() {
    let bed = Bed::new();
    for (outputs, expected) in [
        (json!({}), json!("3")),
        (json!({"sum": "string"}), json!("3")),
        (json!({"sum": "integer"}), json!(3)),
        (json!({"result": "integer"}), json!(3)),
        (json!({"result": "object"}), json!({"result": 3})),
    ] {
        let sum = mcp_tool("add", &test_server(), &json!({"a": "integer"}), &outputs);
        assert_eq!(
            bed.call(&sum, json!({"a": 1})).await.unwrap(),
            expected,
            "{outputs}"
        );
    }
}

#[tokio::test]
async fn a_program_is_started_in_its_folder_with_little_of_our_environment() {
    let bed = Bed::new();
    std::fs::create_dir(bed.folder.path().join("below")).unwrap();
    let mut transport = test_server();
    transport["cwd"] = json!("below");
    transport["env"] = json!({"TOKEN": "t0"});
    let environment = mcp_tool(
        "environment",
        &transport,
        &json!({}),
        &json!({"of": "object"}),
    );
    let found = bed.call(&environment, json!({})).await.unwrap();
    let folder = std::fs::canonicalize(bed.folder.path().join("below")).unwrap();
    assert_eq!(found["folder"], json!(folder));
    let variables = found["variables"].as_object().unwrap();
    assert_eq!(variables["TOKEN"], json!("t0"));
    assert!(variables.contains_key("PATH"));
    assert!(
        !variables.contains_key("CARGO_MANIFEST_DIR"),
        "{variables:?}"
    );
}

#[tokio::test]
async fn a_program_that_can_not_be_a_server_is_told() {
    let bed = Bed::new();
    for (transport, why) in [
        (
            stdio("no-such-program-here", &[]),
            "there is no such program",
        ),
        (
            stdio("sh", &["-c", "echo no licence >&2; exit 7"]),
            "it ended with exit code 7: no licence",
        ),
    ] {
        let error = bed
            .call(
                &mcp_tool("t", &transport, &json!({}), &json!({})),
                json!({}),
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Unreachable);
        assert!(
            error.message.ends_with(&format!("can't be used: {why}")),
            "{error}"
        );
        let folder = bed.folder.path().display().to_string();
        assert_eq!(
            error.hint.unwrap(),
            format!("the program is started in `{folder}`")
        );
    }
}

#[tokio::test]
async fn a_server_that_ends_is_told_even_if_a_daemon_holds_its_output_open() {
    let bed = Bed::new();
    let script = "setsid sleep 1000 & echo $! > daemon; echo no licence >&2; exit 7";
    let tool = mcp_tool("t", &stdio("sh", &["-c", script]), &json!({}), &json!({}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    let ending = "can't be used: it ended with exit code 7: no licence";
    assert!(error.message.ends_with(ending), "{error}");
    let daemon = bed.lines("daemon").remove(0);
    let killed = std::process::Command::new("kill").arg(&daemon).status();
    assert!(
        killed.unwrap().success(),
        "a daemon with a session of its own lives on"
    );
}

#[tokio::test]
async fn an_unreachable_address_and_a_missing_secret_are_told() {
    let bed = Bed::new();
    // Nothing listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for ty in ["SSETransport", "StreamableHTTPTransport"] {
        let transport = json!({
            "component_type": ty, "id": "r", "name": "r", "url": format!("http://127.0.0.1:{port}/mcp?key=hidden"),
        });
        let error = bed
            .call(
                &mcp_tool("t", &transport, &json!({}), &json!({})),
                json!({}),
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Unreachable);
        let expected = format!(
            "the call of `t` failed: the MCP server `http://127.0.0.1:{port}/mcp` can't be used: "
        );
        assert!(error.message.starts_with(&expected), "{error}");
        assert!(
            error.message.contains("Connection refused") && !error.message.contains("hidden"),
            "{error}"
        );
    }
    let transport = json!({
        "component_type": "SSETransport", "id": "r", "name": "r", "url": "http://h/sse",
        "sensitive_headers": {"$component_ref": "r.sensitive_headers"},
    });
    let error = bed
        .call(
            &mcp_tool("t", &transport, &json!({}), &json!({})),
            json!({}),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Configuration);
    assert_eq!(
        error.message,
        "the transport `r` can't be used: nothing supplies `r.sensitive_headers`"
    );
}

#[test]
fn the_plan_names_the_server() {
    let bed = Bed::new();
    let transport = json!({
        "component_type": "SSETransport", "id": "r", "name": "r", "url": "http://user:secret@h/sse?key=secret",
    });
    for (transport, binding) in [
        (transport, "http://h/sse"),
        (stdio("node", &["server.js"]), "node server.js"),
    ] {
        let plan = ToolPlan::Run {
            lane: Lane::Mcp,
            binding: binding.to_owned(),
        };
        assert_eq!(
            bed.tools
                .plan(&mcp_tool("t", &transport, &json!({}), &json!({}))),
            plan
        );
    }
}
