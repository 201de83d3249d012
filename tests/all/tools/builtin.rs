//! The tools that flowdeck itself has.

use std::sync::Arc;
use std::time::Duration;

use flowdeck::spec::Component;
use flowdeck::spec::builtin::BUILTINS;
use flowdeck::tools::{Lane, ToolErrorKind, ToolExecutor, ToolPlan};
use flowdeck::trace::{FixedClock, Timestamp};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::http::{Server, json_answer};
use super::{Bed, component};
use crate::program::repository;

/// A builtin tool with one input of that type.
fn builtin(tool_type: &str, input: (&str, &str), configuration: &Value) -> Arc<Component> {
    component(json!({
        "component_type": "BuiltinTool", "id": "t", "name": "t", "tool_type": tool_type,
        "configuration": configuration, "inputs": [{"title": input.0, "type": input.1}],
    }))
}

#[tokio::test]
async fn arithmetic_gives_whole_numbers_where_they_are() {
    let bed = Bed::new("", &[]);
    let tool = builtin("arithmetic", ("expression", "string"), &json!(null));
    let value = |expression: &str| bed.call(&tool, json!({"expression": expression}));
    assert_eq!(value("6 * 7").await.unwrap(), json!(42));
    assert_eq!(value("1 / 4").await.unwrap(), json!(0.25));
    let refused = value("1 / (2 - 2)").await.unwrap_err();
    assert_eq!(refused.kind, ToolErrorKind::Failed);
    assert_eq!(refused.message, "the expression divides by zero");
}

#[tokio::test]
async fn the_time_is_that_of_the_clock_at_the_distance_asked_for() {
    let clock = Arc::new(FixedClock(Timestamp::from_ns(1_767_225_600_000_000_000)));
    let bed = Bed::with("", &[], |builder| builder.clock(clock));
    let tool = builtin(
        "current_time",
        ("utc_offset", "string"),
        &json!({"utc_offset": "-05:00"}),
    );
    for (arguments, expected) in [
        (json!({}), "2025-12-31T19:00:00-05:00"),
        (json!({"utc_offset": "+05:30"}), "2026-01-01T05:30:00+05:30"),
        (json!({"utc_offset": "UTC"}), "2026-01-01T00:00:00Z"),
    ] {
        assert_eq!(bed.call(&tool, arguments).await.unwrap(), json!(expected));
    }
    let refused = bed.call(&tool, json!({"utc_offset": "Paris"})).await;
    assert!(
        refused
            .unwrap_err()
            .message
            .contains("`utc_offset` must be")
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_on_time_and_has_a_bound() {
    let bed = Bed::new("", &[]);
    let tool = builtin("wait", ("seconds", "number"), &json!({"max_seconds": 5}));
    let begun = tokio::time::Instant::now();
    assert_eq!(
        bed.call(&tool, json!({"seconds": 2.5})).await.unwrap(),
        json!(2.5)
    );
    assert_eq!(begun.elapsed(), Duration::from_millis(2500));
    for seconds in [json!(6), json!(-1), json!("long")] {
        let refused = bed
            .call(&tool, json!({"seconds": seconds}))
            .await
            .unwrap_err();
        assert_eq!(refused.message, "`seconds` must be a number from 0 to 5");
    }
}

#[tokio::test]
async fn files_are_read_below_the_folder_and_nowhere_else() {
    let bed = Bed::new("", &[("secret.txt", "outside")]);
    let notes = bed.folder.path().join("notes");
    std::fs::create_dir(&notes).unwrap();
    std::fs::write(notes.join("monday.md"), "Buy tea.").unwrap();
    std::fs::write(notes.join("bytes"), [0xff, 0xfe]).unwrap();
    std::fs::write(notes.join("large"), vec![b'x'; 1024 * 1024 + 1]).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(bed.folder.path().join("secret.txt"), notes.join("link")).unwrap();
    let tool = builtin("read_file", ("path", "string"), &json!({"folder": "notes"}));
    let read = |path: &str| bed.call(&tool, json!({"path": path}));
    assert_eq!(read("monday.md").await.unwrap(), json!("Buy tea."));
    assert_eq!(
        read("./../notes/monday.md").await.unwrap(),
        json!("Buy tea.")
    );
    let absolute = bed.path("secret.txt");
    for (path, why) in [
        ("../secret.txt", "outside of the folder"),
        (absolute.as_str(), "outside of the folder"),
        #[cfg(unix)]
        ("link", "outside of the folder"),
        ("none", "No such file"),
        (".", "not a file"),
        ("bytes", "not UTF-8"),
        ("large", "larger than 1 MB"),
    ] {
        let told = read(path).await.unwrap_err().message;
        assert!(told.contains(why), "{path}: {told}");
    }
}

#[tokio::test]
async fn only_addresses_of_the_list_are_fetched() {
    let server = Server::start(|_, _| json_answer(&json!({"sky": "clear"}))).await;
    let tool = builtin(
        "http_fetch",
        ("url", "string"),
        &json!({"url_allow_list": [format!("{}/open", server.url)]}),
    );
    let bed = Bed::new("", &[]);
    let fetch = |path: &str| bed.call(&tool, json!({"url": format!("{}{path}", server.url)}));
    assert_eq!(fetch("/open/sky").await.unwrap(), json!({"sky": "clear"}));
    for path in ["/closed", "/open/../closed", "/open/..%2Fclosed"] {
        let refused = fetch(path).await.unwrap_err().message;
        assert!(
            refused.contains("url_allow_list") || refused.contains("leads upward"),
            "{path}: {refused}"
        );
    }
    let refused = bed.call(&tool, json!({"url": "file:///etc/passwd"})).await;
    assert!(refused.is_err());
    assert_eq!(server.got().len(), 1, "what is not allowed is never sent");
}

#[tokio::test]
async fn a_plan_says_where_a_tool_runs_and_which_there_are() {
    let bed = Bed::new("", &[]);
    let tool = builtin("arithmetic", ("expression", "string"), &json!(null));
    let expected = ToolPlan::Run {
        lane: Lane::Async,
        binding: "builtin arithmetic".to_owned(),
    };
    assert_eq!(bed.tools.plan(&tool), expected);
    let unknown = builtin("web_search", ("query", "string"), &json!(null));
    let ToolPlan::Unbound { message, hint } = bed.tools.plan(&unknown) else {
        panic!("it has no such tool");
    };
    assert!(
        message.contains("no builtin tool `web_search`"),
        "{message}"
    );
    assert!(hint.contains("`read_file`"), "{hint}");
    let refused = bed.call(&unknown, json!({"query": "x"})).await.unwrap_err();
    assert_eq!(refused.kind, ToolErrorKind::Configuration);
}

#[test]
fn the_page_and_the_language_table_name_every_tool_and_setting() {
    let page = std::fs::read_to_string(repository().join("docs/builtin-tools.md")).unwrap();
    let table = std::fs::read_to_string(repository().join("docs/components.md")).unwrap();
    for builtin in BUILTINS {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", builtin.name)))
            .unwrap_or_else(|| panic!("{} is not on the page", builtin.name));
        for parameter in builtin.inputs.iter().chain(builtin.configuration) {
            assert!(row.contains(&format!("`{}`", parameter.name)), "{row}");
        }
        assert!(
            table.contains(&format!("`{}`", builtin.name)),
            "{}",
            builtin.name
        );
    }
}
