//! Message transforms: what an agent's model sees of a long conversation.

use std::iter::repeat_n;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, component, document, tool};
use super::script::{Ran, Script};
use super::world::{Answer, ScriptedAction, calls, text};
use crate::runtime::check_runnable;
use crate::trace::{FailureKind, Reply};

/// A spec of an agent with a transform, whose model is another one.
fn with_transform(kind: &str, fields: &Value) -> Value {
    let mut transform = json!({
        "component_type": kind, "id": "t", "name": "t",
        "llm": {"component_type": "OllamaConfig", "id": "small", "name": "small", "url": "u", "model_id": "s"},
    });
    for (name, value) in fields.as_object().unwrap() {
        transform[name] = value.clone();
    }
    document(agent(|agent| {
        agent["transforms"] = json!([transform]);
        agent["tools"] = json!([tool("ServerTool", "read", &[], &["r"])]);
    }))
}

fn replies(number: usize) -> impl Iterator<Item = Reply> {
    (1..=number).map(|number| Reply::message(format!("question {number}")))
}

/// What request `index` said, without the instructions.
fn sent(ran: &Ran, index: usize) -> Vec<String> {
    let text = |message: &crate::conversation::Message| match &message.tool_result {
        Some(result) => format!("= {}", result.content),
        None => message.content.clone(),
    };
    let messages = ran.requests[index].messages.iter();
    messages
        .map(|message| text(message))
        .filter(|text| text != "Be good.")
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_long_result_becomes_a_summary_once() {
    let spec = with_transform(
        "MessageSummarizationTransform",
        &json!({"max_message_size": 40}),
    );
    let long = "word ".repeat(20);
    let ran = Script::of(&spec)
        .replies(replies(1))
        .tool("read", ScriptedAction::Give(json!(long)))
        .model([
            calls(&[("read", "{}")]),
            text("short"),
            text("One."),
            text("Two."),
        ])
        .run()
        .await;
    assert!(sent(&ran, 1)[0].ends_with(&format!("To be added:\n{long}")));
    let told = "= Summarized message: short";
    assert_eq!(sent(&ran, 2)[2], told);
    // The second exchange finds the summary where it was kept.
    assert_eq!(sent(&ran, 3)[2..], [told, "One.", "question 1"]);
    assert_eq!(ran.requests.len(), 4);
    assert_eq!(ran.said()[1], format!("= {long}"));
}

#[tokio::test(start_paused = true)]
async fn without_a_datastore_each_prompt_has_its_own_summary() {
    let spec = with_transform(
        "MessageSummarizationTransform",
        &json!({"max_message_size": 40, "datastore": null}),
    );
    let ran = Script::of(&spec)
        .replies(replies(1))
        .tool("read", ScriptedAction::Give(json!("word ".repeat(20))))
        .model([
            calls(&[("read", "{}")]),
            text("a"),
            text("One."),
            text("b"),
            text("Two."),
        ])
        .run()
        .await;
    assert_eq!(sent(&ran, 4)[2], "= Summarized message: b");
}

#[tokio::test(start_paused = true)]
async fn the_older_part_of_a_conversation_becomes_a_summary_that_grows() {
    let spec = with_transform(
        "ConversationSummarizationTransform",
        &json!({"max_num_messages": 5, "min_num_messages": 2}),
    );
    let answers = ["0", "1", "2", "old", "3", "4", "older", "5"].map(text);
    let ran = Script::of(&spec)
        .answers(super::world::Replies {
            opening: vec!["question 0".to_owned()],
            replies: replies(5).collect(),
        })
        .model(answers)
        .run()
        .await;
    assert_eq!(
        sent(&ran, 3)[0].split("To be added:\n").nth(1).unwrap(),
        "\n\n\nuser:\n\nquestion 0\n\n\nassistant:\n\n0\n\n\nuser:\n\nquestion 1\n\n\nassistant:\n\n1\n\n\nuser:\n\nquestion 2"
    );
    let summary = "Summarized conversation: old";
    assert_eq!(sent(&ran, 4), [summary, "2", "question 3"]);
    assert_eq!(
        sent(&ran, 5),
        [summary, "2", "question 3", "3", "question 4"]
    );
    let grown = &sent(&ran, 6)[0];
    assert!(
        grown.contains(&format!("To be added:\n{summary}\n\n\nassistant:\n\n2")),
        "{grown}"
    );
    assert_eq!(
        sent(&ran, 7),
        ["Summarized conversation: older", "4", "question 5"]
    );
    assert_eq!(ran.said().len(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_result_stays_with_its_call() {
    let spec = with_transform(
        "ConversationSummarizationTransform",
        &json!({"max_num_messages": 3, "min_num_messages": 1}),
    );
    let ran = Script::of(&spec)
        .opening("question")
        .tool("read", ScriptedAction::Give(json!("r")))
        .model([
            calls(&[("read", "{}"), ("read", "{}")]),
            text("old"),
            text("Done."),
        ])
        .run()
        .await;
    let wanted: Vec<String> = ["Summarized conversation: old", "", "= r", "= r"]
        .map(str::to_owned)
        .into();
    assert_eq!(sent(&ran, 2), wanted);
}

#[tokio::test(start_paused = true)]
async fn no_more_summaries_are_kept_than_the_transform_says() {
    let spec = with_transform(
        "MessageSummarizationTransform",
        &json!({"max_message_size": 8, "max_cache_size": 1}),
    );
    let long = |number: usize| format!("a long message, the number {number}");
    let answers: Vec<Answer> = repeat_n(text("s"), 6).collect();
    let ran = Script::of(&spec)
        .answers(super::world::Replies {
            opening: vec![long(0), long(1)],
            replies: [Reply::message("And?")].into(),
        })
        .model(answers)
        .run()
        .await;
    // Two summaries and an answer; the one that was kept longest had to go, so one is written anew for the next turn,
    // which takes the place of the other.
    assert_eq!(ran.requests.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn summaries_are_not_kept_in_a_database() {
    let columns = json!({"cache_key": {"type": "string"}, "cache_content": {"type": "string"},
        "created_at": {"type": "number"}, "last_used_at": {"type": "number"}});
    for (kind, place, words) in [
        (
            "Postgres",
            "url",
            "`d` is a PostgresDatabaseDatastore, and summaries can only be kept in memory",
        ),
        (
            "Oracle",
            "dsn",
            "`OracleDatabaseDatastore` can't be run yet",
        ),
    ] {
        let spec = with_transform(
            "MessageSummarizationTransform",
            &json!({"datastore": {
                "component_type": format!("{kind}DatabaseDatastore"), "id": "d", "name": "d",
                "datastore_schema": {"summarized_messages_cache": {"type": "object", "properties": columns}},
                "connection_config": {
                    "component_type": format!("Tls{kind}DatabaseConnectionConfig"), "id": "c", "name": "c", place: "p",
                    "user": "u", "password": "p",
                },
            }}),
        );
        let refused = check_runnable(&component(&spec)).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Spec);
        assert_eq!(refused.message, words);
    }
}
