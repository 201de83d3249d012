//! Tools that are programs.

use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolObserver, ToolPlan};
use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Bed, call, server_tool};
use crate::awaited;

fn bound_to(argv: &[&str]) -> Bed {
    Bed::new(&format!("[tools.t]\ncommand = {}\n", json!(argv)), &[])
}

#[tokio::test]
async fn arguments_go_in_and_json_or_text_comes_out() {
    let text = server_tool("t", &json!({"a": "integer"}), &json!({"out": "string"}));
    let number = server_tool("t", &json!({"a": "integer"}), &json!({"out": "integer"}));
    let both = server_tool("t", &json!({}), &json!({"x": "integer", "y": "string"}));
    for (argv, tool, expected) in [
        (&["cat"][..], &text, json!(r#"{"a":7}"#)),
        (&["echo", "plain words"], &text, json!("plain words")),
        (&["echo", "42"], &number, json!(42)),
        (&["echo", "{\"out\": \"42\"}"], &number, json!(42)),
        (
            &["echo", "{\"y\": 3, \"x\": 1, \"z\": 0}"],
            &both,
            json!({"x": 1, "y": "3"}),
        ),
        (&["true"], &text, json!("")),
    ] {
        let bed = bound_to(argv);
        let arguments = if tool.inputs().is_empty() {
            json!({})
        } else {
            json!({"a": 7})
        };
        assert_eq!(
            bed.call(tool, arguments).await.unwrap(),
            expected,
            "{argv:?}"
        );
    }
}

#[tokio::test]
async fn the_plan_names_the_program_and_the_folder_is_that_of_the_profile() {
    let bed = bound_to(&["pwd"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let plan = ToolPlan::Run {
        lane: Lane::Process,
        binding: "pwd".to_owned(),
    };
    assert_eq!(bed.tools.plan(&tool), plan);
    let folder = std::fs::canonicalize(bed.folder.path()).unwrap();
    assert_eq!(
        bed.call(&tool, json!({})).await.unwrap(),
        json!(folder.to_str().unwrap())
    );
}

#[tokio::test]
async fn a_failure_tells_the_code_and_the_last_words() {
    let bed = bound_to(&["sh", "-c", "echo out; echo no such city >&2; exit 3"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Failed);
    assert_eq!(error.message, "`t` ended with exit code 3: no such city");
}

#[tokio::test]
async fn a_missing_program_is_named_with_where_it_is_bound() {
    let bed = bound_to(&["no-such-program-here"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::Unreachable);
    assert_eq!(
        error.message,
        "`t` can't start `no-such-program-here`: there is no such program"
    );
    assert!(error.hint.unwrap().contains("`command` in `[tools.t]`"));
}

#[tokio::test]
async fn a_result_of_the_wrong_type_is_told() {
    let bed = bound_to(&["echo", "many"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "integer"}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::BadOutput);
    assert_eq!(
        error.message,
        "the result of `t` does not fit its declared outputs: expected integer, found string \"many\""
    );
}

#[tokio::test]
async fn fifty_megabytes_are_cut_off_and_told() {
    let bed = bound_to(&["sh", "-c", "echo $$ > pid; head -c 50000000 /dev/zero"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::BadOutput);
    assert_eq!(error.message, "`t` printed more than 4 MB and was stopped");
    awaited::end_of(&bed.wait_for("pid").await).await;
}

#[tokio::test]
async fn fifty_megabytes_of_complaints_do_not_stop_a_tool() {
    let bed = bound_to(&["sh", "-c", "head -c 50000000 /dev/zero >&2; echo done"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    assert_eq!(bed.call(&tool, json!({})).await.unwrap(), json!("done"));
}

#[tokio::test]
async fn a_tool_that_never_ends_is_stopped_in_time() {
    let profile = "[tools.t]\ncommand = [\"sh\", \"-c\", \"echo $$ > pid; sleep 1000\"]\ntimeout = \"300ms\"\n";
    let bed = Bed::new(profile, &[]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::TimedOut);
    assert_eq!(
        error.message,
        "`t` did not end within 0.3 s and was stopped"
    );
    awaited::end_of(&bed.wait_for("pid").await).await;
}

#[tokio::test]
async fn cancelling_ends_what_the_program_started_too() {
    let bed = bound_to(&[
        "sh",
        "-c",
        "sleep 1000 & echo $! > child; echo $$ > pid; wait",
    ]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let cancel = CancellationToken::new();
    let (ended, (child, leader)) = tokio::join!(bed.call_until(&tool, json!({}), &cancel), async {
        let pids = (bed.wait_for("child").await, bed.wait_for("pid").await);
        cancel.cancel();
        pids
    });
    assert_eq!(ended.unwrap_err().kind, ToolErrorKind::Cancelled);
    awaited::end_of(&leader).await;
    awaited::end_of(&child).await;
}

#[tokio::test]
async fn a_program_that_leaves_something_behind_still_ends() {
    let bed = bound_to(&["sh", "-c", "sleep 1000 & echo $! > child; echo done"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    assert_eq!(bed.call(&tool, json!({})).await.unwrap(), json!("done"));
    awaited::end_of(&bed.wait_for("child").await).await;
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_open_holds_no_result_back() {
    let bed = bound_to(&["sh", "-c", "setsid sleep 1000 & echo $! > child; echo done"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    assert_eq!(bed.call(&tool, json!({})).await.unwrap(), json!("done"));
    // It made a session of its own, so it is left alone.
    let daemon = bed.wait_for("child").await;
    let killed = std::process::Command::new("kill")
        .arg(daemon.trim())
        .status();
    assert!(killed.unwrap().success(), "the daemon lives");
}

#[tokio::test]
async fn what_is_left_behind_adds_nothing_to_the_result() {
    let bed = bound_to(&["sh", "-c", "(sleep 0.1; echo 9) & printf 42"]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    assert_eq!(bed.call(&tool, json!({})).await.unwrap(), json!("42"));
}

#[tokio::test]
async fn what_a_program_leaves_behind_with_other_outputs_ends_with_it() {
    let script = "sleep 1000 > /dev/null 2>&1 & echo $! > child; echo done";
    let bed = bound_to(&["sh", "-c", script]);
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    assert_eq!(bed.call(&tool, json!({})).await.unwrap(), json!("done"));
    awaited::end_of(&bed.wait_for("child").await).await;
}

#[tokio::test]
async fn arguments_larger_than_a_pipe_reach_a_program_that_answers_meanwhile() {
    let bed = bound_to(&["cat"]);
    let tool = server_tool("t", &json!({"a": "string"}), &json!({}));
    let long = "x".repeat(1_000_000);
    let expected: Value = json!({ "a": long });
    assert_eq!(bed.call(&tool, expected.clone()).await.unwrap(), expected);
}

#[tokio::test]
async fn what_a_program_prints_is_shown_while_it_runs() {
    // It goes on only after what it printed before has been seen.
    let script = "echo working >&2; echo one; cat go >/dev/null; echo two";
    let bed = bound_to(&["sh", "-c", script]);
    let pipe = bed.path("go");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let tool = server_tool("t", &json!({}), &json!({"out": "string"}));
    let (seen_tx, mut seen_rx) = tokio::sync::mpsc::channel(2);
    let (never, forward) = (CancellationToken::new(), Forward(seen_tx));
    let (result, seen) = tokio::join!(
        call(&bed.tools, &tool, json!({}), &forward, &never),
        async {
            let seen = [seen_rx.recv().await.unwrap(), seen_rx.recv().await.unwrap()];
            tokio::fs::write(&pipe, "go").await.unwrap();
            seen
        }
    );
    assert_eq!(result.unwrap(), json!("one\ntwo"));
    assert!(
        seen.contains(&json!("one")) && seen.contains(&json!("working")),
        "{seen:?}"
    );
}

/// Gives on what is seen of a call.
#[derive(Debug)]
struct Forward(tokio::sync::mpsc::Sender<Value>);

impl ToolObserver for Forward {
    fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.0.send(content).await.unwrap() })
    }
}
