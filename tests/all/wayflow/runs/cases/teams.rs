//! Teams.

use serde_json::{Value, json};

use super::super::super::parts::{agent, merge, node};
use super::super::super::server::Answer::{Calls, Text};
use super::super::case::Case;
use super::{server_tool, string};

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
    let cases = cases.into_iter();
    cases
        .map(|case| case.tool("look", json!("green")))
        .collect()
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
    let look = server_tool("look", json!([string("query")]), json!([string("seen")]));
    let member_ref = |id: &str| json!({"$component_ref": id});
    node(
        "Swarm",
        "swarm",
        json!({
            "first_agent": member_ref("a"), "handoff": handoff,
            "relationships": [[member_ref("a"), member_ref("b")], [member_ref("b"), member_ref("a")], [member_ref("b"), member_ref("c")]],
            "$referenced_components": {
                "a": member("a", json!({})), "b": member("b", json!({"tools": [look]})), "c": member("c", json!({})),
            },
        }),
    )
}
