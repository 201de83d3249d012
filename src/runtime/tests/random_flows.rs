//! Random flows, which must give themselves back: nodes of several kinds, calls at the same time, and latencies of all.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, llm, node, start, strings, tool};
use super::script::Script;
use super::world::{Answer, Deed, text};

/// Tools `after_0`, `after_1`, … answer after so many seconds.
const LATENCIES: u64 = 4;

/// One node of a flow.
#[derive(Clone, Debug)]
enum Part {
    Tool(u64),
    Llm(u64),
    /// The calls of each turn, all made at the same time, and how long the model takes for it.
    Agent(Vec<(u64, Vec<u64>)>),
    /// A tool for each item of a list.
    Map(u64),
    Nested(Vec<Part>),
    /// Asks a person.
    Ask,
}

impl Part {
    /// Whether it maps over a list that its flow is given.
    fn needs_list(&self) -> bool {
        match self {
            Self::Map(_) => true,
            Self::Nested(parts) => parts.iter().any(Self::needs_list),
            Self::Tool(_) | Self::Llm(_) | Self::Agent(_) | Self::Ask => false,
        }
    }
}

fn part() -> impl Strategy<Value = Part> {
    let turn = (0..LATENCIES, prop::collection::vec(0..LATENCIES, 1..5));
    let leaf = prop_oneof![
        (0..LATENCIES).prop_map(Part::Tool),
        (0..LATENCIES).prop_map(Part::Llm),
        prop::collection::vec(turn, 0..3).prop_map(Part::Agent),
        (0..LATENCIES).prop_map(Part::Map),
        Just(Part::Ask),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 1..3).prop_map(Part::Nested)
    })
}

fn slow_tool(seconds: u64) -> Value {
    tool("ServerTool", &format!("after_{seconds}"), &["x"], &["x"])
}

/// A flow of these parts in a row, which hand `x` on, and what its models say.
fn flow_of(id: &str, parts: &[Part], answers: &mut Vec<(u64, Answer)>) -> Value {
    let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let mut first = start(&["x"]);
    let mut last = end(&["x"]);
    first["id"] = json!(format!("{id}_start"));
    last["id"] = json!(format!("{id}_end"));
    if parts.iter().any(Part::needs_list) {
        let items = json!({"title": "iterated_x", "type": "array", "items": {"type": "string"}});
        first["inputs"].as_array_mut().unwrap().push(items);
    }
    let mut nodes = vec![first];
    for (index, part) in parts.iter().enumerate() {
        nodes.push(node_of(&format!("{id}_{index}"), part, answers));
    }
    nodes.push(last);
    let ids: Vec<String> = nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    let edges: Vec<(String, String)> = ids
        .windows(2)
        .map(|pair| edge(&pair[0], &pair[1]))
        .collect();
    let control: Vec<(&str, &str, &str)> = edges
        .iter()
        .map(|(from, to)| (from.as_str(), "next", to.as_str()))
        .collect();
    flow(id, &nodes, &control, None)
}

fn node_of(id: &str, part: &Part, answers: &mut Vec<(u64, Answer)>) -> Value {
    match part {
        Part::Tool(seconds) => node("ToolNode", id, json!({"tool": slow_tool(*seconds)})),
        Part::Llm(seconds) => {
            answers.push((*seconds, text("words")));
            let prompt = "Say more than {{x}}.";
            let fields =
                json!({"llm_config": llm(), "prompt_template": prompt, "outputs": strings(&["x"])});
            node("LlmNode", id, fields)
        }
        Part::Agent(turns) => {
            for (seconds, calls) in turns {
                let call = |after: &u64| (format!("after_{after}"), json!({"x": id}).to_string());
                let calls = Answer::Calls(String::new(), calls.iter().map(call).collect());
                answers.push((*seconds, calls));
            }
            answers.push((0, text("Done.")));
            let inner = agent(|agent| {
                agent["id"] = json!(format!("{id}_agent"));
                agent["human_in_the_loop"] = json!(false);
                agent["tools"] = (0..LATENCIES).map(slow_tool).collect();
            });
            node("AgentNode", id, json!({"agent": inner}))
        }
        Part::Map(seconds) => {
            let inner = flow_of(&format!("{id}_each"), &[Part::Tool(*seconds)], answers);
            node("MapNode", id, json!({"subflow": inner}))
        }
        Part::Nested(parts) => {
            let inner = flow_of(&format!("{id}_sub"), parts, answers);
            node("FlowNode", id, json!({"subflow": inner}))
        }
        Part::Ask => node(
            "InputMessageNode",
            id,
            json!({"message": "And?", "outputs": strings(&["x"])}),
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flow_gives_itself_back(parts in prop::collection::vec(part(), 1..5)) {
        let mut answers = Vec::new();
        let spec = document(flow_of("f", &parts, &mut answers));
        let tools = (0..LATENCIES).map(|seconds| (format!("after_{seconds}"), Deed::EchoAfter(seconds)));
        let mut inputs = json!({"x": "a"});
        if parts.iter().any(Part::needs_list) {
            inputs["iterated_x"] = json!(["b", "c"]);
        }
        let script = Script::of(&spec)
            .inputs(inputs)
            .latencies(answers.iter().map(|(seconds, _)| *seconds))
            .model(answers.into_iter().map(|(_, answer)| answer))
            .replies(std::iter::repeat_n(crate::trace::Reply::message("This."), 40));
        let script = tools.fold(script, |script, (name, deed)| script.tool(&name, deed));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        // Its end executes it a second time.
        let ran = runtime.block_on(script.run());
        prop_assert!(ran.result.is_ok(), "{:?}", ran.result);
    }
}
