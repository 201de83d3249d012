//! Random flows, which come to an end or meet a bound, and must give themselves back: nodes of several kinds, parts and calls
//! at the same time, failures that are caught or not, loops without an end, and latencies of all.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, llm, node, start, strings, tool};
use super::script::{Ran, Script};
use super::world::{Answer, ScriptedAction, text};
use crate::runtime::Halt;
use crate::trace::FailureKind;

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
    /// A tool that fails, after so many seconds.
    Fail(u64),
    /// A loop that nothing leaves.
    Loop,
    /// A tool for each item of a list, at the same time.
    MapAtOnce,
    /// Two flows at the same time.
    Beside(Vec<Part>, Vec<Part>),
    /// A flow whose failure is caught.
    Caught(Vec<Part>),
}

impl Part {
    /// Whether it maps over a list that its flow is given.
    fn needs_list(&self) -> bool {
        match self {
            Self::Map(_) | Self::MapAtOnce => true,
            Self::Nested(parts) | Self::Caught(parts) => parts.iter().any(Self::needs_list),
            Self::Beside(left, right) => left.iter().chain(right).any(Self::needs_list),
            Self::Tool(_)
            | Self::Llm(_)
            | Self::Agent(_)
            | Self::Ask
            | Self::Fail(_)
            | Self::Loop => false,
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

/// Parts that go on beside others: which of several models that are asked at the same time gets which answer is open, so
/// all of theirs are plain words.
fn part_at_once() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        4 => (0..LATENCIES).prop_map(Part::Tool),
        2 => (0..LATENCIES).prop_map(Part::Llm),
        2 => Just(Part::MapAtOnce),
        2 => Just(Part::Ask),
        1 => (0..LATENCIES).prop_map(Part::Fail),
        1 => Just(Part::Loop),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let row = || prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            (row(), row()).prop_map(|(left, right)| Part::Beside(left, right)),
            row().prop_map(Part::Caught),
            row().prop_map(Part::Nested),
        ]
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
    let mut control: Vec<(&str, &str, &str)> = edges
        .iter()
        .map(|(from, to)| (from.as_str(), "next", to.as_str()))
        .collect();
    for (node, (from, to)) in nodes.iter().zip(&edges) {
        if node["component_type"] == "CatchExceptionNode" {
            control.push((from.as_str(), "caught_exception_branch", to.as_str()));
        }
    }
    flow(id, &nodes, &control, None)
}

/// A flow that goes round for ever.
fn endless(id: &str) -> Value {
    let (begin, work, again, never) = (
        format!("{id}_begin"),
        format!("{id}_work"),
        format!("{id}_again"),
        format!("{id}_never"),
    );
    let (mut first, mut last) = (start(&["x"]), end(&["x"]));
    first["id"] = json!(begin);
    last["id"] = json!(never);
    let branching = json!({"inputs": strings(&["x"]), "mapping": {"never": "never"}});
    flow(
        id,
        &[
            first,
            node("OutputMessageNode", &work, json!({"message": "Again."})),
            node("BranchingNode", &again, branching),
            last,
        ],
        &[
            (&begin, "next", &work),
            (&work, "next", &again),
            (&again, "never", &never),
            (&again, "default", &work),
        ],
        None,
    )
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
        Part::Fail(seconds) => {
            let mut fails = tool("ServerTool", &format!("fail_{seconds}"), &["x"], &["x"]);
            fails["id"] = json!(format!("{id}_tool"));
            node("ToolNode", id, json!({ "tool": fails }))
        }
        Part::Loop => node(
            "FlowNode",
            id,
            json!({"subflow": endless(&format!("{id}_loop"))}),
        ),
        Part::MapAtOnce => {
            let mut work = tool("ServerTool", "work", &["x"], &["x"]);
            work["id"] = json!(format!("{id}_tool"));
            let each = format!("{id}_each");
            let mut inner = flow_of(&each, &[Part::Tool(0)], answers);
            let step = &mut inner["$referenced_components"][format!("{each}_0")];
            step["tool"] = work;
            node("ParallelMapNode", id, json!({ "subflow": inner }))
        }
        Part::Beside(left, right) => {
            let left = flow_of(&format!("{id}_left"), left, answers);
            let mut right = flow_of(&format!("{id}_right"), right, answers);
            // No two of the flows may give the same output.
            right["outputs"] = json!([]);
            node("ParallelFlowNode", id, json!({ "subflows": [left, right] }))
        }
        Part::Caught(parts) => {
            let mut inner = flow_of(&format!("{id}_tried"), parts, answers);
            inner["outputs"] = json!([{"title": "x", "type": "string", "default": "caught"}]);
            node("CatchExceptionNode", id, json!({ "subflow": inner }))
        }
        Part::Ask => node(
            "InputMessageNode",
            id,
            json!({"message": "And?", "outputs": strings(&["x"])}),
        ),
    }
}

