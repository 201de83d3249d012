//! Agents in flows.

use serde_json::{Value, json};

use super::super::super::parts::{agent, node};
use super::super::super::server::Answer::{Calls, Text};
use super::super::case::Case;
use super::{ask, row, say, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let find = || server_tool("find", json!([string("query")]), json!([string("result")]));
    let submit = |arguments| Calls("", vec![("submit_result", arguments)]);
    vec![
        Case::of("an agent that works alone", {
            row("f", json!([string("topic")]), &[worker("work", json!({"tools": [find()]}))], json!([string("report")]))
        })
        .inputs(json!({"topic": "tea"}))
        .tool("find", json!("green"))
        .model(&[Calls("", vec![("find", r#"{"query": "tea"}"#)]), submit(r#"{"report": "Tea is green."}"#)]),
        Case::of("an agent that asks the user", {
            row("f", json!([string("topic")]), &[worker("work", json!({"tools": [find()], "human_in_the_loop": true}))], json!([string("report")]))
        })
        .inputs(json!({"topic": "tea"}))
        .replies(&["The black one."])
        .tool("find", json!("black"))
        .model(&[Text("Which tea?"), submit(r#"{"report": "Tea is black."}"#)]),
        Case::of("an agent reads what was said before", {
            row("f", json!([string("topic")]), &[
                say("open", "We talk about {{topic}}."), worker("work", json!({"tools": [find()]})), say("close", "So: {{report}}"),
            ], json!([string("report")]))
        })
        .inputs(json!({"topic": "tea"}))
        .tool("find", json!("green"))
        .model(&[submit(r#"{"report": "Green."}"#)]),
        Case::of("two agents after each other", {
            let second = agent(json!({
                "id": "second", "name": "second", "system_prompt": "Judge {{report}}.", "human_in_the_loop": false,
                "tools": [find()], "outputs": [string("verdict")],
            }));
            row("f", json!([string("topic")]), &[
                worker("work", json!({"tools": [find()]})), node("AgentNode", "judge", json!({"agent": second})),
            ], json!([string("report"), string("verdict")]))
        })
        .inputs(json!({"topic": "tea"}))
        .tool("find", json!("green"))
        .model(&[submit(r#"{"report": "Green."}"#), submit(r#"{"verdict": "Right."}"#)]),
        Case::of("a model is asked for what an agent found", {
            row("f", json!([string("topic")]), &[worker("work", json!({"tools": [find()]})), ask("sum", "In short: {{report}}", "short")], json!([string("short")]))
        })
        .inputs(json!({"topic": "tea"}))
        .tool("find", json!("green"))
        .model(&[submit(r#"{"report": "Green and hot."}"#), Text("Hot.")]),
    ]
}

/// A node with an agent that reports.
fn worker(id: &str, fields: Value) -> Value {
    let mut worker = agent(json!({
        "system_prompt": "Report on {{topic}}.", "human_in_the_loop": false, "outputs": [string("report")],
    }));
    super::super::super::parts::merge(&mut worker, fields);
    node("AgentNode", id, json!({"agent": worker}))
}
