//! Both kinds of the protocol: with the handshake and, since 2026-07-28, without; and what a server asks on the way.

use std::collections::VecDeque;
use std::sync::Mutex;

use flowdeck::conversation::Values;
use flowdeck::tools::{
    CallIdentity, Elicited, Form, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver,
};
use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Bed, installed, mcp_tool, stdio, test_server, toolbox, within};
use crate::program::{file, program};
use crate::terminal::Terminal;

/// A person who answers what servers ask.
#[derive(Default)]
struct Person {
    answers: Mutex<VecDeque<Elicited>>,
    asked: Mutex<Vec<(String, Value)>>,
    chunks: Mutex<Vec<Value>>,
}

impl Person {
    fn who_gives(values: Value) -> Self {
        match values {
            Value::Object(given) => Self::who_says([Elicited::Given(given)]),
            other => panic!("values are an object, not {other}"),
        }
    }

    fn who_says(answers: impl IntoIterator<Item = Elicited>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Self::default()
        }
    }
}

impl ToolObserver for Person {
    fn chunk(&self, content: Value) -> BoxFuture<'_, ()> {
        self.chunks.lock().unwrap().push(content);
        Box::pin(std::future::ready(()))
    }

    fn elicit<'a>(&'a self, form: Form<'a>) -> BoxFuture<'a, Elicited> {
        let asked = (form.message.to_owned(), Value::Object(form.values));
        self.asked.lock().unwrap().push(asked);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(std::future::ready(answer.unwrap_or(Elicited::Nobody)))
    }
}

/// The test server, started with a word that says how it behaves.
fn server(words: &[&str]) -> Value {
    let mut server = test_server();
    let args = server["args"].as_array_mut().unwrap();
    args.extend(words.iter().map(|word| json!(word)));
    server
}

async fn call(
    bed: &Bed,
    transport: &Value,
    name: &str,
    arguments: Value,
    person: &Person,
) -> Result<Value, flowdeck::tools::ToolError> {
    let tool = mcp_tool(name, transport, &json!({}), &json!({}));
    let arguments: Values = arguments.as_object().cloned().unwrap();
    let invocation = ToolInvocation {
        tool,
        arguments,
        begun: None,
        identity: CallIdentity::default(),
    };
    within(
        bed.tools
            .call(&invocation, person, &CancellationToken::new()),
    )
    .await
}

