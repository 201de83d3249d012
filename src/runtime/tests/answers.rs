//! Answers that are cut, empty or drafts, and values that keep what they are.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, node, start, tool};
use super::script::{Ran, Script};
use super::world::{Answer, ScriptedAction, calls, text};
use crate::conversation::ToolCall;
use crate::llm::Generation;
use crate::trace::{Event, FailureKind};

fn paying() -> Value {
    document(agent(|agent| {
        agent["tools"] = json!([tool("ServerTool", "pay", &["to", "amount"], &["r"])]);
    }))
}

/// An answer that the limit of tokens cut off.
fn cut(content: &str, arguments: Option<&str>, is_last_call_unsure: bool) -> Answer {
    let call = arguments.map(|arguments| ToolCall {
        id: "call_0".to_owned(),
        name: "pay".to_owned(),
        arguments: arguments.to_owned(),
        extra: None,
    });
    Answer::Whole(Box::new(Generation {
        content: content.to_owned(),
        tool_calls: call.into_iter().collect(),
        finish_reason: Some("length".to_owned()),
        is_last_call_unsure,
        ..Generation::default()
    }))
}

/// An answer that ends for this reason.
fn ended(content: &str, finish_reason: &str) -> Answer {
    Answer::Whole(Box::new(Generation {
        content: content.to_owned(),
        finish_reason: Some(finish_reason.to_owned()),
        ..Generation::default()
    }))
}

fn thought(finish_reason: Option<&str>) -> Answer {
    Answer::Whole(Box::new(Generation {
        reasoning: "Hm.".to_owned(),
        finish_reason: finish_reason.map(str::to_owned),
        ..Generation::default()
    }))
}

