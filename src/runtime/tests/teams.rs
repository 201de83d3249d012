//! Teams: swarms, and managers with workers.

use std::sync::Arc;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, flow, node, start, strings, tool};
use super::script::{Ran, Script};
use super::world::{Answer, Replies, ScriptedAction, ScriptedWorld, SlowGate, calls, text};
use crate::conversation::Role;
use crate::llm::GenerationRequest;
use crate::runtime::{InDoubt, Past};
use crate::trace::{Event, FailureKind, Reply, RunEvent, RunEventBody, SpanKind};

/// A member of this name, which is its id, too.
fn member(name: &str, change: impl FnOnce(&mut Value)) -> Value {
    agent(|agent| {
        agent["id"] = json!(name);
        agent["name"] = json!(name);
        agent["description"] = json!(format!("Knows {name}."));
        agent["system_prompt"] = json!(format!("Be {name}."));
        agent["llm_config"]["id"] = json!(format!("{name}_llm"));
        change(agent);
    })
}

fn plain(name: &str) -> Value {
    member(name, |_| {})
}

fn reference(id: &str) -> Value {
    json!({ "$component_ref": id })
}

/// A swarm of members along pairs like `a>b`; the first of the first pair has the user.
fn swarm(handoff: &str, members: &[Value], pairs: &[&str]) -> Value {
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|pair| pair.split_once('>').unwrap())
        .collect();
    let referenced: serde_json::Map<String, Value> = members
        .iter()
        .map(|member| (member["id"].as_str().unwrap().to_owned(), member.clone()))
        .collect();
    let relationships: Vec<Value> = pairs
        .iter()
        .map(|(from, to)| json!([reference(from), reference(to)]))
        .collect();
    document(json!({
        "component_type": "Swarm", "id": "swarm", "name": "swarm", "first_agent": reference(pairs[0].0),
        "relationships": relationships, "handoff": handoff, "$referenced_components": referenced,
    }))
}

fn managed(manager: &Value, workers: &[Value]) -> Value {
    json!({
        "component_type": "ManagerWorkers", "id": "group", "name": "group", "group_manager": manager, "workers": workers,
    })
}

fn sends(messages: &[(&str, &str)]) -> Answer {
    let arguments: Vec<String> = messages
        .iter()
        .map(|(to, message)| json!({"message": message, "recipient": to}).to_string())
        .collect();
    let named: Vec<(&str, &str)> = arguments
        .iter()
        .map(|arguments| ("send_message", arguments.as_str()))
        .collect();
    calls(&named)
}

fn hands_off(to: &str) -> Answer {
    calls(&[(
        "handoff_conversation",
        &json!({ "recipient": to }).to_string(),
    )])
}

/// What a model was sent after its instructions, as `role: text`.
fn sent(request: &GenerationRequest) -> Vec<String> {
    let line = |message: &crate::conversation::Message| match (&message.tool_result, message.role) {
        (Some(result), _) => format!("= {}", result.content),
        (None, Role::System) => "system".to_owned(),
        (None, Role::User) => format!("user: {}", message.content),
        (None, Role::Agent) => format!("agent: {}", message.content),
    };
    let messages = request.messages.iter().map(|it| line(it));
    messages.filter(|line| line != "system").collect()
}

fn instructions(request: &GenerationRequest) -> &str {
    &request.messages[0].content
}

fn offered(request: &GenerationRequest) -> Vec<&str> {
    request
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect()
}

fn replies(replies: &[&str]) -> Replies {
    let (opening, rest) = replies.split_first().unwrap();
    Replies {
        opening: vec![(*opening).to_owned()],
        replies: rest.iter().map(|text| Reply::message(*text)).collect(),
    }
}

/// The last lines of the user's conversation.
fn end_of(ran: &Ran, count: usize) -> Vec<String> {
    let said = ran.said();
    said[said.len() - count..].to_vec()
}