/// What a part of each kind does, in time.
fn scripted(parts: &[Part], items: &[String]) -> Script {
    let mut answers = Vec::new();
    let spec = document(flow_of("f", parts, &mut answers));
    let mut inputs = json!({"x": "a"});
    if parts.iter().any(Part::needs_list) {
        inputs["iterated_x"] = json!(items);
    }
    let script = Script::of(&spec)
        .inputs(inputs)
        .latencies(answers.iter().map(|(seconds, _)| *seconds))
        .model(answers.into_iter().map(|(_, answer)| answer))
        .replies(std::iter::repeat_n(
            crate::trace::Reply::message("This."),
            40,
        ))
        .tool("work", ScriptedAction::Obey);
    (0..LATENCIES).fold(script, |script, seconds| {
        script
            .tool(
                &format!("after_{seconds}"),
                ScriptedAction::EchoAfter(seconds),
            )
            .tool(
                &format!("fail_{seconds}"),
                ScriptedAction::FailAfter(seconds),
            )
    })
}

/// Runs to the end, which executes the run a second time; a run that stands still panics.
fn run(script: Script) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let most = std::time::Duration::from_hours(24);
    let ran = runtime.block_on(async { tokio::time::timeout(most, script.run()).await });
    ran.expect("every flow comes to an end")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flow_gives_itself_back(parts in prop::collection::vec(part(), 1..5)) {
        let ran = run(scripted(&parts, &["b".to_owned(), "c".to_owned()]));
        prop_assert!(ran.result.is_ok(), "{:?}", ran.result);
    }

    #[test]
    fn parts_at_the_same_time_end_or_meet_a_bound(
        parts in prop::collection::vec(part_at_once(), 1..4),
        items in prop::collection::vec("(fail )?[0-3]", 0..6),
        at_once in 1_usize..5,
    ) {
        let script = scripted(&parts, &items).limits(|limits| {
            limits.max_concurrency = Some(at_once);
            limits.max_node_visits = 60;
        });
        match run(script).result {
            Ok(_) => {}
            Err(Halt::Failed(failure)) => prop_assert!(
                matches!(failure.kind, FailureKind::Tool | FailureKind::Limit),
                "{failure}"
            ),
            Err(halt) => prop_assert!(false, "{halt}"),
        }
    }
}

/// Both maps fail at once, while the tool beside them has a span but is not called yet.
#[test]
fn a_call_that_was_stopped_before_it_was_made_is_not_asked_of_the_world() {
    let inner = Part::Beside(vec![Part::MapAtOnce], vec![Part::Tool(0)]);
    let parts = [
        Part::Caught(vec![Part::Tool(0)]),
        Part::Beside(vec![Part::Nested(vec![Part::MapAtOnce])], vec![inner]),
    ];
    let items = ["1".to_owned(), "fail 0".to_owned()];
    let script = scripted(&parts, &items).limits(|limits| limits.max_concurrency = Some(2));
    // Its end executes it again in a world that may not be reached.
    assert!(matches!(run(script).result, Err(Halt::Failed(_))));
}
