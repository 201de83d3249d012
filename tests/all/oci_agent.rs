//! Agents of Oracle's Generative AI Agents service, at a server that checks each signature.

mod server;

use flowdeck::profile::Profile;
use flowdeck::runtime::{Conversation, Engine, ExecutionStatus};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use self::server::{ENDPOINT, Service};
use crate::awaited;
use crate::program::{file, program};
use crate::tool_calls::component;

/// An agent of the service.
fn cloud(service: &Service) -> Value {
    json!({
        "component_type": "OciAgent", "agentspec_version": "26.1.2", "id": "cloud", "name": "cloud",
        "description": "Knows the documents.", "agent_endpoint_id": ENDPOINT,
        "client_config": {
            "component_type": "OciClientConfigWithApiKey", "id": "key", "name": "key", "service_endpoint": service.url,
            "auth_profile": "DEFAULT", "auth_file_location": service.config(),
        },
    })
}

fn conversation(spec: Value) -> Conversation {
    let engine = Engine::builder().profile(Profile::spec()).build();
    engine
        .start_conversation(&component(spec), &Map::new())
        .unwrap()
}

/// Says something, and gives what is answered.
async fn say(conversation: &mut Conversation, words: &str) -> String {
    conversation.append_user_message(words);
    match awaited::within(conversation.execute()).await.unwrap() {
        ExecutionStatus::UserMessageRequest { message } => message,
        status => panic!("{status:?}"),
    }
}

