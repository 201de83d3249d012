//! Remote agents wherever they stand: alone, as a step of a flow, in a team.

use std::sync::Arc;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, node, start};
use super::script::{Ran, Script};
use super::world::{Replies, ScriptedWorld, SlowGate, Word, calls, text};
use crate::conversation::Image;
use crate::runtime::{Halt, InDoubt, Past};
use crate::tools::{RemoteAnswer, RemoteThread};
use crate::trace::{
    Event, FailureKind, Reply, RequestKind, RunEvent, RunEventBody, SpanKind, SpanOutcome,
};

/// A remote agent; `change` is made to it.
fn far(change: impl FnOnce(&mut Value)) -> Value {
    let mut far = json!({
        "component_type": "A2AAgent", "id": "far", "name": "far", "description": "Knows it all.",
        "agent_url": "http://far.example",
        "connection_config": {"component_type": "A2AConnectionConfig", "id": "way", "name": "way"},
    });
    change(&mut far);
    far
}

fn plain() -> Value {
    document(far(|_| {}))
}

/// An answer with its task in a state.
fn answer(state: &str, text: &str) -> RemoteAnswer {
    let waits = matches!(state, "input-required" | "auth-required");
    RemoteAnswer {
        text: text.to_owned(),
        state: state.to_owned(),
        thread: RemoteThread {
            context: Some("c1".to_owned()),
            task: waits.then(|| "t1".to_owned()),
            needs_authorization: state == "auth-required",
            heard: Vec::new(),
        },
        ..RemoteAnswer::default()
    }
}

fn says(state: &str, text: &str) -> Word {
    Word::Say(answer(state, text))
}

/// The texts that the agent was told in each turn, its context and its task.
fn told(ran: &Ran) -> Vec<(Vec<String>, Option<&str>, Option<&str>)> {
    let turns = ran.heard.iter().map(|(turn, _)| {
        let texts = turn
            .parts
            .iter()
            .map(|part| part["text"].as_str().unwrap_or("?").to_owned());
        let thread = &turn.thread;
        (
            texts.collect(),
            thread.context.as_deref(),
            thread.task.as_deref(),
        )
    });
    turns.collect()
}

fn heard<'a>(
    texts: &[&str],
    context: Option<&'a str>,
    task: Option<&'a str>,
) -> (Vec<String>, Option<&'a str>, Option<&'a str>) {
    let texts = texts.iter().map(|&text| text.to_owned()).collect();
    (texts, context, task)
}

#[tokio::test(start_paused = true)]
async fn a_person_talks_to_it_in_one_conversation_and_in_its_tasks() {
    let ran = Script::of(&plain())
        .remote([
            says("completed", "Sunny."),
            says("input-required", "Which city?"),
            says("completed", "Rainy."),
        ])
        .answers(Replies {
            opening: vec!["Bern?".to_owned()],
            replies: [Reply::message("and there?"), Reply::message("Basel")].into(),
        })
        .run()
        .await;
    let Err(Halt::Unanswered(request)) = &ran.result else {
        panic!("{:?}", ran.result);
    };
    let last = RequestKind::UserMessage {
        message: "Rainy.".to_owned(),
        may_end: true,
    };
    assert_eq!(**request, last);
    assert_eq!(
        told(&ran),
        [
            heard(&["Bern?"], None, None),
            heard(&["and there?"], Some("c1"), None),
            heard(&["Basel"], Some("c1"), Some("t1")),
        ]
    );
    assert_eq!(
        ran.said(),
        [
            "user: Bern?",
            "agent: Sunny.",
            "user: and there?",
            "agent: Which city?",
            "user: Basel",
            "agent: Rainy."
        ]
    );
    assert_eq!(
        ran.event_names(),
        [
            "AgentExecutionStart",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "HumanInTheLoopRequest",
            "HumanInTheLoopResponse",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "HumanInTheLoopRequest",
            "HumanInTheLoopResponse",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "HumanInTheLoopRequest",
        ]
    );
    let spans = ran.span_ends();
    assert_eq!(spans[3], (SpanKind::AgentExecutionSpan, SpanOutcome::Ok));
}

