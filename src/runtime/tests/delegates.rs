//! What an agent hands on: sub-agents and flows that it calls like tools.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{agent, document, flow, node, strings, tool};
use super::script::{Ran, Script};
use super::world::{Answer, ScriptedAction, calls, text};
use crate::conversation::Role;
use crate::llm::GenerationRequest;
use crate::trace::{Event, FailureKind, Reply, SpanKind};

/// An agent that has others.
fn leader(change: impl FnOnce(&mut Value)) -> Value {
    document(agent(|agent| {
        agent["component_type"] = json!("ExtendedAgent");
        agent["initial_message"] = json!(null);
        change(agent);
    }))
}

/// A sub-agent called `the expert`.
fn expert(change: impl FnOnce(&mut Value)) -> Value {
    agent(|agent| {
        agent["id"] = json!("expert");
        agent["llm_config"]["id"] = json!("experts_llm");
        agent["name"] = json!("the expert");
        agent["description"] = json!("Knows all.");
        agent["system_prompt"] = json!("You know all about {{subject}}.");
        change(agent);
    })
}

fn asks(task: &str) -> Answer {
    let arguments = json!({"context": task, "subject": "cheese"}).to_string();
    calls(&[("the_expert", &arguments)])
}

/// The last messages that a model was sent, as `role: text`.
fn sent(request: &GenerationRequest) -> Vec<String> {
    let line = |message: &crate::conversation::Message| match (&message.tool_result, message.role) {
        (Some(result), _) => format!("= {}", result.content),
        (None, Role::System) => format!("system: {}", message.content),
        (None, Role::User) => format!("user: {}", message.content),
        (None, Role::Agent) => format!("agent: {}", message.content),
    };
    request.messages.iter().map(|it| line(it)).collect()
}

fn spans(ran: &Ran, wanted: SpanKind) -> usize {
    ran.span_ends()
        .iter()
        .filter(|(kind, _)| *kind == wanted)
        .count()
}

#[tokio::test(start_paused = true)]
async fn a_sub_agent_keeps_its_own_conversation_until_it_is_done() {
    let ran = Script::of(&leader(|leader| leader["agents"] = json!([expert(|_| {})])))
        .opening("Which cheese?")
        .model([
            asks("Which is best?"),
            text("Hard or soft?"),
            asks("Hard."),
            text("Gruyère."),
            text("Take Gruyère."),
        ])
        .run()
        .await;
    assert_eq!(
        sent(&ran.requests[1]),
        ["system: You know all about cheese.", "user: Which is best?"]
    );
    assert_eq!(
        sent(&ran.requests[3]),
        [
            "system: You know all about cheese.",
            "user: Which is best?",
            "agent: Hard or soft?",
            "user: Hard.",
        ]
    );
    assert_eq!(
        ran.said(),
        [
            "user: Which cheese?",
            "agent:  → the_expert",
            "= Hard or soft?",
            "agent:  → the_expert",
            "= Gruyère.",
            "agent: Take Gruyère.",
        ]
    );
    assert_eq!(spans(&ran, SpanKind::AgentExecutionSpan), 3);
    let offered: Vec<_> = ran.requests[0]
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(offered, ["the_expert", "talk_to_user"]);
    let parameters = &ran.requests[0].tools[0].parameters;
    assert_eq!(parameters["required"], json!(["context", "subject"]));
}

