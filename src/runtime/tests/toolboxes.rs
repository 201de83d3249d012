//! Agents of whose tool boxes one has no tools.

use serde_json::{Value, json};

use super::documents::{agent, document};
use super::script::{Ran, Script};
use super::world::{ScriptedAction, calls, text};
use crate::spec::FoundTool;
use crate::tools::ToolErrorKind;
use crate::trace::{Event, FailureKind};

fn toolbox(name: &str, filter: &Value) -> Value {
    json!({"component_type": "MCPToolBox", "id": name, "name": name, "tool_filter": filter, "client_transport": {
        "component_type": "StdioTransport", "id": format!("{name}'s"), "name": "server", "command": name,
    }})
}

/// Runs an agent with these boxes and a tool of its own, if it has one; those of `bad` can't be had.
async fn run(boxes: &[Value], has_own: bool, kind: ToolErrorKind) -> Ran {
    let document = document(agent(|agent| {
        agent["toolboxes"] = json!(boxes);
        if has_own {
            agent["tools"] = json!([{"component_type": "ServerTool", "id": "own", "name": "own"}]);
        }
    }));
    let script = Script::of(&document)
        .opening("Go.")
        .found(FoundTool {
            name: "look".to_owned(),
            description: None,
            inputs: Vec::new(),
            requires_confirmation: false,
        })
        .unlisted("bad", kind)
        .tool("look", ScriptedAction::Give(json!("here")))
        .tool("own", ScriptedAction::Give(json!("mine")));
    let called = if has_own { "own" } else { "look" };
    script
        .model([calls(&[(called, "{}")]), text("Done.")])
        .run()
        .await
}

fn notices(ran: &Ran) -> Vec<&str> {
    let notices = ran.traced().filter_map(|event| match event {
        Event::ToolSourceNotice { notice, .. } => Some(notice.as_str()),
        _ => None,
    });
    notices.collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_at_fault_is_named_while_the_others_work_and_what_a_person_must_mend_ends_the_run()
{
    let (bad, good) = (toolbox("bad", &Value::Null), toolbox("good", &Value::Null));
    for (kind, ends_with) in [
        (ToolErrorKind::Failed, None),
        (ToolErrorKind::TimedOut, None),
        (ToolErrorKind::BadOutput, None),
        (ToolErrorKind::Unreachable, None),
        (ToolErrorKind::Configuration, Some(FailureKind::Profile)),
        (ToolErrorKind::Unauthorized, Some(FailureKind::Profile)),
        (ToolErrorKind::Cancelled, Some(FailureKind::Cancelled)),
    ] {
        for (boxes, has_own) in [
            (vec![bad.clone(), good.clone()], false),
            (vec![bad.clone()], true),
        ] {
            let ran = run(&boxes, has_own, kind).await;
            if let Some(ends_with) = ends_with {
                assert_eq!(ran.failure().kind, ends_with, "{kind:?}");
                continue;
            }
            assert_eq!(ran.said().last().unwrap(), "agent: Done.", "{kind:?}");
            // Not once for each turn.
            assert_eq!(
                notices(&ran),
                ["the script says so; its tools are left out"]
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_at_fault_that_is_the_only_one_or_wanted_by_name_ends_the_run() {
    let (bad, good) = (toolbox("bad", &Value::Null), toolbox("good", &Value::Null));
    let wanted = toolbox("bad", &json!(["look"]));
    for boxes in [vec![bad], vec![wanted, good]] {
        let ran = run(&boxes, false, ToolErrorKind::Unreachable).await;
        assert_eq!(ran.failure().kind, FailureKind::Network);
        assert_eq!(ran.failure().message, "the script says so");
    }
}