#[tokio::test(start_paused = true)]
async fn members_of_a_swarm_ask_each_other_in_threads_of_their_own() {
    let spec = swarm("optional", &[plain("a"), plain("b")], &["a>b"]);
    let ran = Script::of(&spec)
        .answers(replies(&["Which?", "Sure?"]))
        .model([
            sends(&[("b", "Brie?")]),
            text("Yes."),
            text("Take Brie."),
            sends(&[("b", "Really?")]),
            text("Really."),
            text("Sure."),
        ])
        .run()
        .await;
    assert_eq!(
        end_of(&ran, 4)[1..],
        ["agent:  → send_message", "= Really.", "agent: Sure."]
    );
    let told = instructions(&ran.requests[0]);
    assert!(told.starts_with("You are `a`"), "{told}");
    assert!(told.contains("- b: Knows b."), "{told}");
    assert!(told.ends_with("\n\nBe a."), "{told}");
    assert_eq!(
        offered(&ran.requests[0]),
        ["send_message", "handoff_conversation", "talk_to_user"]
    );
    let of_b = &ran.requests[1];
    assert!(
        instructions(of_b).contains("`a`, another agent"),
        "{}",
        instructions(of_b)
    );
    assert_eq!(offered(of_b), [""; 0]);
    assert_eq!(sent(of_b), ["user: Brie?"]);
    // Its thread goes on.
    assert_eq!(
        sent(&ran.requests[4]),
        ["user: Brie?", "agent: Yes.", "user: Really?"]
    );
    let kinds: Vec<SpanKind> = ran.span_ends().into_iter().map(|(kind, _)| kind).collect();
    let count = |wanted| kinds.iter().filter(|kind| **kind == wanted).count();
    assert_eq!(count(SpanKind::SwarmExecutionSpan), 1);
    assert_eq!(count(SpanKind::AgentExecutionSpan), 4);
    // Who speaks to whom is told.
    let asked = ran.events.iter().find_map(|event| match &event.body {
        RunEventBody::Traced(Event::ConversationMessageAdded { message })
            if message.content == "Brie?" =>
        {
            Some((message.sender.clone(), message.recipient.clone()))
        }
        _ => None,
    });
    assert_eq!(asked, Some((Some("a".to_owned()), Some("b".to_owned()))));
}

