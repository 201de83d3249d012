//! The oracle: a run that is given its own past back does and says the same, and touches nothing.
//!
//! Every run of these tests that ends by itself is executed a second time, with the outcomes of the first and in a world
//! that panics when it is touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::documents::{agent, document, tool};
use super::script::{Plan, Ran, Script};
use super::world::{Answer, Replies, ScriptedAction, SlowGate, calls, text};
use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::llm::Model;
use crate::runtime::{Answerer, EffectKey, Halt, InDoubt, Past, PastError, World};
use crate::spec::property::Property;
use crate::spec::{Component, FoundTool};
use crate::tools::ToolExecutor;
use crate::trace::{Event, Failure, Reply, RequestKind, RunEvent, RunEventBody};

/// Executes the run again from what is recorded of it.
pub(super) async fn check(plan: &Plan, first: &Ran) {
    let (result, events) = again(plan, &first.events, &first.result).await;
    assert_eq!(result, first.result, "the second execution ends otherwise");
    assert_eq!(
        essence(&events),
        essence(&first.events),
        "the second execution tells something else"
    );
    check_resumed(plan, first).await;
}

/// Goes on with a run that has ended: it tells nothing that it told already.
async fn check_resumed(plan: &Plan, first: &Ran) {
    let events: Vec<_> = first.events.iter().cloned().map(Arc::new).collect();
    let past = Past::carried_on(&events, InDoubt::Ask).expect("every effect has a key of its own");
    let (result, told) = executed(plan, past, &first.events, &first.result).await;
    assert_eq!(result, first.result, "the run that goes on ends otherwise");
    let told = told
        .into_iter()
        .filter(|event| !matches!(event.body, RunEventBody::StateChanged { .. }));
    assert_eq!(told.collect::<Vec<_>>(), [], "it was told before");
}

/// The second execution of a run that came to `first`, with a past of these events.
pub(super) async fn again(
    plan: &Plan,
    past: &[RunEvent],
    first: &Result<crate::conversation::Values, Halt>,
) -> (Result<crate::conversation::Values, Halt>, Vec<RunEvent>) {
    // Written and read: what is kept is kept as text.
    let text = serde_json::to_string(past).expect("events can be written");
    let events: Vec<RunEvent> = serde_json::from_str(&text).expect("events can be read");
    let given = Past::of(&events).expect("every effect has a key of its own");
    executed(plan, given, past, first).await
}

async fn executed(
    plan: &Plan,
    given: Past,
    past: &[RunEvent],
    first: &Result<crate::conversation::Values, Halt>,
) -> (Result<crate::conversation::Values, Halt>, Vec<RunEvent>) {
    let answerer = Box::new(Prepared {
        opening: plan.opening.clone(),
        n_taken: past.iter().filter(|event| is_prepared(event)).count(),
        is_unanswered: matches!(first, Err(Halt::Unanswered(_))),
    });
    let presence = Arc::new(SlowGate::default());
    let mut execution = plan.execution(Arc::new(Untouchable), answerer, presence, given);
    let (result, _) = (&mut execution.work).await;
    let mut events = Vec::new();
    while let Some(event) = execution.events_rx.try_recv() {
        events.push(event);
    }
    (result, events)
}

/// What events say of what was done, by place: times and the order of what is done at the same time may differ, and
/// progress is not repeated.
pub(super) fn essence(events: &[RunEvent]) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let is_progress = match &event.body {
            RunEventBody::StateChanged { .. } => true,
            RunEventBody::Traced(event) => matches!(
                event,
                Event::LlmGenerationChunkReceived { .. }
                    | Event::LlmGenerationRetry { .. }
                    | Event::ToolExecutionStreamingChunkReceived { .. }
                    | Event::ToolExecutionNotice { .. }
                    | Event::ToolSourceNotice { .. }
                    | Event::ExecutionWait { .. }
            ),
            _ => false,
        };
        if !is_progress {
            let body = serde_json::to_value(&event.body).unwrap();
            let span = event.span.as_ref().map(ToString::to_string);
            let place = format!("{span:?} {:?}", key_in(&body));
            places.entry(place).or_default().push(body.to_string());
        }
    }
    places
}

/// The key that an event has, which names a place within its span.
fn key_in(body: &Value) -> Option<&Value> {
    // A traced event is an object of one member, by its name.
    let traced = (body.get("Traced")).and_then(|event| event.as_object()?.values().next());
    let traced = traced.or_else(|| body.get("Operated"))?;
    traced
        .get("key")
        .or_else(|| traced.get("tool_execution_request_id"))
}

fn is_prepared(event: &RunEvent) -> bool {
    matches!(
        event.body,
        RunEventBody::Traced(Event::HumanInTheLoopResponse {
            prepared: Some(_),
            ..
        })
    )
}

/// A world in which nothing may be reached.
#[derive(Debug)]
struct Untouchable;

impl World for Untouchable {
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        panic!("the model `{}` is asked again", llm_config.name())
    }

    fn tools(&self) -> &dyn ToolExecutor {
        panic!("tools are called again")
    }
}

/// The messages that the run starts with, and no answers.
#[derive(Debug)]
struct Prepared {
    opening: Vec<String>,
    /// How many answers are taken away, because the past has them.
    n_taken: usize,
    /// The run ended because there was no answer.
    is_unanswered: bool,
}

impl Answerer for Prepared {
    fn opening(&mut self) -> Vec<String> {
        std::mem::take(&mut self.opening)
    }

    fn is_in_turn(&self, _: &RequestKind) -> bool {
        false
    }

