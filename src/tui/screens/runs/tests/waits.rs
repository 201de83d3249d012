//! What a run waits for has a name, in the table and in the title of its pane.

use std::time::Duration;

use crate::base::ids::RequestId;
use crate::runs::Reply;
use crate::trace::{Event, RequestKind, RunEventBody, RunState, SpanKind};
use crate::tui::testing::Harness;

use super::stage::{Runs, component};

/// A run that asks a model, in a span `s_llm`.
fn asking() -> Runs {
    let mut runs = Runs::launch(Harness::new((200, 36), &[]), &["Bern"]);
    runs.state(0, RunState::Running);
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::LlmGenerationSpan,
        component: component("OllamaConfig", "model"),
    };
    runs.tell(0, Some("s_llm"), started);
    let request = Event::LlmGenerationRequest {
        llm_config: component("OllamaConfig", "model"),
        request_id: RequestId::new("q_llm"),
        llm_generation_config: serde_json::json!({}).into(),
        prompt: std::sync::Arc::default(),
        model_id: "gpt-4o".to_owned(),
        endpoint: "http://localhost".to_owned(),
        key: None,
    };
    runs.tell(0, Some("s_llm"), RunEventBody::Traced(request));
    runs
}

fn waits(runs: &mut Runs, on: Option<&str>, wait_seconds: Option<f64>) {
    let on = on.map(str::to_owned);
    let event = Event::ExecutionWait { on, wait_seconds };
    runs.tell(0, Some("s_llm"), RunEventBody::Traced(event));
}

/// That table and pane say so.
#[track_caller]
fn check(runs: &mut Runs, seconds: u64, words: &str) {
    runs.bench.wait(Duration::from_secs(seconds));
    let picture = runs.bench.picture();
    assert_eq!(picture.matches(words).count(), 2, "{words}\n{picture}");
}

#[test]
fn a_model_that_does_not_begin_to_answer_is_waited_for_by_its_name() {
    let mut runs = asking();
    check(&mut runs, 7, "waiting for gpt-4o 7.0s");
    runs.stream(0, "It is");
    runs.bench.wait(Duration::from_secs(1));
    let picture = runs.bench.picture();
    assert!(!picture.contains("waiting for"), "{picture}");
}

#[test]
fn what_works_is_named_and_who_is_asked_is_told_while_it_does() {
    let mut runs = Runs::launch(Harness::new((200, 36), &[]), &["Bern"]);
    runs.state(0, RunState::Running);
    for tool in ["slow", "bk"] {
        let started = RunEventBody::SpanStarted {
            parent: None,
            kind: SpanKind::ToolExecutionSpan,
            component: component("ServerTool", tool),
        };
        runs.tell(0, Some(tool), started);
    }
    let asked = Event::HumanInTheLoopRequest {
        request_id: RequestId::new("q_ask"),
        content: RequestKind::ToolResult {
            tool: "bk".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: serde_json::json!({}),
            outputs: Vec::new(),
        }
        .into(),
        key: None,
    };
    runs.tell(0, Some("bk"), RunEventBody::Traced(asked));
    check(&mut runs, 4, "tool slow 4.0s");
    let picture = runs.bench.picture();
    for (place, words) in [
        ("row", "A#1 \u{280b} needs you  Bern"),
        ("title", "needs you \u{b7} tool slow 4.0s"),
        ("header", "1 needs you"),
    ] {
        assert!(picture.contains(words), "{place}: {picture}");
    }
    runs.bench.press("!");
    assert!(!runs.bench.picture().contains("no run needs you"));
    let answered = Event::HumanInTheLoopResponse {
        request_id: RequestId::new("q_ask"),
        key: None,
        prepared: None,
        client_message: None,
        content: Reply::ToolResult(serde_json::json!("booked")).into(),
    };
    runs.tell(0, Some("bk"), RunEventBody::Traced(answered));
    let picture = runs.bench.picture();
    assert!(!picture.contains("needs you"), "{picture}");
    assert!(picture.contains("tool bk"), "{picture}");
}

#[test]
fn a_pause_before_a_retry_says_what_is_left_of_it_and_why() {
    let mut runs = asking();
    waits(&mut runs, Some("retry: 429"), Some(12.0));
    check(&mut runs, 0, "retry in 12 s: 429");
    check(&mut runs, 5, "retry in 7 s: 429");
    waits(&mut runs, None, None);
    check(&mut runs, 4, "waiting for gpt-4o 4.0s");
}

#[test]
fn a_wait_for_what_another_run_holds_is_named_and_does_not_run() {
    let mut runs = asking();
    for on in ["stream", "worker", "rate limit"] {
        waits(&mut runs, Some(on), None);
        runs.state(0, RunState::Queued);
        check(&mut runs, 17, &format!("{on} 17.0s"));
        let picture = runs.bench.picture();
        assert!(!picture.contains("running"), "{picture}");
        waits(&mut runs, None, None);
        runs.state(0, RunState::Running);
    }
}