#[tokio::test(start_paused = true)]
async fn who_is_given_the_conversation_has_the_user_from_then_on() {
    let spec = swarm("optional", &[plain("a"), plain("b")], &["a>b", "b>a"]);
    let both = calls(&[
        ("handoff_conversation", r#"{"recipient": "b"}"#),
        ("send_message", r#"{"recipient": "b", "message": "?"}"#),
    ]);
    let ran = Script::of(&spec)
        .answers(replies(&["Which?", "And now?"]))
        .model([both, text("Brie."), text("Now Comté.")])
        .run()
        .await;
    let of_b = sent(&ran.requests[1]);
    assert_eq!(of_b[..2], ["user: Which?", "agent: "]);
    assert!(of_b[2].contains("given over from `a` to `b`"), "{of_b:?}");
    assert!(of_b[3].contains("This was not done"), "{of_b:?}");
    assert_eq!(of_b.len(), 4, "nothing nudges it");
    assert!(instructions(&ran.requests[1]).starts_with("You are `b`"));
    assert!(instructions(&ran.requests[2]).starts_with("You are `b`"));
    assert_eq!(end_of(&ran, 2), ["user: And now?", "agent: Now Comté."]);
}

#[tokio::test(start_paused = true)]
async fn the_mode_of_a_swarm_says_what_its_members_may_do() {
    for (handoff, of_first) in [
        ("never", &["send_message", "talk_to_user"][..]),
        ("always", &["handoff_conversation", "talk_to_user"]),
    ] {
        let spec = swarm(handoff, &[plain("a"), plain("b")], &["a>b"]);
        let ran = Script::of(&spec)
            .opening("?")
            .model([text("!")])
            .run()
            .await;
        assert_eq!(offered(&ran.requests[0]), of_first, "{handoff}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_can_not_be_asked_is_told_and_the_member_goes_on() {
    let members = [plain("a"), plain("b"), plain("c")];
    let spec = swarm("never", &members, &["a>b", "b>a", "b>c", "c>a"]);
    let ran = Script::of(&spec)
        .opening("?")
        .model([
            sends(&[("z", "Are you there?")]),
            sends(&[("b", "1")]),
            sends(&[("a", "2")]),
            sends(&[("c", "3")]),
            sends(&[("a", "4")]),
            text("c is done"),
            text("b is done"),
            text("a is done"),
        ])
        .run()
        .await;
    let last = |request: usize| sent(&ran.requests[request]).pop().unwrap();
    assert!(last(1).contains(r#""z" is not one of "b""#), "{}", last(1));
    assert!(last(3).contains("`a` is who asks you"), "{}", last(3));
    assert!(
        last(5).contains("`a` waits for an answer itself"),
        "{}",
        last(5)
    );
    assert_eq!(ran.said().last().unwrap(), "agent: a is done");
}

#[tokio::test(start_paused = true)]
async fn messages_of_one_turn_to_several_members_are_answered_at_the_same_time() {
    let members = [plain("a"), plain("b"), plain("c")];
    let spec = swarm("never", &members, &["a>b", "a>c"]);
    let begun = tokio::time::Instant::now();
    let ran = Script::of(&spec)
        .opening("?")
        .model([
            sends(&[("b", "1"), ("c", "2"), ("b", "3")]),
            text("x"),
            text("y"),
            text("z"),
            text("Done."),
        ])
        .latencies([0, 10, 10, 10, 0])
        .run()
        .await;
    assert_eq!(ran.said().last().unwrap(), "agent: Done.");
    // The two of one member follow each other.
    assert_eq!(sent(&ran.requests[3])[0], "user: 1");
    assert_eq!(sent(&ran.requests[3])[2], "user: 3");
    assert!(begun.elapsed().as_secs() >= 20);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_only_changes_hands_ends_with_a_failure_that_says_so() {
    let spec = swarm("always", &[plain("a"), plain("b")], &["a>b", "b>a"]);
    let to_and_fro = (0..40).map(|turn| hands_off(if turn % 2 == 0 { "b" } else { "a" }));
    let ran = Script::of(&spec).opening("?").model(to_and_fro).run().await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert!(
        failure.message.contains("changed hands 32 times"),
        "{failure}"
    );
}

#[tokio::test(start_paused = true)]
async fn workers_know_nothing_of_their_group_and_what_they_hand_in_is_told_to_the_manager() {
    let worker = member("w", |worker| worker["outputs"] = strings(&["kind", "of"]));
    let quiet = member("q", |worker| worker["human_in_the_loop"] = json!(false));
    let mut group = document(managed(&plain("m"), &[worker, quiet]));
    group["outputs"] = strings(&["best"]);
    let ran = Script::of(&group)
        .opening("Which?")
        .model([
            sends(&[("w", "Hard ones?")]),
            text(r#"{"kind": "Comté", "of": "cow"}"#),
            sends(&[("q", "Soft ones?")]),
            text("Brie."),
            calls(&[("submit_result", r#"{"best": "Brie"}"#)]),
        ])
        .run()
        .await;
    assert_eq!(ran.result.as_ref().unwrap()["best"], "Brie");
    assert_eq!(instructions(&ran.requests[1]), "Be w.");
    assert_eq!(sent(&ran.requests[1]), ["user: Hard ones?"]);
    assert_eq!(
        sent(&ran.requests[2]).pop().unwrap(),
        r#"= {"kind":"Comté","of":"cow"}"#
    );
    assert_eq!(sent(&ran.requests[4]).pop().unwrap(), "= Brie.");
    assert_eq!(
        offered(&ran.requests[0]),
        ["send_message", "talk_to_user", "submit_result"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_be_a_group_whose_threads_go_on() {
    let mut inner = managed(&plain("m2"), &[plain("w2")]);
    inner["id"] = json!("inner");
    inner["name"] = json!("inner");
    let group = document(managed(&plain("m1"), &[inner]));
    let ran = Script::of(&group)
        .opening("Which?")
        .model([
            sends(&[("inner", "1")]),
            sends(&[("w2", "2")]),
            text("three"),
            text("four"),
            sends(&[("inner", "5")]),
            text("six"),
            text("Done."),
        ])
        .run()
        .await;
    assert_eq!(ran.said().last().unwrap(), "agent: Done.");
    assert_eq!(sent(&ran.requests[1]), ["user: 1"]);
    assert_eq!(sent(&ran.requests[2]), ["user: 2"]);
    let again = sent(&ran.requests[5]);
    assert_eq!(
        again,
        ["user: 1", "agent: ", "= three", "agent: four", "user: 5"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_team_is_a_step_of_a_flow_and_takes_its_inputs() {
    let guide = member("m", |agent| {
        agent["system_prompt"] = json!("Tell of {{city}}.");
    });
    let mut group = managed(&guide, &[plain("w")]);
    group["inputs"] = strings(&["city"]);
    group["outputs"] = strings(&["sight"]);
    let spec = document(flow(
        "f",
        &[
            start(&["city"]),
            node("AgentNode", "ask", json!({ "agent": group })),
            node("EndNode", "end", json!({"outputs": strings(&["sight"])})),
        ],
        &[("start", "next", "ask"), ("ask", "next", "end")],
        Some(&[("start.city", "ask.city"), ("ask.sight", "end.sight")]),
    ));
    let ran = Script::of(&spec)
        .inputs(json!({"city": "Rome"}))
        .model([calls(&[("submit_result", r#"{"sight": "Forum"}"#)])])
        .run()
        .await;
    assert_eq!(ran.result.as_ref().unwrap()["sight"], "Forum");
    assert!(instructions(&ran.requests[0]).ends_with("Tell of Rome."));
}

#[tokio::test(start_paused = true)]
async fn a_members_own_tools_work_in_its_thread_and_a_failure_is_told_to_its_caller() {
    let with_tool = member("b", |agent| {
        agent["tools"] = json!([tool("ServerTool", "look", &["a"], &["r"])]);
    });
    let spec = swarm("never", &[plain("a"), with_tool], &["a>b"]);
    let ran = Script::of(&spec)
        .opening("?")
        .tool("look", ScriptedAction::Give(json!("seen")))
        .model([
            sends(&[("b", "Look.")]),
            calls(&[("look", r#"{"a": "x"}"#)]),
            text("It was seen."),
            text("Seen."),
        ])
        .run()
        .await;
    assert_eq!(offered(&ran.requests[1]), ["look", "talk_to_user"]);
    assert_eq!(sent(&ran.requests[2])[2], "= seen");
    assert_eq!(sent(&ran.requests[3]).pop().unwrap(), "= It was seen.");
}

/// What the models of a swarm say in which all is done that members can do.
fn busy() -> Vec<Answer> {
    vec![
        sends(&[("b", "Look.")]),
        calls(&[("look", r#"{"a": "x"}"#)]),
        text("It was seen."),
        hands_off("b"),
        sends(&[("a", "Who are you?")]),
        text("The first."),
        text("Seen, says the first."),
    ]
}

/// Killed after any of its events, it goes on to the same end.
#[tokio::test(start_paused = true)]
async fn a_swarm_goes_on_from_any_moment_at_which_it_was_killed() {
    let with_tool = member("b", |agent| {
        agent["tools"] = json!([tool("ServerTool", "look", &["a"], &["r"])]);
    });
    let spec = swarm("optional", &[plain("a"), with_tool], &["a>b", "b>a"]);
    let opening = || Replies {
        opening: vec!["Which?".to_owned()],
        ..Replies::default()
    };
    let started = Script::of(&spec)
        .answers(opening())
        .tool("look", ScriptedAction::Give(json!("seen")))
        .model(busy())
        .start();
    let plan = started.plan().clone();
    let whole = started.end().await;
    assert_eq!(whole.said().last().unwrap(), "agent: Seen, says the first.");
    let events: Vec<Arc<RunEvent>> = whole.events.iter().cloned().map(Arc::new).collect();
    for cut in 0..events.len() {
        let past = Past::carried_on(&events[..cut], InDoubt::Again).unwrap();
        let answered = events[..cut].iter().filter(|event| {
            matches!(
                event.body,
                RunEventBody::Traced(Event::LlmGenerationResponse { .. })
            )
        });
        let mut world = ScriptedWorld::default();
        let left = busy().into_iter().skip(answered.count());
        world.model.answers.lock().unwrap().extend(left);
        let seen = ScriptedAction::Give(json!("seen"));
        world.tools.deeds.insert("look".to_owned(), seen);
        let presence = Arc::new(SlowGate::default());
        let mut execution = plan.execution(Arc::new(world), Box::new(opening()), presence, past);
        let (result, _) = (&mut execution.work).await;
        assert_eq!(result, whole.result, "killed after {cut} events");
    }
}