fn words(text: &str) -> Value {
    json!({"message": {"role": "AGENT", "content": {"text": text}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_one_session() {
    let service = Service::start([words("Green."), words("Hot, too.")]).await;
    let mut conversation = conversation(cloud(&service));
    assert_eq!(say(&mut conversation, "What is tea?").await, "Green.");
    assert_eq!(say(&mut conversation, "And?").await, "Hot, too.");
    let asked = service.asked();
    let bodies: Vec<_> = asked
        .iter()
        .map(|asked| (asked.path.as_str(), &asked.body))
        .collect();
    let chat = format!("/20240531/agentEndpoints/{ENDPOINT}/actions/chat");
    assert_eq!(
        bodies,
        [
            (
                format!("/20240531/agentEndpoints/{ENDPOINT}/sessions").as_str(),
                &json!({})
            ),
            (
                chat.as_str(),
                &json!({"sessionId": "session-1", "userMessage": "What is tea?", "shouldStream": false})
            ),
            (
                chat.as_str(),
                &json!({"sessionId": "session-1", "userMessage": "And?", "shouldStream": false})
            ),
        ]
    );
    let mut tokens: Vec<&str> = asked
        .iter()
        .map(|asked| asked.retry_token.as_str())
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_it_wants_called_is_told_and_the_next_words_are_its_result() {
    let wanted = json!({"requiredActions": [{
        "requiredActionType": "FUNCTION_CALLING_REQUIRED_ACTION", "actionId": "action-1",
        "functionCall": {"name": "find", "arguments": "{\"query\": \"tea\"}"},
    }]});
    let service = Service::start([wanted, words("It is green.")]).await;
    let mut conversation = conversation(cloud(&service));
    let told = say(&mut conversation, "What is tea?").await;
    assert_eq!(
        told,
        "`find` is to be called with {\"query\": \"tea\"}: what is its result?"
    );
    assert_eq!(say(&mut conversation, "green").await, "It is green.");
    assert_eq!(
        service.asked()[2].body,
        json!({
            "sessionId": "session-1", "shouldStream": false,
            "performedActions": [{
                "performedActionType": "FUNCTION_CALLING_PERFORMED_ACTION", "actionId": "action-1",
                "functionCallOutput": "green",
            }],
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_step_it_gives_outputs() {
    let service = Service::start([words("{\"colour\": \"green\"}")]).await;
    let string = json!({"title": "colour", "type": "string"});
    let mut agent = cloud(&service);
    agent["outputs"] = json!([string]);
    let node = |kind: &str, id: &str, fields: Value| {
        let mut node = json!({"component_type": kind, "id": id, "name": id});
        node.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        node
    };
    let edge = |from: &str, to: &str| {
        node(
            "ControlFlowEdge",
            &format!("{from}_{to}"),
            json!({
                "from_node": {"$component_ref": from}, "to_node": {"$component_ref": to},
            }),
        )
    };
    let names = ["start", "say", "ask", "end"];
    let flow = json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": "flow", "name": "flow",
        "start_node": {"$component_ref": "start"},
        "nodes": names.map(|name| json!({"$component_ref": name})),
        "control_flow_connections": [edge("start", "say"), edge("say", "ask"), edge("ask", "end")],
        "data_flow_connections": null,
        "$referenced_components": {
            "start": node("StartNode", "start", json!({"inputs": []})),
            "say": node("OutputMessageNode", "say", json!({"message": "What colour has tea?"})),
            "ask": node("AgentNode", "ask", json!({"agent": agent})),
            "end": node("EndNode", "end", json!({"outputs": [string]})),
        },
    });
    let mut conversation = conversation(flow);
    let status = awaited::within(conversation.execute()).await.unwrap();
    let ExecutionStatus::Finished { outputs } = status else {
        panic!("{status:?}");
    };
    assert_eq!(json!(outputs), json!({"colour": "green"}));
    // Words of others have their name.
    assert_eq!(
        service.asked()[1].body["userMessage"],
        "say: What colour has tea?"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_told_with_its_place_and_what_to_do() {
    let refusal = |status: u16, message: &str| json!({"status": status, "body": {"code": "Oops", "message": message}});
    for (answer, expected) in [
        (
            refusal(404, "no such endpoint"),
            "answered 404 Not Found: no such endpoint",
        ),
        (
            refusal(401, "who are you?"),
            "may the key of its `client_config` use this agent endpoint?",
        ),
        (
            json!({"traces": []}),
            "the answer of `cloud` can't be used: it has no text",
        ),
    ] {
        let service = Service::start([answer]).await;
        let mut conversation = conversation(cloud(&service));
        conversation.append_user_message("Hi");
        let error = awaited::within(conversation.execute()).await.unwrap_err();
        let told = format!("{error:?}");
        assert!(told.contains(expected), "{told}");
        assert!(told.contains("`cloud`"), "{told}");
    }
    let service = Service::start([]).await;
    let mut unusable = cloud(&service);
    unusable["client_config"]["auth_file_location"] = json!("/nonesuch/config");
    let mut conversation = conversation(unusable);
    conversation.append_user_message("Hi");
    let error = awaited::within(conversation.execute()).await.unwrap_err();
    assert!(
        format!("{error:?}").contains("/nonesuch/config"),
        "{error:?}"
    );
    assert!(service.asked().is_empty());
}

/// The program dies while the service answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_goes_on_in_its_session_with_the_same_token() {
    let service = Service::start([json!({"hangs": true}), words("Green.")]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".flowdeck")).unwrap();
    // A spec is kept without its secrets: what it refers to is there when the run goes on.
    let profile = "default_profile = \"here\"\n[profiles.here]\nmodel = \"spec\"\ncomponent_files = [\"secrets.json\"]\n";
    file(folder.path(), "flowdeck.toml", profile);
    let secrets = json!({"$referenced_components": {"key.auth_file_location": service.config()}});
    file(folder.path(), "secrets.json", secrets.to_string());
    let mut spec = cloud(&service);
    spec["client_config"]["auth_file_location"] =
        json!({"$component_ref": "key.auth_file_location"});
    file(folder.path(), "cloud.json", spec.to_string());
    let command = |arguments: &[&str]| {
        let mut command = program(arguments);
        command
            .current_dir(folder.path())
            .stdin(std::process::Stdio::null());
        command
    };
    let mut child = command(&["run", "cloud.json", "--message", "What is tea?"])
        .spawn()
        .unwrap();
    awaited::within(async {
        service.hung().await;
        // What the session is called is told before the message is sent, and is on disk soon after that.
        let show = ["history", "show", "last", "--format", "jsonl"];
        let has_session = || {
            let shown = command(&show).output().unwrap();
            String::from_utf8_lossy(&shown.stdout).contains("session-1")
        };
        while !has_session() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    child.kill().unwrap();
    child.wait().unwrap();
    let output = command(&["run", "--resume", "last", "--format", "json"]);
    let output = tokio::task::spawn_blocking(move || {
        let mut output = output;
        output.output().unwrap()
    });
    let output = awaited::within(output).await.unwrap();
    let ended: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{ended}");
    let messages = ended["runs"][0]["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], "Green.");
    let asked = service.asked();
    let paths: Vec<&str> = asked
        .iter()
        .map(|asked| asked.path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(paths, ["sessions", "chat", "chat"]);
    assert_eq!(asked[1].body, asked[2].body);
    assert_eq!(asked[1].retry_token, asked[2].retry_token);
}
