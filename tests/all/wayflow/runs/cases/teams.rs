//! Teams.

use serde_json::{Value, json};

use super::super::super::parts::{agent, merge, node};
use super::super::super::server::Answer::{Calls, Text};
use super::super::case::Case;
use super::{row, say, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let send = |arguments| Calls("I ask.", vec![("send_message", arguments)]);
    let hand = |arguments| Calls("", vec![("handoff_conversation", arguments)]);
    let b = r#"{"message": "What of tea?", "recipient": "b"}"#;
    let mut cases = Vec::new();
    for handoff in ["never", "optional", "always"] {
        cases.push(
            Case::of(
                format!("a swarm whose first member answers ({handoff})"),
                swarm(handoff),
            )
            .says(&["Hello.", "And now?"])
            .model(&[Text("Hi."), Text("Nothing.")]),
        );
    }
    for handoff in ["never", "optional"] {
        cases.push(
            Case::of(format!("a message to a member ({handoff})"), swarm(handoff))
                .says(&["What of tea?"])
                .model(&[send(b), Text("Tea is green."), Text("It is green.")]),
        );
    }
    for handoff in ["optional", "always"] {
        cases.push(
            Case::of(format!("a handoff ({handoff})"), swarm(handoff))
                .says(&["Tea?", "More."])
                .model(&[
                    hand(r#"{"recipient": "b"}"#),
                    Text("Tea is green."),
                    Text("And hot."),
                ]),
        );
    }
    cases.extend(swarms());
    cases.extend(otherwise());
    cases.extend(managed());
    let cases = cases.into_iter();
    cases
        .map(|case| case.tool("look", json!("green")))
        .collect()
}

/// Longer conversations of swarms.
fn swarms() -> Vec<Case> {
    let send = |arguments| ("send_message", arguments);
    let to_b = send(r#"{"message": "What of tea?", "recipient": "b"}"#);
    let to_c = send(r#"{"message": "Is it hot?", "recipient": "c"}"#);
    let hand_to_b = ("handoff_conversation", r#"{"recipient": "b"}"#);
    let one = |call| Calls("", vec![call]);
    vec![
        Case::of("a member is asked twice", swarm("never"))
            .says(&["Tea?", "Really?"])
            .model(&[
                one(to_b),
                Text("Green."),
                Text("It is green."),
                one(send(r#"{"message": "Sure?", "recipient": "b"}"#)),
                Text("Sure."),
                Text("It is."),
            ]),
        Case::of("a member asks another one", swarm("optional"))
            .says(&["Tea?"])
            .model(&[
                one(to_b),
                one(to_c),
                Text("Hot."),
                Text("Green, hot."),
                Text("It is."),
            ]),
        Case::of("a member uses its tool", swarm("optional"))
            .says(&["Tea?"])
            .model(&[
                one(to_b),
                Calls("I look.", vec![("look", r#"{"query": "tea"}"#)]),
                Text("Green."),
                Text("It is green."),
            ]),
        Case::of("the user is talked to by a tool", swarm("optional"))
            .says(&["Tea?", "Green."])
            .model(&[
                Calls(
                    "I ask.",
                    vec![("talk_to_user", r#"{"text": "Which tea?"}"#)],
                ),
                Text("Ah."),
            ]),
        Case::of(
            "a member that gets the conversation asks another one",
            swarm("optional"),
        )
        .says(&["Tea?", "More."])
        .model(&[
            one(hand_to_b),
            one(to_c),
            Text("Hot."),
            Text("It is hot."),
            Text("No more."),
        ]),
        Case::of("the conversation goes and comes back", swarm("always"))
            .says(&["Tea?", "More."])
            .model(&[
                one(hand_to_b),
                one(("handoff_conversation", r#"{"recipient": "a"}"#)),
                Text("Tea is green."),
                Text("No more."),
            ]),
        Case::of("messages to two members at once", star())
            .says(&["Both?"])
            .rules(&[
                ("Both?", Calls("", vec![to_b, to_c])),
                ("What of tea?", Text("Green.")),
                ("Is it hot?", Text("Hot.")),
                ("", Text("Green and hot.")),
            ])
            .parallel(),
    ]
}

/// What members do otherwise on purpose.
fn otherwise() -> Vec<Case> {
    let to_b = (
        "send_message",
        r#"{"message": "What of tea?", "recipient": "b"}"#,
    );
    let one = |call| Calls("", vec![call]);
    vec![
        Case::of("a team in a team", nested())
            .says(&["Tea?"])
            .model(&[one(to_b), Text("Green."), Text("It is green.")])
            .differs(
                "members",
                json!({"outputs": null}),
                json!({"error": "only supports agents of type"}),
            ),
        Case::of("a member that is done", done())
            .says(&["Tea?"])
            .model(&[
                one(to_b),
                one(("submit_result", r#"{"summary": "Green."}"#)),
                Text("It is green."),
            ])
            .differs(
                "a member that is done, or has outputs",
                json!({"outputs": null}),
                json!({"outputs": {}}),
            ),
    ]
}

/// A swarm that has a manager with workers among its members.
fn nested() -> Value {
    let part = |id: &str| member(&format!("inner_{id}"), json!({}));
    let team = node(
        "ManagerWorkers",
        "b",
        json!({"description": "Knows b.", "group_manager": part("a"), "workers": [part("b"), part("c")]}),
    );
    let member_ref = |id: &str| json!({"$component_ref": id});
    node(
        "Swarm",
        "swarm",
        json!({
            "first_agent": member_ref("a"), "handoff": "never", "relationships": [[member_ref("a"), member_ref("b")]],
            "$referenced_components": {"a": member("a", json!({})), "b": team},
        }),
    )
}

/// A manager with two workers, of which one has a tool.
fn managed() -> Vec<Case> {
    let to_b = (
        "send_message",
        r#"{"message": "What of tea?", "recipient": "b"}"#,
    );
    let to_c = (
        "send_message",
        r#"{"message": "Is it hot?", "recipient": "c"}"#,
    );
    let one = |call| Calls("", vec![call]);
    vec![
        Case::of("a manager answers alone", managers())
            .says(&["Hello."])
            .model(&[Text("Hi.")]),
        Case::of("a worker is asked", managers())
            .says(&["Tea?", "Thanks."])
            .model(&[
                one(to_b),
                Text("Green."),
                Text("It is green."),
                Text("Welcome."),
            ]),
        Case::of("a worker uses its tool", managers())
            .says(&["Tea?"])
            .model(&[
                one(to_b),
                Calls("", vec![("look", r#"{"query": "tea"}"#)]),
                Text("Green."),
                Text("It is green."),
            ]),
        Case::of("workers are asked one after the other", managers())
            .says(&["Tea?"])
            .model(&[
                one(to_b),
                Text("Green."),
                one(to_c),
                Text("Hot."),
                Text("Green and hot."),
            ]),
        Case::of("workers are asked at once", managers())
            .says(&["Both?"])
            .rules(&[
                ("Both?", Calls("", vec![to_b, to_c])),
                ("What of tea?", Text("Green.")),
                ("Is it hot?", Text("Hot.")),
                ("", Text("Green and hot.")),
            ])
            .parallel(),
        Case::of("a worker is asked twice", managers())
            .says(&["Tea?", "Sure?"])
            .model(&[
                one(to_b),
                Text("Green."),
                Text("It is green."),
                one(to_b),
                Text("Green, as I said."),
                Text("Sure."),
            ]),
        Case::of("a manager in a flow", {
            let node = node("AgentNode", "ask", json!({"agent": managers()}));
            let open = say("open", "We talk about {{x}}.");
            row("f", json!([string("x")]), &[open, node], json!([]))
        })
        .inputs(json!({"x": "tea"}))
        .replies(&["Tea?"])
        .model(&[
            Text("Yes?"),
            one(to_b),
            Text("Green."),
            Text("It is green."),
        ]),
    ]
}

fn members() -> Value {
    let look = server_tool("look", json!([string("query")]), json!([string("seen")]));
    json!({"a": member("a", json!({})), "b": member("b", json!({"tools": [look]})), "c": member("c", json!({}))})
}

fn managers() -> Value {
    node(
        "ManagerWorkers",
        "team",
        json!({
            "group_manager": {"$component_ref": "a"}, "workers": [{"$component_ref": "b"}, {"$component_ref": "c"}],
            "$referenced_components": members(),
        }),
    )
}

/// A swarm whose first member knows both others.
fn star() -> Value {
    let mut star = swarm("never");
    let member = |id: &str| json!({"$component_ref": id});
    star["relationships"] = json!([[member("a"), member("b")], [member("a"), member("c")]]);
    star
}

/// A swarm with a member that can't ask anybody.
fn done() -> Value {
    let mut done = swarm("never");
    done["$referenced_components"]["b"]["human_in_the_loop"] = json!(false);
    done
}

fn member(id: &str, fields: Value) -> Value {
    let mut member = agent(
        json!({"id": id, "name": id, "description": format!("Knows {id}."), "system_prompt": format!("You are {id}.")}),
    );
    merge(&mut member, fields);
    member
}

/// Three members, of which `a` and `b` know each other, and `b` knows `c`.
fn swarm(handoff: &str) -> Value {
    let member_ref = |id: &str| json!({"$component_ref": id});
    node(
        "Swarm",
        "swarm",
        json!({
            "first_agent": member_ref("a"), "handoff": handoff,
            "relationships": [[member_ref("a"), member_ref("b")], [member_ref("b"), member_ref("a")], [member_ref("b"), member_ref("c")]],
            "$referenced_components": members(),
        }),
    )
}
