//! Parallel nodes: what goes on at the same time, in which order things come out, and what a failure stops.

use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::catch::caught_map;
use super::documents::{agent, document, end, flow, llm, node, start, strings, tool};
use super::script::{Ran, Script};
use super::world::{Replies, ScriptedAction, ScriptedWorld, SlowGate, text};
use crate::runtime::{Halt, InDoubt, NoAnswers, Past};
use crate::trace::{
    Event, FailureKind, Reply, RequestKind, RunEvent, RunEventBody, RunState, SpanKind, SpanOutcome,
};

/// A flow from `x` to `x` with one node between.
fn around(id: &str, middle: Value, output: &str) -> Value {
    let (mut first, mut last) = (start(&["x"]), end(&[output]));
    let middle_id = middle["id"].as_str().unwrap().to_owned();
    let (start_id, end_id) = (format!("{id}_start"), format!("{id}_end"));
    first["id"] = json!(start_id);
    last["id"] = json!(end_id);
    let control = [
        (start_id.as_str(), "next", middle_id.as_str()),
        (middle_id.as_str(), "next", end_id.as_str()),
    ];
    flow(id, &[first, middle, last], &control, None)
}

/// A flow whose tool `work` does what `x` says ([`ScriptedAction::Obey`]).
fn worker(id: &str, output: &str) -> Value {
    let mut work = tool("ServerTool", "work", &["x"], &[output]);
    work["id"] = json!(format!("{id}_tool"));
    around(
        id,
        node("ToolNode", &format!("{id}_work"), json!({ "tool": work })),
        output,
    )
}

/// A flow that asks a person.
fn asker(id: &str, output: &str) -> Value {
    let asks = json!({"message": "{{x}}?", "outputs": strings(&[output])});
    around(
        id,
        node("InputMessageNode", &format!("{id}_ask"), asks),
        output,
    )
}

/// A parallel map of a flow over the list `iterated_x`.
fn mapped(subflow: &Value) -> Value {
    let outputs = json!([{"title": "collected_x", "type": "array", "items": {"type": "string"}}]);
    document(flow(
        "f",
        &[
            node(
                "StartNode",
                "start",
                json!({"inputs": [{"title": "iterated_x"}]}),
            ),
            node("ParallelMapNode", "each", json!({ "subflow": subflow })),
            node("EndNode", "end", json!({ "outputs": outputs })),
        ],
        &[("start", "next", "each"), ("each", "next", "end")],
        None,
    ))
}

/// Flows side by side, which all get `x`.
fn beside(subflows: &[Value], outputs: &[&str]) -> Value {
    document(flow(
        "f",
        &[
            start(&["x"]),
            node("ParallelFlowNode", "both", json!({ "subflows": subflows })),
            end(outputs),
        ],
        &[("start", "next", "both"), ("both", "next", "end")],
        None,
    ))
}

fn map_over(items: &[&str]) -> Script {
    Script::of(&mapped(&worker("one", "x")))
        .inputs(json!({ "iterated_x": items }))
        .tool("work", ScriptedAction::Obey)
}

/// How many spans of a kind were open at the same time, at most.
fn most_open(ran: &Ran, wanted: SpanKind) -> usize {
    let (mut open, mut most) = (Vec::new(), 0);
    for event in &ran.events {
        match &event.body {
            RunEventBody::SpanStarted { kind, .. } if *kind == wanted => {
                open.push(&event.span);
                most = most.max(open.len());
            }
            RunEventBody::SpanEnded { .. } => open.retain(|span| **span != event.span),
            _ => {}
        }
    }
    most
}

