//! Agents whose models are asked by the responses protocol.

use serde_json::json;

use super::super::parts::{agent, expert, extended, find, text, tool};
use super::super::server::Answer::{Calls, Text};
use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let outputs = json!([text("answer")]);
    let find_it = Calls("", vec![("find", r#"{"query": "1"}"#)]);
    let cases = [
        Case::of(
            "responses: several turns",
            agent(json!({})),
            &["One.", "Two."],
            &[Text("1"), Text("2")],
        ),
        Case::of(
            "responses: parameters",
            agent(json!({"llm_config": {"$component_ref": "reasoning"}})),
            &["Hello."],
            &[Text("Hi.")],
        ),
        Case::of(
            "responses: a tool",
            agent(json!({"tools": [find()]})),
            &["Find."],
            &[find_it.clone(), Text("Found.")],
        ),
        Case::of(
            "responses: two calls beside a text",
            agent(json!({"tools": [find(), tool("weather", json!([text("city")]))]})),
            &["Look."],
            &[
                Calls(
                    "I look.",
                    vec![
                        ("weather", r#"{"city": "Zürich"}"#),
                        ("find", r#"{"query": "2"}"#),
                    ],
                ),
                Text("Clear."),
            ],
        ),
        Case::of(
            "responses: outputs beside a tool",
            agent(json!({"human_in_the_loop": false, "tools": [find()], "outputs": outputs})),
            &["Ask."],
            &[
                find_it,
                Calls("", vec![("submit_result", r#"{"answer": "4"}"#)]),
            ],
        ),
        Case::of(
            "responses: a sub-agent",
            extended(json!({"agents": [expert(json!({}))]})),
            &["Ask."],
            &[
                Calls("", vec![("the_expert", r#"{"context": "Know?"}"#)]),
                Text("I know."),
                Text("It knows."),
            ],
        ),
    ];
    cases.into_iter().map(Case::by_responses).collect()
}