#[tokio::test]
async fn each_kind_of_server_is_spoken_to_in_its_way() {
    for (words, starts, begins_with) in [
        (vec![], 1, vec!["server/discover", "tools/list"]),
        (vec!["modern"], 1, vec!["server/discover", "tools/list"]),
        (
            vec!["legacy"],
            1,
            vec![
                "server/discover",
                "initialize",
                "notifications/initialized",
                "tools/list",
            ],
        ),
        (
            vec!["brittle"],
            2,
            vec![
                "server/discover",
                "initialize",
                "notifications/initialized",
                "tools/list",
            ],
        ),
    ] {
        let bed = Bed::new();
        let said = call(
            &bed,
            &server(&words),
            "add",
            json!({"a": 1}),
            &Person::default(),
        )
        .await;
        assert_eq!(said.unwrap(), json!("3"), "{words:?}");
        assert_eq!(bed.lines("starts").len(), starts, "{words:?}");
        let mut asked = bed.lines("asked");
        asked.retain(|method| method != "subscriptions/listen");
        assert_eq!(asked[..begins_with.len()], begins_with, "{words:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_to_the_first_message_is_greeted_in_the_older_way() {
    let bed = Bed::new();
    let mut transport = server(&["deaf"]);
    transport["session_parameters"] = json!({"read_timeout_seconds": 8.0});
    let said = call(&bed, &transport, "add", json!({"a": 1}), &Person::default()).await;
    assert_eq!(said.unwrap(), json!("3"));
    assert!(bed.lines("asked").contains(&"initialize".to_owned()));
}

#[tokio::test]
async fn what_a_server_asks_is_asked_of_the_person() {
    for words in [vec![], vec!["legacy"]] {
        let bed = Bed::new();
        let person = Person::who_gives(json!({"name": "Ann", "times": 1, "loud": null}));
        let said = call(&bed, &server(&words), "ask_name", json!({}), &person).await;
        assert_eq!(said.unwrap(), json!("hello Ann"), "{words:?}");
        let standing = json!({"name": null, "times": 1, "loud": null});
        assert_eq!(
            *person.asked.lock().unwrap(),
            [("Who is there?".to_owned(), standing)]
        );
        let answers = bed.lines("answers");
        let last: Value = serde_json::from_str(answers.last().unwrap()).unwrap();
        assert_eq!(
            last,
            json!({"action": "accept", "content": {"name": "Ann", "times": 1}})
        );
        if words.is_empty() {
            assert_eq!(answers[0], r#"["the state", {"roots": []}]"#);
        }
    }
}

#[tokio::test]
async fn a_question_that_is_refused_is_declined_and_one_without_a_person_ends_the_call() {
    for words in [vec![], vec!["legacy"]] {
        let bed = Bed::new();
        let person = Person::who_says([Elicited::Refused]);
        let said = call(&bed, &server(&words), "ask_name", json!({}), &person).await;
        assert_eq!(said.unwrap(), json!("nobody: decline"), "{words:?}");
        let error = call(
            &bed,
            &server(&words),
            "ask_name",
            json!({}),
            &Person::default(),
        )
        .await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Failed);
        assert!(
            error
                .message
                .ends_with("asks a person something, and there is no one to answer"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_address_that_a_server_wants_opened_is_shown_to_the_person_who_says_yes_or_no() {
    for words in [vec![], vec!["legacy"]] {
        for (answer, action) in [
            (Elicited::Given(Values::new()), "accept"),
            (Elicited::Refused, "decline"),
        ] {
            let bed = Bed::new();
            let person = Person::who_says([answer]);
            let said = call(&bed, &server(&words), "visit_page", json!({}), &person).await;
            assert_eq!(said.unwrap(), json!(action), "{words:?}");
            let asked = person.asked.lock().unwrap();
            let [(message, values)] = asked.as_slice() else {
                panic!("{asked:?}");
            };
            assert!(message.starts_with("Pay first."), "{message}");
            assert!(
                message.ends_with("\nhttps://pay.example/?bill=7"),
                "{message}"
            );
            assert_eq!(*values, json!({}));
        }
    }
}

#[tokio::test]
async fn what_no_server_is_given_ends_the_call_by_its_name() {
    let bed = Bed::new();
    let error = call(
        &bed,
        &test_server(),
        "sample",
        json!({}),
        &Person::default(),
    )
    .await
    .unwrap_err();
    assert!(
        error
            .message
            .ends_with("asks for `sampling/createMessage`, which flowdeck does not offer"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_done_yet_is_asked_again() {
    let bed = Bed::new();
    let said = call(
        &bed,
        &test_server(),
        "ponder",
        json!({}),
        &Person::default(),
    )
    .await;
    assert_eq!(said.unwrap(), json!("ponder was called"));
    let calls = bed
        .lines("asked")
        .iter()
        .filter(|method| *method == "tools/call")
        .count();
    assert_eq!(calls, 4);
}

#[tokio::test]
async fn a_tool_that_must_be_a_task_is_called_as_one() {
    for words in [vec![], vec!["legacy"]] {
        let bed = Bed::new();
        let person = Person::default();
        let said = call(&bed, &server(&words), "bake", json!({}), &person).await;
        assert_eq!(said.unwrap(), json!("baked"), "{words:?}");
        assert_eq!(
            *person.chunks.lock().unwrap(),
            [json!("in the oven")],
            "{words:?}"
        );
    }
}

#[tokio::test]
async fn a_list_that_changes_without_notice_is_asked_for_before_each_turn() {
    for words in [vec!["quiet"], vec!["quiet", "legacy"]] {
        let bed = Bed::new();
        let all = toolbox(&server(&words), &json!({}));
        let learn = bed.found(&all, "learn").await;
        bed.call(&learn, json!({"name": "greet"})).await.unwrap();
        let greet = bed.found(&all, "greet").await;
        let lists = || {
            bed.lines("asked")
                .iter()
                .filter(|method| *method == "tools/list")
                .count()
        };
        // Each list has several pages; calls need none.
        let before = lists();
        bed.call(&greet, json!({})).await.unwrap();
        assert_eq!(lists(), before, "{words:?}");
        bed.found(&all, "greet").await;
        assert!(lists() > before, "{words:?}");
    }
}

#[tokio::test]
async fn a_server_that_tells_its_news_is_not_asked_again() {
    for words in [vec![], vec!["legacy"]] {
        let bed = Bed::new();
        let all = toolbox(&server(&words), &json!({}));
        let lists = || {
            bed.lines("asked")
                .iter()
                .filter(|method| *method == "tools/list")
                .count()
        };
        // The stream for the news is opened by the first look, and open some time later.
        let learn = within(async {
            loop {
                let before = lists();
                let learn = bed.found(&all, "learn").await;
                if lists() == before {
                    break learn;
                }
            }
        })
        .await;
        let before = lists();
        bed.call(&learn, json!({"name": "greet"})).await.unwrap();
        bed.found(&all, "greet").await;
        assert!(lists() > before, "{words:?}");
    }
}

/// A flow that calls `ask_name` of the test server.
fn flow() -> Value {
    let output = json!({"title": "heard", "type": "string"});
    let edge = |id: &str, from: &str, to: &str| {
        json!({
            "component_type": "ControlFlowEdge", "id": id, "name": id,
            "from_node": {"$component_ref": from}, "to_node": {"$component_ref": to},
        })
    };
    json!({
        "component_type": "Flow", "id": "visit", "name": "visit", "agentspec_version": "26.3.1",
        "start_node": {"$component_ref": "start"},
        "nodes": [{"$component_ref": "start"}, {"$component_ref": "node"}, {"$component_ref": "end"}],
        "control_flow_connections": [edge("e1", "start", "node"), edge("e2", "node", "end")],
        "data_flow_connections": [{
            "component_type": "DataFlowEdge", "id": "d", "name": "d",
            "source_node": {"$component_ref": "node"}, "source_output": "heard",
            "destination_node": {"$component_ref": "end"}, "destination_input": "heard",
        }],
        "$referenced_components": {
            "start": {"component_type": "StartNode", "id": "start", "name": "start"},
            "node": {"component_type": "ToolNode", "id": "node", "name": "node", "tool": {
                "component_type": "MCPTool", "id": "ask", "name": "ask_name", "outputs": [output],
                "client_transport": test_server(),
            }},
            "end": {"component_type": "EndNode", "id": "end", "name": "end", "outputs": [output]},
        },
    })
}

#[test]
fn a_run_with_nobody_to_answer_a_server_needs_input() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path(), "visit.json", flow().to_string());
    let arguments = ["run", path.to_str().unwrap(), "--profile", "spec", "--yes"];
    let ran = program(&arguments)
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert_eq!(ran.status.code(), Some(4), "{said}");
    assert!(said.contains("asks a person something"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_at_a_terminal_asks_what_a_server_wants_to_know() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path(), "visit.json", flow().to_string());
    let folder = home.path().to_owned();
    let ran = tokio::task::spawn_blocking(move || {
        let arguments = ["run", path.to_str().unwrap(), "--profile", "spec", "--yes"];
        let mut terminal = Terminal::start(&folder, &arguments, (200, 24));
        terminal.wait_for("asks: Who is there?");
        terminal.send("y\r");
        terminal.wait_for("`name`: is missing");
        terminal.send("y {\"name\": \"Ann\"}\r");
        terminal.wait_for("hello Ann");
        terminal.wait_for_end().exit_code()
    });
    assert_eq!(within(ran).await.unwrap(), 0);
}

/// A server by the SDK of the protocol's makers in Python, which speaks both kinds.
#[tokio::test]
async fn a_server_of_the_python_sdk_asks_lists_and_learns() {
    let Some(servers) = installed("FLOWDECK_TEST_MCP") else {
        return;
    };
    let python = servers.join("sdk/bin/python");
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mcp_sdk_server.py");
    let transport = stdio(python.to_str().unwrap(), &[script.to_str().unwrap()]);
    let bed = Bed::new();
    let all = toolbox(&transport, &json!({}));
    let tree = bed.found(&all, "depth").await;
    let nested = json!({"tree": {"label": "a", "children": [{"label": "b", "children": []}]}});
    assert_eq!(bed.call(&tree, nested).await.unwrap(), json!("2"));
    let person = Person::who_gives(json!({"ok": true}));
    let said = call(
        &bed,
        &transport,
        "delete_folder",
        json!({"path": "/tmp/project"}),
        &person,
    )
    .await;
    assert_eq!(said.unwrap(), json!("deleted /tmp/project"));
    let asked = person.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [(
            "/tmp/project has 2 file(s). Delete anyway?".to_owned(),
            json!({"ok": null})
        )]
    );
    let refused = call(
        &bed,
        &transport,
        "delete_folder",
        json!({"path": "/tmp/other"}),
        &Person::who_says([Elicited::Refused]),
    )
    .await;
    assert_eq!(refused.unwrap(), json!("declined: folder not deleted"));
    let enable = bed.found(&all, "enable_reports").await;
    bed.call(&enable, json!({})).await.unwrap();
    bed.found(&all, "report").await;
}

/// `server-everything`, by the SDK in TypeScript, which speaks the protocol with the handshake only.
#[tokio::test]
async fn a_server_of_the_typescript_sdk_asks_and_works_on_tasks() {
    let Some(servers) = installed("FLOWDECK_TEST_MCP") else {
        return;
    };
    let script = servers.join("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let transport = stdio("node", &[script.to_str().unwrap(), "stdio"]);
    let bed = Bed::new();
    let person = Person::who_gives(json!({"name": "Ann"}));
    let name = "trigger-elicitation-request";
    let said = call(&bed, &transport, name, json!({}), &person)
        .await
        .unwrap();
    assert!(said.as_str().unwrap().contains("Ann"), "{said}");
    let asked = person.asked.lock().unwrap().clone();
    assert_eq!(asked[0].1["integer"], json!(42));
    let person = Person::default();
    let name = "simulate-research-query";
    let said = call(&bed, &transport, name, json!({"topic": "tea"}), &person)
        .await
        .unwrap();
    assert!(
        said.as_str().unwrap().contains("Research Report: tea"),
        "{said}"
    );
    assert!(
        !person.chunks.lock().unwrap().is_empty(),
        "its stages are shown"
    );
}
