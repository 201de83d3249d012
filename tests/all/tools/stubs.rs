//! Tools that a profile stands in for.

use std::time::Duration;

use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::time::Instant;

use super::{Bed, server_tool};

#[tokio::test(start_paused = true)]
async fn a_stub_gives_its_value_or_its_failure_after_its_delay() {
    let tool = server_tool("t", &json!({}), &json!({"out": "integer"}));
    for (stub, expected) in [
        ("value = 42", Ok(json!(42))),
        ("error = \"no taxi is free\"", Err("no taxi is free")),
    ] {
        let bed = Bed::new(&format!("[tools.t]\n{stub}\ndelay = \"2s\"\n"), &[]);
        let begin = Instant::now();
        let ended = bed.call(&tool, json!({})).await;
        assert_eq!(begin.elapsed().as_secs(), 2, "{stub}");
        if let Err(error) = &ended {
            assert_eq!(error.kind, ToolErrorKind::Failed);
        }
        assert_eq!(
            ended.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_stub_that_takes_longer_than_its_limit_is_stopped() {
    let tool = server_tool("t", &json!({}), &json!({"out": "integer"}));
    let bed = Bed::new(
        "[tools.t]\nvalue = 1\ndelay = \"1m\"\ntimeout = \"3s\"\n",
        &[],
    );
    let plan = ToolPlan::Run {
        lane: Lane::Fixed,
        binding: "value".to_owned(),
    };
    assert_eq!(bed.tools.plan(&tool), plan);
    let begin = Instant::now();
    let error = bed.call(&tool, json!({})).await.unwrap_err();
    assert_eq!(error.kind, ToolErrorKind::TimedOut);
    assert_eq!(begin.elapsed(), Duration::from_secs(3));
}