#[tokio::test(start_paused = true)]
async fn a_sub_agent_that_has_outputs_gives_them_and_begins_anew() {
    let with_outputs = |names: &[&str]| {
        let outputs = strings(names);
        leader(|leader| leader["agents"] = json!([expert(|expert| expert["outputs"] = outputs)]))
    };
    for (names, answer, told) in [
        (&["kind"][..], r#"{"kind": "Brie"}"#, "= Brie"),
        (
            &["kind", "of"],
            r#"{"kind": "Brie", "of": "cow"}"#,
            r#"= {"kind":"Brie","of":"cow"}"#,
        ),
    ] {
        let ran = Script::of(&with_outputs(names))
            .opening("?")
            .model([
                asks("1"),
                text(answer),
                asks("2"),
                text(answer),
                text("Done."),
            ])
            .run()
            .await;
        assert_eq!(sent(&ran.requests[3])[1..], ["user: 2"]);
        assert_eq!(ran.said()[2], told);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_sub_agent_follow_each_other_beside_other_calls() {
    let search = tool("ServerTool", "search", &["a"], &["r"]);
    let ran = Script::of(&leader(|leader| {
        leader["agents"] = json!([expert(|_| {})]);
        leader["tools"] = json!([search]);
    }))
    .opening("Go.")
    .tool("search", ScriptedAction::EchoAfter(5))
    .model([
        calls(&[
            ("the_expert", r#"{"context": "1", "subject": "x"}"#),
            ("search", r#"{"a": "1"}"#),
            ("the_expert", r#"{"context": "2", "subject": "x"}"#),
        ]),
        text("one"),
        text("two"),
        text("Done."),
    ])
    .run()
    .await;
    assert_eq!(
        sent(&ran.requests[2])[1..],
        ["user: 1", "agent: one", "user: 2"]
    );
    assert_eq!(
        ran.said()[2..],
        ["= one", r#"= {"a":"1"}"#, "= two", "agent: Done."]
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_sub_agent_needs_a_person_for_reaches_the_person() {
    let mut pay = tool("ServerTool", "pay", &["a"], &["r"]);
    pay["requires_confirmation"] = json!(true);
    let ran = Script::of(&leader(|leader| {
        leader["agents"] = json!([expert(|expert| expert["tools"] = json!([pay]))]);
    }))
    .replies([Reply::Confirm { arguments: None }])
    .tool("pay", ScriptedAction::Give(json!("paid")))
    .model([
        asks("Pay."),
        calls(&[("pay", r#"{"a": "1"}"#)]),
        calls(&[("talk_to_user", r#"{"text": "It is paid."}"#)]),
        text("Done."),
    ])
    .run()
    .await;
    assert_eq!(ran.said()[1], "= It is paid.");
}

/// A flow called `greet` that says something and asks a person.
fn greeting_flow() -> Value {
    let greet = flow(
        "greet",
        &[
            node("StartNode", "start", json!({"inputs": strings(&["who"])})),
            node(
                "OutputMessageNode",
                "say",
                json!({"message": "Hello {{who}}"}),
            ),
            node(
                "InputMessageNode",
                "ask",
                json!({"outputs": strings(&["reply"])}),
            ),
            node("EndNode", "end", json!({"outputs": strings(&["reply"])})),
        ],
        &[
            ("start", "next", "say"),
            ("say", "next", "ask"),
            ("ask", "next", "end"),
        ],
        Some(&[("start.who", "say.who"), ("ask.reply", "end.reply")]),
    );
    leader(|leader| leader["flows"] = json!([greet]))
}

#[tokio::test(start_paused = true)]
async fn a_flow_is_called_with_its_inputs_and_keeps_its_chatter() {
    let ran = Script::of(&greeting_flow())
        .replies([Reply::message("Hi!")])
        .model([
            calls(&[("greet", r#"{"who": "Ada"}"#)]),
            text("Ada is friendly."),
        ])
        .run()
        .await;
    assert_eq!(
        ran.said(),
        ["agent:  → greet", "= Hi!", "agent: Ada is friendly."]
    );
    assert_eq!(spans(&ran, SpanKind::FlowExecutionSpan), 1);
    let said = |event: &crate::trace::Event| match event {
        crate::trace::Event::ConversationMessageAdded { message } => Some(message.content.clone()),
        _ => None,
    };
    let told: Vec<String> = ran.traced().filter_map(said).collect();
    assert!(told.contains(&"Hello Ada".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn prepared_answers_go_to_parallel_questions_by_their_places() {
    let asking = |name: &str, work: &str| {
        flow(
            name,
            &[
                node(
                    "StartNode",
                    &format!("{name}_start"),
                    json!({"inputs": strings(&["a"])}),
                ),
                node(
                    "ToolNode",
                    &format!("{name}_work"),
                    json!({"tool": tool("ServerTool", work, &["a"], &["r"])}),
                ),
                node(
                    "InputMessageNode",
                    &format!("{name}_ask"),
                    json!({"outputs": strings(&["reply"])}),
                ),
                node(
                    "EndNode",
                    &format!("{name}_end"),
                    json!({"outputs": strings(&["reply"])}),
                ),
            ],
            &[
                (&format!("{name}_start"), "next", &format!("{name}_work")),
                (&format!("{name}_work"), "next", &format!("{name}_ask")),
                (&format!("{name}_ask"), "next", &format!("{name}_end")),
            ],
            None,
        )
    };
    let flows = [asking("first", "slow"), asking("second", "quick")];
    let ran = Script::of(&leader(|leader| leader["flows"] = json!(flows)))
        .replies(["one", "two"].map(Reply::message))
        .tool("slow", ScriptedAction::EchoAfter(60))
        .tool("quick", ScriptedAction::EchoAfter(0))
        .model([
            calls(&[("first", r#"{"a": "x"}"#), ("second", r#"{"a": "y"}"#)]),
            text("Done."),
        ])
        .run()
        .await;
    assert_eq!(
        ran.said(),
        ["agent:  → first, second", "= one", "= two", "agent: Done."]
    );
    let taken: Vec<_> = ran
        .traced()
        .filter_map(|event| match event {
            Event::HumanInTheLoopResponse { prepared, .. } => *prepared,
            _ => None,
        })
        .collect();
    assert_eq!(taken, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_to_the_model_or_end_the_run() {
    let failing = |raises: bool| {
        let broken = flow(
            "broken",
            &[
                node("StartNode", "start", json!({})),
                node(
                    "ToolNode",
                    "use",
                    json!({"tool": tool("ServerTool", "t", &[], &["r"])}),
                ),
                node("EndNode", "end", json!({})),
            ],
            &[("start", "next", "use"), ("use", "next", "end")],
            None,
        );
        leader(|leader| {
            leader["flows"] = json!([broken]);
            leader["raise_exceptions"] = json!(raises);
        })
    };
    let script = |raises| {
        Script::of(&failing(raises))
            .tool("t", ScriptedAction::Fail("the line is dead".to_owned()))
            .model([calls(&[("broken", "{}")]), text("Sorry.")])
    };
    let told = script(false).run().await;
    assert_eq!(told.said()[1], "= the line is dead");
    let raised = script(true).run().await.failure();
    assert_eq!(
        (raised.kind, raised.message.as_str()),
        (FailureKind::Tool, "the line is dead")
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_model_could_not_call_is_refused() {
    let search = tool("ServerTool", "the expert", &["a"], &["r"]);
    let taken = leader(|leader| {
        leader["agents"] = json!([expert(|_| {})]);
        leader["tools"] = json!([search]);
    });
    let hidden = leader(|leader| {
        leader["agents"] = json!([expert(
            |expert| expert["system_prompt"] = json!("{{context}}")
        )]);
    });
    let twice = leader(|leader| {
        let another = ["search", "search_too"].map(|id| {
            let mut tool = tool("ServerTool", "search", &["a"], &["r"]);
            tool["id"] = json!(id);
            tool
        });
        leader["tools"] = another.into();
    });
    for (document, told) in [
        (taken, "a tool and a sub-agent are called `the expert`"),
        (twice, "two tools are called `search`"),
        (hidden, "an input `context`"),
    ] {
        let failure = Script::of(&document).run().await.failure();
        assert_eq!(failure.kind, FailureKind::Spec);
        assert!(failure.message.contains(told), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn names_that_a_provider_refuses_are_made_safe_and_mapped_back() {
    let (long, cut) = ("n".repeat(80), "n".repeat(64));
    let tools = ["math/add", "math.add", &long, "Grüße"];
    let document = leader(|leader| {
        leader["tools"] = tools
            .map(|name| tool("ServerTool", name, &["a"], &["r"]))
            .into();
        leader["agents"] = json!([expert(|_| {})]);
    });
    let offered = [
        "math_add",
        "math_add_2",
        &cut,
        "Gr__e",
        "the_expert",
        "talk_to_user",
    ];
    let mut script = Script::of(&document).opening("Go").model([
        calls(
            &offered[..4]
                .iter()
                .map(|name| (*name, r#"{"a": "1"}"#))
                .collect::<Vec<_>>(),
        ),
        text("done"),
    ]);
    for name in tools {
        script = script.tool(name, ScriptedAction::Give(json!(name)));
    }
    let ran = script.run().await;
    let request = &ran.requests[0];
    let names: Vec<&str> = request
        .tools
        .iter()
        .map(|tool| tool.name.as_str())
        .collect();
    assert_eq!(names, offered);
    let results = &ran.said()[2..6];
    assert_eq!(results, tools.map(|name| format!("= {name}")));
}
