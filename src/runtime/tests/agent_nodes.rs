//! Agents, and whatever else is agentic, as steps of a flow.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, node, start, strings};
use super::script::Script;
use super::world::text;

/// A flow that runs something agentic as one step, and says what came of it.
fn step(agentic: &Value) -> Value {
    document(flow(
        "f",
        &[
            start(&["x"]),
            node("OutputMessageNode", "greet", json!({"message": "Hello."})),
            node("AgentNode", "step", json!({ "agent": agentic })),
            end(&["r"]),
        ],
        &[
            ("start", "next", "greet"),
            ("greet", "next", "step"),
            ("step", "next", "end"),
        ],
        None,
    ))
}

fn worker(component_type: &str) -> Value {
    agent(|agent| {
        agent["component_type"] = json!(component_type);
        agent["system_prompt"] = json!("Work on {{x}}.");
        agent["human_in_the_loop"] = json!(false);
        agent["outputs"] = strings(&["r"]);
    })
}

#[tokio::test(start_paused = true)]
async fn agents_of_every_type_give_their_outputs_and_join_the_conversation() {
    let mut extended = worker("ExtendedAgent");
    extended["initial_message"] = Value::Null;
    let specialised = json!({
        "component_type": "SpecializedAgent", "id": "special", "name": "special", "agent": worker("Agent"),
        "agent_specialization_parameters": {
            "component_type": "AgentSpecializationParameters", "id": "more", "name": "more",
            "additional_instructions": "Be brief.",
        },
    });
    for agentic in [worker("Agent"), extended, specialised] {
        let ran = Script::of(&step(&agentic))
            .inputs(json!({"x": "tea"}))
            .model([text(r#"{"r": "done"}"#)])
            .run()
            .await;
        let kind = &agentic["component_type"];
        assert_eq!(ran.outputs(), json!({"r": "done"}), "{kind}");
        let said = ran.said();
        assert_eq!(said[0], "agent: Hello.", "{kind}");
        assert!(said.len() > 1, "{kind}: {said:?}");
        let sent = &ran.requests[0].messages;
        assert!(
            sent.iter().any(|message| message.content == "Hello."),
            "{kind}"
        );
    }
}

/// Agent Spec, *`AgentNode`*: a flow has a conversation of its own there, unlike in a `FlowNode`.
#[tokio::test(start_paused = true)]
async fn a_flow_has_a_conversation_of_its_own_and_its_branch() {
    let (mut first, mut last) = (start(&["x"]), end(&["r"]));
    (first["id"], last["id"]) = (json!("begin"), json!("done"));
    let history = json!({"output_mapping": {"chat_history": "r"}, "n": 5});
    let inner = flow(
        "inner",
        &[
            first,
            node(
                "OutputMessageNode",
                "say",
                json!({"message": "Inside {{x}}."}),
            ),
            node("PluginGetChatHistoryNode", "look", history),
            last,
        ],
        &[
            ("begin", "next", "say"),
            ("say", "next", "look"),
            ("look", "next", "done"),
        ],
        None,
    );
    let ran = Script::of(&step(&inner))
        .inputs(json!({"x": "tea"}))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"r": "AGENT >> Inside tea."}));
    assert_eq!(ran.said(), ["agent: Hello."]);
}

/// A step with several ways out goes by the `branch_name` of the end that its flow reached.
#[tokio::test(start_paused = true)]
async fn the_branch_of_a_flow_is_taken_where_the_step_has_it() {
    let inner = |id: &str| {
        let named = |name: &str| format!("{id}_{name}");
        let (mut first, mut good, mut bad) = (start(&["x"]), end(&["x"]), end(&["x"]));
        (first["id"], good["id"], bad["id"]) = (
            json!(named("in")),
            json!(named("good")),
            json!(named("bad")),
        );
        (good["branch_name"], bad["branch_name"]) = (json!("good"), json!("bad"));
        let choose = json!({"inputs": strings(&["x"]), "mapping": {"yes": "yes"}});
        flow(
            id,
            &[
                first,
                node("BranchingNode", &named("choose"), choose),
                good,
                bad,
            ],
            &[
                (&named("in"), "next", &named("choose")),
                (&named("choose"), "yes", &named("good")),
                (&named("choose"), "default", &named("bad")),
            ],
            None,
        )
    };
    let way = |way: &str| {
        node(
            "PluginConstantValuesNode",
            way,
            json!({"constant_values": {"way": way}}),
        )
    };
    let steps = [
        node("FlowNode", "step", json!({"subflow": inner("inner")})),
        node(
            "AgentNode",
            "step",
            json!({"agent": inner("inner"), "branches": ["good", "bad"]}),
        ),
    ];
    for step in steps {
        let spec = document(flow(
            "f",
            &[
                start(&["x"]),
                step.clone(),
                way("good"),
                way("bad"),
                end(&["way"]),
            ],
            &[
                ("start", "next", "step"),
                ("step", "good", "good"),
                ("step", "bad", "bad"),
                ("good", "next", "end"),
                ("bad", "next", "end"),
            ],
            None,
        ));
        for (x, expected) in [("yes", "good"), ("no", "bad")] {
            let ran = Script::of(&spec).inputs(json!({ "x": x })).run().await;
            let kind = &step["component_type"];
            assert_eq!(ran.outputs(), json!({"way": expected}), "{kind}");
        }
    }
}