#[tokio::test(start_paused = true)]
async fn flows_go_on_at_the_same_time_and_give_all_outputs() {
    let begun = Instant::now();
    let started = Script::of(&beside(&[worker("a", "r"), worker("b", "s")], &["r", "s"]))
        .inputs(json!({"x": "3"}))
        .tool("work", ScriptedAction::Obey)
        .start();
    let ran = started.end().await;
    assert_eq!(ran.outputs(), json!({"r": "3", "s": "3"}));
    assert_eq!(begun.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn items_come_out_in_their_order_however_long_they_take() {
    let items = ["4", "1", "3", "0", "2"];
    for (at_once, seconds) in [(20, 4), (2, 6), (1, 10)] {
        let begun = Instant::now();
        let ran = map_over(&items)
            .limits(|limits| limits.max_concurrency = Some(at_once))
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({ "collected_x": items }));
        assert_eq!(begun.elapsed().as_secs(), seconds, "{at_once} at once");
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_items_are_under_way_than_may_be() {
    let items = vec!["1"; 2_000];
    let ran = map_over(&items)
        .limits(|limits| {
            limits.max_concurrency = Some(7);
            // Less than all items visit: each counts for itself.
            limits.max_node_visits = 10;
        })
        .run()
        .await;
    assert_eq!(
        ran.outputs()["collected_x"].as_array().unwrap().len(),
        2_000
    );
    // The flow itself, and those of the items.
    assert_eq!(most_open(&ran, SpanKind::FlowExecutionSpan), 1 + 7);
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_gives_an_empty_list() {
    assert_eq!(
        map_over(&[]).run().await.outputs(),
        json!({"collected_x": []})
    );
}

/// The end of the run executes it again, with what was stopped where.
#[tokio::test(start_paused = true)]
async fn the_first_failure_stops_the_others_and_closes_their_spans() {
    let begun = Instant::now();
    let ran = map_over(&["1", "5", "fail 2", "fail 3", "9", "9"])
        .limits(|limits| limits.max_concurrency = Some(4))
        .run()
        .await;
    assert_eq!(ran.failure().message, "no 2");
    assert_eq!(begun.elapsed().as_secs(), 2);
    let ends: Vec<SpanOutcome> = ran
        .span_ends()
        .into_iter()
        .filter(|(kind, _)| *kind == SpanKind::ToolExecutionSpan)
        .map(|(_, outcome)| outcome)
        .collect();
    let (ok, failed, stopped) = (SpanOutcome::Ok, SpanOutcome::Error, SpanOutcome::Cancelled);
    // Of six, the last began when the first was done or never.
    assert_eq!(ends, [ok, failed, stopped, stopped, stopped]);
}

#[tokio::test(start_paused = true)]
async fn models_and_people_are_stopped_as_well() {
    let asks = json!({"llm_config": llm(), "prompt_template": "{{x}}", "outputs": strings(&["r"])});
    let talker = around("talker", node("LlmNode", "talk", asks), "r");
    let helper = agent(|agent| {
        agent["human_in_the_loop"] = json!(false);
        agent["tools"] = json!([tool("ServerTool", "work", &["x"], &["x"])]);
    });
    let assisted = around(
        "helped",
        node(
            "AgentNode",
            "help",
            json!({"agent": helper, "inputs": [], "outputs": []}),
        ),
        "x",
    );
    let mut started = Script::of(&beside(
        &[talker, asker("asker", "s"), assisted, worker("worker", "t")],
        &["r", "s", "t"],
    ))
    .inputs(json!({"x": "fail 2"}))
    .tool("work", ScriptedAction::Obey)
    .latencies([7, 1, 6])
    .model([
        text("late"),
        super::world::calls(&[("work", r#"{"x": "5"}"#), ("work", r#"{"x": "0"}"#)]),
    ])
    .attended()
    .start();
    started.asked().await;
    let ran = started.end().await;
    assert_eq!(ran.failure().message, "no 2");
    let spans = ran.span_ends();
    for kind in [
        SpanKind::LlmGenerationSpan,
        SpanKind::AgentExecutionSpan,
        SpanKind::ToolExecutionSpan,
    ] {
        assert!(
            spans.contains(&(kind, SpanOutcome::Cancelled)),
            "{kind:?} in {spans:?}"
        );
    }
    // The run never stood still for the person.
    let waited = ran.events.iter().any(|event| {
        matches!(
            event.body,
            RunEventBody::StateChanged {
                state: RunState::NeedsInput
            }
        )
    });
    assert!(!waited);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_waits_for_a_person_lets_the_others_go_on() {
    let begun = Instant::now();
    let mut started = Script::of(&beside(&[asker("a", "r"), worker("b", "s")], &["r", "s"]))
        .inputs(json!({"x": "3"}))
        .tool("work", ScriptedAction::Obey)
        .attended()
        .start();
    let (id, asked) = started.asked().await;
    assert!(matches!(asked, RequestKind::UserMessage { message, .. } if message == "3?"));
    started.state(RunState::NeedsInput).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    started
        .handle()
        .answer(&id, Reply::message("Yes."))
        .unwrap();
    let ran = started.end().await;
    assert_eq!(ran.outputs(), json!({"r": "Yes.", "s": "3"}));
}

#[tokio::test(start_paused = true)]
async fn without_a_person_the_others_end_before_the_run_does() {
    let ran = Script::of(&beside(&[asker("a", "r"), worker("b", "s")], &["r", "s"]))
        .inputs(json!({"x": "3"}))
        .tool("work", ScriptedAction::Obey)
        .run()
        .await;
    assert!(matches!(ran.result, Err(Halt::Unanswered(_))));
    let is_result = |event: &&Event| matches!(event, Event::ToolExecutionResponse { .. });
    assert_eq!(ran.traced().filter(is_result).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn prepared_answers_go_by_the_order_of_the_items() {
    let answers = ["a", "b", "c"].map(Reply::message);
    let ran = Script::of(&mapped(&asker("one", "x")))
        .inputs(json!({"iterated_x": ["1", "2", "3"]}))
        .limits(|limits| limits.max_concurrency = Some(2))
        .answers(Replies {
            opening: Vec::new(),
            replies: answers.into(),
        })
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"collected_x": ["a", "b", "c"]}));
    // What was said in each follows what was said in the one before it.
    let said = [
        "agent: 1?",
        "user: a",
        "agent: 2?",
        "user: b",
        "agent: 3?",
        "user: c",
    ];
    assert_eq!(ran.said(), said);
}

/// Which of the items meets the bound is chance, and recorded: the end of the run executes it again.
#[tokio::test(start_paused = true)]
async fn a_bound_on_tokens_is_met_in_the_same_place_again() {
    let asks = json!({"llm_config": llm(), "prompt_template": "{{x}}", "outputs": strings(&["x"])});
    let asker = around("one", node("LlmNode", "ask", asks), "x");
    let items = ["a", "b", "c", "d", "e"];
    let ran = Script::of(&mapped(&asker))
        .inputs(json!({ "iterated_x": items }))
        .latencies([3, 1, 2, 5, 4])
        .model(items.map(text))
        .limits(|limits| {
            limits.max_concurrency = Some(2);
            // Each answer is of two.
            limits.max_output_tokens = Some(4);
        })
        .run()
        .await;
    assert_eq!(ran.failure().kind, FailureKind::Limit);
    assert!(
        ran.failure().message.contains("4 are allowed"),
        "{}",
        ran.failure()
    );
}

#[tokio::test(start_paused = true)]
async fn a_loop_in_an_item_meets_the_bound() {
    let work = tool("ServerTool", "work", &["x"], &["x"]);
    let (mut first, mut last) = (start(&["x"]), end(&["x"]));
    first["id"] = json!("begin");
    last["id"] = json!("done");
    let again = json!({"inputs": strings(&["x"]), "mapping": {"1": "done"}});
    let inner = flow(
        "one",
        &[
            first,
            node("ToolNode", "try", json!({ "tool": work })),
            node("BranchingNode", "again", again),
            last,
        ],
        &[
            ("begin", "next", "try"),
            ("try", "next", "again"),
            ("again", "done", "done"),
            ("again", "default", "try"),
        ],
        None,
    );
    let ran = Script::of(&mapped(&inner))
        .inputs(json!({"iterated_x": ["1", "0", "1"]}))
        .tool("work", ScriptedAction::Obey)
        .limits(|limits| limits.max_node_visits = 30)
        .run()
        .await;
    assert_eq!(ran.failure().kind, FailureKind::Limit);
    assert!(ran.failure().message.contains("30 node visits"));
}

/// Killed after any of its events, it goes on to the same end and closes what it had opened, once.
#[tokio::test(start_paused = true)]
async fn it_goes_on_from_any_moment_at_which_it_was_killed() {
    let items = json!({"iterated_x": ["7", "fail 2", "1", "9"]});
    let mut started = Script::of(&caught_map())
        .inputs(items)
        .tool("work", ScriptedAction::Obey)
        .limits(|limits| limits.max_concurrency = Some(3))
        .start();
    started.until(|_| Some(())).await;
    let plan = started.plan().clone();
    let whole = started.end().await;
    let events: Vec<Arc<RunEvent>> = whole.events.iter().cloned().map(Arc::new).collect();
    for cut in 0..events.len() {
        let past = Past::carried_on(&events[..cut], InDoubt::Again).unwrap();
        let mut world = ScriptedWorld::default();
        world
            .tools
            .deeds
            .insert("work".to_owned(), ScriptedAction::Obey);
        let presence = Arc::new(SlowGate::default());
        let mut execution = plan.execution(Arc::new(world), Box::new(NoAnswers), presence, past);
        let (result, _) = (&mut execution.work).await;
        assert_eq!(result, whole.result, "killed after {cut} events");
        let mut open = Vec::new();
        let told = std::iter::from_fn(|| execution.events_rx.try_recv()).map(Arc::new);
        for event in events[..cut].iter().cloned().chain(told) {
            match &event.body {
                RunEventBody::SpanStarted { .. } => open.push(event.span.clone()),
                RunEventBody::SpanEnded { .. } => {
                    let at = open.iter().position(|span| *span == event.span);
                    open.remove(
                        at.unwrap_or_else(|| panic!("killed after {cut} events: {event:?}")),
                    );
                }
                _ => {}
            }
        }
        assert_eq!(open, [], "killed after {cut} events");
    }
}
