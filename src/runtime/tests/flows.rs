//! Flows: edges, values, branches, loops, nesting.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, end, flow, node, start, strings, tool};
use super::script::Script;
use super::world::{ScriptedAction, calls, text};
use crate::runtime::Halt;
use crate::trace::{Event, FailureKind, Reply, RequestKind, SpanKind, SpanOutcome};

fn tool_node(id: &str, inputs: &[&str], outputs: &[&str]) -> Value {
    node(
        "ToolNode",
        id,
        json!({"tool": tool("ServerTool", &format!("do_{id}"), inputs, outputs)}),
    )
}

#[tokio::test(start_paused = true)]
async fn values_go_along_edges_and_the_last_writer_wins() {
    let spec = flow(
        "f",
        &[
            start(&["a"]),
            tool_node("one", &["x"], &["y"]),
            tool_node("two", &["x"], &["y"]),
            end(&["r", "a"]),
        ],
        &[
            ("start", "next", "one"),
            ("one", "next", "two"),
            ("two", "next", "end"),
        ],
        Some(&[
            ("start.a", "one.x"),
            ("one.y", "two.x"),
            ("one.y", "end.r"),
            ("two.y", "end.r"),
            ("start.a", "end.a"),
        ]),
    );
    let ran = Script::of(&document(spec))
        .inputs(json!({"a": "hello"}))
        .tool("do_one", ScriptedAction::Give(json!("first")))
        .tool("do_two", ScriptedAction::EchoAfter(0))
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"r": r#"{"x":"first"}"#, "a": "hello"})
    );
    let ends: Vec<(String, Option<String>)> = ran
        .traced()
        .filter_map(|event| match event {
            Event::NodeExecutionEnd {
                node,
                branch_selected,
                ..
            } => Some((node.name.to_string(), branch_selected.clone())),
            Event::FlowExecutionEnd {
                flow,
                branch_selected,
                ..
            } => Some((flow.name.to_string(), branch_selected.clone())),
            _ => None,
        })
        .collect();
    let next = || Some("next".to_owned());
    assert_eq!(
        ends,
        [
            ("start".to_owned(), next()),
            ("one".to_owned(), next()),
            ("two".to_owned(), next()),
            ("end".to_owned(), None),
            ("f".to_owned(), next()),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn without_data_edges_values_go_by_name() {
    let spec = flow(
        "f",
        &[start(&["x"]), tool_node("one", &["x"], &["x"]), end(&["x"])],
        &[("start", "next", "one"), ("one", "next", "end")],
        None,
    );
    let ran = Script::of(&document(spec))
        .inputs(json!({"x": "in"}))
        .tool("do_one", ScriptedAction::EchoAfter(0))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"x": r#"{"x":"in"}"#}));
}

fn branching(mapping: &Value, default_edge: bool) -> Value {
    let to = |id: &str| node("EndNode", id, json!({"branch_name": id, "outputs": []}));
    let mut edges = vec![
        ("start", "next", "choose"),
        ("choose", "left", "l"),
        ("choose", "right", "r"),
    ];
    if default_edge {
        edges.push(("choose", "default", "d"));
    }
    let mut nodes = vec![
        node("StartNode", "start", json!({"inputs": [{"title": "v"}]})),
        node(
            "BranchingNode",
            "choose",
            json!({"inputs": [{"title": "v"}], "mapping": mapping}),
        ),
        to("l"),
        to("r"),
    ];
    if default_edge {
        nodes.push(to("d"));
    }
    flow("f", &nodes, &edges, Some(&[("start.v", "choose.v")]))
}

fn branch_of(ran: &super::script::Ran) -> Option<String> {
    ran.traced().find_map(|event| match event {
        Event::FlowExecutionEnd {
            branch_selected, ..
        } => branch_selected.clone(),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn branches_are_chosen_by_the_text_of_the_value() {
    let mapping = json!({"true": "left", "1": "right", "1.5": "right", "Yes": "left"});
    for (value, branch) in [
        (json!(true), "l"),
        (json!(1), "r"),
        (json!(1.5), "r"),
        (json!("Yes"), "l"),
        (json!("yes"), "d"),
        (json!(null), "d"),
    ] {
        let ran = Script::of(&document(branching(&mapping, true)))
            .inputs(json!({"v": value}))
            .run()
            .await;
        assert_eq!(branch_of(&ran).as_deref(), Some(branch), "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_branch_that_leads_nowhere_fails_the_run() {
    let mapping = json!({"a": "left", "b": "right"});
    let ran = Script::of(&document(branching(&mapping, false)))
        .inputs(json!({"v": "c"}))
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Spec);
    assert!(
        failure.message.contains("`choose`") && failure.message.contains("`default`"),
        "{failure}"
    );
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Error))
    );
}

#[tokio::test(start_paused = true)]
async fn loops_go_round_with_the_newest_values_and_have_a_bound() {
    let spec = |mapping: Value| {
        document(flow(
            "f",
            &[
                start(&["v"]),
                tool_node("work", &["v"], &["v"]),
                node(
                    "BranchingNode",
                    "again",
                    json!({"inputs": strings(&["v"]), "mapping": mapping}),
                ),
                end(&["v"]),
            ],
            &[
                ("start", "next", "work"),
                ("work", "next", "again"),
                ("again", "stop", "end"),
                ("again", "default", "work"),
            ],
            Some(&[
                ("start.v", "work.v"),
                ("work.v", "work.v"),
                ("work.v", "again.v"),
                ("work.v", "end.v"),
            ]),
        ))
    };
    let twice = json!({"v": json!({"v": "x"}).to_string()}).to_string();
    let ran = Script::of(&spec(json!({twice.clone(): "stop"})))
        .inputs(json!({"v": "x"}))
        .tool("do_work", ScriptedAction::EchoAfter(0))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({ "v": twice }));

    let endless = Script::of(&spec(json!({"never": "stop"})))
        .inputs(json!({"v": "x"}))
        .tool("do_work", ScriptedAction::Give(json!("same")))
        .limits(|limits| limits.max_node_visits = 50)
        .run()
        .await;
    assert_eq!(endless.failure().kind, FailureKind::Limit);
    assert!(endless.failure().message.contains("50 node visits"));
}

#[tokio::test(start_paused = true)]
async fn outputs_come_from_the_end_that_is_reached_and_then_from_the_flow() {
    let mut spec = flow(
        "f",
        &[
            node(
                "StartNode",
                "start",
                json!({"inputs": [{"title": "v", "type": "string"}]}),
            ),
            node(
                "BranchingNode",
                "choose",
                json!({"inputs": strings(&["v"]), "mapping": {"a": "a"}}),
            ),
            node("EndNode", "with", json!({"outputs": strings(&["v"])})),
            node("EndNode", "without", json!({"outputs": []})),
        ],
        &[
            ("start", "next", "choose"),
            ("choose", "a", "with"),
            ("choose", "default", "without"),
        ],
        Some(&[("start.v", "choose.v"), ("start.v", "with.v")]),
    );
    spec["outputs"] = json!([{"title": "v", "type": "string", "default": "none"}]);
    for (value, expected) in [("a", "a"), ("b", "none")] {
        let ran = Script::of(&document(spec.clone()))
            .inputs(json!({"v": value}))
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({"v": expected}));
    }
}

#[tokio::test(start_paused = true)]
async fn a_subflow_gives_its_outputs_and_its_branch() {
    let inner = flow(
        "inner",
        &[
            node(
                "StartNode",
                "inner_start",
                json!({"inputs": strings(&["v"])}),
            ),
            node(
                "EndNode",
                "inner_end",
                json!({"branch_name": "out", "outputs": strings(&["v"])}),
            ),
        ],
        &[("inner_start", "next", "inner_end")],
        None,
    );
    let spec = flow(
        "f",
        &[
            start(&["v"]),
            node("FlowNode", "sub", json!({"subflow": inner})),
            end(&["v"]),
        ],
        &[("start", "next", "sub"), ("sub", "out", "end")],
        None,
    );
    let ran = Script::of(&document(spec))
        .inputs(json!({"v": "x"}))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"v": "x"}));
    let ends: Vec<SpanKind> = ran.span_ends().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        ends,
        [
            SpanKind::NodeExecutionSpan,
            SpanKind::NodeExecutionSpan,
            SpanKind::NodeExecutionSpan,
            SpanKind::FlowExecutionSpan,
            SpanKind::NodeExecutionSpan,
            SpanKind::NodeExecutionSpan,
            SpanKind::FlowExecutionSpan,
            SpanKind::RootSpan,
        ]
    );
}

