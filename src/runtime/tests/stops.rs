//! Cancelling, wherever the run is, and limits of the whole run.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::documents::{agent, document, tool};
use super::script::{Script, Started};
use super::world::{Answer, ScriptedAction, calls, text};
use crate::runtime::Halt;
use crate::trace::{
    Event, FailureKind, Reply, RequestKind, RunEventBody, RunState, SpanKind, SpanOutcome,
};

fn script() -> Script {
    let spec = document(agent(|agent| {
        agent["tools"] = json!([
            tool("ServerTool", "work", &["a"], &["r"]),
            tool("ClientTool", "taxi", &["a"], &["r"])
        ]);
    }));
    Script::of(&spec)
        .tool("work", ScriptedAction::Hang)
        .tool("taxi", ScriptedAction::Ask)
        .attended()
}

/// Cancels where the run is, and checks that it ends cancelled, with every span closed.
async fn cancelled_at(mut run: Started, place: fn(&Event) -> bool) {
    run.until(|body| match body {
        RunEventBody::Traced(event) if place(event) => Some(()),
        _ => None,
    })
    .await;
    run.cancel();
    let ran = run.end().await;
    assert_eq!(ran.result, Err(Halt::Cancelled));
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Cancelled))
    );
}

#[tokio::test(start_paused = true)]
async fn while_the_model_is_silent() {
    let run = script().model([Answer::Begun("")]).start();
    cancelled_at(run, |event| {
        matches!(event, Event::LlmGenerationRequest { .. })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn while_the_model_speaks() {
    let run = script().model([Answer::Begun("one two")]).start();
    cancelled_at(run, |event| {
        matches!(event, Event::LlmGenerationChunkReceived { .. })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn while_a_tool_hangs() {
    let run = script()
        .model([calls(&[("work", r#"{"a": "1"}"#)])])
        .start();
    cancelled_at(run, |event| {
        matches!(event, Event::ToolExecutionRequest { .. })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn while_a_person_is_asked() {
    let run = script()
        .model([calls(&[("taxi", r#"{"a": "1"}"#)])])
        .start();
    cancelled_at(run, |event| {
        matches!(event, Event::HumanInTheLoopRequest { .. })
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn while_the_reply_waits_it_has_answered_and_stays_so() {
    let mut run = script().model([text("Hello.")]).start();
    run.state(RunState::Answered).await;
    run.cancel();
    let ran = run.end().await;
    let asked = RequestKind::UserMessage {
        message: "Hello.".to_owned(),
        may_end: true,
    };
    assert_eq!(ran.result, Err(Halt::Unanswered(Box::new(asked))));
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Ok))
    );
}

#[tokio::test(start_paused = true)]
async fn while_it_is_paused() {
    let mut run = script().model([text("Hello.")]).start();
    run.handle().pause();
    run.state(RunState::Paused).await;
    run.cancel();
    assert_eq!(run.end().await.result, Err(Halt::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn while_it_waits_for_its_place() {
    let mut run = script()
        .model([calls(&[("taxi", r#"{"a": "1"}"#)])])
        .start();
    let (id, _) = run.asked().await;
    run.state(RunState::NeedsInput).await;
    run.handle()
        .answer(&id, Reply::ToolResult(json!("x")))
        .unwrap();
    run.state(RunState::Queued).await;
    run.cancel();
    assert_eq!(run.end().await.result, Err(Halt::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn when_nobody_reads_its_events() {
    let mut run = script()
        .tool("work", ScriptedAction::EchoAfter(1))
        .model([calls(&[("work", r#"{"a": "1"}"#)])])
        .start();
    run.until(|body| {
        matches!(
            body,
            RunEventBody::Traced(Event::ToolExecutionRequest { .. })
        )
        .then_some(())
    })
    .await;
    assert_eq!(run.unheard().await, Err(Halt::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn before_it_starts() {
    let run = script().start();
    run.cancel();
    let ran = run.end().await;
    assert_eq!(ran.result, Err(Halt::Cancelled));
    assert!(ran.requests.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_models_write_no_more_tokens_than_the_limit_says() {
    // Each answer is two tokens.
    let ran = Script::of(&document(agent(|_| {})))
        .replies(["One.", "Two.", "Three."].map(Reply::message))
        .model([text("1"), text("2")])
        .limits(|limits| limits.max_output_tokens = Some(3))
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert_eq!(
        failure.message,
        "the models of the run wrote 4 tokens, and 3 are allowed"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_passes_the_bound_on_tokens_says_so() {
    let of_one = |answer| {
        let agent = document(agent(|agent| agent["human_in_the_loop"] = json!(false)));
        Script::of(&agent)
            .model([answer])
            .limits(|limits| limits.max_output_tokens = Some(1))
            .run()
    };
    let ran = of_one(text("It is over.")).await;
    assert!(ran.result.is_ok(), "{:?}", ran.result);
    let told = "the models of the run wrote 2 tokens, and 1 are allowed";
    let is_told = |event: &Event| matches!(event, Event::LlmGenerationNotice { notice, .. } if notice == told);
    assert!(ran.traced().any(is_told));
    // Whatever it counts as, this is more than one token.
    let failure = of_one(text(&"word ".repeat(1_000))).await.failure();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert!(failure.message.contains("inside an answer"), "{failure}");
}
