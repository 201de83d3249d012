//! The front door, with the offline model.

use futures_util::FutureExt;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::documents::{agent, component, document, llm, tool};
use super::oracle::essence;
use crate::conversation::Values;
use crate::llm::{ModelSettings, Models, Pace};
use crate::profile::Profile;
use crate::runtime::{
    AnswerError, Conversation, ConversationError, ConversationStep, Engine, ExecutionStatus, Past,
};
use crate::tools::ToolRegistry;
use crate::trace::{Event, FailureKind, RunEvent, RunEventBody};

fn engine() -> Engine {
    let mut registry = ToolRegistry::new();
    registry.register_async("find_order", |arguments| async move {
        Ok(json!(format!("order {} is on its way", arguments["order"])))
    });
    let settings = ModelSettings {
        offline_pace: Pace::INSTANT,
        ..ModelSettings::default()
    };
    Engine::builder()
        .tools(registry)
        .models(Models::new(settings))
        .build()
}

#[tokio::test]
async fn a_model_is_asked_directly() {
    let config = component(&document(llm()));
    let text = engine()
        .model(&config)
        .unwrap()
        .generate("Who are you?")
        .await
        .unwrap();
    assert!(!text.is_empty());
    let tool = component(&document(tool("ServerTool", "t", &[], &[])));
    assert_eq!(engine().model(&tool).unwrap_err().kind, FailureKind::Spec);
}

#[tokio::test]
async fn a_conversation_goes_on_with_each_message() {
    let spec = component(&document(agent(|_| ())));
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    conversation.append_user_message("Hello.");
    for round in 1..3 {
        let status = conversation.execute().await.unwrap();
        assert!(
            matches!(status, ExecutionStatus::UserMessageRequest { .. }),
            "{status:?}"
        );
        assert_eq!(conversation.messages().len(), 2 * round);
        assert!(matches!(
            conversation.execute().await,
            Err(ConversationError::NotAnswered)
        ));
        conversation.append_user_message("Go on.");
    }
}

#[tokio::test]
async fn a_confirmation_is_answered_by_its_id() {
    let spec = component(&finder());
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    conversation.append_user_message("Please find order A-1.");
    let calls = match conversation.execute().await.unwrap() {
        ExecutionStatus::ToolExecutionConfirmation { calls } => calls,
        other => panic!("{other:?}"),
    };
    assert_eq!(calls[0].tool, "find_order");
    let request = calls[0].request.clone();
    let wrong = conversation.submit_tool_result(&request, json!(1));
    assert_eq!(wrong, Err(AnswerError::WrongKind(request.clone())));
    let arguments = Values::from_iter([("order".to_owned(), json!("B-2"))]);
    conversation.confirm(&request, Some(arguments)).unwrap();
    let status = conversation.execute().await.unwrap();
    assert!(
        matches!(status, ExecutionStatus::UserMessageRequest { .. }),
        "{status:?}"
    );
    let result = conversation
        .messages()
        .into_iter()
        .find_map(|message| message.tool_result.clone());
    assert_eq!(result.unwrap().content, r#"order "B-2" is on its way"#);
}

/// An agent that finds orders after a yes.
fn finder() -> serde_json::Value {
    document(agent(|agent| {
        let mut find = tool("ServerTool", "find_order", &["order"], &["state"]);
        find["requires_confirmation"] = json!(true);
        find["description"] = json!("Find an order.");
        agent["tools"] = json!([find]);
    }))
}

/// Executes step by step, and keeps the events.
async fn steps(conversation: &mut Conversation, events: &mut Vec<RunEvent>) -> ExecutionStatus {
    loop {
        match conversation.next().await.unwrap() {
            ConversationStep::Event(event) => events.push(*event),
            ConversationStep::Status(status) => return status,
        }
    }
}

#[tokio::test]
async fn a_conversation_gives_its_events_and_they_give_it_back() {
    let spec = component(&finder());
    let mut events = Vec::new();
    let mut first = engine().start_conversation(&spec, &Values::new()).unwrap();
    first.append_user_message("Please find order A-1.");
    let asked = steps(&mut first, &mut events).await;
    let ExecutionStatus::ToolExecutionConfirmation { calls } = asked else {
        panic!("{asked:?}");
    };
    first.confirm(&calls[0].request, None).unwrap();
    steps(&mut first, &mut events).await;
    first.append_user_message("Thank you.");
    let status = steps(&mut first, &mut events).await;

    let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
    let all: Vec<u64> = (0..).take(events.len()).collect();
    assert_eq!(numbers, all);
    let ExecutionStatus::UserMessageRequest { message } = &status else {
        panic!("{status:?}");
    };
    let written: String = events.iter().filter_map(piece_of).collect();
    assert!(written.ends_with(message.as_str()), "{written}");
    assert_eq!(events.iter().filter(|event| is_call(event)).count(), 1);

    // Neither the model nor the tool is there the second time, and nobody says yes or thanks.
    let unreachable = Engine::builder().profile(Profile::spec()).build();
    let past = Past::of(&events).unwrap();
    let mut second = Conversation::start(&unreachable, &spec, Values::new(), past);
    second.append_user_message("Please find order A-1.");
    let mut again = Vec::new();
    assert_eq!(steps(&mut second, &mut again).await, status);
    assert_eq!(second.messages(), first.messages());
    assert_eq!(essence(&again), essence(&events));
}

fn piece_of(event: &RunEvent) -> Option<&str> {
    match &event.body {
        RunEventBody::Traced(Event::LlmGenerationChunkReceived { content, .. }) => Some(content),
        _ => None,
    }
}

fn is_call(event: &RunEvent) -> bool {
    matches!(
        event.body,
        RunEventBody::Traced(Event::ToolExecutionRequest { .. })
    )
}

#[tokio::test]
async fn a_step_that_is_given_up_loses_nothing() {
    let spec = component(&document(agent(|_| ())));
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    conversation.append_user_message("Hello.");
    let mut events = Vec::new();
    let status = loop {
        // Polled once and dropped wherever it would wait.
        match conversation.next().now_or_never() {
            Some(Ok(ConversationStep::Event(event))) => events.push(*event),
            Some(Ok(ConversationStep::Status(status))) => break status,
            Some(Err(error)) => panic!("{error}"),
            None => tokio::task::yield_now().await,
        }
    };
    let written: String = events.iter().filter_map(piece_of).collect();
    assert_eq!(
        status,
        ExecutionStatus::UserMessageRequest { message: written }
    );
}

#[tokio::test]
async fn a_run_that_ended_is_over() {
    let spec = component(&document(agent(|agent| {
        agent["human_in_the_loop"] = json!(false);
    })));
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    let status = conversation.execute().await.unwrap();
    assert_eq!(
        status,
        ExecutionStatus::Finished {
            outputs: Values::new()
        }
    );
    assert!(matches!(
        conversation.execute().await,
        Err(ConversationError::Over)
    ));
}

#[tokio::test]
async fn blocking_is_refused_inside_a_runtime() {
    let spec = component(&document(agent(|_| ())));
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    let refused = conversation.execute_blocking().unwrap_err();
    assert!(refused.to_string().contains("execute().await"), "{refused}");
}

#[test]
fn blocking_works_outside_a_runtime() {
    let spec = component(&document(agent(|_| ())));
    let mut conversation = engine().start_conversation(&spec, &Values::new()).unwrap();
    conversation.append_user_message("Hello.");
    let status = conversation.execute_blocking().unwrap();
    assert!(
        matches!(status, ExecutionStatus::UserMessageRequest { .. }),
        "{status:?}"
    );
}