fn notices(ran: &Ran) -> Vec<String> {
    ran.traced()
        .filter_map(|event| match event {
            Event::LlmGenerationNotice { notice, .. } => Some(notice.clone()),
            _ => None,
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cut_is_not_made_and_the_model_is_told_why() {
    let by = |mut answer: Answer, reason: &str| {
        if let Answer::Whole(generation) = &mut answer {
            generation.finish_reason = Some(reason.to_owned());
        }
        answer
    };
    for (answer, words, reason) in [
        (
            cut("", Some(r#"{"to": "Ann", "amount": 12"#), false),
            "their text is JSON that ends in the middle",
            "(finish_reason: length)",
        ),
        // The server has closed what the model had not.
        (
            cut("", Some(r#"{"to":"Ann","amount":12}"#), true),
            "`pay` was not called: its arguments may be incomplete",
            "(finish_reason: length)",
        ),
        (
            by(
                cut("", Some(r#"{"to":"Ann","amount":12}"#), true),
                "content_filter",
            ),
            "`pay` was not called: its arguments may be incomplete",
            "(finish_reason: content_filter)",
        ),
    ] {
        let ran = Script::of(&paying())
            .opening("Pay Ann 12500.")
            .tool("pay", ScriptedAction::Give(json!("paid")))
            .model([
                answer,
                calls(&[("pay", r#"{"to": "Ann", "amount": "12500"}"#)]),
                text("Done."),
            ])
            .run()
            .await;
        let said = ran.said();
        assert!(said[2].contains(words), "{said:?}");
        assert!(said[2].contains(reason), "{said:?}");
        assert_eq!(said[4], "= paid");
        let paid = ran
            .traced()
            .filter(|event| matches!(event, Event::ToolExecutionRequest { .. }));
        assert_eq!(paid.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_escape_that_json_does_not_know_is_not_altered() {
    let ran = Script::of(&paying())
        .opening("Pay.")
        .tool("pay", ScriptedAction::Give(json!("paid")))
        .model([
            calls(&[("pay", r#"{"to": "\d+", "amount": "1"}"#)]),
            text("Done."),
        ])
        .run()
        .await;
    assert!(
        ran.said()[2].contains(r"`\d` is not an escape"),
        "{:?}",
        ran.said()
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_none_is_asked_for_once_more_and_then_fails() {
    let silent = || thought(Some("length"));
    let ran = Script::of(&paying())
        .opening("Hello?")
        .model([silent(), text("Here I am.")])
        .run()
        .await;
    assert_eq!(ran.said(), ["user: Hello?", "agent: Here I am."]);
    assert_eq!(
        notices(&ran),
        ["gave no answer: it is reasoning only (finish reason `length`)"]
    );

    for (answer, words) in [
        (
            thought(Some("length")),
            "it is reasoning only (finish reason `length`)",
        ),
        (text(""), "it is empty"),
        (text(" \n"), "it is empty"),
        (text("<think>Hm.</think>\n"), "it is reasoning only"),
        (text("<think>Hm."), "it is reasoning only"),
    ] {
        let ran = Script::of(&paying())
            .opening("Hello?")
            .model([answer.clone(), answer])
            .run()
            .await;
        let failure = ran.failure();
        assert_eq!(failure.kind, FailureKind::Model);
        assert_eq!(
            failure.message,
            format!("the model gave no answer, twice: {words}")
        );
        assert!(failure.hint.is_some());
        assert_eq!(ran.requests.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_cut_is_told() {
    let ran = Script::of(&paying())
        .opening("Tell me all.")
        .model([cut("It began", None, false)])
        .run()
        .await;
    assert_eq!(
        notices(&ran),
        [
            "its answer was cut off at the limit of tokens (finish reason `length`); raise `max_tokens`"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_whole_is_told_with_what_ended_it() {
    for (reason, told) in [
        (
            "content_filter",
            "its answer was cut off by the server's content filter (finish reason `content_filter`)",
        ),
        (
            "model_context_window_exceeded",
            "its answer was cut off at the end of the model's context window \
             (finish reason `model_context_window_exceeded`); shorten the prompt or the conversation",
        ),
        (
            "pause_turn",
            "its answer may not be whole (finish reason `pause_turn`)",
        ),
    ] {
        let ran = Script::of(&paying())
            .opening("Tell me all.")
            .model([ended("It began", reason)])
            .run()
            .await;
        assert_eq!(ran.said()[1], "agent: It began");
        assert_eq!(notices(&ran), [told]);
    }
    for reason in ["stop", "end_turn", "eos_token", "COMPLETE", "tool_calls"] {
        let ran = Script::of(&paying())
            .opening("Tell me all.")
            .model([ended("All of it.", reason)])
            .run()
            .await;
        assert!(notices(&ran).is_empty(), "{reason}: {:?}", notices(&ran));
    }
}

#[tokio::test(start_paused = true)]
async fn structured_output_that_is_cut_is_asked_for_again() {
    let ask = node(
        "LlmNode",
        "ask",
        json!({
            "llm_config": super::documents::llm(), "prompt_template": "Where?",
            "outputs": [{"title": "city", "type": "string"}, {"title": "n", "type": "integer"}],
        }),
    );
    let document = document(flow(
        "f",
        &[start(&[]), ask, end(&["city"])],
        &[("start", "next", "ask"), ("ask", "next", "end")],
        Some(&[("ask.city", "end.city")]),
    ));
    let ran = Script::of(&document)
        .model([
            cut(r#"{"n": 12, "city": "Be"#, None, false),
            text(r#"<think>{"city": "Paris", "n": 1}?</think>{"city": 1.10, "n": 12500}"#),
        ])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"city": "1.10"}));
    let told = &ran.requests[1].messages.last().unwrap().content;
    assert!(
        told.contains("ends in the middle") && told.contains("finish_reason: length"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_cut_is_asked_for_again() {
    let ask = node(
        "LlmNode",
        "ask",
        json!({
            "llm_config": super::documents::llm(), "prompt_template": "How much?",
            "outputs": [{"title": "n", "type": "integer"}],
        }),
    );
    let document = document(flow(
        "f",
        &[start(&[]), ask, end(&["n"])],
        &[("start", "next", "ask"), ("ask", "next", "end")],
        Some(&[("ask.n", "end.n")]),
    ));
    for unsure in ["12", r#"{"n": 12} But wait, bet"#, r#""n": 12"#] {
        let ran = Script::of(&document)
            .model([
                cut(unsure, None, false),
                cut(r#"```json {"n": 12500} ```"#, None, false),
            ])
            .run()
            .await;
        assert_eq!(ran.requests.len(), 2, "{unsure}");
        assert_eq!(ran.result.unwrap()["n"], json!("12500"), "{unsure}");
    }
}

/// What `WayFlow` 26.3.1 and the `LangGraph` adapter of `pyagentspec` 26.3.1 give.
#[tokio::test(start_paused = true)]
async fn numbers_and_lists_become_text_as_in_the_reference_runtimes() {
    let typed = |title: &str, schema: &Value| {
        let mut schema = schema.clone();
        schema["title"] = json!(title);
        schema
    };
    let (number, integer, list) = (
        json!({"type": "number"}),
        json!({"type": "integer"}),
        json!({"type": "array"}),
    );
    let boolean = json!({"type": "boolean"});
    let object = json!({"type": "object", "additionalProperties": {}});
    let string = json!({"type": "string"});
    for (from, to, value, said) in [
        (&number, &string, json!(1), "1.0"),
        (&number, &string, json!(1.5), "1.5"),
        (&number, &string, json!(1e20), "1e+20"),
        (&number, &string, json!(0.00001), "1e-05"),
        (&integer, &string, json!(1), "1"),
        (&boolean, &string, json!(true), "true"),
        (
            &list,
            &string,
            json!(["a", "é", 1, null]),
            r#"["a", "\u00e9", 1, null]"#,
        ),
        (&object, &string, json!({"a": 1}), r#"{"a": 1}"#),
        (&number, &number, json!(1), "1.0"),
        (&integer, &number, json!(3), "3.0"),
        (&integer, &integer, json!(1), "1"),
        (&boolean, &boolean, json!(true), "True"),
        (
            &list,
            &list,
            json!(["a", "é", 1, null]),
            "['a', 'é', 1, None]",
        ),
        (&object, &object, json!({"a": 1}), "{'a': 1}"),
    ] {
        let mut say = node("OutputMessageNode", "say", json!({"message": "<{{x}}>"}));
        say["inputs"] = json!([typed("x", to)]);
        let mut begin = start(&[]);
        begin["inputs"] = json!([typed("x", from)]);
        let document = document(flow(
            "f",
            &[begin, say, end(&[])],
            &[("start", "next", "say"), ("say", "next", "end")],
            Some(&[("start.x", "say.x")]),
        ));
        let ran = Script::of(&document)
            .inputs(json!({"x": value}))
            .run()
            .await;
        assert_eq!(ran.said(), [format!("agent: <{said}>")], "{value} {to}");
    }
    for (from, value, key) in [
        (&number, json!(1), "1.0"),
        (&integer, json!(1), "1"),
        (&boolean, json!(true), "true"),
        (&list, json!(["a", "é"]), r#"["a", "\u00e9"]"#),
        (&object, json!({"a": 1}), r#"{"a": 1}"#),
    ] {
        let mut begin = start(&[]);
        begin["inputs"] = json!([typed("x", from)]);
        let choose = node(
            "BranchingNode",
            "choose",
            json!({"mapping": {key: "taken"}}),
        );
        let say = node("OutputMessageNode", "say", json!({"message": "taken"}));
        let input = "choose.branching_mapping_key";
        let document = document(flow(
            "f",
            &[begin, choose, say, end(&[])],
            &[
                ("start", "next", "choose"),
                ("choose", "taken", "say"),
                ("choose", "default", "end"),
                ("say", "next", "end"),
            ],
            Some(&[("start.x", input)]),
        ));
        let ran = Script::of(&document)
            .inputs(json!({"x": value}))
            .run()
            .await;
        assert_eq!(ran.said(), ["agent: taken"], "{key}");
    }
}