    fn answer(&mut self, request: &RequestKind, _: &EffectKey) -> Option<Reply> {
        if self.n_taken > 0 {
            self.n_taken -= 1;
            return Some(Reply::message("taken before"));
        }
        assert!(self.is_unanswered, "a person is asked again: {request:?}");
        None
    }
}

/// An agent with tools that answer, fail, ask a person and need a yes.
fn busy_agent() -> Value {
    document(agent(|agent| {
        let mut pay = tool("ServerTool", "pay", &["a"], &["r"]);
        pay["requires_confirmation"] = json!(true);
        agent["tools"] = json!([
            tool("ServerTool", "look", &["a"], &["r"]),
            tool("ServerTool", "fail", &["a"], &["r"]),
            tool("ClientTool", "taxi", &["a"], &["r"]),
            pay,
        ]);
    }))
}

fn busy_script(turns: &[Vec<(usize, u64)>]) -> Script {
    let names = ["look", "fail", "taxi", "pay"];
    let mut asked = 0;
    let answers = turns.iter().map(|turn| {
        let calls = turn.iter().map(|(tool, value)| {
            asked += usize::from(*tool > 1);
            (names[*tool].to_owned(), format!(r#"{{"a": "{value}"}}"#))
        });
        Answer::Calls("Hm.".to_owned(), calls.collect())
    });
    let answers: Vec<Answer> = answers.chain([text("Done.")]).collect();
    // Some of another kind than is asked for: then the run fails, and so it must again.
    let replies = (0..asked).map(|index| match index % 3 {
        0 => Reply::Confirm { arguments: None },
        1 => Reply::ToolResult(json!("there")),
        _ => Reply::Reject { reason: None },
    });
    Script::of(&busy_agent())
        .answers(Replies {
            opening: vec!["Go.".to_owned()],
            replies: replies.collect(),
        })
        .tool("look", ScriptedAction::EchoAfter(3))
        .tool("fail", ScriptedAction::Fail("the line is dead".to_owned()))
        .tool("taxi", ScriptedAction::Ask)
        .tool("pay", ScriptedAction::EchoAfter(1))
        .model(answers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is called at the same time, and however it ends.
    #[test]
    fn any_run_gives_itself_back(
        turns in prop::collection::vec(prop::collection::vec((0_usize..4, 0_u64..3), 1..5), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        // Its end checks it.
        runtime.block_on(busy_script(&turns).run());
    }
}

/// The server is not asked again for its tools, nor for what they gave.
#[tokio::test(start_paused = true)]
async fn tools_that_were_found_are_given_back() {
    let document = document(agent(|agent| {
        agent["toolboxes"] = json!([{
            "component_type": "MCPToolBox", "id": "box", "name": "box", "client_transport": {
                "component_type": "StdioTransport", "id": "server", "name": "server", "command": "server",
            },
        }]);
    }));
    let ran = Script::of(&document)
        .opening("Go.")
        .found(FoundTool {
            name: "look".to_owned(),
            description: Some("Looks.".to_owned()),
            inputs: vec![Property::string("a")],
            requires_confirmation: false,
        })
        .tool("look", ScriptedAction::Give(json!("here")))
        .model([calls(&[("look", r#"{"a": "1"}"#)]), text("Done.")])
        .run()
        .await;
    assert_eq!(ran.said()[2], "= here");
    let is_found = |event: &&RunEvent| matches!(event.body, RunEventBody::Operated { .. });
    assert_eq!(
        ran.events.iter().filter(is_found).count(),
        2,
        "one for each turn"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_asks_for_something_else_than_is_recorded_ends_and_says_where() {
    let started = busy_script(&[vec![(0, 1)]]).start();
    let plan = started.plan().clone();
    let ran = started.end().await;
    let mut past = ran.events.clone();
    for event in &mut past {
        if let RunEventBody::Traced(Event::ToolExecutionResponse { outputs, .. }) = &mut event.body
        {
            *outputs = json!("somewhere else").into();
        }
    }
    let (result, _) = again(&plan, &past, &ran.result).await;
    let Err(Halt::Failed(failure)) = result else {
        panic!("it came to {result:?}");
    };
    assert!(failure.message.contains("turn.1"), "{failure}");
    assert!(failure.message.contains("somewhere else"), "{failure}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "tools are called again")]
async fn an_outcome_that_is_not_recorded_is_asked_of_the_world() {
    let started = busy_script(&[vec![(0, 1)]]).start();
    let plan = started.plan().clone();
    let ran = started.end().await;
    let is_result = |event: &RunEvent| {
        matches!(
            event.body,
            RunEventBody::Traced(Event::ToolExecutionResponse { .. })
        )
    };
    let past: Vec<RunEvent> = ran
        .events
        .iter()
        .filter(|event| !is_result(event))
        .cloned()
        .collect();
    let _never = again(&plan, &past, &ran.result).await;
}

#[test]
fn two_effects_of_one_key_are_no_past() {
    let time = |seq| RunEvent {
        run: RunId::new("r"),
        seq,
        joined: 0,
        timestamp: Timestamp::from_ns(0),
        span: None,
        body: RunEventBody::Operated {
            key: "a.0/time.0".to_owned(),
            operation: "time".to_owned(),
            outcome: Box::new(Ok(json!(seq))),
        },
    };
    let past = Past::of(&[time(0), time(1)]).map(|_| ());
    assert_eq!(past, Err(PastError::Ambiguous("a.0/time.0".to_owned())));
}