#[tokio::test(start_paused = true)]
async fn it_greets_who_has_said_nothing_yet_and_sees_pictures() {
    let picture = Image {
        name: None,
        media_type: "image/png".to_owned(),
        base64: "AAEC".to_owned(),
    };
    let ran = Script::of(&plain())
        .remote([says("completed", "A cat.")])
        .replies([Reply::Message {
            text: "What is it?".to_owned(),
            images: vec![picture],
        }])
        .run()
        .await;
    assert_eq!(ran.said()[0], "agent: Hi! How can I help you?");
    assert_eq!(
        ran.heard[0].0.parts,
        [
            json!({"text": "What is it?"}),
            json!({"raw": "AAEC", "mediaType": "image/png", "filename": ""})
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_is_there_is_asked_for_an_authorization() {
    let ran = Script::of(&plain())
        .remote([
            says("auth-required", "Sign in at https://x."),
            says("completed", "Paid."),
        ])
        .answers(Replies {
            opening: vec!["pay".to_owned()],
            replies: [Reply::message("done")].into(),
        })
        .run()
        .await;
    let asked = ran.traced().find_map(|event| match event {
        Event::HumanInTheLoopRequest { content, .. } => Some(RequestKind::clone(content)),
        _ => None,
    });
    let message = "far needs an authorization. Give it, then answer, and the run continues: Sign in at https://x.";
    let wanted = RequestKind::UserMessage {
        message: message.to_owned(),
        may_end: false,
    };
    assert_eq!(asked, Some(wanted));
    assert!(ran.heard[1].0.thread.needs_authorization);
    assert_eq!(told(&ran)[1], heard(&["done"], Some("c1"), Some("t1")));
}

/// A flow with the remote agent as its one step.
fn as_a_step(far: &Value, inputs: &[&str], outputs: &[&str]) -> Value {
    let edges: Vec<(String, String)> = inputs
        .iter()
        .map(|title| (format!("start.{title}"), format!("ask.{title}")))
        .chain(
            outputs
                .iter()
                .map(|title| (format!("ask.{title}"), format!("end.{title}"))),
        )
        .collect();
    let edges: Vec<(&str, &str)> = edges
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    document(flow(
        "trip",
        &[
            start(inputs),
            node("AgentNode", "ask", json!({"agent": far})),
            end(outputs),
        ],
        &[("start", "next", "ask"), ("ask", "next", "end")],
        Some(&edges),
    ))
}

fn properties(titles: &[&str], ty: &str) -> Value {
    titles
        .iter()
        .map(|title| json!({"title": title, "type": ty}))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn as_a_step_of_a_flow_it_takes_inputs_and_gives_outputs() {
    let step = |ty: &str, titles: &[&str]| {
        let far = far(|far| {
            far["inputs"] = properties(&["city"], "string");
            far["outputs"] = properties(titles, ty);
        });
        as_a_step(&far, &["city"], titles)
    };
    let with_data = RemoteAnswer {
        data: vec![json!({"sky": "old"}), json!({"sky": "blue"})],
        ..answer("completed", "Here you are.")
    };
    for (spec, said, outputs) in [
        (
            step("string", &["sky"]),
            answer("completed", "It is blue."),
            json!({"sky": "It is blue."}),
        ),
        (step("string", &["sky"]), with_data, json!({"sky": "blue"})),
        (
            step("string", &["sky", "wind"]),
            answer("completed", r#"{"sky": "blue", "wind": "none"}"#),
            json!({"sky": "blue", "wind": "none"}),
        ),
    ] {
        let ran = Script::of(&spec)
            .inputs(json!({"city": "Bern"}))
            .remote([Word::Say(said)])
            .run()
            .await;
        assert_eq!(ran.outputs(), outputs);
        assert_eq!(
            ran.heard[0].0.parts,
            [json!({"text": r#"{"city":"Bern"}"#, "mediaType": "application/json"})]
        );
    }
    // What it wants to know is asked, until there are outputs: a question is none.
    let ran = Script::of(&step("string", &["sky"]))
        .inputs(json!({"city": "Bern"}))
        .remote([
            says("input-required", "When?"),
            says("completed", "It is blue."),
        ])
        .replies([Reply::message("today")])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"sky": "It is blue."}));
    let ran = Script::of(&step("string", &["sky", "wind"]))
        .inputs(json!({"city": "Bern"}))
        .remote([
            says("input-required", "When?"),
            says("completed", r#"{"sky": "blue", "wind": "none"}"#),
        ])
        .replies([Reply::message("today")])
        .run()
        .await;
    assert_eq!(ran.outputs()["wind"], "none");
    assert_eq!(told(&ran)[1], heard(&["today"], Some("c1"), Some("t1")));
    // A task that is over without them has failed.
    let ran = Script::of(&step("string", &["sky", "wind"]))
        .inputs(json!({"city": "Bern"}))
        .remote([says("completed", "Nothing.")])
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Tool);
    assert!(
        failure
            .message
            .starts_with("its answer does not hold its outputs"),
        "{failure}"
    );
    assert_eq!(failure.component.as_deref(), Some("far"));
}

#[tokio::test(start_paused = true)]
async fn as_a_step_without_outputs_it_is_done_with_its_task() {
    let far = far(|far| far["inputs"] = properties(&["city"], "string"));
    let ran = Script::of(&as_a_step(&far, &["city"], &[]))
        .inputs(json!({"city": "Bern"}))
        .remote([says("completed", "Told them.")])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({}));
}

#[tokio::test(start_paused = true)]
async fn what_fails_there_fails_the_run_in_its_name() {
    let ran = Script::of(&plain())
        .opening("hi")
        .remote([Word::Fail("`far` failed: no luck".to_owned())])
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(
        (failure.kind, failure.component.as_deref()),
        (FailureKind::Tool, Some("far"))
    );
    assert_eq!(failure.message, "`far` failed: no luck");
}

#[tokio::test(start_paused = true)]
async fn a_manager_has_it_as_a_worker_and_a_swarm_as_who_has_the_user() {
    let manager = agent(|agent| agent["id"] = json!("boss"));
    let spec = document(json!({
        "component_type": "ManagerWorkers", "id": "group", "name": "group", "group_manager": manager,
        "workers": [far(|_| {})],
    }));
    let message = json!({"recipient": "far", "message": "weather?"}).to_string();
    let answer = json!({"recipient": "far", "message": "Bern"}).to_string();
    let ran = Script::of(&spec)
        .opening("Go.")
        .model([
            calls(&[("send_message", &message)]),
            calls(&[("send_message", &answer)]),
            text("Sunny, it says."),
        ])
        .remote([
            says("input-required", "Which city?"),
            says("completed", "Sunny."),
        ])
        .run()
        .await;
    assert_eq!(ran.said().last().unwrap(), "agent: Sunny, it says.");
    assert_eq!(
        told(&ran),
        [
            heard(&["weather?"], None, None),
            heard(&["Bern"], Some("c1"), Some("t1")),
        ]
    );
    let results: Vec<String> = (ran.said().into_iter())
        .filter(|line| line.starts_with('='))
        .collect();
    assert_eq!(results, ["= Which city?", "= Sunny."]);

    // Handed over to, it sees what was said before.
    let near = agent(|agent| {
        agent["id"] = json!("near");
        agent["name"] = json!("near");
    });
    let pair = json!([[{"$component_ref": "near"}, {"$component_ref": "far"}]]);
    let spec = document(json!({
        "component_type": "Swarm", "id": "swarm", "name": "swarm", "first_agent": {"$component_ref": "near"},
        "relationships": pair, "handoff": "optional",
        "$referenced_components": {"near": near, "far": far(|_| {})},
    }));
    let ran = Script::of(&spec)
        .model([
            text("Who are you?"),
            calls(&[("handoff_conversation", r#"{"recipient": "far"}"#)]),
        ])
        .remote([says("completed", "Sunny.")])
        .answers(Replies {
            opening: vec!["weather?".to_owned()],
            replies: [Reply::message("me")].into(),
        })
        .run()
        .await;
    assert_eq!(ran.said().last().unwrap(), "agent: Sunny.");
    assert_eq!(
        told(&ran),
        [heard(&["weather?", "near: Who are you?", "me"], None, None)]
    );

    let spec = document(json!({
        "component_type": "ManagerWorkers", "id": "group", "name": "group", "group_manager": far(|_| {}),
        "workers": [agent(|_| {})],
    }));
    let failure = Script::of(&spec).opening("Go.").run().await.failure();
    assert!(
        failure
            .message
            .contains("`far` runs elsewhere, and only an agent can address other members"),
        "{failure}"
    );
}

/// The events of a run that was killed while the agent worked.
async fn killed(
    word: Word,
    is_last: fn(&RunEventBody) -> bool,
) -> (super::script::Plan, Vec<Arc<RunEvent>>) {
    let mut run = Script::of(&plain()).opening("hi").remote([word]).start();
    let plan = run.plan().clone();
    run.until(|body| is_last(body).then_some(())).await;
    (plan, run.events.drain(..).map(Arc::new).collect())
}

/// Goes on with a run, and gives what the agent was told and how that ended.
async fn carried_on(
    plan: &super::script::Plan,
    events: &[Arc<RunEvent>],
    in_doubt: InDoubt,
    words: impl IntoIterator<Item = Word>,
) -> (
    Vec<Option<Value>>,
    Result<crate::conversation::Values, Halt>,
) {
    let past = Past::carried_on(events, in_doubt).unwrap();
    let world = ScriptedWorld::default();
    world.tools.remote.words.lock().unwrap().extend(words);
    let remote = Arc::clone(&world.tools.remote);
    let opening = Replies {
        opening: vec!["hi".to_owned()],
        ..Replies::default()
    };
    let presence = Arc::new(SlowGate::default());
    let mut execution = plan.execution(Arc::new(world), Box::new(opening), presence, past);
    let (result, _) = (&mut execution.work).await;
    let heard = remote.heard.lock().unwrap();
    (
        heard.iter().map(|(_, begun)| begun.clone()).collect(),
        result,
    )
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_begun_is_taken_up_by_a_run_that_goes_on() {
    let begun = |body: &RunEventBody| matches!(body, RunEventBody::Operated { operation, .. } if operation == "begun");
    let (plan, events) = killed(Word::Begin("t1"), begun).await;
    let words = [says("completed", "Sunny.")];
    let (heard, result) = carried_on(&plan, &events, InDoubt::Ask, words).await;
    assert_eq!(heard, [Some(json!({"task": "t1"}))]);
    let Err(Halt::Unanswered(request)) = result else {
        panic!("{result:?}");
    };
    assert!(request.may_end());
    // A fork begins a task of its own.
    let past = Past::forked(&events, 1_000, false).unwrap();
    let world = ScriptedWorld::default();
    world
        .tools
        .remote
        .words
        .lock()
        .unwrap()
        .push_back(says("completed", "Sunny."));
    let remote = Arc::clone(&world.tools.remote);
    let opening = Replies {
        opening: vec!["hi".to_owned()],
        ..Replies::default()
    };
    let mut execution = plan.execution(
        Arc::new(world),
        Box::new(opening),
        Arc::new(SlowGate::default()),
        past,
    );
    let (_, _) = (&mut execution.work).await;
    assert_eq!(remote.heard.lock().unwrap()[0].1, None);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_which_nothing_is_known_is_in_doubt() {
    let asked = |body: &RunEventBody| {
        matches!(
            body,
            RunEventBody::Traced(Event::ToolExecutionRequest { .. })
        )
    };
    let (plan, events) = killed(Word::Begin("t1"), asked).await;
    let (heard, result) = carried_on(&plan, &events, InDoubt::Ask, []).await;
    assert_eq!(heard, []);
    let Err(Halt::Unanswered(request)) = result else {
        panic!("{result:?}");
    };
    assert!(
        matches!(*request, RequestKind::CallInDoubt { .. }),
        "{request:?}"
    );
    let (heard, _) = carried_on(
        &plan,
        &events,
        InDoubt::Again,
        [says("completed", "Sunny.")],
    )
    .await;
    assert_eq!(heard, [None]);
    let (heard, result) = carried_on(&plan, &events, InDoubt::Fail, []).await;
    assert_eq!(heard, []);
    assert!(matches!(result, Err(Halt::Failed(_))), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_leaves_it() {
    let mut run = Script::of(&plain())
        .opening("hi")
        .remote([Word::Begin("t1")])
        .start();
    run.until(|body| matches!(body, RunEventBody::Operated { .. }).then_some(()))
        .await;
    run.cancel();
    assert_eq!(run.end().await.result, Err(Halt::Cancelled));
}
