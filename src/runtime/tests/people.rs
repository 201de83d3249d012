//! People: requests, confirmations, pauses, and the place that a waiting run gives back.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, strings, tool};
use super::script::Script;
use super::world::{ScriptedAction, calls, text};
use crate::base::ids::RequestId;
use crate::runtime::{AnswerError, Halt};
use crate::trace::{Event, Reply, RequestKind, RunEventBody, RunState};

fn careful() -> Value {
    document(agent(|agent| {
        let mut pay = tool("ServerTool", "pay", &["to", "sum"], &["r"]);
        pay["requires_confirmation"] = json!(true);
        let taxi = tool("ClientTool", "taxi", &["to"], &["r"]);
        agent["tools"] = json!([pay, taxi, tool("ServerTool", "look", &["a"], &["r"])]);
    }))
}

fn script() -> Script {
    Script::of(&careful())
        .tool("pay", ScriptedAction::EchoAfter(1))
        .tool("taxi", ScriptedAction::Ask)
        .tool("look", ScriptedAction::EchoAfter(5))
}

fn states(events: &[crate::trace::RunEvent]) -> Vec<RunState> {
    events
        .iter()
        .filter_map(|event| match event.body {
            RunEventBody::StateChanged { state } => Some(state),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_call_runs_with_what_the_person_changed() {
    let mut run = script()
        .attended()
        .model([
            calls(&[("pay", r#"{"to": "Ada", "sum": "5"}"#)]),
            text("Paid."),
        ])
        .start();
    let (id, request) = run.asked().await;
    assert_eq!(
        request,
        RequestKind::ToolConfirmation {
            tool: "pay".to_owned(),
            call_id: "call_0".to_owned(),
            arguments: json!({"to": "Ada", "sum": "5"}),
            inputs: strings(&["to", "sum"]).as_array().unwrap().clone(),
        }
    );
    assert_eq!(
        run.handle().answer(&id, Reply::message("yes")),
        Err(AnswerError::WrongKind(id.clone()))
    );
    let confirm = |changed: Value| Reply::Confirm {
        arguments: changed.as_object().cloned(),
    };
    let misspelt = run.handle().answer(&id, confirm(json!({"smu": "4"})));
    let told = misspelt.unwrap_err().to_string();
    assert!(told.contains("did you mean `sum`?"), "{told}");
    let confirm = confirm(json!({"sum": 4}));
    assert_eq!(run.handle().answer(&id, confirm.clone()), Ok(()));
    assert_eq!(
        run.handle().answer(&id, confirm),
        Err(AnswerError::Unknown(id))
    );
    let (_, request) = run.asked().await;
    assert!(request.may_end());
    run.state(RunState::Answered).await;
    assert_eq!(
        states(&run.events),
        [
            RunState::NeedsInput,
            RunState::Queued,
            RunState::Running,
            RunState::Answered
        ]
    );
    run.cancel();
    let ran = run.end().await;
    assert_eq!(ran.said()[1], r#"= {"to":"Ada","sum":"4"}"#);
    let order: Vec<String> = ran
        .event_names()
        .into_iter()
        .filter(|name| name.contains("Tool") || name.contains("Human"))
        .collect();
    assert_eq!(
        order,
        [
            "ToolConfirmationRequest",
            "HumanInTheLoopRequest",
            "HumanInTheLoopResponse",
            "ToolConfirmationResponse",
            "ToolExecutionRequest",
            "ToolExecutionResponse",
            "HumanInTheLoopRequest",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_is_told_to_the_model_and_never_made() {
    let ran = script()
        .replies([Reply::Reject {
            reason: Some("too dear".to_owned()),
        }])
        .model([
            calls(&[("pay", r#"{"to": "Ada", "sum": "5"}"#)]),
            text("I see."),
        ])
        .run()
        .await;
    assert_eq!(
        ran.said()[1],
        "= a person refused the call of `pay`: too dear"
    );
    let error = ran.traced().find_map(|event| match event {
        Event::ToolExecutionResponse { error, .. } => error.clone(),
        _ => None,
    });
    assert!(error.is_some_and(|error| error.message.contains("too dear")));
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_person_does_not_delay_the_rest() {
    let mut run = script()
        .attended()
        .model([
            calls(&[
                ("taxi", r#"{"to": "sea"}"#),
                ("look", r#"{"a": "1"}"#),
                ("pay", r#"{"to": "A", "sum": "1"}"#),
            ]),
            text("All done."),
        ])
        .start();
    let (taxi, request) = run.asked().await;
    assert!(
        matches!(&request, RequestKind::ToolResult { tool, .. } if tool == "taxi"),
        "{request:?}"
    );
    let (pay, _) = run.asked().await;
    assert_eq!(states(&run.events), []);
    // Only when the call that works is done does everything wait.
    run.state(RunState::NeedsInput).await;
    assert_eq!(*run.presence.parked.lock().unwrap(), 1);
    run.handle()
        .answer(&pay, Reply::Confirm { arguments: None })
        .unwrap();
    run.handle()
        .answer(&taxi, Reply::ToolResult(json!("at six")))
        .unwrap();
    run.state(RunState::Answered).await;
    run.cancel();
    let ran = run.end().await;
    assert_eq!(
        ran.said()[1..4],
        ["= at six", r#"= {"a":"1"}"#, r#"= {"to":"A","sum":"1"}"#]
    );
    assert_eq!(
        states(&ran.events),
        [
            RunState::NeedsInput,
            RunState::Queued,
            RunState::Running,
            RunState::Answered
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_result_that_does_not_fit_is_refused_and_the_request_stays() {
    let spec = document(agent(|agent| {
        let mut taxi = tool("ClientTool", "taxi", &["to"], &[]);
        taxi["outputs"] = json!([{"title": "minutes", "type": "integer"}]);
        agent["tools"] = json!([taxi]);
    }));
    let mut run = Script::of(&spec)
        .tool("taxi", ScriptedAction::Ask)
        .attended()
        .model([calls(&[("taxi", r#"{"to": "sea"}"#)]), text("Soon.")])
        .start();
    let (id, _) = run.asked().await;
    let refused = run
        .handle()
        .answer(&id, Reply::ToolResult(json!("soon")))
        .unwrap_err();
    assert!(
        refused.to_string().contains("expected integer"),
        "{refused}"
    );
    run.handle()
        .answer(&id, Reply::ToolResult(json!("7")))
        .unwrap();
    run.asked().await;
    run.cancel();
    assert_eq!(run.end().await.said()[1], "= 7");
}

#[tokio::test(start_paused = true)]
async fn without_a_person_the_run_halts_at_the_request_when_the_rest_is_done() {
    let ran = script()
        .model([calls(&[
            ("taxi", r#"{"to": "sea"}"#),
            ("look", r#"{"a": "1"}"#),
        ])])
        .run()
        .await;
    match &ran.result {
        Err(Halt::Unanswered(request)) => {
            assert!(
                matches!(request.as_ref(), RequestKind::ToolResult { tool, .. } if tool == "taxi")
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ran.said()[1], r#"= {"a":"1"}"#);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_kind_that_was_prepared_fails_the_run() {
    let ran = script()
        .replies([Reply::message("sure")])
        .model([calls(&[("pay", r#"{"to": "Ada", "sum": "5"}"#)])])
        .run()
        .await;
    assert_eq!(ran.failure().kind, crate::trace::FailureKind::Input);
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_is_held_before_its_next_step() {
    let mut run = script()
        .attended()
        .model([calls(&[("look", r#"{"a": "1"}"#)]), text("Seen.")])
        .start();
    run.until(|body| {
        matches!(
            body,
            RunEventBody::Traced(Event::ToolExecutionRequest { .. })
        )
        .then_some(())
    })
    .await;
    run.handle().pause();
    run.state(RunState::Paused).await;
    let last = run.events.iter().rev().find_map(|event| match &event.body {
        RunEventBody::Traced(event) => Some(event.clone()),
        _ => None,
    });
    assert!(
        matches!(last, Some(Event::ConversationMessageAdded { .. })),
        "{last:?}"
    );
    assert_eq!(*run.presence.parked.lock().unwrap(), 0);
    run.handle().resume();
    run.state(RunState::Running).await;
    run.asked().await;
    run.cancel();
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn unknown_requests_are_told() {
    let run = script().model([text("Hi.")]).start();
    let id = RequestId::new("ask_99");
    let refused = run.handle().answer(&id, Reply::message(""));
    assert_eq!(refused, Err(AnswerError::Unknown(id)));
    run.end().await;
}