fn with_agent() -> Value {
    let inner = agent(|agent| {
        agent["outputs"] = strings(&["verdict"]);
        agent["tools"] = json!([tool("ServerTool", "look", &["a"], &["r"])]);
    });
    document(flow(
        "f",
        &[
            node("StartNode", "start", json!({"inputs": []})),
            node(
                "InputMessageNode",
                "ask",
                json!({"message": "What is it?", "outputs": strings(&["what"])}),
            ),
            node("AgentNode", "judge", json!({"agent": inner})),
            node(
                "OutputMessageNode",
                "say",
                json!({"message": "So: {{verdict}}"}),
            ),
            end(&["verdict", "what"]),
        ],
        &[
            ("start", "next", "ask"),
            ("ask", "next", "judge"),
            ("judge", "next", "say"),
            ("say", "next", "end"),
        ],
        None,
    ))
}

#[tokio::test(start_paused = true)]
async fn an_agent_in_a_flow_shares_its_conversation_and_may_ask() {
    let ran = Script::of(&with_agent())
        .replies([Reply::message("A bird."), Reply::message("Blue.")])
        .model([
            text("What colour?"),
            calls(&[("submit_result", r#"{"verdict": "a jay"}"#)]),
        ])
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"verdict": "a jay", "what": "A bird."})
    );
    assert_eq!(
        ran.said(),
        [
            "agent: What is it?",
            "user: A bird.",
            "agent: What colour?",
            "user: Blue.",
            "agent:  → submit_result",
            "= The results are taken.",
            "agent: So: a jay",
        ]
    );
    let prompt: Vec<&str> = ran.requests[0]
        .messages
        .iter()
        .map(|message| message.content.as_str())
        .collect();
    assert_eq!(prompt, ["Be good.", "What is it?", "A bird."]);
}

