use std::sync::Arc;

use super::*;
use crate::conversation::Role;
use crate::runs::script::{
    Script, llm_request, llm_response, message, tool_request, tool_response,
};
use crate::trace::{Event, Prompt, PromptMessage, PromptPart, RunState, SpanKind};

/// A run that asks, calls a tool with this failure, and says this.
fn run(error: Option<&str>, said: &[&str]) -> RunRecord {
    let mut script = Script::new("r_1", 0);
    let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(&span, message(Role::User, "Paris?"));
    script.traced(&span, llm_request("q0"));
    script.traced(&span, llm_response("q0", ""));
    script.traced(&span, tool_request("c1", "look"));
    script.traced(&span, tool_response("c1", "look", error));
    for (at, text) in said.iter().enumerate() {
        let id = format!("q{}", at + 1);
        script.traced(&span, llm_request(&id));
        script.traced(&span, llm_response(&id, text));
        script.traced(&span, message(Role::Agent, text));
    }
    script.ended(RunState::Finished, None);
    folded(&script)
}

fn folded(script: &Script) -> RunRecord {
    let (first, rest) = script.events.split_first().unwrap();
    let mut record = RunRecord::from_planned(first).unwrap();
    assert!(rest.iter().all(|event| record.apply(event)));
    record
}

fn told(pairs: &[StepPair]) -> Vec<String> {
    let side = |step: &Option<Step>| match step {
        Some(step) => format!("{}: {}", step.title, step.text),
        None => "-".to_owned(),
    };
    let pairs = pairs.iter().filter(|pair| !pair.is_same());
    pairs
        .map(|pair| format!("{} | {}", side(&pair.sides[0]), side(&pair.sides[1])))
        .collect()
}

#[test]
fn what_differs_is_told_and_what_one_run_did_alone() {
    let pairs = side_by_side(&run(None, &["Sun."]), &run(None, &["Sun."]));
    assert!(pairs.iter().all(StepPair::is_same));
    let pairs = side_by_side(
        &run(None, &["Sun.", "More?"]),
        &run(Some("down"), &["Alas."]),
    );
    assert_eq!(
        told(&pairs),
        [
            "look gives: sunny | look fails: down",
            "model answers: Sun. | model answers: Alas.",
            "asks model: offline | -",
            "model answers: More? | -",
        ]
    );
    let first = pairs.iter().position(|pair| !pair.is_same());
    assert_eq!(first, Some(4), "{pairs:?}");
}

#[test]
fn what_a_node_asks_a_model_is_told_with_the_question() {
    let asks = |text: &str| {
        let mut script = Script::new("r_1", 0);
        let span = script.start(None, SpanKind::NodeExecutionSpan, "draft");
        let mut request = llm_request("q0");
        if let Event::LlmGenerationRequest { prompt, .. } = &mut request {
            let message = PromptMessage {
                role: "user".to_owned(),
                content: text.to_owned(),
                pictures: Vec::new(),
                sender: None,
                tool_calls: Vec::new(),
                tool_call_id: None,
            };
            *prompt = Arc::new(Prompt {
                messages: vec![PromptPart::New(Arc::new(message))],
                ..Prompt::default()
            });
        }
        script.traced(&span, request);
        folded(&script)
    };
    let pairs = side_by_side(&asks("Write."), &asks("Write briefly."));
    assert_eq!(
        told(&pairs),
        ["asks model: offline\nWrite. | asks model: offline\nWrite briefly."]
    );
}
