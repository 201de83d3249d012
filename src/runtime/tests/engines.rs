//! The front door, with the offline model.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::documents::{agent, component, document, llm, tool};
use crate::conversation::Values;
use crate::llm::{ModelSettings, Models, Pace};
use crate::runtime::{AnswerError, ConversationError, Engine, ExecutionStatus};
use crate::tools::ToolRegistry;
use crate::trace::FailureKind;

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
    let spec = component(&document(agent(|agent| {
        let mut find = tool("ServerTool", "find_order", &["order"], &["state"]);
        find["requires_confirmation"] = json!(true);
        find["description"] = json!("Find an order.");
        agent["tools"] = json!([find]);
    })));
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