#[tokio::test(start_paused = true)]
async fn a_question_in_a_flow_without_a_person_halts_and_may_not_end() {
    let ran = Script::of(&with_agent())
        .replies([Reply::message("A bird.")])
        .model([text("What colour?")])
        .run()
        .await;
    let expected = RequestKind::UserMessage {
        message: "What colour?".to_owned(),
        may_end: false,
    };
    assert_eq!(ran.result, Err(Halt::Unanswered(Box::new(expected))));
    assert_eq!(
        ran.span_ends().last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Cancelled))
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_tool_fails_the_node_and_names_it() {
    let spec = flow(
        "f",
        &[start(&["x"]), tool_node("one", &["x"], &["y"]), end(&["y"])],
        &[("start", "next", "one"), ("one", "next", "end")],
        None,
    );
    let ran = Script::of(&document(spec))
        .inputs(json!({"x": "1"}))
        .tool("do_one", ScriptedAction::Fail("no paper".to_owned()))
        .run()
        .await;
    let failure = ran.failure();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Tool, "no paper")
    );
    assert_eq!(failure.component.as_deref(), Some("one"));
}

#[tokio::test(start_paused = true)]
async fn flows_in_flows_have_a_bound() {
    let nested = (0..6).fold(None, |inner: Option<Value>, level| {
        let mut nodes = vec![
            node("StartNode", &format!("s{level}"), json!({})),
            node("EndNode", &format!("e{level}"), json!({})),
        ];
        let (start, sub, end) = (
            format!("s{level}"),
            format!("n{level}"),
            format!("e{level}"),
        );
        let edges = match inner {
            Some(inner) => {
                nodes.push(node("FlowNode", &sub, json!({"subflow": inner})));
                vec![
                    (start.as_str(), "next", sub.as_str()),
                    (sub.as_str(), "next", end.as_str()),
                ]
            }
            None => vec![(start.as_str(), "next", end.as_str())],
        };
        Some(flow(&format!("f{level}"), &nodes, &edges, None))
    });
    let spec = document(nested.expect("there is a flow"));
    let deep = Script::of(&spec)
        .limits(|limits| limits.max_depth = 5)
        .run()
        .await;
    assert_eq!(deep.failure().kind, FailureKind::Limit);
    let fits = Script::of(&spec)
        .limits(|limits| limits.max_depth = 6)
        .run()
        .await;
    assert_eq!(fits.outputs(), json!({}));
}
