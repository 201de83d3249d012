//! Agents: tools, outputs, limits.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::documents::{agent, document, strings, tool};
use super::script::Script;
use super::world::{Answer, ScriptedAction, calls, text};
use crate::conversation::Role;
use crate::llm::{ModelErrorKind, ToolChoice};
use crate::runtime::Halt;
use crate::trace::{Event, FailureKind, RequestKind, SpanKind, SpanOutcome};

fn with_tools(names: &[&str]) -> Value {
    let tools: Vec<Value> = names
        .iter()
        .map(|name| tool("ServerTool", name, &["a"], &["r"]))
        .collect();
    document(agent(|agent| agent["tools"] = json!(tools)))
}

fn with_outputs(names: &[&str], human: bool) -> Value {
    let tools: Vec<Value> = names
        .iter()
        .map(|name| tool("ServerTool", name, &["a"], &["r"]))
        .collect();
    document(agent(|agent| {
        agent["tools"] = json!(tools);
        agent["human_in_the_loop"] = json!(human);
        agent["outputs"] = json!([{"title": "n", "type": "integer"}, {"title": "s", "type": "string", "default": "d"}]);
    }))
}

fn answered(halt: &Result<crate::conversation::Values, Halt>) -> String {
    match halt {
        Err(Halt::Unanswered(request)) => match request.as_ref() {
            RequestKind::UserMessage {
                message,
                may_end: true,
            } => message.clone(),
            other => panic!("{other:?} may not end the run"),
        },
        other => panic!("expected a reply, the run came to {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_turn_run_at_the_same_time_and_results_keep_their_order() {
    let started = Instant::now();
    let ran = Script::of(&with_tools(&["slow", "quick"]))
        .opening("Go.")
        .tool("slow", ScriptedAction::EchoAfter(5))
        .tool("quick", ScriptedAction::EchoAfter(1))
        .model([
            calls(&[
                ("slow", r#"{"a": "1"}"#),
                ("quick", r#"{"a": "2"}"#),
                ("slow", r#"{"a": "3"}"#),
            ]),
            text("Done."),
        ])
        .run()
        .await;
    assert_eq!(started.elapsed().as_secs(), 5);
    assert_eq!(answered(&ran.result), "Done.");
    assert_eq!(
        ran.said(),
        [
            "user: Go.",
            "agent:  → slow, quick, slow",
            r#"= {"a":"1"}"#,
            r#"= {"a":"2"}"#,
            r#"= {"a":"3"}"#,
            "agent: Done.",
        ]
    );
    let chunks = ran
        .traced()
        .filter(|event| matches!(event, Event::ToolExecutionStreamingChunkReceived { .. }));
    assert_eq!(chunks.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_run_at_once_than_the_limit_says() {
    let started = Instant::now();
    let call = ("slow", r#"{"a": "1"}"#);
    Script::of(&with_tools(&["slow"]))
        .tool("slow", ScriptedAction::EchoAfter(5))
        .model([calls(&[call, call, call, call, call]), text("Done.")])
        .limits(|limits| limits.tool_calls_at_once = 2)
        .run()
        .await;
    assert_eq!(started.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn the_model_is_told_its_mistakes() {
    let ran = Script::of(&with_tools(&["find", "book"]))
        .tool("find", ScriptedAction::Fail("the line is dead".to_owned()))
        .model([
            calls(&[
                ("fnd", "{}"),
                ("find", "[1]"),
                ("find", r#"{"b": 1}"#),
                ("find", r#"{"a": "x"}"#),
                ("book", r#"{"a": 1}"#),
            ]),
            text("I can't."),
        ])
        .run()
        .await;
    let results: Vec<String> = ran
        .said()
        .into_iter()
        .filter(|line| line.starts_with('='))
        .collect();
    assert_eq!(results.len(), 5);
    assert!(
        results[0].contains("no tool `fnd`") && results[0].contains("`find`, `book`"),
        "{results:?}"
    );
    assert!(results[1].contains("JSON object"), "{results:?}");
    assert!(results[2].contains("`a`: is missing"), "{results:?}");
    assert_eq!(results[3], "= the line is dead");
    assert_eq!(results[4], "= `book` is not available");
    let failed = (SpanKind::ToolExecutionSpan, SpanOutcome::Error);
    assert_eq!(
        ran.span_ends()
            .into_iter()
            .filter(|end| *end == failed)
            .count(),
        2
    );
    // The person reads what to do about it; the model need not know.
    let told = ran.traced().find_map(|event| match event {
        Event::ToolExecutionResponse { error, tool, .. } if tool.name == "book" => {
            error.as_deref().map(crate::trace::Failure::in_words)
        }
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("`book` is not available\nbind it"));
}

#[tokio::test(start_paused = true)]
async fn events_of_a_turn_come_in_order_with_ids_that_are_unique_in_the_run() {
    let ran = Script::of(&with_tools(&["find"]))
        .opening("Hi.")
        .tool("find", ScriptedAction::Give(json!("here")))
        .model([
            calls(&[("find", r#"{"a": "1"}"#)]),
            calls(&[("find", r#"{"a": "2"}"#)]),
            text("Found."),
        ])
        .run()
        .await;
    assert_eq!(
        ran.event_names(),
        [
            "AgentExecutionStart",
            "LlmGenerationRequest",
            "LlmGenerationResponse",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "LlmGenerationRequest",
            "LlmGenerationResponse",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "LlmGenerationRequest",
            "LlmGenerationResponse",
            "HumanInTheLoopRequest",
        ]
    );
    let ids: Vec<&str> = ran
        .messages
        .iter()
        .flat_map(|message| &message.tool_calls)
        .map(|call| call.id.as_str())
        .collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    let keys: Vec<String> =
        ran.traced()
            .filter_map(|event| match event {
                Event::LlmGenerationRequest { key, .. }
                | Event::ToolExecutionRequest { key, .. } => key.clone(),
                _ => None,
            })
            .collect();
    assert_eq!(
        keys,
        [
            "agent.0/exchange.0/turn.0",
            "agent.0/exchange.0/turn.0/call.0",
            "agent.0/exchange.0/turn.1",
            "agent.0/exchange.0/turn.1/call.0",
            "agent.0/exchange.0/turn.2",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_system_prompt_takes_the_inputs_and_a_conversation_without_a_user_is_nudged() {
    let spec = document(agent(|agent| {
        agent["system_prompt"] = json!("Speak of {{topic}}.");
    }));
    let ran = Script::of(&spec)
        .inputs(json!({"topic": "{{x}}"}))
        .model([text("So.")])
        .run()
        .await;
    let sent: Vec<(Role, &str)> = ran.requests[0]
        .messages
        .iter()
        .map(|message| (message.role, message.content.as_str()))
        .collect();
    assert_eq!(
        sent,
        [
            (Role::System, "Speak of {{x}}."),
            (Role::User, "Please begin.")
        ]
    );
    assert_eq!(ran.said(), ["agent: So."]);
}

#[tokio::test(start_paused = true)]
async fn a_conversation_goes_on_with_prepared_replies() {
    let ran = Script::of(&document(agent(|_| ())))
        .answers(super::world::Replies {
            opening: vec!["One?".to_owned()],
            replies: [crate::trace::Reply::message("Two?")].into(),
        })
        .model([text("One."), text("Two.")])
        .run()
        .await;
    assert_eq!(answered(&ran.result), "Two.");
    assert_eq!(
        ran.said(),
        ["user: One?", "agent: One.", "user: Two?", "agent: Two."]
    );
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Ok))
    );
}

#[tokio::test(start_paused = true)]
async fn outputs_without_tools_are_structured_and_asked_for_again() {
    let ran = Script::of(&with_outputs(&[], false))
        .model([text("seven"), text(r#"{"n": "x"}"#), text(r#"{"n": "7"}"#)])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"n": 7, "s": "d"}));
    let format = ran.requests[0]
        .response_format
        .as_ref()
        .expect("a format is sent");
    assert_eq!(format.schema["required"], json!(["n", "s"]));
    assert!(ran.requests[0].tools.is_empty());
    let reminders: Vec<bool> = ran
        .messages
        .iter()
        .map(|message| message.is_internal)
        .collect();
    assert_eq!(reminders, [false, true, false, true, false]);
    assert!(
        ran.messages[3].content.contains("`n`: expected integer"),
        "{:?}",
        ran.messages[3]
    );
}

#[tokio::test(start_paused = true)]
async fn outputs_that_never_fit_are_a_failure_of_the_model() {
    let ran = Script::of(&with_outputs(&[], false))
        .model([text("a"), text("b"), text("c")])
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Model);
    assert_eq!(failure.component.as_deref(), Some("agent"));
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Error))
    );
}

#[tokio::test(start_paused = true)]
async fn outputs_beside_tools_are_submitted_and_checked() {
    let ran = Script::of(&with_outputs(&["find"], false))
        .tool("find", ScriptedAction::Give(json!("here")))
        .model([
            text("Let me see."),
            calls(&[
                ("find", r#"{"a": "1"}"#),
                ("submit_result", r#"{"s": "x"}"#),
            ]),
            calls(&[
                ("find", r#"{"a": "2"}"#),
                ("submit_result", r#"{"n": "7"}"#),
                ("find", r#"{"a": "3"}"#),
            ]),
        ])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"n": 7, "s": "d"}));
    let offered: Vec<&str> = ran.requests[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(offered, ["find", "submit_result"]);
    let results: Vec<String> = ran
        .said()
        .into_iter()
        .filter(|line| line.starts_with('='))
        .collect();
    assert!(results[1].contains("`n`: is missing"), "{results:?}");
    assert_eq!(results[3], "= The results are taken.");
    assert!(results[4].contains("not done"), "{results:?}");
    assert!(ran.messages[1].is_internal, "{:?}", ran.messages[1]);
    let calls_made = ran
        .event_names()
        .iter()
        .filter(|name| *name == "ToolExecutionRequest")
        .count();
    assert_eq!(calls_made, 2);
}

#[tokio::test(start_paused = true)]
async fn on_the_last_round_only_the_outputs_may_be_given() {
    let find = calls(&[("find", r#"{"a": "1"}"#)]);
    let ran = Script::of(&with_outputs(&["find"], false))
        .tool("find", ScriptedAction::Give(json!("here")))
        .model([find.clone(), find.clone(), find])
        .limits(|limits| limits.max_iterations = Some(3))
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Limit);
    assert!(failure.message.contains("3 model calls"), "{failure}");
    assert_eq!(ran.requests[1].tool_choice, ToolChoice::Auto);
    assert_eq!(
        ran.requests[2].tool_choice,
        ToolChoice::Tool("submit_result".to_owned())
    );
    let offered: Vec<&str> = ran.requests[2]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(offered, ["submit_result"]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_may_not_talk_is_done_with_its_text() {
    let spec = document(agent(|agent| agent["human_in_the_loop"] = json!(false)));
    let ran = Script::of(&spec).model([text("Done.")]).run().await;
    assert_eq!(ran.outputs(), json!({}));
    assert_eq!(
        ran.event_names().last().map(String::as_str),
        Some("AgentExecutionEnd")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_told_to_the_user_by_a_tool_is_shown() {
    let ran = Script::of(&with_tools(&["find"]))
        .tool("find", ScriptedAction::Give(json!("here")))
        .model([
            Answer::Calls(
                "Hm.".to_owned(),
                vec![
                    (
                        "talk_to_user".to_owned(),
                        r#"{"text": "I look."}"#.to_owned(),
                    ),
                    ("find".to_owned(), r#"{"a": "1"}"#.to_owned()),
                ],
            ),
            calls(&[
                ("talk_to_user", r#"{"text": "Here."}"#),
                ("talk_to_user", r#"{"text": "Or not."}"#),
            ]),
        ])
        .run()
        .await;
    assert_eq!(answered(&ran.result), "Here.");
    assert_eq!(
        ran.said(),
        ["agent: Hm.\n\nI look. → find", "= here", "agent: Here."]
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_fails_the_run_and_is_told_once() {
    let ran = Script::of(&document(agent(|_| ())))
        .model([Answer::Error(ModelErrorKind::Network)])
        .run()
        .await;
    assert_eq!(ran.failure().kind, FailureKind::Network);
    let raised = ran
        .event_names()
        .iter()
        .filter(|name| *name == "ExceptionRaised")
        .count();
    assert_eq!(raised, 1);
}

#[tokio::test(start_paused = true)]
async fn seeds_follow_from_the_run_and_the_place() {
    let seeds = async |seed: u64| -> Vec<Option<u64>> {
        let ran = Script::of(&with_tools(&["find"]))
            .tool("find", ScriptedAction::Give(json!("here")))
            .model([calls(&[("find", r#"{"a": "1"}"#)]), text("x")])
            .seed(seed)
            .run()
            .await;
        ran.requests.iter().map(|request| request.seed).collect()
    };
    let first = seeds(7).await;
    assert_eq!(first, seeds(7).await);
    assert_ne!(first, seeds(8).await);
    assert_ne!(first[0], first[1]);
}

#[tokio::test(start_paused = true)]
async fn missing_inputs_are_named() {
    let spec = document(agent(|agent| {
        agent["system_prompt"] = json!("{{a}} {{b}}");
        agent["inputs"] = strings(&["a", "b"]);
    }));
    let ran = Script::of(&spec).inputs(json!({"a": 1})).run().await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(
        failure.message.contains("`b`: is missing") && !failure.message.contains("`a`:"),
        "{failure}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_recorded_once_however_many_turns_repeat_it() {
    let document = document(agent(|agent| {
        agent["tools"] = json!([tool("ServerTool", "look", &["a"], &["r"])]);
    }));
    let look = || calls(&[("look", r#"{"a": "x"}"#)]);
    let ran = Script::of(&document)
        .opening("A question that is long.")
        .tool(
            "look",
            ScriptedAction::Give(json!("a result that is longer")),
        )
        .model([look(), look(), look(), text("Done.")])
        .run()
        .await;
    let prompts: Vec<_> = ran
        .traced()
        .filter_map(|event| match event {
            Event::LlmGenerationRequest {
                request_id, prompt, ..
            } => Some((request_id.clone(), std::sync::Arc::clone(prompt))),
            _ => None,
        })
        .collect();
    let written = serde_json::to_string(&prompts).unwrap();
    assert_eq!(written.matches("A question that is long.").count(), 1);
    assert_eq!(written.matches("a result that is longer").count(), 3);
    assert_eq!(
        written.matches(r#""look""#).count(),
        4,
        "three calls and one tool"
    );
    let find = |id: &crate::base::ids::RequestId| {
        let known = prompts.iter().find(|(known, _)| known == id);
        known.map(|(_, prompt)| prompt.as_ref())
    };
    for ((_, prompt), request) in prompts.iter().zip(&ran.requests) {
        let whole = prompt.whole(find);
        let sent: Vec<&str> = request
            .messages
            .iter()
            .map(|message| match &message.tool_result {
                Some(result) => result.content.as_str(),
                None => message.content.as_str(),
            })
            .collect();
        let told = whole
            .messages
            .iter()
            .map(|message| message.content.as_str());
        assert_eq!(told.collect::<Vec<_>>(), sent);
        assert_eq!(whole.tools.len(), request.tools.len());
    }
}
